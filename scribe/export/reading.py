"""A page of Markdown becomes pandoc's tree.

In: text as it comes out of a file, possibly edited by a person on any system. Out: text that has nothing but the page
itself, and its tree. Nothing is judged here.
"""

from __future__ import annotations

import contextlib
import re

from scribe.export.pandoc import parsed
from scribe.export.tree import Element
from scribe.markdown import front_matter
from scribe.records import ScribeError

_READER = "commonmark+footnotes+pipe_tables+strikeout+tex_math_dollars+gfm_auto_identifiers+raw_html"
"""What GitHub reads, less what would change words (no quotes made curly, no smileys) and less attributes in braces.
With `raw_html` pandoc says what is HTML and what is code; `cleaning` and `forum` then see to it that none acts."""

_NOTE = re.compile(r"^((?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)\[\^([^\]\s]+)\]:", re.MULTILINE)
_MARK = re.compile(r"\[(\^[^\]\s]+)\]")
_QUOTED = re.compile(r"^(?: {0,3}> ?)+")
_BLOCK = re.compile(r"[ ]{0,3} (?:\#{1,6}(?:\s|$) | > | [-*+]\s+\S | 1[.)]\s+\S | ``` | ~~~ | <!--)", re.VERBOSE)
"""What ends a footnote on the next line already; any other line goes on with its paragraph."""

_BLANK = re.compile(r"[\x0b\x0c\x1c-\x1f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")


def bare(text: str) -> str:
    r"""The page alone: no byte order mark, no front matter, lines that end in `\n`, only characters that XML can hold.

    What looks like front matter and is none (no mapping, not closed) is a person's text, and stays.

    >>> bare("\ufeff---\r\ntitle: x\r\n---\r\nHello\r\n")
    'Hello\n'
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    with contextlib.suppress(ScribeError):
        _, text = front_matter(text, where="export")
    return _CONTROL.sub("\ufffd", _BLANK.sub(" ", text))


def read(text: str) -> list[Element]:
    """The blocks of a bare text."""
    return parsed(_flat_notes(text), _READER)


def read_with_places(text: str) -> list[Element]:
    """The blocks of a bare text; each element has a `data-pos`, or stands alone in a Div or Span that has one.

    Footnotes that nothing marks are there too, after the end. A `data-pos` reads `1:4-1:7`: lines and columns counted
    from 1, the end left out, a tab as wide as up to the next of the columns 1, 5, 9…; parts with something between
    them that is not the element's, such as the `>` of a quote, are set apart by `;`.
    """
    labels = _NOTE.findall(text)
    all_marked = "".join(f" [^{label}]" for _, label in labels)
    return parsed(f"{_flat_notes(text)}\n\n{all_marked}", f"{_READER}+sourcepos")


def _flat_notes(text: str) -> str:
    r"""`text` in which no footnote marks another, or itself: its marks are text, and as long as before.

    pandoc 3.9 drops a mark in a footnote, and a footnote that marks itself fills its memory.

    >>> _flat_notes("[^1]: see [^2]\n\nand [^2]")
    '[^1]: see (^2)\n\nand [^2]'
    """
    lines: list[str] = []
    inside = parted = quoted = False
    for line in text.split("\n"):
        begun = _NOTE.match(line)
        head = begun[0] if begun else ""
        content = _QUOTED.sub("", line) if quoted else line
        if begun:
            inside, parted, quoted = True, False, ">" in head
        elif not content.strip():
            parted = True
        elif inside and not content.startswith(("    ", "\t")):
            inside = not parted and not _BLOCK.match(content)
        lines.append(head + _MARK.sub(r"(\1)", line[len(head) :]) if inside else line)
    return "\n".join(lines)
