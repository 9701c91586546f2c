"""Transcript -> Chunks: cut where the topic changes, within a token budget, at turn boundaries.

In: a transcript, a token counter and a budget. Out: chunks that hold every segment exactly once, in order.
It knows nothing of simulators or frames. Time and memory grow linearly with the transcript.

A linear model says at each turn how likely a topic begins there (`boundaries`; its coefficients were learned by
`benchmarks/train_topics.py`), and the cuts are those of least expected error (`cutting`). Words
that recur hold a topic together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate, pairwise

import numpy as np

from scribe.chunks.boundaries import announced, cues, features, marked, neutral, togetherness
from scribe.chunks.cutting import SHORTEST_WORDS, best_cuts
from scribe.language import words
from scribe.linear import load
from scribe.records import Chunk, ScribeError, Transcript

SAID_SO = 3.0
"""What an announcement adds to the log-odds: it is believed where the words go on as before. The meetings learned from
have only fifty; cuts there are as good with 0 as with 3."""

TOGETHER, APART = 0.01, 0.35
"""What a nat of a topic's words under one unigram model adds to its log-odds, and what each topic costs beside. By
cross-validation on QMSum's training meetings they bring Pk from .317 to .306 and boundary F1 from .475 to .489."""

SITTING_WORDS = 20_000
"""A longer session is read in stretches of so many words, each from the last cut on."""


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
    strengths: dict[int, float] = {}
    edges = [0, *_topic_cuts([s.speaker for s in segments], [s.text for s in segments], strengths), len(segments)]
    bounds: list[int] = [0]
    for first, last in pairwise(edges):
        bounds.extend(_within_budget(first, last, costs, budget_tokens, strengths))
        bounds.append(last)
    return [
        Chunk(transcript_id=transcript.id, index=i, first=first, last=last)
        for i, (first, last) in enumerate(pairwise(bounds))
    ]


def turns_of(speakers: Sequence[str | None]) -> list[int]:
    """Lines at which a turn begins; where nobody is named, or one speaks throughout, every line but the first.

    >>> turns_of(["Ada", "Ada", "Wen", None, None]), turns_of(["Ada", "Ada"])
    ([2, 3, 4], [1])
    """
    lines = range(1, len(speakers))
    return [i for i in lines if speakers[i] != speakers[i - 1] or speakers[i] is None] or list(lines)


def _topic_cuts(speakers: Sequence[str | None], texts: Sequence[str], strengths: dict[int, float]) -> list[int]:
    """Where topics change, one sitting after another; notes in `strengths` the log-odds of every turn."""
    ends = [0, *accumulate(max(1, len(words(text))) for text in texts)]
    cuts: list[int] = []
    start = 0
    while True:
        last = min(len(texts), max(start + 1, bisect_left(ends, ends[start] + SITTING_WORDS)))
        places, odds = _odds(speakers[start:last], texts[start:last])
        strengths.update(zip([start + place for place in places], odds.tolist(), strict=True))
        before = np.array([ends[start + place] - ends[start] for place in places], dtype=int)
        total = ends[last] - ends[start]
        fit = partial(_fit, texts[start:last])
        found = best_cuts(odds, np.array(places, dtype=int), before, lines=last - start, total=total, fit=fit)
        cuts += [start + place for place in found]
        if last == len(texts):
            return cuts
        if not found:
            cuts.append(_strongest(range(start + (last - start) // 2, last + 1), strengths))
        start = cuts[-1]


def _fit(texts: Sequence[str], starts: np.ndarray) -> np.ndarray:
    values: np.ndarray = TOGETHER * togetherness(texts, starts) - APART
    return values


def _odds(speakers: Sequence[str | None], texts: Sequence[str]) -> tuple[list[int], np.ndarray]:
    """The turns of a stretch and the log-odds that a topic begins at each; none where there is no room for two."""
    places = turns_of(speakers)
    if not places or sum(len(words(text)) for text in texts) < 2 * SHORTEST_WORDS:
        return places, np.zeros(len(places))
    model = load("topics")["model"]
    made = features(speakers, texts, places)
    if len(set(speakers)) == 1:
        made = neutral(made, {name: term[0] for name, term in model.terms.items()})
    wanted = [name for name in model.terms if name not in made]
    odds = model(made | marked(cues(speakers, texts, places), wanted))
    return places, odds + SAID_SO * announced(texts, places)


def _strongest(places: range, strengths: dict[int, float]) -> int:
    """The likeliest boundary among `places`, the last of equals; a place within a turn is less likely than any."""
    return max(places, key=lambda i: (strengths.get(i, -np.inf), i))


def _within_budget(first: int, last: int, costs: Sequence[int], budget: int, strengths: dict[int, float]) -> list[int]:
    """Cut `[first, last)` until every piece fits: at the deepest turn in the second half of what fits, if any."""
    cuts = []
    start, used, place = first, 0, first
    while place < last:
        if place > start and used + costs[place] > budget:
            half = start + max(1, (place - start) // 2)
            place = _strongest(range(half, place + 1), strengths)
            cuts.append(place)
            start, used = place, 0
        used += costs[place]
        place += 1
    return cuts
