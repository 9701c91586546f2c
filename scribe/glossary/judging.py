"""Whether a run of words is one term misheard: the rules, one by one.

In: a run's words and a form of a term. Out: how likely it is, and why, or None. It does not know where the run stands.

The thresholds were set on 15 of the 45 ICSI meetings and what a recogniser of 2002 heard of them; `benchmarks/LOG.md`
has the figures. A false candidate costs a person's time, so whatever is doubtful is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scribe.glossary.families import bases, is_family
from scribe.glossary.ordinary import zipf
from scribe.glossary.runs import parts
from scribe.glossary.sounds import consonants, folded, likeness, spelling
from scribe.language import STOP_WORDS

FEWEST_LETTERS = 4
"""A shorter term is like too much; an acronym is read letter by letter instead."""

ALIKE = 0.5
"""Of spelling alone: below this no run is looked at any closer."""

ALIKE_STRANGE, ALIKE_ORDINARY, ALIKE_BESIDE = 0.8, 0.9, 0.85
"""From this likeness on a run is offered: where one of its words is strange, and where all are ordinary English."""

STRANGE = 3.0
"""Below this Zipf frequency a word is so rare that it may be something else misheard."""

COMMON = 4.0
"""From this Zipf frequency on, a word that stands for itself is never a term of one word: "base" is not "Bayes"."""

OFTEN = 3
"""Ordinary words that stand at more places were meant."""

ORDINARY_COSTS = 0.1
"""Likeness taken off a run of ordinary words, so that strange ones are shown first."""

LETTERS_ALIKE, FEWEST_LETTERS_ALIKE = 0.85, 6
"""For text that is not English, by letters alone."""

ENDING_LETTERS = 2
"""Last letters of the shorter of two words that an ending may replace, in a language that is not known."""


class Form(NamedTuple):
    """A term as it may be said: itself, or its plural."""

    meant: str
    parts: tuple[str, ...]
    letters: str
    longest: int
    """Words that a run may have at most."""
    is_plural: bool = False


class Verdict(NamedTuple):
    """How likely a run is a term, in [0, 1], and why, for a person."""

    score: float
    why: str


def forms(term: str, *, is_english: bool) -> Iterator[Form]:
    """The forms of a term that are looked for; none of one that has too few letters, or only consonants."""
    own, letters = parts(term), folded(term)
    fewest = FEWEST_LETTERS if is_english else FEWEST_LETTERS_ALIKE
    is_spelt = letters.isascii() and not set(letters) & set("aeiouy")
    if len(letters) < fewest or is_spelt:
        return
    longest = min(1 + len(letters) // 3, len(own) + 3)
    yield Form(term, own, letters, longest)
    if is_english and letters[-1].isalpha() and letters[-1] != "s" and not _is_name(term):
        yield Form(f"{term}s", (*own[:-1], f"{own[-1]}s"), f"{letters}s", longest, is_plural=True)


def _is_name(term: str) -> bool:
    """Whether a term ends in a name, of which there is one: "Jan Kulveit", "Bayes-Net"."""
    return term[-len(parts(term)[-1]) :][:1].isupper()


def judge(heard: Sequence[str], form: Form, places: int, *, is_english: bool) -> Verdict | None:
    """Whether words that stand at so many places are a form of a term misheard.

    >>> simulacra = next(forms("simulacra", is_english=True))
    >>> judge(["similar", "cra"], simulacra, 1, is_english=True).why
    'sounds alike (82 %)'
    >>> judge(["simulation"], simulacra, 1, is_english=True)
    """
    letters = folded("".join(heard))
    if letters == form.letters:
        return _written_differently(heard, form)
    if not is_english:
        return _by_letters(heard, letters, form)
    if form.is_plural and (not heard[-1].endswith("s") or heard[-1] in STOP_WORDS):
        return None
    other, meant = _less_shared(heard, form.parts)
    if any(map(_is_fragment, other)) or not other or not meant or _is_own_word(other, meant):
        return None
    score = likeness(letters, form.letters)
    rarest = min(map(zipf, other))
    if rarest < STRANGE:
        return Verdict(score, _sounds(score)) if score >= ALIKE_STRANGE else None
    is_single = len(heard) == len(form.parts) == 1
    enough = ALIKE_BESIDE if len(meant) < len(form.parts) else ALIKE_ORDINARY
    if score < enough or not _have_same_consonants(other, meant) or places > OFTEN or (is_single and rarest >= COMMON):
        return None
    return Verdict(score - ORDINARY_COSTS, f"ordinary words, but {_sounds(score)}")


def _written_differently(heard: Sequence[str], form: Form) -> Verdict | None:
    """The same letters, with other spaces, hyphens or accents."""
    if all(part in STOP_WORDS for part in heard):
        return None
    if len(heard) > len(form.parts):
        return Verdict(1.0, "written apart")
    if len(heard) < len(form.parts):
        return Verdict(1.0, "written as one")
    if tuple(heard) != form.parts:
        return Verdict(1.0, "written with other accents or marks")
    return Verdict(1.0, "written with other hyphens or spaces") if len(heard) > 1 else None


def _by_letters(heard: Sequence[str], letters: str, form: Form) -> Verdict | None:
    """Where nothing is known of the language: few letters differ, and not just those of an ending."""
    score = spelling(letters, form.letters)
    shared = next((i for i, (a, b) in enumerate(zip(letters, form.letters, strict=False)) if a != b), len(form.letters))
    is_ending = len(heard) == len(form.parts) and shared >= min(len(letters), len(form.letters)) - ENDING_LETTERS
    if score < LETTERS_ALIKE or is_ending:
        return None
    return Verdict(score, f"all but {round((1 - score) * max(len(letters), len(form.letters)))} letters are the same")


def _less_shared(heard: Sequence[str], meant: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Both less the words that begin or end both: only what differs says whether one is the other misheard."""
    while heard and meant and bases(heard[0]) & bases(meant[0]):
        heard, meant = heard[1:], meant[1:]
    while heard and meant and bases(heard[-1]) & bases(meant[-1]):
        heard, meant = heard[:-1], meant[:-1]
    return heard, meant


def _is_fragment(word: str) -> bool:
    """Whether a word is a letter that was spelt out, or the start of a word that was broken off."""
    if len(word) == 1:
        return word.isascii() and word not in "aio"
    return len(word) == 2 and word.isascii() and not set(word) & set("aeiouy")


def _is_own_word(heard: Sequence[str], meant: Sequence[str]) -> bool:
    """Whether words are too short to tell, a start that was broken off, or a word of the term's family."""
    whole = folded("".join(meant))
    if len(whole) < FEWEST_LETTERS or whole[:-1].startswith(folded("".join(heard))):
        return True
    while heard and heard[0] in STOP_WORDS:
        heard = heard[1:]
    while heard and heard[-1] in STOP_WORDS:
        heard = heard[:-1]
    return not heard or is_family(folded("".join(heard)), whole)


def _have_same_consonants(heard: Sequence[str], meant: Sequence[str]) -> bool:
    code = consonants(folded("".join(heard)))
    return len(code) >= 2 and code == consonants(folded("".join(meant)))


def _sounds(score: float) -> str:
    return "sounds the same" if score > 0.99 else f"sounds alike ({score * 100:.0f} %)"
