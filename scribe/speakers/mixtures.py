"""Mixtures of Gaussians with diagonal covariances: fitted to frames, and adapted to those of one speaker.

In: points, shape [n, dimensions]. Out: a `Mixture`. The same points always give the same mixture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RELEVANCE = 16.0
"""Frames that a component of the whole recording's mixture weighs as much as (Reynolds et al. 2000, section 3.3)."""

_ROUNDS = 12
_LEAST_VARIANCE = 0.1
"""Of a component, as part of the variance of all points."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights [k], means and variances [k, dimensions]."""

    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    variances: NDArray[np.float64]

    def log_likelihood(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logarithm of the density at each point, up to a constant; shape [n]."""
        parts = self._parts(points)
        highest = parts.max(axis=1)
        return np.asarray(highest + np.log(np.exp(parts - highest[:, None]).sum(axis=1)))

    def shares(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How likely each component made each point, shape [n, k]."""
        parts = self._parts(points)
        likely = np.exp(parts - parts.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True))

    def _parts(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        precision = 1 / self.variances
        constant = np.log(self.weights) - 0.5 * (np.log(self.variances) + self.means**2 * precision).sum(axis=1)
        return np.asarray(constant + points @ (self.means * precision).T - 0.5 * points**2 @ precision.T)


def fitted(points: NDArray[np.float64], components: int) -> Mixture:
    """A mixture fitted by expectation and maximisation (Dempster et al. 1977); needs a point at least."""
    chosen = np.random.default_rng(0).choice(len(points), components, replace=len(points) < components)
    variance = points.var(axis=0) + 1e-6
    mixture = Mixture(np.full(components, 1 / components), points[chosen], np.tile(variance, (components, 1)))
    for _ in range(_ROUNDS):
        shares = mixture.shares(points)
        counts = shares.sum(axis=0) + 1e-6
        means = shares.T @ points / counts[:, None]
        variances = np.maximum(shares.T @ points**2 / counts[:, None] - means**2, _LEAST_VARIANCE * variance)
        mixture = Mixture(counts / counts.sum(), means, variances)
    return mixture


def adapted(mixture: Mixture, points: NDArray[np.float64]) -> Mixture:
    """The mixture drawn towards points, each component as far as they bear on it; its variances stay."""
    shares = mixture.shares(points)
    counts = shares.sum(axis=0)
    means = (shares.T @ points + RELEVANCE * mixture.means) / (counts + RELEVANCE)[:, None]
    weights = counts + RELEVANCE * mixture.weights
    return replace(mixture, weights=weights / weights.sum(), means=means)
