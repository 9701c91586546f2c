"""What all plots are drawn with: the page around them, text that fits its room, round ticks, the style.

In: titles, labels, numbers. Out: text of SVG.
"""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH = 720
MARGIN = 16
ROW = 24
_LETTER, _NARROWEST = 6.88, 7.6
"""Width of a letter of a note, in the mean; least width that a letter of a label is taken to have."""

STYLE = """
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
"""The look of a plot, which a page with plots that are not `styled` says itself."""
COLOURS = 6
"""Colours that rows and lines take by turns, `c0` to `c5` in the style."""

JITTER = (0, 4, -4, 2, -2)
"""Dots of a strip are set off from each other, so that equal values show as many."""


class Panel(NamedTuple):
    """One plot of a figure: SVG elements that begin at y = 0, and how high they are."""

    title: str
    body: str
    height: float
    width: float = WIDTH


def figure(title: str, description: str, panels: Sequence[Panel]) -> str:
    """An SVG file of panels, one below the other, under a title and a description that a screen reader says."""
    parts = [put_text(MARGIN, 30, shortened(title, (WIDTH - 2 * MARGIN) * 13 / 16), "title")]
    y = 44.0
    for panel in panels:
        parts.append(f'<g transform="translate(0 {px(y)})">{panel.body}</g>')
        y += panel.height
    return _svg("".join(f"{part}\n" for part in parts), title, description, WIDTH, y + MARGIN)


def inline(panel: Panel, description: str, name: str, *, styled: bool = True) -> str:
    """One panel as an element of a page, under its own title; `name` tells its ids from those of other plots there.

    One that is not `styled` holds no style of its own, for pages that allow none inline: theirs must say what `STYLE`
    does.
    """
    look = STYLE if styled else ""
    return _svg(panel.body, panel.title, description, panel.width, panel.height, name=name, look=look)


def _svg(
    content: str, title: str, description: str, width: float, height: float, *, name: str = "", look: str = STYLE
) -> str:
    """An SVG element with its look, named and described."""
    wide, high = px(width), px(height)
    style = f"<style>{look}</style>\n" if look else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'role="img" aria-labelledby="{name}title {name}desc">\n<title id="{name}title">{safe(title)}</title>\n'
        f'<desc id="{name}desc">{safe(description)}</desc>\n{style}'
        f'<rect class="page" width="{wide}" height="{high}"/>\n<g class="ink">\n{content}</g>\n</svg>\n'
    )


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


def opening(title: str, note: str, width: float = WIDTH) -> tuple[list[str], float]:
    """A panel's title, its note below it in as many lines as it takes, and where the plot begins."""
    room = width - 2 * MARGIN
    parts = [put_text(MARGIN, 22, shortened(title, room), "head")]
    y = 40.0
    for line in textwrap.wrap(note, round(room / _LETTER)):
        parts.append(put_text(MARGIN, y, line, "quiet"))
        y += 17
    return parts, y - 6


def round_ticks(low: float, high: float) -> Iterable[float]:
    """About four round values between two."""
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


def put_label(x: float, y: float, text: str, room: float, look: str = "end", *, slant: int = 0) -> str:
    """A label cut to its room; the whole of it is told by a tooltip."""
    short = shortened(text, room)
    return put_text(x, y, short, look, whole=text if short != text else None, slant=slant)


def put_text(x: float, y: float, text: str, look: str = "", *, whole: str | None = None, slant: int = 0) -> str:
    """A text at a place, of the classes `look`; `whole` is told by a tooltip; `slant` in degrees, downwards."""
    tip = f"<title>{safe(whole)}</title>" if whole is not None else ""
    chosen = f' class="{look}"' if look else ""
    turned = f' transform="rotate({slant} {px(x)} {px(y)})"' if slant else ""
    return f'<text x="{px(x)}" y="{px(y)}"{chosen}{turned}>{tip}{safe(text)}</text>\n'


def shortened(text: str, room: float) -> str:
    """As much of a text as fits, by a generous guess at its letters' width, and an ellipsis."""
    if text_width(text) <= room:
        return text
    text = text[: int(room / _NARROWEST) + 1]  # a name of a megabyte is cut at once
    while text and text_width(text) > room - 13:
        text = text[:-1]
    return text.rstrip() + "…"


def text_width(text: str) -> float:
    """About how wide a text is, in pixels at 13 px, rather more than less: some fonts are wide."""
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 13.0
    return 11.0 if letter.isupper() or letter in "mw@%&—…" else _NARROWEST


def safe(text: str) -> str:
    """Text as XML holds it: marks escaped, white space made one space, what no XML file may hold left out."""
    clean = re.sub(r"[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", " ".join(text.split()))
    return escape(clean)


def px(value: float) -> str:
    """A coordinate, to a tenth of a pixel where that shows.

    >>> px(3.0), px(3.14159)
    ('3', '3.14')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def anchor(x: float, left: float, right: float) -> str:
    """How a tick's text is anchored: that of the first and the last stays within the plot."""
    if x - left < 12:
        return ""
    return " end" if right - x < 12 else " middle"
