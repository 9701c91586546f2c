"""Two versions that people made of one text, put together so that nothing of either is lost.

In: the text that both began with, and the two. Out: one text. Unlike a merge with what is generated (`merging`), both
sides are a person's: neither gives way. With B for the beginning, M and T for the two:

- reconcile(B, B, T) = T, reconcile(B, M, B) = M, reconcile(B, M, M) = M, to the byte.
- A block that one side changed, or added, is in the result as that side has it.
- A block that both changed holds both changes where they fit together word by word; else both stand, M's first.
- A block that one side took out is out, unless the other changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scribe.revise.blocks import Block, split
from scribe.revise.endings import Ending, like
from scribe.revise.matching import match
from scribe.revise.weaving import Key, put_together, weave
from scribe.revise.words import combine


class Reconciled(NamedTuple):
    """One text of two."""

    text: str
    doubled: int = 0
    """How many blocks stand there twice, as each side left them."""


def reconcile(base: str, mine: str, theirs: str) -> Reconciled:
    r"""Put two versions of one text together; see above for the laws.

    >>> reconcile("A first one.\n\nB.\n", "A first two.\n\nB.\n", "A first one.\n\nB.\n\nC.\n").text
    'A first two.\n\nB.\n\nC.\n'
    >>> reconcile("The loss is small.\n", "The gap is small.\n", "The excess is small.\n")
    Reconciled(text='The gap is small.\n\nThe excess is small.\n', doubled=1)
    """
    ending = Ending.of(mine)
    base, theirs = like(ending, mine, base), like(ending, mine, theirs)
    if mine in (base, theirs):
        return Reconciled(theirs)
    if theirs == base:
        return Reconciled(mine)
    return _Reconciling(*(ending.bare(text) for text in (base, mine, theirs))).result(ending)


class _Reconciling:
    """`b`, `m` and `t` are places in the beginning, in mine and in theirs."""

    def __init__(self, base: str, mine: str, theirs: str) -> None:
        self.page = split(mine)
        self.base, self.mine, self.theirs = split(base).blocks, self.page.blocks, split(theirs).blocks
        self.base_of_mine = match(self.base, self.mine)
        self.base_of_theirs = match(self.base, self.theirs)
        self.mine_of_base = {b: m for m, b in self.base_of_mine.items()}
        self.theirs_of_base = {b: t for t, b in self.base_of_theirs.items()}
        self.same = self._added_by_both()

    def result(self, ending: Ending) -> Reconciled:
        """Settle every block, then put them in order."""
        kept: dict[Key, Block] = {}
        stands_for: dict[int, Key] = {t: ("h", m) for t, m in self.same.items()}
        doubled: list[int] = []
        for m, block in enumerate(self.mine):
            b = self.base_of_mine.get(m)
            t = self.theirs_of_base.get(b) if b is not None else None
            if b is None:
                kept["h", m] = block
            elif t is None:
                if not _is_same(block, self.base[b]):
                    kept["h", m] = block
            else:
                stands_for[t] = ("h", m)
                kept["h", m], is_whole = _settled(self.base[b], block, self.theirs[t])
                if not is_whole:
                    doubled.append(t)
                    kept["n", t] = self.theirs[t]._replace(mark="")
        for t, block in enumerate(self.theirs):
            b = self.base_of_theirs.get(t)
            is_new = b is None and t not in self.same
            if is_new or (b is not None and b not in self.mine_of_base and not _is_same(block, self.base[b])):
                kept["n", t] = block
        order = self._order(kept, stands_for, doubled)
        text = put_together([(key, kept[key]) for key in order], self.page, newline=ending.newline)
        return Reconciled(ending.whole(text), len(doubled))

    def _order(self, kept: dict[Key, Block], stands_for: dict[int, Key], doubled: Sequence[int]) -> list[Key]:
        """The order of mine, or of theirs where mine moved nothing; a doubled block stands behind its twin."""
        own: list[Key] = [("h", m) for m in range(len(self.mine)) if ("h", m) in kept]
        its: list[Key] = []
        for t in range(len(self.theirs)):
            key = stands_for.get(t, ("n", t))
            its += [key] if key in kept else []
            its += [("n", t)] if t in doubled else []
        notes = {key for key, block in kept.items() if block.label is not None}
        places = [self.base_of_mine[m] for m in range(len(self.mine)) if m in self.base_of_mine]
        main, other = (its, own) if places == sorted(places) else (own, its)
        return weave(main, other, notes, {key: block.level for key, block in kept.items()})

    def _added_by_both(self) -> dict[int, int]:
        """Blocks of theirs that mine has, too, though the beginning has not: places there, and here."""
        places: dict[str, list[int]] = {}
        for m in range(len(self.mine) - 1, -1, -1):
            if m not in self.base_of_mine:
                places.setdefault(self.mine[m].content, []).append(m)
        found = {}
        for t, block in enumerate(self.theirs):
            if t not in self.base_of_theirs and (same := places.get(block.content)):
                found[t] = same.pop()
        return found


def _settled(base: Block, mine: Block, theirs: Block) -> tuple[Block, bool]:
    """A block that both sides have, and whether it holds what both made of it."""
    mark = theirs.mark if mine.mark == base.mark else mine.mark
    if theirs.content in (base.content, mine.content):
        return mine._replace(mark=mark), True
    if mine.content == base.content:
        return theirs._replace(mark=mark, gap=mine.gap), True
    combined = combine(base.content, mine.content, theirs.content)
    if combined is not None and base.kind == mine.kind == theirs.kind and len(split(combined).blocks) == 1:
        return mine._replace(mark=mark, content=combined), True
    return mine._replace(mark=mark), False


def _is_same(block: Block, base: Block) -> bool:
    return (block.mark, block.content) == (base.mark, base.content)
