"""The merge: what a person made of a text, and what is generated now.

In: the text last generated, the person's, and the new one. Out: one text, and what did not fit as proposals. With B, H
and N for the three:

- merge(B, B, N) = N, merge(B, H, B) = H, merge(B, H, H) = H, to the byte.
- Every block that the person wrote or changed is in the result as they left it, unless the new text says the same, or
  both changes fit together word by word.
- A block that the person deleted does not come back, nor one that says nearly the same.
- Blocks stand in the person's order; a new one follows what it follows in the new text.
- Merging again changes nothing.

A footnote is there as long as something on the page refers to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from scribe.revise.blocks import Block, Page, id_of, is_open, labels, split, words_of
from scribe.revise.endings import Ending, like
from scribe.revise.footnoting import without_clashes
from scribe.revise.matching import FEW, Alike, match, match_exactly
from scribe.revise.weaving import put_together, weave
from scribe.revise.words import combine

TWIN = 0.6
"""Jaccard index of words from which a new block is the twin of one that the person deleted, or wrote themselves. One
of few words is the twin only of the same words under the same heading."""


class Proposal(NamedTuple):
    """A change that did not fit: the person's text stands, and this lies beside it."""

    kind: Literal["changed", "left out", "new"]
    """The block is now generated otherwise; is generated no more; has no place, for its section is gone, or the
    person wrote nearly the same."""
    id: str | None
    section: str
    """The heading it stands under; empty at the top of the page."""
    theirs: str
    """The person's block, if there is one."""
    text: str
    """What is proposed; empty where that is to leave the block out."""
    footnotes: tuple[str, ...] = ()
    """The footnotes that the text refers to."""


class Merged(NamedTuple):
    """One text of three."""

    text: str
    proposals: tuple[Proposal, ...] = ()
    origins: Mapping[str, str] = {}
    """Of the person's blocks that go on from an older generated text than the new one: that text, by `key_of`."""


def key_of(block: Block) -> str:
    """What a block is remembered by: its id, or where it lost that a digest of its words."""
    return block.id or id_of(block.content)


def merge(base: str, theirs: str, new: str, *, follow_new_order: bool = False, trusts_ids: bool = False) -> Merged:
    """Merge a person's text with what is generated now; see above for the laws.

    With `follow_new_order` blocks stand in the new text's order, for a person who edited an outline; those of their own
    stay behind what they follow. With `trusts_ids` a block of the new text that has another id than all others is new,
    though the person deleted or wrote nearly the same: for lists of many things that are alike.
    """
    ending = Ending.of(theirs)
    base, new = like(ending, theirs, base), like(ending, theirs, new)
    if theirs == base:
        return Merged(new)
    if theirs == new or base == new:
        return Merged(theirs)
    bare = ending.bare
    old, now = split(bare(base)), split(bare(new))
    mine = split(bare(theirs))
    now = without_clashes(old, mine, now)
    return _Merge(old, mine, now, follow_new_order=follow_new_order, trusts_ids=trusts_ids).result(ending)


