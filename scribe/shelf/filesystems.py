"""The disks of this machine, and all else that has a URL, seen alike.

In: a path or a URL. Out: a `Filesystem`. What one refuses comes out as its client says it; `store` makes one line of
that. Names are taken as they are, whatever `*`, `[` or `#` mean elsewhere.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from scribe.records import Record, ScribeError
from scribe.shelf.files import write_atomic

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

MISSING = (FileNotFoundError, NotADirectoryError)
"""What is raised where there is no such file."""

_VERSIONS = ("ETag", "etag", "md5Hash", "versionId", "LastModified", "last_modified", "mtime", "modified", "updated")
"""What filesystems call a version or a time, the surest first."""

_PACKAGES = {"smbclient": "smbprotocol"}
"""Modules that pip knows by another name."""


class Stamp(Record):
    """What tells a file from what it was before, without reading it."""

    size: int
    version: str
    """When it was last changed, or what its store calls this version of it."""


class Filesystem(Protocol):
    """Files by their whole paths. What is not there raises one of `MISSING`; folders are made where they are needed."""

    root: str
    """The folder that the URL names."""

    @property
    def fsspec(self) -> AbstractFileSystem | None:
        """What fsspec has for it; None for the disks of this machine."""

    def holds(self, folder: str, path: str) -> bool:
        """Whether a path lies below a folder, whatever its parts say and links do."""

    def stamp(self, path: str) -> Stamp | None:
        """What a file is like; None for what is no file."""

    def changed_s(self, path: str) -> float:
        """When it was last changed, in seconds since 1970."""

    def listed(self, folder: str) -> Iterable[tuple[str, Stamp]]:
        """All files below a folder; links to folders are not followed."""

    def read(self, path: str) -> bytes:
        """All bytes of a file."""

    def read_all(self, paths: Sequence[str]) -> Sequence[bytes | Exception]:
        """`read` for many, or what it would raise; same order."""

    def open(self, path: str) -> IO[bytes]:
        """A file to be read piece by piece."""

    def write(self, path: str, data: bytes) -> None:
        """Replace a file: wholly or not at all on disks and in object stores, if not in all that has a URL."""

    def remove(self, path: str) -> None:
        """Remove a file."""

    def copy(self, path: str, into: Path) -> None:
        """Copy a file to this machine, piece by piece; its folder is there."""


def filesystem_of(url: str) -> Filesystem:
    """Where a path or a URL lies; raises ScribeError for what nobody knows, and whatever its client does."""
    if "://" not in url or url.startswith(("file://", "local://")):
        return _Disks(os.path.abspath(url.removeprefix("file://").removeprefix("local://")))
    from fsspec.core import url_to_fs

    try:
        filesystem, root = url_to_fs(url)
    except ImportError as error:
        missing = str(getattr(error.__cause__ or error, "name", None) or "its package").partition(".")[0]
        raise ScribeError(f"{url}: {error}; pip install {_PACKAGES.get(missing, missing)}") from error
    except ValueError as error:
        raise ScribeError(f"{url}: expected a path, or a URL such as s3://bucket/folder: {error}") from error
    return _Elsewhere(filesystem, str(root))


class _Disks:
    """Those of this machine; fsspec takes ten times as long to look at a file, and a catalogue has many."""

    fsspec = None

    def __init__(self, root: str) -> None:
        self.root = root

    def holds(self, folder: str, path: str) -> bool:
        real, top = os.path.realpath(path), os.path.realpath(folder)
        return real != top and Path(real).is_relative_to(top)

    def stamp(self, path: str) -> Stamp | None:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            return None
        # The time alone is not enough: clocks of disks tick every few milliseconds, and `mv` keeps a file's old time.
        return Stamp(size=found.st_size, version=f"{found.st_mtime_ns}-{found.st_ino}")

    def changed_s(self, path: str) -> float:
        return os.stat(path).st_mtime

    def listed(self, folder: str) -> Iterator[tuple[str, Stamp]]:
        for place, _, names in os.walk(folder, onerror=_refuse):
            for path in (f"{place.rstrip('/')}/{name}" for name in names):
                if os.path.isfile(path) and (found := self.stamp(path)) is not None:
                    yield path, found

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()

    def read_all(self, paths: Sequence[str]) -> list[bytes | Exception]:
        found: list[bytes | Exception] = []
        for path in paths:
            try:
                found.append(self.read(path))
            except (OSError, ValueError) as error:
                found.append(error)
        return found

    def open(self, path: str) -> IO[bytes]:
        return open(path, "rb")

    def write(self, path: str, data: bytes) -> None:
        write_atomic(Path(path), data)

    def remove(self, path: str) -> None:
        os.remove(path)

    def copy(self, path: str, into: Path) -> None:
        shutil.copyfile(path, into)


def _refuse(error: OSError) -> None:
    if not isinstance(error, MISSING):
        raise error


class _Elsewhere:
    """What fsspec has, less what it remembers of it: others write there too."""

    def __init__(self, filesystem: AbstractFileSystem, root: str) -> None:
        self.fsspec, self.root = filesystem, root

    def holds(self, folder: str, path: str) -> bool:
        """Parts that disks and object stores understand differently are nothing that scribe would put there."""
        lead = folder.rstrip("/") + "/"
        return path.startswith(lead) and not {"", ".", ".."} & set(path.removeprefix(lead).split("/"))

    def stamp(self, path: str) -> Stamp | None:
        self.fsspec.invalidate_cache()
        info = self.fsspec.info(path)
        return None if info.get("type") == "directory" else _stamp(info)

    def changed_s(self, path: str) -> float:
        self.fsspec.invalidate_cache()
        return float(self.fsspec.modified(path).timestamp())

    def listed(self, folder: str) -> Iterator[tuple[str, Stamp]]:
        self.fsspec.invalidate_cache()
        # fsspec's own `find` passes over what it may not read; a page must not seem to be gone because of that.
        strictly = {"on_error": _refuse} if _finds_by_walking(self.fsspec) else {}
        for path, info in self.fsspec.find(folder, detail=True, **strictly).items():
            if info.get("type") != "directory" and self.holds(folder, path):  # some put marks for folders
                yield str(path), _stamp(info)

    def read(self, path: str) -> bytes:
        return bytes(self.fsspec.cat_file(path))

    def read_all(self, paths: Sequence[str]) -> Sequence[bytes | Exception]:
        """Not by `cat`, which takes a name with `*` or `[` for a pattern."""
        found: Sequence[bytes | Exception] = self.fsspec.cat_ranges(list(paths), None, None, on_error="return")
        return found

    def open(self, path: str) -> IO[bytes]:
        file: IO[bytes] = self.fsspec.open(path, "rb")
        return file

    def write(self, path: str, data: bytes) -> None:
        try:
            self.fsspec.pipe_file(path, data)
        except MISSING:  # the folder is, for some; that a bucket is missing is for a person to know
            first = path.lstrip("/").partition("/")[0]
            if not self.fsspec.exists("/" + first if path.startswith("/") else first):
                raise
            self.fsspec.makedirs(path.rpartition("/")[0], exist_ok=True)
            self.fsspec.pipe_file(path, data)

    def remove(self, path: str) -> None:
        self.fsspec.rm_file(path)

    def copy(self, path: str, into: Path) -> None:
        self.fsspec.get_file(path, str(into))
        if into.is_dir():  # what fsspec makes of a folder
            into.rmdir()
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def _finds_by_walking(filesystem: AbstractFileSystem) -> bool:
    from fsspec import AbstractFileSystem
    from fsspec.asyn import AsyncFileSystem

    kind = type(filesystem)
    if issubclass(kind, AsyncFileSystem):
        return kind._find is AsyncFileSystem._find and kind.find is AbstractFileSystem.find
    return kind.find is AbstractFileSystem.find


def _stamp(info: dict[str, Any]) -> Stamp:
    """By the first of what filesystems call a version or a time, else by all that is known of a file."""
    version = next((info[name] for name in _VERSIONS if info.get(name)), None)
    if version is None:
        version = hashlib.sha256(repr(sorted((k, _plain(v)) for k, v in info.items())).encode()).hexdigest()
    return Stamp(size=int(info.get("size") or 0), version=str(_plain(version)))


def _plain(value: object) -> object:
    """The same filesystem may say now a date and now a number."""
    return value.timestamp() if isinstance(value, datetime) else value
