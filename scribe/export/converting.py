"""The one function: a page of Markdown in, the bytes of a file out.

Which formats there are, and which files they make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from scribe.export import forum, page, paper
from scribe.export.cleaning import cleaned
from scribe.export.reading import bare, read
from scribe.records import ScribeError

FORMATS: Mapping[str, str] = MappingProxyType(
    {"html": ".html", "docx": ".docx", "pdf": ".pdf", "latex": ".tex", "forum": ".forum.md"}
)
"""What a page can become, and how the name of such a file ends."""


def convert(text: str, to: str, *, title: str, recordings: Collection[str] = ()) -> bytes:
    """`text` in the format `to`, one of FORMATS, as the bytes of a file.

    `title` names the document: in the tab of an html page, and on paper if the text does not open with a heading.
    `recordings` are the links, as they stand in the text but for `#t=…`, to recordings that lie where they say; an
    html page plays them at the place that a link names. In every format scribe's and other HTML comments are gone, and
    HTML is text. A formula that pandoc does not understand is shown as it was typed; a forum is given all of them so.

    Raises ScribeError for an unknown format, when pandoc or (for pdf) typst is not installed, and when one fails.
    """
    if to not in FORMATS:
        raise ScribeError(f"export: unknown format {to!r}; known: {', '.join(FORMATS)}")
    text = bare(text)
    if to == "forum":
        return forum.to_forum(text).encode()
    blocks = cleaned(read(text), with_images=to == "html")
    if to == "html":
        return page.to_page(blocks, title=title, recordings=recordings)
    write = {"docx": paper.to_docx, "pdf": paper.to_pdf, "latex": paper.to_latex}[to]
    return write(blocks, title=title)
