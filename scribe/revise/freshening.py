"""A text generated anew, of which only what rests on changed lines is taken.

In: the text last generated, the new one, and which footnotes name changed lines. Out: the last text, in which the
blocks that cite such lines are as the new one has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scribe.revise.blocks import Block, Page, labels, split
from scribe.revise.matching import match
from scribe.revise.weaving import Key, put_together, weave

IsStale = Callable[[str], bool]
"""Whether the footnote of a label names a line that was changed."""


def freshened(base: str, new: str, is_stale: IsStale) -> str:
    """The base with what is stale taken from `new`: blocks changed, come or gone; all else stays as it was.

    A block without a footnote, such as a heading, goes with the next that has one.
    """
    old, now = split(base), split(new)
    of_base = match(old.blocks, now.blocks, trusts_ids=True)
    of_new = {b: n for n, b in of_base.items()}
    stale_old, stale_new = _stale(old.blocks, is_stale), _stale(now.blocks, is_stale)
    kept: dict[int, Block] = {}
    for b, block in enumerate(old.blocks):
        n = of_new.get(b)
        if n is None:
            if not stale_old[b] or block.label is not None:
                kept[b] = block
        else:
            is_fresh = stale_old[b] or not _cites(block)
            kept[b] = block._replace(content=now.blocks[n].content) if is_fresh else block
    main: list[Key] = [("h", b) for b in kept]
    other: list[Key] = []
    for n in range(len(now.blocks)):
        if n not in of_base and (stale_new[n] or now.blocks[n].label is not None):
            other.append(("n", n))
        elif of_base.get(n) in kept:
            other.append(("h", of_base[n]))
    by_key = {
        **{("h", b): block for b, block in kept.items()},
        **{("n", n): now.blocks[n] for n in range(len(now.blocks))},
    }
    notes = {key for key in (*main, *other) if by_key[key].label is not None}
    levels = {key: by_key[key].level for key in (*main, *other)}
    blocks = [(key, by_key[key]) for key in weave(main, other, notes, levels)]
    return put_together(_named_only(blocks), Page(old.lead, old.blocks), newline="\n")


def stale(text: str, is_stale: IsStale) -> list[Block]:
    """The blocks of a text that cite changed lines."""
    return [block for block in split(text).blocks if any(map(is_stale, labels(block.content)))]


def _cites(block: Block) -> bool:
    return bool(labels(block.content)) or block.label is not None


def _stale(blocks: Sequence[Block], is_stale: IsStale) -> list[bool]:
    """Whether each block cites a changed line; one that cites nothing is as the next that does."""
    found = [False] * len(blocks)
    following = False
    for at in range(len(blocks) - 1, -1, -1):
        block = blocks[at]
        if block.label is not None:
            found[at] = is_stale(block.label)
            continue
        if _cites(block):
            following = any(map(is_stale, labels(block.content)))
        found[at] = following
    return found


def _named_only(blocks: list[tuple[Key, Block]]) -> list[tuple[Key, Block]]:
    """The blocks without the footnotes that none of them refers to."""
    named = {label for _, block in blocks for label in labels(block.content)}
    return [(key, block) for key, block in blocks if block.label is None or block.label in named]
