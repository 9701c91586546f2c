"""The nouns of recognition: what a recogniser is asked, and what it heard.

Times are seconds from the start of the window of sound that the recogniser was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from scribe.records import Record, Word

Samples = NDArray[np.float32]
"""Mono sound at 16 kHz in [-1, 1], shape [n]."""

SAMPLE_RATE = 16_000


class Task(Record):
    """What is asked of a recogniser, the same for every window of a recording."""

    language: str | None = None
    """Code of ISO 639-1, such as `en`; None where it is to be found out."""
    translate: bool = False
    """Into English."""
    prompt: str = ""
    """Text that the decoder reads before each window: names and jargon, spelt as they shall be spelt."""
    word_times: bool = True


class Line(Record):
    """One line as the recogniser cut it, usually a sentence or a breath."""

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    words: tuple[Word, ...] = ()
    """Empty where the recogniser gives no times for words."""


class Heard(Record):
    """What a recogniser heard in one window. A field that it does not know is None."""

    lines: tuple[Line, ...] = ()
    end: float = Field(ge=0)
    """Up to where it listened: where this lies well before the window's end, the rest was not transcribed."""
    language: str | None = None
    avg_logprob: float | None = None
    """Mean log-probability of the tokens, in nats."""
    compression_ratio: float | None = None
    """Bytes of the text by its bytes after zlib; high for text that repeats itself."""
    no_speech_prob: float | None = None
    temperature: float | None = None
    """The one at which the decoding that was kept was drawn; 0 is greedy."""
    failed: tuple[str, ...] = ()
    """Checks that even the decoding that was kept does not pass, as sentences for a person."""

    @property
    def text(self) -> str:
        """All lines joined by spaces."""
        return " ".join(line.text.strip() for line in self.lines if line.text.strip())


class Recogniser(Protocol):
    """Turns windows of sound into text. A plug-in offers one through the entry point `scribe.recognisers`."""

    name: str
    recipe: str
    """Everything but the task that changes what it hears: library, weights by digest, precision, guards."""
    longest_s: float
    """Longest window that it takes, in seconds."""
    batch: int
    """How many windows it likes to be given together."""
    prompt_tokens: int
    """Tokens of `Task.prompt` that it reads; 0 where it reads none."""

    def count(self, text: str) -> int:
        """Tokens of a text."""
        ...

    def detect(self, windows: Sequence[Samples]) -> tuple[str, float]:
        """The language spoken, and its probability in [0, 1]."""
        ...

    def hear(self, windows: Sequence[Samples], task: Task) -> list[Heard]:
        """Transcribe each window; the result for one does not depend on the others, but where samples are drawn."""
        ...
