"""The arrows, written once: a source becomes a transcript, notes and a draft post in a workspace.

In: paths and settings. Out: files in the workspace and an `Outcome` that says what happened. This is the only place
where stages meet; it knows nothing of terminals.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self

from scribe import audio, chunks, draft, frames, notes, shelf, simulators, transcripts
from scribe.draft.page import page as post_page
from scribe.footnotes import Links
from scribe.notes.page import all_claims
from scribe.notes.page import page as notes_page
from scribe.records import TRANSCRIPT_ID, Coverage, Draft, Notes, Record, ScribeError, Transcript
from scribe.rollouts import Recorded, Rollouts

Stage = Literal["notes", "draft"]

_LEAST_CHUNK_TOKENS = 200
"""A simulator whose context leaves less than this for a chunk cannot read a conversation."""


class Loaded(Record):
    """A source as read: its transcript, and what a person should know of the reading."""

    reading: transcripts.Reading
    transcript: Transcript
    remarks: tuple[str, ...] = ()
    """One-line sentences: the sidecar used, repairs, what was dropped."""


class Outcome(Record):
    """What became of one source."""

    source: str
    transcript: Transcript
    notes: Notes | None = None
    draft: Draft | None = None
    files: tuple[shelf.Written, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def coverage(self) -> Coverage | None:
        """The ledger of the notes, where notes were made."""
        return self.notes.coverage if self.notes else None

    @property
    def is_complete(self) -> bool:
        """Whether every line was read; an answer to a question need not read them all."""
        return self.notes is None or self.notes.about is not None or self.notes.coverage.fraction == 1

    def verdicts(self) -> dict[str, int]:
        """How many statements of the notes have each verdict."""
        found = [c.support.verdict for c in all_claims(self.notes) if c.support] if self.notes else []
        return {verdict: found.count(verdict) for verdict in ("supported", "weak", "unsupported")}


class Pipeline:
    """A workspace with its frames, simulator and rollouts open; use it as a context manager."""

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        simulator: str = "extract",
        frames_folder: Path | None = None,
        voices: Sequence[str] | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workspace = workspace
        self.frames = frames.load_all(frames.folders(frames_folder, workspace.root))
        self.voices = voices
        notes.readers_of(self.frames, voices)
        opened = simulators.open_simulator(simulator)
        self._store = Rollouts(workspace.rollouts_path, warn=warn)
        self.simulator = Recorded(opened, self._store)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store of rollouts."""
        self._store.close()

    def run(
        self,
        source: str,
        *,
        stages: Sequence[Stage] = ("notes", "draft"),
        about: str | None = None,
        words: int | None = None,
        clock_offset_s: float | None = None,
        on_progress: notes.Progress | None = None,
    ) -> Outcome:
        """Take one source through the stages; raises ScribeError for what a person can mend."""
        loaded = load(source, self.workspace, clock_offset_s=clock_offset_s)
        transcript = loaded.transcript
        self.workspace.save_transcript(transcript)
        if about is not None:
            return self._answer(source, loaded, about, words)
        made = notes.summarise(
            transcript,
            chunks.split(transcript, self.simulator.count, budget_tokens=self._budget()),
            self.simulator,
            self.frames,
            words=words,
            voices=self.voices,
            on_progress=on_progress,
        )
        files: list[shelf.Written] = []
        if "notes" in stages:
            files.append(self._write_notes(made, transcript))
        post = None
        if "draft" in stages:
            post = draft.write(transcript, made, self.simulator, self.frames)
            path = self.workspace.post_path(transcript.id)
            files.append(self.workspace.write_owned(path, post_page(post, transcript, self._links(transcript))))
        return Outcome(
            source=source,
            transcript=transcript,
            notes=made,
            draft=post,
            files=tuple(files),
            remarks=loaded.remarks,
        )

    def _answer(self, source: str, loaded: Loaded, about: str, words: int | None) -> Outcome:
        transcript = loaded.transcript
        made = notes.answer(transcript, about, self.simulator, self.frames, words=words)
        slug = re.sub(r"[^\w]+", "-", about.lower()).strip("-")[:60] or "answer"
        path = self.workspace.draft_folder(transcript.id) / f"notes-{slug}.md"
        written = self.workspace.write_owned(path, notes_page(made, transcript, self._links(transcript)))
        return Outcome(source=source, transcript=transcript, notes=made, files=(written,), remarks=loaded.remarks)

    def _write_notes(self, made: Notes, transcript: Transcript) -> shelf.Written:
        self.workspace.save_record(self.workspace.notes_json_path(transcript.id), made)
        text = notes_page(made, transcript, self._links(transcript))
        return self.workspace.write_owned(self.workspace.notes_path(transcript.id), text)

    def _links(self, transcript: Transcript) -> Links:
        folder = self.workspace.draft_folder(transcript.id)
        place = self.workspace.root / transcript.source
        return Links(
            recording=shelf.link(self.workspace.root / transcript.recording, folder) if transcript.recording else None,
            transcript=shelf.link(place if place.exists() else self.workspace.transcript_path(transcript.id), folder),
        )

    def _budget(self) -> int:
        """Tokens that a chunk may have: the context less the longest frame around it and what it is to yield."""
        around = [
            self.simulator.count(frame.scene)
            + max(self.simulator.count(v.cue) for v in frame.voices)
            + frame.sampling.max_tokens
            for frame in self.frames.values()
            if frame.stage in ("notes", "title", "proposition")
        ]
        room = self.simulator.context - max(around, default=0)
        if room < _LEAST_CHUNK_TOKENS:
            raise ScribeError(
                f"{self.simulator.name}: a context of {self.simulator.context} tokens leaves {max(room, 0)} for the "
                f"record, "
                f"expected {_LEAST_CHUNK_TOKENS} at least; use a simulator with a larger context or shorter frames"
            )
        return room


