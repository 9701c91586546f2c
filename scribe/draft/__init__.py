"""Notes -> Draft: an outline, its sections, and the propositions somebody put forward.

In: a transcript, its notes, a simulator and frames. Out: a `Draft`. It knows nothing of files or of a person's edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scribe import __version__
from scribe.claims import is_same, minutes, read_sentences
from scribe.draft.outline import Heading, outline
from scribe.draft.propositions import read_proposition
from scribe.frames import Frame, prompts
from scribe.records import Claim, Draft, Notes, Proposition, Recipe, ScribeError, Section, Segment, Transcript
from scribe.simulators import Simulator

__all__ = ["write"]

_ARGUABLE = frozenset({"conjecture", "definition", "objection"})
"""A topic without one of these holds nothing to prove."""

_FEWEST = 4
"""A section with fewer sentences of its own says again what its propositions say."""


def write(transcript: Transcript, notes: Notes, simulator: Simulator, frames: Mapping[str, Frame]) -> Draft:
    """Write a post from a session's notes: every sentence cites the lines it rests on."""
    definitions = [c for topic in notes.topics for c in topic.claims if c.kind == "definition"]
    propositions = _propositions(transcript, notes, simulator, frames)
    argued = [c for p in propositions for c in (p.statement, *(s.claim for s in p.steps))]
    headings = outline(transcript, notes, simulator, frames["outline"])
    sections: list[Section] = []
    for heading in headings:
        section = _section(heading, headings, sections, transcript, simulator, frames["section"], definitions, argued)
        if section.opening or section.paragraphs:
            sections.append(section)
    return Draft(
        transcript_id=transcript.id,
        title=_post_title(notes),
        summary=notes.overview,
        sections=tuple(sections),
        definitions=tuple(definitions),
        propositions=tuple(propositions),
        open_questions=tuple(_open_questions(notes, sections)),
        recipe=_recipe(notes, simulator, frames),
    )


def _section(
    heading: Heading,
    headings: Sequence[Heading],
    before: Sequence[Section],
    transcript: Transcript,
    simulator: Simulator,
    frame: Frame,
    definitions: Sequence[Claim],
    argued: Sequence[Claim],
) -> Section:
    """One section: its opening question, then what was said, less what stands elsewhere in the post.

    What the propositions say is left to them, unless hardly anything else was said.
    """
    opening = next((c for c in heading.claims if c.kind == "question" and c.replies), None)
    told = [c for c in heading.claims if c is not opening]
    sources = _shown(heading, transcript, simulator)
    made = prompts(
        frame,
        sources,
        title=heading.title,
        outline="\n".join(f"- {h.title}" for h in headings),
        written="\n\n".join(f"## {s.heading}" for s in before),
        claims=minutes(told),
    )[:1]
    try:
        ((completion, *_),) = simulator.sample(made, frame.sampling)
    except ScribeError:
        return Section(heading=heading.title, opening=opening, paragraphs=(tuple(told),))
    said = read_sentences(made[0], completion) or told
    said = _less(said, [*definitions, *([opening] if opening else [])])
    claims = _less(said, argued)
    if len(claims) < _FEWEST:
        claims = said
    return Section(heading=heading.title, opening=opening, paragraphs=(tuple(claims),) if claims else ())


def _shown(heading: Heading, transcript: Transcript, simulator: Simulator) -> tuple[Segment, ...]:
    """The stretch a section is about; where half the context does not hold it, the lines its claims rest on."""
    stretch = transcript.segments[heading.first : heading.last]
    if sum(simulator.count(s.text) for s in stretch) <= simulator.context // 2:
        return stretch
    cited = {i for c in heading.claims for claim in (c, *c.replies) for i in claim.cites}
    return tuple(s for s in stretch if s.index in cited)


def _less(claims: Sequence[Claim], others: Sequence[Claim]) -> list[Claim]:
    """The claims that none of the others says; only those that share a line are compared word by word."""
    lines = {i for claim in claims for i in claim.cites}
    near = [other for other in others if not lines.isdisjoint(other.cites)]
    return [claim for claim in claims if not any(is_same(claim, other) for other in near)]


def _propositions(
    transcript: Transcript, notes: Notes, simulator: Simulator, frames: Mapping[str, Frame]
) -> list[Proposition]:
    """One attempt for each topic in which somebody conjectured, claimed with an argument, or objected."""
    frame = frames["proposition"]
    found: list[Proposition] = []
    for topic in notes.topics:
        if not any(c.kind in _ARGUABLE for c in topic.claims):
            continue
        sources = transcript.segments[topic.first : topic.last]
        for prompt in prompts(frame, sources, title=topic.title):
            try:
                (completions,) = simulator.sample([prompt], frame.sampling)
            except ScribeError:
                continue
            for proposition in filter(None, (read_proposition(prompt, c) for c in completions)):
                if not any(is_same(proposition.statement, p.statement) for p in found):
                    found.append(proposition)
    return found


def _open_questions(notes: Notes, sections: Sequence[Section]) -> list[Claim]:
    """Questions nobody answered, but for those that open a section."""
    openings = [s.opening for s in sections if s.opening]
    asked = [c for topic in notes.topics for c in topic.claims if c.kind == "question" and not c.replies]
    return _less(asked, openings)


def _post_title(notes: Notes) -> str:
    """The session's name and what its longest topic was about."""
    longest = max(notes.topics, key=lambda t: t.last - t.first, default=None)
    return f"{notes.title}: {longest.title[:1].lower()}{longest.title[1:]}" if longest else notes.title


def _recipe(notes: Notes, simulator: Simulator, frames: Mapping[str, Frame]) -> Recipe:
    return Recipe(
        scribe=__version__,
        engine=simulator.recipe,
        source_digest=notes.recipe.source_digest,
        frames={
            **notes.recipe.frames,
            **{n: frames[n].digest for n in ("outline", "section", "proposition")},
        },
        settings=notes.recipe.settings,
    )
