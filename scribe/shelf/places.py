"""What lies in and below folders, on any filesystem.

In: a store, and what a person typed. Out: paths there, and what is at them. Only names are looked at, and no link is
followed twice.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from scribe.records import ScribeError
from scribe.shelf.store import Store


class Entry(NamedTuple):
    """A file below a folder, or why something there cannot be looked into."""

    below: str
    """Its path from that folder."""
    real: str
    """Its path with no link on the way: all names of a file have one."""
    trouble: str | None = None
    is_folder: bool = False


Wanted = Callable[[Sequence[str], str, bool], bool]
"""Whether a walk takes what has this path below its folder, in parts, and this real one; True for a folder to enter."""


class Here:
    """The disks of this machine."""

    def __init__(self, store: Store) -> None:
        self.root = self.real(store.root)

    def whole(self, typed: str) -> str:
        """The path that is meant; raises ScribeError for what lies elsewhere."""
        bare = re.sub(r"^(file|local)://", "", typed)
        if "://" in bare:
            raise ScribeError("expected a path on this machine, where the workspace lies too; copy it here first")
        return os.path.abspath(bare)

    def real(self, path: str) -> str:
        """The path with no link on the way."""
        return os.path.realpath(path)

    def joined(self, folder: str, below: str) -> str:
        """What a person would type for a path below a folder."""
        return below if "://" in below else os.path.normpath(os.path.join(folder, below))

    def kind(self, path: str) -> str | None:
        """*file*, *folder*, or None for nothing; raises ScribeError for all else. Nothing is opened."""
        try:
            with _looking():
                mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            if os.path.islink(path):
                raise ScribeError("expected a file, found a link that leads nowhere; mend or remove it") from None
            return None
        if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
            return "folder" if stat.S_ISDIR(mode) else "file"
        raise ScribeError("expected a file or a folder, found a device, pipe or socket; save what it gives to a file")

    def names(self, folder: str) -> list[str]:
        """All that lies in a folder; nothing where it cannot be listed."""
        try:
            return os.listdir(folder)
        except OSError:
            return []

    def walk(self, top: str, wanted: Wanted) -> Iterator[Entry]:
        """All files below a folder, no real folder twice: links in a circle come to an end.

        What links lead to comes last, so that a file which lies there anyway goes by its own name.
        """
        seen: set[str] = set()
        own, linked = [("", self.real(top))], list[tuple[str, str]]()
        while own or linked:
            folder, real = (own or linked).pop()
            if real in seen:
                continue
            seen.add(real)
            try:
                names = os.listdir(os.path.join(top, folder))
            except OSError as error:
                yield Entry(folder, real, f"cannot be listed: {error.strerror or error}; make it readable", True)
                continue
            for name in names:
                below, path = os.path.join(folder, name), os.path.join(top, folder, name)
                is_link = os.path.islink(path)
                target = self.real(path) if is_link else os.path.join(real, name)
                try:
                    kind, trouble = self.kind(path), None
                except ScribeError as error:
                    kind, trouble = None, str(error)
                if not (kind or trouble) or not wanted(below.split(os.sep), target, kind == "folder"):
                    continue
                if kind == "folder":
                    (linked if is_link else own).append((below, target))
                else:
                    yield Entry(below, target, trouble)


class Elsewhere:
    """The filesystem of a workspace that does not lie on this machine; there are no links."""

    def __init__(self, store: Store) -> None:
        self.root = store.root
        self._store, self._url, self._filesystem = store, store.url, store.filesystem
        self._listings: dict[str, dict[str, str]] = {}

    def whole(self, typed: str) -> str:
        """The path that is meant; raises ScribeError for what lies on this machine or in a third place."""
        known, options = self._filesystem.protocol, self._filesystem._get_kwargs_from_urls
        protocol = typed.partition("://")[0] if "://" in typed else None
        if protocol not in ([known] if isinstance(known, str) else known) or options(typed) != options(self._url):
            raise ScribeError(
                f"the workspace lies in {self._url}; copy the recordings there first, so that its pages can play them, "
                "and name them there"
            )
        path = str(self._filesystem._strip_protocol(typed))
        return posixpath.normpath(path) if ".." in path.split("/") else path

    def real(self, path: str) -> str:
        """The path."""
        return path

    def joined(self, folder: str, below: str) -> str:
        """The URL of a path below a folder."""
        return below if "://" in below or below.startswith("/") else f"{folder.rstrip('/')}/{below}"

    def kind(self, path: str) -> str | None:
        """*file*, *folder*, or None for nothing; what its folder lists, which serves all that lie there."""
        folder, _, name = path.rpartition("/")
        if not folder and not path.startswith("/"):  # a bucket: who may look into it need not see the others
            with _looking():
                return "folder" if self._filesystem.isdir(path) else None
        return self._listing(folder).get(name) if name else "folder"

    def names(self, folder: str) -> list[str]:
        """All that lies in a folder; nothing where it cannot be listed."""
        try:
            return list(self._listing(folder))
        except ScribeError:
            return []

    def walk(self, top: str, wanted: Wanted) -> Iterator[Entry]:
        """All files below a folder, asked for in one go."""
        for path in self._store.below(top):
            child, kind = path, "file"
            while child != top and child:
                folder, _, name = child.rpartition("/")
                self._listings.setdefault(folder, {})[name] = kind
                child, kind = folder, "folder"
            below = path.removeprefix(top).lstrip("/")
            if wanted(below.split("/"), path, False):
                yield Entry(below, path)

    def _listing(self, folder: str) -> dict[str, str]:
        if folder not in self._listings:
            infos = []
            with _looking(), contextlib.suppress(FileNotFoundError, NotADirectoryError):
                infos = self._filesystem.ls(folder, detail=True)
            named = ((str(info["name"]).rstrip("/").rpartition("/")[2], info["type"]) for info in infos)
            self._listings[folder] = {name: "folder" if kind == "directory" else "file" for name, kind in named}
        return self._listings[folder]


@contextlib.contextmanager
def _looking() -> Iterator[None]:
    """What a system refuses is one line; that there is nothing stays an error of its own kind."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ScribeError(f"cannot be looked at: {reason}; mend it, or leave it out") from error


def place_of(store: Store) -> Here | Elsewhere:
    """Where a store lies, to look for what lies there too."""
    return Here(store) if store.is_local else Elsewhere(store)
