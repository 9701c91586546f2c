"""What a person does with a post that is there: look at it block by block, choose, check, take back.

In: a workspace, the name of a post, what a person wants. Out: records to show; the page merged with what they chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scribe import lint, revise, shelf
from scribe.pipeline.drafting import claims_of, put_post
from scribe.pipeline.revising import Revised, Seen, changes, read_state
from scribe.pipeline.standing import Choice, ground_of, read_choices, read_draft, save_choices
from scribe.pipeline.telling import ledger_of, segments_of
from scribe.records import Alternative, Claim, Draft, Proposition, Record, ScribeError, Section


class Listed(Record):
    """One block of a post, as the ledger has it."""

    id: str | None
    begins: str
    typed: int
    """Characters that a person typed."""
    generated: int
    choices: int = 0
    """How often a person chose the text it belongs to."""
    alternatives: int = 0
    """Among how many they can choose."""
    is_locked: bool = False
    is_stale: bool = False
    """Whether it cites lines that were corrected since it was generated."""


class Way(Record):
    """One text of a section or a proposition."""

    number: int
    """Counted from 1."""
    voice: str
    text: str
    """With its footnote marks."""
    verdicts: dict[str, int]
    lines: tuple[int, ...]
    """All lines that it cites, ascending."""
    log_loss: float | None = None
    """Nats per token, where the simulator gave them."""
    is_chosen: bool = False
    """Whether it is the one in the post."""


class Slot(NamedTuple):
    """What a block belongs to, where that is something with alternatives."""

    name: str
    """The heading of the section, or which proposition it is."""
    ways: tuple[Way, ...]


class Desk:
    """A post with all that is known of it; made afresh for each look."""

    def __init__(self, workspace: shelf.Workspace, name: str) -> None:
        """Raises ScribeError where there is no post, or the draft behind it cannot be read or has lost its lines."""
        self.workspace, self.name = workspace, name
        self.path = workspace.post_path(name)
        self.post = read_draft(workspace, name)
        self.ground = ground_of(workspace, name, [workspace.load_transcript(i) for i in self.post.session_ids])
        held = workspace.look(self.path)
        if held.text is None:
            raise ScribeError(f"{self.path}: expected a post, found none; make it with: scribe draft {name}")
        self.text, self.base = held.text, held.base or ""
        lines = len(self.ground.transcript.segments)
        if any(n >= lines for section in self.post.sections for claim in section.claims for n in claim.cites):
            raise ScribeError(f"{name}: its transcript has fewer lines than its post cites; run: scribe draft {name}")

    def blocks(self) -> list[Listed]:
        """Every block of the post, in order, with its part in the ledger."""
        state = read_state(self.workspace, self.path)
        seen = Seen(self.base, self.text, state.origins)
        slots = state.slots
        is_stale = changes(state, self.ground.origin(self.post.recipe, plan=state.plan))
        stale = {b.id for b in revise.stale(self.text, is_stale)} if is_stale else set()
        chosen = [choice.slot for choice in read_choices(self.workspace, self.name)]
        found = []
        for share in ledger_of(self.workspace, self.ground, self.post, seen).shares:
            slot = slots.get(share.id or "", "")
            found.append(
                Listed(
                    id=share.id,
                    begins=share.begins,
                    typed=share.typed,
                    generated=share.generated,
                    choices=chosen.count(_name(self.post, slot)) if slot else 0,
                    alternatives=len(self._alternatives(slot)),
                    is_locked=share.is_locked,
                    is_stale=share.id in stale,
                )
            )
        return found

    def slot(self, block: str) -> Slot:
        """The alternatives of a block's section or proposition; raises ScribeError for a block that has none."""
        slot = self._slot_of(block)
        return Slot(_name(self.post, slot), tuple(self._ways(slot)))

    def pick(self, block: str, number: int) -> tuple[Revised, Way]:
        """Put an alternative in, in place of the one that is generated there; what a person wrote stays.

        Raises ScribeError for a number that there is not.
        """
        slot = self._slot_of(block)
        ways = self._alternatives(slot)
        if not 1 <= number <= len(ways):
            raise ScribeError(f"--pick {number}: expected a number from 1 to {len(ways)}, for so many there are")
        name, keys = _name(self.post, slot), {way.key for way in ways}
        others = [choice for choice in read_choices(self.workspace, self.name) if choice.key not in keys]
        choice = Choice(key=ways[number - 1].key, among=len(ways), slot=name)
        save_choices(self.workspace, self.name, [*others, choice])
        self.post = _with(self.post, slot, number - 1)
        before = read_state(self.workspace, self.path)
        page, _ = put_post(self.workspace, self.ground, self.post, as_before=before)
        return page, self._ways(slot)[number - 1]

    def _slot_of(self, block: str) -> str:
        slots = read_state(self.workspace, self.path).slots
        known = [found for found in slots if len(self._alternatives(slots[found])) > 1]
        if block not in slots or block not in known:
            some = f"; those that have some: {', '.join(known)}" if known else "; scribe draft --samples N makes some"
            is_there = block in slots or any(b.id == block for b in revise.split(self.text).blocks)
            what = "has no alternatives" if is_there else "is no block of the post"
            raise ScribeError(f"{self.name}: {block!r} {what}{some}")
        return slots[block]

    def _alternatives(self, slot: str) -> Sequence[Alternative | Proposition]:
        part = _part(self.post, slot)
        return part.alternatives if part is not None else ()

    def _ways(self, slot: str) -> list[Way]:
        part = _part(self.post, slot)
        footnotes = self.ground.footnotes()
        found = []
        for place, way in enumerate(self._alternatives(slot)):
            claims = _claims(way)
            verdicts = [c.support.verdict for c in claims if c.support]
            found.append(
                Way(
                    number=place + 1,
                    voice=way.voice,
                    text=footnotes.paragraph(claims),
                    verdicts={v: verdicts.count(v) for v in ("supported", "weak", "unsupported")},
                    lines=tuple(sorted({line for claim in claims for line in claim.cites})),
                    log_loss=way.log_loss,
                    is_chosen=part is not None and place == part.chosen,
                )
            )
        return found


