"""What a batch deals in: sources, stages, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from scribe.records import Record
from scribe.shelf import Stamp
from scribe.simulators import Usage

Stage = Literal["transcribe", "notes", "draft"]
STAGES: tuple[Stage, ...] = ("transcribe", "notes", "draft")
"""All stages, in order."""

Role = Literal["hear", "write"]
"""What a worker is for: it holds a recogniser, or a simulator."""


class Item(Record):
    """One source, and what is known of it before it is read."""

    id: str
    """Of the transcript that it becomes."""
    source: str
    """Its whole path, as its filesystem writes it."""
    shown: str
    """As a person named it."""
    beside: tuple[str, ...] = ()
    """The transcript of a recording, or the recording of a transcript; whole paths."""
    recording: str | None = None
    """Which of these it is that plays, if one does."""
    is_unheard: bool = False
    """Whether it is a recording without a transcript beside it."""
    title: str | None = None
    date: str | None = None
    """ISO 8601."""
    speakers: int | Literal["auto", "none"] | None = None
    """How many people speak; None where nobody said."""
    names: tuple[str, ...] = ()
    """Who speaks, where that was said."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """All files that it is made from."""
        return (self.source, *self.beside)


class Refused(Record):
    """A source that cannot be taken, and why."""

    shown: str
    reason: str


class Input(Record):
    """A file that a stage was made from, as it was then."""

    stamp: Stamp
    digest: str
    """SHA-256, hexadecimal."""


class Finished(Record):
    """What became of one stage of a source."""

    outcome: Literal["done", "incomplete", "failed"]
    """*incomplete*: it left its files, and not every line was read."""
    reason: str | None = None
    parts: Mapping[str, str] = Field(default_factory=dict)
    """All that it was made from: digests of files and frames, settings, by the names that a person knows them by."""
    seconds: float = 0.0
    at: str = ""
    """When it ended: UTC, ISO 8601."""
    cause: str | None = None
    """The traceback of an error that nobody expected."""


class Facts(Record):
    """What the table says of a source, kept so that it can be said again without looking."""

    duration_s: float | None = None
    lines: int = 0
    coverage: float | None = None
    verdicts: Mapping[str, int] = Field(default_factory=dict)
    findings: int = 0


class Standing(Record):
    """How far one source has come; kept in the workspace, one file for each."""

    id: str
    source: str = ""
    inputs: Mapping[str, Input] = Field(default_factory=dict)
    """The files looked at, by path, so that they need not be read again to know that they are the same."""
    stages: Mapping[Stage, Finished] = Field(default_factory=dict)
    facts: Facts = Facts()


class Task(Record):
    """What a worker is to do: some stages of one source."""

    item: Item
    stages: tuple[Stage, ...]
    retry_failed: bool = False


class Done(Record):
    """What a worker did of a task."""

    id: str
    ran: Mapping[Stage, str] = Field(default_factory=dict)
    """The stages that ran, and why."""
    standing: Standing
    usage: Usage | None = None
    remarks: tuple[str, ...] = ()
    fatal: str | None = None
    """Why no other source can be done either, as when the disk is full."""


class Step(Record):
    """How a stage comes along."""

    id: str
    stage: Stage
    what: str
    done: float = 0.0
    total: float | None = None
