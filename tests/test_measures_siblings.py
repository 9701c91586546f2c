"""Two simulators whose entropies and divergence can be worked out."""

from __future__ import annotations

import math

import pytest
from conftest import prompt
from scoring import Dice, Words

from scribe.measures.bootstrap import Estimate
from scribe.measures.information import Sample
from scribe.measures.siblings import VoiceSiblings, agreement, compare, draw_siblings
from scribe.records import Claim, Sampling
from scribe.simulators import Score

BASE = {"so": 0.5, "no": 0.5}
TUNED = {"so": 0.9, "no": 0.1}
DRAWN = Sampling(max_tokens=6, temperature=1.0, samples=400)


def compared(first: Words, second: Words) -> VoiceSiblings:
    pair = [Dice({":": words}, seed=seed) for seed, words in enumerate((first, second))]
    scenes = draw_siblings([prompt(["It is."])], pair, DRAWN)
    assert all(asked.sources == () for simulator in pair for asked, _ in simulator.sampled)
    return compare("minute-taker", ("base", "tuned"), scenes)


def holds(estimate: Estimate, truth: float, within: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    half = (estimate.high - estimate.low) / 2
    assert half < within
    return estimate.low - half < truth < estimate.high + half


def entropy(words: Words) -> float:
    return -sum(p * math.log(p) for p in words.values())


def cross(p: Words, q: Words) -> float:
    return -sum(p[word] * math.log(q[word]) for word in p)


def test_rates_are_the_entropies_and_cross_entropies() -> None:
    """Each word is one token and, with its space, three bytes."""
    found = compared(BASE, TUNED)
    for rates, own, other in zip(found.rates, (BASE, TUNED), (TUNED, BASE), strict=True):
        assert holds(rates.entropy_per_token, entropy(own), 0.05) or own is BASE
        assert holds(rates.cross_entropy_per_byte, cross(own, other) / 3, 0.05) or own is TUNED
        assert holds(rates.excess_per_byte, (cross(own, other) - entropy(own)) / 3, 0.05)
    assert found.rates[0].entropy_per_token.value == pytest.approx(math.log(2)), "each text of a fair coin costs alike"
    assert found.rates[0].entropy_per_byte.value == pytest.approx(math.log(2) / 3)
    assert found.rates[1].entropy_per_token.value < found.rates[0].entropy_per_token.value
    assert found.divergence.ceiling == math.log(2)
    assert 0.1 < found.divergence.estimate.value < math.log(2)
    assert not found.divergence.estimate.is_below_noise
    assert not found.tokens_differ


def test_a_simulator_beside_itself_does_not_differ() -> None:
    found = compared(TUNED, TUNED)
    assert found.divergence.estimate.value == pytest.approx(0, abs=1e-12)
    assert found.divergence.estimate.is_below_noise
    assert all(rates.excess_per_byte.is_below_noise for rates in found.rates)


def test_other_tokens_are_noticed_and_empty_texts_have_no_rate() -> None:
    short, long = Score(token_logprobs=(-2.0,)), Score(token_logprobs=(-1.0, -2.0))
    empty = Score(token_logprobs=())
    scene = [
        Sample(voice=0, text="abcd", scores=(short, long)),
        Sample(voice=0, text="", scores=(empty, empty)),
        Sample(voice=1, text="", scores=(empty, empty)),
    ]
    found = compare("v", ("a", "b"), [scene])
    assert found.tokens_differ
    assert found.rates[0].entropy_per_byte.value == 0.5
    assert found.rates[0].cross_entropy_per_byte.value == 0.75
    assert found.rates[1].entropy_per_byte == Estimate(value=0.0)


def test_claims_agree_that_say_nearly_the_same_of_a_common_line() -> None:
    first = [Claim(kind="point", text=f"The {word} bound is loose", cites=(k,)) for k, word in enumerate("abcd")]
    second = [first[0], first[1], first[2].model_copy(update={"cites": (9,)})]
    found = agreement(first, second)
    assert found.counts == (4, 3)
    assert found.shares[0].value == 0.5
    assert found.shares[1].value == pytest.approx(2 / 3)
    assert agreement([], second).shares[0] == Estimate(value=0.0)
