"""Headings -> sections, each written from its claims and the lines they rest on.

In: an outline, a simulator under the section frame, and what is written already. Out: sections in order, with every
alternative that was written for them; or more alternatives for one of them. A section knows the outline and the text
before it, and does not say it again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from scribe.asking import MOST_SHOWN_TOKENS, Reading, ask, fits, read
from scribe.claims import is_same, lines_of, minutes
from scribe.draft.outline import Heading
from scribe.frames import Frame, prompts
from scribe.records import (
    Alternative,
    Claim,
    Completion,
    Prompt,
    Proposition,
    Sampling,
    ScribeError,
    Section,
    Topic,
    Transcript,
)
from scribe.simulators import Simulator, branched, draw_of

_FEWEST = 4
"""A section with fewer sentences of its own says again what its propositions say."""


class Manner(NamedTuple):
    """How a part of a post is to be written."""

    voices: tuple[str, ...]
    """Which voices write it; the first one's text is the section, unless a person chose another."""
    sampling: Sampling
    chosen: frozenset[str]
    """Keys of the alternatives that a person chose, in any part."""
    before: tuple[Section | Proposition, ...] = ()
    """What was written before: its alternatives stand beside the new ones."""

    @classmethod
    def of(
        cls,
        frame: Frame,
        voices: Collection[str] | None,
        samples: int | None,
        chosen: Iterable[str],
        before: Sequence[Section | Proposition] = (),
    ) -> Manner:
        """The frame's own first voice and sampling, or those of the `voices` asked for that it has."""
        known = [voice.name for voice in frame.voices]
        wanted = [name for name in dict.fromkeys(voices or ()) if name in known] or known[:1]
        sampling = frame.sampling.model_copy(update={"samples": samples}) if samples else frame.sampling
        return cls(tuple(wanted), sampling, frozenset(chosen), tuple(before))


class Elsewhere(NamedTuple):
    """What stands in other parts of the post."""

    definitions: Sequence[Claim]
    argued: Sequence[Claim]
    """Said by the propositions; left to them, unless hardly anything else was said."""
    written: Sequence[str]
    """What a person locked: it is given as written already."""


class Drawn(NamedTuple):
    """What was drawn after a prompt, and how."""

    completions: Sequence[Completion]
    sampling: Sampling


Draw = Callable[[Prompt, Simulator, Sampling], Drawn]
"""Draws once after a prompt, with the simulator as it goes on there; how exactly, it tells."""


class Rewritten(NamedTuple):
    """More texts of one part of a post."""

    ways: tuple[Alternative | Proposition, ...]
    fault: str | None
    """Why none of what was drawn could be read."""


def write_sections(
    headings: Sequence[Heading],
    transcript: Transcript,
    simulator: Simulator,
    frame: Frame,
    manner: Manner,
    elsewhere: Elsewhere,
) -> list[Section]:
    """Sections in order; a heading under which nothing new was said has none.

    Where the simulator keeps a tree, each section's texts branch from the text of the one before.
    """
    sections: list[Section] = []
    said: list[Claim] = []
    for heading in headings:
        writing = _Writing(heading, headings, sections, said, transcript, elsewhere)
        section = writing.section(simulator, frame, manner)
        simulator = _after(simulator, section)
        if section.opening or section.paragraphs:
            sections.append(section)
            said += section.claims
    return sections


def rewrite_section(
    place: int,
    sections: Sequence[Section],
    headings: Sequence[Heading],
    transcript: Transcript,
    simulator: Simulator,
    frame: Frame,
    manner: Manner,
    elsewhere: Elsewhere,
    draw: Draw,
) -> Rewritten:
    """More texts of the section at a place, each from what `write_sections` shows for it; the first voice writes.

    Raises ScribeError where the outline has no such section, or not even one claim of it fits the simulator.
    """
    before, section = sections[:place], sections[place]
    own = [heading for heading in headings if heading.first == section.first]
    heading = next((heading for heading in own if heading.title == section.heading), next(iter(own), None))
    if heading is None:
        raise ScribeError(
            f"section {section.heading!r}: the outline has no heading from line {section.first} on any more; draft anew"
        )
    said = [claim for one in before for claim in one.claims]
    writing = _Writing(heading, headings, before, said, transcript, elsewhere)
    made, shown = writing.prompts(simulator, frame, manner)
    if not made:
        raise ScribeError(f"section {section.heading!r}: not even one of its claims fits {simulator.name}")
    for one in before:
        simulator = _after(simulator, one)
    drawn = draw(made[0], simulator, manner.sampling)
    reading = read(made[0], drawn.completions, drawn.sampling)
    return Rewritten(tuple(writing.alternatives([reading], shown, simulator)), reading.fault)


def recalled(sections: Sequence[Section], topics: Sequence[Topic]) -> list[Heading]:
    """The outline that sections were written from, as far as they tell: each topic is where most of it is said."""
    own: list[list[Topic]] = [[] for _ in sections]
    for topic in topics:
        told = [
            sum(topic.first <= n < topic.last for c in section.claims for n in c.cites)
            + len(topic.claims) * (topic.first <= section.first < topic.last)
            for section in sections
        ]
        if any(told):
            own[told.index(max(told))].append(topic)
    return [
        Heading(
            title=section.heading,
            spans=tuple((t.first, t.last) for t in some) or ((section.first, section.first + 1),),
            claims=tuple(c for t in some for c in t.claims),
        )
        for section, some in zip(sections, own, strict=True)
    ]


