"""Whether two groups of windows are two speakers, or one whose windows fell into two groups.

In: points in order of time, and which of two groups each belongs to. Out: an `Evidence`. Any points can be cut in two,
and cut so that the groups lie apart; that says nothing yet. But people hold their turns: where the groups are speakers,
consecutive windows stay in one group far more often than chance has it. Where they are kinds of sounds of one voice,
they come and go. Both are measured, and both must hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scribe.speakers.windows import WINDOW, Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEPARABLE = 5.0
"""Weight from which on two groups are taken for two speakers. Of 427 single voices none got to 4.5."""
SEPARABLE_TOO = 4.5
"""The same where the recording is known to have several speakers."""

_PERSISTENCE, _DISTANCE = 0.2, 3.3
"""The least of each, whatever the length: in a long recording even a slight drift is significant."""
_LEAST_S, _LEAST_WINDOWS = 6.0, 3
"""Speech that a speaker must have to be one: a few "mm-hmm" alike are no speaker."""
_ONCE, _PITCH_APART = 0.8, 0.12
"""Groups that change places about once may be a room before and after a fan was switched on; they are speakers only if
their pitch differs too, by two semitones, which no fan changes. All measured: benchmarks/LOG.md."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for two speakers."""

    persistence: float
    """How much more often than by chance a window is of the same group as the one before: 1 always, 0 by chance (the
    kappa of Cohen 1960)."""
    distance: float
    """Between the groups in standard deviations, each window measured with itself left out."""
    weight: float
    """Persistence in its standard errors, as in the runs test of Wald & Wolfowitz (1940), plus half of the distance."""
    is_large: bool
    """Whether both are large enough at all, and both groups long enough."""

    def reaches(self, weight: float) -> bool:
        """Whether the groups are taken for two speakers at this weight."""
        return self.is_large and self.weight >= weight


def evidence(windows: Windows, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Evidence:
    """Evidence that two groups, given as masks of all windows, are two speakers."""
    both = first | second
    is_second = second[both]
    counts = np.array([(~is_second).sum(), is_second.sum()])
    seconds = windows.seconds[both]
    if counts.min() < _LEAST_WINDOWS or min(seconds[~is_second].sum(), seconds[is_second].sum()) < _LEAST_S:
        return Evidence(persistence=0.0, distance=0.0, weight=0.0, is_large=False)
    persistence = _persistence(is_second)
    distance = _distance(windows.points[both], is_second)
    effective = float(np.minimum(1, (windows.ends - windows.starts)[both] / WINDOW).sum())
    pitch = windows.pitch[both]
    apart = abs(float(np.median(pitch[is_second]) - np.median(pitch[~is_second])))
    is_large = (
        persistence >= _PERSISTENCE
        and distance >= _DISTANCE
        and (_change_once(is_second) < _ONCE or apart >= _PITCH_APART)
    )
    weight = persistence * float(np.sqrt(effective)) + distance / 2
    return Evidence(persistence=persistence, distance=distance, weight=weight, is_large=is_large)


def _persistence(is_second: NDArray[np.bool_]) -> float:
    share = float(is_second.mean())
    chance = share**2 + (1 - share) ** 2
    return float(((is_second[1:] == is_second[:-1]).mean() - chance) / (1 - chance))


def _change_once(is_second: NDArray[np.bool_]) -> float:
    """How nearly the groups change places just once: 1 where all of one come before all of the other, near 0 in talk.

    It is the largest excursion of the cumulative sum (Page 1954) as a part of the largest possible.

    >>> _change_once(np.array([False, False, True, True])), _change_once(np.array([False, True, False, True]))
    (1.0, 0.5)
    """
    share = float(is_second.mean())
    excursion = float(np.abs(np.cumsum(is_second - share)).max())
    return excursion / (len(is_second) * share * (1 - share))


def _distance(points: NDArray[np.float64], is_second: NDArray[np.bool_]) -> float:
    """The distance on the line that best tells the groups apart, if their directions vary independently.

    A window must not pull that line towards itself: for each the mean of its own group is taken without it.
    """
    group = is_second.astype(int)
    counts = np.bincount(group)
    means = np.array([points[group == k].mean(axis=0) for k in (0, 1)])
    variances = ((points - means[group]) ** 2).sum(axis=0) / (len(points) - 2)
    variances = variances + 0.3 * variances.mean() + 1e-12
    own = means[group] + (means[group] - points) / (counts[group] - 1)[:, None]
    other = means[1 - group]
    line = (own - other) * np.where(is_second, 1, -1)[:, None] / variances
    place = ((points - (own + other) / 2) * line).sum(axis=1) / np.sqrt((line**2 * variances).sum(axis=1) + 1e-12)
    ends = place[~is_second], place[is_second]
    spread = np.sqrt(sum(float(((end - end.mean()) ** 2).sum()) for end in ends) / (len(points) - 2))
    return float((ends[1].mean() - ends[0].mean()) / (spread + 1e-12))
