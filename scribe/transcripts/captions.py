"""Rolling captions made into plain ones.

In: cues as screens of lines. Out: for each cue the part that was not on the screen before.

YouTube's automatic captions show two lines. A cue repeats the line above and writes the one below, and
between two such cues stands one of 10 ms that only holds the picture:

    00:00:00.320 --> 00:00:02.550      hello<00:00:00.640><c> and</c><00:00:00.800><c> welcome</c>
    00:00:02.550 --> 00:00:02.560      hello and welcome
    00:00:02.560 --> 00:00:05.000      hello and welcome / to<00:00:02.800><c> this</c>

Other live captioners let one line grow. Both are told from people who say a thing twice by how many cues
of the file go on from the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

HOLD_S = 0.05
"""YouTube's holding cues last 10 ms; no speech is this short."""

_LINES = 4
"""Captions show at most this many lines; more are not compared."""


class Screen(NamedTuple):
    """One cue: how long it stands, and its words line by line."""

    duration_s: float
    lines: Sequence[Sequence[str]]


def are_rolling(screens: Sequence[Screen]) -> bool:
    """Whether at least half of the cues go on from the cue before, or only hold it."""
    if len(screens) < 3:
        return False
    evidence = 0
    for earlier, later in pairwise(screens):
        repeated = overlap(earlier.lines, later.lines)
        size = _size(later.lines)
        if repeated and (repeated < size or later.duration_s <= HOLD_S):
            evidence += 1
    return evidence >= 2 and 2 * evidence >= len(screens) - 1


def overlap(earlier: Sequence[Sequence[str]], later: Sequence[Sequence[str]]) -> int:
    """How many words at the head of a screen repeat whole lines of the one before.

    >>> overlap([["a"], ["b", "c"]], [["b", "c"], ["d"]]), overlap([["a", "b"]], [["b", "d"]])
    (2, 0)
    """
    tail = [word for line in earlier[-_LINES:] for word in line]
    head = [word for line in later[:_LINES] for word in line]
    sizes: set[int] = set()
    total = 0
    for line in reversed(earlier[-_LINES:]):
        total += len(line)
        sizes.add(total)
    total = 0
    for line in later[:_LINES]:
        total += len(line)
        sizes.add(total)
    for size in sorted(sizes, reverse=True):
        if 0 < size <= min(len(tail), len(head)) and tail[-size:] == head[:size]:
            return size
    return 0


def fresh(screens: Sequence[Screen]) -> list[int]:
    """For each cue of rolling captions, how many of its first words were on the screen already."""
    counts = [0]
    counts.extend(overlap(earlier.lines, later.lines) for earlier, later in pairwise(screens))
    return counts[: len(screens)]


def _size(lines: Sequence[Sequence[str]]) -> int:
    return sum(len(line) for line in lines)
