"""Footnotes, in html and in print.

In: a tree in which pandoc has put each footnote's text at each of its marks. Out: one for a page that scrolls, where
the footnotes stand below and a mark is a link; or one for paper, where the writer sets each note on its page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from scribe.export.tree import SPACE, Element, changed, link, raised, words


def below(blocks: Sequence[Element]) -> list[Element]:
    """The page with its footnotes below, each once however often it is marked, with a link back to every mark.

    Marks read `[1]`: two in a row, `[1][3]`, are not to be taken for thirteen. No heading's anchor has a colon, so
    none can be taken for a note's.
    """
    noted: dict[str, Element] = {}
    marks: dict[str, int] = {}

    def change(element: Element) -> Sequence[Element]:
        if element["t"] != "Note":
            return [element]
        text = json.dumps(element["c"])
        noted.setdefault(text, element)
        marks[text] = marks.get(text, 0) + 1
        number = list(noted).index(text) + 1
        mark = link(
            [words(f"[{number}]")], f"#fn:{number}", name=_mark(number, marks[text]), kind="mark", role="doc-noteref"
        )
        return [raised([mark])]

    page: list[Element] = changed(list(blocks), change)
    items = [_note(number, note["c"], marks[text]) for number, (text, note) in enumerate(noted.items(), start=1)]
    if items:
        attribute = ["", ["footnotes"], [["role", "doc-endnotes"]]]
        ordered = {"t": "OrderedList", "c": [[1, {"t": "Decimal"}, {"t": "Period"}], items]}
        page.append({"t": "Div", "c": [attribute, [{"t": "HorizontalRule"}, ordered]]})
    return page


def on_paper(blocks: Sequence[Element]) -> list[Element]:
    """The page with a raised comma between two marks in a row, which would else read as one number."""

    def change(element: Element) -> Sequence[Element]:
        content = element.get("c")
        if isinstance(content, list):
            element = {**element, "c": [_parted(part) if isinstance(part, list) else part for part in _parted(content)]}
        return [element]

    page: list[Element] = changed(list(blocks), change)
    return page


def _parted(inlines: list[Element]) -> list[Element]:
    parted: list[Element] = []
    for inline in inlines:
        if _is_note(inline) and parted and _is_note(parted[-1]):
            parted.append(raised([words(",")]))
        parted.append(inline)
    return parted


def _is_note(inline: object) -> bool:
    return isinstance(inline, dict) and inline.get("t") == "Note"


def _note(number: int, blocks: Sequence[Element], marks: int) -> list[Element]:
    """A footnote as an item of a list; its way back stands at the end of its last paragraph."""
    *before, last = blocks or [{"t": "Para", "c": []}]
    back = [inline for mark in range(1, marks + 1) for inline in (SPACE, _back(number, mark))]
    if last["t"] in ("Para", "Plain"):
        blocks = [*before, {**last, "c": [*last["c"], *back]}]
    else:
        blocks = [*before, last, {"t": "Para", "c": back[1:]}]
    return [{"t": "Div", "c": [[f"fn:{number}", [], []], blocks]}]


def _back(number: int, mark: int) -> Element:
    shown = [words("↩︎"), raised([words(str(mark))])] if mark > 1 else [words("↩︎")]
    return link(shown, f"#{_mark(number, mark)}", kind="back", role="doc-backlink")


def _mark(number: int, mark: int) -> str:
    return f"fnref:{number}:{mark}"
