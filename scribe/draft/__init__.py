"""Notes -> Draft: an outline, its sections, and the propositions somebody put forward.

In: a transcript, its notes, a simulator and frames. Out: a `Draft`, or more texts of one part of it. It knows nothing
of files or of a person's edits; what a person planned, locked or chose is handed to it.

In reading order: `sessions` (several sessions as one), `outline` (headings, and their page), `sections`,
`propositions`, `page` (the post as Markdown).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from scribe import __version__
from scribe.draft.outline import Heading, Planned, follow, outline, outline_page, read_outline_page
from scribe.draft.propositions import restate, write_propositions
from scribe.draft.sections import (
    Draw,
    Drawn,
    Elsewhere,
    Manner,
    Rewritten,
    less,
    recalled,
    rewrite_section,
    write_sections,
)
from scribe.draft.sessions import join, join_notes
from scribe.frames import Frame
from scribe.records import Claim, Draft, Notes, Proposition, Recipe, Record, ScribeError, Section, Session, Transcript
from scribe.simulators import Simulator

__all__ = [
    "Draw",
    "Drawn",
    "Heading",
    "Planned",
    "Rewritten",
    "Wishes",
    "follow",
    "join",
    "join_notes",
    "outline",
    "outline_page",
    "read_outline_page",
    "rewrite",
    "write",
]


class Wishes(Record):
    """What a person asked of a draft."""

    voices: tuple[str, ...] | None = None
    """Which voices write sections and propositions, where their frames have them; None: each frame's first."""
    samples: int | None = None
    """How many texts each of them writes; None: as the frame says."""
    chosen: frozenset[str] = frozenset()
    """Keys of the alternatives that they chose."""
    written: tuple[str, ...] = ()
    """Blocks that they locked: what is written already."""
    before: tuple[Section | Proposition, ...] = ()
    """What was written before: its alternatives stand beside the new ones."""
    plan: tuple[Planned, ...] | None = None
    """The outline as they left it; None: the simulator's."""


def write(
    transcript: Transcript,
    notes: Notes,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    wishes: Wishes | None = None,
    sessions: Sequence[Session] = (),
) -> Draft:
    """Write a post from a session's notes, or a sequence's: every sentence cites the lines it rests on.

    Raises ScribeError for a voice that no frame of a draft has.
    """
    wishes = wishes or Wishes()
    _check_voices(wishes.voices, frames)
    headings, kept = _laid_out(transcript, notes, simulator, frames, wishes)
    propositions = write_propositions(transcript, kept, simulator, frames, _manner("proposition", frames, wishes))
    elsewhere = _elsewhere(kept, propositions, wishes)
    manner = _manner("section", frames, wishes)
    sections = write_sections(headings, transcript, simulator, frames["section"], manner, elsewhere)
    return Draft(
        transcript_id=transcript.id,
        title=_post_title(notes),
        summary=kept.overview,
        sections=tuple(sections),
        definitions=tuple(elsewhere.definitions),
        propositions=tuple(propositions),
        open_questions=tuple(_open_questions(kept, sections)),
        sessions=tuple(sessions),
        recipe=_recipe(notes, simulator, frames, wishes),
    )


def rewrite(
    post: Draft,
    part: Section | Proposition,
    transcript: Transcript,
    notes: Notes,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    wishes: Wishes,
    draw: Draw,
) -> Rewritten:
    """More texts of one part of a post, from what `write` would show for it; the post stays as it is.

    The post is of the same notes; `wishes.voices` is the one that writes. Where another simulator wrote the post, its
    outline is not asked for again, but taken from its sections. Raises ScribeError for a part that cannot be shown.
    """
    if isinstance(part, Proposition):
        kept = notes if wishes.plan is None else _covered(notes, follow(wishes.plan, notes))
        manner = _manner("proposition", frames, wishes)
        place = post.propositions.index(part)
        return restate(place, post.propositions, transcript, kept, simulator, frames["proposition"], manner, draw)
    place = post.sections.index(part)
    is_anothers = wishes.plan is None and post.recipe.engine != simulator.recipe
    headings, kept = ([], notes) if is_anothers else _laid_out(transcript, notes, simulator, frames, wishes)
    if wishes.plan is None and all(heading.first != part.first for heading in headings):
        headings = recalled(post.sections, [topic for topic in notes.topics if topic.claims])
        part = part.model_copy(update={"first": headings[place].first})
    sections = (*post.sections[:place], part)
    manner, elsewhere = _manner("section", frames, wishes), _elsewhere(kept, post.propositions, wishes)
    frame = frames["section"]
    return rewrite_section(place, sections, headings, transcript, simulator, frame, manner, elsewhere, draw)


