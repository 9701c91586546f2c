"""Who wrote what: for each block of a page, how many characters a person typed and how many were generated.

In: the text last generated and the page as it stands. Out: a share for each block. A character is a person's where it
is not in the generated text of its block; what they only moved or took out was not typed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from scribe.revise.blocks import Block, split
from scribe.revise.matching import match
from scribe.revise.merging import key_of
from scribe.revise.words import inserted


class Share(NamedTuple):
    """One block's part in a page."""

    id: str | None
    typed: int
    generated: int
    begins: str
    """Its first words, for a person to know it by."""
    is_locked: bool = False


class Ledger(NamedTuple):
    """All blocks of a page but footnotes and front matter."""

    shares: tuple[Share, ...]

    @property
    def typed(self) -> int:
        """Characters that people typed."""
        return sum(share.typed for share in self.shares)

    @property
    def generated(self) -> int:
        """Characters that were generated."""
        return sum(share.generated for share in self.shares)

    @property
    def written_by_people(self) -> float:
        """Share of all characters that people typed; 0 for an empty page."""
        return self.typed / (self.typed + self.generated) if self.typed + self.generated else 0.0


_UNCOUNTED = frozenset({"footnote_reference", "front_matter", "comment"})
_BEGINNING = 60


def ledger(
    generated: str,
    page: str,
    *,
    without: Collection[str] = (),
    offered: AbstractSet[str] = frozenset(),
    origins: Mapping[str, Sequence[str]] | None = None,
) -> Ledger:
    """Count a page against the text that was last generated for it; blocks `without` are not counted, by id.

    `offered` are texts of blocks that were generated, too, if not put in: whoever took one over typed nothing.
    `origins` are texts that blocks go on from, generated before the last time, by `key_of`.
    """
    old, now = split(generated).blocks, split(page.removeprefix("\ufeff").replace("\r\n", "\n")).blocks
    of_old = match(old, now)
    shares = []
    for at, block in enumerate(now):
        known = old[of_old[at]] if at in of_old else None
        found = block.id or (known.id if known else None)
        if block.kind not in _UNCOUNTED and found not in without:
            sources = [*([known.content] if known else []), *(origins or {}).get(key_of(block), ())]
            typed = 0 if block.content in offered else inserted(sources, block.content)
            shares.append(Share(found, typed, len(block.content) - typed, _beginning(block), block.is_locked))
    return Ledger(tuple(shares))


def _beginning(block: Block) -> str:
    begins = " ".join(block.content.split())
    return begins if len(begins) <= _BEGINNING else begins[:_BEGINNING].rsplit(" ", 1)[0] + " …"
