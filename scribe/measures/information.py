"""Perspective information: how much a text tells of which voice wrote it.

In: one prompt for each voice, over one scene, and a simulator that can score. Out: the generalised Jensen–Shannon
divergence of the voices' distributions over texts, in nats, with its interval; and how it grows token by token.

With p_i the distribution of texts after voice i's cue and m = (1/N) Σ_j p_j,

    JSD(p_1 … p_N) = (1/N) Σ_i E_{x ~ p_i} [ log p_i(x) − log m(x) ]

(Lin 1991, "Divergence measures based on the Shannon entropy", with equal weights). It is the mutual information of the
voice and the text: 0 where all voices write alike, log N where every text gives its voice away. The expectation is
estimated by sampling; each text is scored under every voice, its own among them, so that all terms cut it into the
same tokens. A text's own term lies in (−∞, log N], and their mean may fall below 0 by chance where the truth is near 0.

Limits. Texts are cut after so many tokens, which by the data-processing inequality makes the number a lower bound of
that of whole texts. The end of a text is not scored, which lowers it further: what the end would have added,
Σ_i w_i p_i(end) log(p_i(end) / Σ_j w_j p_j(end)) with w the posterior, is never negative, x log x being convex. The
number speaks of these scenes, not of all.

A text may be written in other tokens than its usual ones, and then what is scored is not what was drawn: an untrained
model of 600 tokens, whose texts hardly ever are, came out at −0.46 [−0.71, −0.23] nats. Such texts are left out where
the simulator tells its tokens' log-probabilities, and counted: what is measured are the texts that are read as written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from scribe.measures.bootstrap import Estimate, mean_of
from scribe.records import Completion, Prompt, Record, Sampling, ScribeError
from scribe.simulators import Score, Simulator

_SAME_TOKEN = 0.05
"""Nats by which one token may differ between being written and read; another token differs by far more."""


class Sample(Record):
    """A text that a voice wrote, and how likely each voice was to write it."""

    voice: int
    """Whose it is: the place of the voice among those compared."""
    text: str
    scores: tuple[Score, ...]
    """Under each voice, in order."""
    is_read_back: bool = True
    """Whether it is scored in the tokens that it was written in, as far as the simulator tells."""

    @property
    def information(self) -> float:
        """What the text tells of its voice, in nats: log p_i(x) − log m(x), at most log N."""
        logprobs = np.array([score.logprob for score in self.scores])
        return float(logprobs[self.voice] - _log_mean(logprobs))

    @property
    def noise(self) -> float:
        """What `information` may be off by from rounding: the log of a mean moves no more than its largest term."""
        return self.scores[self.voice].noise + max(score.noise for score in self.scores)

    @property
    def posterior(self) -> np.ndarray:
        """Probability of each voice given the text, all being as likely before it; array of N."""
        logprobs = np.array([score.logprob for score in self.scores])
        posterior: np.ndarray = np.exp(logprobs - _log_sum(logprobs))
        return posterior


class Growth(Record):
    """What one text tells of its voice, token by token."""

    voice: str
    text: str
    gains: tuple[float, ...]
    """Nats that each token adds; they sum to the text's `information`."""
    posterior: tuple[float, ...]
    """Probability of the text's own voice before the first token and after each: one more than there are gains."""
    noise: float


class Information(Record):
    """Perspective information over one or several scenes."""

    voices: tuple[str, ...]
    ceiling: float
    """log N, in nats."""
    estimate: Estimate
    """JSD in nats; the interval is of the samples drawn under these scenes."""
    by_voice: tuple[Estimate, ...]
    """E_{x ~ p_i}[log p_i(x) − log m(x)] of each voice, which is KL(p_i ‖ m): how much it stands out."""
    by_scene: tuple[Estimate, ...]
    taken_for: tuple[tuple[float, ...], ...]
    """Mean posterior: row i, column j is the probability that a text of voice i is by voice j. Rows sum to 1."""
    tokens: float
    """Mean length of the texts, in tokens."""
    left_out: int
    """Texts that are not read back as they were written."""


def unbent(sampling: Sampling, *, samples: int, tokens: int) -> Sampling:
    """Sampling that draws from the distribution itself: temperature 1, nothing cut from it, no stop strings."""
    return Sampling(max_tokens=tokens, temperature=1.0, top_p=1.0, samples=samples, stop=(), seed=sampling.seed)


def draw(prompts: Sequence[Prompt], simulator: Simulator, sampling: Sampling) -> list[Sample]:
    """Draw texts of every voice and score each under every voice.

    The prompts' sources are left out: a simulator that knows them may hold completions to the grammar of citations,
    which bends the very distribution that is measured. Raises what the simulator raises.
    """
    bare = [prompt.model_copy(update={"sources": ()}) for prompt in prompts]
    drawn = simulator.sample(bare, sampling)
    table = [simulator.score(prompt.text, [c.text for completions in drawn for c in completions]) for prompt in bare]
    return scored(drawn, table)


