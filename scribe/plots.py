"""Plots as SVG, written by hand: bars with error bars, strips of dots, lines along tokens, small tables of heat.

In: numbers and their labels. Out: text of an SVG file or element, the same bytes for the same numbers. A plot is read
by eye in a light or a dark page, and by ear: it has a title, a description, and every number of bars and tables as
text. It knows nothing of what the numbers mean.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

WIDTH = 720
_MARGIN = 16
_ROW = 24
_LABELS = 206
"""Width that row labels may take."""
_VALUES = 244
"""Width that is left for what is said beside a bar."""
_STRIP, _STRIP_ROW = 336.0, 58
"""Width of a panel of strips, so that a telephone shows it whole, and height of each of its rows."""
_LETTER = 6.88
"""Width of a letter of a note, in the mean."""
_COLUMN, _WIDEST_COLUMN = 62.0, 110.0
"""Least and most width of a column of a table."""

_STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
.page { fill: #ffffff; }
.ink { color: #1c1c1c; }
text { fill: currentColor; }
.title { font-size: 15px; font-weight: 600; }
.head { font-weight: 600; }
.quiet { opacity: 0.72; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.axis { stroke: currentColor; stroke-width: 1; opacity: 0.4; fill: none; }
.error { stroke: currentColor; stroke-width: 1.5; fill: none; }
.ceiling { stroke: currentColor; stroke-width: 1; stroke-dasharray: 4 3; fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c0 { color: #2f6fb3; } .c1 { color: #b3541e; } .c2 { color: #2e7d4f; } .c3 { color: #8a4fa3; } .c4 { color: #8a6d00; }
.c5 { color: #5a6270; }
.fill { fill: currentColor; } .stroke { stroke: currentColor; }
@media (prefers-color-scheme: dark) {
  .page { fill: #16181c; }
  .ink { color: #e8e6e3; }
  .c0 { color: #7db4f0; } .c1 { color: #f0a070; } .c2 { color: #79cf9c; } .c3 { color: #cfa0e6; }
  .c4 { color: #d9bd4a; } .c5 { color: #aab2c0; }
}
"""
COLOURS = 6
"""Colours that rows and lines take by turns, `c0` to `c5` in the style."""
_DASHES = ("", "7 3", "2 3")
"""Lines of one plot differ in dash too, for who does not see colours."""


