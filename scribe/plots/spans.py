"""Stretches and moments along a session: who spoke when, and what was noted where.

In: rows of stretches and dots, in seconds or in lines. Out: a panel. What a colour says, a row's label or a dot's shape
says too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from scribe.plots.drawing import (
    COLOURS,
    JITTER,
    MARGIN,
    ROW,
    WIDTH,
    Panel,
    anchor,
    opening,
    put_label,
    put_text,
    px,
    round_ticks,
    safe,
    text_width,
)

_LABELS = 172
"""Width that row labels may take."""
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)
"""Seconds between two ticks of a clock."""
_TICKS = 8
_SHAPES = (
    "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "l4 -4.5l4 4.5l-4 4.5z",
    "m0.5 -3.5h7v7h-7z",
    "m0 3.5l4 -7l4 7z",
    "m0 -3.5h8l-4 7z",
    "m0 -1.2h8v2.4h-8z",
)
"""A dot of each colour, from 4 left of its middle: circle, diamond, square, triangle, the same on its head, bar."""


class Span(NamedTuple):
    """A stretch `[start, end)`; `tip` is told where somebody points at it."""

    start: float
    end: float
    colour: int
    tip: str


class Dot(NamedTuple):
    """A moment, of the shape and colour `colour`."""

    at: float
    colour: int
    tip: str


class Row(NamedTuple):
    """What stands on one level."""

    label: str
    spans: Sequence[Span]
    dots: Sequence[Dot] = ()


def spans(
    title: str,
    note: str,
    rows: Sequence[Row],
    *,
    unit: Literal["time", "line"],
    length: float,
    legend: Sequence[tuple[int, str]] = (),
) -> Panel:
    """Rows along `[0, length)`, which is seconds on a clock or a number of lines; `legend` says what dots mean."""
    parts, top = opening(title, note)
    if legend:
        parts.append(_key(legend, top + 14))
        top += 26
    left, right = MARGIN + _LABELS + 8.0, WIDTH - MARGIN
    length = max(length, 1e-9)

    def x(value: float) -> float:
        return left + (right - left) * min(max(value / length, 0.0), 1.0)

    bottom = top + ROW * len(rows)
    for place, row in enumerate(rows):
        y = top + ROW * place
        parts.append(put_label(left - 8, y + 16, row.label, _LABELS))
        for span in row.spans:
            begin = min(x(span.start), right - 1)
            parts.append(
                f'<rect class="c{span.colour % COLOURS} fill" x="{px(begin)}" y="{px(y + 5)}" '
                f'width="{px(max(x(span.end) - begin, 1))}" height="14" opacity="{"0.25" if legend else "0.75"}">'
                f"<title>{safe(span.tip)}</title></rect>"
            )
        for turn, dot in enumerate(row.dots):
            middle = min(max(x(dot.at), left + 4), right - 4)
            parts.append(_dot(middle, y + 12 + JITTER[turn % len(JITTER)] / 2, dot.colour, dot.tip))
    parts.append(f'<path class="axis" d="M{px(left)} {px(top)}V{px(bottom + 2)}H{px(right)}"/>')
    for value in _ticks(unit, length):
        told = _clock(value) if unit == "time" else f"{value:g}"
        parts.append(f'<path class="axis" d="M{px(x(value))} {px(bottom + 2)}v4"/>')
        parts.append(put_text(x(value), bottom + 20, told, f"quiet{anchor(x(value), left, right)}"))
    parts.append(put_text(left - 8, bottom + 20, unit, "quiet end"))
    return Panel(title, "".join(parts), bottom + 34)


def _key(legend: Sequence[tuple[int, str]], y: float) -> str:
    parts = []
    at = MARGIN + 0.0
    for colour, means in legend:
        parts += [_dot(at + 5, y - 4.5, colour, means), put_text(at + 15, y, means, "quiet")]
        at += text_width(means) + 33
    return "".join(parts)


def _dot(x: float, y: float, colour: int, tip: str) -> str:
    look, shape = f"c{colour % COLOURS} fill", _SHAPES[colour % COLOURS]
    told = f"<title>{safe(tip)}</title>"
    return f'<path class="{look}" d="M{px(x - 4)} {px(y)}{shape}" opacity="0.85">{told}</path>'


def _ticks(unit: Literal["time", "line"], length: float) -> Sequence[float]:
    """A few round values from 0 to `length`, whole ones at that.

    >>> _ticks("time", 3500)
    [0, 600, 1200, 1800, 2400, 3000]
    """
    if unit == "line":
        return [value for value in round_ticks(0, length) if value == int(value)]
    step = next((step for step in _STEPS if length / step <= _TICKS), max(length / _TICKS, _STEPS[-1]))
    return [step * place for place in range(int(length / step) + 1)]


def _clock(seconds: float) -> str:
    """A time as people write it.

    >>> _clock(65), _clock(3600)
    ('1:05', '1:00:00')
    """
    hours, minutes, rest = int(seconds) // 3600, int(seconds) // 60 % 60, int(seconds) % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
