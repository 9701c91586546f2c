"""Footnotes of one name that are two: a person's own, and one that is generated now.

In: the three texts in blocks. Out: the new one, its footnote under another label, so that each mark leads to its own.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator

from scribe.revise.blocks import Block, Page


def without_clashes(base: Page, theirs: Page, new: Page) -> Page:
    """The new text with a letter more on the labels that the person gave to footnotes of their own.

    Where that was done before, the letter is the same.
    """
    old = {block.label for block in base.blocks}
    mine = {b.label: b.content for b in theirs.blocks if b.label is not None}
    now = {b.label: b.content for b in new.blocks if b.label is not None}
    clashing = [label for label in mine if label not in old and label in now and mine[label] != now[label]]
    if not clashing:
        return new
    other: dict[str, str] = {}
    taken = {*mine, *now}
    for label in clashing:
        said = _said(now[label])
        other[label] = next(
            lettered
            for lettered in map(label.__add__, _letters())
            if lettered not in taken or _said(mine.get(lettered, "")) == said
        )
        taken.add(other[label])
    pattern = re.compile(r"\[\^(" + "|".join(re.escape(label) for label in clashing) + r")\]")
    return Page(new.lead, tuple(_renamed(block, pattern, other) for block in new.blocks))


def _said(footnote: str) -> str:
    """A footnote without its label."""
    return footnote.partition("]:")[2]


def _renamed(block: Block, pattern: re.Pattern[str], other: dict[str, str]) -> Block:
    return block._replace(content=pattern.sub(lambda match: f"[^{other[match[1]]}]", block.content))


def _letters() -> Iterator[str]:
    yield from string.ascii_lowercase[1:]
    yield from (f"b{number}" for number in itertools.count())