class Bar(NamedTuple):
    """One bar of a plot, with its interval where it has one."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    remark: str = ""
    """Said beside the value, such as "below the noise floor"."""


class Panel(NamedTuple):
    """One plot of a figure: SVG elements that begin at y = 0, and how high they are."""

    title: str
    body: str
    height: float
    width: float = WIDTH


def figure(title: str, description: str, panels: Sequence[Panel]) -> str:
    """An SVG file of panels, one below the other, under a title and a description that a screen reader says."""
    parts = [_text(_MARGIN, 30, _short(title, (WIDTH - 2 * _MARGIN) * 13 / 16), "title")]
    y = 44.0
    for panel in panels:
        parts.append(f'<g transform="translate(0 {_n(y)})">{panel.body}</g>')
        y += panel.height
    return _svg("".join(f"{part}\n" for part in parts), title, description, WIDTH, y + _MARGIN)


def inline(panel: Panel, description: str, name: str) -> str:
    """One panel as an element of a page, under its own title; `name` tells its ids from those of other plots there."""
    return _svg(panel.body, panel.title, description, panel.width, panel.height, name)


def _svg(content: str, title: str, description: str, width: float, height: float, name: str = "") -> str:
    """An SVG element with its look, named and described."""
    wide, high = _n(width), _n(height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" aria-labelledby="{name}title {name}desc">\n<title id="{name}title">{_safe(title)}</title>\n'
        f'<desc id="{name}desc">{_safe(description)}</desc>\n<style>{_STYLE}</style>\n'
        f'<rect class="page" width="{wide}" height="{high}"/>\n<g class="ink">\n{content}</g>\n</svg>\n'
    )


def bars(title: str, note: str, values: Sequence[Bar], *, unit: str, ceiling: float | None = None) -> Panel:
    """Horizontal bars from 0, a row each, with error bars; a dashed line at the `ceiling` that no value exceeds."""
    parts, top = _opening(title, note)
    ends = [0.0, *(x for bar in values for x in (bar.value, bar.low, bar.high) if x is not None)]
    low, high = min(ends), max([*ends, *([ceiling] if ceiling is not None else [])])
    left, right = _MARGIN + _LABELS + 8, WIDTH - _MARGIN - _VALUES
    scale = (right - left) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return left + (value - low) * scale

    bottom = top + _ROW * len(values)
    for place, bar in enumerate(values):
        y = top + _ROW * place
        parts.append(_label(_MARGIN + _LABELS, y + 16, bar.label, _LABELS))
        begin, end = sorted((x(0), x(bar.value)))
        parts.append(
            f'<rect class="c0 fill" x="{_n(begin)}" y="{_n(y + 5)}" width="{_n(max(end - begin, 1))}" height="14" '
            f'opacity="0.75"/>'
        )
        if bar.low is not None and bar.high is not None:
            a, b, middle = x(bar.low), x(bar.high), y + 12
            ticks = f"M{_n(a)} {_n(middle - 4)}v8M{_n(b)} {_n(middle - 4)}v8"
            parts.append(f'<path class="error" d="M{_n(a)} {_n(middle)}H{_n(b)}{ticks}"/>')
        said = number(bar.value) + (f", {bar.remark}" if bar.remark else "")
        parts.append(_text(right + 12, y + 16, _short(said, _VALUES - 12)))
    parts.append(f'<path class="axis" d="M{_n(x(0))} {_n(top)}V{_n(bottom + 2)}"/>')
    if ceiling is not None:
        parts.append(f'<path class="ceiling" d="M{_n(x(ceiling))} {_n(top)}V{_n(bottom + 2)}"/>')
        parts.append(_text(x(ceiling), bottom + 17, f"at most {number(ceiling)}", "quiet end"))
    parts.append(_text(left, bottom + 17, unit, "quiet"))
    return Panel(title, "".join(parts), bottom + 36)


def strips(title: str, note: str, values: Sequence[tuple[Bar, Sequence[tuple[str, float]]]], *, unit: str) -> Panel:
    """Bars with error bars, each above the dots of what its value is the mean of; a tooltip names each dot."""
    parts, top = _opening(title, note, _STRIP)
    ends = [0.0, *(x for bar, _ in values for x in (bar.value, bar.low, bar.high) if x is not None)]
    ends += [dot for _, dots in values for _, dot in dots]
    low, high = min(ends), max(ends)
    left, right = _MARGIN + 4.0, _STRIP - _MARGIN - 4.0
    high = high if high > low else low + 1.0

    def x(value: float) -> float:
        return left + (value - low) * (right - left) / (high - low)

    bottom = top + _STRIP_ROW * len(values)
    for place, (bar, dots) in enumerate(values):
        y = top + _STRIP_ROW * place
        told = number(bar.value) + (f", {bar.remark}" if bar.remark else "")
        parts.append(_label(left + 5, y + 16, bar.label, right - left - _width(told) - 13, ""))
        parts.append(_text(right, y + 16, told, "end"))
        begin, end = sorted((x(0), x(bar.value)))
        look = f"c{place % COLOURS} fill"
        parts.append(
            f'<rect class="{look}" x="{_n(begin)}" y="{_n(y + 22)}" width="{_n(max(end - begin, 1))}" height="12" '
            f'opacity="0.75"/>'
        )
        if bar.low is not None and bar.high is not None:
            a, b, middle = x(bar.low), x(bar.high), y + 28
            ticks = f"M{_n(a)} {_n(middle - 4)}v8M{_n(b)} {_n(middle - 4)}v8"
            parts.append(f'<path class="error" d="M{_n(a)} {_n(middle)}H{_n(b)}{ticks}"/>')
        for turn, (label, dot) in enumerate(dots):
            tip = f"<title>{_safe(f'{label}: {number(dot)}')}</title>"
            parts.append(
                f'<circle class="{look}" cx="{_n(x(dot))}" cy="{_n(y + 44 + _JITTER[turn % len(_JITTER)])}" r="3" '
                f'opacity="0.5">{tip}</circle>'
            )
    parts.append(f'<path class="axis" d="M{_n(x(0))} {_n(top)}V{_n(bottom + 2)}"/>')
    for value in _ticks(low, high):
        at, told = x(value), f"{value:g}".replace("-", "−")
        parts.append(f'<path class="axis" d="M{_n(at)} {_n(bottom + 2)}v4"/>')
        parts.append(_text(at, bottom + 20, told, f"quiet{_towards(at, left, right)}"))
    parts.append(_text(left, bottom + 38, unit, "quiet"))
    return Panel(title, "".join(parts), bottom + 50, _STRIP)


_JITTER = (0, 4, -4, 2, -2)
"""Dots of a strip are set off from each other, so that equal values show as many."""


def _towards(x: float, left: float, right: float) -> str:
    """How a tick's text is anchored: that of the first and the last stays within the plot."""
    if x - left < 12:
        return ""
    return " end" if right - x < 12 else " middle"


