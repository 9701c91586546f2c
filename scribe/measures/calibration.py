"""A measure's value becomes a probability, and probabilities are judged.

In: values of a measure, the lengths they were measured on, and whether each was right. Out: a `Calibration`, its
log-loss, and the area under the ROC curve. It knows nothing of what was measured.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

REFERENCE_WORDS = 200
"""The length at which a calibration's slope and offset hold as they are."""

SHORTEST_WORDS, LONGEST_WORDS = 50, 800
"""Lengths beyond these are taken for these: no calibration was measured on others."""


class Calibration(NamedTuple):
    """Logistic calibration (Platt 1999) whose slope and offset change with the logarithm of the length.

    A measure of short passages is noisier, so the same value says less: logit = (slope + slope_by_length · l) · value
    + offset + offset_by_length · l, with l = ln(words / 200).
    """

    slope: float
    slope_by_length: float
    offset: float
    offset_by_length: float

    def logit(self, value: np.ndarray, words: np.ndarray) -> np.ndarray:
        """Log-odds, where as many pairs are of the same question as are not; arrays of one shape, or numbers."""
        length = _relative(words)
        logits: np.ndarray = (
            (self.slope + self.slope_by_length * length) * value + self.offset + self.offset_by_length * length
        )
        return logits

    def probability(self, value: float, words: int) -> float:
        """The same as a probability.

        >>> Calibration(slope=2.0, slope_by_length=0.0, offset=-1.0, offset_by_length=0.0).probability(0.5, 200)
        0.5
        """
        return float(sigmoid(self.logit(np.array(value), np.array(words))))


def _relative(words: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.log(np.clip(words, SHORTEST_WORDS, LONGEST_WORDS) / REFERENCE_WORDS)
    return lengths


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """The probability of each log-odds, without overflow."""
    probabilities: np.ndarray = 0.5 * (1 + np.tanh(logits / 2))
    return probabilities


def fit(values: np.ndarray, words: np.ndarray, same: np.ndarray, weights: np.ndarray) -> Calibration:
    """The calibration that makes the weighted log-loss least, by Newton's method.

    `same` is 0 or 1. Targets are drawn in by one count of either kind (Platt 1999, section 2.2), so that values that
    separate the kinds entirely leave the coefficients finite. Where all lengths are one, what length does is split
    between the coefficients by a slight ridge.
    """
    length = _relative(words)
    features = np.column_stack([values, values * length, np.ones_like(values), length])
    scale = np.abs(features).max(axis=0)
    features = features / np.where(scale > 0, scale, 1)
    right, wrong = weights[same == 1].sum(), weights[same == 0].sum()
    targets = np.where(same == 1, (right + 1) / (right + 2), 1 / (wrong + 2))
    coefficients = np.zeros(4)
    for _ in range(100):
        p = sigmoid(features @ coefficients)
        gradient = features.T @ (weights * (targets - p)) - _RIDGE * coefficients
        hessian = (features * (weights * p * (1 - p))[:, None]).T @ features + _RIDGE * np.eye(4)
        step = np.linalg.solve(hessian, gradient)
        coefficients += step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    slope, by_length, offset, offset_by_length = coefficients / np.where(scale > 0, scale, 1)
    return Calibration(float(slope), float(by_length), float(offset), float(offset_by_length))


_RIDGE = 1e-4
"""Keeps the Hessian solvable where two features are one; too small to be seen in four digits of the coefficients."""

_LONGEST_STEP = 5.0
"""Newton's steps are cut to this, in units of scaled coefficients: from far away a whole step may overshoot."""


def log_loss(logits: np.ndarray, same: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean of −ln p of what was the case, in nats; ln 2 = 0.693 for one who always says one half."""
    losses = np.logaddexp(0, np.where(same == 1, -logits, logits))
    return float(np.average(losses, weights=weights))


def auroc(values: np.ndarray, same: np.ndarray, weights: np.ndarray) -> float:
    """Probability that a value of the one kind is above one of the other, ties by halves (Hanley and McNeil 1982).

    >>> auroc(np.array([3.0, 1.0, 2.0, 0.0]), np.array([1, 1, 0, 0]), np.ones(4))
    0.75
    """
    positive, negative = same == 1, same == 0
    order = np.argsort(values[negative], kind="stable")
    sorted_values, mass = values[negative][order], np.concatenate([[0.0], np.cumsum(weights[negative][order])])
    below = mass[np.searchsorted(sorted_values, values[positive], side="left")]
    up_to = mass[np.searchsorted(sorted_values, values[positive], side="right")]
    return float(np.average((below + up_to) / 2, weights=weights[positive]) / mass[-1])
