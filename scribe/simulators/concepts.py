"""What a summary of some sentences is likely to say: a chance for each word, and for each pair of words in a row.

In: sentences as they would be written, how telling each is, and the question asked where there was one. Out: named
features of each word and pair, and their chances by the linear models in `scribe/coefficients/salience.json`. People
who summarise repeat what is said often, near what they were asked, by several speakers, and what people always say in
summaries; a summary is good that says much of this in few words (Gillick and Favre 2009; ROUGE counts the same). This
module chooses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from scribe import linear
from scribe.language import is_content, stem, words

Features = dict[str, np.ndarray]

AGAIN = ("log weight", "log count", "log rate", "root of rate", "asked", "one small word", "two small words")
"""Features that tell whether a summary says a concept again."""

BENDS: dict[str, tuple[float, ...]] = {
    "log weight": (-2, -1, 0, 1),
    "most": (0.2, 0.4),
    "share": (0.03,),
    "log rarity": (-3, -2, -1),
    "mean weight": (0.1, 0.25),
    "log count": (0.8, 1.5),
    "log rate": (-5, -4, -3),
}
"""Where the log-odds may bend: what a feature has above each of these is a feature, too, so that each adds a broken
line (multivariate adaptive regression splines: Friedman 1991)."""

FINER = ("stretch",)
"""Kinds whose models know bends, and of pairs the log-odds of their words: together worth .7 of ROUGE-2 on marked
stretches, and less than nothing (-.1) on answers from whole meetings."""


class Entries(NamedTuple):
    """Which sentence holds which concept, once for each such pair, sorted by concept."""

    concept: np.ndarray
    """Place of the concept among all concepts."""
    sentence: np.ndarray
    times: np.ndarray
    """How often the sentence holds it."""


class Chances(NamedTuple):
    """Of each concept."""

    once: np.ndarray
    """How likely a summary holds it."""
    again: np.ndarray
    """How likely one that holds it so many times holds it once more."""


class Text:
    """Sentences as sequences of stems, and the concepts they hold: single stems first, then pairs in a row."""

    def __init__(self, texts: Sequence[str], speakers: Sequence[str | None]) -> None:
        self.texts = list(texts)
        self.size = len(texts)
        self._numbers: dict[str, int] = {}
        self._has_content: list[bool] = []
        rows = [[self._number(word) for word in words(text)] for text in texts]
        self.lengths = np.array([len(row) for row in rows], dtype=int)
        self._flat = np.array([number for row in rows for number in row], dtype=int)
        self._owner = np.repeat(np.arange(self.size), self.lengths)
        self.stems = list(self._numbers)
        names = {name: n for n, name in enumerate(dict.fromkeys(speakers))}
        self._speaker = np.array([names[name] for name in speakers], dtype=int)

    def _number(self, word: str) -> int:
        found = stem(word)
        number = self._numbers.setdefault(found, len(self._numbers))
        if number == len(self._has_content):
            self._has_content.append(is_content(word))
        return number

    @cached_property
    def has_content(self) -> np.ndarray:
        """Whether each stem is of a word that carries a topic."""
        return np.array(self._has_content, dtype=bool)

    def single(self, keep: np.ndarray) -> Concepts:
        """Stems of the sentences where `keep` is true."""
        return Concepts(self, self._flat[:, None], self._owner, keep)

    def pairs(self, keep: np.ndarray) -> Concepts:
        """Pairs of stems in a row of the sentences where `keep` is true."""
        is_row = self._owner[1:] == self._owner[:-1]
        both = np.column_stack([self._flat[:-1], self._flat[1:]])
        return Concepts(self, both[is_row], self._owner[1:][is_row], keep)

    def speakers_of(self, sentence: np.ndarray) -> np.ndarray:
        """The number of each sentence's speaker."""
        found: np.ndarray = self._speaker[sentence]
        return found


