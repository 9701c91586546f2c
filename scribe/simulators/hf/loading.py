"""A folder of transformers as a model that is ready to run.

In: a folder, a device, a number format. Out: a causal language model, or one line that says why not. Nobody vouches for
a folder: no code of it is run, and pickled weights are read without objects. It knows nothing of prompts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scribe.records import Record, ScribeError
from scribe.simulators.hf.places import CAUSAL, weights
from scribe.simulators.hf.quiet import quiet

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

Quantise = Literal["int8", "int4"]

DTYPES: Mapping[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Number formats, and bytes that one number takes."""
QUANTISED: Mapping[str, float] = {"int8": 1.0, "int4": 0.5}
"""Formats that weights may be quantised to, and bytes that one takes."""


class Setup(Record):
    """Where and in which numbers a model runs."""

    device: str
    """As torch names it: `cpu`, `mps`, `cuda`, `cuda:1`."""
    dtype: str
    """One of DTYPES."""
    quantise: Quantise | None = None


def choose(*, device: str = "auto", dtype: str | None = None, quantise: str | None = None) -> Setup:
    """Choose what is left open: the first of CUDA, MPS and CPU that is here, and the numbers it is quickest with.

    Those are bfloat16 on CUDA (float16 where the card has none), float16 on MPS and float32 on CPUs, of which few
    compute in 16 bits; the others convert there and back and are slower than with float32. Raises ScribeError for a
    device that is not here, an unknown format, and a quantisation that nothing installed can do there.
    """
    if device == "auto":
        device = _devices()[-1]
    else:
        _check_device(device)
    if dtype is None:
        dtype = _dtype(device)
    elif dtype not in DTYPES:
        raise ScribeError(f"unknown dtype {dtype!r}; known: {', '.join(DTYPES)}")
    if quantise is None:
        return Setup(device=device, dtype=dtype)
    if quantise not in QUANTISED:
        raise ScribeError(f"unknown quantise {quantise!r}; known: {', '.join(QUANTISED)}")
    if find_spec("torchao") is None:
        raise ScribeError(f"quantise {quantise} needs torchao, found it not installed; pip install 'scribe[quantise]'")
    if quantise == "int4":
        _check_int4(device, dtype)
    return Setup.model_validate({"device": device, "dtype": dtype, "quantise": quantise})


def read_config(folder: Path) -> PreTrainedConfig:
    """Read a folder's configuration; raise ScribeError for none, or a model whose code is not in transformers."""
    with quiet():
        from huggingface_hub.errors import StrictDataclassError
        from transformers import AutoConfig

        try:
            found: PreTrainedConfig = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            return found
        except (*_WRONG, StrictDataclassError) as error:
            reason, cause = told(error), error
    if "custom code" in reason:
        raise ScribeError(
            f"{folder}: expected a model whose code comes with transformers, found one that brings its own, which "
            "scribe does not run; name another model"
        ) from cause
    raise ScribeError(
        f"{folder}/config.json: expected a model that transformers {version('transformers')} knows, found another or a "
        f"damaged file ({reason}); name another model, or upgrade transformers"
    ) from cause


def load_model(folder: Path, setup: Setup) -> PreTrainedModel:
    """The causal language model in a folder, on its device, in eval mode.

    Raises ScribeError where the folder holds another kind of model, some or all of its weights are missing, damaged or
    of another shape, or memory does not do.
    """
    config = read_config(folder)
    _check_causal(folder, config)
    _check_weights(folder, config, setup)
    with quiet():
        try:
            model, report = _load(folder, config, setup)
            _check_report(folder, report)
            if setup.quantise == "int4":
                _to_int4(model, setup.device)
            return model.to(setup.device).eval()  # type: ignore[no-any-return, unused-ignore]
        except _unreadable() as error:
            raise ScribeError(
                f"{folder}: expected weights that can be read, found damaged ones or half of them; fetch them again"
            ) from error
        # torch says so of CPU memory in a plain RuntimeError, of a GPU's in a kind of it.
        except (MemoryError, *_WRONG) as error:
            if isinstance(error, MemoryError) or "memory" in str(error):
                raise _no_memory(folder, setup) from error
            raise ScribeError(
                f"{folder}: expected a model that transformers loads, found one that it does not: {told(error)}"
            ) from error


