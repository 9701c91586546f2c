"""The door to pyannote.audio, a diariser made of neural networks: `pip install 'scribe[speakers]'`.

In: samples. Out: turns. Whoever wants another diariser writes one that fulfils `Diariser`. Nothing is imported, and
nothing fetched, where the library is not installed; whatever it throws comes out as a ScribeError that says what to do.

Its weights are public but gated: their conditions have to be accepted once, and a token shown to fetch them. A copy of
them in a folder needs neither, nor a network: SCRIBE_PYANNOTE names it.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from scribe.records import ScribeError, Turn
from scribe.speakers.frames import SAMPLE_RATE, OnProgress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = "pyannote/speaker-diarization-community-1"
FOLDER = "SCRIBE_PYANNOTE"
"""Environment variable: a folder with the weights, `config.yaml` in it, to take in their place."""

_TELEMETRY = "PYANNOTE_METRICS_ENABLED"
"""The library reports on its use unless told not to (its telemetry/metrics.py)."""

_FAILURES = (ImportError, OSError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
_FAILURES_TOO = (AssertionError, MemoryError)
"""What a library throws. Hugging Face's errors are OSErrors."""


class Diariser(Protocol):
    """What tells speakers apart."""

    name: str
    """Goes into the transcript's recipe."""

    def turns(
        self, samples: NDArray[np.int16], *, speakers: int | None = None, on_progress: OnProgress | None = None
    ) -> Sequence[Turn]:
        """Turns of mono samples at 16 kHz, under any labels; raises ScribeError only."""
        ...


class Pyannote:
    """A pipeline of pyannote.audio 4 as a diariser."""

    def __init__(self, pipeline: Any, name: str) -> None:
        self.pipeline, self.name = pipeline, name

    def turns(
        self, samples: NDArray[np.int16], *, speakers: int | None = None, on_progress: OnProgress | None = None
    ) -> Sequence[Turn]:
        """Turns, which may overlap; raises ScribeError for whatever goes wrong in the library."""
        import torch

        def hook(*_: object, completed: int | None = None, total: int | None = None, **__: object) -> None:
            if on_progress and completed is not None and total:
                on_progress(completed / total * seconds, seconds)

        seconds = len(samples) / SAMPLE_RATE
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sound = torch.from_numpy(samples).to(torch.float32).div_(32768)[None]
                found = self.pipeline({"waveform": sound, "sample_rate": SAMPLE_RATE}, num_speakers=speakers, hook=hook)
                tracks = list(found.speaker_diarization.itertracks(yield_label=True))
            return [
                Turn(speaker=str(label), start=max(0.0, float(segment.start)), end=max(0.0, float(segment.end)))
                for segment, _, label in tracks
            ]
        except (*_FAILURES, *_FAILURES_TOO) as error:
            raise ScribeError(f"{self.name} failed: {_first_line(error)}") from error


def open_pyannote(*, library: Any = None, weights: str | None = None, is_wanted: bool = False) -> Pyannote | None:
    """The library's pipeline with its weights; None where it is not installed.

    Raises ScribeError where it is installed but cannot be used, and with `is_wanted` also where it is not installed.
    `weights` is a folder, by default the one that SCRIBE_PYANNOTE names; where it names none they are fetched once.
    `library` is the module `pyannote.audio`, or what stands for it.
    """
    if library is None and not _is_installed():
        if is_wanted:
            raise ScribeError("telling speakers apart by pyannote needs it installed: pip install 'scribe[speakers]'")
        return None
    weights = weights or os.environ.get(FOLDER) or WEIGHTS
    if weights != WEIGHTS and not os.path.isdir(weights):
        raise ScribeError(
            f"{FOLDER}: expected a folder with pyannote's weights, found none at {weights}; mend or unset it"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = library or _import()
            pipeline = module.Pipeline.from_pretrained(weights)
            if pipeline is None:
                raise ScribeError(f"pyannote cannot be used: it finds no weights at {weights}; {_HOW}")
            _to_best_device(pipeline)
    except (*_FAILURES, *_FAILURES_TOO) as error:
        raise ScribeError(_explained(error, weights)) from error
    name = WEIGHTS if weights == WEIGHTS else os.path.basename(os.path.normpath(weights))
    return Pyannote(pipeline, f"pyannote.audio {getattr(module, '__version__', '4')}, {name}")


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec("pyannote.audio") is not None
    except ImportError:
        return False


def _import() -> Any:
    os.environ.setdefault(_TELEMETRY, "false")
    import pyannote.audio

    return pyannote.audio


def _to_best_device(pipeline: Any) -> None:
    import torch

    if torch.cuda.is_available():
        pipeline.to(torch.device("cuda"))


_HOW = (
    f"accept the conditions at https://hf.co/{WEIGHTS}, then `hf auth login` or HF_TOKEN=..., "
    f"or name a folder that has the weights in {FOLDER}"
)


def _explained(error: BaseException, weights: str) -> str:
    """Why the weights cannot be loaded, and what to do."""
    kind, text = type(error).__name__, str(error).lower()
    if isinstance(error, ImportError):
        return f"pyannote cannot be imported: {_first_line(error)}; pip install -U 'scribe[speakers]'"
    if weights != WEIGHTS:
        return f"{FOLDER}: no weights of pyannote can be loaded from {weights}: {_first_line(error)}; fetch them anew"
    if "401" in text or kind == "RepositoryNotFoundError":
        return f"pyannote cannot be used: it has no token to fetch its weights with; {_HOW}"
    if "403" in text or kind == "GatedRepoError":
        return f"pyannote cannot be used: the conditions of its weights are not accepted; {_HOW}"
    if kind in ("LocalEntryNotFoundError", "OfflineModeIsEnabled") or isinstance(error, ConnectionError | TimeoutError):
        return f"pyannote cannot be used: its weights are not here, and no network to fetch them; {_HOW}"
    return f"pyannote cannot be used: {_first_line(error)}; {_HOW}"


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
