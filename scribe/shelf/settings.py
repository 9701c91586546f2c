"""scribe.toml: the choices that a workspace makes once.

In: a workspace's root. Out: the settings given there, checked; nothing is filled in. Flags and
environment variables come before these and defaults after them, which is for `cli` to arrange.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypedDict, cast

from scribe.records import ScribeError
from scribe.shelf.files import read_or_none


class Settings(TypedDict, total=False):
    """The keys that scribe.toml may hold; each may be missing."""

    simulator: str
    """A simulator's spec."""
    frames: str
    """A folder of frames, relative to the folder of scribe.toml."""
    words: int
    """How long the notes shall be."""
    voices: list[str]
    """Which voices read, by name."""
    engine: str
    """Which recogniser hears recordings."""
    model: str
    """Its weights: a name, or a path."""
    language: str
    """What is spoken, as a code of ISO 639-1."""
    merge: Literal["hierarchical", "incremental"]
    """How the topics of a long session become one overview."""
    quantise: Literal["int8", "int4"]
    """How the weights of a simulator that runs here are kept in memory."""
    device: str
    """`cpu`, `cuda`, `mps` or `auto`: where recognisers and simulators run."""
    threads: int
    """Threads of the CPU for the recogniser."""
    glossary: list[str]
    """Names and jargon, and files of them: an entry with a slash or a suffix is a file, beside scribe.toml."""
    speakers: int | str
    """How many people speak, or `auto`, or `none`."""
    embeddings: str
    """A model of sentence-transformers, by name or folder; it joins in answers where it is measured to help."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


_KEYS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "simulator": ("some text", _is_text),
    "frames": ("some text", _is_text),
    "words": ("a whole number above 0", _is_count),
    "voices": ("a list of names", _is_texts),
    "engine": ("some text", _is_text),
    "model": ("some text", _is_text),
    "language": ("some text", _is_text),
    "merge": ("hierarchical or incremental", lambda v: v in ("hierarchical", "incremental")),
    "quantise": ("int8 or int4", lambda v: v in ("int8", "int4")),
    "device": ("some text", _is_text),
    "threads": ("a whole number above 0", _is_count),
    "glossary": ("a list of terms and files", _is_texts),
    "speakers": ("a whole number above 0, auto or none", lambda v: v in ("auto", "none") or _is_count(v)),
    "embeddings": ("some text", _is_text),
}


def read_settings(root: Path) -> Settings:
    """Read `root/scribe.toml`; no file, no settings. Raise ScribeError for what it may not hold."""
    path = root / "scribe.toml"
    data = read_or_none(path)
    if data is None:
        return {}
    try:
        settings = tomllib.loads(data.decode("utf-8-sig"))  # Notepad writes a byte order mark
    except UnicodeDecodeError as error:
        raise ScribeError(f"{path}: expected UTF-8, found another byte at {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise ScribeError(f"{path}: not TOML: {error}") from error
    for key, value in settings.items():
        if key not in _KEYS:
            raise ScribeError(f"{path}: unknown key {key!r}; known: {', '.join(_KEYS)}")
        expected, is_right = _KEYS[key]
        if not is_right(value):
            raise ScribeError(f"{path}: expected {expected} for {key!r}, found {value!r}")
    return cast(Settings, settings)