def _manner(name: str, frames: Mapping[str, Frame], wishes: Wishes) -> Manner:
    return Manner.of(frames[name], wishes.voices, wishes.samples, wishes.chosen, wishes.before)


def _laid_out(
    transcript: Transcript, notes: Notes, simulator: Simulator, frames: Mapping[str, Frame], wishes: Wishes
) -> tuple[list[Heading], Notes]:
    """The outline, and the notes less what it leaves out."""
    if wishes.plan is None:
        return outline(transcript, notes, simulator, frames["outline"]), notes
    headings = follow(wishes.plan, notes)
    return headings, _covered(notes, headings)


def _elsewhere(kept: Notes, propositions: Sequence[Proposition], wishes: Wishes) -> Elsewhere:
    """What stands in the post beside its sections."""
    defined = [c for topic in kept.topics for c in topic.claims if c.kind == "definition"]
    argued = [c for p in propositions for c in (p.statement, *(s.claim for s in p.steps))]
    return Elsewhere([one for c in defined for one in (c, *c.against)], argued, wishes.written)


def _check_voices(voices: Collection[str] | None, frames: Mapping[str, Frame]) -> None:
    known = dict.fromkeys(v.name for name in ("section", "proposition") for v in frames[name].voices)
    for name in voices or ():
        if name not in known:
            raise ScribeError(f"--voices: no frame of a draft has the voice {name!r}; known: {', '.join(known)}")


def _covered(notes: Notes, headings: Sequence[Heading]) -> Notes:
    """The notes less the claims that a person's outline leaves out, and less what the overview makes of their lines."""
    told = {id(claim) for heading in headings for claim in heading.claims}
    lines = {n for heading in headings for first, last in heading.spans for n in range(first, last)}
    overview = tuple(c for c in notes.overview if not c.cites or not lines.isdisjoint(c.cites))
    topics = tuple(
        topic.model_copy(update={"claims": tuple(c for c in topic.claims if id(c) in told)}) for topic in notes.topics
    )
    return notes.model_copy(update={"topics": topics, "overview": overview})


def _open_questions(notes: Notes, sections: Sequence[Section]) -> list[Claim]:
    """Questions nobody answered, but for those that open a section."""
    openings = [s.opening for s in sections if s.opening]
    asked = [c for topic in notes.topics for c in topic.claims if c.kind == "question" and not c.replies]
    return less(asked, openings)


def _post_title(notes: Notes) -> str:
    """The session's name and what its longest topic was about."""
    longest = max(notes.topics, key=lambda t: t.last - t.first, default=None)
    return f"{notes.title}: {longest.title[:1].lower()}{longest.title[1:]}" if longest else notes.title


def _recipe(notes: Notes, simulator: Simulator, frames: Mapping[str, Frame], wishes: Wishes) -> Recipe:
    settings = dict(notes.recipe.settings)
    if wishes.voices is not None:
        settings["draft_voices"] = ",".join(wishes.voices)
    if wishes.samples is not None:
        settings["draft_samples"] = wishes.samples
    return Recipe(
        scribe=__version__,
        engine=simulator.recipe,
        source_digest=notes.recipe.source_digest,
        frames={
            **notes.recipe.frames,
            **{n: frames[n].digest for n in ("outline", "section", "proposition", "counterexample")},
        },
        settings=settings,
    )
