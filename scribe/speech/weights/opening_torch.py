"""A checkpoint of openai-whisper, opened.

In: `Weights`. Out: a `whisper.model.Whisper`, or one line that says what is wrong with the file. Nobody vouches for a
checkpoint: it is a pickle in a zip, and is read by `torch.load` with `weights_only`, which runs no code of it.

`whisper.load_model` is not used: it sets the heads for word times only where it is given a name, reads the file twice,
and answers a wrong file with whatever error comes first.
"""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scribe.records import ScribeError
from scribe.speech.weights.places import Weights, sources

if TYPE_CHECKING:
    import torch

_VOCABULARIES = (51_864, 51_865, 51_866)
"""Tokens of Whisper: English only, 99 languages, and 100 (large-v3)."""
_MELS = (80, 128)
_AUDIO_CONTEXT = 1500
"""Frames of a window of 30 s, after the encoder's stride of two."""


def open_on_torch(weights: Weights, *, device: str) -> Any:
    """A Whisper model on `cpu`, `cuda` or `mps`, in float32.

    Raises ScribeError where the file is not a checkpoint of Whisper, the device is not there, or memory does not do.
    """
    _check_device(device)
    dims, state = _read_checkpoint(weights.path)
    try:
        model = _build(dims, state, weights.path)
        _set_alignment_heads(model, weights.digest)
        return _move(model, device)
    # torch says so of CPU memory in a plain RuntimeError, of a GPU's in a kind of it.
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "memory" in str(error):
            raise ScribeError(
                f"{weights.path}: not enough memory on {device} for these weights; close other programs, or name "
                "smaller weights with --model"
            ) from error
        raise _wrong(weights.path, f"found what torch cannot load: {_first_line(error)}") from error


def _read_checkpoint(path: Path) -> tuple[Any, dict[str, torch.Tensor]]:
    """`ModelDimensions` and tensors of a checkpoint, checked against each other."""
    import torch

    if not zipfile.is_zipfile(path):
        size = path.stat().st_size if path.is_file() else -1
        raise _wrong(path, f"found {'another kind of file, or half of one' if size > 0 else 'an empty file or none'}")
    try:
        with warnings.catch_warnings(action="ignore"):  # of what a damaged file may mean
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    # What a reader of pickles raises on a damaged one. The name of its own error is taken from torch: no module of
    # Scribe imports pickle.
    except (
        torch.serialization.pickle.UnpicklingError,  # type: ignore[attr-defined]
        struct.error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise _wrong(path, _unreadable(error)) from error
    if not isinstance(found, dict) or not {"dims", "model_state_dict"} <= set(found):
        raise _wrong(path, "found one of another program, without 'dims' and 'model_state_dict'")
    state = found["model_state_dict"]
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) and tensor.is_floating_point()
        for name, tensor in state.items()
    ):
        raise _wrong(path, "found 'model_state_dict' that does not hold tensors alone")
    return _dimensions(found["dims"], state, path), state


def _unreadable(error: BaseException) -> str:
    code = re.search(r"GLOBAL (\S+) (?:was not an allowed|whose module)", str(error))
    if code:
        return f"found one that holds code or objects besides tensors ({code[1]}), which is never run"
    return f"found a damaged one ({_first_line(error) if type(error) is RuntimeError else 'its index cannot be read'})"


def _dimensions(dims: Any, state: Mapping[str, torch.Tensor], path: Path) -> Any:
    """`ModelDimensions`, where Whisper's code can run them and the tensors have them."""
    from whisper.model import ModelDimensions

    names = {field.name for field in fields(ModelDimensions)}
    if not isinstance(dims, dict) or set(dims) != names or not all(type(n) is int and n > 0 for n in dims.values()):
        raise _wrong(path, f"found 'dims' that are not the {len(names)} numbers of a Whisper model")
    made = ModelDimensions(**dims)
    wanted = {
        "encoder.conv1.weight": (made.n_audio_state, made.n_mels, 3),
        "encoder.positional_embedding": (made.n_audio_ctx, made.n_audio_state),
        "decoder.token_embedding.weight": (made.n_vocab, made.n_text_state),
        "decoder.positional_embedding": (made.n_text_ctx, made.n_text_state),
    }
    for name, shape in wanted.items():
        if name not in state or tuple(state[name].shape) != shape:
            there = list(state[name].shape) if name in state else "none"
            raise _wrong(path, f"found 'dims' that ask for {name} of shape {list(shape)}, and {there}")
    layers = {name.split(".")[2] for name in state if name.startswith(("encoder.blocks.", "decoder.blocks."))}
    if max(made.n_audio_layer, made.n_text_layer) > len(layers):
        raise _wrong(path, f"found 'dims' that ask for more layers than the {len(layers)} that are there")
    if made.n_mels not in _MELS or made.n_vocab not in _VOCABULARIES or made.n_audio_ctx != _AUDIO_CONTEXT:
        raise _wrong(path, f"found one for {made.n_mels} mels, {made.n_vocab} tokens and {made.n_audio_ctx} frames")
    return made


def _build(dims: Any, state: dict[str, torch.Tensor], path: Path) -> Any:
    from whisper.model import Whisper

    if dims.n_audio_state % dims.n_audio_head or dims.n_text_state % dims.n_text_head:
        raise _wrong(path, "found 'dims' whose heads do not share out the state evenly")
    model = Whisper(dims)
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    differing = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if differing:
        name = differing[0]
        raise _wrong(
            path,
            f"found tensors that differ ({len(differing)}), such as {name}: {list(found.get(name, ())) or 'none'} "
            f"instead of {list(expected.get(name, ())) or 'none'}",
        )
    model.load_state_dict(state)
    return model.eval()


def _set_alignment_heads(model: Any, digest: str) -> None:
    """Which heads know where words are; only OpenAI's own weights have a list, whatever name they lie under."""
    from whisper import _ALIGNMENT_HEADS

    for name, url in sources("whisper").items():
        if url.split("/")[-2] == digest:
            model.set_alignment_heads(_ALIGNMENT_HEADS[name])


def _move(model: Any, device: str) -> Any:
    """The model on a device. The heads stay on the CPU: they are a sparse tensor, which Apple's GPUs do not have."""
    heads = model.alignment_heads
    model.register_buffer("alignment_heads", None, persistent=False)
    model.to(device)
    model.register_buffer("alignment_heads", heads, persistent=False)
    return model


def _check_device(device: str) -> None:
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind, _, number = device.partition(":")
    if not there.get(kind) or (number and number not in {str(n) for n in range(torch.cuda.device_count())}):
        have = ", ".join(name for name, present in there.items() if present)
        raise ScribeError(f"--device {device}: expected one of {have}, which torch has here, found no such device")


def _wrong(path: Path, found: str) -> ScribeError:
    return ScribeError(
        f"{path}: expected a checkpoint of openai-whisper (.pt), {found}; fetch it again, or name other weights with "
        "--model"
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
