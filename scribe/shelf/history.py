"""Every version that was replaced, and the way back.

In: the folder of one file's history. Out: its versions, each with the generated text that it went with.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from scribe.records import Record, ScribeError
from scribe.shelf.files import one_line, read_or_none, write_atomic

_BASE, _STATE = ".base", ".state"
_FEWEST_OF_NAME = 8
"""Characters of a version's name: its day, or its digest."""


class Version(Record):
    """One former text of a file."""

    name: str
    """When it was last changed, and the beginning of its digest."""
    changed: datetime
    path: Path
    characters: int

    @property
    def base(self) -> Path:
        """Where the generated text lies that it went with, if there was one."""
        return self.path.with_name(self.path.name + _BASE)

    @property
    def state(self) -> Path:
        """Where that lies which was remembered of the generated text."""
        return self.path.with_name(self.path.name + _STATE)


def keep(folder: Path, path: Path, old: bytes, base: bytes | None = None, state: bytes | None = None) -> None:
    """Put the bytes of `path`, which are about to be replaced, into its history, with what goes with them."""
    with one_line("read", path):
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    place = folder / f"{changed:%Y%m%dT%H%M%SZ}-{hashlib.sha256(old).hexdigest()[:8]}{path.suffix}"
    write_atomic(place, old)
    for suffix, data in ((_BASE, base), (_STATE, state)):
        if data is not None:
            write_atomic(place.with_name(place.name + suffix), data)


def versions(folder: Path, suffix: str) -> list[Version]:
    """The versions in a folder of history, the newest first."""
    found = []
    for path in sorted(folder.glob(f"*{suffix}"), reverse=True) if folder.is_dir() else []:
        try:
            changed = datetime.strptime(path.stem.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            continue
        text = (read_or_none(path) or b"").decode(errors="replace")
        found.append(Version(name=path.stem, changed=changed, path=path, characters=len(text)))
    return found


def chosen(found: list[Version], wanted: str, where: Path) -> Version:
    """The version that a person names: by its number, 1 for the newest, or by how its name begins or ends.

    Raises ScribeError where there is none, or more than one.
    """
    if not found:
        raise ScribeError(f"{where}: expected former versions of it, found none; nothing was replaced so far")
    if wanted.isdecimal() and 1 <= int(wanted) <= len(found):
        return found[int(wanted) - 1]
    is_name = len(wanted) >= _FEWEST_OF_NAME
    fitting = [v for v in found if is_name and (v.name.startswith(wanted) or v.name.partition("-")[2] == wanted)]
    if len(fitting) != 1:
        many = "none" if not fitting else f"{len(fitting)} of them"
        raise ScribeError(
            f"--to {wanted!r}: expected a number from 1 to {len(found)} or the name of one version, found {many}; "
            f"scribe restore {where} lists them"
        )
    return fitting[0]
