"""Spans of speech -> windows: what is given to a recogniser at once.

In: spans, as a voice activity detector found them. Out: windows, the sound of each, and the way back from a time in a
window to the time in the recording. It knows nothing of recognisers and words.

A window is some pieces of the recording, one after the other, with the silence between them shortened. Whisper's
encoder takes half a minute however little of it is speech, so few and full windows are fast ones.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from scribe.records import Record, ScribeError, Span
from scribe.speech.heard import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEEP_PAUSE_S = 0.2
"""This much of a pause between two spans is kept, beside the margins that the spans carry: .7 s with those of `audio`.

In 134 meetings of ICSI and AMI (76 hours of speech) 0.6 s makes half as many joints, but 2 % more windows; whole pauses
make 7 % more."""

SHORTEST_REST_S = 1.0
"""Less than this at the end of a window is not worth another one."""

SLIVER_S = 0.2
"""Times of a decoder are this far off now and then; so little of a line across a joint does not count."""

_HALF_HARM_S = 0.5
"""A cut at a pause this long is half as bad as one at no pause at all."""


class Window(Record):
    """Pieces of a recording to be heard one after the other: ascending, disjoint, none empty."""

    pieces: tuple[Span, ...]

    @property
    def start(self) -> float:
        """Where in the recording its first piece begins."""
        return self.pieces[0].start

    @property
    def end(self) -> float:
        """Where in the recording its last piece ends."""
        return self.pieces[-1].end

    @property
    def length_s(self) -> float:
        """Seconds of sound."""
        return self._ends[-1]

    @cached_property
    def _ends(self) -> list[float]:
        """Where each piece ends, in the time of the window."""
        return list(accumulate(piece.end - piece.start for piece in self.pieces))

    def at(self, t: float, *, is_end: bool = False) -> float:
        """The time in the recording of a time in the window, clamped to both.

        A time at a joint belongs to the piece before it where it is the end of something, else to the piece after it.

        >>> window = Window(pieces=(Span(start=1, end=3), Span(start=10, end=12)))
        >>> window.at(1.5), window.at(2, is_end=True), window.at(2), window.at(99)
        (2.5, 3.0, 10.0, 12.0)
        """
        i = bisect_left(self._ends, t) if is_end else bisect_right(self._ends, t)
        if i == len(self.pieces):
            return self.end
        piece = self.pieces[i]
        return min(max(piece.start, piece.end - (self._ends[i] - t)), piece.end)

    def place(self, start: float, end: float, *, sliver_s: float = SLIVER_S) -> Span:
        """The stretch of the recording that `[start, end)` of the window is.

        Where it reaches over a joint by less than `sliver_s`, that end of it is left out: the pause that was cut out
        there may be minutes long. With `math.inf` only the piece that holds most of it counts, as for words.
        """
        first, last = self._piece_at(start), max(self._piece_at(start), bisect_left(self._ends, end))
        last = min(last, len(self.pieces) - 1)
        while first < last:
            left, right = self._ends[first] - start, end - self._ends[last - 1]
            if min(left, right) >= sliver_s:
                break
            if left < right:
                start, first = self._ends[first], first + 1
            else:
                end, last = self._ends[last - 1], last - 1
        begins = self.at(start)
        return Span(start=begins, end=max(begins, self.at(end, is_end=True)))

    def _piece_at(self, t: float) -> int:
        return min(bisect_right(self._ends, t), len(self.pieces) - 1)

    def rest(self, t: float) -> Window | None:
        """What there is from time `t` of the window on; None where that is less than a second."""
        if self.length_s - t < SHORTEST_REST_S:
            return None
        begins = round(self.at(t) * SAMPLE_RATE) / SAMPLE_RATE
        left = [Span(start=max(p.start, begins), end=p.end) for p in self.pieces if p.end > begins]
        return Window(pieces=tuple(left)) if left else None


def cut(samples: NDArray[np.int16], window: Window) -> NDArray[np.float32]:
    """The sound of a window in [-1, 1], shape [about 16,000 × `length_s`], from mono samples at 16 kHz, shape [n]."""
    import numpy as np

    pieces = [samples[round(p.start * SAMPLE_RATE) : round(p.end * SAMPLE_RATE)] for p in window.pieces]
    return np.concatenate(pieces).astype(np.float32) / np.float32(32768)


def pack(spans: Sequence[Span], *, longest_s: float = 30.0, keep_pause_s: float = KEEP_PAUSE_S) -> list[Window]:
    """Put spans into the least number of windows of at most `longest_s` seconds, in order.

    Of all packings with that number, the one is taken that cuts at the longest pauses: a cut at a pause of p seconds
    costs 1 / (1 + p / 0.5). A pause within a window keeps at most `keep_pause_s` of its length. Spans that overlap are
    made one; one longer than a window is cut into equal pieces. Raises ScribeError for windows below a second.

    Times are whole samples, so that no window is longer than it may be. Laid out with their shortened pauses, spans i
    to j are as long as the end of j less the start of i; so the first span that may share a window with span j never
    goes back as j goes on, and the best beginning for each j is the minimum of a sliding stretch: linear time.
    """
    if not longest_s >= 1:
        raise ScribeError(f"expected windows of at least 1 s, found {longest_s:g} s; use up to 30")
    longest, keep = int(longest_s * SAMPLE_RATE), round(keep_pause_s * SAMPLE_RATE)
    items = [part for span in _merged(spans) for part in _parts(*span, longest)]
    if not items:
        return []
    pauses = [0] + [later[0] - earlier[1] for earlier, later in pairwise(items)]
    begins, ends = _laid_out(items, [min(pause, keep) for pause in pauses])
    cuts = _cuts(begins, ends, [1 / (1 + pause / SAMPLE_RATE / _HALF_HARM_S) for pause in pauses], longest)
    return [_window(items[first:last], keep) for first, last in pairwise(cuts)]


def _merged(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Spans in samples, ascending, those that overlap made one, empty ones left out."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((round(s.start * SAMPLE_RATE), round(s.end * SAMPLE_RATE)) for s in spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def _parts(start: int, end: int, longest: int) -> list[tuple[int, int]]:
    """A span as equal pieces of at most `longest`."""
    count = math.ceil((end - start) / longest)
    return list(pairwise(start + (end - start) * i // count for i in range(count + 1)))


def _laid_out(items: Sequence[tuple[int, int]], kept: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where each item begins and ends when all are laid out with so much of the pause before each."""
    begins, ends, here = [], [], 0
    for (start, end), pause in zip(items, kept, strict=True):
        begins.append(here + pause)
        here += pause + end - start
        ends.append(here)
    return begins, ends


