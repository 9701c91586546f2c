"""Recognisers' weights on the model hub: which files they are, and when all are here.

In: a repository. Out: a folder in the hub's cache (`scribe.hub`). It knows nothing of engines; the checksum is looked
at by `fetching`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from scribe import hub
from scribe.hub import OnProgress, cache, page

__all__ = ["OnProgress", "cache", "checksum", "download", "page", "snapshot"]

PATTERNS = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
"""As `faster_whisper.utils.download_model` has them."""


def snapshot(repository: str) -> Path | None:
    """The folder of a repository that has been fetched whole; the network is not asked."""
    found = hub.snapshot(repository, PATTERNS)
    if found is None or not all((found / name).is_file() for name in ("model.bin", "config.json", "tokenizer.json")):
        return None
    return found if any(found.glob("vocabulary.*")) else None


def checksum(file: Path) -> str | None:
    """SHA-256 that the hub says a large file has: the cache links to it under that name. None without links."""
    name = Path(os.readlink(file)).name if file.is_symlink() else ""
    return name if re.fullmatch("[0-9a-f]{64}", name) else None


def download(repository: str, *, what: str, afresh: bool = False, on_progress: OnProgress | None = None) -> None:
    """Fetch a repository into the cache, going on where an earlier run stopped; `afresh` takes nothing for granted.

    Raises ScribeError when the hub does not give it, or when it cannot be written.
    """
    otherwise = "name its folder with --model"
    hub.download(repository, PATTERNS, what=what, otherwise=otherwise, afresh=afresh, on_progress=on_progress)
