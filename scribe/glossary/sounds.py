"""How alike two stretches of talk sound, judged by their letters.

In: words as lower-case letters, spaces gone. Out: a likeness in [0, 1]. Two views are averaged: the consonants that are
heard, by Lawrence Philips' Metaphone (1990; jellyfish), and the letters, once spellings of one sound are made the same.
Neither knows more than English; other scripts are compared letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NO_LETTERS = re.compile(r"[\W_]+")

_ONE_SOUND = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"ph", "f"),
        (r"(?<=[bdgkrt])h", ""),
        (r"wh", "w"),
        (r"sch(?=[lmnw])|sh", "x"),
        (r"x", "ks"),
        (r"qu", "kw"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)|q", "k"),
        (r"z", "s"),
        (r"y", "i"),
        (r"(.)\1+", r"\1"),
    ]
]
"""Spellings of one sound in English, in the order that they are rewritten."""


def folded(text: str) -> str:
    """Letters and digits of a text: lower case, accents gone from Latin letters.

    >>> folded("Tomás' Log-loss")
    'tomaslogloss'
    """
    if text.isascii():
        return _NO_LETTERS.sub("", text.lower())
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return "".join(sign for sign in unicodedata.normalize("NFC", bare) if sign.isalnum())


@lru_cache(maxsize=200_000)
def respelt(letters: str) -> str:
    """Letters with spellings of one sound made the same.

    >>> respelt("simulakra") == respelt("simulacra")
    True
    """
    for pattern, sound in _ONE_SOUND:
        letters = pattern.sub(sound, letters)
    return letters


@lru_cache(maxsize=200_000)
def consonants(letters: str) -> str:
    """The consonants heard, by Metaphone; less the weak ones, and voiced and unvoiced ones told apart no more.

    >>> consonants("maysoptimizer") == consonants("mesaoptimiser")
    True
    """
    import jellyfish

    if not letters.isascii():
        return ""
    code = jellyfish.metaphone(letters).replace("0", "T").replace("B", "P")
    return code[:1] + re.sub("[HWY]", "", code[1:])


def spelling(heard: str, meant: str) -> float:
    """Share of letters that two stretches have in common in order, two exchanged ones counting once (OSA distance)."""
    from rapidfuzz.distance import OSA

    return OSA.normalized_similarity(heard, meant)


def likeness(heard: str, meant: str) -> float:
    """How alike two stretches sound, from 0 to 1, where 1 is the same sound in another spelling.

    >>> likeness("misaoptimizer", "mesaoptimiser") > 0.9 > 0.7 > likeness("simulation", "simulacra")
    True
    """
    from rapidfuzz.distance import Levenshtein

    letters = spelling(respelt(heard), respelt(meant))
    one, other = consonants(heard), consonants(meant)
    if not (one and other):
        return letters
    return (letters + Levenshtein.normalized_similarity(one, other)) / 2