_WRONG = (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What transformers raises on a configuration or on weights that do not fit together."""


def _load(folder: Path, config: Any, setup: Setup) -> tuple[Any, Mapping[str, Any]]:
    import torch
    from transformers import AutoModelForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=getattr(torch, setup.dtype),
        local_files_only=True,
        trust_remote_code=False,
        weights_only=True,
        ignore_mismatched_sizes=True,  # they are told by `_check_report`
        output_loading_info=True,
        **({"quantization_config": _int8()} if setup.quantise == "int8" else {}),
    )
    model, report = loaded
    return model, report


# ── Quantising ───────────────────────────────────────────────────────────────────────────────
# Weights alone are quantised, all but the embeddings; what is computed stays in the model's own format.


def _int8() -> Any:
    """How transformers is told to quantise weights as it reads them, so that the whole is never in memory."""
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import TorchAoConfig

    return TorchAoConfig(Int8WeightOnlyConfig())


def _to_int4(model: Any, device: str) -> None:
    """Quantise a model that has been read, layer by layer on its device: the kernels' packing is made there."""
    import torch
    from torchao.quantization import Int4WeightOnlyConfig, quantize_

    output = model.get_output_embeddings()

    def is_quantised(module: torch.nn.Module, _: str) -> bool:
        return isinstance(module, torch.nn.Linear) and module is not output and not module.in_features % _INT4_GROUP

    # Of the packings, the one whose kernels come with torch; the others need another library.
    packed = Int4WeightOnlyConfig(group_size=_INT4_GROUP, int4_packing_format="tile_packed_to_4d")
    quantize_(model, packed, filter_fn=is_quantised, device=device)


_INT4_GROUP = 64
"""Weights that share a scale; torch has kernels for 32, 64, 128 and 256."""


# ── Devices ──────────────────────────────────────────────────────────────────────────────────


def _devices() -> list[str]:
    """Kinds of device that torch has here, the fastest last."""
    import torch

    there = {"cpu": True, "mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available()}
    return [kind for kind, is_there in there.items() if is_there]


def _check_device(device: str) -> None:
    import torch

    kind, _, number = device.partition(":")
    there = _devices()
    numbers = {"", *(str(n) for n in range(torch.cuda.device_count()))} if kind == "cuda" else {""}
    if kind not in there or number not in numbers:
        raise ScribeError(f"device {device!r}: expected one of auto, {', '.join(there)}; torch finds no other here")


def _dtype(device: str) -> str:
    import torch

    if device == "cpu":
        return "float32"
    if device.startswith("cuda"):
        with torch.cuda.device(device):
            return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    return "float16"


def _check_int4(device: str, dtype: str) -> None:
    """Raise where torchao (0.18) has no kernel for 4-bit weights: they are for CUDA from capability 8, in bfloat16."""
    import torch

    if not device.startswith("cuda"):
        raise ScribeError(
            f"quantise int4 on {device}: torchao computes with 4-bit weights on CUDA only; use quantise int8 here"
        )
    if torch.cuda.get_device_capability(device)[0] < 8 or dtype != "bfloat16":
        raise ScribeError(
            f"quantise int4 on {device} in {dtype}: torchao computes with 4-bit weights in bfloat16 on cards of "
            "compute capability 8 or above; use quantise int8 here"
        )


# ── What a folder holds ──────────────────────────────────────────────────────────────────────


def _check_causal(folder: Path, config: Any) -> None:
    """Encoders fit into the classes for causal models, and write without sense there: they see what comes after."""
    with quiet():
        from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as KNOWN

    kinds: list[str] = config.architectures or []
    fitting = KNOWN.get(config.model_type)
    is_causal = not kinds or any(kind == fitting or kind.endswith(CAUSAL) for kind in kinds)
    if fitting is None or not is_causal:
        found = config.model_type if fitting is None else ", ".join(kinds)
        raise ScribeError(
            f"{folder}: expected a model that goes on with a text (a causal language model), found {found}"
        )


def _check_weights(folder: Path, config: Any, setup: Setup) -> None:
    """All files are here, and memory takes them: where it does not, many systems end the process without a word."""
    files = weights(folder)
    missing = [file.name for file in files if not file.is_file()] or ([] if files else ["model.safetensors"])
    if missing:
        raise ScribeError(f"{folder}: expected {missing[0]} in it, found no such file; fetch the model again")
    if setup.device != "cpu":
        return
    import psutil

    stored = DTYPES.get(str(config.dtype).removeprefix("torch."), DTYPES["float32"])
    taken = QUANTISED[setup.quantise] if setup.quantise else DTYPES[setup.dtype]
    needed = sum(file.stat().st_size for file in files) / stored * taken
    if needed > psutil.virtual_memory().available:
        raise _no_memory(folder, setup, f" (about {math.ceil(needed / 1e9)} GB)")


def _check_report(folder: Path, report: Mapping[str, Any]) -> None:
    """Raise for what transformers fills in at random and only warns of: such a model would write noise."""
    mismatched = sorted(f"{name} of shape {list(found)}" for name, found, _ in report["mismatched_keys"])
    missing = sorted(set(report["missing_keys"]) - {name.split(" of ")[0] for name in mismatched})
    for found in (missing, mismatched):
        if found:
            raise ScribeError(
                f"{folder}: expected weights as config.json describes them, found "
                f"{'none for' if found is missing else 'others for'} {len(found)} of them, such as {found[0]}; fetch "
                "config.json and weights again"
            )


def _unreadable() -> tuple[type[BaseException], ...]:
    """What readers of weights raise on damaged ones. Pickle's own is taken from torch: no module imports pickle."""
    import torch
    from safetensors import SafetensorError

    unpickling: type[BaseException] = torch.serialization.pickle.UnpicklingError  # type: ignore[attr-defined]
    return SafetensorError, unpickling, EOFError, OSError


def _no_memory(folder: Path, setup: Setup, how_much: str = "") -> ScribeError:
    way_out = "name a smaller model" if setup.quantise else "add quantise=int8, or name a smaller model"
    return ScribeError(
        f"{folder}: not enough memory on {setup.device} for its weights in {setup.quantise or setup.dtype}{how_much}; "
        f"close other programs, {way_out}"
    )


def told(error: BaseException) -> str:
    """What an error says, in one line; whole sentences where it says much."""
    said = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return said if len(said) <= _MOST else said[:_MOST].rpartition(". ")[0] or said[:_MOST] + "…"


_MOST = 200
"""Letters of a library's message that a person is shown."""
