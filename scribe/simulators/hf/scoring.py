"""Log-probabilities of continuations after one scene, which is read once.

In: a scene that has been read, and the ids of each continuation. Out: the log-probability of every token, in nats.
Ids are joined, never tokenised anew across the boundary, so what is scored is exactly what was asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scribe.records import ScribeError
from scribe.simulators.hf.memory import is_out_of_memory
from scribe.simulators.hf.sampling import logprobs
from scribe.simulators.hf.stages import Scene, Stage

if TYPE_CHECKING:
    from torch import Tensor

NOISE = {"float32": 1.2e-4, "float16": 2e-2, "bfloat16": 1e-1}
"""What rounding may put a token's log-probability off by, in nats, by the type the model computes in.

That of float32 is more than twice the largest difference between cached and uncached scores (`score_noise_floor` of
`benchmarks/tandem.py`); the others go by the digits that those types have. Tokens are off independently of each other:
30 together differed by no more than one (`score_noise_of_a_text`), so a text's noise grows with the root of its length.
"""

MOST_TOKENS = 1024
"""Scored at once; more gain nothing on a CPU, and with a vocabulary of 32,000 the logits of so many take 131 MB."""


def noise(dtype: str, tokens: int) -> float:
    """What rounding may put the log-probability of so many tokens off by, in nats."""
    return NOISE[dtype] * math.sqrt(tokens)


def score(
    scene: Scene,
    continuations: Sequence[Sequence[int]],
    stage: Callable[[int], Stage],
    *,
    most: int,
    together: bool,
    release: Callable[[], None],
) -> list[list[float]]:
    """Score the continuations, at most `most` tokens at a time; one list of log-probabilities for each, same order.

    `stage` sets up the model for so many rows after the scene; `together` says whether it takes continuations of
    different lengths. Out of memory halves `most` and goes on; raises ScribeError where not even one fits.
    """
    first = logprobs(scene.logits)
    found: dict[int, list[float]] = {
        place: [float(first[ids[0]])] if len(ids) else [] for place, ids in enumerate(continuations)
    }
    left = sorted((p for p, ids in enumerate(continuations) if len(ids) > 1), key=lambda p: (len(continuations[p]), p))
    while left:
        batch = _batch(left, continuations, most, together=together)
        try:
            rest = _rest([continuations[place] for place in batch], stage(len(batch)))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise ScribeError(
                    f"out of memory when scoring {len(continuations[batch[0]])} tokens after {len(scene.ids)}; "
                    "use a smaller model, ?dtype=bfloat16 or --quantise int8"
                ) from error
            most = sum(len(continuations[place]) for place in batch) // 2
            release()
            continue
        for place, values in zip(batch, rest, strict=True):
            found[place] += values
        left = left[len(batch) :]
    return [found[place] for place in range(len(continuations))]


def _batch(left: Sequence[int], continuations: Sequence[Sequence[int]], most: int, *, together: bool) -> list[int]:
    """The next continuations to score: one at least, of one length unless they may be padded."""
    batch: list[int] = []
    for place in left:
        longest = len(continuations[place])  # they come in order of length
        if batch and (longest * (len(batch) + 1) > most or not (together or longest == len(continuations[batch[0]]))):
            break
        batch.append(place)
    return batch


def _rest(continuations: Sequence[Sequence[int]], stage: Stage) -> list[list[float]]:
    """Log-probabilities of all tokens but the first of each continuation."""
    logits = stage.begin([ids[:-1] for ids in continuations], every=True)
    return [_of(logits[row, -(len(ids) - 1) :], ids[1:]) for row, ids in enumerate(continuations)]


def _of(logits: Tensor, ids: Sequence[int]) -> list[float]:
    """Log-probabilities of `ids`, each by the row of `logits` that stands before it."""
    import torch

    wanted = torch.tensor(list(ids), dtype=torch.long, device=logits.device)
    found: list[float] = logprobs(logits).gather(-1, wanted[:, None]).squeeze(-1).tolist()
    return found
