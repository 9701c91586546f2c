"""Which topics are near each other, told from their telling words.

In: the words of each topic. Out: vectors, and for each topic the few others that are nearest. It knows nothing of
sessions.

A topic is a vector with (1 + ln tf) · idf for each of its telling words (Salton and Buckley 1988), by stems, of length
one; two are as near as their cosine. `measures.sameness` reads all words of two passages and is the better judge of a
pair, but lays every passage beside every other; this reads forty words of each, and a word leads only to the topics
that have it, as in an inverted index.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scribe.language import stem

FEWEST_WORDS = 12
"""Of a topic: one of fewer telling words is near to nothing. In such short ones a single word in common decides:
"closer" made .19 of two meetings that share nothing else."""

MOST_TOPICS = 500
"""A word that more topics have tells none of them from others, and is passed over; so the work for each topic is
bounded, and that for all grows with their number."""

AT_LARGE = 10
"""Topics of other seminars that idf supposes, none of which has the word: where sessions are few, all their words seem
usual. With 0, 10 and 50 of them .30, .47 and .72 groups are found in four sessions of one series (ICSI Bmr), and their
pairs have a probability of .61, .55 and .45 by `measures.sameness`; in three unrelated sessions, 100 times, none."""

NEIGHBOURS = 16
"""Nearest topics that are looked at for each."""

_BLOCK = 128
"""Topics compared with all others at a time: a block is 128 × (topics) numbers."""


class Vectors(NamedTuple):
    """Topics as sparse unit vectors; all arrays are by places in them."""

    begins: np.ndarray
    """Where the words of each topic begin, and where the last one's end."""
    words: np.ndarray
    """Numbers of words, ascending within a topic."""
    weights: np.ndarray
    stems: Sequence[str]
    """The words, by their numbers."""

    def of(self, place: int) -> dict[int, float]:
        """One topic's weights by the number of the word."""
        span = slice(self.begins[place], self.begins[place + 1])
        return dict(zip(self.words[span].tolist(), self.weights[span].tolist(), strict=True))


def vectors(topics: Sequence[Mapping[str, int]]) -> Vectors:
    """The topics' words weighed; a topic of too few words, or of none that tell, is a vector of nothing."""
    counted = [_stems(words) if len(words) >= FEWEST_WORDS else {} for words in topics]
    holding = Counter(root for counts in counted for root in counts)
    stems = sorted(root for root, many in holding.items() if many <= MOST_TOPICS)
    numbers = {root: number for number, root in enumerate(stems)}
    rarity = [math.log((len(topics) + AT_LARGE + 1) / (holding[root] + 0.5)) for root in stems]
    begins, words, weights = [0], [], []
    for counts in counted:
        weighed = {numbers[r]: (1 + math.log(n)) * rarity[numbers[r]] for r, n in counts.items() if r in numbers}
        length = math.sqrt(sum(weight * weight for _, weight in sorted(weighed.items()))) or 1.0
        words += sorted(weighed)
        weights += [weighed[number] / length for number in sorted(weighed)]
        begins.append(len(words))
    return Vectors(np.array(begins), np.array(words, dtype=np.intp), np.array(weights), stems)


def neighbours(known: Vectors, least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of topics with a cosine of `least` at least, the lower place first, each once.

    A pair is left out where each of the two has sixteen others that are nearer.
    """
    topics = len(known.begins) - 1
    order = np.argsort(known.words, kind="stable")
    holders = np.repeat(np.arange(topics), np.diff(known.begins))[order]
    told = known.weights[order]
    ends = np.cumsum(np.bincount(known.words, minlength=len(known.stems)))
    found: dict[tuple[int, int], float] = {}
    for first in range(0, topics, _BLOCK):
        last = min(first + _BLOCK, topics)
        span = slice(known.begins[first], known.begins[last])
        mine = known.words[span]
        many = np.diff(np.concatenate([[0], ends]))[mine]
        rows = np.repeat(np.arange(last - first), np.diff(known.begins[first : last + 1]))
        at = np.arange(many.sum()) + np.repeat(ends[mine] - np.cumsum(many), many)
        cells = np.repeat(rows, many) * topics + holders[at]
        products = np.repeat(known.weights[span], many) * told[at]
        near = np.bincount(cells, products, minlength=(last - first) * topics).reshape(last - first, topics)
        near[np.arange(last - first), np.arange(first, last)] = 0
        row, column = np.nonzero(near >= least)
        for a, b, cosine in _nearest(row + first, column, near[row, column]):
            found[min(a, b), max(a, b)] = cosine
    yield from ((a, b, cosine) for (a, b), cosine in sorted(found.items()))


def _nearest(row: np.ndarray, column: np.ndarray, cosine: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """The nearest few of each row."""
    order = np.lexsort((column, -cosine, row))
    row, column, cosine = row[order], column[order], cosine[order]
    begins = np.searchsorted(row, row)
    kept = np.arange(len(row)) - begins < NEIGHBOURS
    yield from zip(row[kept].tolist(), column[kept].tolist(), cosine[kept].tolist(), strict=True)


def _stems(words: Mapping[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word, count in words.items():
        counts[stem(word)] = counts.get(stem(word), 0) + count
    return counts
