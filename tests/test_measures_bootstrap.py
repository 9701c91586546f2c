"""Intervals cover what they should, and say when there is nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.measures.bootstrap import Estimate, mean_of, resamples, statistic_of


@pytest.mark.parametrize("strata", [1, 4])
def test_intervals_cover_a_known_mean_about_as_often_as_they_say(strata: int) -> None:
    """Eight values a stratum, from a skewed distribution of mean 1; plain percentiles cover it 87 times in 100."""
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        drawn = rng.gamma(4.0, 0.25, size=(strata, 8)) + np.arange(strata)[:, None]
        found = mean_of(drawn.tolist(), seed=trial)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 1 + (strata - 1) / 2 <= found.high
    assert 0.90 * 200 <= covered <= 0.99 * 200


def test_the_resampled_mean_varies_as_the_mean_of_the_sample_does() -> None:
    """s²/n, without the bias of drawing as many as there are."""
    values = np.array([0.0, 1.0, 3.0, 7.0, 8.0, 12.0])
    means = [values[drawn].mean() for drawn in resamples(len(values))]
    assert np.var(means) == pytest.approx(values.var(ddof=1) / 6, rel=0.06)


@pytest.mark.parametrize("strata", [1, 4])
def test_an_interval_of_a_mean_is_about_as_wide_as_students(strata: int) -> None:
    """Plain percentiles would be 15 % narrower for one stratum of twelve values."""
    from scipy.stats import t

    values = np.linspace(-1, 1, 12) ** 3
    found = mean_of([values.tolist()] * strata)
    assert found.low is not None
    assert found.high is not None
    half = t.ppf(0.975, strata * 11) * values.std(ddof=1) / np.sqrt(12 * strata)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.035)


def test_strata_weigh_alike_and_their_differences_are_no_uncertainty() -> None:
    found = mean_of([[1.0, 1.0, 1.0, 1.0], [9.0, 9.0]])
    assert found == Estimate(value=5.0, low=5.0, high=5.0, values=6)


@given(st.lists(st.lists(st.floats(-50, 50), min_size=4, max_size=8), min_size=1, max_size=4), st.integers(0, 3))
def test_the_same_seed_gives_the_same_interval_within_the_values(strata: list[list[float]], seed: int) -> None:
    found = mean_of(strata, seed=seed)
    assert found == mean_of(strata, seed=seed)
    assert found.low is not None
    assert found.high is not None
    least, most = (float(np.mean([f(stratum) for stratum in strata])) for f in (min, max))
    assert least - 1e-9 <= found.low <= found.high <= most + 1e-9


@pytest.mark.parametrize("strata", [[], [[]], [[3.0]], [[3.0, 4.0, 5.0, 6.0], [5.0]], [[3.0, 4.0, 5.0]]])
def test_too_few_values_have_no_interval_and_are_not_above_the_noise(strata: list[list[float]]) -> None:
    found = mean_of(strata)
    assert (found.low, found.high) == (None, None)
    assert found.is_below_noise


@pytest.mark.parametrize(
    ("low", "high", "noise", "below"),
    [
        (0.1, 0.3, 0.0, False),
        (-0.3, -0.1, 0.0, False),
        (-0.1, 0.3, 0.0, True),
        (0.1, 0.3, 0.15, True),
        (-0.3, -0.1, 0.15, True),
        (0.1, 0.3, 0.05, False),
        (0.0, 0.0, 0.0, True),
    ],
)
def test_below_the_noise_floor_is_what_cannot_be_told_from_nothing(
    low: float, high: float, noise: float, below: bool
) -> None:
    assert Estimate(value=(low + high) / 2, low=low, high=high, noise=noise).is_below_noise is below


def test_any_statistic_has_an_interval_where_resamples_have_a_value() -> None:
    values = np.array([1.0, 2.0, 3.0, 10.0])
    found = statistic_of(lambda drawn: float(np.median(values[drawn])), 4)
    assert found is not None
    assert found.value == 2.5
    assert found.low == 1.0
    assert found.high == 10.0
    assert statistic_of(lambda drawn: None, 4) is None
    assert statistic_of(lambda drawn: 1.0 if len(drawn) == 4 else None, 4) == Estimate(value=1.0, values=4)
    assert statistic_of(lambda drawn: 1.0, 3) == Estimate(value=1.0, values=3)
