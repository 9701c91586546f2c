"""scribe.toml: the choices that a workspace makes once.

In: a workspace's root. Out: the settings given there, checked; nothing is filled in. Flags and
environment variables come before these and defaults after them, which is for `cli` to arrange.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict, cast

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


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_KEYS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "simulator": ("some text", _is_text),
    "frames": ("some text", _is_text),
    "words": ("a whole number above 0", lambda value: type(value) is int and value > 0),
    "voices": (
        "a list of names",
        lambda value: isinstance(value, list) and bool(value) and all(map(_is_text, value)),
    ),
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
