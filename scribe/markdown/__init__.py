"""Markdown in and out: front matter, sections, blocks, safe HTML. The only door to markdown-it-py.

In: Markdown text. Out: its front matter, its sections and blocks as the source's own bytes, or HTML that is
safe to show. This room knows nothing of frames, notes or drafts, and reads no files.

In reading order: `reading` (front matter, sections, blocks), `rendering` (single things of a page), `pages` (a whole
page), `fragments` (blocks whose citations can be followed), `mathml` (formulas as browsers set them), `escaping`
(foreign text inside Markdown).
"""

from scribe.markdown.escaping import escape
from scribe.markdown.fragments import Leads, fragments
from scribe.markdown.pages import page, to_html
from scribe.markdown.reading import Node, Part, front_matter, lines, nodes, parser, parts

__all__ = [
    "Leads",
    "Node",
    "Part",
    "escape",
    "fragments",
    "front_matter",
    "lines",
    "nodes",
    "page",
    "parser",
    "parts",
    "to_html",
]
