"""What the sequence page tells of one session, and what is needed to tell which of its topics come back.

In: a transcript with its notes and its draft, where there are any. Out: a `Card` of a few kilobytes, which a batch
keeps, so that the page can be made again without reading the sessions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field, PositiveInt, model_validator

from scribe.language import words
from scribe.records import TRANSCRIPT_ID, Claim, Draft, Notes, Record, Topic, Transcript
from scribe.sequence.wording import Usual, telling_words

MOST_SPEAKERS = 12
MOST_LINES = 5
"""Questions kept of a session, and propositions; the post has them all."""
MOST_CHARACTERS = 240
"""Of one of them, and of a title: three lines on the page. Of 716 open questions of ICSI and AMI meetings 99 % are
shorter."""


class CardTopic(Record):
    """A topic of the session's notes: lines `[first, last)`."""

    title: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    start_s: float | None = None
    words: Mapping[str, PositiveInt] = Field(default_factory=dict)
    """Its telling words, each with how often it was said in any of its forms."""


class CardLine(Record):
    """One question or proposition, and the lines it rests on."""

    text: str
    cites: tuple[int, ...] = ()
    start_s: float | None = None
    """When the first of them was said."""


class Card(Record):
    """What the page tells of one session."""

    id: str
    title: str
    date: str | None = None
    """ISO 8601, as the transcript has it."""
    duration_s: float | None = None
    speakers: tuple[str, ...] = ()
    """The first of them."""
    more_speakers: int = 0
    recording: str | None = None
    """As the transcript has it."""
    topics: tuple[CardTopic, ...] = ()
    """All topics of the notes, in their order."""
    questions: tuple[CardLine, ...] = ()
    """The first of the questions that the draft leaves open, before them those that somebody said are open."""
    open_questions: int = 0
    """How many it leaves open."""
    propositions: tuple[CardLine, ...] = ()
    """Statements of the first of the draft's propositions, in their order."""
    stated: int = 0
    """How many propositions it has."""
    has_notes: bool = False
    has_post: bool = False

    @model_validator(mode="after")
    def _check_id(self) -> Self:
        if not TRANSCRIPT_ID.fullmatch(self.id):
            raise ValueError(f"card of {self.id!r}: expected the id of a transcript, which can name a file")
        return self


def card_of(transcript: Transcript, notes: Notes | None, draft: Draft | None, *, usual: Usual) -> Card:
    """The card of a session; `usual` tells how usual a word is in English.

    What notes and draft cite beyond the transcript's last line, as when it was cut since, has no time and no words.
    """
    speakers = transcript.speakers
    named = frozenset(word for speaker in speakers for word in words(speaker))
    topics = notes.topics if notes else ()
    questions = sorted(draft.open_questions if draft else (), key=lambda question: not question.left_open)
    statements = [proposition.statement for proposition in draft.propositions] if draft else []
    return Card(
        id=transcript.id,
        title=_cut(transcript.title or (notes.title if notes else "") or transcript.id),
        date=transcript.date,
        duration_s=transcript.duration,
        speakers=speakers[:MOST_SPEAKERS],
        more_speakers=max(0, len(speakers) - MOST_SPEAKERS),
        recording=transcript.recording,
        topics=tuple(_topic(topic, transcript, usual, named) for topic in topics),
        questions=_lines(questions, transcript),
        open_questions=len(questions),
        propositions=_lines(statements, transcript),
        stated=len(statements),
        has_notes=notes is not None,
        has_post=draft is not None,
    )


def _topic(topic: Topic, transcript: Transcript, usual: Usual, named: frozenset[str]) -> CardTopic:
    """A topic with its telling words; lines that are doubtful tell nothing, nor do the speakers' names."""
    lines = transcript.segments[topic.first : topic.last]
    said = [line.text for line in lines if line.doubt is None]
    return CardTopic(
        title=_cut(topic.title),
        first=topic.first,
        last=topic.last,
        start_s=_start(transcript, (topic.first,)),
        words=telling_words(said, usual, without=named),
    )


def _lines(claims: Sequence[Claim], transcript: Transcript) -> tuple[CardLine, ...]:
    return tuple(
        CardLine(text=_cut(claim.text), cites=claim.cites, start_s=_start(transcript, claim.cites))
        for claim in claims[:MOST_LINES]
    )


def _start(transcript: Transcript, cites: Sequence[int]) -> float | None:
    """When the first of some lines was said."""
    if not cites or cites[0] >= len(transcript.segments):
        return None
    return transcript.segments[cites[0]].start


def _cut(text: str) -> str:
    """A text on one line, cut between words where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 2].rsplit(" ", 1)[0] + " …"