def _after(simulator: Simulator, section: Section) -> Simulator:
    """The simulator as it goes on after the text that a section has; itself, where nobody knows how that was drawn."""
    way = section.alternatives[section.chosen] if section.chosen < len(section.alternatives) else None
    return branched(simulator, way.draw, way.sample) if way is not None else simulator


class _Writing:
    """One section under way."""

    def __init__(
        self,
        heading: Heading,
        headings: Sequence[Heading],
        before: Sequence[Section],
        said: Sequence[Claim],
        transcript: Transcript,
        elsewhere: Elsewhere,
    ) -> None:
        self.heading, self.headings, self.before, self.said = heading, headings, before, said
        self.transcript, self.elsewhere = transcript, elsewhere
        self.opening = next((c for c in heading.claims if c.kind == "question" and c.replies), None)
        self.told = [one for c in heading.claims if c is not self.opening for one in (c, *c.against)]

    def section(self, simulator: Simulator, frame: Frame, manner: Manner) -> Section:
        """Its opening question, then what was said, less what stands elsewhere in the post."""
        made, shown = self.prompts(simulator, frame, manner)
        answer = ask([made], simulator, manner.sampling)[0] if made else []
        drawn = self._with_older(
            self.alternatives([] if isinstance(answer, ScribeError) else answer, shown, simulator), manner
        )
        place = next((n for n, one in enumerate(drawn) if one.key in manner.chosen), 0)
        is_read = bool(made) and not isinstance(answer, ScribeError)
        claims: Sequence[Claim] = drawn[place].claims if drawn else self._own(self.told) if is_read else self.told
        return Section(
            heading=self.heading.title,
            first=self.heading.first,
            opening=self.opening,
            paragraphs=(tuple(claims),) if claims else (),
            alternatives=tuple(drawn),
            chosen=place,
        )

    def alternatives(self, readings: Sequence[Reading], shown: int, simulator: Simulator) -> list[Alternative]:
        """All that was written, each text once, with what the prompt had no room for."""
        found: dict[str, Alternative] = {}
        for reading in readings:
            draw = draw_of(simulator, reading.prompt, reading.sampling)
            for sample, (written, log_loss) in enumerate(zip(reading.drawn, reading.log_losses, strict=True)):
                claims = self._own([*written, *self.told[shown:]]) if written else []
                if claims:
                    one = Alternative(
                        voice=reading.prompt.voice, sample=sample, claims=tuple(claims), log_loss=log_loss, draw=draw
                    )
                    found.setdefault(one.key, one)
        return list(found.values())

    def _with_older(self, new: Sequence[Alternative], manner: Manner) -> list[Alternative]:
        """New texts, and behind them those that were written before."""
        found = {one.key: one for one in new}
        for part in manner.before:
            if isinstance(part, Section) and part.first == self.heading.first:
                for one in part.alternatives:
                    found.setdefault(one.key, one)
        return list(found.values())

    def _own(self, said: Sequence[Claim]) -> list[Claim]:
        """What the section says that no other part of the post does."""
        opening = [self.opening] if self.opening else []
        fresh = less(said, [*self.elsewhere.definitions, *opening, *self.said])
        claims = less(fresh, self.elsewhere.argued)
        return claims if len(claims) >= _FEWEST else fresh

    def prompts(self, simulator: Simulator, frame: Frame, manner: Manner) -> tuple[list[Prompt], int]:
        """What the section is written from, and how many of its claims that shows: as many as fit.

        The stretch it is about is shown; where that is too long, the lines its claims rest on. What is written before
        is shown in full, then by its headings. Nothing where not even one claim fits.
        """
        stretch = [self.transcript.segments[n] for n in self.heading.stretch(self.transcript)]
        outline = "\n".join(f"- {h.title}" for h in self.headings)
        is_short = sum(simulator.count(s.text) for s in stretch) <= MOST_SHOWN_TOKENS
        in_full, headings = self._written(in_full=True), self._written(in_full=False)
        before = [text for text in dict.fromkeys((in_full, headings)) if simulator.count(text) <= MOST_SHOWN_TOKENS]
        shown = len(self.told)
        while True:
            cited = lines_of(
                (one for c in [*self.heading.claims[:shown], *self.told[:shown]] for one in (c, *c.replies)),
                self.transcript,
            )
            for sources in (stretch, cited) if is_short and shown == len(self.told) else (cited,):
                for written in before:
                    made = prompts(
                        frame,
                        sources,
                        title=self.heading.title,
                        outline=outline,
                        written=written,
                        claims=minutes(self.told[:shown]),
                        voices=manner.voices,
                    )
                    if fits(simulator, made, manner.sampling):
                        return made, shown
            if shown <= 1:
                return [], 0
            shown //= 2

    def _written(self, *, in_full: bool) -> str:
        """The text before the section, and what a person locked anywhere; or the headings alone."""
        if not in_full:
            return "\n\n".join(f"## {s.heading}" for s in self.before)
        sections = [f"## {s.heading}\n\n" + " ".join(c.text for p in s.paragraphs for c in p) for s in self.before]
        return "\n\n".join([*sections, *self.elsewhere.written])


def less(claims: Sequence[Claim], others: Sequence[Claim]) -> list[Claim]:
    """The claims that none of the others says; only those that share a line are compared word by word."""
    lines = {i for claim in claims for i in claim.cites}
    texts = {other.text for other in others}
    near = [other for other in others if not lines.isdisjoint(other.cites)]
    return [claim for claim in claims if claim.text not in texts and not any(is_same(claim, other) for other in near)]
