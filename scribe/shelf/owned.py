"""Files that belong to a person from the first write on.

In: a path, where the last generated text of it is kept (its *base*), and a function that makes one text of what lies
there and what is new. Out: a `Written` that says what became of it. Whoever is killed here, whenever, leaves the old
file or the new one, and a base that goes with it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from scribe.records import Record, ScribeError
from scribe.shelf.files import one_line, prepared, put_in_place, read_or_none, write_atomic


class Written(Record):
    """What became of a new text.

    *written*: the file holds it now. *merged*: the file holds it together with what a person wrote. *unchanged*: there
    was nothing to change. *kept*: a person wrote in the file, and it was left as it is.
    """

    path: Path
    outcome: Literal["written", "merged", "unchanged", "kept"]
    proposals: int = 0
    """How many new changes did not fit and lie beside the file."""


class Held(NamedTuple):
    """What lies at a place."""

    text: str | None
    """None where there is no file, or no more."""
    base: str | None
    """The text last generated; None where none is known."""


class Update(NamedTuple):
    """What is to lie there."""

    text: str
    base: str
    """The text generated now, for the next time."""
    beside: Mapping[Path, str] = {}
    """Files of the machine's that go with it; written first."""
    proposals: int = 0
    state: tuple[Path, str] | None = None
    """A file that tells of the base, and takes the place of the older one together with it."""


Revise = Callable[[Held], Update]


def update_owned(path: Path, base: Path, revise: Revise, keep: Callable[[bytes, bytes | None], None]) -> Written:
    """Write what `revise` makes of the file at `path`; `keep` is given the bytes that are about to be replaced.

    The order of writes, which a kill may cut anywhere: (1) the old version is kept, (2) the files beside it are
    written, (3) the new base goes to `<base>.next-<digest>`, named for the text that it goes with, and its state alike,
    (4) `path` is replaced, (5) the new base becomes the base, its state the state. Whoever comes next finds after (3) a
    next base whose digest is not the file's, and drops it; after (4) one whose digest is, and does (5). If a person
    saves while we write, we look again.
    """
    while True:
        present = read_or_none(path)
        last = settle(base, present)
        update = revise(Held(_decoded(path, present), _decoded(base, last)))
        text, new_base = encode(update.text), encode(update.base)
        if present == text:
            _write_beside(update)
            if last != new_base or _is_other_state(update):
                _await(base, text, update)
                settle(base, text)
            return Written(path=path, outcome="unchanged", proposals=update.proposals)
        _refuse_read_only(path)
        with one_line("write", path), prepared(path, text) as finished:
            if present is not None:
                keep(present, last)
            _write_beside(update)
            _await(base, text, update)
            if read_or_none(path) != present:
                continue
            put_in_place(finished, path)
            settle(base, text)
        return Written(path=path, outcome="written" if text == new_base else "merged", proposals=update.proposals)


def type_in(
    path: Path, base: Path, change: Callable[[str | None], str], keep: Callable[[bytes, bytes | None], None]
) -> Written:
    """Replace a text by what a person made of it; the base, which it is compared with later, stays what it was."""
    while True:
        present = read_or_none(path)
        last = settle(base, present)
        text = encode(change(_decoded(path, present)))
        if text == present:
            return Written(path=path, outcome="unchanged")
        _refuse_read_only(path)
        with prepared(path, text) as finished:
            if present is not None:
                keep(present, last)
            if read_or_none(path) != present:
                continue
            put_in_place(finished, path)
        return Written(path=path, outcome="written")


def look(path: Path, base: Path) -> Held:
    """What lies at a place, as `update_owned` would find it; touches nothing."""
    present = read_or_none(path)
    last = read_or_none(base)
    if present is not None:
        last = read_or_none(pending(base, present)) or last
    return Held(_decoded(path, present), _decoded(base, last))


def encode(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which some models write in place of an emoji, becomes "?" rather than a crash."""
    return text.encode("utf-8", errors="replace")


def settle(base: Path, present: bytes | None) -> bytes | None:
    """The base that goes with a text, after a write that was cut off was finished or dropped; its state likewise."""
    waiting = sorted(base.parent.glob(f"{base.name}*.next-*")) if base.parent.is_dir() else []
    for path in waiting:
        place = path.with_name(path.name.rpartition(".next-")[0])
        with one_line("write", place):
            if present is not None and path == pending(place, present):
                os.replace(path, place)
            else:
                path.unlink(missing_ok=True)
    return read_or_none(base)


def _decoded(path: Path, data: bytes | None) -> str | None:
    if data is None:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScribeError(
            f"{path}: expected UTF-8, found another byte at {error.start}; it stays as it is: save it as UTF-8"
        ) from error


def _refuse_read_only(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise ScribeError(f"cannot write {path}: it is read-only and stays as it is; make it writable and run again")


def _write_beside(update: Update) -> None:
    for path, text in update.beside.items():
        if read_or_none(path) != encode(text):
            write_atomic(path, encode(text))


def _is_other_state(update: Update) -> bool:
    return update.state is not None and read_or_none(update.state[0]) != encode(update.state[1])


def _await(base: Path, text: bytes, update: Update) -> None:
    """Let the base and its state wait for a text to be in its place."""
    write_atomic(pending(base, text), encode(update.base))
    if update.state is not None:
        write_atomic(pending(update.state[0], text), encode(update.state[1]))


def pending(place: Path, text: bytes) -> Path:
    """Where a base, or what tells of it, waits that goes with a text."""
    return place.with_name(f"{place.name}.next-{hashlib.sha256(text).hexdigest()[:16]}")
