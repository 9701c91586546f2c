"""What the doctor finds: packages, simulators, recognisers' weights, devices, frames, the workspace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from scribe import __version__, frames, simulators, speech, transcripts
from scribe.records import ScribeError
from scribe.shelf import Workspace
from scribe.speech import weights

_PACKAGES = (
    "torch",
    "transformers",
    "langchain-core",
    "markdown-it-py",
    "openai-whisper",
    "faster-whisper",
    "pydantic",
    "av",
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. *absent* is no fault: the detail says how to get it."""

    what: str
    state: Literal["ok", "absent", "broken"]
    detail: str


def findings(workspace: Workspace) -> list[Finding]:
    """Everything, in the order in which a person would mend it."""
    return [
        Finding("scribe", "ok", f"{__version__}, Python {sys.version.split()[0]}"),
        *_packages(),
        Finding("simulator extract", "ok", simulators.open_simulator("extract").recipe),
        *_engines(),
        _diariser(),
        *_devices(),
        _frames(workspace),
        Finding("transcript formats", "ok", ", ".join(transcripts.FORMATS)),
        _workspace(workspace),
    ]


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding(name, "broken", f"not installed; pip install {name}")


def _engines() -> Iterator[Finding]:
    """Recognisers by name, with the weights that are here for them."""
    for name, point in sorted(speech.engines().items()):
        try:
            point.load()
        except (ImportError, AttributeError) as error:
            yield Finding(
                f"engine {name}", "broken", f"{point.value} does not load: {error}; install its package again"
            )
            continue
        if name not in weights.ENGINES:
            yield Finding(f"engine {name}", "ok", f"a plug-in, {point.value}")
            continue
        here = [place.name for place in weights.listed() if place.engine == name]
        if here:
            yield Finding(f"engine {name}", "ok", f"{', '.join(here)} in {weights.folder(name)}")
        else:
            yield Finding(
                f"engine {name}",
                "absent",
                f"no weights in {weights.folder(name)}; 'scribe transcribe REC --engine {name}' fetches "
                f"{speech.DEFAULT_MODEL!r} on first use (network needed), or give a path with --model",
            )


def _diariser() -> Finding:
    try:
        return Finding("diariser pyannote", "ok", metadata.version("pyannote.audio"))
    except metadata.PackageNotFoundError:
        return Finding(
            "diariser pyannote",
            "absent",
            "speakers are told apart by the embedded one; pip install 'scribe[speakers]' for the neural one",
        )


def _devices() -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        yield Finding("devices", "broken", f"torch does not import: {error}")
        return
    yield Finding("device cpu", "ok", f"{torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        yield Finding("device cuda", "ok", torch.cuda.get_device_name())
    if torch.backends.mps.is_available():
        yield Finding("device mps", "ok", "Apple GPU, for engine whisper")


def _frames(workspace: Workspace) -> Finding:
    try:
        known = frames.load_all(frames.folders(None, workspace.root))
    except ScribeError as error:
        return Finding("frames", "broken", str(error))
    return Finding("frames", "ok", ", ".join(known))


def _workspace(workspace: Workspace) -> Finding:
    root = workspace.root
    if not root.is_dir() or not os.access(root, os.W_OK):
        return Finding("workspace", "broken", f"{root} cannot be written to")
    return Finding("workspace", "ok", str(root))
