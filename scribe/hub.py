"""Folders of the model hub, fetched by the hub's own library.

In: a repository and which of its files are wanted. Out: a folder in the hub's cache. The library resumes what broke
off. This module does not know what a folder is for, or when it is whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scribe.records import ScribeError

OnProgress = Callable[[int, int | None], None]
"""Bytes that are here, and how many there will be, where that is known; may be called from another thread."""


def cache() -> Path:
    """Where the hub's library keeps what it fetched."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(os.getenv("HF_HUB_CACHE") or HF_HUB_CACHE).expanduser()


def page(repository: str) -> str:
    """Where a person finds the repository."""
    from huggingface_hub.constants import ENDPOINT

    return f"{(os.getenv('HF_ENDPOINT') or ENDPOINT).rstrip('/')}/{repository}"


def is_name(repository: str) -> bool:
    """Whether a repository may be called so: `model` or `owner/model`."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(repository)
    except HFValidationError:
        return False
    return True


def snapshot(repository: str, patterns: Sequence[str], *, revision: str | None = None) -> Path | None:
    """The folder of a repository of which such files were fetched, or None; the network is not asked.

    Newer versions of the library know which files a repository has, and say so where one of these is missing; with
    older ones the folder may lack any.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                repository,
                revision=revision,
                cache_dir=cache(),
                local_files_only=True,
                allow_patterns=list(patterns),
            )
        )
    except (LocalEntryNotFoundError, OSError):
        return None


def kept() -> dict[str, Path]:
    """Folders of the repositories of models in the cache, by name; of each the revision that was fetched last."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = scan_cache_dir(cache())
    except (CacheNotFound, OSError, ValueError):  # ValueError for a file in its place
        return {}
    models = [repository for repository in found.repos if repository.repo_type == "model" and repository.revisions]
    latest = {model.repo_id: max(model.revisions, key=lambda revision: revision.last_modified) for model in models}
    return {name: revision.snapshot_path for name, revision in sorted(latest.items())}


def download(
    repository: str,
    patterns: Sequence[str],
    *,
    what: str,
    otherwise: str,
    revision: str | None = None,
    ignore: Sequence[str] = (),
    afresh: bool = False,
    on_progress: OnProgress | None = None,
) -> Path:
    """Fetch files of a repository into the cache, going on where an earlier run stopped; the folder they are in.

    `afresh` takes nothing for granted. Raises ScribeError when the hub does not give it, or when it cannot be written;
    the message names `what` (in the plural) and ends on how to do without the hub, `otherwise`.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    # The library raises errors of the HTTP client that it is built on, which differs from version to version.
    expected: tuple[Any, ...] = (*HfHubHTTPError.__bases__, OSError, RuntimeError, ValueError)
    try:
        return Path(
            snapshot_download(
                repository,
                revision=revision,
                cache_dir=cache(),
                endpoint=os.getenv("HF_ENDPOINT") or None,
                allow_patterns=list(patterns),
                ignore_patterns=list(ignore) or None,
                force_download=afresh,
                tqdm_class=_bar(on_progress),
            )
        )
    except expected as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError):
            raise ScribeError(
                f"cannot write {what} to {cache()}: {error.strerror}; free some space, or name another folder in "
                "HF_HUB_CACHE"
            ) from error
        raise ScribeError(
            f"{what} are not here and cannot be fetched from {page(repository).split('/')[2]} ({_reason(error)}); "
            f"fetch {page(repository)} elsewhere and {otherwise}"
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
