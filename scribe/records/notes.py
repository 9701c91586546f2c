"""Claims with their evidence, and the notes of a session."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scribe.records.nouns import Record
from scribe.records.transcripts import Recipe

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
