"""Folders of sessions: which files hold some, and what is wrong with those that should.

In: folders and files. Out: sessions, lazily, by turns from each file, so that any first few are a fair mixture; faults,
each one line that begins with the file; and the files that hold no session. Only `*.json` and `*.jsonl` are opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scribe.evaluating.importing import read
from scribe.evaluating.sessions import Session, described
from scribe.language import counted
from scribe.records import ScribeError

SUFFIXES = (".json", ".jsonl")


class Placed(NamedTuple):
    """A session, where it was found, and the folder that its transcript may lie in."""

    session: Session
    path: Path
    root: Path


class Fault(NamedTuple):
    """What should be a session and is none."""

    where: str
    """The file, and its line where it has several sessions."""
    error: str


class Collected(NamedTuple):
    """What is in the folders."""

    sessions: tuple[Placed, ...]
    faults: tuple[Fault, ...]
    strangers: tuple[Path, ...]
    """Files that hold no session, and are no session's transcript."""


def collect(sources: Sequence[Path], *, limit: int | None = None) -> Collected:
    """The sessions of folders, with all below them, and of files; at most `limit` of them.

    Files and folders whose name begins with a dot are passed over. Raises ScribeError for a source that is not there,
    and where no session is found and nothing that should be one.
    """
    places = [(source, path) for source in sources for path in _files(source)]
    readers = [_Reader(path, source) for source, path in places]
    found: list[Placed] = []
    names: set[str] = set()
    waiting = [reader for reader in readers if reader.path.suffix.lower() in SUFFIXES]
    while waiting and (limit is None or len(found) < limit):
        going = []
        for reader in waiting:
            if limit is not None and len(found) == limit:
                break
            if (placed := reader.next()) is None:
                continue
            going.append(reader)
            if placed.session.name in names:
                reader.fault(
                    f"expected sessions of different names, found another {placed.session.name!r}; give it another id"
                )
                continue
            names.add(placed.session.name)
            found.append(placed)
        waiting = going
    faults = [fault for reader in readers for fault in reader.faults]
    if not found and not faults:
        raise ScribeError(
            f"{', '.join(map(str, sources))}: expected sessions with reference summaries, found {_what(readers)}; "
            'give *.json with "transcript" and "references" (the README has the form, under Figures) or files of QMSum'
        )
    spoken = {_spoken(placed) for placed in found if isinstance(placed.session.transcript, str)}
    strangers = [reader.path for reader in readers if reader.is_strange and reader.path.resolve() not in spoken]
    return Collected(tuple(found), tuple(faults), tuple(strangers))


def _what(readers: Sequence[_Reader]) -> str:
    """What files hold that hold no session, in a few words."""
    looked_at = [reader for reader in readers if reader.holds]
    if not looked_at:
        return f"none in {counted(len(readers), 'file')}, not one a *.json or *.jsonl"
    more = f", and {len(looked_at) - 1} like it" if len(looked_at) > 1 else ""
    return f"{looked_at[0].path} with {looked_at[0].holds}{more}"


class _Reader:
    """The sessions of one file, one after the other."""

    def __init__(self, path: Path, source: Path) -> None:
        self.path = path
        self._root = source if source.is_dir() else path.parent
        self.faults: list[Fault] = []
        self.holds = ""
        """What was found in place of a session."""
        self._stem = path.relative_to(self._root).with_suffix("").as_posix()
        self._given = self._began = False
        self._sessions = self._read()

    @property
    def is_strange(self) -> bool:
        """Whether the file was looked at, or need not be, and holds no session."""
        looked_at = self._began or self.path.suffix.lower() not in SUFFIXES
        return looked_at and not self._given and not self.faults

    def fault(self, error: str, place: str = "") -> None:
        """Note what is wrong with the file, or with one line of it."""
        self.faults.append(Fault(f"{self.path}{place}", error))

    def next(self) -> Placed | None:
        """The next session; None where there are no more."""
        self._began = True
        found = next(self._sessions, None)
        self._given = self._given or found is not None
        return Placed(found, self.path, self._root) if found is not None else None

    def _read(self) -> Iterator[Session]:
        try:
            if self.path.suffix.lower() == ".json":
                yield from self._session(self.path.read_text(encoding="utf-8-sig"), self._stem, "")
                return
            with self.path.open(encoding="utf-8-sig") as file:
                number = 0
                for place, line in enumerate(file, start=1):
                    if line.strip():
                        yield from self._session(line, f"{self._stem}-{number}", f": line {place}")
                        number += 1
        except UnicodeDecodeError as error:
            self.fault(f"expected UTF-8, found another byte at {error.start}; save it as UTF-8")
        except OSError as error:
            self.fault(f"cannot read it: {error.strerror or error}; make it readable")

    def _session(self, text: str, name: str, where: str) -> Iterator[Session]:
        """The session that a JSON text holds, if it holds one; what is wrong with it is noted."""
        try:
            tree = _parsed(text)
            session = read(tree, name)
        except ScribeError as error:
            self.fault(str(error), where)
            return
        if session is None:
            self.holds = self.holds or described(tree)
            return
        if not session.references:
            self.fault("expected a reference summary, found none; take it out, or write one", where)
            return
        yield session


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ScribeError(f"expected JSON, found a mistake at character {error.pos}: {error.msg}; mend it") from error
    except RecursionError as error:
        raise ScribeError("expected JSON, found it nested too deep to read; export it again") from error
    except ValueError as error:  # a number of more than 4300 digits
        raise ScribeError(f"expected JSON, found a number that cannot be read: {str(error)[:60]}") from error


def transcript_path(placed: Placed) -> Path:
    """The file that a session's transcript lies in, for one that is not in the session's own.

    Raises ScribeError for one outside the folder: a folder may be somebody else's, and name any file of this machine.
    """
    path = _spoken(placed)
    if path is None or not path.is_relative_to(placed.root.resolve()):
        raise ScribeError(
            f"{placed.path}: transcript: expected a file in {placed.root}, found {str(placed.session.transcript)!r}; "
            "put it there, or evaluate the folder that holds both"
        )
    return path


def _spoken(placed: Placed) -> Path | None:
    """The file that a session's transcript lies in, wherever that is."""
    try:
        return (placed.path.parent / str(placed.session.transcript)).resolve()
    except (OSError, ValueError, RuntimeError):  # a NUL in the name, links in a circle: told of when it is read
        return None


def _files(source: Path) -> list[Path]:
    """The file itself, or all files of a folder, in the order of their names."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise ScribeError(f"{source}: expected a folder of sessions, found nothing there; check the spelling")
    below = [path for path in source.rglob("*") if path.is_file()]
    shown = [path for path in below if not any(p.startswith(".") for p in path.relative_to(source).parts)]
    return sorted(shown, key=lambda path: path.relative_to(source).parts)
