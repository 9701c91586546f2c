"""Generated pages meet what a person made of them.

In: a page as it is generated, and where it belongs. Out: the file merged, what did not fit in `proposals.md`, and what
the machine must remember for the next time. Nothing that a person wrote is lost, whatever is generated.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from scribe import revise, shelf
from scribe.footnotes import lines_of
from scribe.language import counted
from scribe.pipeline.proposing import Proposals, known_proposals, open_after, proposals_place, write_proposals
from scribe.pipeline.remembering import dumped, remembered
from scribe.records import Recipe, Record, Session, Transcript, text_key


class State(Record):
    """What the machine remembers of a page, beside the text that it last generated."""

    lines: tuple[str, ...] = ()
    """A digest of each line of the transcript that it was made from."""
    recipe: str = ""
    """A digest of how it was made, but for the transcript."""
    plan: str = ""
    """A digest of the outline that it followed; empty where there was none."""
    origins: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Older generated texts that a person's blocks go on from, by `revise.key_of`; who typed what is told by them."""
    slots: dict[str, str] = Field(default_factory=dict)
    """What each block belongs to, by its id, where that is something with alternatives."""
    is_freshened: bool = False
    """Whether only what cites corrected lines was generated anew the last time; all else is older, and stays so."""


class Origin(NamedTuple):
    """What a page is made from."""

    transcript: Transcript
    recipe: Recipe
    sessions: Sequence[Session] = ()
    plan: str = ""
    as_before: State | None = None
    """What is remembered already, where only a choice is put in, and nothing is made anew."""

    def state(self, slots: dict[str, str] | None = None) -> State:
        """What is to be remembered of it."""
        if self.as_before is not None:
            return self.as_before.model_copy(update={"slots": slots or {}})
        lines = (f"{segment.speaker}: {segment.text}" for segment in self.transcript.segments)
        told = [self.recipe.engine, json.dumps([dict(self.recipe.frames), dict(self.recipe.settings)], sort_keys=True)]
        return State(lines=tuple(map(_short, lines)), recipe=text_key(told), plan=self.plan, slots=slots or {})

    def lines(self, label: str) -> tuple[int, ...]:
        """The lines of the transcript that a footnote's label names; those that there are not are left out."""
        found = lines_of(label, [(session.first, session.last) for session in self.sessions])
        return tuple(n for n in found if n < len(self.transcript.segments))


class Seen(NamedTuple):
    """A page as it would stand, for those of its parts that tell of the others."""

    generated: str
    """The new text, with ids."""
    merged: str
    origins: Mapping[str, Sequence[str]] = {}
    """As `State` has them."""


Compose = Callable[[Seen | None], str]
"""Makes the page; asked first without, then with the page as it would stand."""


class Revised(NamedTuple):
    """What became of a page."""

    written: shelf.Written
    text: str
    """The page as it stands now, or would stand."""
    before: str | None
    """As it stood; None where there was none."""
    generated: str
    base: str
    """The text generated before; empty where there was none."""
    stale: tuple[str, ...] = ()
    """Blocks that cite corrected lines and that a person wrote in, by id: theirs to check."""
    freshened: int = 0
    """How many blocks cite corrected lines."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of it."""
        if not self.freshened:
            return ()
        name = self.written.path.name
        told = f"{name}: generated anew where corrected lines are cited, {counted(self.freshened, 'block')}"
        mine = f"; of these you had edited, so read them: {', '.join(self.stale)}" if self.stale else ""
        return (f"{told}{mine}",)

    @property
    def diff(self) -> str:
        """What changes, as a unified diff; empty where nothing does."""
        name = self.written.path.name
        old = (self.before or "").splitlines(keepends=True)
        rows = difflib.unified_diff(old, self.text.splitlines(keepends=True), f"{name} (now)", f"{name} (then)")
        return "".join(row if row.endswith("\n") else f"{row}\n\\ no newline at the end\n" for row in rows)


def put(
    workspace: shelf.Workspace,
    path: Path,
    compose: Compose,
    origin: Origin,
    *,
    slots: Callable[[str], dict[str, str]] | None = None,
    recall: Callable[[], str] | None = None,
    trusts_ids: bool = False,
    dry_run: bool = False,
) -> Revised:
    """Write a page at `drafts/<id>/<name>`, merged with what a person made of it; `dry_run` only says what would be.

    Where it follows another outline than before its blocks take that one's order. `slots` tells what the blocks of the
    generated text belong to. `recall` makes the text last generated again where the base was lost, as in a clone that
    has no `.scribe`. `trusts_ids` is as for `revise.merge`. Raises ScribeError where the file is read-only or not
    UTF-8, or the disk refuses.
    """
    made: list[Revised] = []

    def revise_held(held: shelf.Held) -> shelf.Update:
        if held.base is None and held.text is not None and recall is not None:
            with contextlib.suppress(IndexError):  # of a transcript that has fewer lines by now
                held = held._replace(base=revise.labelled(recall()))
        update, revised = _update(workspace, path, held, compose, origin, slots, trusts_ids=trusts_ids)
        made.append(revised)
        return update

    if dry_run:
        update = revise_held(workspace.look(path))
        outcome: Literal["merged", "unchanged"] = "unchanged" if made[-1].before == update.text else "merged"
        return made[-1]._replace(written=shelf.Written(path=path, outcome=outcome, proposals=update.proposals))
    written = workspace.write_owned(path, revise_held)
    write_proposals(workspace, path)
    return made[-1]._replace(written=written)


