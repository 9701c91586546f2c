"""Where a text is to be put right: accepted corrections found in it, on word boundaries, whatever the capitals.

In: corrections and a text in NFC. Out: stretches and what belongs there. What is meant is right wherever it stands, so
no correction touches it: nothing is corrected twice, and "optimiser = mesa-optimiser" leaves "mesa-optimiser" alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from scribe.glossary.terms import Correction, same
from scribe.language import UNSPACED

_OPENING = " \t\n\"'“‘«([{-–—¿¡"
_STOPS = ".!?…。！？"


class Change(NamedTuple):
    """A stretch `[start, end)` of a text, and what belongs there."""

    start: int
    end: int
    text: str


def settled(corrections: Sequence[Correction]) -> list[Correction]:
    """Corrections of which none corrects what another means, the longest `heard` first.

    Where one says "a = b" and a later one "b = c", a is c; where a later one says that b is right, it is left alone.
    """
    meant: dict[str, Correction] = {}
    for correction in corrections:
        heard = same(correction.heard)
        for key, other in list(meant.items()):
            if same(other.meant) == heard and same(correction.meant) != heard:
                meant[key] = Correction(heard=other.heard, meant=correction.meant)
        meant.pop(same(correction.meant), None)
        meant[heard] = correction
    kept = [c for c in meant.values() if c.heard != c.meant]
    return sorted(kept, key=lambda c: (-len(c.heard), c.heard))


def changes(text: str, corrections: Sequence[Correction]) -> list[Change]:
    """What `settled` corrections change in a text, in order; no two overlap."""
    plain = " ".join(text.lower().split())
    right = [found for c in corrections for found in _written_right(text, plain, c.meant)]
    made: list[Change] = []
    for correction in corrections:
        for start, end in _found(text, plain, correction.heard):
            new = _fitting(correction.meant, text, start)
            is_right = any(
                r.start < end and start < r.end and not (r.text == new and start <= r.start and r.end <= end)
                for r in right
            )
            is_taken = any(c.start < end and start < c.end for c in made)
            if not is_right and not is_taken and " ".join(text[start:end].split()) != new:
                made.append(Change(start, end, new))
    return sorted(made)


def replaced(text: str, made: Sequence[Change]) -> str:
    """The text with changes made, which are in order."""
    for change in reversed(made):
        text = text[: change.start] + change.text + text[change.end :]
    return text


def _found(text: str, plain: str, words: str) -> Iterator[tuple[int, int]]:
    """Where words stand in a text; `plain` is the text in lower case with single spaces, which is quick to search."""
    if words.lower() in plain:
        for match in _pattern(words).finditer(text):
            yield match.span()


def _written_right(text: str, plain: str, meant: str) -> Iterator[Change]:
    """Where something meant stands just as it would be written there."""
    for start, end in _found(text, plain, meant):
        if " ".join(text[start:end].split()) == _fitting(meant, text, start):
            yield Change(start, end, _fitting(meant, text, start))


def _fitting(meant: str, text: str, start: int) -> str:
    """What is meant, with a capital where a sentence begins and what stands there has one."""
    before = text[:start].rstrip(_OPENING)
    begins = not before or before[-1] in _STOPS
    if begins and meant[0].islower() and text[start].isupper() and meant.split()[0].islower():
        return unicodedata.normalize("NFC", meant[0].upper() + meant[1:])
    return meant


@lru_cache(maxsize=20_000)
def _pattern(words: str) -> re.Pattern[str]:
    """Words in a row on word boundaries. "can" is no word in "can't", but "Ada" is one in "Ada's"."""
    inner = r"\s+".join(re.escape(word) for word in words.split())
    mark = _marks()
    before = "" if re.match(f"[{UNSPACED}]", words[0]) else r"(?<!\w)(?<!\d[.,])"
    after = "" if re.match(f"[{UNSPACED}]", words[-1]) else rf"(?![\w{mark}])(?!['’](?![sS]\b)\w)(?![.,]\d)"
    return re.compile(f"{before}{inner}{after}", re.I)


@lru_cache(maxsize=1)
def _marks() -> str:
    """Marks that belong to the letter before them, such as the vowel signs of Devanagari, as ranges for a pattern."""
    points = [p for p in range(0x300, 0x20000) if unicodedata.category(chr(p))[0] == "M"]
    starts = [p for p in points if unicodedata.category(chr(p - 1))[0] != "M"]
    ends = [p for p in points if unicodedata.category(chr(p + 1))[0] != "M"]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(starts, ends, strict=True))
