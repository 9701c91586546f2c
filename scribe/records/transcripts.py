"""Recordings and what was said in them, and how a result was made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Self

from pydantic import Field, model_validator

from scribe.records.nouns import Record


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
    title: str | None = None
    """What a person calls the session."""
    date: str | None = None
    """When it was, as a person said: ISO 8601."""
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
