"""What was said and written, to be found again by its words: an index of passages in SQLite's FTS5.

In: passages, and what a person types. Out: hits, each cut where it matches, the best first. It knows nothing of
workspaces and of no file but its own, which is a cache: a damaged one is thrown away and begun anew.
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from scribe.records import Record, ScribeError

Kind = Literal["transcript", "notes", "post"]


class Passage(Record):
    """A line of a transcript, or a piece of a page."""

    session: str
    """The folder in `drafts/`, or the id of the transcript."""
    kind: Kind
    place: str
    """The number of a transcript's line; the id of a page's block, or nothing where it has none."""
    line: int | None
    """The line of the transcript to go to: itself, or the first one that a piece of a page cites."""
    start: float | None
    """When that line begins, in seconds."""
    speaker: str | None
    text: str
    """As a person reads it: without marks of Markdown, line breaks and control characters."""


class Hit(Record):
    """A passage that has all that was asked for."""

    passage: Passage
    pieces: tuple[tuple[str, bool], ...]
    """Its text, or a stretch of about 30 words of it, in pieces; those with True are what matches."""
    score: float
    """The higher the better: BM25, whose scale differs from one query and one index to the next."""


class Index:
    """The passages at a path, or in memory for None. Threads may share it; each process opens its own.

    Where the file cannot be opened at all, it is in memory too. All methods raise ScribeError where the file fails
    otherwise, such as for a full disk.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._db = self._open()

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self._lock:
            self._db.close()

    def known(self) -> dict[tuple[str, str], str]:
        """The digest of what was indexed, by session and kind."""
        with self._guarded() as db:
            return {(row[0], row[1]): row[2] for row in db.execute("SELECT session, kind, digest FROM source")}
        return {}

    def replace(self, session: str, kind: str, digest: str, passages: Iterable[Passage]) -> None:
        """Put these passages in the place of all that the index has of a session's kind.

        Line breaks and control characters in what they say and who says it become spaces or nothing.
        """
        told = [(p, _readable(p.text)) for p in passages]
        rows = [
            (_spaced(text), session, kind, p.place, p.line, p.start, _readable(p.speaker or "") or None)
            for p, text in told
            if text
        ]
        words = sorted({word for _, text in told for word in _words(text)})
        with self._guarded() as db, _transaction(db):
            self._forget(db, session, kind)
            (first,) = db.execute("SELECT coalesce(max(last), 0) + 1 FROM source").fetchone()
            db.executemany(_ADD, ((first + place, *row) for place, row in enumerate(rows)))
            db.executemany("INSERT OR IGNORE INTO word VALUES (?)", ((word,) for word in words))
            db.execute(
                "INSERT INTO source VALUES (?, ?, ?, ?, ?)", (session, kind, digest, first, first + len(rows) - 1)
            )

    def remove(self, session: str, kind: str) -> None:
        """Forget a session's kind; nothing happens where it is not known."""
        with self._guarded() as db, _transaction(db):
            self._forget(db, session, kind)

    def find(
        self, query: str, *, limit: int = 50, session: str | None = None, kinds: Collection[str] | None = None
    ) -> list[Hit]:
        """The passages that have every word of a query, the best first; none for a query without a word.

        Words stand for their inflections, without accents and case. `"Words in quotes"` stand side by side, and so do
        the parts of `log-loss`; `simul*` is every word that begins so. All else is text to be found, never syntax.
        """
        with self._guarded() as db:
            asked = " AND ".join(self._term(db, *term) for term in _terms(query))
            if not asked:
                return []
            among = None if kinds is None else json.dumps(sorted(kinds))
            rows = db.execute(_FIND, (asked, session, among, _OPENING, _CLOSING, limit))
            return [_hit(row) for row in rows]
        return []

    @staticmethod
    def _term(db: sqlite3.Connection, text: str, is_prefix: bool) -> str:
        """A term as FTS5 has it. Where a prefix ends within what the stemmer cuts off, words themselves are asked for.

        `simula*` is no prefix of "simul", which is all that the index has of "simulator".
        """
        asked = _quoted(text)
        if not is_prefix:
            return asked
        *before, last = _words(text) or [text]
        found = (
            []
            if before
            else db.execute(
                "SELECT text FROM word WHERE text >= ? AND text < ? ORDER BY length(text), text LIMIT ?",
                (last, last + "\U0010ffff", _PREFIX_WORDS),
            )
        )
        return f"({' OR '.join([f'{asked} *', *(_quoted(word) for (word,) in found)])})"

    @staticmethod
    def _forget(db: sqlite3.Connection, session: str, kind: str) -> None:
        row = db.execute("SELECT first, last FROM source WHERE session = ? AND kind = ?", (session, kind)).fetchone()
        if row is not None:
            db.execute("DELETE FROM passage WHERE rowid BETWEEN ? AND ?", row)
            db.execute("DELETE FROM source WHERE session = ? AND kind = ?", (session, kind))

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        """The tables, for one thread at a time; where they turn out damaged the block ends, and all is begun anew."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.ProgrammingError:
                raise  # used after it was closed
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise ScribeError(f"{self._path}: cannot search: {error}; the file may be deleted") from error
                self._db.close()
                self._discard()
                self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        """The tables at the path, made anew if they are damaged or another version's; in memory for want of a file."""
        if self._path is not None:
            for _ in range(2):
                try:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    if (db := _connect(str(self._path))) is not None:
                        return db
                except OSError:
                    break
                except sqlite3.DatabaseError as error:
                    if not _is_damaged(error):
                        break
                self._discard()
        db = _connect(":memory:")
        assert db is not None, "a new database has no other version"
        return db

    def _discard(self) -> None:
        for tail in ("-wal", "-shm", ""):
            with contextlib.suppress(OSError):
                Path(f"{self._path}{tail}").unlink()


