"""Words that are one family: inflected and derived forms, which are no mishearings of each other.

In: lower-case words. Out: what they have in common. Stems are English (Snowball); endings kept from Latin are added.
"""

from __future__ import annotations

from functools import lru_cache

from scribe.language import stem

_LATIN = [("um", "a"), ("us", "i"), ("on", "a"), ("is", "es"), ("a", "ae"), ("ex", "ices"), ("ix", "ices")]
"""Endings of words that keep their plural from Latin or Greek."""

_LATIN_LETTERS = 4
"""Letters before such an ending, at least: "bacterium", not "album"."""

_ENDINGS = frozenset(
    """
    e s es ed d er ers or ors ing ings ion ions ist ists ism isms ive al ally ic ics ical ically ize ized izes izing ise
    ised ises ising able ible ity ities ly ment ments ness y ies ied ier ee ees ation ations ful less ary ate ated ates
    """.split()
) | {""}
"""With which English makes words of words."""

_PREFIXES = frozenset("pre re un non de dis in im il mis over under sub super inter multi semi anti auto co".split())

_ROOT_LETTERS, _BORROWED_LETTERS = 4, 3
"""Letters before an ending, at least; and how many of the letters in common may belong to both endings."""


@lru_cache(maxsize=100_000)
def bases(word: str) -> frozenset[str]:
    """What the inflected forms of a word have in common, its stem and that of a Latin plural: one in common is enough.

    >>> bool(bases("simulacra") & bases("simulacrum")), bool(bases("optimisers") & bases("optimiser's"))
    (True, True)
    """
    word = word.removesuffix("'s")
    latin = {
        f"{word.removesuffix(ending)}+{many}"
        for one, many in _LATIN
        for ending in (one, many)
        if word.endswith(ending) and len(word) - len(ending) >= _LATIN_LETTERS
    }
    return frozenset({stem(word), *latin})


def is_family(one: str, other: str) -> bool:
    """Whether two words differ in their endings only, or in a common prefix.

    >>> is_family("transcriptionist", "transcription"), is_family("simulator", "simulacra")
    (True, False)
    """
    if bases(one) & bases(other):
        return True
    short, long = sorted((one, other), key=len)
    if long.endswith(short) and long.removesuffix(short) in _PREFIXES:
        return True
    shared = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    cuts = range(max(_ROOT_LETTERS, shared - _BORROWED_LETTERS), shared + 1)
    return any(one[at:] in _ENDINGS and other[at:] in _ENDINGS for at in cuts)
