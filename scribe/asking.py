"""Asking a simulator: whether a prompt fits it, and what can be read of what it wrote.

In: prompts and a simulator. Out: token counts; completions; claims, with a remark where nothing could be read. It does
not know what the claims are for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from scribe.claims import read_bullets, read_sentences, says_none, without_repeats
from scribe.frames import CHAT_WRAPPER
from scribe.records import Claim, Completion, Prompt, Sampling, ScribeError
from scribe.simulators import Simulator

SPARE_TOKENS = 48
"""Kept free in every prompt: for the marks around a chat's turns, and for what texts have more joined than apart."""

MOST_SHOWN_TOKENS = 8_192
"""Most tokens of one session that a prompt shows at once, however large the context.

What stands in the middle of a long prompt is used less (Liu et al. 2024, "Lost in the Middle", figure 5), and a voice
has the same few hundred tokens for a chunk of any length, so that longer chunks make coarser notes. No stretch of the
ICSI and AMI meetings between two changes of topic is longer: of 1,007 the longest has 5,645, the median 1,700."""


def needed_tokens(simulator: Simulator, prompts: Sequence[Prompt]) -> int:
    """Tokens of the longest of the prompts, as a chat model is given it; a scene that they share is counted once."""
    scenes = {scene: simulator.count(CHAT_WRAPPER + scene) for scene in {prompt.scene for prompt in prompts}}
    return max((scenes[p.scene] + simulator.count(p.cue) for p in prompts), default=0) + SPARE_TOKENS


def fits(simulator: Simulator, prompts: Sequence[Prompt], sampling: Sampling) -> bool:
    """Whether the simulator's context holds each of the prompts and what is to be written after it."""
    return needed_tokens(simulator, prompts) + sampling.max_tokens <= simulator.context


def room_tokens(simulator: Simulator, prompts: Sequence[Prompt], sampling: Sampling) -> int:
    """Tokens that are left beside the longest of the prompts and what is to be written after it; 0 at least."""
    return max(0, simulator.context - needed_tokens(simulator, prompts) - sampling.max_tokens)


def sample_groups(
    groups: Sequence[Sequence[Prompt]], simulator: Simulator, sampling: Sampling
) -> list[list[list[Completion]] | ScribeError]:
    """Continue all prompts in one call; where that fails, group by group, so that each group fails alone.

    For each group what `sample` returns, or the error; same order.
    """
    if not any(groups):
        return [[] for _ in groups]
    try:
        drawn = iter(simulator.sample(list(chain(*groups)), sampling))
    except ScribeError as error:
        if len(groups) == 1:
            return [error]
        return [sample_groups([group], simulator, sampling)[0] for group in groups]
    return [[next(drawn) for _ in group] for group in groups]


class Reading(NamedTuple):
    """What could be read of the completions of one prompt."""

    prompt: Prompt
    drawn: tuple[list[Claim], ...]
    """Claims of each completion."""
    log_losses: tuple[float | None, ...]
    """Nats per token of each completion; None where the simulator gave no probabilities."""
    fault: str | None
    """Why none of the completions could be read; to say that there was nothing to note is no fault."""
    sampling: Sampling
    """How they were drawn."""

    @property
    def claims(self) -> list[Claim]:
        """Claims of all completions."""
        return list(chain(*self.drawn))


def ask(
    groups: Sequence[Sequence[Prompt]], simulator: Simulator, sampling: Sampling
) -> list[list[Reading] | ScribeError]:
    """Read what the simulator writes after prompts of claims; what keeps to no form is asked for once more.

    The second time the seed is another. A group whose prompts cannot be continued is its error; same order.
    """
    answers: list[list[Reading] | ScribeError] = [
        drawn if isinstance(drawn, ScribeError) else [read(*pair, sampling) for pair in zip(group, drawn, strict=True)]
        for group, drawn in zip(groups, sample_groups(groups, simulator, sampling), strict=True)
    ]
    faulty = [reading for answer in answers if isinstance(answer, list) for reading in answer if reading.fault]
    if not faulty:
        return answers
    another = sampling.model_copy(update={"seed": sampling.seed + sampling.samples})
    again = sample_groups([[reading.prompt] for reading in faulty], simulator, another)
    second = iter([_second(*pair, another) for pair in zip(faulty, again, strict=True)])
    return [
        answer if isinstance(answer, ScribeError) else [next(second) if r.fault else r for r in answer]
        for answer in answers
    ]


def claims_of_each(groups: Sequence[Sequence[Prompt]], simulator: Simulator, sampling: Sampling) -> list[list[Claim]]:
    """Claims of all samples of each group of prompts, same order; raises ScribeError where one cannot be continued."""
    found = []
    for answer in ask(groups, simulator, sampling):
        if isinstance(answer, ScribeError):
            raise answer
        found.append([claim for reading in answer for claim in reading.claims])
    return found


def claims_of(made: Sequence[Prompt], simulator: Simulator, sampling: Sampling) -> list[Claim]:
    """Claims of all samples of all prompts, in order; raises ScribeError where one cannot be continued."""
    return claims_of_each([made], simulator, sampling)[0]


def read(prompt: Prompt, completions: Sequence[Completion], sampling: Sampling) -> Reading:
    """What can be read of the completions of a prompt that were drawn with a sampling."""
    claims = read_bullets if prompt.yields == "bullets" else read_sentences
    readings = {completion: without_repeats(claims(prompt, completion)) for completion in set(completions)}
    drawn = tuple(readings[completion] for completion in completions)
    fault = None
    if not any(drawn) and not any(says_none(prompt, completion) for completion in completions):
        is_empty = not any(completion.text.strip() for completion in completions)
        fault = f"{prompt.voice} wrote nothing" + ("" if is_empty else " in the frame's form")
    return Reading(prompt, drawn, tuple(map(log_loss, completions)), fault, sampling)


def log_loss(completion: Completion) -> float | None:
    """Nats per token that a simulator gave what it wrote; None where it gave no probabilities."""
    logprobs = completion.token_logprobs
    return -sum(logprobs) / len(logprobs) if logprobs else None


def _second(first: Reading, drawn: list[list[Completion]] | ScribeError, sampling: Sampling) -> Reading:
    if isinstance(drawn, ScribeError):
        return first._replace(fault=f"{first.fault}, and asked again: {drawn}")
    reading = read(first.prompt, drawn[0], sampling)
    return reading._replace(fault=f"{reading.fault}, twice") if reading.fault else reading
