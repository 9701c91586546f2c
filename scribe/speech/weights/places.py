"""Which weights are on this machine, and where.

In: a name or a path. Out: a `Place`. Nothing is fetched, and no file is read through: a place that is damaged looks
like any other here (`fetching.find` reads it).
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from scribe.records import Record, ScribeError
from scribe.speech.weights import hub

Engine = Literal["whisper", "faster-whisper"]

ENGINES: tuple[Engine, ...] = ("faster-whisper", "whisper")
"""The faster one first."""

PACKAGES: Mapping[Engine, str] = {"whisper": "openai-whisper", "faster-whisper": "faster-whisper"}
MODULES: Mapping[Engine, str] = {"whisper": "whisper", "faster-whisper": "faster_whisper"}

_TRANSFORMERS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")
"""One of these is in every folder that transformers saved a model to."""


class Place(Record):
    """Where weights lie."""

    engine: Engine
    name: str
    """As a person named it: a name that the engine's library knows, or a path."""
    path: Path
    """A checkpoint of openai-whisper (`.pt`), or a folder as CTranslate2 converts to."""


class Weights(Place):
    """Weights that have been read through once."""

    digest: str
    """SHA-256 of the checkpoint, or of the `model.bin` in the folder, hexadecimal."""

    @property
    def file(self) -> Path:
        """The file that the digest is of."""
        return self.path / "model.bin" if self.path.is_dir() else self.path


def sources(engine: Engine) -> Mapping[str, str]:
    """Where each name that the engine's library knows comes from: a URL (whisper), or a repository of the model hub.

    Raises ScribeError where the library is not installed.
    """
    try:
        if engine == "whisper":
            from whisper import _MODELS as MODELS
        else:
            from faster_whisper.utils import _MODELS as MODELS
    except ImportError as error:
        raise ScribeError(
            f"engine {engine} needs {PACKAGES[engine]} ({error}); pip install {PACKAGES[engine]}"
        ) from error
    found: Mapping[str, str] = MODELS
    return found


def known(engine: Engine) -> tuple[str, ...]:
    """Names that can be fetched."""
    return tuple(sources(engine))


def folder(engine: Engine) -> Path:
    """Where weights that were fetched lie; the libraries look there too.

    `whisper.load_model` has `$XDG_CACHE_HOME/whisper`, or `~/.cache/whisper`; the model hub has `$HF_HUB_CACHE`.
    """
    if engine == "faster-whisper":
        return hub.cache()
    return Path(os.getenv("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"


def locate(name_or_path: str, engine: Engine) -> Place | None:
    """The place of weights for an engine, or None where a known name has not been fetched.

    Raises ScribeError for a name that the engine does not know, and for a path that is not for it.
    """
    models = sources(engine)
    if name_or_path in models:
        path = _here(engine, models[name_or_path])
        return Place(engine=engine, name=name_or_path, path=path) if path else None
    given = os.path.expanduser(name_or_path)
    if not os.path.exists(given):
        raise _unknown(name_or_path)
    fit = _engine_of(Path(given))
    if fit != engine:
        raise ScribeError(f"{given}: expected weights for engine {engine}, found some for {fit}; use --engine {fit}")
    return Place(engine=engine, name=name_or_path, path=Path(given))


def usable(name_or_path: str) -> list[Engine]:
    """Engines that are installed and have these weights here, the faster one first; for `auto`.

    Raises ScribeError for a name that no engine knows, and for a path that is for none.
    """
    installed = _installed()
    knowing = [engine for engine in installed if name_or_path in sources(engine)]
    if knowing:
        return [engine for engine in knowing if locate(name_or_path, engine)]
    given = os.path.expanduser(name_or_path)
    if not os.path.exists(given):
        raise _unknown(name_or_path)
    fit = _engine_of(Path(given))
    return [fit] if fit in installed else []


def listed() -> tuple[Place, ...]:
    """Weights that were fetched, of all engines installed; a file with two names is listed under its first."""
    found: dict[Path, Place] = {}
    for engine in _installed():
        for name in sources(engine):
            place = locate(name, engine)
            if place:
                found.setdefault(place.path, place)
    return tuple(found.values())


def _installed() -> list[Engine]:
    return [engine for engine in ENGINES if find_spec(MODULES[engine])]


def _here(engine: Engine, source: str) -> Path | None:
    if engine == "faster-whisper":
        return hub.snapshot(source)
    path = folder(engine) / source.rpartition("/")[2]
    return path if path.is_file() else None


def _engine_of(path: Path) -> Engine:
    """The engine that a path is for; raises ScribeError where it is for none."""
    if path.is_file():
        if path.name == "model.bin":
            raise ScribeError(f"{path}: expected the folder of a CTranslate2 model, found its file; give {path.parent}")
        if path.name in _TRANSFORMERS or path.suffix == ".safetensors":
            raise _unconverted(path.parent)
        return "whisper"
    if (path / "model.bin").is_file():
        return "faster-whisper"
    if any((path / name).is_file() for name in _TRANSFORMERS):
        raise _unconverted(path)
    raise ScribeError(
        f"{path}: expected a checkpoint of openai-whisper (a .pt file) or a folder with model.bin as CTranslate2 "
        "writes it, found a folder without; give the file or the folder that holds the weights"
    )


def _unconverted(path: Path) -> ScribeError:
    return ScribeError(
        f"{path}: expected weights of openai-whisper or CTranslate2, found a model of transformers; convert it once: "
        f"ct2-transformers-converter --model {path} --output_dir {path}-ct2 "
        "--copy_files tokenizer.json preprocessor_config.json --quantization int8, and give that folder"
    )


def _unknown(name: str) -> ScribeError:
    names = list(dict.fromkeys(name for engine in _installed() for name in sources(engine)))
    if os.path.dirname(name) or os.path.splitext(name)[1] in {".pt", ".bin"}:
        return ScribeError(
            f"--model {name}: expected a file or a folder, found none there; check the path, or name one of "
            f"{', '.join(names)}; a repository of the model hub is fetched first: hf download {name} --local-dir FOLDER"
        )
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return ScribeError(f"--model {name}: {hint}expected a path, or one of {', '.join(names)}")
