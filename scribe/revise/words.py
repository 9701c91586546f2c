"""Two changes of one block, word by word.

In: a block as it was generated, as a person left it, and as it is generated now. Out: the block with both changes, or
None where they do not fit together (Khanna, Kunal and Pierce 2007, "A formal investigation of diff3").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import NamedTuple

_TOKEN = re.compile(r"\[\^[^\]\s]+\]\s*|[^\s\[]+\s*|\[\s*|\s+")
_MOST_TOKENS = 1_500
"""A longer block is compared line by line: comparing takes the product of two lengths at worst."""


class _Change(NamedTuple):
    """Tokens `[first, last)` of the old text are these now."""

    first: int
    last: int
    tokens: tuple[str, ...]
    at: int
    """Where they stand in the new one."""


def combine(base: str, theirs: str, new: str) -> str | None:
    r"""Both changes in one text; None where they overlap or touch, or where a line that `theirs` left out came back.

    Combining again gives the same, so that a merge that was interrupted may be done again.

    >>> combine("The loss is small.", "The expected loss is small.", "The loss is small everywhere.")
    'The expected loss is small everywhere.'
    >>> combine("The loss is small.", "The gap is small.", "The excess is small.") is None
    True
    """
    combined = _combine(base, theirs, new)
    if combined is None or _combine(base, combined, new) != combined:
        return None
    left_out = {line.strip() for line in base.splitlines()} - {line.strip() for line in theirs.splitlines()}
    if left_out & {line.strip() for line in combined.splitlines()}:
        return None
    return combined


def inserted(sources: Sequence[str], text: str) -> int:
    """How many characters of `text` are from none of the sources: words that were typed, and the space after them.

    >>> inserted(["The loss is small."], "The expected loss is small.")
    9
    >>> inserted(["The loss is small.", "The expected gap is small."], "The expected loss is small.")
    0
    """
    typed = set(range(len(text)))
    for source in sources:
        old, now = _cut(source, text)
        ends = list(accumulate(map(len, now), initial=0))
        changed = {
            n for change in _changes(old, now) for n in range(ends[change.at], ends[change.at + len(change.tokens)])
        }
        typed &= changed
    return len(typed)


def _combine(base: str, theirs: str, new: str) -> str | None:
    tokens, mine, its = _cut(base, theirs, new)
    changes = sorted({change[:3] for change in (*_changes(tokens, mine), *_changes(tokens, its))})
    found: list[str] = []
    at = 0
    for place, (first, last, new_tokens) in enumerate(changes):
        if place and first <= at:
            return None
        found += [*tokens[at:first], *new_tokens]
        at = last
    return "".join([*found, *tokens[at:]])


def _cut(*texts: str) -> list[list[str]]:
    cut = [_TOKEN.findall(text) for text in texts]
    return cut if max(map(len, cut)) <= _MOST_TOKENS else [re.findall(r"[^\n]*\n|[^\n]+", text) for text in texts]


def _changes(base: Sequence[str], other: Sequence[str]) -> list[_Change]:
    """What turns `base` into `other`; what both begin and end with is not compared."""
    least = min(len(base), len(other))
    head = next((n for n in range(least) if base[n] != other[n]), least)
    tail = next((n for n in range(least - head) if base[-1 - n] != other[-1 - n]), least - head)
    old, now = base[head : len(base) - tail], other[head : len(other) - tail]
    matcher = SequenceMatcher(None, old, now, autojunk=False)
    return [
        _Change(head + i, head + j, tuple(now[k:m]), head + k)
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    ]
