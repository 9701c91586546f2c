r"""Which formulas are formulas: those that pandoc's own reader of TeX understands.

In: TeX. Out: the part of it that may be handed to TeX. TeX is a programming language that can read files, and there is
no full list of the commands to forbid (`\input`, `\csname`, `\begin{input}`, `\UseName`, …). pandoc's reader knows
the commands of mathematics and refuses all others, so what it understands is harmless, but for two things: it
knows commands that define others, which can hide anything, and not that `^^5c` is a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scribe.export.pandoc import written
from scribe.export.tree import Element

_HIDING = re.compile(
    r"\^\^ | \\ (?: (?:re)?new | provide | declare | [egx]?def | let | csname | input | include | openin | read )",
    re.VERBOSE | re.IGNORECASE,
)
_FORMULA = re.compile(r"<p>(.*?)</p>", re.DOTALL)


def understood(formulas: Iterable[str]) -> frozenset[str]:
    r"""Those of `formulas` that may be handed to TeX.

    >>> understood([r"\frac{1}{2}", r"\input{secret}", r"\newcommand{\x}{\input{secret}}", "^^5cinput{secret}"])
    frozenset({'\\frac{1}{2}'})
    """
    asked = sorted({formula for formula in formulas if not _HIDING.search(formula)})
    if not asked:
        return frozenset()
    shown = _FORMULA.findall(written([_alone(formula) for formula in asked], "html5", "--mathml").decode())
    return frozenset(formula for formula, html in zip(asked, shown, strict=True) if html.startswith("<math"))


def _alone(formula: str) -> Element:
    return {"t": "Para", "c": [{"t": "Math", "c": [{"t": "InlineMath"}, formula]}]}
