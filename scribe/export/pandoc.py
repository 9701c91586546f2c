"""The converter: pandoc, as the package pypandoc brings it.

In: bytes and pandoc's options. Out: what pandoc writes. It runs in its sandbox: it reads its standard input and its
own data, and no file or address that a document names. Nor does it read a person's templates: the same text gives the
same file everywhere.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from scribe.export.tree import Element
from scribe.records import ScribeError

TO_INSTALL = "pip install -c constraints.txt '.[export]'"
MOMENT = 315_532_800
"""When a document says that it was made, in seconds: 1980-01-01, the first day that a zip file can name. The true time
would make other bytes each time."""

_MOST_SECONDS = 120
_MOST_MEMORY = "1G"
_API_VERSION = [1, 23]


def parsed(text: str, reader: str) -> list[Element]:
    """The blocks of `text`, which is written in the format that pandoc calls `reader`."""
    try:
        found: list[Element] = json.loads(run(text.encode(), "--from", reader, "--to", "json"))["blocks"]
    except RecursionError as error:
        raise _too_deep() from error
    return found


def written(blocks: Sequence[Element], to: str, *options: str, meta: Mapping[str, Any] | None = None) -> bytes:
    """The document with these blocks and metadata, in the format that pandoc calls `to`."""
    try:
        document = json.dumps({"pandoc-api-version": _API_VERSION, "meta": meta or {}, "blocks": blocks})
    except RecursionError as error:
        raise _too_deep() from error
    return run(document.encode(), "--from", "json", "--to", to, *options)


def run(given: bytes, *options: str) -> bytes:
    """What pandoc writes when it is given `given`.

    Raises ScribeError when there is no pandoc, when it fails, and when it takes more than two minutes or a gigabyte.
    """
    command = [_path(), "+RTS", f"-M{_MOST_MEMORY}", "-RTS", "--sandbox", f"--data-dir={os.devnull}", "--quiet"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(MOMENT)}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every option is written in this room
            [*command, "--wrap=none", *options, "--output=-"],
            input=given,
            capture_output=True,
            env=environment,
            timeout=_MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ScribeError(
            f"export: pandoc was not done after {_MOST_SECONDS} seconds; shorten the page, or divide it"
        ) from error
    except OSError as error:
        raise ScribeError(f"export: pandoc cannot be started: {error}; install it anew: {TO_INSTALL}") from error
    if done.returncode:
        raise ScribeError(f"export: pandoc failed: {telling(done.stderr.decode(errors='replace'))}")
    return done.stdout


def telling(message: str) -> str:
    """The first line of a library's message that says something."""
    return next((line.strip() for line in message.splitlines() if line.strip(" :")), "it did not say why")


def _path() -> str:
    try:
        import pypandoc

        told = logging.getLogger("pypandoc")
        if not told.handlers:  # else it makes one that writes tracebacks to the terminal
            told.addHandler(logging.NullHandler())
        path: str = pypandoc.get_pandoc_path()
    except (ImportError, OSError) as error:
        raise ScribeError(f"export: expected pandoc, which converts, found none; install it: {TO_INSTALL}") from error
    return path


def _too_deep() -> ScribeError:
    return ScribeError("export: expected lists and quotes a few levels deep, found hundreds; make the page flatter")
