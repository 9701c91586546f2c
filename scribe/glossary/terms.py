"""The nouns of the glossary: terms, corrections, and all of them as one value.

Texts are NFC with single spaces. Two that differ in capitals only are the same term, or the same mishearing.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

from pydantic import field_validator

from scribe.records import Record, ScribeError

LONGEST = 100
"""Letters that a term may have; a longer one is a sentence that stands in the wrong file."""

_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens, spaces of no width, and marks of byte order, which come along when text is copied."""


class Correction(Record):
    """What was heard, and what was meant. Raises ScribeError for a text that says nothing, or too much."""

    heard: str
    meant: str

    @field_validator("heard", "meant")
    @classmethod
    def _tidy(cls, text: str) -> str:
        return tidied(text)


class Glossary(Record):
    """Names and jargon, spelt as they shall be spelt, and what a person decided about mishearings of them."""

    terms: tuple[str, ...] = ()
    """In the person's order."""
    corrections: tuple[Correction, ...] = ()
    """Accepted: applied to every new transcript."""
    refused: tuple[Correction, ...] = ()
    """Not to be offered again."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that changes a transcript: the terms in their order, and the corrections."""
        told = [self.terms, [[c.heard, c.meant] for c in self.corrections]]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def tidied(text: str) -> str:
    """NFC with single spaces; raise ScribeError unless it holds a letter or digit, no control sign, and is short."""
    tidy = " ".join(unicodedata.normalize("NFC", _UNSEEN.sub("", text)).split())
    if len(tidy) > LONGEST:
        raise ScribeError(
            f"expected a term of at most {LONGEST} letters, found {len(tidy)}: {tidy[:30]!r}…; shorten it"
        )
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in tidy):
        raise ScribeError(f"expected plain text, found a control character in {tidy[:30]!r}; write the term anew")
    if not any(map(str.isalnum, tidy)):
        raise ScribeError(f"expected a word, found {tidy!r}; write what is said")
    return tidy


def same(text: str) -> str:
    """What two texts have in common that differ in capitals only."""
    return unicodedata.normalize("NFC", text.casefold())


def glossary_of(terms: Iterable[str], decisions: Iterable[tuple[Correction, bool]]) -> Glossary:
    """A glossary with each term once, and of all decisions on one mishearing the last.

    A decision is a correction, and whether it was accepted. What was heard can mean one thing only, so a later
    correction of it takes the place of an earlier one; refusals stand beside it.
    """
    kept: dict[str, str] = {}
    for term in terms:
        kept.setdefault(same(term), term)
    accepted: dict[str, Correction] = {}
    refused: dict[tuple[str, str], Correction] = {}
    for correction, is_accepted in decisions:
        heard, pair = same(correction.heard), (same(correction.heard), same(correction.meant))
        if is_accepted:
            refused.pop(pair, None)
            accepted.pop(heard, None)
            accepted[heard] = correction
        else:
            refused[pair] = correction
            if heard in accepted and same(accepted[heard].meant) == pair[1]:
                del accepted[heard]
    return Glossary(terms=tuple(kept.values()), corrections=tuple(accepted.values()), refused=tuple(refused.values()))


def joined(first: Glossary, then: Glossary) -> Glossary:
    """Both as one: terms of the first come first; where they decide differently on a mishearing, `then` has it."""
    decisions = [(c, is_accepted) for g in (first, then) for cs, is_accepted in _decisions(g) for c in cs]
    return glossary_of([*first.terms, *then.terms], decisions)


def _decisions(glossary: Glossary) -> Iterable[tuple[tuple[Correction, ...], bool]]:
    return ((glossary.refused, False), (glossary.corrections, True))
