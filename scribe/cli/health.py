"""What the doctor finds: packages, simulators, recognisers' weights, devices, frames, the workspace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from scribe import __version__, frames, hub, simulators, speech, transcripts
from scribe.records import ScribeError
from scribe.shelf import Workspace
from scribe.simulators.hf import loading, places
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
    "starlette",
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
        *_simulators(),
        *_engines(),
        _diariser(),
        _embeddings(),
        _cluster(),
        *_converters(),
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


def _simulators() -> Iterator[Finding]:
    """Kinds of simulator, with what is here for each."""
    yield Finding("simulator extract", "ok", simulators.open_simulator("extract").recipe)
    yield _hf()
    yield _quantising()
    if os.environ.get("OPENAI_API_KEY"):
        yield Finding("simulator openai", "ok", "OPENAI_API_KEY is set; other servers: openai:MODEL@URL")
    else:
        yield Finding(
            "simulator openai",
            "absent",
            "OPENAI_API_KEY is not set; set it for OpenAI's own server, or name another that needs no key: "
            "openai:MODEL@URL",
        )
    try:
        version = metadata.version("langchain-core")
    except metadata.PackageNotFoundError:
        yield Finding("simulator langchain", "absent", "pip install langchain-core")
    else:
        yield Finding("simulator langchain", "ok", f"langchain-core {version}; langchain:MODULE:CLASS")


def _hf() -> Finding:
    try:
        setup = loading.choose()
    except (ImportError, OSError) as error:
        return Finding("simulator hf", "broken", f"torch does not import: {error}")
    here = places.kept()
    where = f"runs on {setup.device} in {setup.dtype}"
    if here:
        return Finding("simulator hf", "ok", f"{where}; {', '.join(here)} in {hub.cache()}")
    return Finding(
        "simulator hf",
        "absent",
        f"{where}; no model in {hub.cache()} yet: hf:OWNER/MODEL fetches one on first use (network needed), hf:FOLDER "
        "reads one that lies here",
    )


def _quantising() -> Finding:
    """Whether `quantise=int8` and `quantise=int4` can be had on the device that would be chosen."""
    able, refused = [], ""
    for kind in loading.QUANTISED:
        try:
            loading.choose(quantise=kind)
            able.append(kind)
        except (ScribeError, ImportError, OSError) as error:
            refused = str(error)
    if able:
        return Finding("quantise", "ok", f"{', '.join(able)} by torchao {metadata.version('torchao')}")
    return Finding("quantise", "absent", refused)


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


def _embeddings() -> Finding:
    try:
        return Finding("embeddings", "ok", f"sentence-transformers {metadata.version('sentence-transformers')}")
    except metadata.PackageNotFoundError:
        return Finding(
            "embeddings",
            "absent",
            "lines are found by words alone; pip install 'scribe[embeddings]' for scribe eval --embeddings MODEL",
        )


def _cluster() -> Finding:
    """What `scribe batch --on ray` runs on."""
    try:
        return Finding("batch on ray", "ok", f"ray {metadata.version('ray')}")
    except metadata.PackageNotFoundError:
        return Finding("batch on ray", "absent", "batches run on this machine's cores; pip install 'scribe[ray]'")


def _converters() -> Iterator[Finding]:
    """What `scribe export` makes pages with."""
    for name, makes in (("pypandoc-binary", "pages"), ("typst", "pdf")):
        try:
            yield Finding(f"export {makes}", "ok", f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding(f"export {makes}", "absent", "pip install 'scribe[export]'")


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
