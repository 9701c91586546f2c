"""Do two passages concern the same question? Told from their words, without weights.

In: passages of text, and the sessions' passages that say how common each word is. Out: for pairs of them, how alike
they are by one of three measures, and how likely that makes it that they concern the same question.

- `cache`: how much likelier each passage is to a language model that has just read the other. The model mixes a cache
  of the words read with the words of all sessions, p(w | a) = λ · c_a(w) / |a| + (1 − λ) · p(w), its smoothing that of
  Jelinek and Mercer (1980), its use as a cache that of Kuhn and De Mori (1990). The gain is the mean over the words of
  b of log p(w | a) − log p(w), in nats; the null p is the words of all sessions, every foreign passage pooled into one,
  and with them as many words of English at large as a few sessions need lest their own topics seem usual.
- `cosine`: between content words weighted (1 + ln tf) · idf (Salton and Buckley 1988).
- `bm25`: of content words (`evidence.bm25`), as a share of what a passage scores against itself.

`cache` and `bm25` are taken in both directions and averaged. `cache` reads all words, function words too; on QMSum it
beats both others (`benchmarks/LOG.md`, 2026-11-26), so it is the default.

Each measure weights the words of each passage twice, as the one that is read and as the one that is told, and is the
sum over common words of the products. So all pairs are compared a block of passages at a time; memory is linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np

from scribe.language import content_words, stem, words
from scribe.measures.calibration import Calibration, sigmoid

LexicalMeasure = Literal["cache", "cosine", "bm25"]

DEFAULT: LexicalMeasure = "cache"

CACHE_SHARE = 0.1
"""λ: what the cache weighs. On QMSum's training split AUROC is the same from 0.05 to 0.2, and falls above."""

USUAL_WORDS = 10_000
"""How many words of English at large are added to the sessions'. On QMSum's training split, where the two passages'
meetings are all the sessions there are, log-loss is 0.78 without them, 0.59 with 10,000, 0.62 with 30,000; where there
are 162 meetings it is the same with any."""

FEWEST_WORDS = 100
"""Of a passage; below, the measures tell little: with 50 words of each, AUROC for topics of one meeting is 0.63."""

CALIBRATIONS: Mapping[LexicalMeasure, Calibration] = {
    "cache": Calibration(25.957, 9.575, -3.371, -1.591),
    "cosine": Calibration(14.331, 1.114, -1.114, -0.653),
    "bm25": Calibration(14.688, 1.92, -1.436, -0.872),
}
"""Measured by `benchmarks/same_problem.py` on the training split of QMSum, passages of 50 to 800 words, one half of the
pairs of one topic. Where fewer pairs are, as among all topics of many sessions, the odds are lower in proportion."""

_BLOCK = 64
"""Passages compared with all others at a time: a block of their weights is (words known) × 64 numbers."""


Usual = Callable[[str], float]
"""How often a word stands in English at large: its share of all words, above 0 even for one that nobody knows."""


class Row(NamedTuple):
    """A passage's weights: places in the vocabulary, and the weight of each."""

    places: np.ndarray
    values: np.ndarray


class Match(NamedTuple):
    """Two passages, by place, and what the measure says of them."""

    first: int
    second: int
    value: float
    probability: float


class _Vocabulary:
    """How common terms are in the sessions' passages."""

    def __init__(
        self, known: Sequence[Counter[str]], compared: Sequence[Counter[str]], at_large: Mapping[str, float]
    ) -> None:
        self._places: dict[str, int] = {}
        for term in chain.from_iterable((*known, *compared)):
            self._places.setdefault(term, len(self._places))
        self.size = len(self._places)
        holding, told = np.zeros(self.size), np.zeros(self.size)
        for counts in known:
            places, values = self.row(counts)
            holding[places] += 1
            told[places] += values
        self.mean_length = float(told.sum()) / max(len(known), 1) or 1.0
        usual = np.fromiter((at_large[term] for term in self._places), dtype=float, count=self.size)
        self.share = (told + USUAL_WORDS * usual) / (told.sum() + USUAL_WORDS)
        """p(w)."""
        self.rarity = np.log((len(known) + 1) / (holding + 0.5))
        self.okapi_rarity = np.log(1 + (len(known) - holding + 0.5) / (holding + 0.5))

    def row(self, counts: Counter[str]) -> Row:
        """A passage's counts, by place."""
        places = np.fromiter((self._places[term] for term in counts), dtype=np.intp, count=len(counts))
        return Row(places, np.fromiter(counts.values(), dtype=float, count=len(counts)))


