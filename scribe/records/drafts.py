"""A post before a person makes it theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from scribe.records.notes import Claim
from scribe.records.nouns import Record
from scribe.records.transcripts import Recipe


class Session(Record):
    """One of the sessions that a sequence is made of: its segments are `[first, last)` of the sequence's."""

    id: str
    first: int = Field(ge=0)
    last: int = Field(ge=0)


class Alternative(Record):
    """One way in which a section was written."""

    voice: str
    sample: int = Field(ge=0)
    claims: tuple[Claim, ...]
    log_loss: float | None = None
    """Nats per token that its simulator gave what it wrote; None where it did not say."""
    draw: str = ""
    """Under what the store of rollouts keeps it, with `sample`; empty where that is not known."""

    @property
    def key(self) -> str:
        """What a choice names it by: the same for the same text."""
        return _key_of(self.claims)


class Section(Record):
    """A part of a post: the question it opens with, then paragraphs of claims."""

    heading: str
    first: int = Field(default=0, ge=0)
    """The first line that it is about; it tells sections apart that have one heading."""
    opening: Claim | None = None
    paragraphs: tuple[tuple[Claim, ...], ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    """All that was written for it, this among them; none where its claims stand as they are in the notes."""
    chosen: int = Field(default=0, ge=0)
    """Which of them it is."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All that it says, in order."""
        return (*([self.opening] if self.opening else []), *(c for paragraph in self.paragraphs for c in paragraph))


class Step(Record):
    """One step of a proof sketch.

    *said*: by the lines cited. *implied*: follows from the lines cited. *added*: by the simulator.
    """

    tag: Literal["said", "implied", "added"]
    claim: Claim


class Proposition(Record):
    """A statement somebody might prove, with what was said for and against it."""

    statement: Claim
    definitions: tuple[Claim, ...] = ()
    """What it is about, with the symbols that this introduces."""
    assumptions: tuple[Claim, ...] = ()
    steps: tuple[Step, ...] = ()
    gaps: tuple[Claim, ...] = ()
    counterexamples: tuple[Claim, ...] = ()
    """Attempts to break it."""
    status: str = "sketch"
    voice: str = ""
    sample: int = Field(default=0, ge=0)
    log_loss: float | None = None
    """Nats per token that its simulator gave it; None where it did not say."""
    draw: str = ""
    """As an alternative's."""
    alternatives: tuple[Proposition, ...] = ()
    """All ways in which it was stated, this among them; none where there is but one."""
    chosen: int = Field(default=0, ge=0)
    """Which of them it is."""

    @property
    def key(self) -> str:
        """What a choice names it by: the same for the same text."""
        return _key_of([self.statement, *(step.claim for step in self.steps)])


def _key_of(claims: Iterable[Claim]) -> str:
    return text_key(f"{claim.text} {claim.cites}" for claim in claims)


def text_key(texts: Iterable[str]) -> str:
    """A short name for some texts: the first 12 digits of their SHA-256."""
    return hashlib.sha256("\0".join(texts).encode(errors="replace")).hexdigest()[:12]


class Draft(Record):
    """A post before a person makes it theirs."""

    transcript_id: str
    title: str
    summary: tuple[Claim, ...] = ()
    sections: tuple[Section, ...] = ()
    definitions: tuple[Claim, ...] = ()
    propositions: tuple[Proposition, ...] = ()
    open_questions: tuple[Claim, ...] = ()
    sessions: tuple[Session, ...] = ()
    """Of a sequence: its sessions, in order; none for a post of one session."""
    recipe: Recipe

    @property
    def session_ids(self) -> tuple[str, ...]:
        """Ids of the transcripts it was written from: its sessions', or its own."""
        return tuple(session.id for session in self.sessions) or (self.transcript_id,)