def load(source: str, workspace: shelf.Workspace, *, clock_offset_s: float | None = None) -> Loaded:
    """Read a source: a transcript, a recording with its transcript beside it, or the id of one in the workspace."""
    path = _found(source, workspace)
    remarks: list[str] = []
    recording: Path | None
    if shelf.is_recording(path):
        recording, transcript_path = path, _sidecar_of(path)
        remarks.append(f"{path.name}: using the transcript beside it, {transcript_path.name}")
    else:
        recording, transcript_path = shelf.find_recording(path), path
    reading = transcripts.read(transcript_path, clock_offset_s=clock_offset_s)
    if not reading.transcript.segments:
        raise ScribeError(f"{transcript_path}: expected speech, found a transcript without a line; check what made it")
    transcript, cut = transcripts.recut(reading.transcript)
    remarks += [*reading.repairs, *([cut] if cut else [])]
    remarks += [f"dropped {d.count} × {d.what}: {d.example}" for d in reading.dropped]
    if (
        reading.format == "scribe-json"
        and transcript_path.resolve() == workspace.transcript_path(transcript.id).resolve()
    ):
        return Loaded(reading=reading, transcript=transcript, remarks=tuple(remarks))
    duration, remark = _duration(transcript, recording)
    remarks += [remark] if remark else []
    changes: dict[str, object] = {"source": _from_root(transcript_path, workspace.root), "duration": duration}
    if recording:
        changes |= {"recording": _from_root(recording, workspace.root)}
        if TRANSCRIPT_ID.fullmatch(recording.stem):
            changes["id"] = recording.stem
    transcript = transcript.model_copy(update=changes)
    _refuse_namesake(transcript, workspace)
    return Loaded(reading=reading, transcript=transcript, remarks=tuple(remarks))


def _found(source: str, workspace: shelf.Workspace) -> Path:
    path = Path(source)
    if path.is_dir():
        raise ScribeError(f"{source}: expected a recording or a transcript, found a folder; name the files in it")
    if not path.exists():
        if TRANSCRIPT_ID.fullmatch(source) and workspace.has_transcript(source):
            return workspace.transcript_path(source)
        raise ScribeError(
            f"{source}: expected a recording, a transcript, or the id of one in {workspace.root / 'transcripts'}; "
            "found no such file"
        )
    return path


def _sidecar_of(recording: Path) -> Path:
    sidecar = shelf.find_sidecar(recording)
    if sidecar is None:
        raise ScribeError(
            f"{recording}: a recording needs a transcript, and none lies beside it; put one there "
            f"(such as {recording.stem}.vtt), or make one with openai-whisper, which is installed and needs the ffmpeg "
            f"program: whisper '{recording.name}' --output_format json"
        )
    return sidecar


def _duration(transcript: Transcript, recording: Path | None) -> tuple[float | None, str | None]:
    """The recording's length, else the end of the last line; with a remark where the two are far apart."""
    last = max((s.end for s in transcript.segments if s.end is not None), default=None)
    if recording is None:
        return transcript.duration or last, None
    try:
        found = audio.probe(recording).duration
    except ScribeError as error:
        return transcript.duration or last, f"{error}; going on with the transcript alone"
    if found is not None and last is not None and last > found + 5:
        return (
            found,
            f"the transcript ends {last - found:.0f} s after {recording.name} does; do they belong together?",
        )
    if found is not None and last is not None and last < 0.5 * found:
        return found, f"the transcript covers only the first {last / found:.0%} of {recording.name}"
    return found or last, None


def _refuse_namesake(transcript: Transcript, workspace: shelf.Workspace) -> None:
    """Two sources of one name would share one place in the workspace; the first keeps it."""
    if not workspace.has_transcript(transcript.id):
        return
    try:
        there = workspace.load_transcript(transcript.id)
    except ScribeError:
        return
    if there.source != transcript.source and there.recipe.source_digest != transcript.recipe.source_digest:
        raise ScribeError(
            f"{transcript.source}: the workspace already has a transcript {transcript.id!r}, made from {there.source}; "
            "rename one of the two files, or use another --workspace"
        )


def _from_root(path: Path, root: Path) -> str:
    """A path as the workspace remembers it: relative to its root wherever that is possible."""
    try:
        return Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()
