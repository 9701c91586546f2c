"""Ids for what is generated: the same for a block from one time to the next.

In: a newly generated text, and the one before. Out: the new text, every block with a mark.
"""

from __future__ import annotations

from scribe.revise.blocks import Block, id_of, marked, split
from scribe.revise.matching import match

_BARE = frozenset({"footnote_reference", "front_matter", "comment"})
"""Kinds without a mark: a footnote has its label, and front matter must open the text."""


def labelled(new: str, base: str = "") -> str:
    """Give every block of `new` a mark: the id that it had in `base`, else its own, else one made of its words.

    >>> print(labelled("# One"))
    <!-- scribe: uf4zew -->
    # One
    """
    old, page = split(base).blocks, split(new)
    of_base = match(old, page.blocks, trusts_ids=True)
    wanted = {n: old[b].id for n, b in of_base.items() if old[b].id}
    taken = {found for found in wanted.values() if found}
    blocks: list[Block] = []
    for n, block in enumerate(page.blocks):
        if block.kind in _BARE:
            blocks.append(block)
            continue
        found = wanted.get(n)
        number = 0
        while found is None:
            own = block.id if number == 0 else id_of(block.id or block.content, str(number))
            own = own or id_of(block.content)
            found = own if own not in taken else None
            number += 1
        taken.add(found)
        blocks.append(block._replace(mark=marked([found])))
    return page._replace(blocks=tuple(blocks)).joined