def _cuts(begins: Sequence[int], ends: Sequence[int], harms: Sequence[float], longest: int) -> list[int]:
    """The items that windows begin with, and the number of items; `harms[i]` is what a cut before item i costs."""
    best = [(0, 0.0)]
    """Windows and harm of the items before each."""
    opened: list[int] = []
    """The first item of the window that each item ends."""
    candidates: deque[tuple[tuple[int, float], int]] = deque()
    """Beginnings that may still be the best, the best first."""
    for last in range(len(begins)):
        windows, harm = best[last]
        value = (windows + 1, harm + harms[last])
        while candidates and candidates[-1][0] >= value:
            candidates.pop()
        candidates.append((value, last))
        while ends[last] - begins[candidates[0][1]] > longest:
            candidates.popleft()
        best.append(candidates[0][0])
        opened.append(candidates[0][1])
    cuts = [len(begins)]
    while cuts[-1] > 0:
        cuts.append(opened[cuts[-1] - 1])
    return cuts[::-1]


def _window(items: Sequence[tuple[int, int]], keep: int) -> Window:
    """Items with short pauses between them as one piece; of a longer pause half of what is kept goes to each side."""
    pieces = [list(items[0])]
    for start, end in items[1:]:
        if start - pieces[-1][1] <= keep:
            pieces[-1][1] = end
        else:
            pieces[-1][1] += keep - keep // 2
            pieces.append([start - keep // 2, end])
    return Window(pieces=tuple(Span(start=a / SAMPLE_RATE, end=b / SAMPLE_RATE) for a, b in pieces))
