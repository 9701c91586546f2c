"""Which words are ordinary English: a word list with frequencies, read once.

In: a lower-case word. Out: how common it is. It is the list that symspellpy ships (MIT): 82,765 words that both SCOWL
and the Google Books n-grams know, each with its count there.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib import resources

from scribe.language import STOP_WORDS, words

_WORD_LIST = "frequency_dictionary_en_82_765.txt"

TALK = 5.5
"""Given to the small change of talk, such as "uh", which books do not print."""

UNKNOWN = 0.0

_FILLER = re.compile(r"(?:[uae]+[hm]+|m+|h+m+|n+)+")

ENGLISH_STOP_WORDS = 0.25
"""From this share of stop words on a text is English: talk in English has 0.55 to 0.7, German and French under 0.1."""


def zipf(word: str) -> float:
    """Base-10 logarithm of how often a lower-case word stands in a thousand million words; `UNKNOWN` where it does not.

    The scale is van Heuven's (2014): "the" is 7.6, "similar" 5.3, "simulacra" 2.0.

    >>> round(zipf("similar"), 1), zipf("cra")
    (5.3, 0.0)
    """
    word = word.replace("’", "'").removesuffix("'s")
    if word in STOP_WORDS or _FILLER.fullmatch(word) or (len(word) == 1 and word.isascii()):
        return max(TALK, _zipfs().get(word, UNKNOWN))
    if word.isdecimal():
        return TALK
    return _zipfs().get(word, UNKNOWN)


def is_english(text: str) -> bool:
    """Whether a text of some length is English, by its stop words."""
    found = words(text)
    return bool(found) and sum(word in STOP_WORDS for word in found) >= ENGLISH_STOP_WORDS * len(found)


@lru_cache(maxsize=1)
def _zipfs() -> dict[str, float]:
    text = resources.files("symspellpy").joinpath(_WORD_LIST).read_text(encoding="utf-8-sig")
    counts = {word: int(count) for word, count in (line.split() for line in text.splitlines())}
    scale = 1e9 / sum(counts.values())
    return {word: math.log10(count * scale) for word, count in counts.items()}
