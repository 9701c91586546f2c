"""Linear layers of a model on a CPU, for a few rows at a time.

In: a model in float32. Out: the same model, whose linear layers compute `W xᵀ` rather than `x Wᵀ` where there are five
to 32 rows. MKL packs the larger factor of every product anew; for these shapes that is what decoding a handful of
voices costs. On one core, 768 → 2,048 in milliseconds: 1.14 → 0.90 for 8 rows, 1.19 → 0.78 for 16; one row takes
0.43, and past 48 rows the plain product is the faster one (`benchmarks/LOG.md`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

FEWEST, MOST = 5, 32
"""Rows for which the turned product is the faster one."""


def narrow(model: Any) -> None:
    """Let the model's plain float32 layers on a CPU take the faster product; others are left as they are."""
    import torch

    for module in model.modules():
        if type(module) is not torch.nn.Linear or type(module.weight) is not torch.nn.Parameter:
            continue
        if module.weight.device.type == "cpu" and module.weight.dtype == torch.float32:
            module.forward = partial(_forward, module)  # type: ignore[method-assign]


def _forward(layer: nn.Linear, given: Tensor) -> Tensor:
    import torch
    from torch.nn import functional

    rows = given.numel() // given.shape[-1]
    if not FEWEST <= rows <= MOST:
        return functional.linear(given, layer.weight, layer.bias)
    flat = given.reshape(rows, -1).t()
    turned = layer.weight @ flat if layer.bias is None else torch.addmm(layer.bias[:, None], layer.weight, flat)
    return turned.t().contiguous().view(*given.shape[:-1], -1)
