"""Notes -> Draft: an outline, its sections, and the propositions somebody put forward.

In: a transcript, its notes, a simulator and frames. Out: a `Draft`. It knows nothing of files or of a person's edits;
what a person planned, locked or chose is handed to it.

In reading order: `sessions` (several sessions as one), `outline` (headings, and their page), `sections`,
`propositions`, `page` (the post as Markdown).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from scribe import __version__
from scribe.draft.outline import Heading, Planned, follow, outline, outline_page, read_outline_page
from scribe.draft.propositions import write_propositions
from scribe.draft.sections import Elsewhere, Manner, less, write_sections
from scribe.draft.sessions import join, join_notes
from scribe.frames import Frame
from scribe.records import Claim, Draft, Notes, Proposition, Recipe, Record, ScribeError, Section, Session, Transcript
from scribe.simulators import Simulator

__all__ = [
    "Heading",
    "Planned",
    "Wishes",
    "follow",
    "join",
    "join_notes",
    "outline",
    "outline_page",
    "read_outline_page",
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
    manners = {
        name: Manner.of(frames[name], wishes.voices, wishes.samples, wishes.chosen, wishes.before)
        for name in ("section", "proposition")
    }
    if wishes.plan is None:
        headings, kept = outline(transcript, notes, simulator, frames["outline"]), notes
    else:
        headings = follow(wishes.plan, notes)
        kept = _covered(notes, headings)
    defined = [c for topic in kept.topics for c in topic.claims if c.kind == "definition"]
    definitions = [one for c in defined for one in (c, *c.against)]
    propositions = write_propositions(transcript, kept, simulator, frames, manners["proposition"])
    argued = [c for p in propositions for c in (p.statement, *(s.claim for s in p.steps))]
    elsewhere = Elsewhere(definitions, argued, wishes.written)
    sections = write_sections(headings, transcript, simulator, frames["section"], manners["section"], elsewhere)
    return Draft(
        transcript_id=transcript.id,
        title=_post_title(notes),
        summary=kept.overview,
        sections=tuple(sections),
        definitions=tuple(definitions),
        propositions=tuple(propositions),
        open_questions=tuple(_open_questions(kept, sections)),
        sessions=tuple(sessions),
        recipe=_recipe(notes, simulator, frames, wishes),
    )


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
