"""Pages for paper and for a word processor: docx, LaTeX, pdf.

In: a page's tree. Out: a file. A heading of the first level at the top is the document's title; if it is the only one
of its level, the others each rise by one. A footnote stands on the page that has its mark; one with two marks is
printed twice.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scribe.export import notes, pandoc
from scribe.export.tree import Element, changed, words
from scribe.records import ScribeError

_LOOK = """
#show heading: set block(above: 1.6em, below: 0.9em)
#show quote.where(block: true): set block(above: 1.1em, below: 1.1em)
#show table.cell.where(y: 0): strong
"""
_TYPST = ("papersize=a4", "fontsize=11pt", "page-numbering=1", "linkcolor=1a4f8b", f"header-includes={_LOOK}")
_LATEX = ("papersize=a4", "fontsize=11pt", "geometry:margin=2.5cm", "colorlinks", "urlcolor=blue", "linkcolor=black")
_JOINED = {
    "typst": (re.compile(r"(-(?=[-?\d])|(?<=-)-|\.(?=\.))"), r"\{}"),
    "latex": (re.compile(r"(`(?=`)|,(?=,)|[?!](?=`))"), "{}{{}}"),
}
"""What a language of typesetting takes for one character, and how to write its first part so that it does not: to typst
`-1` begins with a minus sign, `-?` is a place to break a word and `...` an ellipsis; to LaTeX ,, is a quotation mark.
pandoc 3.9 escapes the others, and not these."""


def to_docx(blocks: Sequence[Element], *, title: str) -> bytes:
    """The page as a Word document; formulas are Word's own, and can be edited there."""
    return _standalone(blocks, "docx", title)


def to_latex(blocks: Sequence[Element], *, title: str) -> bytes:
    """The page as a LaTeX document; formulas stand in it as they were typed."""
    return _standalone(_spelt_out(blocks, "latex"), "latex-smart", title, *_LATEX)


def to_pdf(blocks: Sequence[Element], *, title: str) -> bytes:
    """The page as a pdf, set by typst: no TeX is needed, and none could be kept from reading files.

    typst may look for what it is told to read in one folder, which holds nothing but the text that it is given.
    """
    try:
        import typst
    except ImportError as error:
        raise ScribeError(
            f"export: expected typst, which sets the pdf, found none; install it: {pandoc.TO_INSTALL}"
        ) from error
    with tempfile.TemporaryDirectory(prefix="scribe-export-") as name:
        folder = Path(name)
        source = folder / "page.typ"
        source.write_bytes(_standalone(_spelt_out(blocks, "typst"), "typst", title, *_TYPST))
        try:
            return typst.compile(
                source, root=folder, package_path=folder, package_cache_path=folder, timestamp=pandoc.MOMENT
            )
        except typst.TypstError as error:
            raise ScribeError(f"export: typst failed: {pandoc.telling(str(error))}") from error


def _spelt_out(blocks: Sequence[Element], to: str) -> list[Element]:
    """The same text, in which no two characters become another one when the document is set."""
    joined, apart = _JOINED[to]

    def change(element: Element) -> Sequence[Element]:
        if element["t"] != "Str":
            return [element]
        pieces = joined.split(element["c"])
        return [
            {"t": "RawInline", "c": [to, apart.format(piece)]} if place % 2 else words(piece)
            for place, piece in enumerate(pieces)
            if piece
        ]

    found: list[Element] = changed(list(blocks), change)
    return found


def _standalone(blocks: Sequence[Element], to: str, title: str, *variables: str) -> bytes:
    heading, body = _lifted(notes.on_paper(blocks))
    meta = {"title": {"t": "MetaInlines", "c": heading or [words(title)]}}
    return pandoc.written(body, to, "--standalone", *(f"--variable={each}" for each in variables), meta=meta)


def _lifted(blocks: Sequence[Element]) -> tuple[list[Element], list[Element]]:
    """The first block's inlines if it is a page's title, else none; and the page below it."""
    levels = [block["c"][0] for block in blocks if block["t"] == "Header"]
    if not levels or blocks[0]["t"] != "Header" or levels[0] != 1:
        return [], list(blocks)
    rise = levels.count(1) == 1
    _, (name, _, _), title = blocks[0]["c"]

    def change(element: Element) -> Sequence[Element]:
        if element["t"] == "Link" and element["c"][2][0] == f"#{name}":
            named: list[Element] = element["c"][1]
            return named
        if rise and element["t"] == "Header":
            level, attribute, inlines = element["c"]
            return [{**element, "c": [max(1, level - 1), attribute, inlines]}]
        return [element]

    return changed(title, change), changed(list(blocks[1:]), change)
