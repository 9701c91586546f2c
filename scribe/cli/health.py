"""What the doctor finds: packages, simulators, recognisers' weights, devices, frames, the workspace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from scribe import __version__, frames, simulators, transcripts
from scribe.records import ScribeError
from scribe.shelf import Workspace

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
        *(Finding(f"simulator {spec}", "ok", simulators.open_simulator(spec).recipe) for spec in simulators.SPECS),
        _whisper_weights(),
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


def _whisper_weights() -> Finding:
    """Weights that openai-whisper has fetched; where it keeps them is its own rule (`whisper.load_model`)."""
    folder = Path(os.getenv("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"
    found = sorted(path.stem for path in folder.glob("*.pt"))
    if found:
        return Finding("whisper weights", "ok", f"{', '.join(found)} in {folder}")
    return Finding(
        "whisper weights",
        "absent",
        f"none in {folder}; 'whisper FILE --model base' fetches them on first use (network needed)",
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
        yield Finding("device mps", "ok", "Apple GPU")


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
