"""Linear models whose coefficients people can read.

In: named features, each an array. Out: one number for each row. The coefficients lie in `scribe/coefficients/`, a JSON
file for each model with a line for each feature; scripts in `benchmarks/` made them, and each file says which. This
module knows nothing of what the features mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np

_WIDEST = 5.0
"""Standard deviations at which a feature is cut off: no odd text outweighs all else."""


class Linear(NamedTuple):
    """intercept + Σ weight · (feature − mean) / scale, each feature cut off at five standard deviations."""

    intercept: float
    terms: Mapping[str, tuple[float, float, float]]
    """Mean, scale and weight of each feature."""

    def __call__(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """One number for each row; `features` are arrays of one length, and more of them may be given than are used.

        A feature that the model needs and that is not given is a KeyError.

        >>> Linear(1.0, {"length": (10.0, 2.0, 0.5)})({"length": np.array([10.0, 14.0])}).tolist()
        [1.0, 2.0]
        """
        names = list(self.terms)
        mean, scale, weight = np.array(list(self.terms.values()), dtype=float).T
        rows = (np.column_stack([features[name] for name in names]) - mean) / scale
        values: np.ndarray = self.intercept + np.clip(rows, -_WIDEST, _WIDEST) @ weight
        return values


def chances(odds: np.ndarray) -> np.ndarray:
    """Log-odds -> probabilities.

    >>> chances(np.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """
    values: np.ndarray = 0.5 * (1 + np.tanh(odds / 2))
    return values


@lru_cache(maxsize=32)
def load(name: str) -> Mapping[str, Linear]:
    """The models of `scribe/coefficients/NAME.json`, by name."""
    text = resources.files("scribe").joinpath("coefficients", f"{name}.json").read_text(encoding="utf-8")
    models = json.loads(text)["models"]
    return {
        key: Linear(model["intercept"], {feature: tuple(term) for feature, term in model["features"].items()})
        for key, model in models.items()
    }


def dump(models: Mapping[str, Linear], *, about: str, made_by: str) -> str:
    """The text of a file that `load` reads: four significant digits, a line for each feature.

    >>> print(dump({"m": Linear(0.5, {"length": (10.0, 2.0, -0.25)})}, about="A sum.", made_by="fit.py"))
    {
      "about": "A sum.",
      "made_by": "fit.py",
      "terms": "feature: mean, scale, weight",
      "models": {
        "m": {
          "intercept": 0.5,
          "features": {
            "length": [10, 2, -0.25]
          }
        }
      }
    }
    <BLANKLINE>
    """
    parts = []
    for key, model in models.items():
        rows = ",\n".join(
            f"        {json.dumps(name)}: [{', '.join(f'{value:.4g}' for value in term)}]"
            for name, term in model.terms.items()
        )
        parts.append(
            f'    {json.dumps(key)}: {{\n      "intercept": {model.intercept:.4g},\n'
            f'      "features": {{\n{rows}\n      }}\n    }}'
        )
    head = f'{{\n  "about": {json.dumps(about)},\n  "made_by": {json.dumps(made_by)},\n'
    body = ",\n".join(parts)
    return f'{head}  "terms": "feature: mean, scale, weight",\n  "models": {{\n{body}\n  }}\n}}\n'