def lines(
    title: str,
    note: str,
    series: Mapping[str, Sequence[float]],
    *,
    along: str,
    unit: str,
    ceiling: float | None = None,
    level: float | None = None,
) -> Panel:
    """Lines over 0, 1, 2, …, each named in a legend; dashed lines at a `ceiling` and at another `level`."""
    parts, top = _opening(title, note)
    top += 18
    left, right, bottom = _MARGIN + 40.0, WIDTH - _MARGIN - 170.0, top + 190.0
    everything = [value for values in series.values() for value in values]
    low = min([0.0, *everything])
    high = max([low + 1e-9, *everything, *([ceiling] if ceiling is not None else [])])
    steps = max([1, *(len(values) - 1 for values in series.values())])

    def x(step: float) -> float:
        return left + (right - left) * step / steps

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts.append(_text(left, top - 8, unit, "quiet"))
    for value in _ticks(low, high):
        parts.append(f'<path class="axis" d="M{_n(left - 4)} {_n(y(value))}H{_n(left)}"/>')
        parts.append(_text(left - 8, y(value) + 4, number(value), "quiet end"))
    for step in sorted({round(steps * part / 4) for part in range(5)}):
        parts.append(f'<path class="axis" d="M{_n(x(step))} {_n(bottom)}v4"/>')
        parts.append(_text(x(step), bottom + 18, str(step), "quiet middle"))
    parts.append(f'<path class="axis" d="M{_n(left)} {_n(top)}V{_n(bottom)}H{_n(right)}"/>')
    for mark in (ceiling, level):
        if mark is not None:
            parts.append(f'<path class="ceiling" d="M{_n(left)} {_n(y(mark))}H{_n(right)}"/>')
    for place, (name, values) in enumerate(series.items()):
        points = "L".join(f"{_n(x(step))} {_n(y(value))}" for step, value in enumerate(values))
        look = f'class="line c{place % COLOURS} stroke" stroke-dasharray="{_DASHES[place % len(_DASHES)] or "none"}"'
        parts.append(f'<path {look} d="M{points}"/>' if values else "")
        at = top + 12 + 20 * place
        parts.append(f'<path {look} d="M{_n(right + 14)} {_n(at - 4)}h22"/>')
        parts.append(_label(right + 42, at, name, 128, "quiet"))
    parts.append(_text((left + right) / 2, bottom + 36, along, "quiet middle"))
    return Panel(title, "".join(parts), max(bottom + 54, top + 20 * len(series) + 16))


