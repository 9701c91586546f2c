"""Bars with error bars, strips of dots, lines along tokens, small tables of heat.

In: numbers and their labels. Out: panels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from scribe.plots.drawing import (
    COLOURS,
    JITTER,
    MARGIN,
    ROW,
    WIDTH,
    Panel,
    anchor,
    number,
    opening,
    put_label,
    put_text,
    px,
    round_ticks,
    safe,
    shortened,
    text_width,
)

_LABELS = 206
"""Width that row labels may take."""
_VALUES = 244
"""Width that is left for what is said beside a bar."""
_STRIP, _STRIP_ROW = 336.0, 58
"""Width of a panel of strips, so that a telephone shows it whole, and height of each of its rows."""
_COLUMN, _WIDEST_COLUMN = 62.0, 110.0
"""Least and most width of a column of a table."""
_SLANTED, _COSINE = 150.0, 0.866
"""Most length of a column's name that is written at 30° for want of width, and what it takes of that width."""
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
    told: str = ""
    """How the value is said, where not as `number` does."""
    colour: int = 0
    """Of a row of `bars`; strips take colours by turns."""


def _drawn(bar: Bar, x: Callable[[float], float], top: float, height: int, look: str) -> str:
    """A bar from 0, with its error bar where it has an interval; `x` is where a value stands."""
    begin, end = sorted((x(0), x(bar.value)))
    drawn = (
        f'<rect class="{look}" x="{px(begin)}" y="{px(top)}" width="{px(max(end - begin, 1))}" height="{height}" '
        f'opacity="0.75"/>'
    )
    if bar.low is None or bar.high is None:
        return drawn
    low, high, middle = x(bar.low), x(bar.high), top + height / 2
    ticks = f"M{px(low)} {px(middle - 4)}v8M{px(high)} {px(middle - 4)}v8"
    return f'{drawn}<path class="error" d="M{px(low)} {px(middle)}H{px(high)}{ticks}"/>'


def bars(title: str, note: str, values: Sequence[Bar], *, unit: str, ceiling: float | None = None) -> Panel:
    """Horizontal bars from 0, a row each, with error bars; a dashed line at the `ceiling` that no value exceeds."""
    parts, top = opening(title, note)
    ends = [0.0, *(x for bar in values for x in (bar.value, bar.low, bar.high) if x is not None)]
    low, high = min(ends), max([*ends, *([ceiling] if ceiling is not None else [])])
    left, right = MARGIN + _LABELS + 8, WIDTH - MARGIN - _VALUES
    scale = (right - left) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return left + (value - low) * scale

    bottom = top + ROW * len(values)
    for place, bar in enumerate(values):
        y = top + ROW * place
        parts.append(put_label(MARGIN + _LABELS, y + 16, bar.label, _LABELS))
        parts.append(_drawn(bar, x, y + 5, 14, f"c{bar.colour % COLOURS} fill"))
        said = (bar.told or number(bar.value)) + (f", {bar.remark}" if bar.remark else "")
        parts.append(put_text(right + 12, y + 16, shortened(said, _VALUES - 12)))
    parts.append(f'<path class="axis" d="M{px(x(0))} {px(top)}V{px(bottom + 2)}"/>')
    if ceiling is not None:
        parts.append(f'<path class="ceiling" d="M{px(x(ceiling))} {px(top)}V{px(bottom + 2)}"/>')
        parts.append(put_text(x(ceiling), bottom + 17, f"at most {number(ceiling)}", "quiet end"))
    parts.append(put_text(left, bottom + 17, unit, "quiet"))
    return Panel(title, "".join(parts), bottom + 36)


