"""Attention of many voices to one scene whose keys and values are held once.

In: queries of rows, each row's own keys and values, and the scenes that the rows read. Out: what plain attention gives
where every row had its scene's keys and values before its own.

All rows of a scene attend to it in one matrix product, each row to its own suffix apart, and the two are joined by
their log-sum-exps (Juravsky et al. 2024, "Hydragen"; Milakov and Gimelshein 2018, "Online normalizer calculation for
softmax"). A model is led through this by transformers' attention interface.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

NAME = "scribe_shared_scene"
"""Under which transformers knows this attention."""

_BLOCK = 1 << 21
"""Scores held at once where no fused kernel gives the log-sum-exp; 2 M were the fastest of 64 K to 16 M on a CPU."""


@dataclass(frozen=True)
class Reading:
    """Rows `[first, last)` of a batch, and the scene that they read."""

    first: int
    last: int
    keys: Sequence[Tensor]
    """For each layer `[key heads, scene tokens, width]`."""
    values: Sequence[Tensor]


_READINGS: ContextVar[Sequence[Reading] | None] = ContextVar("readings", default=None)


@contextmanager
def reading(readings: Sequence[Reading]) -> Iterator[None]:
    """Let the model's rows read these scenes; they cover the batch, in order."""
    token = _READINGS.set(readings)
    try:
        yield
    finally:
        _READINGS.reset(token)


def register() -> None:
    """Make the attention known to transformers; doing it twice is fine."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **given: Any
) -> tuple[Tensor, None]:
    """Attend as transformers asks it: `query` `[rows, heads, tokens, width]`; returns `[rows, tokens, heads, width]`.

    Where rows read scenes, `key` and `value` hold their suffixes alone, and `attention_mask` says by True what of them
    each token sees, `[rows, 1, tokens, suffix]`. Elsewhere it is torch's own attention.
    """
    readings = _READINGS.get()
    if readings is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        found: tuple[Tensor, None] = sdpa_attention_forward(module, query, key, value, attention_mask, **given)
        return found
    if attention_mask is None or given.get("softcap") is not None or given.get("s_aux") is not None:
        raise NotImplementedError("attention with soft caps or sinks is not shared")
    scale = given.get("scaling")
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    own, own_lse = _to_suffix(query, key, value, attention_mask, scale)
    layer = int(module.layer_idx)  # type: ignore[arg-type]
    out = query.new_empty(query.shape)
    for scene in readings:
        rows = slice(scene.first, scene.last)
        read, read_lse = _to_scene(query[rows], scene.keys[layer], scene.values[layer], scale)
        out[rows] = _joined(read, read_lse, own[rows], own_lse[rows])
    return out.transpose(1, 2).contiguous(), None


def _joined(one: Tensor, one_lse: Tensor, other: Tensor, other_lse: Tensor) -> Tensor:
    """Attention to two sets of keys from attention to each."""
    import torch

    lse = torch.logaddexp(one_lse, other_lse)
    weighed = one * (one_lse - lse).exp().unsqueeze(-1) + other * (other_lse - lse).exp().unsqueeze(-1)
    return weighed.to(one.dtype)


def _to_scene(query: Tensor, keys: Tensor, values: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Every token of every row attends to all of the scene: one product for each key head."""
    rows, heads, tokens, width = query.shape
    key_heads = keys.shape[0]
    shape = (rows, key_heads, heads // key_heads, tokens)
    folded = query.view(*shape, width).permute(1, 2, 0, 3, 4).reshape(key_heads, -1, width)
    attended = _fused if query.device.type == "cpu" else _in_blocks
    out, lse = attended(folded, keys, values, scale)
    back = (key_heads, heads // key_heads, rows, tokens)
    return (
        out.view(*back, width).permute(2, 0, 1, 3, 4).reshape(rows, heads, tokens, width),
        lse.view(back).permute(2, 0, 1, 3).reshape(rows, heads, tokens),
    )


def _fused(query: Tensor, keys: Tensor, values: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Torch's own kernel for CPUs, which gives the log-sum-exp too; 2.1 × as fast as blocks of products."""
    import torch

    attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    # The kernel reads rows whose numbers lie next to each other, whatever the strides say.
    out, lse = attention(*(t[None].contiguous() for t in (query, keys, values)), scale=scale)
    return out[0], lse[0]


def _in_blocks(query: Tensor, keys: Tensor, values: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """The same by matrix products, a bounded number of scores at a time."""
    import torch

    outs, lses = [], []
    for some in torch.split(query, max(1, _BLOCK // (query.shape[0] * keys.shape[1])), dim=1):
        scores = torch.matmul(some * scale, keys.transpose(1, 2)).float()
        lse = scores.logsumexp(-1)
        outs.append(torch.matmul((scores - lse.unsqueeze(-1)).exp_().to(values.dtype), values))
        lses.append(lse)
    return torch.cat(outs, 1), torch.cat(lses, 1)


def _to_suffix(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Every row attends to its own suffix, as far as the mask lets it; a token that sees nothing weighs nothing."""
    import torch

    rows, heads, tokens, width = query.shape
    key_heads = keys.shape[1]
    folded = query.reshape(rows, key_heads, -1, width) * scale
    scores = torch.matmul(folded, keys.transpose(2, 3)).float()
    hidden = ~mask.repeat(1, 1, heads // key_heads, 1)
    scores.masked_fill_(hidden, torch.finfo(scores.dtype).min)
    lse = scores.logsumexp(-1)
    out = torch.matmul((scores - lse.unsqueeze(-1)).exp_().to(values.dtype), values)
    return out.view(rows, heads, tokens, width), lse.view(rows, heads, tokens)
