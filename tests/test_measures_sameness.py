"""Passages side by side: by their words, by a simulator, and what makes probabilities of it."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from conftest import phrases
from hypothesis import given
from hypothesis import strategies as st
from scoring import Cache

from scribe import evidence
from scribe.language import content_words
from scribe.measures.calibration import Calibration, auroc, fit, log_loss, sigmoid
from scribe.measures.likelihood import Pairing, document, likelihood_gains
from scribe.measures.sameness import CALIBRATIONS, USUAL_WORDS, Comparison, LexicalMeasure
from scribe.records import ScribeError
from scribe.simulators import CannotScore, Score, Simulator, open_simulator

MEASURES: tuple[LexicalMeasure, ...] = ("cache", "cosine", "bm25")
BOUND = "the bound on the loss is proved by the lemma of the gradient"
TASTE = "a cake wants butter and sugar and an oven that is hot"


def usual(word: str) -> float:
    return 1e-4


def compared(measure: LexicalMeasure, passages: list[str]) -> Comparison:
    return Comparison(measure, passages, passages, usual)


# ── By their words ───────────────────────────────────────────────────────────────────────────


@given(st.lists(phrases(), min_size=2, max_size=8), st.sampled_from(MEASURES))
def test_the_order_of_two_passages_is_of_no_account_and_all_pairs_are_as_each(
    passages: list[str], measure: LexicalMeasure
) -> None:
    comparison = compared(measure, passages)
    whole = np.concatenate([block for _, block in comparison.blocks()])
    assert whole.shape == (len(passages), len(passages))
    for i in range(len(passages)):
        for j in range(len(passages)):
            assert comparison.value(i, j) == comparison.value(j, i)
            assert whole[i, j] == pytest.approx(comparison.value(i, j), abs=1e-12)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), phrases()), min_size=1, max_size=9),
    st.sampled_from(MEASURES),
    st.integers(1, 5),
    st.sampled_from([None, "a", "z"]),
)
def test_the_closest_are_the_best_of_all_pairs_across_sessions(
    told: list[tuple[str, str]], measure: LexicalMeasure, top: int, of: str | None
) -> None:
    sessions, passages = [name for name, _ in told], [text for _, text in told]
    comparison = compared(measure, passages)
    all_pairs = [
        comparison.match(i, j)
        for j in range(len(told))
        for i in range(j)
        if sessions[i] != sessions[j] and (of is None or of in (sessions[i], sessions[j]))
    ]
    found = comparison.closest(sessions, top, of=of)
    best = sorted((match.probability for match in all_pairs), reverse=True)[:top]
    assert [match.probability for match in found] == pytest.approx(best)
    assert {(m.first, m.second) for m in found} <= {(m.first, m.second) for m in all_pairs}


def test_the_gain_of_the_cache_is_its_formula() -> None:
    one, other, background = "cats purr", "cats sleep", ["cats purr", "cats sleep", "dogs bark loud"]
    told, shared = 7 + USUAL_WORDS, 0.1 / 0.9 * 0.5
    common = (2 + USUAL_WORDS * 1e-4) / told  # "cats" twice among seven words, and as often as it is usual
    expected = 0.5 * math.log(1 + shared / common)  # one word in two is shared, in both directions
    assert Comparison("cache", [one, other], background, usual).value(0, 1) == pytest.approx(expected)


def test_a_word_that_is_usual_in_english_tells_little() -> None:
    def english(word: str) -> float:
        return 0.05 if word == "the" else 1e-6

    comparison = Comparison("cache", ["the cats", "the dogs", "my cats"], [BOUND], english)
    assert 0 < comparison.value(0, 1) < comparison.value(0, 2)


def test_bm25_is_that_of_evidence_as_a_share_of_its_own() -> None:
    passages = [BOUND, TASTE, "the lemma bounds the loss and the loss again", "sugar"]
    comparison = compared("bm25", passages)
    terms = [content_words(passage) for passage in passages]
    scores = np.stack([evidence.bm25(query, terms) for query in terms])
    shares = scores / scores.diagonal()[:, None]
    for i in range(4):
        for j in range(4):
            assert comparison.value(i, j) == pytest.approx((shares[i, j] + shares[j, i]) / 2)


def test_cosine_is_one_with_itself_and_nothing_with_a_stranger() -> None:
    comparison = compared("cosine", [BOUND, BOUND, TASTE, "the and of"])
    assert comparison.value(0, 1) == pytest.approx(1)
    assert comparison.value(0, 2) == 0
    assert comparison.value(0, 3) == comparison.value(3, 3) == 0


@pytest.mark.parametrize("measure", MEASURES)
def test_two_passages_of_one_question_are_closer(measure: LexicalMeasure) -> None:
    again = "is the loss below the bound once the gradient lemma is proved"
    comparison = compared(measure, [BOUND, again, TASTE])
    assert comparison.value(0, 1) > comparison.value(0, 2)
    assert comparison.match(0, 1).probability > comparison.match(0, 2).probability


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("words", [1, 50, 200, 800, 20_000])
def test_what_is_more_alike_is_likelier_the_same_at_any_length(measure: LexicalMeasure, words: int) -> None:
    calibration = CALIBRATIONS[measure]
    probabilities = [calibration.probability(value, words) for value in (0.0, 0.1, 0.2, 0.3)]
    assert probabilities == sorted(probabilities)
    assert 0 < probabilities[0] < 0.5


def test_two_thousand_passages_take_seconds_and_memory_that_grows_with_them() -> None:
    """200 sessions of 10 topics; 400 passages take a fifth of the memory, and all pairs at once would be 32 MB."""
    rng = np.random.default_rng(0)
    words = np.array([f"w{n}" for n in range(8000)])
    texts = [" ".join(words[np.minimum(rng.zipf(1.3, 150), 7999)]) for _ in range(2000)]
    sessions = [str(place // 10) for place in range(2000)]
    peaks = []
    for many in (400, 2000):
        comparison = compared("cosine", texts[:many])
        tracemalloc.start()
        began = time.process_time()
        found = comparison.closest(sessions[:many], 20)
        seconds = time.process_time() - began
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert len(found) == 20
    assert seconds < 20
    assert peaks[1] < 6 * peaks[0]
    assert peaks[1] < 30e6


# ── By a simulator ───────────────────────────────────────────────────────────────────────────


class Unscored(Cache):
    """A simulator without log-probabilities."""

    def score(self, prefix: str, continuations: list[str]) -> list[Score]:  # type: ignore[override]
        raise CannotScore("unscored: has no log-probabilities")


def test_a_gain_is_the_drop_in_log_loss_against_foreign_passages() -> None:
    simulator = Cache(noise=0.01)
    one, other, foreign = "cats purr", "cats sleep now", ["dogs bark", "rain falls", " "]
    (gain,) = likelihood_gains(simulator, [Pairing(one, other, foreign)])

    def logprob(read: str, told: str) -> float:
        return simulator.score(document(read), [told])[0].logprob

    def direction(read: str, told: str, tokens: int) -> float:
        return (logprob(read, told) - (logprob("dogs bark", told) + logprob("rain falls", told)) / 2) / tokens

    assert gain.value == pytest.approx((direction(one, other, 3) + direction(other, one, 2)) / 2)
    assert gain.noise == pytest.approx((0.02 / 3 + 0.02 / 2) / 2)
    assert gain.value > gain.noise
    assert not gain.is_below_noise


def test_a_gain_within_rounding_is_not_one() -> None:
    (gain,) = likelihood_gains(Cache(noise=10.0), [Pairing("cats purr", "cats sleep", ["dogs bark"])])
    assert gain.is_below_noise


def test_the_order_is_of_no_account_and_each_prefix_is_read_once() -> None:
    simulator = Cache()
    foreign = ["dogs bark at night", "rain falls"]
    pairings = [Pairing(BOUND, TASTE, foreign), Pairing(TASTE, BOUND, foreign), Pairing(BOUND, "the lemma", foreign)]
    gains = likelihood_gains(simulator, pairings)
    assert gains[0] == gains[1]
    assert max(Counter(simulator.prefixes).values()) == 1
    assert len(simulator.prefixes) == 3 + 2


def test_foreign_passages_are_as_long_as_what_they_stand_in_for() -> None:
    """To the next 64 tokens; and nothing is longer than two passages in one context may be."""
    simulator = Cache()
    simulator.context = 1000
    long = " ".join(f"w{n}" for n in range(3000))
    likelihood_gains(simulator, [Pairing("few words only", " ".join(["cat"] * 100), [long])])
    around = simulator.count(document(""))
    lengths = sorted(simulator.count(prefix) - around for prefix in simulator.prefixes)
    assert lengths == [3, 64, 100, 128]
    simulator.prefixes.clear()
    likelihood_gains(simulator, [Pairing(long, f"{long} again", [long])])
    assert all(2 * (simulator.count(prefix) - around) + around <= 1000 for prefix in simulator.prefixes)


@pytest.mark.parametrize("pairing", [Pairing(" ", "b", ["c"]), Pairing("a", "", ["c"]), Pairing("a", "b", [" "])])
def test_empty_passages_are_refused(pairing: Pairing) -> None:
    with pytest.raises(ScribeError, match="found an empty one"):
        likelihood_gains(Cache(), [pairing])


def test_a_context_without_room_is_named() -> None:
    simulator = Cache()
    simulator.context = 150
    with pytest.raises(ScribeError, match="found 150 tokens in all"):
        likelihood_gains(simulator, [Pairing("a", "b", ["c"])])


@pytest.mark.parametrize("simulator", [Unscored(), open_simulator("extract")])
def test_a_simulator_that_cannot_score_says_so(simulator: Simulator) -> None:
    with pytest.raises(CannotScore):
        likelihood_gains(simulator, [Pairing("a", "b", ["c"])])


def test_the_document_ends_where_the_second_passage_begins() -> None:
    assert document("It is so.").endswith("It is so.\n\nThe second passage:\n\n")


# ── Probabilities ────────────────────────────────────────────────────────────────────────────


def test_a_calibration_is_found_again() -> None:
    rng = np.random.default_rng(1)
    true = Calibration(slope=6.0, slope_by_length=2.0, offset=-2.0, offset_by_length=-0.5)
    values, words = rng.normal(0.3, 0.4, 40_000), rng.choice([50, 200, 800], 40_000)
    same = (rng.random(40_000) < sigmoid(true.logit(values, words))).astype(int)
    assert fit(values, words, same, np.ones(40_000)) == pytest.approx(true, abs=0.25)


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=40), st.data())
def test_a_calibration_does_no_worse_than_one_half(values: list[float], data: st.DataObject) -> None:
    """Up to the one count by which Platt draws targets in, which is felt where there are few values."""
    same = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(values), max_size=len(values))))
    array, words, weights = np.array(values), np.full(len(values), 200), np.full(len(values), 100.0)
    found = fit(array, words, same, weights)
    assert all(map(math.isfinite, found))
    loss = log_loss(found.logit(array, words), same, weights)
    assert loss <= math.log(2) + 0.02


def test_values_that_separate_the_kinds_leave_the_coefficients_finite() -> None:
    values, same = np.array([0.0, 0.1, 0.9, 1.0]), np.array([0, 0, 1, 1])
    found = fit(values, np.full(4, 200), same, np.ones(4))
    assert found.probability(0.0, 200) == pytest.approx(0.25, abs=0.1)
    assert found.probability(1.0, 200) == pytest.approx(0.75, abs=0.1)


def test_one_half_costs_log_two_and_a_sure_error_much() -> None:
    assert log_loss(np.zeros(2), np.array([1, 0]), np.ones(2)) == pytest.approx(math.log(2))
    assert log_loss(np.array([-30.0]), np.array([1]), np.ones(1)) == pytest.approx(30)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(1, 3)), min_size=2, max_size=20).filter(
        lambda rows: len({is_same for _, is_same, _ in rows}) == 2
    )
)
def test_the_area_under_the_curve_is_the_share_of_pairs_in_order(rows: list[tuple[int, bool, int]]) -> None:
    """A weight of 3 is as good as three of it."""
    positive = [value for value, is_same, weight in rows if is_same for _ in range(weight)]
    negative = [value for value, is_same, weight in rows if not is_same for _ in range(weight)]
    order = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    values, same, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assert auroc(values, same, weights) == pytest.approx(sum(order) / len(order))
