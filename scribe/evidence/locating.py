"""Where in a record the words of a question or a claim stand: an index of the record, and what it says of each line.

In: segments, then a text that asks or claims. Out: named features, one number a line. It knows nothing of what the
features are worth.

A word counts where it stands and around it: how often it is said within a window of so many words, worth less each
time it comes again (c / (c + k), as Okapi BM25 has it), and the more the rarer it is in the record. Windows are
triangles, made by running sums, so that every width costs the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from scribe.language import STOP_WORDS, WORD, is_content, stem, words
from scribe.records import Segment

BIN_WORDS = 8
"""Words of a bin, the unit in which windows are measured."""

WIDTHS = (24, 64, 160, 400)
"""Half widths of the windows, in words: a sentence, an exchange, a minute, a topic."""

EXPANSION_TERMS = 20
"""Words that a question is expanded by: those of the windows that fit it best (Lavrenko and Croft 2001)."""

_HABITS = re.compile(r"\([^)]*\)|\b(?:the|hon|right|mr|mrs|ms|dr|sir|am|mp|prof)\b\.?", re.I)
"""What a speaker's name holds besides the name: titles, offices in brackets."""

Weights = Mapping[str, float]
"""Terms and what each is worth."""


class Index:
    """A record, read once: where every word stands. Memory grows with the words of the record."""

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        self.speakers = [speaker for speaker, _ in lines]
        places: dict[str, list[int]] = {}
        starts = [0]
        content = []
        for row, (_, text) in enumerate(lines):
            said = words(text)
            for at, word in enumerate(said):
                for term in terms_of(word):
                    places.setdefault(term, []).append(starts[row] + at)
            content.append(sum(is_content(word) for word in said))
            starts.append(starts[row] + max(len(said), 1))
        self.starts = np.array(starts)
        self.lengths = np.diff(self.starts)
        self.content = np.array(content, dtype=float)
        self.places = {term: np.array(at) for term, at in places.items()}
        self._holding = {term: len({place // (2 * BIN_WORDS) for place in at}) for term, at in places.items()}
        self._names = list(places)
        self._terms = np.repeat(np.arange(len(places)), [len(at) for at in places.values()])
        self._places = np.concatenate([*self.places.values(), np.zeros(0, dtype=int)]).astype(int)
        self.bins = int(self.starts[-1]) // BIN_WORDS + 1
        self._first = self.starts[:-1] // BIN_WORDS
        self._last = (self.starts[1:] - 1) // BIN_WORDS + 1

    def __len__(self) -> int:
        return len(self.lengths)

    def rarity(self, term: str) -> float:
        """Inverse document frequency over bins of about a sentence; of an unknown term, that of one said once."""
        holding = self._holding.get(term, 1)
        total = self.bins / 2 + 1
        return float(np.log(1 + (total - holding + 0.5) / (holding + 0.5)))

    def own(self, weights: Weights) -> np.ndarray:
        """BM25 of each line by itself, k = 1.2 and b = 0.5, as a share of the weights."""
        found = np.zeros(len(self))
        norm = 1.2 * (0.5 + 0.5 * self.lengths / max(float(self.lengths.mean()), 1.0)) if len(self) else found
        for term, weight in weights.items():
            if term in self.places:
                tf = np.bincount(np.searchsorted(self.starts, self.places[term], "right") - 1, minlength=len(self))
                found += weight * tf * 2.2 / (tf + norm)
        return found

    def densities(self, weights: Weights) -> np.ndarray:
        """Row for each term that the record holds: how often it is said in each bin."""
        held = [term for term in weights if term in self.places]
        rows = np.zeros((len(held), self.bins))
        for row, term in enumerate(held):
            rows[row] = np.bincount(self.places[term] // BIN_WORDS, minlength=self.bins)
        return rows

    def around(self, densities: np.ndarray, values: np.ndarray, width: int) -> np.ndarray:
        """For each bin the sum of `saturated` over terms, each times its value."""
        if not len(densities):
            return np.zeros(self.bins)
        found: np.ndarray = values @ self.saturated(densities, width)
        return found

    def saturated(self, densities: np.ndarray, width: int) -> np.ndarray:
        """For each term and bin c / (c + k), c the count within a triangle of `width` words to either side."""
        counts = _triangle(densities, max(1, width // BIN_WORDS))
        found: np.ndarray = counts / (counts + 0.6)
        return found

    def smoothed(self, bins: np.ndarray, width: int) -> np.ndarray:
        """Sums over triangles of `width` words to either side."""
        found: np.ndarray = _triangle(bins[None, :], max(1, width // BIN_WORDS))[0]
        return found

    def told_within(self, fit: np.ndarray) -> dict[str, float]:
        """How much of each term is said where `fit`, a number for each bin, is above 0: the sum over its places."""
        worth = np.bincount(self._terms, weights=fit[self._places // BIN_WORDS], minlength=len(self._names))
        return {self._names[i]: float(worth[i]) for i in np.flatnonzero(worth)}

    def of_lines(self, bins: np.ndarray) -> np.ndarray:
        """The mean over each line's bins."""
        sums = np.concatenate([[0.0], np.cumsum(bins)])
        found: np.ndarray = (sums[self._last] - sums[self._first]) / (self._last - self._first)
        return found

    def to_bins(self, lines: np.ndarray) -> np.ndarray:
        """A value of each line -> each bin's share of it, by words."""
        at = np.repeat(lines, self.lengths)
        summed = np.bincount(np.arange(len(at)) // BIN_WORDS, weights=at, minlength=self.bins)
        found: np.ndarray = summed / BIN_WORDS
        return found


@lru_cache(maxsize=8)
def _index(lines: tuple[tuple[str, str], ...]) -> Index:
    return Index(lines)


def index_of(segments: Sequence[Segment]) -> Index:
    """The index of these lines; the last eight records asked for are kept."""
    return _index(tuple((segment.speaker or "", segment.text) for segment in segments))


def terms_of(word: str) -> list[str]:
    """What a lower-case word is found by: its stem, the parts of a compound, and its first five letters.

    The last finds "normalisation" in "normalized"; it is marked `~`.

    >>> terms_of("log-loss"), terms_of("normalised"), terms_of("the")
    (['log-loss', 'log', 'loss'], ['normalis', '~norma'], [])
    """
    if not is_content(word):
        return []
    found = [stem(word)]
    parts = [part for part in re.split(r"[-'.]", word) if is_content(part)] if not word.isdecimal() else []
    if len(parts) > 1:
        found += [stem(part) for part in parts]
    return found + [f"~{word[:5]}"] * (len(word) >= 6 and word.isalpha())


def speakers_named(text: str, speakers: Sequence[str]) -> dict[str, float]:
    """Speakers that a text names, each with how surely: 1 over the number of people who could be meant.

    A speaker is named by all the words of the name, or by one that is written with a capital and is theirs.

    >>> speakers_named("What did Bains say?", ["Hon. Navdeep Bains (Minister)", "Hon. Bill Morneau", "The Chair"])
    {'Hon. Navdeep Bains (Minister)': 1.0}
    >>> speakers_named("Why did the project manager and D disagree?", ["Project Manager", "PhD D", "PhD A"])
    {'Project Manager': 1.0, 'PhD D': 1.0}
    """
    parts = {speaker: WORD.findall(_HABITS.sub(" ", speaker)) for speaker in dict.fromkeys(speakers) if speaker}
    sharing = Counter(frozenset(part.lower() for part in own) for own in parts.values())
    owners: dict[str, set[frozenset[str]]] = {}
    for who in sharing:
        for part in who:
            owners.setdefault(part, set()).add(who)
    spoken = [word.removesuffix("'s").removesuffix("’s") for word in WORD.findall(text)]
    lower = {word.lower() for word in spoken}
    capital = {w.lower() for w in spoken if w[0].isupper() and (w.lower() not in STOP_WORDS or len(w) == 1)}
    if spoken and spoken[0] in ("A", "I"):
        capital.discard(spoken[0].lower())
    found = {}
    for speaker, own in parts.items():
        keys = [part.lower() for part in own]
        whole = bool(keys) and all(k in lower and (len(k) > 1 or k in capital) for k in keys)
        named = [1.0 / len(owners[k]) for k in keys if k in capital]
        if whole or named:
            found[speaker] = 1.0 if whole else max(named)
    best = max(found.values(), default=0.0)
    return {speaker: value for speaker, value in found.items() if value == best}


def _triangle(rows: np.ndarray, half: int) -> np.ndarray:
    """Sums over triangular windows of `half` places to either side, 1 at their middle: a running mean, twice."""
    once = _running(rows, half, 0)
    return _running(once, 0, half) / half


def _running(rows: np.ndarray, before: int, after: int) -> np.ndarray:
    """Sums over places i - before + 1 to i, or i to i + after - 1."""
    sums = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    places = np.arange(rows.shape[1])
    first = np.maximum(places - before + 1, 0) if before else places
    last = np.minimum(places + after, rows.shape[1]) if after else places + 1
    found: np.ndarray = sums[:, last] - sums[:, first]
    return found
