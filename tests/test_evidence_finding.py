"""Which lines speak of what is asked or claimed, and whether any does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.evidence import best_lines, discussed, is_discussed, passages, relevance, support_scores
from scribe.evidence.features import features, record_features
from scribe.evidence.locating import Index, index_of
from scribe.linear import load
from scribe.records import Segment


def lines(*texts: str) -> list[Segment]:
    found = [text.split(": ", 1) for text in texts]
    return [Segment(index=i, speaker=speaker, text=text) for i, (speaker, text) in enumerate(found)]


FILLER = ["A: so where were we with all that", "B: yeah I guess so", "A: the trains were late again this morning"] * 12
RECORD = lines(
    *FILLER,
    "B: the recogniser makes more errors when the room has echo",
    "A: right, and the echo is worst near the window",
    *FILLER,
    "A: we should buy a second microphone before Thursday",
    "B: the budget allows two microphones",
    *FILLER,
)
ECHO, BUY = 36, 74


def test_lines_that_answer_come_first() -> None:
    scores = relevance("What was said about echo and the recogniser?", RECORD)
    assert int(np.argmax(scores)) in (ECHO, ECHO + 1)
    assert scores[ECHO - 1] > scores[0]
    assert np.all((scores >= 0) & (scores <= 1))


@pytest.mark.parametrize("question", ["Summarize the whole meeting.", "", "What about giraffes?"])
def test_nothing_is_relevant_to_no_topic(question: str) -> None:
    assert not relevance(question, RECORD).any()


def test_the_lines_of_a_claim() -> None:
    assert best_lines("Another microphone will be bought by Thursday.", RECORD)[:2] == [BUY, BUY + 1]
    assert best_lines("Giraffes sleep standing.", RECORD) == []
    assert best_lines("Microphones", RECORD, most=1) in ([BUY], [BUY + 1])
    assert best_lines("Microphones", []) == []


def test_indexes_are_those_of_the_segments() -> None:
    moved = [line.model_copy(update={"index": line.index + 100}) for line in RECORD]
    claim = "Another microphone will be bought by Thursday."
    assert best_lines(claim, moved) == [i + 100 for i in best_lines(claim, RECORD)]


def test_the_lines_of_the_speaker_are_preferred() -> None:
    twice = lines(*FILLER, "A: the echo is bad", *FILLER, "B: the echo is bad", *FILLER)
    assert best_lines("The echo is bad", twice, speaker="B", most=1) == [73]
    assert best_lines("The echo is bad", twice, speaker="A", most=1) == [36]


def test_a_question_of_another_meeting_is_not_discussed() -> None:
    assert discussed("What did they say about echo and the recogniser?", RECORD) > 0.5
    assert not is_discussed("Why does the minister reject the carbon tax on farmers in Alberta?", RECORD)
    assert is_discussed("Summarize the meeting.", RECORD)
    assert not is_discussed("What about echo?", [])


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30)), max_size=30), st.integers(1, 80), st.integers(0, 6))
def test_passages_do_not_overlap(scored: list[tuple[float, int]], words: int, most: int) -> None:
    scores = np.array([score for score, _ in scored])
    found = passages(scores, [length for _, length in scored], words, most)
    assert len(found) <= most
    taken = [i for first, last in found for i in range(first, last)]
    assert len(taken) == len(set(taken))
    assert all(0 <= first < last <= len(scored) for first, last in found)


def test_a_passage_is_about_as_long_as_asked() -> None:
    found = passages(np.ones(20), [7] * 20, 30, 3)
    assert all(last - first == 4 for first, last in found[:3])


@given(st.lists(st.text(alphabet="ab ,.'é-3\n", max_size=20), max_size=8), st.text(alphabet="abcé '-3", max_size=30))
def test_no_text_upsets_the_finder(texts: list[str], text: str) -> None:
    segments = [Segment(index=i, speaker=None, text=one) for i, one in enumerate(texts)]
    for scores in (relevance(text, segments), support_scores(text, segments)):
        assert scores.shape == (len(segments),)
        assert np.all(np.isfinite(scores))
    assert 0 <= discussed(text, segments) <= 1


def test_windows_count_words_near_and_far() -> None:
    index = Index([("A", "alpha beta"), ("B", "gamma delta " * 60), ("A", "omega")])
    found = features(index, "omega")
    assert found["own"].tolist().index(found["own"].max()) == 2
    assert found["within_24"][0] == 0 < found["within_400"][0]


def test_worth_makes_a_word_count_for_less() -> None:
    index = Index([("A", "the alpha is here"), *[("B", "so it is")] * 40, ("A", "the omega is there")])
    plain = features(index, "alpha omega")["own"]
    weighed = features(index, "alpha omega", worth={"alpha": 0.2})["own"]
    assert plain[0] == pytest.approx(plain[-1])
    assert weighed[0] < weighed[-1]


def test_the_index_is_made_once() -> None:
    assert index_of(RECORD) is index_of(list(RECORD))


def test_the_coefficients_fit_the_features() -> None:
    """A feature renamed without learning anew would be missed only where it is used."""
    models = load("evidence")
    index = index_of(RECORD)
    made = features(index, "echo near the window")
    assert set(models["question"].terms) | set(models["claim"].terms) <= set(made)
    assert set(models["discussed"].terms) <= set(record_features(index, "echo", frozenset(), {}))
    assert all(
        0.2 <= weight <= 2 for kind in ("question", "claim") for *_, weight in models[f"{kind}_words"].terms.values()
    )
