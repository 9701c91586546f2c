"""A long session's overview, merged in both known ways: valid citations, nothing asked twice, linear in the topics."""

from __future__ import annotations

import pytest
from conftest import Scripted, curated, refuse, sample, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.asking import MOST_SHOWN_TOKENS
from scribe.evidence import cite
from scribe.notes.overview import Merge, overview_of
from scribe.records import Claim, Prompt, Topic, Transcript
from scribe.simulators.extract import Extract

FRAMES = curated()
MERGES: list[Merge] = ["hierarchical", "incremental"]


def session(topics: int, *, claims: int = 3, words: int = 30) -> tuple[Transcript, list[Topic]]:
    """Topics of so many claims, each on a line of its own."""
    talk = transcript([("Ada", f"claim {n} is so " + "and more " * (words // 2)) for n in range(topics * claims)])
    made = [
        Topic(
            title=f"Topic {t}",
            first=t * claims,
            last=(t + 1) * claims,
            claims=tuple(
                Claim(kind="point", text=talk.segments[n].text, cites=(n,), speaker="Ada")
                for n in range(t * claims, (t + 1) * claims)
            ),
        )
        for t in range(topics)
    ]
    return talk, made


def first_line(prompt: Prompt, k: int) -> str:
    """The first line shown and the last, each in three words."""
    first, last = prompt.sources[0].index, prompt.sources[-1].index
    return f" Claim {first} holds {cite([first])}. Claim {last} holds {cite([last])}."


@pytest.mark.parametrize("merge", MERGES)
def test_what_fits_one_prompt_is_asked_once_whatever_the_way(merge: Merge) -> None:
    talk, topics = session(5)
    simulator = Scripted(first_line)
    found = overview_of(talk, topics, simulator, FRAMES, words=None, merge=merge)
    assert [c.cites for c in found] == [(0,), (14,)]
    assert len(simulator.asked) == 1
    assert "as it stood before" not in simulator.asked[0].text


def test_hierarchical_merges_paragraphs_until_one_is_left() -> None:
    talk, topics = session(12)
    simulator = Scripted(first_line, context=1_500)
    found = overview_of(talk, topics, simulator, FRAMES, words=None, merge="hierarchical")
    *leaves, root = simulator.asked
    assert len(leaves) > 2
    assert [s.index for p in leaves for s in p.sources] == list(range(36))
    assert [s.index for s in root.sources] == [i for p in leaves for i in (p.sources[0].index, p.sources[-1].index)]
    assert "### Topic 0 to Topic" in root.text
    assert [c.cites for c in found] == [(0,), (35,)]


def test_incremental_carries_the_paragraph_and_its_lines_along() -> None:
    talk, topics = session(12)
    simulator = Scripted(first_line, context=1_500)
    found = overview_of(talk, topics, simulator, FRAMES, words=None, merge="incremental")
    first, *later = simulator.asked
    assert "as it stood before" not in first.text
    assert later
    for before, prompt in zip(simulator.asked, later, strict=False):
        assert f"Claim {before.sources[-1].index} holds." in prompt.text
        assert before.sources[-1].index in [s.index for s in prompt.sources]
        assert prompt.sources[0].index == 0
    assert [c.cites for c in found] == [(0,), (35,)]


@settings(max_examples=30)
@given(st.sampled_from(MERGES), st.integers(1, 30), st.integers(1, 4), st.integers(2, 300), st.integers(1_300, 3_000))
def test_whatever_the_session_citations_are_valid(
    merge: Merge, topics: int, claims: int, words: int, context: int
) -> None:
    talk, made = session(topics, claims=claims, words=words)
    simulator = Scripted(first_line, context=context)
    for claim in overview_of(talk, made, simulator, FRAMES, words=None, merge=merge):
        assert claim.cites
        assert claim.support is not None
        assert "was not shown" not in " ".join(claim.support.reasons)
    assert len(simulator.asked) <= 2 * topics + 10


@pytest.mark.parametrize("merge", MERGES)
@pytest.mark.parametrize("text", ["", " none"])
def test_a_model_that_writes_nothing_leaves_first_claims(merge: Merge, text: str) -> None:
    talk, topics = session(12)
    found = overview_of(talk, topics, Scripted(lambda p, k: text, context=1_500), FRAMES, words=None, merge=merge)
    assert all(c in [t.claims[0] for t in topics] for c in found)


@pytest.mark.parametrize("merge", MERGES)
def test_an_overview_that_cannot_be_read_leaves_first_claims_and_none_leaves_none(merge: Merge) -> None:
    talk, topics = session(3)
    silent, none = Scripted(lambda p, k: ""), Scripted(lambda p, k: " none")
    assert overview_of(talk, topics, silent, FRAMES, words=None, merge=merge) == [t.claims[0] for t in topics]
    assert overview_of(talk, topics, none, FRAMES, words=None, merge=merge) == []


@pytest.mark.parametrize("merge", MERGES)
def test_a_model_that_fails_leaves_the_first_claim_of_every_topic(merge: Merge) -> None:
    talk, topics = session(12)
    found = overview_of(talk, topics, Scripted(refuse, context=1_500), FRAMES, words=None, merge=merge)
    assert found == [t.claims[0] for t in topics]


@pytest.mark.parametrize("merge", MERGES)
def test_extract_merges_too(merge: Merge) -> None:
    seminar = sample()
    lines = [(s.speaker, s.text) for s in seminar.segments]
    talk = transcript(lines * 40)
    topics = [
        Topic(
            title=f"Topic {t}",
            first=t * 46,
            last=(t + 1) * 46,
            claims=tuple(
                Claim(kind="point", text=text, cites=(t * 46 + n,), speaker=who)
                for n, (who, text) in enumerate(lines)
                if n % 7 == 3
            ),
        )
        for t in range(40)
    ]
    extract = Extract()
    assert sum(extract.count(c.text) for t in topics for c in t.claims[:6]) * 2 > MOST_SHOWN_TOKENS
    found = overview_of(talk, topics, extract, FRAMES, words=None, merge=merge)
    assert found
    assert all(c.support and c.support.verdict == "supported" for c in found)
