"""The figures for topics: what is marked, and how cuts are judged against it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def topics() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module("topics")
    finally:
        sys.path.remove(str(BENCHMARKS))


@given(cuts=st.sets(st.integers(1, 99), min_size=1))
def test_the_marked_boundaries_agree_with_themselves(topics: ModuleType, cuts: set[int]) -> None:
    assert topics.disagreement(sorted(cuts), sorted(cuts), 100) == (0.0, 0.0)
    assert topics.agreement(sorted(cuts), sorted(cuts), 100) == 1.0


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([((0, 50),), ((50, 100),)], [50]),
        ([((0, 50),), ((52, 100),)], [52]),
        ([((0, 50),), ((60, 100),)], [50, 60]),
        ([((0, 80),), ((40, 100),)], [40]),
        ([((0, 20), (60, 100)), ((20, 60),)], [20, 60]),
    ],
    ids=["side by side", "a short gap", "a long gap", "overlapping", "taken up again"],
)
def test_where_marked_topics_meet(
    topics: ModuleType, spans: list[tuple[tuple[int, int], ...]], wanted: list[int]
) -> None:
    marked = tuple(topics.corpora.MarkedTopic(str(n), span) for n, span in enumerate(spans))
    meeting = topics.QueriedMeeting(transcript([("AB"[i % 2], "word") for i in range(100)]), (), marked)
    assert topics.boundaries_of(meeting) == wanted
