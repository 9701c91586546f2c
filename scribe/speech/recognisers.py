"""Which recogniser, with which weights, on which device.

In: names as a person gives them. Out: a `Recogniser`, loaded. Recognisers are found through the entry points
`scribe.recognisers`, those of Scribe itself among them: a package that offers one under a name of its own is opened
by `--engine NAME` like the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from pydantic import Field

from scribe.records import Record, ScribeError
from scribe.speech import weights
from scribe.speech.decoding import Guards
from scribe.speech.heard import Recogniser

OnFetch = Callable[[int, int | None], None]
"""Called with the bytes of weights fetched, and how many there are, where that is known."""

DEFAULT_MODEL = "small"
"""A good ear that two cores can bear; `base` is about three times as fast, `turbo` hears better."""

GROUP = "scribe.recognisers"


class Setup(Record):
    """Which recogniser to open."""

    engine: str = "auto"
    """`whisper`, `faster-whisper`, the name of a plug-in, or `auto`: the faster one that can be used."""
    model: str = DEFAULT_MODEL
    """A name such as `small`, or a path to weights."""
    device: str = "auto"
    """`cpu`, `cuda`, `mps` or `auto`."""
    threads: int = Field(default=0, ge=0)
    """Threads of the CPU; 0 leaves it to the library."""
    batch: int = Field(default=0, ge=0)
    """Windows decoded together; 0 leaves it to the recogniser."""
    guards: Guards = Guards()


Opener = Callable[[Setup, OnFetch | None], Recogniser]
"""What an entry point of the group names: fetches and loads, or raises ScribeError."""


def engines() -> dict[str, EntryPoint]:
    """Every recogniser that is installed, by name."""
    return {point.name: point for point in entry_points(group=GROUP)}


def open_recogniser(setup: Setup, *, on_fetch: OnFetch | None = None) -> Recogniser:
    """Load a recogniser, fetching its weights if need be; raises ScribeError where it cannot be had."""
    name = chosen(setup.engine, setup.model) if setup.engine == "auto" else setup.engine
    known = engines()
    if name not in known:
        raise ScribeError(f"unknown engine {name!r}; known: auto, {', '.join(sorted(known))}")
    try:
        opener: Opener = known[name].load()
    except (ImportError, AttributeError) as error:
        raise ScribeError(f"engine {name!r} cannot be loaded: {error}; install its package again") from error
    return opener(setup, on_fetch)


def chosen(engine: str, model: str) -> str:
    """The engine that `auto` stands for: the faster of those that are installed and have the weights here.

    Where no weights are here yet, the faster of those that are installed will fetch them.
    """
    if engine != "auto":
        return engine
    installed = [e for e, module in (("faster-whisper", "faster_whisper"), ("whisper", "whisper")) if find_spec(module)]
    if not installed:
        raise ScribeError("no recogniser is installed; pip install faster-whisper, or openai-whisper")
    ready = weights.usable(model)
    return next((e for e in installed if e in ready), installed[0])


def open_whisper(setup: Setup, on_fetch: OnFetch | None) -> Recogniser:
    """openai-whisper, on the CPU in float32 or on a GPU in float16."""
    # A neighbour on the machine slows torch's spinning threads by a factor of four; sleeping ones do not mind.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from scribe.speech.on_torch import TorchWhisper

    if setup.threads:
        torch.set_num_threads(setup.threads)
    device = _device(setup.device, cuda=torch.cuda.is_available(), mps=torch.backends.mps.is_available())
    found = weights.fetch(setup.model, "whisper", on_progress=on_fetch)
    model = weights.open_on_torch(found, device=device)
    return TorchWhisper(
        model, model_name=setup.model, digest=found.digest, batch=setup.batch or _batch(device), guards=setup.guards
    )


def open_faster_whisper(setup: Setup, on_fetch: OnFetch | None) -> Recogniser:
    """faster-whisper, on the CPU in int8 or on CUDA in float16."""
    import ctranslate2

    from scribe.speech.on_ctranslate2 import FasterWhisper

    device = _device(setup.device, cuda=ctranslate2.get_cuda_device_count() > 0, mps=False)
    found = weights.fetch(setup.model, "faster-whisper", on_progress=on_fetch)
    model = weights.open_on_ctranslate2(
        found, device=device, compute_type="float16" if device == "cuda" else "int8", threads=setup.threads
    )
    return FasterWhisper(
        model, model_name=setup.model, digest=found.digest, batch=setup.batch or _batch(device), guards=setup.guards
    )


def _device(wanted: str, *, cuda: bool, mps: bool) -> str:
    """The device to use; raises ScribeError for one that is not there."""
    present = [name for name, there in (("cuda", cuda), ("mps", mps), ("cpu", True)) if there]
    if wanted == "auto":
        return "cuda" if cuda else "cpu"
    if wanted not in present:
        raise ScribeError(f"--device: expected one of auto, {', '.join(present)} for this engine, found {wanted!r}")
    return wanted


def _batch(device: str) -> int:
    return 16 if device == "cuda" else 8