class _Merge:
    """One merge under way. `b`, `h` and `n` are places in the base, the person's text and the new one."""

    def __init__(self, base: Page, theirs: Page, new: Page, *, follow_new_order: bool, trusts_ids: bool) -> None:
        self.base, self.theirs, self.new = base.blocks, theirs.blocks, new.blocks
        self.page = theirs
        self.follow_new_order, self.trusts_ids = follow_new_order, trusts_ids
        self.base_of_new = match(self.base, self.new, trusts_ids=True)
        at_once = match_exactly(self.new, self.theirs)
        known = {h: self.base_of_new[n] for h, n in at_once.items() if n in self.base_of_new}
        taken_over = {h: n for h, n in at_once.items() if n not in self.base_of_new}
        self.base_of_theirs = match(self.base, self.theirs, known=known, without=taken_over.keys())
        self.theirs_of_base = {b: h for h, b in self.base_of_theirs.items()}
        self.new_of_base = {b: n for n, b in self.base_of_new.items()}
        self.headings = _headings(self.theirs)
        self.copies = Counter(b.content for b in self.theirs)
        self.copies.subtract(b.content for b in self.base)
        self.proposals: list[tuple[int, Proposal]] = []
        self.origins: dict[str, str] = {}
        self.kept: dict[int, Block] = {}
        """Of the person's blocks those that are in the result, as they are there."""
        self.added: dict[int, None] = {}
        """New blocks that are in the result and correspond to none of the person's."""
        self.agreed = self._agreed({n: h for h, n in taken_over.items()})

    def result(self, ending: Ending) -> Merged:
        """Settle every block, then put them in order."""
        for h, block in enumerate(self.theirs):
            self._settle(h, block)
        for n, h in self.agreed.items():
            if self.new[n].content != self.theirs[h].content and not self.theirs[h].is_locked:
                self._propose(h, "changed", self.theirs[h], self.new[n].content)
        self._add()
        self._settle_footnotes()
        mine: list[tuple[str, int]] = [("h", h) for h in range(len(self.theirs)) if h in self.kept]
        its = [key for n in range(len(self.new)) if (key := self._key(n)) is not None]
        is_note = {key for key in (*mine, *its) if self._block(key).label is not None}
        levels = {key: self._block(key).level for key in (*mine, *its)}
        main, other = (its, mine) if self.follow_new_order else (mine, its)
        order = weave(main, other, is_note, levels)
        if self.theirs and is_open(self.theirs[-1]) and (end := ("h", len(self.theirs) - 1)) in order:
            order = [*(key for key in order if key != end), end]
        text = put_together([(key, self._block(key)) for key in order], self.page, newline=ending.newline)
        proposals = [self._with_footnotes(proposal) for _, proposal in sorted(self.proposals, key=lambda p: p[0])]
        return Merged(ending.whole(text), tuple(proposals), self.origins)

    def _key(self, n: int) -> tuple[str, int] | None:
        """What stands in the result for a new block: the person's, or itself; None where it is not there."""
        if n in self.added:
            return ("n", n)
        h = self.agreed.get(n)
        if h is None and n in self.base_of_new:
            h = self.theirs_of_base.get(self.base_of_new[n])
        return ("h", h) if h is not None and h in self.kept else None

    def _block(self, key: tuple[str, int]) -> Block:
        side, place = key
        return self.kept[place] if side == "h" else self.new[place]

    def _agreed(self, found: dict[int, int]) -> dict[int, int]:
        """New blocks that the person has, too, though the base has not: those `found` before, and all others.

        First by what they say; then by their id, for pages whose base was lost.
        """
        places: dict[str, list[int]] = {}
        taken = set(found.values())
        for h in range(len(self.theirs) - 1, -1, -1):
            if h not in self.base_of_theirs and h not in taken:
                places.setdefault(self.theirs[h].label or self.theirs[h].content, []).append(h)
        for n, block in enumerate(self.new):
            is_new = n not in self.base_of_new and n not in found
            if is_new and (same := places.get(block.label or block.content)):
                found[n] = same.pop()
        left = {self.theirs[h].id: h for hs in places.values() for h in hs}
        for n, block in enumerate(self.new):
            if n not in self.base_of_new and n not in found and block.id is not None and block.id in left:
                found[n] = left.pop(block.id)
        return found

    # ── The person's blocks ──────────────────────────────────────────────────────────────────

    def _settle(self, h: int, block: Block) -> None:
        """Decide what becomes of one of the person's blocks."""
        b = self.base_of_theirs.get(h)
        if b is None:
            self.kept[h] = block
            return
        old = self.base[b]
        n = self.new_of_base.get(b)
        now = self.new[n] if n is not None else None
        is_theirs = block.content != old.content or block.is_locked
        if now is None:
            if is_theirs or block.label is not None or self._is_copied(block):
                self._keep(h, block, old)
            if is_theirs and not block.is_locked and block.label is None:
                self._propose(h, "left out", block, "")
        elif not is_theirs:
            self.kept[h] = block._replace(mark=now.mark if block.mark == old.mark else block.mark, content=now.content)
        elif now.content in (old.content, block.content):
            self.kept[h] = block
        elif block.is_locked:
            self._keep(h, block, old)
        elif (combined := _combined(old, block, now)) is not None:
            self.kept[h] = block._replace(content=combined)
        else:
            self._keep(h, block, old)
            self._propose(h, "changed", block, now.content)

    def _keep(self, h: int, block: Block, old: Block) -> None:
        """Keep a block that the new text has otherwise or not at all."""
        self.kept[h] = block
        self.origins[key_of(block)] = old.content

    def _is_copied(self, block: Block) -> bool:
        """Whether the person has the block more often than it was generated."""
        return self.copies[block.content] > 0

    def _propose(self, h: int, kind: Literal["changed", "left out"], block: Block, text: str) -> None:
        b = self.base_of_theirs.get(h)
        known = block.id or (self.base[b].id if b is not None else None)
        self.proposals.append((h, Proposal(kind, known, self.headings[h], block.content, text)))

    # ── New blocks ───────────────────────────────────────────────────────────────────────────

    def _add(self) -> None:
        """Take in what is new, unless the person deleted or wrote the like of it, or deleted its section."""
        deleted = [b for b in range(len(self.base)) if b not in self.theirs_of_base]
        written = [h for h in range(len(self.theirs)) if h not in self.base_of_theirs]
        gone = _Twins(self.base, [] if self.trusts_ids else deleted)
        own = _Twins(self.theirs, [] if self.trusts_ids else written)
        sections = _sections(self.new)
        filled: set[int | None] = set()
        headings = _headings(self.new)
        for n, block in enumerate(self.new):
            section = sections[n]
            is_fresh = n not in self.base_of_new and n not in self.agreed and block.label is None
            if is_fresh and not gone.has(block, headings[n]):
                after = self._key(n - 1) if n else None
                place = after[1] if after and after[0] == "h" else len(self.theirs)
                twin = own.has(block, headings[n])
                has_home = section is None or section in filled or self._key(section) is not None
                if has_home and not twin:
                    self.added[n] = None
                else:
                    self.proposals.append((place, Proposal("new", block.id, headings[n], "", block.content)))
            if self._key(n) is not None and section is not None:
                filled.add(section)

    # ── Footnotes ────────────────────────────────────────────────────────────────────────────

    def _settle_footnotes(self) -> None:
        """Keep the footnotes that something refers to, and those of the person's own."""
        in_result: set[str] = set()
        in_new_words: set[str] = set()
        for h, block in self.kept.items():
            named = labels(block.content)
            in_result.update(named)
            if block.content != self.theirs[h].content:
                in_new_words.update(named)
        for n in self.added:
            in_new_words.update(labels(self.new[n].content))
        in_result |= in_new_words
        in_result |= {label for _, proposal in self.proposals for label in labels(proposal.text)}
        defined = Counter(block.label for block in self.theirs)
        for h, block in list(self.kept.items()):
            if block.label is None or block.label in in_result or defined[block.label] > 1:
                continue
            b = self.base_of_theirs.get(h)
            if b is not None and b not in self.new_of_base and block.content == self.base[b].content:
                del self.kept[h]
        for n, block in enumerate(self.new):
            if block.label is None or self._key(n) is not None:
                continue
            is_deleted = n in self.base_of_new
            if block.label in (in_new_words if is_deleted else in_result):
                self.added[n] = None

    def _with_footnotes(self, proposal: Proposal) -> Proposal:
        defined = {block.label: block.content for block in self.new if block.label is not None}
        return proposal._replace(footnotes=tuple(defined[label] for label in labels(proposal.text) if label in defined))


