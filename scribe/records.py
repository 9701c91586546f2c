"""The nouns of Scribe, and its errors.

In: values from a reader, a simulator or a file. Out: frozen records, validated once on the way in.
This module knows nothing of files, models or Markdown, and imports nothing of scribe.

Times are seconds from the start of the recording and intervals are half-open. A segment's
`index` is its place in the transcript; it is the stable id that citations name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ScribeError(Exception):
    r"""A mistake that a person can mend.

    The message is one line: what was expected, what was found, where, and what to do. A line break that a file's name
    or a library's message brings along is shown as `\n`.
    """

    def __str__(self) -> str:
        return "\\n".join(super().__str__().splitlines())


class Record(BaseModel):
    """A frozen value; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# ── Transcripts ──────────────────────────────────────────────────────────────────────────────


class Word(Record):
    """One word as a recogniser heard it; `start` and `end` are None where it gave no time."""

    text: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    probability: float | None = Field(default=None, ge=0, le=1)
    interpolated: bool = False
    """Whether its times were shared out between its neighbours', for want of any heard."""


class Span(Record):
    """A stretch of a recording: `[start, end)`."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Turn(Record):
    """A stretch in which one speaker talks; turns of several speakers may overlap."""

    speaker: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Segment(Record):
    """One line of a transcript. Untimed transcripts have neither `start` nor `end`."""

    index: int = Field(ge=0)
    text: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    speaker: str | None = None
    words: tuple[Word, ...] = ()
    doubt: str | None = None
    """Why a listener should check this line, or None. No prompt shows a line that has one."""

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if (self.start is None) != (self.end is None):
            raise ValueError(f"segment {self.index}: start and end must both be given, or neither")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"segment {self.index}: ends at {self.end} before it starts at {self.start}")
        return self


class Sampling(Record):
    """How completions are drawn. A simulator that cannot honour a field ignores it."""

    max_tokens: int = Field(default=400, ge=1)
    temperature: float = Field(default=0.7, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    samples: int = Field(default=1, ge=1)
    stop: tuple[str, ...] = ()
    seed: int = 0


class Recipe(Record):
    """All that is needed to make a result again."""

    scribe: str
    """Version of scribe."""
    engine: str
    """What made it: a transcript format, a recogniser, or a simulator's recipe."""
    model: str | None = None
    source_digest: str | None = None
    """SHA-256 of the bytes it was made from, hexadecimal."""
    frames: Mapping[str, str] = Field(default_factory=dict)
    """Digest of each frame used, by name."""
    settings: Mapping[str, str | int | float | bool | None] = Field(default_factory=dict)
    """Every other choice that changes the result, by name; the seed is among them."""


TRANSCRIPT_ID = re.compile(r"[^\W_][\w .,()+&'-]{0,199}")
"""What an id may look like: it names files, so it holds no separator and starts with no dot."""


class Transcript(Record):
    """What was said, in order. `segments[i].index == i` always holds."""

    id: str
    source: str
    """The file it was read from, as given."""
    recording: str | None = None
    """The audio or video that its times refer to, where there is one."""
    duration: float | None = Field(default=None, ge=0)
    language: str | None = None
    segments: tuple[Segment, ...]
    recipe: Recipe

    @model_validator(mode="after")
    def _check_segments(self) -> Self:
        if not TRANSCRIPT_ID.fullmatch(self.id):
            raise ValueError(f"transcript id {self.id!r} cannot name a file; use letters, digits, spaces and - . _")
        for place, segment in enumerate(self.segments):
            if segment.index != place:
                raise ValueError(f"segment at place {place} carries index {segment.index}; indices count from 0")
        return self

    @property
    def is_timed(self) -> bool:
        """Whether any segment carries times."""
        return any(segment.start is not None for segment in self.segments)

    @property
    def doubtful(self) -> int:
        """How many lines carry a doubt."""
        return sum(segment.doubt is not None for segment in self.segments)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names in order of first appearance."""
        return tuple(dict.fromkeys(s.speaker for s in self.segments if s.speaker))


class Chunk(Record):
    """A stretch of a transcript: segments `[first, last)`."""

    transcript_id: str
    index: int = Field(ge=0)
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    title: str | None = None


# ── Simulation ───────────────────────────────────────────────────────────────────────────────

Yields = Literal["bullets", "paragraph", "title", "outline", "proposition"]


class Prompt(Record):
    """A document that stops at a cue, for a simulator to continue."""

    scene: str
    """What all voices share."""
    cue: str
    """Where this voice's text begins; the simulator continues right after its last byte."""
    voice: str
    sources: tuple[Segment, ...] = ()
    """The segments shown in the scene: only these may be cited."""
    yields: Yields
    about: str | None = None
    """The question that the reader asked, if there was one; the scene shows it too."""
    frame: str = ""
    """Name of the frame that rendered this prompt."""

    @property
    def text(self) -> str:
        """The document, byte for byte as a base model is given it."""
        return self.scene + self.cue


class Completion(Record):
    """What a simulator wrote after a prompt's last byte."""

    text: str
    finish: Literal["stop", "length", "end"]
    """A stop string was met, `max_tokens` was reached, or the simulator ended by itself."""
    token_logprobs: tuple[float, ...] | None = None