def strips(title: str, note: str, values: Sequence[tuple[Bar, Sequence[tuple[str, float]]]], *, unit: str) -> Panel:
    """Bars with error bars, each above the dots of what its value is the mean of; a tooltip names each dot."""
    parts, top = opening(title, note, _STRIP)
    ends = [0.0, *(x for bar, _ in values for x in (bar.value, bar.low, bar.high) if x is not None)]
    ends += [dot for _, dots in values for _, dot in dots]
    low, high = min(ends), max(ends)
    left, right = MARGIN + 4.0, _STRIP - MARGIN - 4.0
    high = high if high > low else low + 1.0

    def x(value: float) -> float:
        return left + (value - low) * (right - left) / (high - low)

    bottom = top + _STRIP_ROW * len(values)
    for place, (bar, dots) in enumerate(values):
        y = top + _STRIP_ROW * place
        told = number(bar.value) + (f", {bar.remark}" if bar.remark else "")
        parts.append(put_label(left + 5, y + 16, bar.label, right - left - text_width(told) - 13, ""))
        parts.append(put_text(right, y + 16, told, "end"))
        look = f"c{place % COLOURS} fill"
        parts.append(_drawn(bar, x, y + 22, 12, look))
        for turn, (label, dot) in enumerate(dots):
            tip = f"<title>{safe(f'{label}: {number(dot)}')}</title>"
            parts.append(
                f'<circle class="{look}" cx="{px(x(dot))}" cy="{px(y + 44 + JITTER[turn % len(JITTER)])}" r="3" '
                f'opacity="0.5">{tip}</circle>'
            )
    parts.append(f'<path class="axis" d="M{px(x(0))} {px(top)}V{px(bottom + 2)}"/>')
    for value in round_ticks(low, high):
        at, told = x(value), f"{value:g}".replace("-", "−")
        parts.append(f'<path class="axis" d="M{px(at)} {px(bottom + 2)}v4"/>')
        parts.append(put_text(at, bottom + 20, told, f"quiet{anchor(at, left, right)}"))
    parts.append(put_text(left, bottom + 38, unit, "quiet"))
    return Panel(title, "".join(parts), bottom + 50, _STRIP)


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
    parts, top = opening(title, note)
    top += 18
    left, right, bottom = MARGIN + 40.0, WIDTH - MARGIN - 170.0, top + 190.0
    everything = [value for values in series.values() for value in values]
    low = min([0.0, *everything])
    high = max([low + 1e-9, *everything, *([ceiling] if ceiling is not None else [])])
    steps = max([1, *(len(values) - 1 for values in series.values())])

    def x(step: float) -> float:
        return left + (right - left) * step / steps

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts.append(put_text(left, top - 8, unit, "quiet"))
    for value in round_ticks(low, high):
        parts.append(f'<path class="axis" d="M{px(left - 4)} {px(y(value))}H{px(left)}"/>')
        parts.append(put_text(left - 8, y(value) + 4, number(value), "quiet end"))
    for step in sorted({round(steps * part / 4) for part in range(5)}):
        parts.append(f'<path class="axis" d="M{px(x(step))} {px(bottom)}v4"/>')
        parts.append(put_text(x(step), bottom + 18, str(step), "quiet middle"))
    parts.append(f'<path class="axis" d="M{px(left)} {px(top)}V{px(bottom)}H{px(right)}"/>')
    for mark in (ceiling, level):
        if mark is not None:
            parts.append(f'<path class="ceiling" d="M{px(left)} {px(y(mark))}H{px(right)}"/>')
    for place, (name, values) in enumerate(series.items()):
        points = "L".join(f"{px(x(step))} {px(y(value))}" for step, value in enumerate(values))
        look = f'class="line c{place % COLOURS} stroke" stroke-dasharray="{_DASHES[place % len(_DASHES)] or "none"}"'
        parts.append(f'<path {look} d="M{points}"/>' if values else "")
        at = top + 12 + 20 * place
        parts.append(f'<path {look} d="M{px(right + 14)} {px(at - 4)}h22"/>')
        parts.append(put_label(right + 42, at, name, 128, "quiet"))
    parts.append(put_text((left + right) / 2, bottom + 36, along, "quiet middle"))
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
    Names of columns that are wider than these are slanted; labels too long for their place are cut, and told whole by
    a tooltip.
    """
    parts, top = opening(title, note)
    found = [abs(value) for row in values for value in row if value is not None]
    deepest = full or max(found, default=1.0) or 1.0
    room = WIDTH - 2 * MARGIN - 8
    longest = max((text_width(row) for row in rows), default=0) + 4
    head = max((text_width(column) for column in columns), default=0) + 6
    most = (room - min(max(longest, 60), _LABELS)) / max(len(columns), 1)
    width = min(max(head, _COLUMN), _WIDEST_COLUMN, most)
    is_slanted = head > width
    labels = min(max(longest, 60), room - width * len(columns))
    left = MARGIN + labels + 8
    reach = min(head, _SLANTED, (labels + width / 2) / _COSINE)
    if is_slanted:
        top += reach / 2 - ROW + 18
    for place, name in enumerate(columns):
        middle = left + width * (place + 0.5)
        if is_slanted:
            parts.append(put_label(middle, top + 16, name, reach, "quiet end", slant=30))
        else:
            parts.append(put_label(middle, top + 14, name, width - 4, "quiet middle"))
    top += ROW
    for line, (name, row) in enumerate(zip(rows, values, strict=True)):
        y = top + ROW * line
        parts.append(put_label(left - 8, y + 16, name, labels))
        for place, value in enumerate(row):
            if value is None:
                continue
            depth = min(abs(value) / deepest, 1.0) * 0.55
            at = left + width * place
            parts.append(
                f'<rect class="c{0 if value >= 0 else 1} fill" x="{px(at + 1)}" y="{px(y + 1)}" '
                f'width="{px(width - 2)}" height="{ROW - 2}" opacity="{px(depth)}"/>'
            )
            parts.append(put_text(at + width / 2, y + 16, number(value), "middle"))
    return Panel(title, "".join(parts), top + ROW * len(rows) + 20)
