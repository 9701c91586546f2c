"""An SQLite file that never stands in the way.

In: a path, and functions that read or change the tables. Out: what they return. A damaged file, or one that
is no store of ours, is moved aside and a fresh one begun; where nothing can be opened or written (disk
full, no permission) the work goes on without. A person is told of each, once.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from scribe.records import ScribeError

_APPLICATION = 0x53435242
"""ASCII "SCRB", kept as `application_id`: tells our store from anybody else's."""

_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE rollout (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            draw TEXT NOT NULL,
            sample INTEGER NOT NULL,
            prompt TEXT NOT NULL,
            frame TEXT NOT NULL,
            voice TEXT NOT NULL,
            simulator TEXT NOT NULL,
            recipe TEXT NOT NULL,
            sampling TEXT NOT NULL,
            parent INTEGER,
            created TEXT NOT NULL,
            completion TEXT NOT NULL,
            UNIQUE (draw, sample)
        )
        """,
        "CREATE INDEX rollout_prompt ON rollout (prompt)",
        "CREATE INDEX rollout_parent ON rollout (parent)",
    ),
    ("CREATE TABLE score (key TEXT PRIMARY KEY, score TEXT NOT NULL)",),
    (
        """
        CREATE TABLE choice (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            draw TEXT NOT NULL,
            sample INTEGER NOT NULL,
            among INTEGER NOT NULL,
            created TEXT NOT NULL
        )
        """,
    ),
)
"""What each version of the schema adds to the one before it."""

VERSION = len(_STEPS)
"""Of the schema, kept as `user_version`."""

COLUMNS = (
    *("id", "sample", "prompt", "frame", "voice", "simulator", "recipe", "sampling"),
    *("parent", "created", "completion"),
)
"""Of the table `rollout`, less its key."""

_TABLES = {
    "rollout": ({"draw", *COLUMNS}, 1),
    "score": ({"key", "score"}, 2),
    "choice": ({"id", "draw", "sample", "among", "created"}, 3),
}
"""The columns of each table, and the version from which on it is there."""

_BUSY_S = 30.0
"""How long to wait for another process's write; one takes milliseconds."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_T = TypeVar("_T")


class _Foreign(Exception):  # noqa: N818 (never leaves this module)
    """A sound database that is not ours."""