_ADD = "INSERT INTO passage (rowid, text, session, kind, place, line, start, speaker) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_FIND = (
    "SELECT text, session, kind, place, line, start, speaker, snippet(passage, 0, ?4, ?5, '…', 30), rank FROM passage "
    "WHERE passage MATCH ?1 AND (?2 IS NULL OR session = ?2) "
    "AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3))) ORDER BY rank, rowid LIMIT ?6"
)
_TABLES = (
    "CREATE VIRTUAL TABLE passage USING fts5(text, session UNINDEXED, kind UNINDEXED, place UNINDEXED, "
    "line UNINDEXED, start UNINDEXED, speaker UNINDEXED, tokenize='porter unicode61 remove_diacritics 2')",
    # The passages of a source have the row numbers first to last: a full scan would find them otherwise.
    "CREATE TABLE source (session TEXT, kind TEXT, digest TEXT, first INTEGER, last INTEGER, "
    "PRIMARY KEY (session, kind))",
    "CREATE TABLE word (text TEXT PRIMARY KEY) WITHOUT ROWID",
)
_VERSION = 1
"""Kept as `user_version`; goes up with every change of the tables, or of what is put in them."""

_BUSY_S = 30.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TERMS = 32
"""As many words of a query are looked for; who pastes a page still gets an answer."""
_PREFIX_WORDS = 48

_OPENING, _CLOSING, _SPACE = "\ue000", "\ue001", "\u200b"
"""Sentinels around what matches, and what parts words that are written without spaces; no passage has them."""

_TERM = re.compile(r'"(?P<phrase>[^"]*)"(?P<star>\*?)|(?P<word>[^\s"]+)')
_QUOTES = str.maketrans("“”„‟«»", '""""""')
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])(?=\w)")
_WORD = re.compile(r"[^\W_]+")


def _connect(name: str) -> sqlite3.Connection | None:
    """Open the tables, making them if need be; None for a file that has others."""
    db = sqlite3.connect(name, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        if (found := _version(db)) == (0, 0):
            with contextlib.suppress(sqlite3.OperationalError):  # two at once: the other one is doing it
                db.execute("PRAGMA journal_mode = WAL")
            with _transaction(db):
                if (found := _version(db)) == (0, 0):
                    for statement in _TABLES:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {_VERSION}")
                    found = _version(db)
        if found[0] == _VERSION:
            db.execute("PRAGMA synchronous = OFF")  # what a power cut damages is made anew
            return db
    except BaseException:
        db.close()
        raise
    db.close()
    return None


def _version(db: sqlite3.Connection) -> tuple[int, int]:
    """Version of the tables, and how many there are."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return version, tables


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of the block or none of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _is_damaged(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _terms(query: str) -> list[tuple[str, bool]]:
    """The words and phrases of a query, and whether each is a prefix; those without a letter or figure are none.

    >>> _terms('log-loss "a proof" simul* - " NEAR(x')
    [('log-loss', False), ('a proof', False), ('simul', True), ('NEAR(x', False)]
    """
    found = []
    for match in _TERM.finditer(_readable(query).translate(_QUOTES)):
        text = match["phrase"] if match["word"] is None else match["word"]
        is_prefix = bool(match["star"]) or (match["word"] is not None and text.endswith("*"))
        if any(letter.isalnum() for letter in text):
            found.append((_spaced(text.rstrip("*")), is_prefix))
    return found[:_TERMS]


def _quoted(text: str) -> str:
    """A text as FTS5 takes it literally; the words in it stand side by side."""
    return '"' + text.replace('"', '""') + '"'


def _readable(text: str) -> str:
    """A text on one line, less what nobody can see, what a terminal obeys, and our own sentinels."""
    return " ".join(_UNSEEN.sub("", " ".join(text.split())).split())


_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff{_OPENING}{_CLOSING}{_SPACE}]")


def _spaced(text: str) -> str:
    """Chinese and Japanese, letter by letter: FTS5 takes what has no space within for one word."""
    return _UNSPACED.sub(rf"\1{_SPACE}", text)


def _words(text: str) -> list[str]:
    """Words as the index has them before they are stemmed: in small letters, without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return _WORD.findall(unicodedata.normalize("NFC", bare))


def _hit(row: Sequence[object]) -> Hit:
    text, session, kind, place, line, start, speaker, cut, rank = row
    told = {"session": session, "kind": kind, "place": place, "line": line, "start": start, "speaker": speaker}
    passage = Passage.model_validate({**told, "text": str(text).replace(_SPACE, "")})
    assert isinstance(rank, float)
    return Hit(passage=passage, pieces=tuple(_pieces(str(cut).replace(_SPACE, ""))), score=-rank)


def _pieces(cut: str) -> Iterator[tuple[str, bool]]:
    r"""What stands between the sentinels, and what stands outside.

    >>> list(_pieces("a \ue000log\ue001-loss"))
    [('a ', False), ('log', True), ('-loss', False)]
    """
    for place, part in enumerate(re.split(f"[{_OPENING}{_CLOSING}]", cut)):
        if part:
            yield part, place % 2 == 1
