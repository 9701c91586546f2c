"""Base beside tuned: how the distributions of two simulators differ under the same frames.

In: the same prompts put to two simulators that can score, and the claims that each made. Out: for each voice the two
entropy rates, the cross-entropies, the Jensen–Shannon divergence with its ceiling log 2; and how far claims agree.

With x drawn from A at temperature 1: the entropy rate is −log p_A(x) over its length, the cross-entropy −log p_B(x)
over the same length; their difference is KL(A ‖ B) per byte, what it costs to expect B where A writes. Lengths are
bytes of UTF-8, since two models may cut text into different tokens; the entropy rate is given per token too, of each
model's own. A tuned model is commonly surer than its base: a lower entropy rate, and the base's texts cost it much.

Limits. What is compared are probabilities of strings, of which a model has one for each way to cut the string into
tokens; the usual one is scored, a lower bound (by little: Cao and Rimell 2021, "You should evaluate your language model
on marginal likelihood over tokenisations"). Texts that their own simulator wrote in other tokens are left out. Where
the two models' tokens differ, a text that the token limit cut inside a word costs the other model a little more. Texts
are cut after so many tokens; rates are of their beginnings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scribe.claims import is_same
from scribe.measures.bootstrap import Estimate, mean_of, statistic_of
from scribe.measures.information import Information, Sample, information, scored
from scribe.records import Claim, Prompt, Record, Sampling
from scribe.simulators import Score, Simulator


class Rates(Record):
    """What one simulator's texts cost, by whom they are expected."""

    entropy_per_token: Estimate
    """Nats a token, of its own."""
    entropy_per_byte: Estimate
    cross_entropy_per_byte: Estimate
    """Under the other simulator."""
    excess_per_byte: Estimate
    """Cross-entropy less entropy: KL to the other, in nats a byte, whose noise is both rounding errors."""


class VoiceSiblings(Record):
    """How two simulators differ in one voice."""

    voice: str
    rates: tuple[Rates, Rates]
    """Of the first simulator's texts, and of the second's."""
    divergence: Information
    """The two simulators taken as the voices: JSD in nats, its ceiling log 2."""
    tokens_differ: bool
    """Whether some text was cut into different numbers of tokens by the two."""


class ClaimsAgreement(Record):
    """Which claims of two simulators say nearly the same of a common line."""

    counts: tuple[int, int]
    """Claims of the first and of the second."""
    shares: tuple[Estimate, Estimate]
    """Share of the first's claims that the second made too, and the other way round; the interval is over claims."""


def draw_siblings(prompts: Sequence[Prompt], pair: Sequence[Simulator], sampling: Sampling) -> list[list[Sample]]:
    """Texts of both simulators after each prompt, scored under both: one list for each prompt; raises CannotScore.

    A sample's `voice` is 0 for a text of the first simulator and 1 for one of the second. Sources are left out of the
    prompts, as in `information.draw`.
    """
    bare = [prompt.model_copy(update={"sources": ()}) for prompt in prompts]
    drawn = [simulator.sample(bare, sampling) for simulator in pair]
    found = []
    for place, prompt in enumerate(bare):
        here = [completions[place] for completions in drawn]
        texts = [completion.text for completions in here for completion in completions]
        found.append(scored(here, [simulator.score(prompt.text, texts) for simulator in pair]))
    return found


def compare(voice: str, names: Sequence[str], scenes: Sequence[Sequence[Sample]]) -> VoiceSiblings:
    """How the two simulators differ in one voice, from its samples under each scene."""
    everything = [sample for scene in scenes for sample in scene]
    return VoiceSiblings(
        voice=voice,
        rates=(_rates(everything, 0), _rates(everything, 1)),
        divergence=information(names, scenes),
        tokens_differ=any(len({score.tokens for score in sample.scores}) > 1 for sample in everything),
    )


def agreement(first: Sequence[Claim], second: Sequence[Claim]) -> ClaimsAgreement:
    """How far the claims of two simulators agree, each way."""
    return ClaimsAgreement(
        counts=(len(first), len(second)),
        shares=(
            mean_of([[float(any(is_same(a, b) for b in second)) for a in first]]),
            mean_of([[float(any(is_same(b, a) for a in first)) for b in second]]),
        ),
    )


def _rates(samples: Sequence[Sample], which: int) -> Rates:
    """Rates of the texts that one simulator wrote, and reads back as it wrote them; an empty text has none."""
    mine = [sample for sample in samples if sample.voice == which and sample.text and sample.is_read_back]
    own = [sample.scores[which] for sample in mine]
    theirs = [sample.scores[1 - which] for sample in mine]
    lengths = np.array([len(sample.text.encode("utf-8", "replace")) for sample in mine], dtype=float)
    entropy = np.array([-score.logprob for score in own])
    cross = np.array([-score.logprob for score in theirs])
    noise, cross_noise = _noise(own), _noise(theirs)
    return Rates(
        entropy_per_token=_ratio(entropy, np.array([score.tokens for score in own], dtype=float), noise),
        entropy_per_byte=_ratio(entropy, lengths, noise),
        cross_entropy_per_byte=_ratio(cross, lengths, cross_noise),
        excess_per_byte=_ratio(cross - entropy, lengths, noise + cross_noise),
    )


def _ratio(nats: np.ndarray, lengths: np.ndarray, noise: float) -> Estimate:
    """Nats over lengths, summed first: a long text weighs more, as it holds more tokens."""

    def ratio(drawn: np.ndarray) -> float | None:
        total = float(lengths[drawn].sum())
        return float(nats[drawn].sum()) / total if total else None

    each = noise * len(nats) / float(lengths.sum()) if len(nats) and lengths.sum() else 0.0
    return statistic_of(ratio, len(nats), noise=each) or Estimate(value=0.0)


def _noise(scores: Sequence[Score]) -> float:
    """Mean rounding error of scores, in nats a text."""
    return float(np.mean([score.noise for score in scores])) if scores else 0.0