def heat(
    title: str,
    note: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    full: float | None = None,
) -> Panel:
    """A table whose cells are the deeper the larger their value, of one colour above 0 and of another below.

    `full` is the value of the deepest colour, the largest in the table if it is not given. None is an empty cell.
    Labels too long for their place are cut, and told whole by a tooltip.
    """
    parts, top = _opening(title, note)
    found = [abs(value) for row in values for value in row if value is not None]
    deepest = full or max(found, default=1.0) or 1.0
    room = WIDTH - 2 * _MARGIN - 8
    longest = max((_width(row) for row in rows), default=0)
    head = max((_width(column) for column in columns), default=0) + 6
    width = min(max(head, _COLUMN), _WIDEST_COLUMN, (room - 60) / max(len(columns), 1))
    labels = min(max(longest + 4, 60), room - width * len(columns))
    left = _MARGIN + labels + 8
    for place, name in enumerate(columns):
        parts.append(_label(left + width * (place + 0.5), top + 14, name, width - 4, "quiet middle"))
    top += _ROW
    for line, (name, row) in enumerate(zip(rows, values, strict=True)):
        y = top + _ROW * line
        parts.append(_label(left - 8, y + 16, name, labels))
        for place, value in enumerate(row):
            if value is None:
                continue
            depth = min(abs(value) / deepest, 1.0) * 0.55
            at = left + width * place
            parts.append(
                f'<rect class="c{0 if value >= 0 else 1} fill" x="{_n(at + 1)}" y="{_n(y + 1)}" '
                f'width="{_n(width - 2)}" height="{_ROW - 2}" opacity="{_n(depth)}"/>'
            )
            parts.append(_text(at + width / 2, y + 16, number(value), "middle"))
    return Panel(title, "".join(parts), top + _ROW * len(rows) + 20)


def number(value: float) -> str:
    """A number as plots say it: two digits after the point, or two that count where it is small.

    >>> number(1.386), number(-0.01234), number(-0.0), number(250.4), number(-0.00012)
    ('1.39', '−0.012', '0', '250', '−1.2e-04')
    """
    if abs(value) < 5e-5:
        return "0"
    if abs(value) >= 100:
        text = f"{value:.0f}"
    elif abs(value) >= 0.1:
        text = f"{value:.2f}"
    else:
        text = f"{value:.2g}" if abs(value) >= 1e-3 else f"{value:.1e}"
    return f"−{text[1:]}" if text.startswith("-") else text


def _opening(title: str, note: str, width: float = WIDTH) -> tuple[list[str], float]:
    """A panel's title, its note below it in as many lines as it takes, and where the plot begins."""
    room = width - 2 * _MARGIN
    parts = [_text(_MARGIN, 22, _short(title, room), "head")]
    y = 40.0
    for line in textwrap.wrap(note, round(room / _LETTER)):
        parts.append(_text(_MARGIN, y, line, "quiet"))
        y += 17
    return parts, y - 6


def _ticks(low: float, high: float) -> Iterable[float]:
    """About four round values between two."""
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


def _label(x: float, y: float, text: str, room: float, look: str = "end") -> str:
    """A label cut to its room; the whole of it is told by a tooltip."""
    short = _short(text, room)
    return _text(x, y, short, look, whole=text if short != text else None)


def _text(x: float, y: float, text: str, look: str = "", *, whole: str | None = None) -> str:
    tip = f"<title>{_safe(whole)}</title>" if whole is not None else ""
    chosen = f' class="{look}"' if look else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{chosen}>{tip}{_safe(text)}</text>\n'


def _short(text: str, room: float) -> str:
    """As much of a text as fits, by a generous guess at its letters' width, and an ellipsis."""
    if _width(text) <= room:
        return text
    while text and _width(text) > room - 13:
        text = text[:-1]
    return text.rstrip() + "…"


def _width(text: str) -> float:
    """About how wide a text is, in pixels at 13 px, rather more than less: some fonts are wide."""
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 13.0
    return 11.0 if letter.isupper() or letter in "mw@%&—…" else 7.6


def _safe(text: str) -> str:
    """Text as XML holds it: marks escaped, white space made one space, what no XML file may hold left out."""
    clean = re.sub(r"[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", " ".join(text.split()))
    return escape(clean)


def _n(value: float) -> str:
    """A coordinate, to a tenth of a pixel where that shows.

    >>> _n(3.0), _n(3.14159)
    ('3', '3.14')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
