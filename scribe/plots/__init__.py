"""Plots as SVG, written by hand: bars, strips of dots, lines along tokens, tables of heat, stretches of time.

In: numbers and their labels. Out: text of an SVG file or element, the same bytes for the same numbers. A plot is read
by eye in a light or a dark page, and by ear: it has a title, a description, and every number of bars and tables as
text. It knows nothing of what the numbers mean.

In reading order: `drawing` (the page, its style, text that fits), `charts` (bars, strips, lines, tables), `spans` (who
spoke when).
"""

from scribe.plots.charts import Bar, bars, heat, lines, strips
from scribe.plots.drawing import COLOURS, STYLE, WIDTH, Panel, figure, inline, number
from scribe.plots.spans import Dot, Row, Span, spans

__all__ = [
    "COLOURS",
    "STYLE",
    "WIDTH",
    "Bar",
    "Dot",
    "Panel",
    "Row",
    "Span",
    "bars",
    "figure",
    "heat",
    "inline",
    "lines",
    "number",
    "spans",
    "strips",
]
