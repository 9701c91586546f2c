"""Two orders of blocks made one, and the blocks put together again.

In: the blocks of the result as keys, in the order of each text. Out: one order; and the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from scribe.revise.blocks import Block, Page

Key = tuple[str, int]
"""`h` or `n`, for the person's text or the new one, and the place there."""


def weave(main: Sequence[Key], other: Sequence[Key], notes: Collection[Key], levels: Mapping[Key, int]) -> list[Key]:
    """`main` in its order, and what only `other` has, behind what it follows there; `notes` are footnotes.

    What follows nothing there stands before what follows it; a footnote that follows none, behind the last. `levels`
    has those of headings: one stands behind the whole section that it follows, with all that `main` alone has in it.

    >>> weave([("h", 0), ("h", 1)], [("h", 1), ("n", 5), ("h", 0)], (), {})
    [('h', 0), ('h', 1), ('n', 5)]
    >>> weave([("h", 0), ("h", 1)], [("h", 0), ("n", 5)], (), {("n", 5): 2})
    [('h', 0), ('h', 1), ('n', 5)]
    """
    known = {key: at for at, key in enumerate(main)}
    ahead = {key for key in other if key in known}
    behind: dict[Key | None, list[Key]] = {}
    before: dict[Key, list[Key]] = {}
    waiting: list[Key] = []
    last: Key | None = None
    last_note: Key | None = next((key for key in reversed(main) if key in notes), main[-1] if main else None)
    for key in other:
        ahead.discard(key)
        if key in known:
            if waiting:
                before[key], waiting = waiting, []
            last = key
        elif key in notes and (last is None or last not in notes):
            behind.setdefault(last_note, []).append(key)
        elif last is None:
            waiting.append(key)
        else:
            if level := levels.get(key, 0):
                rest = main[known[last] + 1 :]
                ends = (k in ahead or k in notes or 0 < levels.get(k, 0) <= level for k in rest)
                own = next((many for many, is_end in enumerate(ends) if is_end), len(rest))
                last = rest[own - 1] if own else last
            behind.setdefault(last, []).append(key)
    found: list[Key] = []
    for key in main:
        found += [*before.get(key, ()), key, *behind.get(key, ())]
    return [*found, *waiting, *behind.get(None, ())]


def put_together(blocks: Sequence[tuple[Key, Block]], theirs: Page, *, newline: str) -> str:
    """The text of blocks in order; between two that did not follow each other before stands a blank line."""
    found = [theirs.lead]
    for (key, block), (after, following) in pairwise([*blocks, (_END, None)]):
        if block is None:
            continue
        if following is None:
            is_own_end = key == ("h", len(theirs.blocks) - 1) or not theirs.blocks
            gap = block.gap if is_own_end else theirs.blocks[-1].gap or newline
        elif after == (key[0], key[1] + 1) and block.gap:
            gap = block.gap
        else:
            gap = _gap(block, following, newline)
        found += [block.mark, block.content, gap]
    return "".join(found)


def _gap(block: Block, following: Block, newline: str) -> str:
    """What stands between two blocks that are put beside each other."""
    if block.label is not None and following.label is not None:
        return block.gap or newline
    gap = block.gap if block.gap.count("\n") >= 2 else newline * 2
    swallows = block.kind in _SWALLOWING and (following.kind == block.kind or following.kind == "code_block")
    return f"{gap}<!-- -->{newline * 2}" if swallows and not following.mark else gap


_END: Key = ("h", -1)

_SWALLOWING = frozenset({"bullet_list", "ordered_list", "footnote_reference"})
"""What goes on after a blank line, unless a comment ends it (CommonMark 0.31.2, example 308)."""
