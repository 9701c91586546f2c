"""A page as a person changes it by a button rather than by typing: a block locked, or taken back.

In: a page's text, and which block is meant: its id, or where it has none its place, from 0. Out: the page's text. What
was generated, and what is remembered of it, is not touched: to all that comes later the change is the person's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from scribe import revise
from scribe.records import ScribeError
from scribe.revise import Block

UNMARKED = frozenset({"footnote_reference", "front_matter", "comment"})
"""Kinds of blocks that no mark can stand above."""

PART = re.compile(r"\*\*(\w+)\.\*\*")
"""With what a part of a proposition begins."""

_BESIDE = frozenset({"Counterexample", "Status"})
"""Parts of a proposition that are the same whichever way it is stated."""


def with_lock(text: str, block: str | int, *, is_locked: bool) -> str:
    r"""Say that a block is to stay as it is, or no more; raises ScribeError where it cannot be locked, or unlocked.

    >>> with_lock("<!-- scribe: k7f2q1 -->\n# One\n", "k7f2q1", is_locked=True)
    '<!-- scribe: k7f2q1 keep -->\n# One\n'
    """

    def change(blocks: list[Block], at: int) -> None:
        old = blocks[at]
        if old.kind in UNMARKED:
            raise ScribeError(f"block {block!r}: expected a block of the text to lock, found a {old.kind}")
        words = [*([old.id] if old.id else []), *(["keep"] if is_locked else [])]
        mark = revise.marked(words).replace("\n", revise.Ending.of(text).newline) if words else ""
        content = old.content if is_locked else revise.without_marks(old.content).rstrip("\r\n")
        blocks[at] = old._replace(mark=mark, content=content)
        if blocks[at].is_locked != is_locked:
            raise ScribeError(f"block {block!r}: a mark `keep` within its text locks it; take it out there")

    return _changed(text, block, change)


def restored(text: str, own: Sequence[Block], generated: Sequence[Block]) -> str:
    """Put some blocks back as they were generated, whatever became of them; those that are locked stay.

    `own` are those blocks in order; `generated` are all that were generated, for the footnotes. Headings, the opening
    question, and a proposition's counterexample and status stay as the person has them.
    """
    newline = revise.Ending.of(text).newline
    page = revise.split(text)
    blocks = list(page.blocks)
    ids = {block.id for block in own}
    at, first = -1, next((n for n, block in enumerate(blocks) if block.id in ids), len(blocks))
    part = ""
    for old in own:
        named = PART.match(old.content)
        part = named[1] if named else part
        is_beside = old.level > 0 or old.kind == "blockquote" or part in _BESIDE
        content = old.content.replace("\n", newline)
        found = next((n for n, block in enumerate(blocks) if block.id == old.id), None)
        if found is not None:
            at = found
            if not is_beside and not blocks[at].is_locked:
                blocks[at] = blocks[at]._replace(content=content)
        elif not is_beside and all(block.content != content for block in blocks):
            at = at + 1 if at >= 0 else first
            if at:
                blocks[at - 1] = blocks[at - 1]._replace(gap=2 * newline)
            blocks.insert(at, old._replace(mark=old.mark.replace("\n", newline), content=content, gap=2 * newline))
    defined = {block.label for block in blocks}
    wanted = {label for block in blocks for label in revise.labels(block.content)} - defined
    notes = [block._replace(gap=newline) for block in generated if block.label in wanted]
    if notes and blocks:
        blocks[-1] = blocks[-1]._replace(gap=2 * newline)
    return page._replace(blocks=(*blocks, *notes)).joined


def _changed(text: str, block: str | int, change: Callable[[list[Block], int], None]) -> str:
    ending = revise.Ending.of(text)
    page = revise.split(ending.bare(text))
    blocks = list(page.blocks)
    at = next((n for n, one in enumerate(blocks) if block in (n, one.id)), None)
    if at is None:
        raise ScribeError(f"{block!r} is no block of the page; it may have been changed meanwhile: look again")
    change(blocks, at)
    return ending.whole(page._replace(blocks=tuple(blocks)).joined)
