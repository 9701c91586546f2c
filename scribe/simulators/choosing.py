"""Sentences of a record -> the few that a summary is made of.

In: sentences as they would be written, how telling each is, and how long the summary may be. Out: places of the
sentences chosen. The sentence is taken that raises most what the summary is expected to share with one that a person
would write, for its length (budgeted maximum coverage: Lin and Bilmes 2010); a second sentence that says the same
raises nothing. The same input gives the same choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from scribe.simulators.concepts import Entries, Text, expected

PAIRS = 0.8
"""Share of a text's worth that lies in its pairs of words; chosen with what follows on QMSum's training meetings."""

_EXCHANGES = 6
"""Sentences exchanged at most, one after another; they raise ROUGE-2 by 0.1."""

_TIMES = 6
"""How often a concept counts at most."""


class Aim(NamedTuple):
    """What a text shall be like; chosen on QMSum's training meetings (`benchmarks/LOG.md`)."""

    kind: str
    """Which models say what people would write: of an "answer", of a "stretch" that is to the point throughout, or of
    an "overview"."""
    usual_words: float
    """What is added to a text's length before its worth is divided by it, as ROUGE's F1 adds the length of what people
    write. More makes longer texts."""
    most_words: float
    content: float
    """How much more a word that carries a topic is worth than one that does not."""
    telling: float
    """What the logarithm of a sentence's chance adds to its worth."""

    def within(self, words: float) -> Aim:
        """The same for a text of at most so many words."""
        return self._replace(most_words=min(words, self.most_words))


ANSWER = Aim("answer", usual_words=60, most_words=110, content=0.0, telling=0.1)
STRETCH = Aim("stretch", usual_words=85, most_words=110, content=0.0, telling=0.0)
OVERVIEW = Aim("overview", usual_words=110, most_words=150, content=3.0, telling=0.2)


def choose(
    text: Text, able: np.ndarray, chance: np.ndarray, manner: np.ndarray, about: str | None, aim: Aim
) -> list[int]:
    """Places of the sentences chosen, ascending, of those that are `able`.

    `manner` is what a sentence's form adds to its worth, in expected words; most sentences are worth 2 to 5.
    """
    if not able.any():
        return []
    entries: list[Entries] = []
    worth: list[np.ndarray] = []
    offset = 0
    of_words, of_pairs = expected(text, able, chance, about, aim.kind)
    by_topic = 1 + aim.content * text.has_content[of_words[0].members[:, 0]]
    for (concepts, (once, again)), weight in ((of_words, (1 - PAIRS) * by_topic), (of_pairs, PAIRS)):
        value = weight * once
        entries.append(concepts.entries._replace(concept=concepts.entries.concept + offset))
        worth.append(_summed(value, again))
        offset += len(value)
    joined = Entries(*(np.concatenate(column) for column in zip(*entries, strict=True)))
    bonus = aim.telling * np.log(np.maximum(chance, 1e-6)) + manner
    return _best_cover(_Cover(joined, np.concatenate(worth), text.lengths, bonus, aim), able & (text.lengths > 0))


def _summed(once: np.ndarray, again: np.ndarray) -> np.ndarray:
    """What it is worth to hold each concept not at all, once, twice, and so on: a row for each."""
    steps = once[:, None] * again[:, None] ** np.arange(_TIMES)
    return np.concatenate([np.zeros((len(once), 1)), np.cumsum(steps, axis=1)], axis=1)


class _Cover:
    """What sentences hold together, and what that is worth beside their length."""

    def __init__(self, entries: Entries, worth: np.ndarray, lengths: np.ndarray, bonus: np.ndarray, aim: Aim) -> None:
        self.concept, self.sentence, self.times = entries
        self.worth, self.lengths, self.bonus, self.aim = worth, lengths, bonus, aim

    def with_one_more(self, chosen: Sequence[int], able: np.ndarray) -> tuple[float, int | None]:
        """The ratio of worth to both texts' length with the best sentence more, and that; None where none fits."""
        words = int(self.lengths[chosen].sum())
        fits = able & (words + self.lengths <= self.aim.most_words)
        fits[chosen] = False
        if not fits.any():
            return -np.inf, None
        held = self._held(chosen)
        before = held[self.concept]
        after = np.minimum(before + self.times, _TIMES)
        added = self.worth[self.concept, after] - self.worth[self.concept, before]
        gain = np.bincount(self.sentence, weights=added, minlength=len(self.lengths)) + self.bonus
        value = self._value(chosen, held) + gain
        ratio = np.where(fits, value / (words + self.lengths + self.aim.usual_words), -np.inf)
        best = int(np.argmax(ratio))
        return float(ratio[best]), best

    def ratio(self, chosen: Sequence[int]) -> float:
        """Worth of the sentences over their length and what is usual."""
        words = int(self.lengths[chosen].sum())
        return self._value(chosen, self._held(chosen)) / (words + self.aim.usual_words)

    def _held(self, chosen: Sequence[int]) -> np.ndarray:
        is_chosen = np.zeros(len(self.lengths), dtype=bool)
        is_chosen[chosen] = True
        own = is_chosen[self.sentence]
        counts = np.bincount(self.concept[own], weights=self.times[own], minlength=len(self.worth))
        held: np.ndarray = np.minimum(counts.astype(int), _TIMES)
        return held

    def _value(self, chosen: Sequence[int], held: np.ndarray) -> float:
        return float(self.worth[np.arange(len(held)), held].sum() + self.bonus[chosen].sum())


def _best_cover(cover: _Cover, able: np.ndarray) -> list[int]:
    """The best sentence after the best, then exchanges of one for another, as long as the ratio rises."""
    chosen: list[int] = []
    best = 0.0
    while True:
        ratio, place = cover.with_one_more(chosen, able)
        if place is None or ratio <= best:
            break
        best = ratio
        chosen.append(place)
    for _ in range(_EXCHANGES):
        found = None
        for left_out in chosen:
            rest = [place for place in chosen if place != left_out]
            ratio, place = cover.with_one_more(rest, able)
            for made, value in ((rest, cover.ratio(rest)), ([*rest, place], ratio)):
                if value > best + 1e-9 and None not in made:
                    best, found = value, [p for p in made if p is not None]
        if found is None:
            break
        chosen = found
    return sorted(chosen)
