"""What a person names -> the files that are meant, each once.

In: files, folders, globs, manifests and ids, as typed. Out: `FoundFile`s with what rows say of them; what cannot be
taken is told apart, and stops nothing else. Which files are one session is for `sessions` to know.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import NamedTuple

from scribe.batch import manifest
from scribe.batch.nouns import Refused
from scribe.language import counted, listed
from scribe.records import TRANSCRIPT_ID, ScribeError
from scribe.shelf import SIDECARS, Entry, Looked, Store, look_at, place_of

_RECORDINGS = frozenset(
    ".3gp .aac .aif .aiff .amr .asf .au .avi .caf .flac .flv .m2ts .m4a .m4v .mka .mkv .mov .mp3 .mp4 .mpeg .mpg .mts "
    ".oga .ogg .opus .ts .wav .webm .wma .wmv".split()
)
"""What recordings are called, for files that cannot be looked into."""

_OWN = frozenset({".scribe", "batch.json", "batch.md", "drafts", "glossary.txt", "prompts", "scribe.toml"})
"""What lies in a workspace and is no source."""

_PASSED_OVER = re.compile(r"\..*|readme.*\.(md|txt)|licen[cs]e.*", re.IGNORECASE | re.DOTALL)
_WILD = re.compile(r"[*?[]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_KEPT = "expected recordings or transcripts, found what scribe keeps in its workspace; name what that was made from"

BY_ROW, BY_NAME, BY_ROW_BELOW, BY_FOLDER = range(4)
"""How a file was found: by a row, by its name, or below what one of these names; the first says most about it."""


class FoundFile(NamedTuple):
    """A file that may be a source."""

    shown: str
    by: int
    where: str
    """What it is refused under: its name, or the file and line of its row."""
    row: manifest.Row | None = None
    path: str = ""
    real: str = ""

    @property
    def name(self) -> str:
        """The file's."""
        return os.path.basename(self.path)

    def beside(self, names: Iterable[str]) -> list[str]:
        """Paths of what lies in its folder."""
        return [os.path.join(os.path.dirname(self.path), name) for name in names]

    def differs(self, other: FoundFile) -> bool:
        """Whether the rows of the two say different things."""
        return len({row and row._replace(line=0, source="") for row in (self.row, other.row)}) > 1


