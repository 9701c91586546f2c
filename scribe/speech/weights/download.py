"""One large file over HTTP: resumed, checked, and put in place whole.

In: a URL and the SHA-256 of what lies there. Out: the file. What has come so far is in a file beside it that ends in
`.part`: whatever stops a download, the next one goes on there. It knows nothing of models.

`whisper._download` neither resumes nor writes atomically, and reads the file into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPResponse
from io import BufferedRandom
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from scribe.records import Record, ScribeError

OnProgress = Callable[[int, int | None], None]
"""Bytes that are here, and how many there will be, where that is known."""

_BLOCK = 1 << 20
_TRIES = 5
"""Times that a server is asked in vain before giving up, with pauses that double."""
_TRIES_WITHOUT_ANSWER = 2
"""The same while it has not given a single byte: most likely there is no network."""
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Cut(Exception):  # noqa: N818  (never leaves this module)
    """The network or the server failed in a way that may pass."""


class Download(Record):
    """What to fetch, and where to."""

    what: str
    """As messages name it."""
    url: str
    path: Path
    sha256: str
    pause_s: float = 1.0
    """Before asking again."""
    timeout_s: float = 30.0
    """For a server that says nothing."""

    @property
    def part(self) -> Path:
        """Where bytes lie until all have come."""
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def by_hand(self) -> str:
        """How a person gets the file without this machine's network."""
        return f"fetch {self.url} elsewhere and put it at {self.path}, or give a path with --model"


def download(wanted: Download, *, on_progress: OnProgress | None = None) -> None:
    """Fetch a file, or go on with it; return when it is in place. Another process that fetches it is waited for.

    A file in that place with another checksum is taken for one that broke off, as `whisper._download` leaves it.
    Raises ScribeError when the server does not give it, gives something else, or the disk does not take it.
    """
    with _disk_errors(wanted):
        wanted.path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(wanted, on_progress):
            if wanted.path.is_file():
                if sha256_of(wanted.path) == wanted.sha256:
                    return
                os.replace(wanted.path, wanted.part)
            _fetch(wanted, on_progress)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Part:
    """What has come so far, and its hash."""

    def __init__(self, file: BufferedRandom) -> None:
        self._file = file
        self._file.seek(0)
        self._sha256 = hashlib.file_digest(file, "sha256")
        self.size = file.tell()

    def append(self, block: bytes) -> None:
        self._file.write(block)
        self._sha256.update(block)
        self.size += len(block)

    def restart(self) -> None:
        self._file.truncate(0)
        self._sha256 = hashlib.sha256()
        self.size = 0

    def finish(self) -> str:
        """Write all out and return the hash."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._sha256.hexdigest()


def _fetch(wanted: Download, on_progress: OnProgress | None) -> None:
    """Fill the part and put it in place; where it turns out to be wrong, once more from the start."""
    found = ""
    with open(wanted.part, "a+b") as file:
        for _ in range(2):
            part = _Part(file)
            _fill(part, wanted, on_progress)
            found = part.finish()
            if found == wanted.sha256:
                break
            part.restart()
    if found != wanted.sha256:
        wanted.part.unlink()
        raise ScribeError(
            f"{wanted.what}: expected a file with SHA-256 {wanted.sha256[:12]}… from {_host(wanted)}, found "
            f"{found[:12]}…; it was not kept: see whether a proxy or a login page answers instead, or {wanted.by_hand}"
        )
    os.replace(wanted.part, wanted.path)


def _fill(part: _Part, wanted: Download, on_progress: OnProgress | None) -> None:
    """Ask for what is missing until the server has no more."""
    failed = 0
    while True:
        before = part.size
        try:
            return _ask(part, wanted, on_progress)
        except _Cut as error:
            failed = 1 if part.size > before + _BLOCK else failed + 1
            if failed >= (_TRIES if part.size else _TRIES_WITHOUT_ANSWER):
                raise _refused(wanted, str(error), begun=part.size > 0) from error
        time.sleep(wanted.pause_s * 2 ** (failed - 1))


def _ask(part: _Part, wanted: Download, on_progress: OnProgress | None) -> None:
    """One request for the rest. The URL names the content's hash, so no validator is sent: the hash decides."""
    headers = {"User-Agent": "scribe"} | ({"Range": f"bytes={part.size}-"} if part.size else {})
    request = Request(wanted.url, headers=headers)  # noqa: S310  (https, from the library's own list)
    try:
        # Not urlopen, which keeps the proxies of its first call.
        response: HTTPResponse = build_opener().open(request, timeout=wanted.timeout_s)
    except HTTPError as error:
        error.close()
        if error.code == 416 and part.size:
            return  # no byte lies beyond those that are here
        if error.code in _BUSY:
            raise _Cut(f"{error.code} {error.reason}") from error
        raise _refused(wanted, f"{error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise _Cut(_reason(error)) from error
    with response:
        first = _first_byte(response)
        if first != part.size:
            part.restart()
            if first:
                raise _Cut(f"asked for another part, found one from byte {first}")
        length = response.headers.get("Content-Length", "")
        total = part.size + int(length) if length.isdecimal() else None
        _check_space(wanted, (total or 0) - part.size)
        if on_progress is not None:
            on_progress(part.size, total)
        while block := _read(response):
            part.append(block)
            if on_progress is not None:
                on_progress(part.size, total)
        if total is not None and part.size < total:
            raise _Cut(f"the connection broke off after {part.size} of {total} bytes")


def _first_byte(response: HTTPResponse) -> int:
    """Where in the file an answer begins."""
    range_ = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(range_[1]) if response.status == 206 and range_ else 0


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read1(_BLOCK)
    except (OSError, HTTPException) as error:
        raise _Cut(_reason(error)) from error


def _check_space(wanted: Download, needed: int) -> None:
    free = shutil.disk_usage(wanted.path.parent).free
    if needed > free:
        raise ScribeError(
            f"{wanted.what}: expected {needed / 1e9:.1f} GB of free space in {wanted.path.parent}, found "
            f"{free / 1e9:.1f} GB; free some, or give a path with --model"
        )


@contextlib.contextmanager
def _alone(wanted: Download, on_progress: OnProgress | None) -> Iterator[None]:
    """Keep other processes and threads out; the lock goes when its process does."""
    from filelock import FileLock, Timeout

    lock = FileLock(wanted.path.with_name(f".{wanted.path.name}.lock"))
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            if on_progress is not None and wanted.part.exists():
                on_progress(wanted.part.stat().st_size, None)
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _disk_errors(wanted: Download) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ScribeError(
            f"cannot write {wanted.what} to {wanted.path.parent}: {error.strerror or error}; free some space or make "
            "it writable and run again, or give a path with --model"
        ) from error


def _refused(wanted: Download, reason: str, *, begun: bool = False) -> ScribeError:
    again = "run again to go on from there, or " if begun else ""
    return ScribeError(
        f"{wanted.what} are not here and cannot be fetched from {_host(wanted)} ({reason}); {again}{wanted.by_hand}"
    )


def _host(wanted: Download) -> str:
    return urlsplit(wanted.url).netloc


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, URLError) else error
    return str(inner) or type(inner).__name__
