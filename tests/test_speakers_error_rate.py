"""Diarisation error rates worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import ScribeError, Span, Turn
from scribe.speakers import ErrorRate, error_rate


def turns(text: str) -> list[Turn]:
    """`A 0 4, B 4 6`."""
    rows = (row.split() for row in text.split(",") if row.strip())
    return [Turn(speaker=who, start=float(start), end=float(end)) for who, start, end in rows]


def parts(rate: ErrorRate) -> tuple[float, float, float]:
    return rate.missed, rate.false_alarm, rate.confusion


@pytest.mark.parametrize(
    ("reference", "found", "expected"),
    [
        pytest.param("A 0 4, B 4 10", "x 4 10, y 0 4", (0, 0, 0), id="labels do not matter"),
        pytest.param("A 0 4, B 4 10", "", (1, 0, 0), id="nothing found"),
        pytest.param("A 0 4, B 4 10", "x 0 10", (0, 0, 0.4), id="one speaker: the longer is right"),
        pytest.param("A 0 10", "x 2 12", (0.2, 0.2, 0), id="late, and too long"),
        # 0-2 A, 2-4 A+B, 4-6 B: 8 s. x is right for A in 4 s of 6; B's 2 s alone are confused, its other 2 s missed.
        pytest.param("A 0 4, B 2 6", "x 0 6", (0.25, 0, 0.25), id="overlap counts twice"),
        pytest.param("A 0 4", "x 0 4, y 0 4", (0, 1, 0), id="two found where one speaks"),
        # Greedy would give x to A (5 s) and y nothing; the best mapping is x-B, y-A: 4 + 4 s right of 13.
        pytest.param("A 0 5, A 5 9, B 9 13", "x 0 5, y 5 9, x 9 13", (0, 0, round(5 / 13, 9)), id="best mapping"),
        pytest.param("A 0 4, A 2 6", "x 0 3, x 1 6", (0, 0, 0), id="a speaker's own turns overlap"),
        pytest.param("A 0 2, B 1 1", "x 0 2, y 1 1", (0, 0, 0), id="empty turns"),
    ],
)
def test_worked_examples(reference: str, found: str, expected: tuple[float, float, float]) -> None:
    rate = error_rate(turns(reference), turns(found))
    assert parts(rate) == pytest.approx(expected)
    assert rate.der == pytest.approx(sum(expected))


def test_only_the_given_stretch_is_scored() -> None:
    rate = error_rate(turns("A 0 10, B 10 20"), turns("x 0 5, y 10 30"), uem=Span(start=4, end=24))
    assert rate.speech_s == 16
    assert parts(rate) == pytest.approx((5 / 16, 4 / 16, 0))


def test_without_speech_there_is_no_rate() -> None:
    with pytest.raises(ScribeError, match="expected speech in the reference, found none"):
        error_rate(turns("A 3 3"), turns("x 0 1"))


SOME = st.lists(
    st.builds(
        lambda who, start, length: Turn(speaker=who, start=start, end=start + length),
        st.sampled_from("ABC"),
        st.integers(0, 40).map(float),
        st.integers(1, 9).map(float),
    ),
    min_size=1,
    max_size=12,
)


@given(SOME, SOME)
def test_the_parts_add_up_and_nothing_else_counts(reference: list[Turn], found: list[Turn]) -> None:
    rate = error_rate(reference, found)
    assert rate.der == pytest.approx(sum(parts(rate)))
    assert rate.missed + rate.confusion <= 1 + 1e-9
    assert error_rate(reference, reference).der == 0
    assert error_rate(reference[::-1], found[::-1]) == rate
    back = error_rate(found, reference)
    assert back.missed * back.speech_s == pytest.approx(rate.false_alarm * rate.speech_s, abs=1e-6)
    assert back.confusion * back.speech_s == pytest.approx(rate.confusion * rate.speech_s, abs=1e-6)