class Search:
    """What was found so far."""

    def __init__(self, store: Store, saved: Callable[[str], bool]) -> None:
        self.store, self.place = store, place_of(store)
        self.finds: dict[str, FoundFile] = {}
        """By their real paths, in the order in which they were named."""
        self.refused: list[Refused] = []
        self.remarks: list[str] = []
        self._saved = saved
        self._looked: dict[str, Looked] = {}

    def add(self, typed: str) -> None:
        """Look for what a person named."""
        with self.refusing(typed):
            is_listed = typed.lower().endswith(manifest.SUFFIXES)
            if is_listed and self.place.kind(path := self.place.whole(typed)) == "file":
                self._add_rows(typed, path)
            else:
                self._add(FoundFile(typed, BY_NAME, typed), typed)

    def look_at(self, paths: Iterable[str]) -> None:
        """Look into files, all at once."""
        self._looked |= look_at((path for path in paths if path not in self._looked), self.store)

    def is_recording(self, path: str) -> bool:
        """Whether a file, which was looked at, is a recording."""
        return self._looked[path].kind == "recording"

    def is_source(self, find: FoundFile) -> bool:
        """Whether a file, which was looked at, may be a source; it is refused if it cannot be."""
        looked = self._looked[find.path]
        with self.refusing(find.where, find.row.source if find.row else ""):
            if looked.trouble:
                raise ScribeError(looked.trouble)
            if looked.kind == "other" and suffix_of(find.path) not in SIDECARS:
                raise ScribeError("expected a recording or a transcript, found a file of another kind; leave it out")
            return True
        return False

    @contextmanager
    def refusing(self, where: str, named: str = "") -> Iterator[None]:
        """Refuse what the block raises a ScribeError for, and go on."""
        try:
            yield
        except ScribeError as error:
            reason = f"{named}: {error}" if named else str(error)
            self.refused.append(Refused(shown=printable(where), reason=printable(reason)))

    def _add_rows(self, typed: str, path: str) -> None:
        name = printable(typed)
        try:
            read = manifest.read(self.store.read(path) or b"", name=name)
        except ScribeError as error:
            raise ScribeError(str(error).removeprefix(f"{name}: ")) from error
        self.refused += read.refused
        self.remarks += read.remarks
        for row in read.rows:
            where = f"{name}:{row.line}"
            with self.refusing(where, row.source):
                self._add(
                    FoundFile(self.place.joined(os.path.dirname(typed), row.source), BY_ROW, where, row), row.source
                )

    def _add(self, find: FoundFile, name: str) -> None:
        """Keep what is named: a file, what a folder or a glob holds, or what the workspace has under an id."""
        if find.row and name.lower().endswith(manifest.SUFFIXES):
            raise ScribeError("expected a recording or a transcript, found a manifest; name it where this one is named")
        saved = None if self.store.is_local else self._saved_path(name)
        path = saved or self.place.whole(find.shown)
        kind = "file" if saved else self.place.kind(path)
        if kind == "file":
            self._keep(find, path)
        elif kind == "folder":
            self._add_below(find, find.shown, ())
        elif _WILD.search(find.shown):
            self._add_below(find, *_split(find.shown))
        elif path := self._saved_path(name) or "":
            self._keep(find, path)
        else:
            raise ScribeError(
                "expected a recording, a transcript, a folder, a glob, a manifest or the id of a transcript; "
                "found no such file; check the spelling"
            )

    def _saved_path(self, name: str) -> str | None:
        is_saved = TRANSCRIPT_ID.fullmatch(name) and self._saved(name)
        return self.store.path("transcripts", f"{name}.json") if is_saved else None

    def _add_below(self, find: FoundFile, base: str, pattern: Sequence[str]) -> None:
        """Keep the recordings and transcripts below a folder: all, or those that fit a glob."""
        if find.row and (find.row.id or find.row.title):
            raise ScribeError("expected one file where a row has an id or a title, found many; write a row for each")
        top = self.place.whole(base)
        if _is_own(self.place.real(top), self.place.root):
            raise ScribeError(_KEPT)

        def wanted(parts: Sequence[str], real: str, is_folder: bool) -> bool:
            if any(map(_PASSED_OVER.fullmatch, parts)) or _is_own(real, self.place.root):
                return False
            return _fits(parts, pattern, is_folder=is_folder)

        entries = sorted(self.place.walk(top, wanted)) if self.place.kind(top) == "folder" else []
        self.look_at(os.path.join(top, entry.below) for entry in entries if not entry.trouble)
        others = [entry.below for entry in entries if not self._take(entry, find, base, top)]
        if len(others) == len(entries):
            found = f"{counted(len(others), 'other file')}: {_some(others)}" if others else "none"
            where = "that fit this glob" if pattern else "in this folder"
            raise ScribeError(f"expected recordings or transcripts {where}, found {found}; name where they are")
        if others:
            what = f"{len(others)} files are no recordings or transcripts"
            what = "1 file is no recording or transcript" if len(others) == 1 else what
            place = find.shown if pattern else f"{find.shown.rstrip('/')}/"
            self.remarks.append(printable(f"{place}: {what}: {_some(others)}"))

    def _take(self, entry: Entry, find: FoundFile, base: str, top: str) -> bool:
        """Keep or refuse what lies below a folder; False for what is neither recording nor transcript."""
        path, shown = os.path.join(top, entry.below), self.place.joined(base, entry.below)
        looked = self._looked.get(path) or Looked("other", entry.trouble)
        suffix = suffix_of(path)
        is_called_so = suffix in SIDECARS or (looked.trouble and suffix in _RECORDINGS)
        if not (is_called_so or looked.kind == "recording" or entry.is_folder):
            return False
        new = find._replace(shown=shown, by=find.by + BY_ROW_BELOW, where=find.where if find.row else shown)
        with self.refusing(new.where, shown if find.row else ""):
            if looked.trouble:
                raise ScribeError(looked.trouble)
            self._keep(new, path, entry.real)
        return True

    def _keep(self, find: FoundFile, path: str, real: str | None = None) -> None:
        """Remember a file, under all that was said of it wherever it was found."""
        if _UNWRITABLE.search(path):
            raise ScribeError("expected a name in UTF-8 without control characters; rename the file or its folder")
        new = find._replace(path=path, real=real or self.place.real(path))
        if _is_own(new.real, self.place.root):
            raise ScribeError(_KEPT)
        old = self.finds.setdefault(new.real, new)
        if old.by == new.by == BY_ROW and old.differs(new):
            raise ScribeError(f"is in {old.where} too, which says something else of it; leave one of the two out")
        best, other = sorted((old, new), key=lambda one: one.by)
        self.finds[new.real] = best._replace(row=best.row or other.row)


def _split(typed: str) -> tuple[str, list[str]]:
    """The folder that a glob begins with, and what is below it.

    >>> _split("talks/week ?/**/*.vtt"), _split("*.m4a")
    (('talks', ['week ?', '**', '*.vtt']), ('.', ['*.m4a']))
    """
    wild = _WILD.search(typed)
    base = typed[: wild.start() if wild else None].rpartition("/")[0]
    return base or ("/" if typed.startswith("/") else "."), [part for part in typed[len(base) :].split("/") if part]


def _fits(parts: Sequence[str], pattern: Sequence[str], *, is_folder: bool = False) -> bool:
    """Whether a path fits a glob, or lies below one that does; a folder fits too where something below it may.

    >>> _fits(["week 1", "a.vtt"], ["**", "*.vtt"]), _fits(["week 1", "a.vtt"], ["week*"]), _fits(["a.vtt"], ["*", "*"])
    (True, True, False)
    """
    if not pattern:
        return True
    if not parts:
        return is_folder
    if pattern[0] == "**":
        return _fits(parts, pattern[1:], is_folder=is_folder) or _fits(parts[1:], pattern, is_folder=is_folder)
    return fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:], is_folder=is_folder)


def _is_own(real: str, root: str) -> bool:
    """Whether a path is among what scribe keeps in its workspace, transcripts left out."""
    inside = real.removeprefix(os.path.join(root, ""))
    return inside != real and re.split(r"[\\/]", inside, maxsplit=1)[0] in _OWN


def _some(names: Sequence[str]) -> str:
    return listed(names) if len(names) < 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"


def printable(text: str) -> str:
    """Text that a terminal and a file can hold."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def suffix_of(path: str) -> str:
    """A file's suffix, in small letters."""
    return PurePath(path).suffix.lower()