class Database:
    """The tables at a path, or in memory for None. Threads may share it; each process opens its own."""

    def __init__(self, path: Path | None, warn: Callable[[str], None]) -> None:
        """Open the tables, making them if need be; raise ScribeError when a newer scribe made them."""
        self.path = path
        self._tell = warn
        self._told: set[str] = set()
        self._lock = threading.RLock()
        self._file: tuple[int, int] | None = None
        self._db = self._open()

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        self._file = None
        self._db.close()

    def read(self, ask: Callable[[sqlite3.Connection], list[_T]]) -> list[_T]:
        """Run `ask`, again if the store had to be replaced; an empty list where it cannot be read."""
        rows = self._attempt(ask, "cannot read kept completions ({}); going on without them")
        return [] if rows is None else rows

    def write(self, change: Callable[[sqlite3.Connection], int]) -> int:
        """Run `change` in a transaction, again if the store had to be replaced; 0 where it cannot."""

        def transact(db: sqlite3.Connection) -> int:
            with _transaction(db, "IMMEDIATE"):
                return change(db)

        return self._attempt(transact, "cannot keep completions ({}); going on without") or 0

    def warn(self, message: str) -> None:
        """Tell a person, unless they were told the same before."""
        if message not in self._told:
            self._told.add(message)
            self._tell(f"{self.path}: {message}")

    def _attempt(self, act: Callable[[sqlite3.Connection], _T], failure: str) -> _T | None:
        with self._lock:
            try:
                if self._file is not None and _identity(self.path) != self._file:
                    self._reopen()  # another process replaced it; SQLite would write to what nobody reads
                try:
                    return act(self._db)
                except sqlite3.DatabaseError as error:
                    if not _is_damaged(error):
                        raise
                    with contextlib.suppress(OSError):  # Windows moves no file that others have open
                        self._set_aside(f"is damaged ({error})")
                    self._reopen()
                    return act(self._db)
            except sqlite3.ProgrammingError:
                raise  # used after it was closed
            except sqlite3.DatabaseError as error:
                self.warn(failure.format(error))
                return None

    def _reopen(self) -> None:
        self._db.close()
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        """Open the store, afresh if it is damaged, in memory if it cannot be opened at all."""
        self._file = None
        if self.path is None:
            return _connect(":memory:")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for _ in range(3):  # other processes may be replacing it, too
                self._file = _identity(self.path)
                try:
                    db = _connect(str(self.path))
                except _Foreign:
                    self._set_aside("is no store of completions")
                except sqlite3.DatabaseError as error:
                    if not _is_damaged(error):
                        raise
                    self._set_aside(f"is damaged ({error})")
                else:
                    self._file = _identity(self.path)
                    return db
            reason: object = "it keeps being damaged"
        except (OSError, sqlite3.Error) as error:
            reason = error
        self._file = None
        self.warn(f"cannot open the store ({reason}); completions are kept for this run only")
        return _connect(":memory:")

    def _set_aside(self, why: str) -> None:
        """Move the store away for a person to look at, unless another process has done so already."""
        if self.path is None or _identity(self.path) != self._file:
            return
        aside = next(
            place
            for n in itertools.count(1)
            if not os.path.lexists(place := self.path.with_name(f"{self.path.name}.corrupt-{n}"))
        )
        for tail in ("-wal", "-shm", ""):  # the store last: what is left of a kill between is still damaged
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{self.path}{tail}", f"{aside}{tail}")
        self.warn(f"{why}; it was moved to {aside.name} and a fresh one begun")


def copy_store(path: Path, copy: Path) -> None:
    """A whole copy of a store, though others may be writing to it; raises OSError where it cannot be had."""
    try:
        db, other = sqlite3.connect(path, timeout=_BUSY_S), sqlite3.connect(copy)
        with contextlib.closing(db), contextlib.closing(other):
            db.backup(other)
    except sqlite3.Error as error:
        raise OSError(f"cannot copy {path}: {error}") from error


def _connect(name: str) -> sqlite3.Connection:
    """Open `name` as a store of ours; raise _Foreign, ScribeError for a newer one, or sqlite3.Error.

    An older one is brought to this version.
    """
    db = sqlite3.connect(name, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        # A flipped bit can break UTF-8; then one completion shall be lost, not the whole answer.
        db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        with _transaction(db):
            version = _version(db, name)
        if version < VERSION:
            with contextlib.suppress(sqlite3.OperationalError):  # two at once: the other one is doing it
                db.execute("PRAGMA journal_mode = WAL")
            with _transaction(db, "IMMEDIATE"):
                _upgrade(db, _version(db, name))
        # With WAL, a power cut then costs the last writes, never the store.
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()
        raise
    return db


def _upgrade(db: sqlite3.Connection, version: int) -> None:
    """Make what a store of `version` lacks; what it has stays."""
    for statements in _STEPS[version:]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {_APPLICATION}")
    db.execute(f"PRAGMA user_version = {VERSION}")


def _version(db: sqlite3.Connection, name: str) -> int:
    """Version of the tables; 0 for an empty file. Raises what `_connect` raises."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != _APPLICATION or version < 1:
        raise _Foreign
    if version > VERSION:
        raise ScribeError(f"{name}: a store of version {version}, this scribe knows {VERSION}; upgrade scribe")
    for table, (columns, since) in _TABLES.items():
        if version >= since and {row[1] for row in db.execute(f"PRAGMA table_info({table})")} != columns:
            raise _Foreign
    return int(version)


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection, kind: str = "") -> Iterator[None]:
    """All of the block or none of it; other processes' changes do not show inside."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _is_damaged(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from another that has taken its name; None where there is none."""
    try:
        status = os.stat(path) if path else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None