class Comparison:
    """Passages laid side by side by one measure.

    `background` holds the sessions' passages, which say how common words are, and `usual` says how common they are
    elsewhere, for `cache`.
    """

    def __init__(
        self, measure: LexicalMeasure, passages: Sequence[str], background: Sequence[str], usual: Usual
    ) -> None:
        terms, weigh = _MEASURES[measure]
        compared, known = ([Counter(terms(text)) for text in texts] for texts in (passages, background))
        vocabulary = _Vocabulary(known, compared, _at_large((*passages, *background), usual))
        weighed = [weigh(vocabulary.row(counts), vocabulary) for counts in compared]
        self._told, self._read = [told for told, _ in weighed], [read for _, read in weighed]
        self._width = vocabulary.size
        self._words = np.array([len(passage.split()) for passage in passages])
        self._calibration = CALIBRATIONS[measure]

    def value(self, first: int, second: int) -> float:
        """How alike two of the passages are; the order of the two is of no account."""
        pairs = ((first, second), (second, first))
        return sum(_product(self._told[b], self._read[a], self._width) for a, b in pairs) / 2

    def match(self, first: int, second: int) -> Match:
        """Two of the passages, with the probability that they concern the same question."""
        value, words = self.value(first, second), int(min(self._words[first], self._words[second]))
        return Match(first, second, value, self._calibration.probability(value, words))

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """Every passage against all: the place of the first of a block, and an array (block, passages) of values."""
        for start in range(0, len(self._told), _BLOCK):
            told, read = (_columns(rows[start : start + _BLOCK], self._width) for rows in (self._told, self._read))
            columns = [
                r.values @ told[r.places] + t.values @ read[t.places]
                for t, r in zip(self._told, self._read, strict=True)
            ]
            yield start, np.stack(columns, axis=1) / 2

    def closest(self, sessions: Sequence[str], top: int, *, of: str | None = None) -> list[Match]:
        """The `top` pairs likeliest to concern the same question, both from different sessions, best first.

        `sessions` names the session of each passage. With `of`, one of the two is of that session.
        """
        numbers = np.unique(np.asarray(sessions), return_inverse=True)[1]
        mine = np.array([of is None or session == of for session in sessions], dtype=bool)
        places = np.arange(len(numbers))
        best = np.zeros((0, 4))
        for start, values in self.blocks():
            rows = places[start : start + len(values)]
            logits = self._calibration.logit(values, np.minimum.outer(self._words[rows], self._words))
            allowed = (numbers[rows, None] != numbers) & (rows[:, None] < places) & (mine[rows, None] | mine)
            row, column = np.nonzero(allowed)
            found = np.column_stack([logits[row, column], rows[row], column, values[row, column]])
            best = np.concatenate([best, found])
            best = best[np.lexsort((best[:, 2], best[:, 1], -best[:, 0]))[:top]]
        return [Match(int(a), int(b), v, float(sigmoid(np.array(logit)))) for logit, a, b, v in best.tolist()]


def _at_large(texts: Iterable[str], usual: Usual) -> dict[str, float]:
    """How often each stem stands in English: the shares of all its forms in these texts."""
    shares: dict[str, float] = {}
    for word in sorted({word for text in texts for word in words(text)}):
        shares[stem(word)] = shares.get(stem(word), 0.0) + usual(word)
    return shares


def _columns(rows: Sequence[Row], width: int) -> np.ndarray:
    """Sparse rows as the columns of a dense array (width, rows)."""
    columns = np.zeros((width, len(rows)))
    for number, row in enumerate(rows):
        columns[row.places, number] = row.values
    return columns


def _product(one: Row, other: Row, width: int) -> float:
    return float(one.values @ _columns([other], width)[one.places, 0])


# ── What each measure weighs ─────────────────────────────────────────────────────────────────

Weighted = tuple[Row, Row]
"""A passage as it is told, and as it is read before another is told."""


def _cache(row: Row, vocabulary: _Vocabulary) -> Weighted:
    share = row.values / max(float(row.values.sum()), 1.0)
    gain = np.log1p(CACHE_SHARE / (1 - CACHE_SHARE) * share / vocabulary.share[row.places])
    return row._replace(values=share), row._replace(values=gain)


def _cosine(row: Row, vocabulary: _Vocabulary) -> Weighted:
    weights = (1 + np.log(row.values)) * vocabulary.rarity[row.places]
    unit = row._replace(values=weights / max(float(np.linalg.norm(weights)), 1e-12))
    return unit, unit


def _bm25(row: Row, vocabulary: _Vocabulary) -> Weighted:
    """As `evidence.bm25` weighs a document for a query, k1 = 1.2 and b = 0.5."""
    length = 0.5 + 0.5 * float(row.values.sum()) / vocabulary.mean_length
    weights = vocabulary.okapi_rarity[row.places] * row.values * 2.2 / (row.values + 1.2 * length)
    asked = np.full_like(weights, 1 / max(float(weights.sum()), 1e-12))
    return row._replace(values=asked), row._replace(values=weights)


def _stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


_MEASURES: Mapping[LexicalMeasure, tuple[Callable[[str], list[str]], Callable[[Row, _Vocabulary], Weighted]]] = {
    "cache": (_stems, _cache),
    "cosine": (content_words, _cosine),
    "bm25": (content_words, _bm25),
}