# ── Notes ────────────────────────────────────────────────────────────────────────────────────

ClaimKind = Literal["point", "question", "answer", "definition", "conjecture", "objection", "decision", "action"]
Verdict = Literal["supported", "weak", "unsupported"]
Form = Literal["talk", "discussion", "mixed"]
"""One person presents, several speak by turns, or first the one and then the other."""


class Support(Record):
    """How well the cited lines bear a claim out."""

    verdict: Verdict
    score: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = ()
    """Why it is not plainly supported, each a short phrase a person can check."""
    best: tuple[int, ...] = ()
    """The lines cited, those that bear it out best first; none where it cites but one."""
    grounding: float | None = None
    """How much likelier its own lines make it than other lines of the session do, in nats per token of the claim; None
    where no simulator could say. Near 0 or below, they do nothing for it."""


class Claim(Record):
    """One statement and the lines it rests on."""

    kind: ClaimKind
    text: str
    cites: tuple[int, ...] = ()
    """Segment indices, ascending."""
    speaker: str | None = None
    """Who said it, where the lines cited have one speaker and the text does not name them."""
    support: Support | None = None
    voices: tuple[str, ...] = ()
    replies: tuple[Claim, ...] = ()
    """Answers to a question, replies to an objection, the yes of whoever takes an action on, in order."""
    reasons: tuple[Claim, ...] = ()
    """What its speaker gave as reasons for it, in order."""
    owner: str | None = None
    """Of an action: who is to do it, where that was said; a name, or a role as it was said."""
    due: str | None = None
    """Of an action: by when, in the words that were said."""
    left_open: tuple[int, ...] = ()
    """Of a question: the lines that say that it has no answer yet, ascending."""
    against: tuple[Claim, ...] = ()
    """What was made of the same lines otherwise, and cannot also be so: both are kept, neither is believed."""


class Topic(Record):
    """A stretch of the session: segments `[first, last)`."""

    title: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)
    claims: tuple[Claim, ...] = ()
    form: Form | None = None
    """Whether it was a talk or a discussion; None where nobody could tell."""


ReferenceKind = Literal["name", "paper", "post", "book", "talk", "result", "url"]
"""A *name* is that of a person or a body of people; who is which cannot be heard."""


class Reference(Record):
    """Somebody or something that was spoken of and is not in the room: a name, a work, a named result, an address."""

    text: str
    """As it was said the first time in full."""
    kind: ReferenceKind
    cites: tuple[int, ...]
    """The lines that mention it, ascending."""
    mentions: int = Field(default=1, ge=1)


class Passage(Record):
    """What became of one chunk: a line of the coverage ledger."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)
    outcome: Literal["summarised", "failed", "skipped", "hidden"]
    """*hidden*: the lines are doubtful, and no one's to read until a person has listened to them."""
    reason: str | None = None


class Coverage(Record):
    """The ledger: every segment is in exactly one passage."""

    passages: tuple[Passage, ...]

    @property
    def segments(self) -> int:
        """How many segments the ledger accounts for."""
        return sum(p.last - p.first for p in self.passages)

    @property
    def summarised(self) -> int:
        """How many of them a simulator read."""
        return sum(p.last - p.first for p in self.passages if p.outcome == "summarised")

    @property
    def hidden(self) -> int:
        """How many of them were left out because they are doubtful."""
        return sum(p.last - p.first for p in self.passages if p.outcome == "hidden")

    @property
    def fraction(self) -> float:
        """Summarised segments as a fraction of all that were to be read; 1.0 where there were none."""
        wanted = self.segments - self.hidden
        return self.summarised / wanted if wanted else 1.0


class Notes(Record):
    """A session's notes: the overview, then topic by topic."""

    transcript_id: str
    title: str
    about: str | None = None
    overview: tuple[Claim, ...] = ()
    topics: tuple[Topic, ...] = ()
    references: tuple[Reference, ...] = ()
    coverage: Coverage
    recipe: Recipe


# ── Draft ────────────────────────────────────────────────────────────────────────────────────


class Section(Record):
    """A part of a post: the question it opens with, then paragraphs of claims."""

    heading: str
    opening: Claim | None = None
    paragraphs: tuple[tuple[Claim, ...], ...] = ()


class Step(Record):
    """One step of a proof sketch.

    *said*: by the lines cited. *implied*: follows from the lines cited. *added*: by the simulator.
    """

    tag: Literal["said", "implied", "added"]
    claim: Claim


class Proposition(Record):
    """A statement somebody might prove, with what was said for and against it."""

    statement: Claim
    assumptions: tuple[Claim, ...] = ()
    steps: tuple[Step, ...] = ()
    gaps: tuple[Claim, ...] = ()
    status: str = "sketch"


class Draft(Record):
    """A post before a person makes it theirs."""

    transcript_id: str
    title: str
    summary: tuple[Claim, ...] = ()
    sections: tuple[Section, ...] = ()
    definitions: tuple[Claim, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    open_questions: tuple[Claim, ...] = ()
    recipe: Recipe
