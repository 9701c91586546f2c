"""Near topics as groups, by average linkage.

In: vectors, and pairs of near ones. Out: groups of places. It knows nothing of sessions and titles.

Two groups become one while the mean cosine over all pairs between them is `LEAST` or more, the nearest two first
(Sokal and Michener 1958). A chain of topics, each near to the next alone, therefore does not run together: its ends
pull the mean down. At the same cosine single linkage makes one group of 548 of the 603 topics of 134 meetings, this
none above 12, and complete linkage none above 8. All vectors have length one, so the mean is
the product of the groups' sums over the product of their sizes, and no matrix of all pairs is needed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from scribe.sequence.nearness import Vectors

LEAST = 0.14
"""Mean cosine from which topics are one group. With .12 topics of one field run together, into groups of 19; with .2
the favourite animals that fifteen teams drew are four groups, not two."""


def groups(known: Vectors, near: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """Groups of two topics and more, each in ascending order, in the order of their first."""
    linkage = _Linkage(known)
    for one, other, cosine in near:
        linkage.meet(one, other, cosine)
    linkage.run()
    return sorted(sorted(members) for members in linkage.members.values() if len(members) > 1)


class _Linkage:
    """Groups under way, each with a number; a topic's is its place, and one made of two has a higher one than both."""

    def __init__(self, known: Vectors) -> None:
        self._known = known
        self._next = len(known.begins) - 1
        self._sums: dict[int, dict[int, float]] = {}
        self._near: dict[int, dict[int, float]] = {}
        self._waiting: list[tuple[float, int, int]] = []
        self.members: dict[int, list[int]] = {}

    def meet(self, one: int, other: int, cosine: float) -> None:
        """Two topics that are near."""
        for place in (one, other):
            if place not in self.members:
                self.members[place], self._sums[place], self._near[place] = [place], self._known.of(place), {}
        self._link(one, other, cosine)

    def run(self) -> None:
        """Make one of two while any two are near."""
        while self._waiting:
            _, one, other = heapq.heappop(self._waiting)
            if one in self.members and other in self.members:
                self._join(one, other)

    def _link(self, one: int, other: int, cosine: float) -> None:
        if cosine >= LEAST:
            self._near[one][other] = self._near[other][one] = cosine
            heapq.heappush(self._waiting, (-cosine, min(one, other), max(one, other)))

    def _join(self, one: int, other: int) -> None:
        made, self._next = self._next, self._next + 1
        sizes = len(self.members[one]), len(self.members[other])
        sides = self._near.pop(one), self._near.pop(other)
        self._sums[made] = _added(self._sums.pop(one), self._sums.pop(other))
        self.members[made] = self.members.pop(one) + self.members.pop(other)
        self._near[made] = {}
        for third in sorted((sides[0].keys() | sides[1].keys()) - {one, other}):
            for gone in (one, other):
                self._near[third].pop(gone, None)
            cosines = [side.get(third) for side in sides]
            if None in cosines:
                mean = _product(self._sums[made], self._sums[third]) / (sum(sizes) * len(self.members[third]))
            else:
                mean = sum(size * (cosine or 0) for size, cosine in zip(sizes, cosines, strict=True)) / sum(sizes)
            self._link(made, third, mean)


def _added(one: dict[int, float], other: dict[int, float]) -> dict[int, float]:
    small, large = sorted((one, other), key=len)
    for number, weight in small.items():
        large[number] = large.get(number, 0.0) + weight
    return large


def _product(one: dict[int, float], other: dict[int, float]) -> float:
    small, large = sorted((one, other), key=len)
    return sum(weight * large[number] for number, weight in small.items() if number in large)
