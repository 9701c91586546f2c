"""Perspective information against distributions whose divergence can be worked out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from conftest import prompt
from hypothesis import given
from hypothesis import strategies as st
from scoring import Dice, Words

from scribe.measures.information import Sample, by_length, draw, growth, information, scored, unbent
from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.simulators import Score

VOICES = ("optimist", "pessimist", "poet")
TEMPERATE = Sampling(max_tokens=400, temperature=0.7, top_p=0.95, stop=("\n\n",), seed=3)


def prompts(count: int) -> list[Prompt]:
    return [prompt(["It is so."], cue=f"{name}:", voice=name) for name in VOICES[:count]]


def dice(*distributions: Words, noise: float = 0.0) -> Dice:
    return Dice({f"{name}:": words for name, words in zip(VOICES, distributions, strict=False)}, noise=noise)


def exact(distributions: list[Words], length: int) -> float:
    """JSD over all texts of `length` words: the entropy of the mean less the mean entropy (Lin 1991)."""
    words = sorted({word for distribution in distributions for word in distribution})
    total = 0.0
    for text in itertools.product(words, repeat=length):
        p = np.array([math.prod(d.get(word, 0.0) for word in text) for d in distributions])
        total += -p.mean() * math.log(p.mean()) if p.mean() > 0 else 0.0
        total += sum(q * math.log(q) for q in p if q > 0) / len(p)
    return total


@pytest.mark.parametrize("length", [1, 3, 6])
@pytest.mark.parametrize(
    "distributions",
    [
        [{"so": 0.9, "no": 0.1}, {"so": 0.2, "no": 0.8}],
        [{"so": 0.6, "no": 0.4}, {"so": 0.4, "no": 0.6}, {"so": 0.5, "no": 0.5}],
    ],
)
def test_the_estimate_is_the_divergence(distributions: list[Words], length: int) -> None:
    simulator = dice(*distributions)
    count = len(distributions)
    scene = draw(prompts(count), simulator, unbent(TEMPERATE, samples=1500, tokens=length))
    found = information(VOICES[:count], [scene])
    truth = exact(distributions, length)
    error = (found.estimate.high - found.estimate.low) / 3.92
    assert found.estimate.low - error < truth < found.estimate.high + error
    assert 0 < error < 0.02
    assert found.ceiling == math.log(count)
    assert found.tokens == length
    assert not found.estimate.is_below_noise


def test_voices_that_share_no_word_reach_the_ceiling_exactly() -> None:
    scene = draw(prompts(3), dice({"a": 1.0}, {"b": 1.0}, {"c": 0.5, "d": 0.5}), unbent(TEMPERATE, samples=4, tokens=5))
    found = information(VOICES, [scene, scene])
    assert found.estimate.value == pytest.approx(math.log(3), abs=1e-12)
    assert found.estimate.low == pytest.approx(math.log(3), abs=1e-12)
    assert np.allclose(found.taken_for, np.eye(3))
    assert [estimate.value for estimate in found.by_voice] == pytest.approx([math.log(3)] * 3)
    assert len(found.by_scene) == 2


def test_each_voice_stands_out_by_its_divergence_from_the_mean_of_all() -> None:
    """KL(p_i ‖ m) for texts of one word: two who toss a fair coin, and one who always says the same."""
    distributions = [{"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}, {"a": 1.0}]
    found = information(VOICES, [draw(prompts(3), dice(*distributions), unbent(TEMPERATE, samples=3000, tokens=1))])
    fair = 0.5 * math.log(0.5 / (2 / 3)) + 0.5 * math.log(0.5 / (1 / 3))
    assert [estimate.value for estimate in found.by_voice] == pytest.approx([fair, fair, math.log(1.5)], abs=0.02)
    assert found.taken_for[2] == pytest.approx((0.25, 0.25, 0.5))
    assert found.estimate.value == pytest.approx(sum(e.value for e in found.by_voice) / 3)


def test_voices_that_write_alike_are_below_the_noise_floor() -> None:
    words = {"so": 0.3, "no": 0.7}
    found = information(VOICES, [draw(prompts(3), dice(words, words, words), unbent(TEMPERATE, samples=8, tokens=9))])
    assert found.estimate.value == pytest.approx(0, abs=1e-12)
    assert found.estimate.is_below_noise
    assert np.allclose(found.taken_for, 1 / 3)


def test_a_difference_that_rounding_could_have_made_is_below_the_noise_floor() -> None:
    """The same samples, once scored exactly and once by arithmetic that may be off by half a nat."""
    distributions = [{"a": 1.0}, {"a": 0.6, "b": 0.4}]
    sampling = unbent(TEMPERATE, samples=64, tokens=1)
    exactly = information(VOICES[:2], [draw(prompts(2), dice(*distributions), sampling)])
    roughly = information(VOICES[:2], [draw(prompts(2), dice(*distributions, noise=0.5), sampling)])
    assert exactly.estimate.value == roughly.estimate.value > 0.1
    assert not exactly.estimate.is_below_noise
    assert roughly.estimate.noise == 1.0
    assert roughly.estimate.is_below_noise


def test_texts_are_drawn_from_the_distribution_itself() -> None:
    simulator = dice({"a": 1.0}, {"b": 1.0})
    draw(prompts(2), simulator, unbent(TEMPERATE, samples=2, tokens=7))
    for asked, sampling in simulator.sampled:
        assert asked.sources == (), "sources bring the grammar of citations"
        assert sampling == Sampling(max_tokens=7, temperature=1.0, top_p=1.0, samples=2, stop=(), seed=3)
    assert [asked.text for asked, _ in simulator.sampled] == [p.text for p in prompts(2)]


def test_a_voice_without_a_sample_is_refused() -> None:
    one = Sample(voice=0, text="a", scores=(Score(token_logprobs=(-1.0,)),) * 2)
    with pytest.raises(ScribeError, match="found none of pessimist"):
        information(VOICES[:2], [[one]])


@pytest.mark.parametrize(
    ("written", "is_read_back"),
    [
        (None, True),
        ((-1.0, -2.0), True),
        ((-1.0, -2.0, -0.3), True),
        ((-1.0, -2.01), True),
        ((-1.0, -2.5), False),
        ((-3.0,), False),
        ((-1.0, -2.0, -0.3, -0.3), False),
    ],
)
def test_texts_that_are_read_in_other_tokens_than_they_were_written_in_are_left_out(
    written: tuple[float, ...] | None, is_read_back: bool
) -> None:
    """An untrained model's estimate was below 0, for certain, before they were."""
    odd = Completion(text="ab", finish="end", token_logprobs=written)
    plain = Completion(text="ab", finish="end")
    score = Score(token_logprobs=(-1.0, -2.0))
    samples = scored([[odd, plain], [plain]], [[score] * 3, [score] * 3])
    assert [sample.is_read_back for sample in samples] == [is_read_back, True, True]
    found = information(VOICES[:2], [samples])
    assert found.left_out == (not is_read_back)
    assert found.by_voice[0].values == 2 - found.left_out


