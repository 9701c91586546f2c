"""How figures are told, on a terminal and on a page alike.

In: estimates. Out: short texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe.measures.bootstrap import Estimate

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LISTED = ("rouge1", "rouge2", "rougeLsum", "content1", "cite_f1", "unsupported", "redundancy", "words")
"""Measures that stand in the table of sessions."""


def figure(value: float | None) -> str:
    """A figure to a tenth, or to a hundredth below 10; a dash for none.

    >>> figure(31.249), figure(7.666), figure(-0.004), figure(1234.5), figure(None)
    ('31.2', '7.67', '0.00', '1,234', '–')
    """
    if value is None:
        return "–"
    size = abs(value)
    text = f"{size:,.0f}" if size >= 1000 else f"{size:.1f}" if size >= 10 else f"{size:.2f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) else text


def said(estimate: Estimate | None) -> str:
    """A mean and its interval.

    >>> said(Estimate(value=31.2, low=28.04, high=34.0)), said(Estimate(value=31.2)), said(None)
    ('31.2 [28.0, 34.0]', '31.2', '–')
    """
    if estimate is None or estimate.low is None:
        return figure(None if estimate is None else estimate.value)
    return f"{figure(estimate.value)} [{figure(estimate.low)}, {figure(estimate.high)}]"


def stated(estimate: Estimate) -> str:
    """A difference with its sign, and a star where it is sure.

    >>> stated(Estimate(value=2.0, low=1.0, high=3.0)), stated(Estimate(value=-2.0, low=-5.0, high=1.0))
    ('+2.00 ★', '−2.00')
    """
    sign = "+" if estimate.value > 0 else ""
    return f"{sign}{figure(estimate.value)}{' ★' if is_sure(estimate) else ''}"


def letters(simulators: Sequence[str]) -> dict[str, str]:
    """How each simulator is called where columns are narrow: A, B, … where there are several, else by its name.

    >>> letters(["extract"]), letters(["extract", "hf:base"])
    ({'extract': 'extract'}, {'extract': 'A', 'hf:base': 'B'})
    """
    if len(simulators) == 1:
        return {simulators[0]: simulators[0]}
    return {name: _LETTERS[place] if place < 26 else f"S{place + 1}" for place, name in enumerate(simulators)}


def is_sure(difference: Estimate) -> bool:
    """Whether the interval of a difference leaves out 0; without an interval nothing is sure."""
    return not difference.is_below_noise


def contrast(difference: Estimate | None) -> str:
    """A difference, its interval, and a star where it is sure.

    >>> contrast(Estimate(value=2.0, low=1.0, high=3.0))
    '+2.00 [1.00, 3.00] ★'
    """
    if difference is None or difference.low is None:
        return "–" if difference is None else stated(difference)
    value, _, star = stated(difference).partition(" ")
    return f"{value} [{figure(difference.low)}, {figure(difference.high)}]" + (f" {star}" if star else "")
