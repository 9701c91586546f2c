"""Rows of named features and targets -> the linear models that scribe ships.

In: features as arrays of one length, a target for each row, and what each row weighs. Out: `scribe.linear.Linear`. The
same rows give the same coefficients; nothing is drawn at random. It knows nothing of what is learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from scribe.linear import Linear, dump

COEFFICIENTS = Path(__file__).resolve().parent.parent / "scribe" / "coefficients"

_WIDEST = 5.0
"""Where `Linear` cuts features off, too."""


def ridge(
    features: Mapping[str, np.ndarray], target: np.ndarray, *, weights: np.ndarray | None = None, alpha: float = 100.0
) -> Linear:
    """Least squares with `alpha` times the squared standardised weights added; the intercept is free."""
    names, rows, mean, scale, w = _standardised(features, weights)
    centre = float(np.average(target, weights=w))
    gram = (rows * w[:, None]).T @ rows + alpha * np.eye(len(names))
    shift = np.average(rows, axis=0, weights=w)
    gram -= w.sum() * np.outer(shift, shift)
    found = np.linalg.solve(gram, (rows * w[:, None]).T @ (target - centre))
    terms = {name: (mean[i], scale[i], found[i]) for i, name in enumerate(names)}
    return Linear(centre - float(shift @ found), terms)


def logistic(
    features: Mapping[str, np.ndarray], target: np.ndarray, *, weights: np.ndarray | None = None, alpha: float = 10.0
) -> Linear:
    """Logistic regression with a ridge, by Newton's method; the model gives log-odds. `target` is 0 or 1."""
    names, rows, mean, scale, w = _standardised(features, weights)
    rows = np.column_stack([rows, np.ones(len(rows))])
    penalty = alpha * np.eye(len(names) + 1)
    penalty[-1, -1] = 1e-9
    found = np.zeros(len(names) + 1)
    for _ in range(50):
        p = 0.5 * (1 + np.tanh(rows @ found / 2))
        gradient = rows.T @ (w * (target - p)) - penalty @ found
        hessian = (rows * (w * p * (1 - p))[:, None]).T @ rows + penalty
        step = np.linalg.solve(hessian, gradient)
        found += step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return Linear(float(found[-1]), {name: (mean[i], scale[i], found[i]) for i, name in enumerate(names)})


def write(name: str, models: Mapping[str, Linear], *, about: str, made_by: str) -> Path:
    """Put models where `scribe.linear.load(name)` finds them."""
    path = COEFFICIENTS / f"{name}.json"
    path.write_text(dump(models, about=about, made_by=made_by), encoding="utf-8")
    return path


def _standardised(
    features: Mapping[str, np.ndarray], weights: np.ndarray | None
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    names = list(features)
    rows = np.column_stack([features[name] for name in names]).astype(float)
    w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    mean = np.average(rows, axis=0, weights=w)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=w))
    scale = np.where(spread > 1e-9, spread, 1.0)
    return names, np.clip((rows - mean) / scale, -_WIDEST, _WIDEST), mean, scale, w
