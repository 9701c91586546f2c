"""Windows -> which of them have one speaker.

In: windows. Out: a number for each, the same for windows of one speaker. It knows nothing of sound.

There are first more groups than speakers (Ward 1963), then the nearest two that are not to be told apart are made one,
until all that are left are speakers by themselves. So that memory does not grow with the square of the length, the
first groups of a long recording are those of a part of its windows, and the others join the nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scribe.speakers.separability import SEPARABLE, SEPARABLE_TOO, evidence
from scribe.speakers.windows import Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_GROUPS, _GROUP = 16, 5
"""Groups to begin with, and windows that each should have at least."""
_SAMPLED = 1500
_ROUNDS = 30


def clustered(windows: Windows) -> tuple[NDArray[np.int64], bool]:
    """Groups that are speakers, counted from 0, and whether there is more than one."""
    groups = _ward(windows.points, min(_MOST_GROUPS, max(1, len(windows.starts) // _GROUP)))
    while (found := np.unique(groups)).size > 1:
        pairs = [(a, b) for i, a in enumerate(found) for b in found[:i]]
        weights = {(a, b): evidence(windows, groups == a, groups == b) for a, b in pairs}
        same = [pair for pair in pairs if not weights[pair].reaches(SEPARABLE_TOO)]
        if not same:
            break
        a, b = min(same, key=lambda pair: _cost(windows.points, groups, *pair))
        groups = np.where(groups == a, b, groups)
        groups = _nearest(windows.points, _means(windows.points, groups), rounds=3)
    if found.size > 1 and any(one.reaches(SEPARABLE) for one in weights.values()):
        return _from_zero(groups), True
    return np.zeros_like(groups), False


def in_groups(windows: Windows, count: int) -> tuple[NDArray[np.int64], bool]:
    """So many groups, or as many as there are different windows; and whether all of them are speakers by themselves."""
    groups = _from_zero(_ward(windows.points, min(count, len(windows.starts))))
    masks = [groups == k for k in range(int(groups.max(initial=-1)) + 1)]
    every = (evidence(windows, a, b).reaches(SEPARABLE_TOO) for i, a in enumerate(masks) for b in masks[:i])
    return groups, len(masks) == count and all(every)


def _ward(points: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster, linkage

    if count < 2 or len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    places = np.arange(len(points))
    if len(points) > _SAMPLED:
        places = np.linspace(0, len(points) - 1, _SAMPLED).astype(int)
    groups = fcluster(linkage(points[places], "ward"), count, "maxclust")
    return _nearest(points, _means(points[places], groups), rounds=_ROUNDS)


def _nearest(points: NDArray[np.float64], means: NDArray[np.float64], *, rounds: int) -> NDArray[np.int64]:
    """The nearest mean of each point, the means following the points (Lloyd 1957)."""
    groups = np.full(len(points), -1)
    for _ in range(rounds):
        before, groups = groups, ((means**2).sum(axis=1) - 2 * points @ means.T).argmin(axis=1)
        if (groups == before).all():
            break
        for k in np.unique(groups):
            means[k] = points[groups == k].mean(axis=0)
    return groups


def _means(points: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.array([points[groups == k].mean(axis=0) for k in np.unique(groups)])


def _cost(points: NDArray[np.float64], groups: NDArray[np.int64], a: int, b: int) -> float:
    """How much the sum of squares grows where two groups become one (Ward 1963)."""
    one, other = points[groups == a], points[groups == b]
    apart = float(((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum())
    return apart * len(one) * len(other) / (len(one) + len(other))


def _from_zero(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)
