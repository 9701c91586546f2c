"""A CTranslate2 folder of Whisper, opened.

In: `Weights`. Out: a `faster_whisper.WhisperModel`, or one line that says which file of the folder is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scribe.records import ScribeError
from scribe.speech.weights.places import Weights

_NEEDED = {
    "model.bin": "ct2-transformers-converter writes it",
    "config.json": "ct2-transformers-converter writes it",
    "tokenizer.json": "copy it from the model that was converted, or convert with --copy_files tokenizer.json",
}
_SPECIAL = ("<|startoftranscript|>", "<|transcribe|>", "<|notimestamps|>")
"""Tokens without which a tokenizer is not one of Whisper."""


def open_on_ctranslate2(weights: Weights, *, device: str, compute_type: str, threads: int) -> Any:
    """A model of faster-whisper on `cpu` or `cuda`; `threads` of 0 leaves it to the library.

    Raises ScribeError where the folder is not a Whisper model, the device is not there or does not compute in that
    type, or memory does not do.
    """
    from faster_whisper import WhisperModel

    folder = weights.path
    _check_device(device, compute_type)
    _check_folder(folder)
    try:
        model = WhisperModel(str(folder), device=device, compute_type=compute_type, cpu_threads=threads)
    except MemoryError as error:
        raise _no_memory(folder, device) from error
    # What CTranslate2 raises on a damaged model.bin or vocabulary, and faster-whisper on preprocessor_config.json.
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        if "out of memory" in str(error):
            raise _no_memory(folder, device) from error
        raise _wrong(folder, f"found a damaged or newer one ({_first_line(error)})") from error
    wanted, given = model.model.n_mels, len(model.feature_extractor.mel_filters)
    if wanted != given:
        raise _wrong(
            folder,
            f"found one for {wanted} mels, and {given} in preprocessor_config.json (80 without it); copy that file "
            "from the model that was converted",
        )
    return model


def _check_device(device: str, compute_type: str) -> None:
    import ctranslate2

    there = ["cpu", *(["cuda"] if ctranslate2.get_cuda_device_count() else [])]
    if device not in there:
        raise ScribeError(
            f"--device {device}: expected one of {', '.join(there)}, which CTranslate2 has here, found no such device"
        )
    types = sorted(ctranslate2.get_supported_compute_types(device))
    if compute_type not in {*types, "default", "auto"}:
        raise ScribeError(f"{device}: expected one of {', '.join(types)}, which it computes in, found {compute_type!r}")


def _check_folder(folder: Path) -> None:
    """The files that faster-whisper would fetch, take for granted, or answer with an error of no kind at all."""
    for name, advice in _NEEDED.items():
        if not (folder / name).is_file():
            raise ScribeError(f"{folder}: expected {name} in it, found none; {advice}")
    if not any(folder.glob("vocabulary.*")):
        raise ScribeError(f"{folder}: expected vocabulary.json in it, found none; ct2-transformers-converter writes it")
    with open(folder / "model.bin", "rb") as file:
        head = file.read(18)
    # Version, length of a name, and the name with a final zero (`ctranslate2.specs.model_spec`).
    if head[6:18] != b"WhisperSpec\0":
        raise _wrong(folder, "found model.bin of another kind of model, or not one")
    for name in ("config.json", "preprocessor_config.json"):
        if (folder / name).is_file():
            _read_object(folder / name)
    tokenizer = _read_tokenizer(folder / "tokenizer.json")
    missing = [token for token in _SPECIAL if tokenizer.token_to_id(token) is None]
    if missing:
        raise _wrong(folder, f"found tokenizer.json of another model, without {missing[0]}")


def _read_object(path: Path) -> None:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ScribeError(f"{path}: expected JSON, found something else ({error}); fetch the file again") from error
    if not isinstance(found, dict):
        raise ScribeError(f"{path}: expected a JSON object, found {type(found).__name__}; fetch the file again")


def _read_tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower one
        raise ScribeError(
            f"{path}: expected a tokenizer of the tokenizers library, found something else ({_first_line(error)}); "
            "copy it again from the model that was converted"
        ) from error


def _no_memory(folder: Path, device: str) -> ScribeError:
    return ScribeError(
        f"{folder}: not enough memory on {device} for these weights; close other programs, or name smaller weights "
        "with --model"
    )


def _wrong(folder: Path, found: str) -> ScribeError:
    return ScribeError(
        f"{folder}: expected Whisper as CTranslate2 converts it, {found}; fetch or convert it again, or name other "
        "weights with --model"
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
