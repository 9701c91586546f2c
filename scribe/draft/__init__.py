"""Notes -> Draft: an outline, its sections, and the propositions somebody put forward.

In: a transcript, its notes, a simulator and frames. Out: a `Draft`. It knows nothing of files or of a person's edits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scribe import __version__
from scribe.asking import MOST_SHOWN_TOKENS, ask, fits, sample_groups
from scribe.claims import is_same, lines_of, minutes
from scribe.draft.outline import Heading, outline
from scribe.draft.propositions import read_proposition
from scribe.frames import Frame, prompts
from scribe.records import Claim, Draft, Notes, Prompt, Proposition, Recipe, ScribeError, Section, Topic, Transcript
from scribe.simulators import Simulator

__all__ = ["write"]

_ARGUABLE = frozenset({"conjecture", "definition", "objection"})
"""A topic without one of these holds nothing to prove."""

_FEWEST = 4
"""A section with fewer sentences of its own says again what its propositions say."""


def write(transcript: Transcript, notes: Notes, simulator: Simulator, frames: Mapping[str, Frame]) -> Draft:
    """Write a post from a session's notes: every sentence cites the lines it rests on."""
    defined = [c for topic in notes.topics for c in topic.claims if c.kind == "definition"]
    definitions = [one for c in defined for one in (c, *c.against)]
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
    told = [one for c in heading.claims if c is not opening for one in (c, *c.against)]
    prompt, shown = _section_prompt(heading, told, headings, before, transcript, simulator, frame)
    answer = ask([[prompt]], simulator, frame.sampling)[0] if prompt else None
    if answer is None or isinstance(answer, ScribeError):
        return Section(heading=heading.title, opening=opening, paragraphs=(tuple(told),))
    written = next(filter(None, answer[0].drawn), None)
    said = [*written, *told[shown:]] if written else told
    said = _less(said, [*definitions, *([opening] if opening else [])])
    claims = _less(said, argued)
    if len(claims) < _FEWEST:
        claims = said
    return Section(heading=heading.title, opening=opening, paragraphs=(tuple(claims),) if claims else ())


def _section_prompt(
    heading: Heading,
    told: Sequence[Claim],
    headings: Sequence[Heading],
    before: Sequence[Section],
    transcript: Transcript,
    simulator: Simulator,
    frame: Frame,
) -> tuple[Prompt | None, int]:
    """What the section is written from, and how many of its claims that shows: as many as fit.

    The stretch it is about is shown; where that is too long, the lines its claims rest on. None where not even one
    claim fits.
    """
    stretch = transcript.segments[heading.first : heading.last]
    outline, written = "\n".join(f"- {h.title}" for h in headings), "\n\n".join(f"## {s.heading}" for s in before)
    is_short = sum(simulator.count(s.text) for s in stretch) <= MOST_SHOWN_TOKENS
    shown = len(told)
    while True:
        cited = lines_of((one for c in [*heading.claims[:shown], *told[:shown]] for one in (c, *c.replies)), transcript)
        for sources in (stretch, cited) if is_short and shown == len(told) else (cited,):
            claims = minutes(told[:shown])
            made = prompts(frame, sources, title=heading.title, outline=outline, written=written, claims=claims)[:1]
            if fits(simulator, made, frame.sampling):
                return made[0], shown
        if shown <= 1:
            return None, 0
        shown //= 2


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
    argued = [topic for topic in notes.topics if any(c.kind in _ARGUABLE for c in topic.claims)]
    groups = [_proposition_prompts(topic, transcript, simulator, frame) for topic in argued]
    found: list[Proposition] = []
    for made, drawn in zip(groups, sample_groups(groups, simulator, frame.sampling), strict=True):
        if isinstance(drawn, ScribeError):
            continue
        for prompt, completions in zip(made, drawn, strict=True):
            for proposition in filter(None, (read_proposition(prompt, c) for c in completions)):
                if not any(is_same(proposition.statement, p.statement) for p in found):
                    found.append(proposition)
    return found


def _proposition_prompts(topic: Topic, transcript: Transcript, simulator: Simulator, frame: Frame) -> list[Prompt]:
    """A topic's lines, with what was conjectured, defined and objected in it where both fit."""
    sources = transcript.segments[topic.first : topic.last]
    for claims in ([c for c in topic.claims if c.kind in _ARGUABLE], []):
        made = prompts(frame, sources, title=topic.title, claims=minutes(claims))
        if fits(simulator, made, frame.sampling):
            return made
    return []


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
