"""A folder of the model hub, fetched by the hub's own library.

In: a repository. Out: a folder in the hub's cache. The library resumes what broke off; the checksum is looked at by
`fetching`. It knows nothing of engines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scribe.records import ScribeError

OnProgress = Callable[[int, int | None], None]
"""Bytes that are here, and how many there will be, where that is known; may be called from another thread."""

PATTERNS = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
"""As `faster_whisper.utils.download_model` has them."""


def cache() -> Path:
    """Where the hub's library keeps what it fetched."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(os.getenv("HF_HUB_CACHE") or HF_HUB_CACHE).expanduser()


def page(repository: str) -> str:
    """Where a person finds the repository."""
    from huggingface_hub.constants import ENDPOINT

    return f"{(os.getenv('HF_ENDPOINT') or ENDPOINT).rstrip('/')}/{repository}"


def snapshot(repository: str) -> Path | None:
    """The folder of a repository that has been fetched whole; the network is not asked."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        found = Path(snapshot_download(repository, cache_dir=cache(), local_files_only=True, allow_patterns=PATTERNS))
    except (LocalEntryNotFoundError, OSError):
        return None
    whole = all((found / name).is_file() for name in ("model.bin", "config.json", "tokenizer.json"))
    return found if whole and any(found.glob("vocabulary.*")) else None


def checksum(file: Path) -> str | None:
    """SHA-256 that the hub says a large file has: the cache links to it under that name. None without links."""
    name = Path(os.readlink(file)).name if file.is_symlink() else ""
    return name if re.fullmatch("[0-9a-f]{64}", name) else None


def download(repository: str, *, what: str, afresh: bool = False, on_progress: OnProgress | None = None) -> None:
    """Fetch a repository into the cache, going on where an earlier run stopped; `afresh` takes nothing for granted.

    Raises ScribeError when the hub does not give it, or when it cannot be written.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    # The library raises errors of the HTTP client that it is built on, which differs from version to version.
    expected: tuple[Any, ...] = (*HfHubHTTPError.__bases__, OSError, RuntimeError, ValueError)
    try:
        snapshot_download(
            repository,
            cache_dir=cache(),
            endpoint=os.getenv("HF_ENDPOINT") or None,
            allow_patterns=PATTERNS,
            force_download=afresh,
            tqdm_class=_bar(on_progress),
        )
    except expected as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError):
            raise ScribeError(
                f"cannot write {what} to {cache()}: {error.strerror}; free some space, or name another folder in "
                "HF_HUB_CACHE"
            ) from error
        raise ScribeError(
            f"{what} are not here and cannot be fetched from {page(repository).split('/')[2]} ({_reason(error)}); "
            f"fetch {page(repository)} elsewhere and name its folder with --model"
        ) from error


def _reason(error: BaseException) -> str:
    """What began it, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def _bar(on_progress: OnProgress | None) -> type[Any]:
    """A progress bar for the hub's library that shows nothing and tells `on_progress`."""
    from huggingface_hub.utils.tqdm import tqdm as hub_bar

    counting: list[Any] = []

    class Bar(hub_bar):  # type: ignore[misc, valid-type, unused-ignore]
        monitor_interval = 0

        def __init__(self, *arguments: Any, **options: Any) -> None:
            if options.get("unit") == "B":
                # Of the two bars for bytes, received and written, the one for what is written comes last.
                counting.append(self)
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            if on_progress is not None and counting and counting[-1] is self:
                on_progress(int(self.n), int(self.total) if self.total else None)

    return Bar
