"""A folder of this machine's that goes when its process does.

In: paths of another place, and bytes. Out: files below an empty folder among the temporary ones, `scribe-mirror-…`.
Whoever is killed leaves it behind, and the next to want one removes it: a folder whose lock nobody holds is nobody's.
Where the system has no such locks (Windows, some network disks) it stays, for a person to remove.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from scribe.records import ScribeError
from scribe.shelf.files import one_line

NAME = "scribe-mirror-"

_LOCK = "lock"


class Scratch:
    """A folder, `files`, and beside it the lock that says whose it is; raises ScribeError where there is no room."""

    def __init__(self, within: Path | None = None) -> None:
        """`within` is where it shall lie, if not where temporary files go."""
        place = within or Path(tempfile.gettempdir())
        _remove_left_behind(place)
        with one_line("make a folder in", place):
            folder = Path(tempfile.mkdtemp(prefix=NAME, dir=place.resolve()))
        taking, lock = folder / "taking", None
        with contextlib.suppress(ImportError, OSError):
            lock = _locked(taking, os.O_CREAT)
            taking.rename(folder / _LOCK)  # only now, so that nobody finds it before it is held
        self.files = folder / "files"
        self._end = weakref.finalize(self, _remove, folder, lock)
        self.clear()

    def clear(self) -> None:
        """Remove all that lies in it."""
        shutil.rmtree(self.files, ignore_errors=True)
        self.make("")

    def at(self, path: str) -> Path:
        """Where a path lies here; raises ScribeError for one that would lead out of the folder."""
        parts = path.split("/")
        if ".." in parts:
            raise ScribeError(f"{path}: expected a path without `..`; name the file where it lies")
        return self.files.joinpath(*(part for part in parts if part))

    def make(self, path: str) -> None:
        """Make a folder."""
        with one_line("write", self.at(path)):
            self.at(path).mkdir(parents=True, exist_ok=True)

    def put(self, path: str, data: bytes) -> None:
        """Write a file."""
        here = self.at(path)
        with one_line("write", here):
            here.parent.mkdir(parents=True, exist_ok=True)
            here.write_bytes(data)

    def link(self, path: str, real: str) -> None:
        """Let a path lead to what lies at another, unless it does already."""
        here, target = self.at(path), self.at(real)
        with one_line("write", here):
            if not (here.exists() and here.samefile(target)):
                here.parent.mkdir(parents=True, exist_ok=True)
                here.unlink(missing_ok=True)
                here.symlink_to(target)

    def close(self) -> None:
        """Remove it; closing twice is fine, and the end of the process does it too."""
        self._end()


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _locked(path: Path, flags: int = 0) -> int:
    """A file open and held; raises OSError where it is held already, or cannot be, and ImportError on Windows."""
    import fcntl

    file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file


def _remove_left_behind(place: Path) -> None:
    for folder in _ours(place):
        with contextlib.suppress(ImportError, OSError):
            _remove(folder, _locked(folder / _LOCK))


def _ours(place: Path) -> Iterator[Path]:
    """Real folders of this user's; whatever others put among the temporary files is left alone."""
    with contextlib.suppress(OSError, AttributeError), os.scandir(place) as entries:
        for entry in entries:
            is_folder = entry.name.startswith(NAME) and entry.is_dir(follow_symlinks=False)
            if is_folder and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                yield Path(entry.path)