LOGPROBS = st.floats(-30, -0.001)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    voices, tokens = draw(st.integers(2, 4)), draw(st.integers(0, 8))
    rows = [draw(st.lists(LOGPROBS, min_size=tokens, max_size=tokens)) for _ in range(voices)]
    scores = tuple(Score(token_logprobs=tuple(row)) for row in rows)
    return Sample(voice=draw(st.integers(0, voices - 1)), text="x" * tokens, scores=scores)


@given(samples())
def test_what_the_tokens_add_is_what_the_text_tells(sample: Sample) -> None:
    voices = [f"v{i}" for i in range(len(sample.scores))]
    grown = growth(sample, voices)
    assert grown is not None
    assert sum(grown.gains) == pytest.approx(sample.information, abs=1e-9)
    assert sample.information <= math.log(len(voices)) + 1e-12
    assert sample.posterior.sum() == pytest.approx(1)
    assert grown.posterior[0] == pytest.approx(1 / len(voices))
    assert grown.posterior[-1] == pytest.approx(sample.posterior[sample.voice])
    # The definition: log p_i(x_t) − log of the posterior's mixture of p_j(x_t), the posterior taken before t.
    steps = np.array([score.token_logprobs for score in sample.scores])
    for t, gain in enumerate(grown.gains):
        before = np.exp(steps[:, :t].sum(axis=1) - steps[:, :t].sum(axis=1).max())
        mixture = float(before / before.sum() @ np.exp(steps[:, t]))
        assert gain == pytest.approx(steps[sample.voice, t] - math.log(mixture), abs=1e-6)


def test_tokens_that_do_not_agree_have_no_growth() -> None:
    scores = (Score(token_logprobs=(-1.0, -1.0)), Score(token_logprobs=(-2.0,)))
    assert growth(Sample(voice=0, text="ab", scores=scores), VOICES[:2]) is None
    assert by_length([Sample(voice=0, text="ab", scores=scores)], VOICES[:2]) == []


def test_information_of_the_first_tokens_ends_at_that_of_the_texts() -> None:
    scene = draw(prompts(2), dice({"a": 0.9, "b": 0.1}, {"a": 0.3, "b": 0.7}), unbent(TEMPERATE, samples=400, tokens=6))
    curve = by_length(scene, VOICES[:2])
    assert curve[0] == 0
    assert curve[-1] == pytest.approx(information(VOICES[:2], [scene]).estimate.value)
    assert curve[1] == pytest.approx(exact([{"a": 0.9, "b": 0.1}, {"a": 0.3, "b": 0.7}], 1), abs=0.04)
    assert np.all(np.diff(curve) > 0)
