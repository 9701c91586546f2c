"""What a person does with a post that is there: look at it block by block, choose, lock, delete, check.

In: a workspace, the name of a post, what a person wants. Out: records to show; the page merged with what they chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from scribe import lint, revise, shelf
from scribe.draft.page import leaves
from scribe.pipeline.blockwise import restored
from scribe.pipeline.drafting import claims_of, put_post
from scribe.pipeline.revising import Revised, Seen, changes, read_state
from scribe.pipeline.standing import Choice, Ground, ground_of, read_choices, read_draft, save_choices
from scribe.pipeline.telling import ledger_of, page_of, segments_of, slots_of
from scribe.records import Alternative, Claim, Draft, Proposition, Record, ScribeError, Section
from scribe.rollouts import Rollouts

AS_NOTED = "notes"
"""The voice of a section whose claims stand as they are in the notes."""

_BESIDE = frozenset({"heading", "opening", "label", "Status", "Counterexample"})
"""Last words of the keys of blocks that are the same whichever text is chosen."""


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
    draw: str = ""
    sample: int = 0
    """The draw it was read from, and which text of that it is."""
    rollout: int | None = None
    """The completion it was read from, where the store that was asked keeps it."""
    children: int = 0
    """How many completions branched from that one."""


class Slot(NamedTuple):
    """What a block belongs to, where that is something with alternatives."""

    name: str
    """The heading of the section, or which proposition it is."""
    ways: tuple[Way, ...]
    is_own: bool = False
    """Whether a person wrote something of their own in place of all of them."""


class Desk:
    """A post with all that is known of it; made afresh for each look."""

    def __init__(self, workspace: shelf.Workspace, name: str, ground: Ground | None = None) -> None:
        """`ground` is what the post stands on, where that was read already.

        Raises ScribeError where there is no post, or the draft behind it cannot be read or has lost its lines.
        """
        self.workspace, self.name = workspace, name
        self.path = workspace.post_path(name)
        self.post = read_draft(workspace, name)
        ids = self.post.session_ids
        self.ground = ground or ground_of(workspace, name, [workspace.load_transcript(one) for one in ids])
        held = workspace.look(self.path)
        if held.text is None:
            raise ScribeError(f"{self.path}: expected a post, found none; make it with: scribe draft {name}")
        lines = len(self.ground.transcript.segments)
        if any(n >= lines for claim in _said(self.post) for n in claim.cites):
            raise ScribeError(f"{name}: its transcript has fewer lines than its post cites; run: scribe draft {name}")
        self.text = held.text
        self.base = revise.labelled(page_of(self.ground, self.post)) if held.base is None else held.base
        state = read_state(workspace, self.path)
        self._slots = state.slots or slots_of(self.base, self.ground, self.post)

    @property
    def slots(self) -> Mapping[str, str]:
        """What blocks belong to, by their ids: `section:0`, `proposition:2`; all others are missing."""
        return self._slots

    def is_own(self, slot: str) -> bool:
        """Whether a person wrote something of their own in place of all texts of a slot."""
        return self._standing(slot) is None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What a person chose so far, in order."""
        return read_choices(self.workspace, self.name)

    def blocks(self) -> list[Listed]:
        """Every block of the post, in order, with its part in the ledger."""
        state = read_state(self.workspace, self.path)
        seen = Seen(self.base, self.text, state.origins)
        is_stale = changes(state, self.ground.origin(self.post.recipe, plan=state.plan))
        stale = {b.id for b in revise.stale(self.text, is_stale)} if is_stale else set()
        chosen = [choice.slot for choice in read_choices(self.workspace, self.name)]
        found = []
        for share in ledger_of(self.workspace, self.ground, self.post, seen).shares:
            slot = self._slots.get(share.id or "", "")
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

    def slot(self, block: str, rollouts: Rollouts | None = None) -> Slot:
        """The alternatives of a block's section or proposition; raises ScribeError for a block that has none."""
        return self._shown(self._slot_of(block), rollouts)

    def ways(self, block: str, rollouts: Rollouts | None = None) -> Slot | None:
        """The same where there is but one text, too; None for a block of neither a section nor a proposition."""
        slot = self._slots.get(block)
        return self._shown(slot, rollouts) if slot is not None and _part(self.post, slot) is not None else None

    def part(self, block: str) -> Section | Proposition | None:
        """What a block belongs to, in the draft."""
        return _part(self.post, self._slots.get(block, ""))

    def pick(
        self, block: str, number: int, *, rollouts: Rollouts | None = None, over_own: bool = False
    ) -> tuple[Revised, Way]:
        """Put an alternative in, in place of the one that is generated there; what a person wrote stays.

        Then the pick lies among the proposals, unless it is to stand `over_own` text, which goes into the history; what
        they locked stays all the same. The choice is entered in `rollouts`. Raises ScribeError for a number that there
        is not.
        """
        slot = self._slot_of(block, least=1 if over_own else 2)
        ways = _texts(_part(self.post, slot))
        if not 1 <= number <= len(ways):
            raise ScribeError(f"--pick {number}: expected a number from 1 to {len(ways)}, for so many there are")
        if over_own:
            self._take_back(slot)
        if len(ways) > 1:
            self._choose(slot, ways, number - 1, rollouts)
            self.post = _with(self.post, slot, number - 1)
        before = read_state(self.workspace, self.path)
        page, _ = put_post(self.workspace, self.ground, self.post, as_before=before)
        self.text, self.base = page.text, page.generated
        return page, self._shown(slot, rollouts).ways[number - 1]

    def add(
        self,
        part: Section | Proposition,
        ways: Sequence[Alternative | Proposition],
        rollouts: Rollouts | None = None,
    ) -> tuple[Way, ...]:
        """Keep more texts of a part beside those that it has, each once; the page stays as it is. Returns the new ones.

        The draft is read again, for a person may have chosen while they were written. Raises ScribeError where the part
        is there no more.
        """
        with self.workspace.locked():
            self.post = read_draft(self.workspace, self.name)
            slot = _slot_like(self.post, part)
            now = _part(self.post, slot)
            if now is None:
                raise ScribeError(f"{self.name}: the post was drafted anew meanwhile, without that part of it")
            known = {way.key for way in _texts(now)}
            new = {way.key: way for way in reversed(ways) if way.key not in known}
            if new:
                self.post = _put(self.post, slot, _extended(now, tuple(reversed(new.values()))))
                self.workspace.save_record(self.workspace.draft_json_path(self.name), self.post)
        return self._shown(slot, rollouts).ways[len(_texts(now)) :] if new else ()

    # ── Choosing ─────────────────────────────────────────────────────────────────────────────

    def _choose(
        self, slot: str, ways: Sequence[Alternative | Proposition], place: int, rollouts: Rollouts | None
    ) -> None:
        """Enter a choice, in place of the one for the same texts before; one made twice is one."""
        way, keys = ways[place], {way.key for way in ways}
        before = read_choices(self.workspace, self.name)
        choice = Choice(key=way.key, among=len(ways), slot=_name(self.post, slot), draw=way.draw, sample=way.sample)
        save_choices(self.workspace, self.name, [*(one for one in before if one.key not in keys), choice])
        if rollouts is not None and choice not in before:
            rollouts.choose(way.draw, way.sample, len(ways))

    def _take_back(self, slot: str) -> None:
        """Put what was generated in place of what a person made of it; their version goes into the history."""
        generated = revise.split(self.base).blocks
        own = [block for block in generated if self._slots.get(block.id or "") == slot]
        self.workspace.retype(self.path, lambda text: restored(text or "", own, generated))

    def _slot_of(self, block: str, *, least: int = 2) -> str:
        known = [found for found in self._slots if len(_texts(_part(self.post, self._slots[found]))) >= least]
        if block not in known:
            some = f"; those that have some: {', '.join(known)}" if known else "; scribe draft --samples N makes some"
            is_there = block in self._slots or any(b.id == block for b in revise.split(self.text).blocks)
            what = "has no alternatives" if is_there else "is no block of the post"
            raise ScribeError(f"{self.name}: {block!r} {what}{some}")
        return self._slots[block]

    def _alternatives(self, slot: str) -> Sequence[Alternative | Proposition]:
        part = _part(self.post, slot)
        return part.alternatives if part is not None else ()

    def _shown(self, slot: str, rollouts: Rollouts | None = None) -> Slot:
        standing = self._standing(slot)
        footnotes = self.ground.footnotes()
        found = []
        for place, way in enumerate(_texts(_part(self.post, slot))):
            claims = _claims(way)
            verdicts = [c.support.verdict for c in claims if c.support]
            rollout = rollouts.find(way.draw, way.sample) if rollouts is not None and way.draw else None
            found.append(
                Way(
                    number=place + 1,
                    voice=way.voice,
                    text=footnotes.paragraph(claims),
                    verdicts={v: verdicts.count(v) for v in ("supported", "weak", "unsupported")},
                    lines=tuple(sorted({line for claim in claims for line in claim.cites})),
                    log_loss=way.log_loss,
                    is_chosen=place == standing,
                    draw=way.draw,
                    sample=way.sample,
                    rollout=rollout,
                    children=len(rollouts.children(rollout)) if rollouts is not None and rollout is not None else 0,
                )
            )
        return Slot(_name(self.post, slot), tuple(found), is_own=standing is None)

    def _standing(self, slot: str) -> int | None:
        """Which of its texts the page has; None where a person wrote their own in place of it.

        A text that is older than the draft, since nothing that it cites was corrected, stands for the chosen one.
        """
        part = _part(self.post, slot)
        chosen = part.chosen if part is not None else 0
        written = {block.content.replace("\r\n", "\n") for block in revise.split(self.text).blocks}
        for place in sorted(range(len(_texts(part))), key=lambda place: place != chosen):
            own = self._blocks_of(_part(_with(self.post, slot, place), slot))
            if written.issuperset(own) and (own or place == chosen):
                return place
        generated = [b.content for b in revise.split(self.base).blocks if self._slots.get(b.id or "") == slot]
        return chosen if generated and written.issuperset(generated) else None

    def _blocks_of(self, part: Section | Proposition | None) -> list[str]:
        """The blocks of a part that are its own text."""
        nothing: dict[str, tuple[object, ...]] = {"summary": (), "definitions": (), "open_questions": ()}
        sections = (part,) if isinstance(part, Section) else ()
        propositions = (part,) if isinstance(part, Proposition) else ()
        alone = self.post.model_copy(update={**nothing, "sections": sections, "propositions": propositions})
        made = leaves(alone, self.ground.transcript, self.ground.links, parts=self.ground.parts)
        return [leaf.text for leaf in made if leaf.slot and leaf.key[-1] not in _BESIDE]


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


