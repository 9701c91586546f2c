"""Transcript -> Chunks: cut where the topic changes, within a token budget, at turn boundaries.

In: a transcript, a token counter and a budget. Out: chunks that hold every segment exactly once, in order.
It knows nothing of simulators or frames. Time and memory grow linearly with the transcript.

The cuts are TextTiling's (Hearst 1997): at each turn boundary the words of a window before it are compared
with the words of a window after it, and the deepest valleys of the similarity are the changes of topic.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

import numpy as np

from scribe.language import content_words
from scribe.records import Chunk, ScribeError, Transcript

WINDOW_WORDS = 150
"""Content words on each side of a boundary; about two minutes of talk. Hearst's 20 × 20 tokens is 400 in all."""

SHORTEST_WORDS, LONGEST_TOPIC_WORDS = 110, 700
"""A topic holds at least a tenth of the session's words, within these bounds."""

DEPTH = 0.5
"""A boundary's valley must be this many standard deviations deeper than the mean valley."""

SAID_SO = 3.0
"""Standard deviations that a boundary gains where the speaker announces a new topic."""

_SAYS_SO = re.compile(
    r"\b(?:(?:let's|let us|we) (?:now )?(?:turn|move on|go on|get) to\b|moving on\b|"
    r"next (?:topic|item|point|question|thing|on the agenda)|"
    r"(?:second|third|fourth|last|other|another|new) (?:topic|item|thing|issue|question)\b)",
    re.I,
)


def split(transcript: Transcript, count: Callable[[str], int], *, budget_tokens: int) -> list[Chunk]:
    """Cut a transcript into chunks of at most `budget_tokens`, as `count` counts the segments' text.

    A single segment above the budget becomes a chunk of its own; where one person speaks throughout, every segment may
    begin a topic. Raises ScribeError for a budget below 1.
    """
    if budget_tokens < 1:
        raise ScribeError(f"expected room for at least 1 token in a chunk, found {budget_tokens}; use a larger context")
    segments = transcript.segments
    if not segments:
        return []
    costs = [count(f"[{s.index}] {s.speaker or ''}: {s.text}\n") for s in segments]
    stems = [content_words(s.text) for s in segments]
    turns = [i for i in range(1, len(segments)) if _is_turn(transcript, i)] or list(range(1, len(segments)))
    depths = _depths(stems, turns)
    if turns:
        depths = depths + SAID_SO * depths.std() * np.array([bool(_SAYS_SO.search(segments[i].text)) for i in turns])
    cuts = _topic_cuts([len(s.text.split()) for s in segments], turns, depths)
    strengths = dict(zip(turns, depths, strict=True))
    edges = [0, *cuts, len(segments)]
    bounds: list[int] = [0]
    for first, last in pairwise(edges):
        bounds.extend(_within_budget(first, last, costs, budget_tokens, strengths))
        bounds.append(last)
    return [
        Chunk(transcript_id=transcript.id, index=i, first=first, last=last)
        for i, (first, last) in enumerate(pairwise(bounds))
    ]


def _is_turn(transcript: Transcript, place: int) -> bool:
    """Whether a turn begins at `place`; where nobody is named, every segment may begin one."""
    before, here = transcript.segments[place - 1].speaker, transcript.segments[place].speaker
    return before != here or here is None


def _topic_cuts(lengths: Sequence[int], turns: Sequence[int], depths: np.ndarray) -> list[int]:
    """Choose the deepest valleys first, keeping every topic at least a shortest length."""
    if not turns:
        return []
    ends = [0, *accumulate(lengths)]
    shortest = min(max(ends[-1] / 10, SHORTEST_WORDS), LONGEST_TOPIC_WORDS)
    threshold = depths.mean() + DEPTH * depths.std()
    taken = [0, ends[-1]]
    cuts = []
    for place in np.argsort(-depths, kind="stable"):
        if depths[place] <= threshold:
            break
        at = ends[turns[place]]
        right = bisect_left(taken, at)
        if at - taken[right - 1] >= shortest and taken[right] - at >= shortest:
            insort(taken, at)
            cuts.append(turns[place])
    return sorted(cuts)


def _within_budget(first: int, last: int, costs: Sequence[int], budget: int, strengths: dict[int, float]) -> list[int]:
    """Cut `[first, last)` until every piece fits: at the deepest turn in the second half of what fits, if any."""
    cuts = []
    start, used, place = first, 0, first
    while place < last:
        if place > start and used + costs[place] > budget:
            half = start + max(1, (place - start) // 2)
            place = max(range(half, place + 1), key=lambda i: (strengths.get(i, -1.0), i))
            cuts.append(place)
            start, used = place, 0
        used += costs[place]
        place += 1
    return cuts


def _depths(stems: Sequence[Sequence[str]], places: Sequence[int]) -> np.ndarray:
    """Depth of the similarity valley at each place: how far both sides rise above it (Hearst 1997, section 4.2)."""
    similarity = _similarities(stems, places)
    if len(similarity) == 0:
        return similarity
    left, right = _climb(similarity), _climb(similarity[::-1])[::-1]
    depths: np.ndarray = left + right - 2 * similarity
    return depths


def _climb(similarity: np.ndarray) -> np.ndarray:
    """The height of the nearest peak at or before each place, reached without going down on the way."""
    peaks = similarity.copy()
    for i in range(1, len(peaks)):
        if peaks[i - 1] >= similarity[i] and similarity[i - 1] >= similarity[i]:
            peaks[i] = peaks[i - 1]
    return peaks


def _similarities(stems: Sequence[Sequence[str]], places: Sequence[int]) -> np.ndarray:
    """Cosine between the word counts of the windows before and after each place, smoothed over three places."""
    flat = [stem for segment in stems for stem in segment]
    ends = [0, *accumulate(len(segment) for segment in stems)]
    pair = _SlidingPair(flat)
    values = np.array([pair.cosine_at(ends[place]) for place in places])
    return np.convolve(np.pad(values, 1, mode="edge"), np.ones(3) / 3, mode="valid") if len(values) else values


class _SlidingPair:
    """Two neighbouring windows of words that slide forward together; each step costs one update a word."""

    def __init__(self, flat: Sequence[str]) -> None:
        self._flat = flat
        self._left: Counter[str] = Counter()
        self._right: Counter[str] = Counter(flat[:WINDOW_WORDS])
        self._in_left: deque[str] = deque()
        self._at = 0
        self._dot = 0
        self._squares = [0, sum(n * n for n in self._right.values())]

    def cosine_at(self, at: int) -> float:
        """Move the boundary on to word `at` and compare the two sides."""
        while self._at < at:
            self._step()
        norm = float(self._squares[0]) * float(self._squares[1])
        return self._dot / norm**0.5 if norm else 0.0

    def _step(self) -> None:
        word = self._flat[self._at]
        self._change(1, word, -1)
        self._change(0, word, +1)
        self._in_left.append(word)
        if len(self._in_left) > WINDOW_WORDS:
            self._change(0, self._in_left.popleft(), -1)
        coming = self._at + WINDOW_WORDS
        if coming < len(self._flat):
            self._change(1, self._flat[coming], +1)
        self._at += 1

    def _change(self, side: int, word: str, by: int) -> None:
        mine, other = (self._left, self._right) if side == 0 else (self._right, self._left)
        self._squares[side] += by * (2 * mine[word] + by)
        self._dot += by * other[word]
        mine[word] += by
        if not mine[word]:
            del mine[word]
