"""A transcript's text as runs of words that may be one term misheard.

In: segments and terms. Out: every run of a few words, once, with the places where it stands. A run does not cross a
segment's end or a mark such as a comma, and holds no term that is spelt right: what is there was heard well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from scribe.glossary.families import bases
from scribe.language import STOP_WORDS
from scribe.records import Segment

_PART = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*(?:['’](?:[^\W_]|[\u0300-\u036f])+)*")
"""A word, or one side of a hyphen."""

_GAP = re.compile(r"\s+|[-‐‑]")
"""What may stand between two words of one term; recognisers put hyphens where they like."""

_LETTER_GAP = re.compile(r"\.\s?")
"""What may stand between single letters besides, as in "R.L.H.F." and "r. l. h. f."."""

_Bases = list[frozenset[str]]


class Place(NamedTuple):
    """Words `[first, last)` of a segment, cut at hyphens."""

    segment: int
    first: int
    last: int


@dataclass
class Run:
    """Words in a row, lower case, the last without its 's."""

    parts: tuple[str, ...]
    places: list[tuple[Place, str]] = field(default_factory=list)
    """Each with the text as it stands there."""


class _Part(NamedTuple):
    """A word of a text, at `[start, end)`."""

    text: str
    start: int
    end: int

    @property
    def less_s(self) -> _Part:
        """The word without its 's, unless that is part of it, as in "it's"."""
        bare = self.text.removesuffix("'s")
        return self if self.text in STOP_WORDS else _Part(bare, self.start, self.start + len(bare))


def parts(text: str) -> tuple[str, ...]:
    """Words of a text, lower case, cut at hyphens.

    >>> parts("Mesa-optimiser's")
    ('mesa', "optimiser's")
    """
    return tuple(part.text for part in _parts(unicodedata.normalize("NFC", text)))


def runs(segments: Sequence[Segment], terms: Sequence[str], longest: int) -> list[Run]:
    """All runs of up to `longest` words, in order; none overlaps one of the terms, spelt right or inflected."""
    right = _right(terms)
    found: dict[tuple[str, ...], Run] = {}
    for segment in segments:
        text = unicodedata.normalize("NFC", segment.text)
        for first, stretch in _stretches(text, right):
            for i in range(len(stretch)):
                for j in range(i + 1, min(len(stretch), i + longest) + 1):
                    last = stretch[j - 1].less_s
                    words = (*(part.text for part in stretch[i : j - 1]), last.text)
                    run = found.setdefault(words, Run(words))
                    run.places.append((Place(segment.index, first + i, first + j), text[stretch[i].start : last.end]))
    return list(found.values())


def _parts(text: str) -> list[_Part]:
    return [_Part(_lower(m.group()), m.start(), m.end()) for m in _PART.finditer(text)]


def _lower(text: str) -> str:
    """Lower case of the same length."""
    low = text.lower()
    return (low if len(low) == len(text) else text).replace("’", "'")


def _stretches(text: str, right: Callable[[str, Sequence[_Part]], set[int]]) -> Iterator[tuple[int, list[_Part]]]:
    """Words in a row with nothing but spaces and hyphens between them, and the number of the first of them."""
    every = _parts(text)
    are_right = right(text, every)
    begun: list[_Part] = []
    for number, part in enumerate(every):
        if begun and (number in are_right or not _is_near(text, begun[-1], part)):
            yield number - len(begun), begun
            begun = []
        if number not in are_right:
            begun.append(part)
    if begun:
        yield len(every) - len(begun), begun


def _is_near(text: str, one: _Part, other: _Part) -> bool:
    """Whether nothing stands between two words that would not stand inside a term."""
    gap = text[one.end : other.start]
    are_letters = len(one.text) == 1 and len(other.less_s.text) == 1
    return bool(_GAP.fullmatch(gap) or (are_letters and _LETTER_GAP.fullmatch(gap)))


def _right(terms: Sequence[str]) -> Callable[[str, Sequence[_Part]], set[int]]:
    """A function that gives the numbers of those words that are a term, or an inflected form of one."""
    known: dict[str, list[tuple[_Bases, list[str]]]] = {}
    for term in terms:
        words, gaps = _split(term, _parts(term))
        for base in words[0] if words else ():
            known.setdefault(base, []).append((words, gaps))

    def right(text: str, every: Sequence[_Part]) -> set[int]:
        words, gaps = _split(text, every)
        return {
            number
            for i, word in enumerate(words)
            for base in word
            for own, between in known.get(base, ())
            if gaps[i : i + len(own) - 1] == between and _are_inflected(words[i : i + len(own)], own)
            for number in range(i, i + len(own))
        }

    return right


def _are_inflected(words: _Bases, own: _Bases) -> bool:
    return len(words) == len(own) and all(a & b for a, b in zip(words, own, strict=True))


def _split(text: str, every: Sequence[_Part]) -> tuple[_Bases, list[str]]:
    """What each word has in common with its inflected forms, and what stands between them."""
    gaps = [text[a.end : b.start] for a, b in pairwise(every)]
    return [bases(part.text) for part in every], ["-" if gap in "‐‑" else " ".join(gap.split()) for gap in gaps]
