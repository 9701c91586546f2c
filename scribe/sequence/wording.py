"""A topic's telling words: the few that say what it is about, and how often each was said.

In: what was said, and how usual words are in English. Out: words with counts, the most telling first. A word stands for
all its forms, as the one that was said most often, so that a person can read it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from scribe.language import NUMBER_WORDS, STOP_WORDS, is_content, stem, words

MOST_WORDS = 40
"""Kept of a topic. Of the nearest 150 pairs of topics of 45 ICSI meetings .86, .91, .93 and .94 are of one series of
meetings with 20, 30, 40 and 60 words (of all pairs .31); with 60 a card takes a third more room."""

CACHE_SHARE = 0.1
"""As `measures.sameness` weighs what a passage tells of its words."""

FEWEST_LETTERS = 3
"""Shorter words are fragments more often than terms: "th", "wh", "xa"."""

ENGLISH_STOP_WORDS = 0.25
"""Where fewer words are stop words it is not English, and nobody here can tell which of its words are usual; as in
`glossary.ordinary`."""

_FILLER = re.compile(r"[uae]+[hm]+|m+|h+m+|n+")
_COUNTING = frozenset(NUMBER_WORDS) | frozenset("hundred thousand million billion zero dozen".split())

Usual = Callable[[str], float]
"""How often a word stands in English at large: its share of all words, above 0 even for one that nobody knows."""


def telling_words(lines: Iterable[str], usual: Usual, *, without: Collection[str] = ()) -> Mapping[str, int]:
    """The telling words of some lines, less those `without`, in small letters; none where the lines are not English.

    How telling a word is, is what it adds to the log-loss of English at large over a cache of these lines: its share
    times log(1 + λ / (1 − λ) · share / usual share). Numbers, fillers and stop words tell nothing.

    >>> telling_words(["So the simulator is a simulator of simulators, and a law."], lambda word: 1e-5)
    {'simulator': 3, 'law': 1}
    """
    said = [word for line in lines for word in words(line)]
    if sum(word in STOP_WORDS for word in said) < ENGLISH_STOP_WORDS * len(said):
        return {}
    forms: dict[str, Counter[str]] = {}
    for word, count in Counter(said).items():
        if _may_tell(word) and word not in without:
            forms.setdefault(stem(word), Counter())[word.removesuffix("'s")] += count
    gains = {root: _gain(found, len(said), usual) for root, found in forms.items()}
    best = sorted(forms, key=lambda root: (-gains[root], root))[:MOST_WORDS]
    return {_commonest(forms[root]): forms[root].total() for root in best}


def _may_tell(word: str) -> bool:
    return (
        len(word) >= FEWEST_LETTERS
        and is_content(word)
        and not word[0].isdigit()
        and word not in _COUNTING
        and not _FILLER.fullmatch(word)
    )


def _gain(forms: Counter[str], said: int, usual: Usual) -> float:
    share = forms.total() / said
    return share * math.log1p(CACHE_SHARE / (1 - CACHE_SHARE) * share / sum(map(usual, forms)))


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))
