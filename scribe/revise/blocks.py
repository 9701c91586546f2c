r"""A page as blocks: cut up and put together again without the loss of a byte.

In: Markdown text, whatever state it is in. Out: its top-level nodes, each with its mark above and the gap below it.

A mark is a comment on a line of its own, `<!-- scribe: k7f2q1 -->`: the block's id, which shows nowhere and survives
editors that know nothing of it. `<!-- scribe: keep -->` locks the block.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from scribe.markdown import lines, nodes

_MARK = re.compile(r"(?<!\\)<!--[ \t]*scribe:[ \t]*(?P<words>[a-z0-9]+(?:[ \t]+[a-z0-9]+)*)[ \t]*-->")
_KEEP = "keep"
_ID_CHARACTERS = 6
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Neither l and 1 nor o and 0: a person may have to type an id."""

_LABEL = re.compile(r"\[\^([^\]\s]+)\]")
_DEFINITION = re.compile(r"[ ]{0,3}\[\^([^\]\s]+)\]:")
_WORD = re.compile(r"\w+")


class Block(NamedTuple):
    """A top-level node of a page."""

    mark: str
    """The comment lines above it, to the last byte before it; empty where it has none."""
    content: str
    """The node itself, without its last line's end."""
    gap: str
    """The end of its last line, and the blank lines after it."""
    kind: str
    """As `markdown.Node` has it; what the parser has no node for is `other`."""

    @property
    def id(self) -> str | None:
        """What its mark calls it, if anything."""
        return next((word for word in reversed(_marked(self.mark)) if word != _KEEP), None)

    @property
    def is_locked(self) -> bool:
        """Whether a person said that it is to stay as it is."""
        return _KEEP in _marked(self.mark) or _KEEP in _marked(self.content)

    @property
    def label(self) -> str | None:
        """Of a footnote: its label."""
        found = _DEFINITION.match(self.content) if self.kind == "footnote_reference" else None
        return found[1] if found else None

    @property
    def level(self) -> int:
        """Of a heading: 1 to 6; 0 for all else."""
        return int(self.kind[1]) if re.fullmatch(r"h[1-6]", self.kind) else 0

    @property
    def text(self) -> str:
        """The block as it stands on the page, with its mark and without the gap."""
        return self.mark + self.content


class Page(NamedTuple):
    """A text in blocks; `joined` gives it back."""

    lead: str
    """Blank lines before the first block."""
    blocks: tuple[Block, ...]

    @property
    def joined(self) -> str:
        """The text, byte for byte."""
        return self.lead + "".join(b.mark + b.content + b.gap for b in self.blocks)


@lru_cache(maxsize=8)
def split(text: str) -> Page:
    r"""Cut a text into its blocks.

    >>> [b.content for b in split("<!-- scribe: k7f2q1 -->\n# One\n\nText\n- a list\n").blocks]
    ['# One', 'Text', '- a list']
    """
    rows = lines(text)
    blocks: list[Block] = []
    lead, mark = "", ""
    at = 0
    for kind, first, last in _spans(text, rows):
        if blocks and not mark:
            blocks[-1] = blocks[-1]._replace(gap=blocks[-1].gap + "".join(rows[at:first]))
        elif mark:
            mark += "".join(rows[at:first])
        else:
            lead = "".join(rows[at:first])
        at = last
        if kind == "comment" and _MARK.fullmatch("".join(rows[first:last]).strip()):
            mark += "".join(rows[first:last])
            continue
        blocks.append(_block(mark, "".join(rows[first:last]), kind))
        mark = ""
    rest = "".join(rows[at:])
    if mark:
        blocks.append(_block("", mark + rest, "comment"))
    elif blocks:
        blocks[-1] = blocks[-1]._replace(gap=blocks[-1].gap + rest)
    else:
        lead = rest
    return Page(lead, tuple(blocks))


def is_open(block: Block) -> bool:
    r"""Whether a block goes on over whatever is put behind it, such as a fence that nobody closed.

    >>> [is_open(split(text).blocks[0]) for text in ("```\nx\n", "```\nx\n```\n", "<!-- x\n", "x\n")]
    [True, False, True, False]
    """
    return len(split(f"{block.content}\n\nx\n").blocks) == 1


def marked(ids: Iterable[str]) -> str:
    r"""A mark of these words, as a line.

    >>> marked(["k7f2q1"])
    '<!-- scribe: k7f2q1 -->\n'
    """
    return f"<!-- scribe: {' '.join(ids)} -->\n"


def id_of(*key: str) -> str:
    """The id of what a key names: the same at all times and on all machines.

    >>> id_of("section", "12") == id_of("section", "12") != id_of("section", "13")
    True
    """
    number = int.from_bytes(hashlib.sha256("\0".join(key).encode(errors="replace")).digest())
    found = ""
    for _ in range(_ID_CHARACTERS):
        number, place = divmod(number, len(_ALPHABET))
        found += _ALPHABET[place]
    return found


def without_marks(text: str) -> str:
    """A text without a mark of scribe's on lines of their own."""
    return "".join(row for row in lines(text) if not _MARK.fullmatch(row.strip()))


def labels(text: str) -> list[str]:
    """Labels of the footnotes that a text refers to, each once, in order; one that it defines is not among them.

    >>> labels("So it is.[^12] And so.[^3_5][^12]")
    ['12', '3_5']
    """
    defined = _DEFINITION.match(text)
    return list(dict.fromkeys(_LABEL.findall(text[defined.end() :] if defined else text)))


@lru_cache(maxsize=65_536)
def words_of(content: str) -> frozenset[str]:
    """What a block says, to be compared with others: its words in small letters, footnote labels left out."""
    return frozenset(_WORD.findall(_LABEL.sub(" ", content).lower()))


def _spans(text: str, rows: list[str]) -> list[tuple[str, int, int]]:
    """Kind and lines of each block, without blank lines at its ends; lines that no node covers are `other`."""
    found: list[tuple[str, int, int]] = []
    at = 0
    for kind, first, last in [*nodes(text), ("end", len(rows), len(rows))]:
        found += _uncovered(rows, at, first)
        end = min(last, len(rows))
        while end > first and not rows[end - 1].strip():
            end -= 1
        if end > max(first, at):
            found.append((kind, max(first, at), end))
        at = max(at, last)
    return found


def _uncovered(rows: list[str], first: int, last: int) -> list[tuple[str, int, int]]:
    """Runs of lines in `[first, last)` that are not blank."""
    found: list[tuple[str, int, int]] = []
    for at in range(first, last):
        if not rows[at].strip():
            continue
        if found and found[-1][2] == at:
            found[-1] = ("other", found[-1][1], at + 1)
        else:
            found.append(("other", at, at + 1))
    return found


def _block(mark: str, text: str, kind: str) -> Block:
    content = text.rstrip("\r\n")
    return Block(mark, content, text[len(content) :], kind)


def _marked(text: str) -> list[str]:
    """The words of all marks in a text, in order."""
    if "<!--" not in text:
        return []
    return [word for match in _MARK.finditer(text) for word in match["words"].split()]
