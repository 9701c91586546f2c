"""Several sessions as one: their lines behind each other, and their notes.

In: transcripts and the notes of each. Out: one transcript and one set of notes, in which line numbers go on from one
session to the next, and where each begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe.language import listed
from scribe.records import Claim, Coverage, Notes, Recipe, Segment, Session, Support, Transcript, text_key


def join(name: str, transcripts: Sequence[Transcript]) -> tuple[Transcript, tuple[Session, ...]]:
    """Sessions in order as one transcript called `name`; its times are those of each session."""
    sessions: list[Session] = []
    segments: list[Segment] = []
    for transcript in transcripts:
        first = len(segments)
        segments += [s.model_copy(update={"index": first + s.index}) for s in transcript.segments]
        sessions.append(Session(id=transcript.id, first=first, last=len(segments)))
    joined = Transcript(
        id=name,
        source=", ".join(t.source for t in transcripts),
        duration=sum(t.duration or 0.0 for t in transcripts) or None,
        segments=tuple(segments),
        recipe=Recipe(
            scribe=transcripts[0].recipe.scribe,
            engine="sequence",
            source_digest=text_key(t.recipe.source_digest or t.id for t in transcripts),
        ),
    )
    return joined, tuple(sessions)


def join_notes(name: str, told: Sequence[Notes], sessions: Sequence[Session]) -> Notes:
    """The notes of these sessions, same order, as those of the sequence."""
    made = [_shifted(notes, session.first) for notes, session in zip(told, sessions, strict=True)]
    return Notes(
        transcript_id=name,
        title=listed([notes.title for notes in made]),
        overview=tuple(claim for notes in made for claim in notes.overview),
        topics=tuple(topic for notes in made for topic in notes.topics),
        coverage=Coverage(passages=tuple(passage for notes in made for passage in notes.coverage.passages)),
        recipe=made[0].recipe,
    )


def _shifted(notes: Notes, by: int) -> Notes:
    """Notes whose lines are counted from where their session begins in the sequence."""
    topics = tuple(
        topic.model_copy(
            update={
                "first": topic.first + by,
                "last": topic.last + by,
                "claims": tuple(_moved(c, by) for c in topic.claims),
            }
        )
        for topic in notes.topics
    )
    passages = tuple(
        passage.model_copy(update={"first": passage.first + by, "last": passage.last + by})
        for passage in notes.coverage.passages
    )
    return notes.model_copy(
        update={
            "overview": tuple(_moved(claim, by) for claim in notes.overview),
            "topics": topics,
            "coverage": Coverage(passages=passages),
        }
    )


def _moved(claim: Claim, by: int) -> Claim:
    update: dict[str, object] = {
        "cites": tuple(n + by for n in claim.cites),
        "left_open": tuple(n + by for n in claim.left_open),
        "replies": tuple(_moved(c, by) for c in claim.replies),
        "reasons": tuple(_moved(c, by) for c in claim.reasons),
        "against": tuple(_moved(c, by) for c in claim.against),
    }
    if isinstance(claim.support, Support):
        update["support"] = claim.support.model_copy(update={"best": tuple(n + by for n in claim.support.best)})
    return claim.model_copy(update=update)
