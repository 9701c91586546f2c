"""An append-only file of keys and values that outlives a kill at any moment.

In: a path, keys and values as text. Out: what was put, also after a crash; a line that a crash cut off is left behind.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from scribe.shelf.files import one_line, read_or_none


class Journal:
    """A map on disk; `put` returns when the value is on it. Two processes may append to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = {}
        data = read_or_none(path) or b""
        self._is_torn = bool(data) and not data.endswith(b"\n")
        for line in data.split(b"\n"):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, list) and len(entry) == 2 and all(isinstance(part, str) for part in entry):
                self._values[entry[0]] = entry[1]

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str) -> str | None:
        """The value last put under a key."""
        return self._values.get(key)

    def put(self, key: str, value: str) -> None:
        """Append a value; raises ScribeError when the disk refuses, and then nothing that was put before is lost."""
        line = json.dumps([key, value], ensure_ascii=False).encode("utf-8", errors="replace") + b"\n"
        line, self._is_torn = b"\n" * self._is_torn + line, True
        with one_line("write", self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        self._is_torn = False
        self._values[key] = value
