"""How likely a topic begins at each place -> the cuts of least expected error.

In: log-odds of places, and how many words stand before each. Out: the places to cut at, as many as the odds ask for.
It knows nothing of what was said. Segmentations are weighed as a semi-Markov chain (Sarawagi and Cohen 2004): a topic's
length, and how well its words go together, against the odds of its two ends. Of all segmentations the one is chosen
that disagrees least, in expectation, about which lines belong together (Pk: Beeferman et al. 1999) and puts cuts where
one is likely near.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SPREAD = 0.8
"""Of the logarithm of a topic's length; its weight is halved. QMSum's training meetings, by cross-validation."""

TOPICS, LONGEST_WORDS = 5.0, 15_000
"""Topics expected in a session of up to so many words; a longer one has more. QMSum's meetings have 5.8 on average."""

SHORTEST_SHARE, SHORTEST_WORDS, LONGEST_SHORTEST = 0.05, 110, 700
"""A topic holds at least this share of the session's words, within these bounds."""

NEAR, LEAST_NEAR, GAIN = 0.02, 0.4, 0.05
"""A cut gains where the chance of a boundary within this share of the lines is above `LEAST_NEAR`, by so much of all
lines for a chance of one. From cross-validation (`benchmarks/LOG.md`)."""

GRID = 400
"""Places weighed for a session: the likeliest in each stretch of so many, with the odds of all of them."""


def best_cuts(
    odds: np.ndarray,
    places: np.ndarray,
    before: np.ndarray,
    *,
    lines: int,
    total: int,
    fit: Callable[[np.ndarray], np.ndarray] | None = None,
) -> list[int]:
    """Places to cut at, ascending; `before` holds the words before each place, `total` those of all `lines`.

    `fit` is asked once, for the first line of each of n stretches, in order, and gives an n × n array: what row i and
    column j add to the logarithm of the odds that the lines from stretch i to stretch j, both whole, are one topic.
    """
    odds, places, before = _thinned(odds, places, before, total)
    if not len(places):
        return []
    step = _steps(odds, before, total)
    if fit is not None:
        step[:-1, 1:] += fit(np.concatenate([[0], places]))
    chance = _segments(step)
    return _decoded(chance, places, before, lines=lines, total=total)


def _thinned(
    odds: np.ndarray, places: np.ndarray, before: np.ndarray, total: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The likeliest place of each stretch; its odds are those of a boundary anywhere in the stretch."""
    stretch = (before * GRID) // max(total, 1)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(stretch) > 0])) if len(places) else np.zeros(0, dtype=int)
    ends = np.concatenate([starts[1:], [len(places)]])
    kept = np.array([a + int(np.argmax(odds[a:b])) for a, b in zip(starts, ends, strict=False)], dtype=int)
    joint = np.array([np.logaddexp.reduce(odds[a:b]) for a, b in zip(starts, ends, strict=False)])
    return joint, places[kept], before[kept]


def _steps(odds: np.ndarray, before: np.ndarray, total: int) -> np.ndarray:
    """The log-odds of a topic from one node to another; nodes are both ends and the places between."""
    nodes = np.concatenate([[0], before, [total]]).astype(float)
    size = len(nodes)
    length = nodes[None, :] - nodes[:, None]
    usual = min(total, LONGEST_WORDS) / TOPICS
    step = -0.25 * (np.log(np.maximum(length, 1) / usual) / SPREAD) ** 2
    step[(length <= 0) | np.tri(size, dtype=bool)] = -np.inf
    steps: np.ndarray = step + np.concatenate([[0], odds, [0]])[None, :]
    return steps


def _segments(step: np.ndarray) -> np.ndarray:
    """The chance that a topic begins at one node and ends at another, by the forward-backward algorithm."""
    size = len(step)
    forward, backward = np.full(size, -np.inf), np.full(size, -np.inf)
    forward[0] = backward[-1] = 0.0
    for i in range(1, size):
        forward[i] = np.logaddexp.reduce(forward[:i] + step[:i, i])
    for i in range(size - 2, -1, -1):
        backward[i] = np.logaddexp.reduce(step[i, i + 1 :] + backward[i + 1 :])
    chance: np.ndarray = np.exp(forward[:, None] + step + backward[None, :] - forward[-1])
    return chance


def _decoded(chance: np.ndarray, places: np.ndarray, before: np.ndarray, *, lines: int, total: int) -> list[int]:
    """The segmentation of least expected error, by dynamic programming over its last cut."""
    begins = chance.sum(0)[1:-1]
    reach = max(2, round(lines / (2 * (float(begins.sum()) + 1))))
    nodes = np.concatenate([[0], places, [lines]])
    spans = np.cumsum(np.cumsum(chance, axis=0)[:, ::-1], axis=1)[:, ::-1]
    line = np.arange(max(lines - reach, 0))
    first = np.searchsorted(nodes, line, side="right") - 1
    last = np.minimum(np.searchsorted(nodes, line + reach, side="right"), len(nodes) - 1)
    parted = np.concatenate([[0], np.cumsum(2 * spans[first, last] - 1)])
    parted = np.concatenate([parted, np.full(lines - len(parted) + 1, parted[-1])])
    tolerance = max(3, int(NEAR * lines))
    so_far = np.concatenate([[0], np.cumsum(begins)])
    near = so_far[np.searchsorted(places, places + tolerance, side="right")]
    near = np.minimum(near - so_far[np.searchsorted(places, places - tolerance)], 1)
    price = GAIN * lines * (LEAST_NEAR - near)
    shortest = min(max(SHORTEST_SHARE * total, SHORTEST_WORDS), LONGEST_SHORTEST)
    ends, said = np.concatenate([[0], places]), np.concatenate([[0], before])
    cost, back = np.full(len(ends), np.inf), np.zeros(len(ends), dtype=int)
    cost[0] = 0.0
    for j in range(1, len(ends)):
        if total - said[j] < shortest:
            break
        earlier = cost[:j] + parted[ends[j]] - parted[np.maximum(ends[j] - reach, ends[:j])]
        earlier[said[j] - said[:j] < shortest] = np.inf
        back[j] = int(np.argmin(earlier))
        cost[j] = earlier[back[j]] + price[j - 1]
    cuts, j = [], int(np.argmin(cost))
    while j > 0:
        cuts.append(int(ends[j]))
        j = int(back[j])
    return cuts[::-1]
