"""One file written whole, or not at all.

In: a path and bytes. Out: the path holds those bytes. Whatever goes wrong, it still holds the old ones,
and the mistake is one line. This module knows nothing of workspaces.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from scribe.records import ScribeError

_ADVICE = {
    errno.ENOSPC: "free some space and run again",
    errno.EDQUOT: "free some space and run again",
    errno.EFBIG: "free some space and run again",
    errno.EACCES: "make it writable, or work in another folder",
    errno.EPERM: "make it writable, or work in another folder",
    errno.EROFS: "make it writable, or work in another folder",
    errno.ENAMETOOLONG: "give the source a shorter name",
    errno.EEXIST: "a folder is needed where a file lies; move that file away",
    errno.ENOTDIR: "a folder is needed where a file lies; move that file away",
    errno.EISDIR: "a file is needed where a folder lies; move that folder away",
    errno.ENOTEMPTY: "a file is needed where a folder lies; move that folder away",
}


@contextlib.contextmanager
def one_line(action: str, path: Path | str) -> Iterator[None]:
    """Turn an OSError in the block into a ScribeError that says what failed, why and what helps."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename and str(error.filename) != str(path) else ""
        advice = _ADVICE.get(error.errno or 0, "see to that and run again")
        raise ScribeError(f"cannot {action} {path}: {error.strerror or error}{where}; {advice}") from error


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` at `path`: a reader sees the old bytes or the new ones, and a crash leaves one of the two.

    An existing file keeps its mode, and its owner where the system allows that. A symbolic link stays a
    link: the file that it points to is replaced. Whoever must not leave a folder checks that before
    (`Workspace` does). Missing folders are made. Raises ScribeError when the system refuses.
    """
    with one_line("write", path), prepared(path, data) as finished:
        put_in_place(finished, path)


def read_or_none(path: Path) -> bytes | None:
    """The bytes at `path`, or None where there is no file; raise ScribeError when they cannot be read."""
    with one_line("read", path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise ScribeError(f"cannot read {path}: {error.strerror or error}; make it readable") from error


@contextlib.contextmanager
def prepared(path: Path, data: bytes) -> Iterator[Path]:
    """A finished file in the folder of `path`, for `put_in_place`; removed if it was not put there.

    Its name is unique, so that two processes never share one. A killed process may leave one behind:
    a hidden file named `.scribe-….tmp` that nothing reads. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    finished = target.parent / f".scribe-{secrets.token_hex(8)}.tmp"
    try:
        # Not tempfile: its files are private, while a new file here shall have the mode that the umask gives.
        with open(os.open(finished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            _resemble(finished, target)
            os.fsync(file.fileno())
        yield finished
    finally:
        finished.unlink(missing_ok=True)


def put_in_place(finished: Path, path: Path) -> None:
    """Let the file from `prepared` take the place of `path`, and have the folder remember it."""
    target = Path(os.path.realpath(path))
    os.replace(finished, target)
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some network disks cannot sync one
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _resemble(finished: Path, target: Path) -> None:
    """Give `finished` the mode of `target`, and its owner, where there is a `target`."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(finished, old.st_uid, old.st_gid)
    os.chmod(finished, stat.S_IMODE(old.st_mode))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other scribe processes (and threads) out of the block; the lock goes when its process does.

    Where the system has no such locks the block runs without one. Raises OSError when `path` cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        with contextlib.suppress(ImportError, OSError):  # Windows; network disks without locks
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