def scored(drawn: Sequence[Sequence[Completion]], table: Sequence[Sequence[Score]]) -> list[Sample]:
    """Samples of the completions that each voice drew; row j of `table` has the scores of all of them under voice j."""
    texts = [(voice, completion) for voice, completions in enumerate(drawn) for completion in completions]
    return [
        Sample(
            voice=voice,
            text=completion.text,
            scores=tuple(scores[place] for scores in table),
            is_read_back=_is_read_back(completion, table[voice][place]),
        )
        for place, (voice, completion) in enumerate(texts)
    ]


def _is_read_back(completion: Completion, own: Score) -> bool:
    """Whether each token was as likely when it was written as it is when it is read; the end may come on top."""
    written = completion.token_logprobs
    if written is None:
        return True
    close = _SAME_TOKEN + 5 * own.noise / max(own.tokens, 1)
    pairs = zip(written, own.token_logprobs, strict=False)
    return own.tokens <= len(written) <= own.tokens + 1 and all(abs(a - b) <= close for a, b in pairs)


def information(voices: Sequence[str], scenes: Sequence[Sequence[Sample]]) -> Information:
    """The perspective information of `voices` from the samples drawn under each scene; raises ScribeError without any.

    Each voice under each scene is one stratum of the bootstrap: voices and scenes are given, samples are chance.
    """
    cells = [[[s for s in scene if s.voice == i and s.is_read_back] for i in range(len(voices))] for scene in scenes]
    everything = [sample for scene in cells for cell in scene for sample in cell]
    if mute := [voice for i, voice in enumerate(voices) if not any(scene[i] for scene in cells)]:
        raise ScribeError(
            f"expected texts that are read back token by token as they were written, found none of {mute[0]}; "
            "use more --samples, or another simulator"
        )
    by_voice = [_estimate([scene[i] for scene in cells]) for i in range(len(voices))]
    posteriors = [
        np.mean([np.mean([s.posterior for s in scene[i]], axis=0) for scene in cells if scene[i]], axis=0)
        for i in range(len(voices))
    ]
    return Information(
        voices=tuple(voices),
        ceiling=math.log(len(voices)),
        estimate=_estimate([cell for scene in cells for cell in scene]),
        by_voice=tuple(by_voice),
        by_scene=tuple(_estimate(scene) for scene in cells),
        taken_for=tuple(tuple(float(p) for p in row) for row in posteriors),
        tokens=float(np.mean([sample.scores[sample.voice].tokens for sample in everything])),
        left_out=sum(map(len, scenes)) - len(everything),
    )


def growth(sample: Sample, voices: Sequence[str]) -> Growth | None:
    """What a text tells of its voice token by token; None where the voices' scores do not cut it into the same tokens.

    With w_j(t) the posterior of voice j after the tokens before t, token t adds
    log p_i(x_t | x_<t) − log Σ_j w_j(t) p_j(x_t | x_<t): the chain rule of mutual information.
    """
    if len({score.tokens for score in sample.scores}) != 1:
        return None
    steps = np.array([score.token_logprobs for score in sample.scores])
    running = np.concatenate([np.zeros((len(voices), 1)), np.cumsum(steps, axis=1)], axis=1)
    log_posterior = running - _log_sum(running)
    own = log_posterior[sample.voice]
    return Growth(
        voice=voices[sample.voice],
        text=sample.text,
        gains=tuple(float(gain) for gain in np.diff(own)),
        posterior=tuple(float(p) for p in np.exp(own)),
        noise=sample.noise,
    )


def by_length(samples: Sequence[Sample], voices: Sequence[str]) -> list[float]:
    """Mean information of the first t tokens, t = 0, 1, …, in nats; a text that is over keeps what it told.

    The voices weigh alike. It is the JSD of texts cut at t tokens, by the same samples, so it ends at the estimate.
    """
    read = [sample for sample in samples if sample.is_read_back]
    told = [(sample.voice, grown) for sample in read if (grown := growth(sample, voices)) is not None]
    longest = max((len(grown.gains) for _, grown in told), default=0)
    means = []
    for voice in sorted({voice for voice, _ in told}):
        gains = [np.pad(grown.gains, (1, longest - len(grown.gains))) for v, grown in told if v == voice]
        means.append(np.cumsum(np.mean(gains, axis=0)))
    return [float(value) for value in np.mean(means, axis=0)] if means else []


def _estimate(strata: Sequence[Sequence[Sample]]) -> Estimate:
    noises = [float(np.mean([sample.noise for sample in stratum])) for stratum in strata if stratum]
    told = [[sample.information for sample in stratum] for stratum in strata]
    return mean_of(told, noise=sum(noises) / max(len(noises), 1))


def _log_sum(logs: np.ndarray) -> np.ndarray:
    """The log of the sum of exponentials over the first axis, without overflow."""
    top = logs.max(axis=0)
    total: np.ndarray = top + np.log(np.exp(logs - top).sum(axis=0))
    return total


def _log_mean(logs: np.ndarray) -> float:
    return float(_log_sum(logs)) - math.log(len(logs))
