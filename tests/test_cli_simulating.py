"""What simulation took is told in one line, and only of the source at hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scribe.cli.simulating import in_words, spent
from scribe.simulators import Usage

COUNTS = st.integers(0, 10**9)
USAGES = st.builds(
    Usage,
    requests=COUNTS,
    retries=COUNTS,
    prompt_tokens=COUNTS,
    cached_tokens=COUNTS,
    completion_tokens=COUNTS,
    cost_usd=st.none() | st.floats(0, 1_000),
)


def test_nothing_is_told_of_a_simulator_that_counts_nothing() -> None:
    assert spent(None, None) is None


@given(USAGES)
def test_from_its_opening_on_all_is_told(usage: Usage) -> None:
    assert spent(None, usage) == usage.model_dump()
    nothing = spent(usage, usage)
    assert nothing is not None
    assert set(nothing.values()) <= {0, None}


def test_a_source_is_told_its_own() -> None:
    before = Usage(requests=3, prompt_tokens=900, completion_tokens=20, cost_usd=0.5)
    after = Usage(requests=5, retries=1, prompt_tokens=2_000, cached_tokens=512, completion_tokens=60, cost_usd=0.75)
    told = spent(before, after)
    assert told == {
        "requests": 2,
        "retries": 1,
        "prompt_tokens": 1_100,
        "cached_tokens": 512,
        "completion_tokens": 40,
        "cost_usd": 0.25,
    }
    assert in_words(told) == "1,100 tokens read (512 of them from a cache), 40 written, 1 retry, $0.250"


def test_what_is_not_known_is_not_told() -> None:
    told = spent(None, Usage(requests=1, prompt_tokens=7, completion_tokens=2))
    assert told is not None
    assert in_words(told) == "7 tokens read, 2 written"