def locked_blocks(workspace: shelf.Workspace, path: Path) -> tuple[str, ...]:
    """What a person locked on a page: what is written already."""
    text = workspace.look(path).text or ""
    return tuple(revise.without_marks(b.content) for b in revise.split(text).blocks if b.is_locked)


def read_state(workspace: shelf.Workspace, path: Path) -> State:
    """What is remembered of a page; nothing where that was lost or damaged."""
    place = workspace.state_path(path)
    return remembered(workspace.waiting(place, path) or place, State())


# ── One update ───────────────────────────────────────────────────────────────────────────────


def _update(
    workspace: shelf.Workspace,
    path: Path,
    held: shelf.Held,
    compose: Compose,
    origin: Origin,
    slots: Callable[[str], dict[str, str]] | None,
    *,
    trusts_ids: bool,
) -> tuple[shelf.Update, Revised]:
    base = held.base or ""
    before = read_state(workspace, path)
    is_stale = changes(before, origin) if base else None

    def generate(page: str) -> str:
        new = revise.labelled(page, base)
        return new if is_stale is None else revise.freshened(base, new, is_stale)

    def merge(new: str) -> revise.Merged:
        if held.text is None:
            return revise.Merged(new)
        is_reordered = before.plan != origin.state().plan
        return revise.merge(base, held.text, new, follow_new_order=is_reordered, trusts_ids=trusts_ids)

    page = compose(None)
    new = generate(page)
    merged = merge(new)
    telling = compose(Seen(new, merged.text, _origins(before, merged, new)))
    if telling != page:
        new = generate(telling)
        merged = merge(new)
    known = known_proposals(workspace, path)
    proposals, fresh = open_after(known, path.name, merged, new)
    state = origin.state(slots(new) if slots else None)
    state = state.model_copy(
        update={
            "origins": _origins(before, merged, new),
            "is_freshened": is_stale is not None,
        }
    )
    beside = {}
    if proposals or known.proposals:
        beside[proposals_place(workspace, path)] = dumped(Proposals(proposals=proposals))
    kept = (workspace.state_path(path), dumped(state))
    update = shelf.Update(merged.text, new, beside, fresh, kept)
    stale = revise.stale(merged.text, is_stale) if is_stale else []
    generated = {block.content for block in revise.split(new).blocks}
    edited = tuple(b.id or b.content[:40] for b in stale if b.content not in generated)
    placeholder = shelf.Written(path=path, outcome="unchanged")
    return update, Revised(placeholder, merged.text, held.text, new, base, edited, len(stale))


def _origins(before: State, merged: revise.Merged, new: str) -> dict[str, tuple[str, ...]]:
    """What the blocks of the merged page go on from beside the new text; nothing for those that are as generated."""
    generated = {block.content for block in revise.split(new).blocks}
    found: dict[str, tuple[str, ...]] = {}
    for block in revise.split(merged.text).blocks:
        key = revise.key_of(block)
        texts = [*before.origins.get(key, ()), *([merged.origins[key]] if key in merged.origins else [])]
        if texts and block.content not in generated:
            found[key] = tuple(dict.fromkeys(texts))
    return found


def changes(state: State, origin: Origin) -> Callable[[str], bool] | None:
    """Which footnotes name corrected lines, if that is all that changed since the page was generated.

    None do where nothing changed since lines were corrected: what was not generated anew then is not now.
    """
    now = origin.state()
    changed = changed_lines(state, now)
    if changed is None or (state.recipe, state.plan) != (now.recipe, now.plan):
        return None
    if not changed and (not state.is_freshened or origin.as_before is not None):
        return None
    return lambda label: not changed.isdisjoint(origin.lines(label))


def changed_lines(before: State, now: State) -> set[int] | None:
    """The lines of the transcript that are not as they were; None where there are more or fewer of them."""
    if len(before.lines) != len(now.lines):
        return None
    return {n for n, (old, new) in enumerate(zip(before.lines, now.lines, strict=True)) if old != new}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