def lint_post(workspace: shelf.Workspace, path: Path) -> list[lint.Finding]:
    """What the linter finds on a page; citations are checked where the draft behind it is known.

    Raises ScribeError where there is no page.
    """
    text = workspace.look(path).text
    if text is None:
        raise ScribeError(f"{path}: expected a post, found none; make it with: scribe draft")
    try:
        desk = Desk(workspace, path.parent.name)
    except ScribeError:
        return list(lint.lint(text))
    return list(lint.lint(text, segments_of(desk.ground.origin(desk.post.recipe))))


def _part(post: Draft, slot: str) -> Section | Proposition | None:
    kind, _, number = slot.partition(":")
    parts: Sequence[Section | Proposition] = post.sections if kind == "section" else post.propositions
    return parts[int(number)] if number.isdecimal() and int(number) < len(parts) else None


def _name(post: Draft, slot: str) -> str:
    part = _part(post, slot)
    number = slot.partition(":")[2]
    return part.heading if isinstance(part, Section) else f"Proposition {int(number) + 1}" if number else ""


def _with(post: Draft, slot: str, place: int) -> Draft:
    """The draft with another of a slot's alternatives in it."""
    kind, _, number = slot.partition(":")
    at = int(number)
    if kind == "section":
        section = post.sections[at]
        told = (section.alternatives[place].claims,)
        new = section.model_copy(update={"paragraphs": told, "chosen": place})
        return post.model_copy(update={"sections": (*post.sections[:at], new, *post.sections[at + 1 :])})
    old = post.propositions[at]
    kept = {"alternatives": old.alternatives, "chosen": place, "counterexamples": old.counterexamples}
    way = old.alternatives[place].model_copy(update=kept)
    return post.model_copy(update={"propositions": (*post.propositions[:at], way, *post.propositions[at + 1 :])})


def _claims(way: Alternative | Proposition) -> list[Claim]:
    if isinstance(way, Alternative):
        return list(way.claims)
    return claims_of(way)
