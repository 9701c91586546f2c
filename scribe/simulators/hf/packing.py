"""Weights of a model on a CPU, laid out for a few rows at a time.

In: a model in float32. Out: the same model, whose linear layers keep their weights in blocks, as oneDNN multiplies
them, and no longer as rows. MKL packs the larger factor of every product anew, which is most of what decoding a
handful of voices costs. A step's products in a Llama of 134 M parameters on two cores, milliseconds by rows and by
blocks: 8 rows 46.1 and 33.4, 16 rows 47.5 and 38.0, 2,200 rows 1,013 and 1,023; one row 23.6 and 27.3. So eight voices
take a tenth less time, and one voice a tenth more (`benchmarks/LOG.md`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from torch import Tensor, nn

TOLERANCE = 1e-3
"""By how much a layer's results may differ, as a share of the largest; they differ by 1e-6 where all is well."""


def pack(model: Any) -> int:
    """Pack the plain float32 layers of a model on a CPU, and say how many; others, and tied ones, stay as they are.

    So does the whole model where torch has no oneDNN, or where the first layer comes out otherwise.
    """
    import torch

    is_there = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not is_there or not hasattr(torch.ops.mkldnn, "_reorder_linear_weight"):
        return 0
    embedded = model.get_input_embeddings().weight
    layers = [layer for layer in model.modules() if _is_plain(layer) and layer.weight is not embedded]
    with torch.inference_mode():
        if not layers or not _comes_out_the_same(layers[0]):
            return 0
        for layer in layers:
            packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach())
            layer.forward = partial(_forward, packed, layer.bias)  # type: ignore[method-assign]
            # Its shape and type stay for whoever asks; the numbers are not kept twice.
            layer.weight = torch.nn.Parameter(layer.weight.new_zeros(1).expand_as(layer.weight), requires_grad=False)
    return len(layers)


def _is_plain(layer: nn.Module) -> TypeGuard[nn.Linear]:
    """Whether a module is a linear layer and nothing more, with weights of its own in float32 on the CPU."""
    import torch

    if type(layer) is not torch.nn.Linear or type(layer.weight) is not torch.nn.Parameter:
        return False
    return layer.weight.device.type == "cpu" and layer.weight.dtype == torch.float32


def _comes_out_the_same(layer: nn.Linear) -> bool:
    import torch

    given = torch.linspace(-1, 1, 3 * layer.in_features).view(3, -1)
    expected = layer(given)
    packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach())
    found = _forward(packed, layer.bias, given)
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max())


def _forward(packed: Tensor, bias: Tensor | None, given: Tensor) -> Tensor:
    """`given` times the packed weights' transpose, plus the bias."""
    import torch

    found: Tensor = torch.ops.mkldnn._linear_pointwise(given, packed, bias, "none", [], "")
    return found
