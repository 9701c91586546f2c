"""One text, read once: the words, numbers and denials that a claim and its lines are compared by.

In: a text. Out: `Spoken`. The same line is cited by many claims, so what was read of it is kept. It knows nothing of
claims, citations or scores.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

from scribe.language import NUMBER_WORDS, amounts, is_content, negations, stem, words

_CLAUSE = re.compile(r"[,;:.?!…]+[\"'”’)]*(?:\s|$)|\b(?:but|because|so|although|though|whereas)\b", re.I)
_REACH_WORDS = 5
"""A negation denies the content words that follow within so many, in its own clause."""

_DENYING = frozenset("unable lack lacks lacked lacking fail fails failed neither nor instead rather".split())
"""Words that deny as "not" does."""

_UNSURE = frozenset(
    "if whether maybe perhaps probably might may could unsure wonder guess hopefully possibly unless depends "
    "question unclear doubt difficult hard problem".split()
)

_ADVERSE = frozenset(
    "avoid bad cheaper concern concerned disagree difficult dislike drop drawback exclude expensive get-rid hard hate "
    "impossible issue leave limited loose lose miss missing omit only outdated problem remove rid skip stop trouble "
    "unfortunately unlikely useless unnecessary weird worry worried worse wrong".split()
)
"""Words by which people turn something down without a negation."""

_EMPTY = re.compile(
    r"\b(?:isn't|aren't|doesn't|don't|didn't|won't|wouldn't|can't|couldn't|shouldn't|hasn't|haven't) "
    r"(?:it|you|we|they|he|she|i)\b|\bwhy (?:don't|not)\b|\bor not\b|\bi don't know\b|\bnot only\b|\bno problem\b",
    re.I,
)
"""Negations that deny nothing: tags, proposals."""

_SPELT = re.compile(
    r"(?<![^\W_])((?:[A-Za-z](?:[._]\s?|\s)){2,6}|[A-Za-z](?:[._]\s?|\s)(?=[A-Za-z](?![^\W_])))([A-Za-z](?![^\W_]))?"
)
"""Letters one by one: `L_C_D_` (AMI), "I B M" (ICSI), "t. v." (recognisers)."""


_ALIKE = {
    "television": "tv", "televisions": "tv", "tvs": "tv", "telly": "tv", "mike": "microphone", "mikes": "microphone",
    "mic": "microphone", "mics": "microphone", "programme": "program", "programmes": "program", "mail": "email",
    "e-mail": "email", "photo": "picture", "photos": "picture", "info": "information", "spec": "specification",
    "specs": "specification", "demo": "demonstration", "demos": "demonstration", "app": "application", "grey": "gray",
    "vs": "versus", "percent": "percentage",
}  # fmt: skip
"""Short and long forms of one word."""


class Spoken(NamedTuple):
    """What a text says, as far as form tells."""

    words: frozenset[str]
    """All its words, lower case, spelt letters joined, without 's."""
    stems: tuple[str, ...]
    """Of its content words, in order, in American spelling; numbers are not among them."""
    pairs: frozenset[tuple[str, str]]
    """Content words that follow each other."""
    beginnings: frozenset[str]
    """First letters of its content words."""
    initials: str
    """First letters of all its words, in order."""
    amounts: frozenset[str]
    """Everything that its numbers may stand for."""
    said: frozenset[str]
    """Stems outside the reach of every negation."""
    denied: frozenset[str]
    """Stems within the reach of one."""
    negations: int
    unsure: int
    adverse: int


@lru_cache(maxsize=20_000)
def spoken(text: str) -> Spoken:
    """Read a text.

    >>> sorted(spoken("The L_C_D_ isn't cheap, but small.").denied), "lcd" in spoken("an l. c. d. screen").words
    (['cheap'], True)
    """
    joined = _with_joined_letters(text)
    every = words(joined)
    heard, content = words_and_stems(text)
    said, denied = said_and_denied(joined)
    return Spoken(
        words=heard,
        stems=content,
        pairs=frozenset(itertools.pairwise(content)),
        beginnings=frozenset(s[:4] for s in content if len(s) > 3),
        initials="".join(word[0] for word in every),
        amounts=frozenset(reading for one in amounts(text, with_words=True) for reading in one.readings),
        said=said,
        denied=denied,
        negations=sum(denies(word) for word in words(_EMPTY.sub(" ", joined))),
        unsure=sum(word in _UNSURE for word in every),
        adverse=sum(word in _ADVERSE for word in every),
    )


@lru_cache(maxsize=20_000)
def words_and_stems(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The first two fields of `spoken`, for texts of which no more is asked."""
    every = words(_with_joined_letters(text))
    parts = [part for word in every for part in (word.split("-") if "-" in word else (word,))]
    content = (stem(_same_spelling(word)) for word in parts if is_content(word) and not _is_number(word))
    return frozenset(w.removesuffix("'s") for w in (*every, *parts, *words(text))), tuple(content)


def _with_joined_letters(text: str) -> str:
    return _SPELT.sub(_as_one_word, text.replace("’", "'"))


def _is_number(word: str) -> bool:
    return word[0].isdigit() or word in NUMBER_WORDS or word in ("hundred", "thousand", "million", "billion")


@lru_cache(maxsize=50_000)
def _same_spelling(word: str) -> str:
    """One spelling for what is spelt in two ways; it need not be a right one."""
    word = re.sub(r"^(col|fav|behavi|neighb|flav|hum|lab|hon)our", r"\1or", word)
    word = re.sub(r"(?<=\w{3})is(?=(?:e[ds]?|ing|ations?|ers?)$)", "iz", word)
    return _ALIKE.get(word, word)


def _as_one_word(letters: re.Match[str]) -> str:
    """The acronym that letters spell, in the singular."""
    last = letters.group(2) or ""
    return re.sub(r"[._\s]", "", letters.group(1)) + ("" if last == "s" else last) + " "


def denies(word: str) -> bool:
    """Whether a lower-case word denies what follows it."""
    return word in _DENYING or bool(negations(word))


def said_and_denied(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of content words outside the reach of every negation, and those within."""
    said: set[str] = set()
    denied: set[str] = set()
    for clause in _CLAUSE.split(text):
        reach = 0
        for word in words(clause):
            if denies(word):
                reach = _REACH_WORDS
            else:
                for part in word.split("-"):
                    if is_content(part):
                        (denied if reach else said).add(stem(_same_spelling(part)))
            reach = max(0, reach - 1)
    return frozenset(said), frozenset(denied)
