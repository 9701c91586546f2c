"""What every reader hands over: turns, and what it left out.

In: pieces of speech as a file gives them, with whatever times and names it has. Out: the same,
cleaned, in order and with sound times, and one sentence for each kind of repair.
This module knows nothing of any file format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from scribe.records import Record, Word

SPEECH_RATE = 15.0
"""Characters a second, to guess where the last turn of a start-only format ends: 150 words a minute
(Tauroza & Allison 1990, conversational English) of six characters each."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")


class Dropped(Record):
    """Something in the file that is no speech, or that could not be used."""

    what: str
    count: int
    example: str


class Turn(NamedTuple):
    """One piece of speech as found: uncleaned text, times that may be missing or wrong."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: tuple[Word, ...] = ()


@dataclass(slots=True)
class Tally:
    """Counts what is left out, by kind, and keeps the first example of each."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, example: str, count: int = 1) -> None:
        """Count one more thing of this kind."""
        self.counts[what] = self.counts.get(what, 0) + count
        if what not in self.examples:
            self.examples[what] = clean(example[:400])[:80]

    def dropped(self) -> tuple[Dropped, ...]:
        """The counts as records, in order of first appearance."""
        return tuple(Dropped(what=w, count=n, example=self.examples[w]) for w, n in self.counts.items())


@dataclass(slots=True)
class Found:
    """What a reader made of a file."""

    format: str
    turns: list[Turn]
    tally: Tally = field(default_factory=Tally)
    repairs: list[str] = field(default_factory=list)
    language: str | None = None
    duration: float | None = None


def clean(text: str) -> str:
    r"""Text without control characters, runs of whitespace made one space.

    >>> clean("so\x07  we\n begin ")
    'so we begin'
    """
    return " ".join(_UNPRINTABLE.sub("", text).split())


def count_of(number: int, noun: str) -> str:
    """A number and its noun.

    >>> count_of(1, "cue"), count_of(2, "cue")
    ('1 cue', '2 cues')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def settle(turns: list[Turn], tally: Tally) -> tuple[list[Turn], list[str]]:
    """Cleaned turns in order of start, every timed one with an end at or after its start.

    Overlap is normal in real talk and stays. A turn without times keeps its place after the turn before it.
    """
    kept: list[Turn] = []
    for turn in turns:
        text = clean(turn.text)
        if text:
            speaker = clean(turn.speaker) if turn.speaker else ""
            kept.append(turn._replace(text=text, speaker=speaker or None))
        else:
            tally.add("turns without text", turn.speaker or "")
    repairs: list[str] = []
    kept = _clamp(kept, repairs)
    kept = _order(kept, repairs)
    return _close(kept, repairs), repairs


def _clamp(turns: list[Turn], repairs: list[str]) -> list[Turn]:
    negative = sum((t.start or 0) < 0 or (t.end or 0) < 0 for t in turns)
    if not negative:
        return turns
    repairs.append(f"{count_of(negative, 'turn')} began before zero; set to zero")
    return [
        t._replace(
            start=None if t.start is None else max(0.0, t.start),
            end=None if t.end is None else max(0.0, t.end),
        )
        for t in turns
    ]


def _order(turns: list[Turn], repairs: list[str]) -> list[Turn]:
    keys: list[float] = []
    for turn in turns:
        keys.append(turn.start if turn.start is not None else keys[-1] if keys else 0.0)
    backwards = sum(later < earlier for earlier, later in pairwise(keys))
    if not backwards:
        return turns
    repairs.append(f"{count_of(backwards, 'turn')} ran backwards in time; sorted by start")
    return [turn for _, turn in sorted(zip(keys, turns, strict=True), key=lambda pair: pair[0])]


def _close(turns: list[Turn], repairs: list[str]) -> list[Turn]:
    """Give every start an end: the next later start, or a guess from the text's length for the last."""
    closed: list[Turn] = []
    following: float | None = None  # the nearest start that is later than the current one
    same: float | None = None
    reversed_ends = 0
    for turn in reversed(turns):
        start, end = turn.start, turn.end
        if start is not None:
            if same is not None and start < same:
                following = same
            same = start
            if end is None:
                end = following if following is not None else start + max(1.0, len(turn.text) / SPEECH_RATE)
            elif end < start:
                reversed_ends += 1
                end = start if following is None else following
        end = end if start is not None else None
        closed.append(turn if end == turn.end else turn._replace(end=end))
    if reversed_ends:
        repairs.append(f"{count_of(reversed_ends, 'turn')} ended before starting; the end is now the next turn's start")
    closed.reverse()
    return closed
