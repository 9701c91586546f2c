"""What the words of a proposition grant: what a sign leaves open, and that a condition can hold.

In: passages. Out: yes or no, and signs. It takes words at their word: "up to a constant" explains every sign beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scribe.lint.mathematics import Formula
from scribe.lint.passages import Passage

SIGNS = frozenset("∝≲≳≍≪≫≃≅≼≽")
"""Relations that mean nothing before a text says up to what."""

_EXPLAINED = re.compile(
    r"""
      \b up\sto\s (?: \w+ [\s-] ){0,4}? (?: constants? | factors? | normali[sz]\w+ | terms? ) \b
    | \b constants?\sof\sproportionality | \b normali[sz]ing\sconstant
    | \b proportional \b [^.]{0,80} \b (?: constant | factor | depends? ) \b
    """,
    re.I | re.X,
)
_NAMED_SIGN = re.compile(r"(⟦\d+⟧)\s*(?:means|denotes|stands|says|is short|hides|:)", re.I)
_POSITIVE = re.compile(
    r"""
      \b positive \s (?: probability | mass | measure | weight | density | chance )
    | \b non-?zero \b | \b strictly\spositive \b | \b bounded\saway\sfrom\s (?: zero | 0 ) \b
    | \b puts? \s (?: \w+ \s ){0,3} (?: weight | mass ) \b
    | \b almost \s (?: every | all | surely | everywhere ) \b
    | \b support \b | \b densit (?: y | ies ) \b | \b regular\sconditional \b | \b disintegrat\w+
    | \b transition \s (?: probabilit\w+ | kernels? | matri\w+ ) | \b kernels? \b
    | \b probability \s (?: at\sleast | greater\sthan | above | bounded\sbelow | more\sthan ) \b
    | \b is\spossible \b | \b of\sprobability \s (?: one | 1 ) \b
    """,
    re.I | re.X,
)
"""Words that grant a condition a chance to hold."""


def explains_signs(prose: str) -> bool:
    """Whether a text says up to what its signs hold.

    >>> explains_signs("equal up to a constant factor"), explains_signs("proportional to the loss")
    (True, False)
    """
    return bool(_EXPLAINED.search(prose))


def named_signs(passages: Iterable[Passage]) -> frozenset[str]:
    """Signs of which a text says what they mean: a formula of the sign alone, with a verb of naming."""
    named = ((passage, match[1]) for passage in passages for match in _NAMED_SIGN.finditer(passage.prose))
    formulas = (passage.formula(piece) for passage, piece in named)
    return frozenset(f.tokens[0].text for f in formulas if f is not None and len(f.tokens) == 1) & SIGNS


def grants_chance(passage: Passage) -> bool:
    """Whether a text says that its conditions have a chance to hold, in words or as `p(c) > 0`."""
    return bool(_POSITIVE.search(passage.prose)) or any(_is_positive(formula) for formula in passage.formulas)


def _is_positive(formula: Formula) -> bool:
    for (a, b), sign, (c, d) in formula.sides():
        if sign == "<":
            (a, b), (c, d) = (c, d), (a, b)
        is_zero = [token.text for token in formula.tokens[c:d]] == ["0"]
        if sign in "><≠" and is_zero and any(not term.given for term in formula.terms(a, b)):
            return True
    return False
