"""The sessions of a workspace as the studio has them open.

In: a workspace, and the name of a session or of a sequence. Out: its lines, its recordings, where its citations lead.
What was read is kept until its files change. A recording is found only within the workspace, or in a folder that the
person named.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from scribe import shelf
from scribe.pipeline.loading import from_root
from scribe.pipeline.reviewing import read_notes
from scribe.pipeline.standing import Ground, ground_of, read_draft
from scribe.records import TRANSCRIPT_ID, Notes, ScribeError, Transcript

PAGES = ("notes", "post")
"""The pages that a person works on, by the names of their files."""

_KEPT = 8
"""Sessions that are kept as they were read."""


class Part(NamedTuple):
    """One recording: lines `[first, last)` are from it."""

    id: str
    first: int
    last: int
    offset: float
    """Seconds of all recordings before it."""
    length: float
    """Seconds; lines without times count as one each."""
    recording: Path | None
    why_silent: str | None


class Opened:
    """A session, or a sequence of them, as it was when it was read."""

    def __init__(self, workspace: shelf.Workspace, name: str, folders: Sequence[Path]) -> None:
        """Raises ScribeError where there is no such session, or it cannot be read."""
        self.workspace, self.name = workspace, name
        self.ids = _ids_of(workspace, name)
        for one in self.ids:
            _check_within(workspace.transcript_path(one), (workspace.root, *folders))
        transcripts = [workspace.load_transcript(one) for one in self.ids]
        self.ground: Ground = ground_of(workspace, name, transcripts)
        self.parts = tuple(_parts(workspace, transcripts, folders))
        self.rendered: dict[str, str] = {}
        """HTML of blocks by their Markdown: their citations lead where this session's do."""
        self.turns: str | None = None
        """HTML of the transcript, once it was made."""

    @property
    def transcript(self) -> Transcript:
        """All its lines."""
        return self.ground.transcript

    @property
    def title(self) -> str:
        """What to call it."""
        return self.transcript.title or self.name

    @property
    def length(self) -> float:
        """Seconds of all its recordings."""
        last = self.parts[-1]
        return max(last.offset + last.length, 1.0)

    def part_of(self, line: int) -> Part:
        """The recording of a line."""
        return next((part for part in self.parts if part.first <= line < part.last), self.parts[-1])

    def at(self, line: int) -> float:
        """Where a line stands, in seconds of all recordings; in lines, where it has no times."""
        part, segment = self.part_of(line), self.transcript.segments[line]
        return part.offset + (segment.start if segment.start is not None else line - part.first)

    @cached_property
    def notes(self) -> Notes | None:
        """The records behind the notes of a single session; None where there are none that can be read."""
        if self.ground.sessions:
            return None
        try:
            return read_notes(self.transcript, self.workspace)
        except ScribeError:
            return None

    def page_path(self, page: str) -> Path:
        """`drafts/<name>/notes.md` or `post.md`; raises ScribeError for another page."""
        if page not in PAGES:
            raise ScribeError(f"expected the page notes or post, found {page!r}")
        return self.workspace.draft_folder(self.name) / f"{page}.md"


class Sessions:
    """All sessions of a workspace; threads may share it."""

    def __init__(self, workspace: shelf.Workspace, folders: Sequence[Path] = ()) -> None:
        """`folders` are those outside of the workspace from which recordings may be played."""
        self.workspace, self._folders = workspace, tuple(folders)
        self._lock = threading.Lock()
        self._open: dict[str, tuple[object, Opened]] = {}

    def names(self) -> list[str]:
        """Names of all sessions, then of all sequences."""
        root = self.workspace.root
        sessions = sorted(path.stem for path in (root / "transcripts").glob("*.json"))
        drafts = sorted(path.parent.name for path in (root / "drafts").glob("*/draft.json"))
        found = [*sessions, *(name for name in drafts if name not in sessions)]
        return [name for name in found if TRANSCRIPT_ID.fullmatch(name)]

    def open(self, name: str) -> Opened:
        """A session as it lies there now; raises ScribeError where there is none."""
        if not TRANSCRIPT_ID.fullmatch(name):
            raise ScribeError(f"{name[:80]!r} cannot name a session")
        stamps = tuple(self._stamps(name))
        with self._lock:
            known = self._open.get(name)
        if known is not None and known[0] == stamps:
            return known[1]
        opened = self.read(name)
        with self._lock:
            self._open.pop(name, None)
            self._open[name] = (stamps, opened)
            while len(self._open) > _KEPT:
                self._open.pop(next(iter(self._open)))
        return opened

    def read(self, name: str) -> Opened:
        """The same, read afresh and not kept."""
        return Opened(self.workspace, name, self._folders)

    def _stamps(self, name: str) -> Iterator[object]:
        """What changes when a file changes that a session was read from; to be asked before it is read."""
        for path in (self.workspace.notes_json_path(name), self.workspace.draft_json_path(name)):
            yield stamp(path)
        with self._lock:
            known = self._open.get(name)
        ids = known[1].ids if known is not None else _ids_of(self.workspace, name)
        yield ids
        for one in ids:
            yield stamp(self.workspace.transcript_path(one))
            yield stamp(self.workspace.corrections_path(one))


def _ids_of(workspace: shelf.Workspace, name: str) -> tuple[str, ...]:
    """A session itself, or those of a sequence; raises ScribeError where there is neither."""
    return (name,) if workspace.has_transcript(name) else tuple(read_draft(workspace, name).session_ids)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What is another when a file is; None where there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


def _parts(workspace: shelf.Workspace, transcripts: Sequence[Transcript], folders: Sequence[Path]) -> Iterator[Part]:
    first, offset = 0, 0.0
    for transcript in transcripts:
        last = first + len(transcript.segments)
        ends = [s.end for s in transcript.segments if s.end is not None]
        length = max([transcript.duration or 0.0, *ends]) if ends else float(len(transcript.segments))
        recording, why_silent = _recording_of(workspace, transcript, folders)
        yield Part(transcript.id, first, last, offset, length, recording, why_silent)
        first, offset = last, offset + length


def _recording_of(
    workspace: shelf.Workspace, transcript: Transcript, folders: Sequence[Path]
) -> tuple[Path | None, str | None]:
    """The recording of a session, or why it cannot be played here."""
    if transcript.recording is None:
        return None, "this transcript came without its recording"
    real = Path(os.path.realpath(workspace.root / transcript.recording))
    if not is_within(real, (workspace.root, *folders)):
        return None, (
            "its recording lies outside of the workspace; start again with: "
            f"scribe studio --recordings '{Path(transcript.recording).parent}'"
        )
    if not real.is_file():
        return None, f"its recording is not there: {from_root(real, workspace.root)}"
    if not shelf.is_recording(real):
        return None, f"{real.name} is no recording"
    return real, None


def is_within(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a path lies in one of some folders, wherever links lead."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def _check_within(path: Path, folders: Sequence[Path]) -> None:
    if not is_within(path, folders):
        raise ScribeError(f"{path} leads out of the workspace; put a real file there")
