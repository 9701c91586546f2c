"""How sure a number is: bootstrap intervals, and what is below the noise floor.

In: values, in strata or by index. Out: `Estimate`s. It knows nothing of voices or models.

Intervals are percentile intervals (Efron 1979), mended twice for small samples (Hesterberg 2015, "What teachers should
know about the bootstrap", section 4): resamples are one smaller than the sample, which gives the mean the variance s²/n
without bias; and the percentiles lie as far out as a Student's t that took its variance from so few values would put
them. `LEVEL` says what that is worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist

import numpy as np

from scribe.records import Record

RESAMPLES = 2000
"""Enough for the 2.5th percentile to stand still in its second digit (Efron and Tibshirani 1993, section 13.3)."""

LEVEL = 0.95
"""How often an interval should cover the truth.

How often one does, for the mean of draws from a skewed distribution (gamma, shape 4), in 2,000 trials: 0.85 for four
draws, 0.94 for eight, 0.95 for four strata of eight; plain percentiles 0.77, 0.87 and 0.91. No interval within the
range of four values can do much better: the mean lies outside one time in eight."""

LEAST_FREEDOM = 3
"""Values less strata that an interval needs: the range of three values misses their mean one time in four."""


_NORMAL = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Estimate(Record):
    """A number, how sure it is, and what rounding alone may have done to it."""

    value: float
    low: float | None = None
    """Where the interval begins; None where there are too few values to judge it by."""
    high: float | None = None
    noise: float = 0.0
    """What `value` may be off by from rounding alone, in its own unit."""
    values: int = 0
    """How many values it rests on."""

    @property
    def is_below_noise(self) -> bool:
        """Whether it cannot be told from 0: its interval, widened by the rounding error, holds 0, or there is none."""
        if self.low is None or self.high is None:
            return True
        return self.low - self.noise <= 0 <= self.high + self.noise


def mean_of(strata: Sequence[Sequence[float]], *, noise: float = 0.0, seed: int = 0) -> Estimate:
    """The mean of the strata's means; each stratum is resampled by itself. A stratum without a value is passed over.

    Give values that were drawn alike as one stratum; give the samples of each voice as a stratum each, where the
    voices are fixed and only their samples are drawn by chance. Without any value the estimate is 0, without interval.

    >>> mean_of([[1.0, 1.0, 1.0], [3.0, 3.0]])
    Estimate(value=2.0, low=2.0, high=2.0, noise=0.0, values=5)
    """
    arrays = [np.asarray(stratum, dtype=float) for stratum in strata if len(stratum)]
    if not arrays:
        return Estimate(value=0.0, noise=noise)
    value = float(np.mean([array.mean() for array in arrays]))
    many = sum(map(len, arrays))
    if min(map(len, arrays)) < 2 or many - len(arrays) < LEAST_FREEDOM:
        return Estimate(value=value, noise=noise, values=many)
    rng = np.random.default_rng(seed)
    means = np.zeros(RESAMPLES)
    for array in arrays:
        means += array[rng.integers(len(array), size=(RESAMPLES, len(array) - 1))].mean(axis=1)
    return _estimate(value, means / len(arrays), noise, many, freedom=many - len(arrays))


def statistic_of(
    statistic: Callable[[np.ndarray], float | None], count: int, *, noise: float = 0.0, seed: int = 0
) -> Estimate | None:
    """Any statistic of `count` things, such as a correlation: `statistic` is handed the indices of those drawn.

    Resamples for which it is None (a correlation of values that are all the same) are passed over; where it is None
    for all `count` things, so is the estimate. Where most resamples give nothing, or `count` is below 4, there is no
    interval.
    """
    value = statistic(np.arange(count))
    if value is None:
        return None
    if count - 1 < LEAST_FREEDOM:
        return Estimate(value=value, noise=noise, values=count)
    drawn = [found for indices in resamples(count, seed=seed) if (found := statistic(indices)) is not None]
    if len(drawn) <= RESAMPLES // 2:
        return Estimate(value=value, noise=noise, values=count)
    return _estimate(value, np.array(drawn), noise, count, freedom=count - 1)


def resamples(count: int, *, seed: int = 0) -> Iterator[np.ndarray]:
    """Indices of each resample of two things or more: `count - 1` of them."""
    yield from np.random.default_rng(seed).integers(count, size=(RESAMPLES, count - 1))


def _estimate(value: float, drawn: np.ndarray, noise: float, values: int, *, freedom: int) -> Estimate:
    tail = _tail(freedom)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value=value, low=float(low), high=float(high), noise=noise, values=values)


def _tail(freedom: int) -> float:
    """The share of resamples below an interval: what the normal distribution has below Student's -t.

    The t is expanded about the normal quantile, to the third order in 1 / freedom (Abramowitz and Stegun, 26.7.5).

    >>> round(_tail(3), 4), round(_tail(7), 4), round(_tail(10_000), 4)
    (0.0008, 0.009, 0.025)
    """
    z = _NORMAL
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    t = sum(term / freedom**power for power, term in enumerate(terms))
    return math.erfc(t / math.sqrt(2)) / 2
