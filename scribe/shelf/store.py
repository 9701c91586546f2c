"""A folder on any filesystem: this machine's disks, a shared one, an object store.

In: a path or a URL, and bytes. Out: what lies there, and how to tell whether it has changed since. Every mistake of a
filesystem is one line. Which files belong together is for `workspace` and `mirror` to know.

Whoever may write in a folder may put links and odd names there: nothing outside of it is ever written or removed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scribe.records import ScribeError
from scribe.shelf.files import one_line
from scribe.shelf.filesystems import MISSING, Stamp, filesystem_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_TOLD = 300
"""Characters of what a client says; some print whole pages."""


class Store:
    """A folder; all paths are whole ones, as its filesystem writes them: `/talks/a.vtt`, or `bucket/talks/a.vtt`."""

    def __init__(self, url: str) -> None:
        """`url` is a path on this machine, or `s3://bucket/folder` and its like; raises ScribeError for others."""
        self.url = url
        with _one_line("open", url):
            self._files = filesystem_of(url)
        self.root = self._files.root
        self.is_local = self._files.fsspec is None

    @property
    def filesystem(self) -> AbstractFileSystem:
        """What fsspec has for it, where it does not lie on this machine."""
        assert self._files.fsspec is not None
        return self._files.fsspec

    def path(self, *parts: str) -> str:
        """A path below the folder."""
        return "/".join([self.root.rstrip("/"), *parts])

    def url_of(self, path: str) -> str:
        """A path as anybody could find it: with the name of its filesystem, if that is not this machine's."""
        return path if self.is_local else str(self.filesystem.unstrip_protocol(path))

    def stamp(self, path: str) -> Stamp | None:
        """What a file is like now; None where there is none."""
        with self._one_line("look at", path), suppress(*MISSING):
            return self._files.stamp(path)
        return None

    def is_there(self, path: str) -> bool:
        """Whether there is such a file."""
        return self.stamp(path) is not None

    def changed_s(self, path: str) -> float | None:
        """When a file was last changed, in seconds since 1970; None where nobody knows."""
        with self._one_line("look at", path), suppress(*MISSING, NotImplementedError):
            return self._files.changed_s(path)
        return None

    def stamps_below(self, *folders: str) -> Callable[[str], Stamp | None]:
        """`stamp` for files below these folders; elsewhere than on this machine all are asked for at once, and now."""
        if self.is_local:
            return self.stamp
        found: dict[str, Stamp] = {}
        for folder in folders:
            found |= self._listed(folder)
        return found.get

    def below(self, folder: str) -> list[str]:
        """All files below a folder, in order; none where there is no folder. Links to folders are not followed."""
        return sorted(self._listed(folder))

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        with self._one_line("read", path), suppress(*MISSING):
            return self._files.read(path)
        return None

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those files that are there, by path; many are asked for at once where that helps."""
        wanted, found = list(paths), dict[str, bytes]()
        with self._one_line("read", self.root):
            answers = self._files.read_all(wanted)
        for path, answer in zip(wanted, answers, strict=True):
            with self._one_line("read", path), suppress(*MISSING):
                if isinstance(answer, BaseException):
                    raise answer
                found[path] = answer
        return found

    def digest(self, path: str) -> str:
        """SHA-256 of a file's bytes, hexadecimal; raises ScribeError where it cannot be read."""
        found = hashlib.sha256()
        with self._one_line("read", path), self._files.open(path) as file:
            while block := file.read(1 << 20):
                found.update(block)
        return found.hexdigest()

    def write(self, path: str, data: bytes) -> None:
        """Put bytes at a path, as `Filesystem.write` does.

        Raises ScribeError where the filesystem refuses, and for a path that leads out of the folder.
        """
        self.refuse_outside(path)
        with self._one_line("write", path):
            self._files.write(path, data)

    def remove(self, path: str) -> None:
        """Remove a file, if it is there; raises ScribeError as `write` does."""
        self.refuse_outside(path)
        with self._one_line("remove", path), suppress(*MISSING):
            self._files.remove(path)

    def fetch(self, path: str, into: Path) -> bool:
        """Copy a file to this machine, piece by piece; whether it was there."""
        with self._one_line("copy", path), suppress(*MISSING):
            into.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._files.copy(path, into)
            except BaseException:
                into.unlink(missing_ok=True)
                raise
            return True
        return False

    def refuse_outside(self, path: str) -> None:
        """Raise ScribeError for a path that is not below the folder, or that a link leads out of it."""
        with self._one_line("look at", path):
            is_inside = self._files.holds(self.root, path)
        if not is_inside:
            raise ScribeError(f"{self.url_of(path)} leads out of the workspace; put a real file or folder there")

    def _listed(self, folder: str) -> dict[str, Stamp]:
        with self._one_line("list", folder), suppress(*MISSING):
            return dict(self._files.listed(folder))
        return {}

    def _one_line(self, action: str, path: str) -> AbstractContextManager[None]:
        return _one_line(action, self.url_of(path))


def is_full(error: BaseException) -> bool:
    """Whether an error, or what led to it, is that of a disk that takes nothing more."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            return True
        cause = cause.__cause__
    return False


@contextlib.contextmanager
def _one_line(action: str, where: str) -> Iterator[None]:
    """Turn whatever the block raises into one line: each filesystem has a client of its own, with errors of its own."""
    try:
        yield
    except ScribeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.strerror:
            with one_line(action, where):
                raise
        told = " ".join(f"{type(error).__name__} {error}".split())[:_TOLD]
        raise ScribeError(f"cannot {action} {where}: {told}; see to that and run again") from error
