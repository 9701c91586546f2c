"""Which block of one text is which block of another.

In: two lists of blocks. Out: pairs of places. Ids say it where both texts have them; where an editor or a person lost
or doubled them, the same words do, in the same surroundings first; and then words that are nearly the same. All but
the last is one pass over the blocks, and the last looks only at blocks with a rare word in common.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from scribe.revise.blocks import Block, words_of

ALIKE = 0.5
"""Jaccard index of their words from which two blocks without a common id are one that was changed: more words of both
are common than not."""

FEW = 4
"""A block of fewer words ("Sketch.", a heading) may stand on a page many times."""

_Key = Callable[[Sequence[Block], int], Hashable | None]


def match(
    olds: Sequence[Block],
    news: Sequence[Block],
    *,
    trusts_ids: bool = False,
    known: Mapping[int, int] | None = None,
    without: AbstractSet[int] = frozenset(),
) -> dict[int, int]:
    """Places in `news` -> places in `olds`, each used once; what has no counterpart is left out.

    With `trusts_ids`, ids go before words: for two generated texts. A person may have copied a block with its id, or
    put other words under it; there the words go first, but for short blocks, which a page holds many of. `known` are
    pairs found before, and `without` places in `news` that have no counterpart.
    """
    found = dict(known or {})
    for key in (_label_and_content, _label, *([_id] if trusts_ids else []), _whole_around, _whole):
        _pair(olds, news, key, found, without)
    for key in (_around_if_long, _same_if_long):
        _pair(olds, news, key, found, without)
    _pair(olds, news, _same, found, without, only_once=True)
    for key in (_id, _around, _after, _before, _same):
        _pair(olds, news, key, found, without)
    _pair_alike(olds, news, found, without)
    if trusts_ids:
        _pair_headings(olds, news, found)
    return found


def match_exactly(olds: Sequence[Block], news: Sequence[Block]) -> dict[int, int]:
    """Places in `news` -> places in `olds`, of blocks that are the same: by id, by surroundings, or by words alone.

    By words alone only where they are many, or stand once in both.
    """
    found: dict[int, int] = {}
    for key in (_label_and_content, _whole_around, _whole, _around, _same_if_long):
        _pair(olds, news, key, found, frozenset())
    _pair(olds, news, _same, found, frozenset(), only_once=True)
    return found


def likeness(one: Block, other: Block) -> float:
    """Jaccard index of two blocks' words; 0 for blocks of another kind, or of none."""
    if one.kind != other.kind:
        return 0.0
    words, others = words_of(one.content), words_of(other.content)
    if not words or not others:
        return float(one.content == other.content)
    return len(words & others) / len(words | others)


def _label(blocks: Sequence[Block], at: int) -> Hashable | None:
    return blocks[at].label


def _label_and_content(blocks: Sequence[Block], at: int) -> Hashable | None:
    return (blocks[at].label, blocks[at].content) if blocks[at].label is not None else None


def _whole_around(blocks: Sequence[Block], at: int) -> Hashable | None:
    return (blocks[at].id, _around(blocks, at)) if blocks[at].id else None


def _id(blocks: Sequence[Block], at: int) -> Hashable | None:
    return blocks[at].id


def _whole(blocks: Sequence[Block], at: int) -> Hashable | None:
    block = blocks[at]
    return (block.id, block.content) if block.id else None


def _around_if_long(blocks: Sequence[Block], at: int) -> Hashable | None:
    return _around(blocks, at) if len(words_of(blocks[at].content)) >= FEW else None


def _same_if_long(blocks: Sequence[Block], at: int) -> Hashable | None:
    return _same(blocks, at) if len(words_of(blocks[at].content)) >= FEW else None


def _around(blocks: Sequence[Block], at: int) -> Hashable | None:
    return (_content(blocks, at - 1), blocks[at].content, _content(blocks, at + 1))


def _after(blocks: Sequence[Block], at: int) -> Hashable | None:
    return (_content(blocks, at - 1), blocks[at].content)


def _before(blocks: Sequence[Block], at: int) -> Hashable | None:
    return (blocks[at].content, _content(blocks, at + 1))


def _same(blocks: Sequence[Block], at: int) -> Hashable | None:
    return blocks[at].content


def _content(blocks: Sequence[Block], at: int) -> str | None:
    return blocks[at].content if 0 <= at < len(blocks) else None


def _pair(
    olds: Sequence[Block],
    news: Sequence[Block],
    key: _Key,
    found: dict[int, int],
    without: AbstractSet[int],
    *,
    only_once: bool = False,
) -> None:
    """Pair blocks with one key, in order; footnotes only by their label, and with nothing else.

    With `only_once`, keys that several blocks of a text have are passed over.
    """
    taken = set(found.values())
    places: Mapping[Hashable, list[int]] = _places(olds, key, taken)
    for key_of, mine in _places(news, key, found.keys() | without).items():
        theirs = places.get(key_of, [])
        if not only_once or len(mine) == len(theirs) == 1:
            found.update(zip(mine, theirs, strict=False))


def _places(blocks: Sequence[Block], key: _Key, taken: AbstractSet[int]) -> dict[Hashable, list[int]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for at, block in enumerate(blocks):
        if at in taken or (block.label is not None and key not in (_label, _label_and_content)):
            continue
        if (named := key(blocks, at)) is not None:
            places[named].append(at)
    return places


def _pair_alike(olds: Sequence[Block], news: Sequence[Block], found: dict[int, int], without: AbstractSet[int]) -> None:
    """Pair what is left and alike, the likest first."""
    taken = set(found.values())
    left = Alike(olds, [at for at in range(len(olds)) if at not in taken], ALIKE)
    rivals = [
        (-like, new, old)
        for new, block in enumerate(news)
        if new not in found and new not in without
        for old, like in left.of(block)
    ]
    for _, new, old in sorted(rivals):
        if new not in found and old not in taken:
            found[new] = old
            taken.add(old)


def _pair_headings(olds: Sequence[Block], news: Sequence[Block], found: dict[int, int]) -> None:
    """Pair a heading that was given other words: it stands between the same two blocks."""
    taken = set(found.values())
    for new, block in enumerate(news):
        if not block.level or new in found or new + 1 not in found:
            continue
        old = found[new + 1] - 1
        is_after_same = new == 0 or found.get(new - 1, -2) == old - 1
        if old >= 0 and is_after_same and old not in taken and olds[old].level == block.level:
            found[new] = old


class Alike:
    """Finds which of some blocks are like another; quick where they are many, if they have words of their own.

    Two sets of words with a Jaccard index of `least` share one of the rarest words of either (prefix filtering:
    Chaudhuri, Ganti and Kaushik 2006), so only blocks that hold one of those are compared. Footnotes are never alike.
    """

    def __init__(self, blocks: Sequence[Block], places: Iterable[int], least: float) -> None:
        self._blocks, self._least = blocks, least
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place in places:
            if blocks[place].label is None:
                for word in words_of(blocks[place].content) or {""}:
                    self._holding[word].append(place)

    def of(self, block: Block) -> Iterator[tuple[int, float]]:
        """Places of the blocks like `block`, ascending, with their likeness."""
        if block.label is not None:
            return
        words = sorted(words_of(block.content) or {""}, key=lambda word: (len(self._holding.get(word, ())), word))
        enough = len(words) - math.ceil(self._least * len(words)) + 1
        for place in sorted({place for word in words[:enough] for place in self._holding.get(word, ())}):
            like = likeness(self._blocks[place], block)
            if like >= self._least:
                yield place, like