def _slot_like(post: Draft, part: Section | Proposition) -> str:
    """The slot of a part that a draft had before; empty where it has it no more."""
    if isinstance(part, Section):
        found = [n for n, s in enumerate(post.sections) if (s.heading, s.first) == (part.heading, part.first)]
        return f"section:{found[0]}" if found else ""
    found = [n for n, p in enumerate(post.propositions) if part.key in {way.key for way in (p, *p.alternatives)}]
    return f"proposition:{found[0]}" if found else ""


def _texts(part: Section | Proposition | None) -> tuple[Alternative | Proposition, ...]:
    """All texts of a part; what stands there where that is the only one."""
    if part is None or part.alternatives:
        return part.alternatives if part is not None else ()
    if isinstance(part, Proposition):
        return (part.model_copy(update={"counterexamples": ()}),)
    return (Alternative(voice=AS_NOTED, sample=0, claims=tuple(c for told in part.paragraphs for c in told)),)


def _extended(part: Section | Proposition, ways: Sequence[Alternative | Proposition]) -> Section | Proposition:
    """A part with more texts behind those that it has."""
    return part.model_copy(update={"alternatives": (*_texts(part), *ways)})


def _with(post: Draft, slot: str, place: int) -> Draft:
    """The draft with another of a slot's alternatives in it."""
    part = _part(post, slot)
    if part is None or not part.alternatives:
        return post
    if isinstance(part, Section):
        told = (part.alternatives[place].claims,)
        return _put(post, slot, part.model_copy(update={"paragraphs": told, "chosen": place}))
    kept = {"alternatives": part.alternatives, "chosen": place, "counterexamples": part.counterexamples}
    return _put(post, slot, part.alternatives[place].model_copy(update=kept))


def _put(post: Draft, slot: str, part: Section | Proposition) -> Draft:
    """The draft with another part in a slot."""
    at = int(slot.partition(":")[2])
    which = "sections" if isinstance(part, Section) else "propositions"
    parts = getattr(post, which)
    return post.model_copy(update={which: (*parts[:at], part, *parts[at + 1 :])})


def _claims(way: Alternative | Proposition) -> list[Claim]:
    if isinstance(way, Alternative):
        return list(way.claims)
    return claims_of(way)


def _said(post: Draft) -> Iterator[Claim]:
    """All that a draft says anywhere."""
    yield from (*post.summary, *post.definitions, *post.open_questions)
    for section in post.sections:
        yield from (*section.claims, *(claim for way in section.alternatives for claim in way.claims))
    for proposition in post.propositions:
        for way in (proposition, *proposition.alternatives):
            yield from (*claims_of(way), *way.counterexamples)
