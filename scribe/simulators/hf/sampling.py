"""Logits -> the next token of each row.

In: logits after each row's last token, and how to draw. Out: token ids, and the log-probabilities that the model gave
them, whatever was drawn by. Every row has numbers of its own, so what it draws does not depend on what is beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scribe.records import Prompt, Sampling, ScribeError

if TYPE_CHECKING:
    from torch import Tensor

_LIKELIEST = 1024
"""Tokens that are sorted before all are: they nearly always hold the nucleus, and sorting 150,000 takes 10 ms a row."""


def numbers(prompt: Prompt, seed: int, sample: int) -> np.random.Generator:
    """Random numbers for one completion: the same for the same prompt, seed and place among its samples."""
    key = hashlib.sha256(f"{seed}\0{sample}\0{prompt.text}".encode()).digest()[:16]
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))


def logprobs(logits: Tensor) -> Tensor:
    """Log-probabilities in nats, float32, same shape; raises ScribeError where the model gave no numbers."""
    import torch

    found = torch.log_softmax(logits.float(), -1)
    if not bool(torch.isfinite(found.amax(-1)).all()):
        raise ScribeError(
            "expected logits from the model, found NaN; its weights are damaged or overflow: try ?dtype=float32"
        )
    return found


def draw(allowed: Tensor, sampling: Sampling, rows: Sequence[np.random.Generator]) -> Tensor:
    """Draw a token for each row of `[rows, vocabulary]` log-probabilities, minus infinity for what is forbidden.

    Temperature first, then the nucleus (Holtzman et al. 2020): the fewest likeliest tokens that hold `top_p` of what is
    left. Temperature 0 takes the likeliest. Returns `[rows]`.
    """
    import torch

    if sampling.temperature == 0:
        return allowed.argmax(-1)
    probabilities = torch.softmax(allowed / sampling.temperature, -1)
    places = None
    if sampling.top_p < 1:
        probabilities, places = _nucleus(probabilities, sampling.top_p)
    sums = probabilities.double().cumsum(-1)
    uniform = torch.tensor([[row.random()] for row in rows], dtype=torch.float64, device=allowed.device)
    # Below the sum of all, so that the token found has a probability.
    chosen = torch.searchsorted(sums, uniform * sums[:, -1:], right=True).clamp(max=sums.shape[-1] - 1)
    return (chosen if places is None else places.gather(-1, chosen)).squeeze(-1)


def _nucleus(probabilities: Tensor, top_p: float) -> tuple[Tensor, Tensor]:
    """The likeliest tokens' probabilities, 0 outside the nucleus, and which tokens they are."""
    import torch

    most = min(_LIKELIEST, probabilities.shape[-1])
    found, places = probabilities.topk(most)
    if most < probabilities.shape[-1] and bool((found.sum(-1) < top_p).any()):
        found, places = probabilities.sort(-1, descending=True)
    before = found.cumsum(-1) - found
    return torch.where(before < top_p, found, torch.zeros_like(found)), places