class Concepts:
    """The distinct concepts of some sentences, and how often all sentences hold them."""

    def __init__(self, text: Text, stems: np.ndarray, owner: np.ndarray, keep: np.ndarray) -> None:
        base = len(text.stems) + 1
        keys = stems @ base ** np.arange(stems.shape[1])[::-1] if len(stems) else np.zeros(0, dtype=int)
        rows = np.column_stack([keys, owner]) if len(keys) else np.zeros((0, 2), dtype=int)
        pairs, times = np.unique(rows, axis=0, return_counts=True)
        known, everywhere = np.unique(pairs[:, 0], return_counts=True)
        is_kept = keep[pairs[:, 1]]
        kept = pairs[is_kept]
        found, place = np.unique(kept[:, 0], return_inverse=True)
        self.text = text
        self.entries = Entries(place, kept[:, 1], times[is_kept])
        self.everywhere = everywhere[np.searchsorted(known, found)].astype(float)
        self.members = np.column_stack([found // base, found % base])[:, 2 - stems.shape[1] :]

    def names(self) -> list[str]:
        """Each concept as its stems, a space between them."""
        stems = self.text.stems
        return [" ".join(stems[member] for member in row) for row in self.members.tolist()]


def asked_stems(about: str | None) -> frozenset[str]:
    """Stems of a question; none where nothing was asked."""
    return frozenset(stem(word) for word in words(about or ""))


def features(concepts: Concepts, chance: np.ndarray, about: str | None, rates: Mapping[str, float]) -> Features:
    """Features of each concept; `chance` says of each sentence how likely it is to the point, between 0 and 1.

    `rates` gives the share of human summaries that hold a concept, where that is known.
    """
    place, sentence, _ = concepts.entries
    size = len(concepts.members)
    weight = np.bincount(place, weights=chance[sentence], minlength=size)
    most = np.zeros(size)
    np.maximum.at(most, place, chance[sentence])
    count = np.bincount(place, minlength=size).astype(float)
    voices = np.unique(np.column_stack([place, concepts.text.speakers_of(sentence)]), axis=0)[:, 0]
    speakers = np.bincount(voices, minlength=size)
    total = float(chance[np.unique(sentence)].sum()) + 1e-9
    small = (~concepts.text.has_content[concepts.members]).sum(1).astype(float)
    wanted = np.array([name in asked_stems(about) for name in concepts.text.stems], dtype=float)
    asked = wanted[concepts.members].sum(1) if size else np.zeros(0)
    rate = np.array([rates.get(name, 0.0) for name in concepts.names()])
    return {
        "log weight": np.log(weight + 0.01),
        "most": most,
        "share": weight / total,
        "root of share": np.sqrt(weight / total),
        "log count": np.log(count),
        "log count for all": np.log(count / concepts.everywhere),
        "log rarity": np.log(concepts.everywhere / max(1, concepts.text.size)),
        "two speakers": (speakers > 1).astype(float),
        "three speakers": (speakers > 2).astype(float),
        "asked": asked,
        "asked content": asked * (small == 0),
        "asked throughout": (asked == concepts.members.shape[1]).astype(float),
        "one small word": (small == 1).astype(float),
        "two small words": (small == 2).astype(float),
        "rate": rate,
        "root of rate": np.sqrt(rate),
        "log rate": np.log(rate + 1e-4),
        "log rate by log weight": np.log(rate + 1e-4) * np.log(weight + 0.01),
        "log rate by most": np.log(rate + 1e-4) * most,
        "log weight of content": np.log(weight + 0.01) * (small == 0),
        "log weight if asked": np.log(weight + 0.01) * asked,
        "mean weight": weight / np.maximum(count, 1),
        "log sentences": np.full(size, np.log(max(1, concepts.text.size))),
    }


def features_of_words(
    words: Concepts, chance: np.ndarray, about: str | None, rates: Mapping[str, float], kind: str
) -> Features:
    """Features of single stems, bent where the model of the kind knows that."""
    found = features(words, chance, about, rates)
    return found | _bent(found) if kind in FINER else found


def features_of_pairs(
    pairs: Concepts,
    words: Concepts,
    odds: np.ndarray,
    chance: np.ndarray,
    about: str | None,
    rates: Mapping[str, float],
    kind: str,
) -> Features:
    """Features of pairs; `odds` are the log-odds of `words`, among which are all stems of the pairs."""
    found = features(pairs, chance, about, rates)
    if kind not in FINER:
        return found
    by_stem = np.zeros(len(pairs.text.stems))
    by_stem[words.members[:, 0]] = odds
    first, second = by_stem[pairs.members[:, 0]], by_stem[pairs.members[:, 1]]
    return found | _bent(found) | {"first word": first, "second word": second, "rarer word": np.minimum(first, second)}


def _bent(found: Features) -> Features:
    return {
        f"{name} above {bend:g}": np.maximum(0.0, found[name] - bend) for name, bends in BENDS.items() for bend in bends
    }


def expected(
    text: Text, keep: np.ndarray, chance: np.ndarray, about: str | None, kind: str
) -> list[tuple[Concepts, Chances]]:
    """The words, and the pairs, of the sentences where `keep` is true, with how likely a summary holds each.

    `kind` says of what the summary is: an "answer", a "stretch" or an "overview".
    """
    models = linear.load("salience")
    rates = {name: term[2] for name, term in models["rates"].terms.items()}
    words, pairs = text.single(keep), text.pairs(keep)
    found = features_of_words(words, chance, about, rates, kind)
    odds = models[f"{kind}: words"](found)
    found_of_pairs = features_of_pairs(pairs, words, odds, chance, about, rates, kind)
    made = []
    for concepts, which, told in ((words, "words", found), (pairs, "pairs", found_of_pairs)):
        once, again = (linear.chances(models[f"{kind}: {name}"](told)) for name in (which, f"{which} again"))
        made.append((concepts, Chances(once, again)))
    return made