class _Twins:
    """Finds whether some blocks have the twin of another."""

    def __init__(self, blocks: Sequence[Block], places: Iterable[int]) -> None:
        self._blocks, self._headings = blocks, _headings(blocks)
        self._alike = Alike(blocks, places, TWIN)

    def has(self, block: Block, heading: str) -> bool:
        """Whether one of the blocks says what `block` does; one of few words must do so under the same heading."""
        for place, _ in self._alike.of(block):
            other = self._blocks[place]
            if min(len(words_of(block.content)), len(words_of(other.content))) >= FEW:
                return True
            if other.content == block.content and self._headings[place] == heading:
                return True
        return False


def _combined(old: Block, block: Block, now: Block) -> str | None:
    """Both changes in one block, where they fit and it is one block still."""
    if not old.kind == block.kind == now.kind:
        return None
    combined = combine(old.content, block.content, now.content)
    if combined is None:
        return None
    page = split(combined)
    is_one = len(page.blocks) == 1 and page.blocks[0].kind == block.kind and page.blocks[0].content == combined
    return combined if is_one else None


def _sections(blocks: Sequence[Block]) -> list[int | None]:
    """For each block the place of the heading it stands under; for a heading that of the one above it."""
    found: list[int | None] = []
    open_headings: list[int] = []
    for place, block in enumerate(blocks):
        if block.level:
            while open_headings and blocks[open_headings[-1]].level >= block.level:
                open_headings.pop()
        found.append(open_headings[-1] if open_headings else None)
        if block.level:
            open_headings.append(place)
    return found


def _headings(blocks: Sequence[Block]) -> list[str]:
    """For each block the text of the heading it stands under; empty where it stands under none."""
    return ["" if place is None else blocks[place].content.strip("# ") for place in _sections(blocks)]
