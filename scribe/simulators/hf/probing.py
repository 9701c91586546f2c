"""How a model goes on from a scene without changing what it says: found by trying, once for each model loaded.

In: a model. Out: a way. Models differ in what their attention does (windows, soft caps, sinks, states in place of
keys), and new ones come every month, so the model itself is asked rather than a list of names.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

from scribe.records import ScribeError
from scribe.simulators.hf import attention
from scribe.simulators.hf.sampling import logprobs
from scribe.simulators.hf.stages import Repeated, Shared, read_scene

if TYPE_CHECKING:
    from torch import Tensor

TOLERANCE = {"float32": 1e-3, "float16": 0.2, "bfloat16": 0.5}
"""By how many nats log-probabilities may differ for the two to count as the same, by number format."""

_SCENE, _SUFFIXES = 24, (5, 3)
"""Tokens of the scene and of the two rows that it is tried with."""


class Way(Enum):
    """How rows go on from a scene."""

    SHARED = "all from one copy"
    REPEATED = "each from a copy of its own"
    STEPWISE = "each from a copy of its own, token by token"


def way_on(model: Any, dtype: str, context: int) -> Way:
    """The best way that gives what plain attention does; for the first, the model is left with the attention for it.

    Attention through a window counts as plain where the window holds the whole context. Raises ScribeError for a model
    that cannot go on from its own cache in any way.
    """
    import torch

    ids = torch.arange(_SCENE + sum(_SUFFIXES)) * 7919 % model.get_input_embeddings().num_embeddings
    scene, *suffixes = (part.tolist() for part in ids.split([_SCENE, *_SUFFIXES]))
    expected = [_plainly(model, [*scene, *suffix]) for suffix in suffixes]

    def agrees(*trials: Callable[[], Tensor]) -> bool:
        try:
            found = torch.cat([torch.log_softmax(trial().float(), -1) for trial in trials])
        except (RuntimeError, ValueError, TypeError, AttributeError, LookupError, ImportError):
            return False
        return bool((found - torch.stack(expected)).abs().max() <= TOLERANCE[dtype])

    if _narrowest_window(model.config.get_text_config(decoder=True)) >= context:
        attention.register()
        plain = model.config._attn_implementation
        if agrees(lambda: _shared(model, scene, suffixes)):
            return Way.SHARED
        model.set_attn_implementation(plain)
    for way in (Way.REPEATED, Way.STEPWISE):
        if agrees(*(partial(_repeated, model, scene, suffix, steps=way is Way.STEPWISE) for suffix in suffixes)):
            return way
    raise ScribeError(
        f"expected a model that goes on from its own cache, found that {type(model).__name__} does not with this "
        "version of transformers; use another model"
    )


def _shared(model: Any, scene: list[int], suffixes: list[list[int]]) -> Tensor:
    import torch

    model.set_attn_implementation(attention.NAME)
    stage = Shared(model, [read_scene(model, scene)], [len(suffixes)])
    stage.begin([suffix[:-1] for suffix in suffixes])
    return stage.step(torch.tensor([suffix[-1] for suffix in suffixes], device=model.device))


def _repeated(model: Any, scene: list[int], suffix: list[int], *, steps: bool) -> Tensor:
    import torch

    stage = Repeated(model, read_scene(model, scene), steps=steps)
    stage.begin([suffix[:-1]])
    return stage.step(torch.tensor(suffix[-1:], device=model.device))


def _plainly(model: Any, ids: list[int]) -> Tensor:
    """Log-probabilities after a text, by one pass over all of it."""
    import torch

    with torch.inference_mode():
        logits = model(torch.tensor([ids], device=model.device), use_cache=False).logits[0, -1]
    return logprobs(logits)


def _narrowest_window(config: Any) -> float:
    """The fewest tokens back that a layer sees; 0 where a layer is no attention."""
    kinds = set(getattr(config, "layer_types", None) or ["full_attention"])
    if kinds - {"full_attention", "sliding_attention"}:
        return 0
    window = getattr(config, "sliding_window", None)
    is_used = "sliding_attention" in kinds or not getattr(config, "layer_types", None)
    return window if window and is_used and getattr(config, "use_sliding_window", True) else float("inf")
