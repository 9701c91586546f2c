"""Which two claims cannot both be so.

In: two claims. Out: in what they differ, or None. Only differences of form are looked at: a negation, a number, a pair
of opposites, a name, where all else is nearly the same. A contradiction in other words is not found, because a false
alarm costs a reader more than a miss; `tests/fixtures/pairs.md` shows what is found and what is not.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import partial
from math import log10, prod

from scribe.language import NUMBER_WORDS, content_words, is_content, jaccard, names, negations, numbers, stem, words
from scribe.records import Claim

OPPOSITES: tuple[tuple[str, str], ...] = (
    ("increase", "decrease"),
    ("increases", "falls"),
    ("rise", "fall"),
    ("rises", "drops"),
    ("grow", "shrink"),
    ("more", "less"),
    ("more", "fewer"),
    ("most", "least"),
    ("always", "never"),
    ("higher", "lower"),
    ("high", "low"),
    ("highest", "lowest"),
    ("larger", "smaller"),
    ("bigger", "smaller"),
    ("large", "small"),
    ("longer", "shorter"),
    ("long", "short"),
    ("better", "worse"),
    ("best", "worst"),
    ("faster", "slower"),
    ("fast", "slow"),
    ("stronger", "weaker"),
    ("strong", "weak"),
    ("easy", "hard"),
    ("easier", "harder"),
    ("cheap", "expensive"),
    ("before", "after"),
    ("above", "below"),
    ("upper", "lower"),
    ("maximum", "minimum"),
    ("maximise", "minimise"),
    ("maximize", "minimize"),
    ("true", "false"),
    ("possible", "impossible"),
    ("likely", "unlikely"),
    ("sufficient", "insufficient"),
    ("same", "different"),
    ("agree", "disagree"),
    ("accept", "reject"),
    ("include", "exclude"),
    ("add", "remove"),
    ("allow", "forbid"),
    ("keep", "drop"),
    ("support", "oppose"),
    ("succeed", "fail"),
    ("positive", "negative"),
)
"""Pairs of which one sentence says the one and another the other; their inflected forms count too."""

_MOSTLY = 0.6
"""Share of their other content words that two claims must have in common (Jaccard)."""

_NEARLY = 0.75
"""The same where they differ in a name: who did it is only in doubt where all else is agreed."""

_TELLS_APART = frozenset("first second third last next old new big little one other former latter".split())

_ASKS = re.compile(r"\?\W*$|^(?:whether|how to)\b", re.I)
_OPEN = re.compile(r"\b(?:whether|if|discuss\w*|consider\w*|suggest\w*|propos\w*|wonder\w*|may|might|could)\b", re.I)
"""Who only weighs a thing does not say it, and is not contradicted by who denies it."""

_ABOUT = re.compile(r"\b(?:about|around|roughly|nearly|almost|approximately|some|circa|or so)\b", re.I)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely|necessarily|always|all|every)\b", re.I)
_CLAUSE = re.compile(r"[,;:.?!…]+[\"'”’)]*(?:\s|$)|\b(?:but|because|so|unless|except|until)\b", re.I)
_REACH_WORDS = 5
"""A negation denies the content words that follow within so many, in its own clause."""


def contradiction(one: Claim, other: Claim, *, people: Set[str] = frozenset()) -> str | None:
    """In what two claims on common lines contradict each other: a short phrase; None where they do not, plainly.

    `people` are names, lower case, that count as such where they begin a sentence. Two speakers may well say opposite
    things: that is a disagreement in the room, and no contradiction of its readers.
    """
    if not set(one.cites) & set(other.cites) or asks(one) or asks(other):
        return None
    if one.speaker != other.speaker and one.speaker is not None and other.speaker is not None:
        return _who_spoke(one, other)
    for find in (_in_negation, _in_opposites, _in_number):
        if (found := find(one.text, other.text)) is not None:
            return found
    return _in_name(one.text, other.text, people)


def asks(claim: Claim) -> bool:
    """Whether a claim is a question, or only says what the question is."""
    return claim.kind == "question" or bool(_ASKS.search(claim.text))


def differs(one: str, other: str, *, people: Set[str] = frozenset()) -> bool:
    """Whether two texts hold what would be lost if one stood for both: numbers, names, opposites, or a negation."""
    if bool(negations(one)) != bool(negations(other)) or _opposed(one, other):
        return True
    counted = _counted(one), _counted(other)
    if len(counted[0]) == len(counted[1]) and counted[0] != counted[1]:
        return True
    pairs = ((found(one), found(other)) for found in (numbers, _ranked, partial(_named, people=people)))
    return any(here - there and there - here for here, there in pairs)


def _counted(text: str) -> list[str]:
    """The numbers of a text in its order, repeats kept."""
    return [number for word in words(text) for number in sorted(numbers(word))]


def _ranked(text: str) -> set[str]:
    """Words that tell one thing from its like, and are no content words."""
    return set(words(text)) & _TELLS_APART


def _who_spoke(one: Claim, other: Claim) -> str | None:
    """One line has one speaker: the same statement in two mouths is wrong once."""
    is_one_line = one.cites == other.cites and len(one.cites) == 1
    if is_one_line and jaccard(content_words(one.text), content_words(other.text)) >= _NEARLY:
        return f"{one.speaker} or {other.speaker}"
    return None


def _in_negation(one: str, other: str) -> str | None:
    """One denies, once, what the other says plainly."""
    if negations(one) < negations(other):
        one, other = other, one
    if (negations(one), negations(other)) != (1, 0) or _NOT_ONLY.search(one) or _opposed(one, other):
        return None
    if _OPEN.search(one) or _OPEN.search(other):
        return None
    if jaccard(content_words(one), content_words(other)) < _MOSTLY:
        return None
    denied, said = _denied(one), set(content_words(other))
    return "a negation" if denied and len(denied & said) / len(denied) > 2 / 3 else None


def _denied(text: str) -> set[str]:
    """Stems within the reach of a negation."""
    found: set[str] = set()
    for clause in _CLAUSE.split(text):
        reach = 0
        for word in words(clause):
            if negations(word):
                reach = _REACH_WORDS
            elif reach and is_content(word):
                found.add(stem(word))
            reach = max(0, reach - 1)
    return found


def _in_opposites(one: str, other: str) -> str | None:
    """One says a word and the other its opposite, of the same thing."""
    for here, there in _opposed(one, other):
        if negations(one) - negations(here) != negations(other) - negations(there):
            continue
        before, after = _around(one, here), _around(other, there)
        if _alike(before[0], after[0]) and _alike(before[0] + before[1], after[0] + after[1]):
            return f"{here} or {there}"
    return None


def _opposed(one: str, other: str) -> list[tuple[str, str]]:
    """Words of `one` whose opposites `other` says, where neither says both."""
    here, there = {stem(w): w for w in words(one)}, {stem(w): w for w in words(other)}
    return [
        (here[a], there[b])
        for pair in OPPOSITES
        for a, b in (tuple(map(stem, pair)), tuple(map(stem, reversed(pair))))
        if a in here and b in there and b not in here and a not in there
    ]


def _around(text: str, word: str) -> tuple[list[str], list[str]]:
    """Stems that tell what is spoken of, before and after the first time that a word stands in a text."""
    said = words(text)
    place = said.index(word)
    before, after = (
        [stem(w) for w in part if is_content(w) or w in _TELLS_APART] for part in (said[:place], said[place + 1 :])
    )
    return before, after


def _alike(one: list[str], other: list[str]) -> bool:
    return (not one and not other) or jaccard(one, other) >= _MOSTLY


def _in_number(one: str, other: str) -> str | None:
    """Each gives a number that the other does not, and the rest is the same."""
    here, there = numbers(one) - numbers(other), numbers(other) - numbers(one)
    if not here or len(here) != len(there) or negations(one) != negations(other):
        return None
    if not _alike(_without_numbers(one), _without_numbers(other)):
        return None
    a, b = prod(map(float, here)), prod(map(float, there))
    if a and b and (ratio := abs(log10(a / b))) >= 2 and abs(ratio - round(ratio)) < 1e-9:
        return None  # one amount in two units: 0.6 and 60 %
    if a and b and (_ABOUT.search(one) or _ABOUT.search(other)) and abs(a - b) <= 0.15 * max(a, b):
        return None
    return f"{min(here)} or {min(there)}"


def _without_numbers(text: str) -> list[str]:
    spelt = {*NUMBER_WORDS, "hundred", "thousand", "million", "billion"}
    found = (w for w in words(text) if is_content(w) and not w[0].isdigit() and not set(w.split("-")) & spelt)
    return [stem(w) for w in found]


def _in_name(one: str, other: str, people: Set[str]) -> str | None:
    """Each names one whom the other does not name, and the rest is the same."""
    here, there = _named(one, people), _named(other, people)
    only_here, only_there = here - there, there - here
    if len(only_here) != 1 or len(only_there) != 1 or negations(one) != negations(other):
        return None
    rest = [[w for w in content_words(text) if w not in {stem(n) for n in named}] for text, named in
            ((one, only_here), (other, only_there))]  # fmt: skip
    if not rest[0] or jaccard(*rest) < _NEARLY:
        return None
    return f"{min(only_here).capitalize()} or {min(only_there).capitalize()}"


def _named(text: str, people: Set[str]) -> set[str]:
    first = [word.removesuffix("'s") for word in words(text)[:1]]
    return names(text) | (set(first) & people)
