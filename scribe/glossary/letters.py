"""Acronyms that were spelt out: "R L H F", "are LHF" or "r. l. h. f." for "RLHF".

In: terms, and runs of words. Out: the acronym that a run spells. A run is read letter by letter, so nothing is
guessed but which letter a word such as "are" stands for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scribe.language import NUMBER_WORDS

LETTER_NAMES: dict[str, str] = {
    name: letter
    for letter, names in {
        "a": "ay eh hey", "b": "be bee", "c": "see sea", "d": "dee", "f": "ef eff", "g": "gee", "h": "aitch",
        "i": "eye", "j": "jay", "k": "kay", "l": "el ell", "m": "em", "n": "en and", "o": "oh", "p": "pea pee",
        "q": "queue cue", "r": "are our", "s": "ess", "t": "tea tee", "u": "you", "v": "vee we", "x": "ex",
        "y": "why", "z": "zee zed",
    }.items()
    for name in names.split()
}  # fmt: skip
"""Words that a recogniser writes where a letter was spelt out."""

_ACRONYM = re.compile(r"[A-Z]{2,8}(?:[- ]?[0-9]{1,2})?")

_RHYMES = {letter: family for family in ("bcdegptvz", "ahjk", "flmnsx", "quw", "iy") for letter in family}
"""Letters whose names rhyme, or nearly, so that one is heard for the other."""

_RHYMING_LETTERS = 4
"""Of three letters too many are another acronym of the field: "LPC" is not "LDC"."""

_SURE, _RHYMING = 1.0, 0.85
"""How likely a run is the acronym that it spells, and one that it spells but for a rhyming letter."""


class Acronyms:
    """Acronyms by their letters."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._exact = {re.sub("[- ]", "", term).lower(): term for term in terms if _ACRONYM.fullmatch(term)}
        self._rhyming: dict[tuple[str, ...], list[str]] = {}
        for letters in self._exact:
            if len(letters) >= _RHYMING_LETTERS:
                self._rhyming.setdefault(_rhyme(letters), []).append(letters)
        self.longest = max(map(len, self._exact), default=0)
        """Words that a run has at most."""

    def find(self, parts: Sequence[str], surface: str) -> tuple[str, float, str] | None:
        """The acronym that a run of words spells, how likely that is in [0, 1], and why; or None.

        At least half of the letters must be written as letters: "are you" is no "RU".

        >>> Acronyms(["RLHF"]).find(["are", "lhf"], "are LHF")
        ('RLHF', 1.0, 'letters spelt out')
        """
        read = [_letters(part, surface) for part in parts] if self._exact else [None]
        if None in read:
            return None
        letters = "".join(own for own, _ in filter(None, read))
        sure = sum(len(own) for own, is_sure in filter(None, read) if is_sure)
        if 2 * sure < len(letters):
            return None
        if letters in self._exact:
            return (self._exact[letters], _SURE, "letters spelt out") if len(parts) > 1 else None
        for other in self._rhyming.get(_rhyme(letters), ()):
            if sum(a != b for a, b in zip(letters, other, strict=True)) == 1:
                return self._exact[other], _RHYMING, "letters spelt out, but for one that rhymes"
        return None


def _rhyme(letters: str) -> tuple[str, ...]:
    return tuple(_RHYMES.get(letter, letter) for letter in letters)


def _letters(part: str, surface: str) -> tuple[str, bool] | None:
    """The letters that a word stands for, and whether it is surely no word; None where it is one."""
    part = part.removesuffix("'s")
    if len(part) == 1 or (part.isdecimal() and len(part) <= 2):
        return part, part not in "ai"
    if part in LETTER_NAMES:
        return LETTER_NAMES[part], False
    if part in NUMBER_WORDS:
        return NUMBER_WORDS[part], False
    is_spelt = part.isascii() and len(part) <= 5 and (not set(part) & set("aeiouy") or part.upper() in surface)
    return (part, True) if is_spelt else None
