"""How much may be held at once, and what to do when it was too much.

In: a device, and what a scene turned out to take. Out: bytes that are free, and how many rows and scenes fit them.
Nothing is guessed from a configuration: a token's keys and values are weighed when the first scene has been read.
"""

from __future__ import annotations

from typing import Any

SHARE = 0.6
"""Of the memory that is free, what scenes and rows may take; the rest is left to what layers hold in passing."""

_COPIES_OF_LOGITS = 6
"""Arrays as large as the logits that sampling holds: they, log-probabilities, probabilities, sorted, sums, mask."""


def free_bytes(device: Any) -> int:
    """Bytes that can still be taken on a torch device."""
    import torch

    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + int(unused)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.current_allocated_memory())
    import psutil

    return int(psutil.virtual_memory().available)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch raised an error because memory ran out; on CPUs and Apple's GPUs it has no class of its own."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    told = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in told or "can't allocate memory" in told)


def release(device: Any) -> None:
    """Give back to the device what torch keeps for itself."""
    import torch

    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def row_bytes(tokens: int, *, token_bytes: float, width: int) -> float:
    """Bytes that one row takes: keys and values of `tokens`, and logits `width` wide while it is sampled."""
    return tokens * token_bytes + _COPIES_OF_LOGITS * 4 * width
