"""A source becomes a transcript: read, found beside a recording, or heard.

In: a path or an id, and a workspace. Out: `Loaded`, with what a person put right in it; what is heard only now is raw
until it is saved. Nothing is written here but the windows that a recogniser finished.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from scribe import audio, shelf, speakers, transcripts
from scribe.language import counted
from scribe.pipeline.outcome import Loaded
from scribe.records import TRANSCRIPT_ID, Record, ScribeError, Transcript
from scribe.shelf.corrections import apply, left_out


class Described(Record):
    """What a person said of a source before it was read; None for what they did not say."""

    id: str | None = None
    """What its transcript is to be called, instead of by the file's name."""
    title: str | None = None
    date: str | None = None
    """ISO 8601."""

    def told_of(self, transcript: Transcript) -> Transcript:
        """The transcript under this title and date, where these were said."""
        said = {name: value for name, value in (("title", self.title), ("date", self.date)) if value is not None}
        return transcript.model_copy(update=said) if said else transcript


Hear = Callable[[Path, Described], Loaded]
"""Turns a recording into a transcript; see `listening`."""


def load(
    source: str,
    workspace: shelf.Workspace,
    *,
    described: Described | None = None,
    clock_offset_s: float | None = None,
    hear: Hear | None = None,
) -> Loaded:
    """Read a source: a transcript, a recording, or the id of a transcript in the workspace.

    For a recording that is the transcript heard from it before, else the one beside it, else what `hear` makes of it.
    """
    described = described or Described()
    path = found(source, workspace)
    remarks: list[str] = []
    recording: Path | None
    if shelf.is_recording(path):
        if (heard := _heard_before(path, workspace, described.id)) is not None:
            remarks += _unfit(heard.id, workspace)
            return Loaded(transcript=described.told_of(heard), format="recording", remarks=tuple(remarks))
        sidecar = _sidecar(path, workspace)
        if sidecar is None:
            return _heard(path, described, hear)
        recording, transcript_path = path, sidecar
        remarks.append(f"{path.name}: using the transcript beside it, {transcript_path.name}")
    else:
        recording, transcript_path = shelf.find_recording(path), path
    reading = transcripts.read(transcript_path, clock_offset_s=clock_offset_s)
    if not reading.transcript.segments:
        raise ScribeError(f"{transcript_path}: expected speech, found a transcript without a line; check what made it")
    transcript, cut = transcripts.recut(reading.transcript)
    remarks += [*reading.repairs, *([cut] if cut else [])]
    remarks += [f"dropped {d.count} × {d.what}: {d.example}" for d in reading.dropped]
    loaded = Loaded(transcript=transcript, format=reading.format, dropped=reading.dropped)
    if (
        reading.format == "scribe-json"
        and transcript_path.resolve() == workspace.transcript_path(transcript.id).resolve()
    ):
        layered = apply(transcript, workspace.corrections(transcript.id))
        told = described.told_of(layered)
        is_kept = told is layered and transcript is reading.transcript
        remarks += _unfit(transcript.id, workspace)
        return loaded.model_copy(update={"transcript": told, "remarks": tuple(remarks), "is_kept": is_kept})
    duration, remark = _duration(transcript, recording)
    remarks += [remark] if remark else []
    changes: dict[str, object] = {"source": from_root(transcript_path, workspace.root), "duration": duration}
    if recording:
        changes |= {"recording": from_root(recording, workspace.root)}
        if TRANSCRIPT_ID.fullmatch(recording.stem):
            changes["id"] = recording.stem
    if described.id:
        changes["id"] = described.id
    transcript = described.told_of(transcript.model_copy(update=changes))
    refuse_namesake(transcript, workspace)
    corrected, remark = _corrected(transcript, workspace, transcript_path.name)
    remarks += [*([remark] if remark else []), *_unfit(transcript.id, workspace, corrected)]
    return loaded.model_copy(update={"transcript": described.told_of(corrected), "remarks": tuple(remarks)})


def unheard(source: str, workspace: shelf.Workspace) -> audio.Recording | None:
    """The headers of a recording that has no transcript yet, None for any other source; raises ScribeError."""
    path = found(source, workspace)
    if not shelf.is_recording(path) or _sidecar(path, workspace) or _heard_before(path, workspace, None):
        return None
    return audio.probe_sound(path)


def found(source: str, workspace: shelf.Workspace) -> Path:
    """The file that a source names; raises ScribeError where there is none."""
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


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal; raises ScribeError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ScribeError(f"{path}: cannot be read: {error.strerror or error}; make it readable") from error


def from_root(path: Path, root: Path) -> str:
    """A path as the workspace remembers it: relative to its root wherever that is possible."""
    try:
        return Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def refuse_namesake(transcript: Transcript, workspace: shelf.Workspace) -> None:
    """Two sources of one name would share one place in the workspace; the first keeps it."""
    there = saved(transcript.id, workspace)
    if there is None or _is_of_one_recording(there, transcript):
        return
    if there.source != transcript.source and there.recipe.source_digest != transcript.recipe.source_digest:
        raise ScribeError(
            f"{transcript.source}: the workspace already has a transcript {transcript.id!r}, made from {there.source}; "
            "rename one of the two files, or use another --workspace"
        )


def saved(transcript_id: str, workspace: shelf.Workspace) -> Transcript | None:
    """The transcript that the workspace holds under an id, where there is one that can be read.

    Raises ScribeError for corrections that cannot be read: they are a person's work, and not to be passed over.
    """
    if not workspace.has_transcript(transcript_id):
        return None
    workspace.corrections(transcript_id)
    try:
        return workspace.load_transcript(transcript_id)
    except ScribeError:
        return None


def labelled_before(transcript: Transcript, workspace: shelf.Workspace) -> Transcript:
    """A recording heard anew, with the labels that its speakers had: so names that a person gave them stay theirs.

    Speakers are matched by how long they talk at the same time, as `speakers.carry_names` does.
    """
    there = saved(transcript.id, workspace)
    if there is None or not workspace.corrections(transcript.id).speakers:
        return transcript if there is None else speakers.carry_names(there, transcript)
    raw = workspace.load_raw(transcript.id)
    before = raw.recipe.settings
    named = raw.recipe.model_copy(update={"settings": {speakers.RENAMED: "", **before}})
    carried = speakers.carry_names(raw.model_copy(update={"recipe": named}), transcript)
    return carried if speakers.RENAMED in before else carried.model_copy(update={"recipe": transcript.recipe})


def _corrected(transcript: Transcript, workspace: shelf.Workspace, name: str) -> tuple[Transcript, str | None]:
    """A transcript that was read anew, with what a person changed in the one that is there; and what is lost of it."""
    corrections = workspace.corrections(transcript.id)
    there = saved(transcript.id, workspace)
    is_older = there is not None and there.source == transcript.source
    if there is None or not is_older or not (is_edited(there) or not corrections.is_empty):
        return apply(transcript, corrections), None
    if there.recipe.source_digest == transcript.recipe.source_digest:
        return there, None
    remark = f"{name} has changed: names and corrections given before are not in it" if is_edited(there) else None
    return apply(transcript, corrections), remark


def _unfit(transcript_id: str, workspace: shelf.Workspace, layered: Transcript | None = None) -> list[str]:
    """A remark on the corrections that were made on other words than a transcript's."""
    corrections = workspace.corrections(transcript_id)
    if not corrections.lines:
        return []
    raw = layered or workspace.load_raw(transcript_id)
    said = {(s.index, s.text) for s in raw.segments}
    unfit = [edit for edit in left_out(raw, corrections) if (edit.line, edit.after) not in said]
    if not unfit:
        return []
    were = f"{counted(len(unfit), 'correction')}"
    return [f"{were} left out, as other words are there now (line {unfit[0].line}, …): see corrections.json"]


RENAMED, MERGED, CORRECTED = EDITS = (speakers.RENAMED, "merged", "corrected")
"""Entries of a recipe's settings that say what a person changed in a transcript; see `editing`."""


def is_edited(transcript: Transcript) -> bool:
    """Whether a person named its speakers or accepted corrections."""
    return any(edit in transcript.recipe.settings for edit in EDITS)


def _is_of_one_recording(one: Transcript, other: Transcript) -> bool:
    """Whether two transcripts tell of the same recording, one heard from it and one that lay beside it."""
    heard = any(t.source == t.recording for t in (one, other))
    return heard and one.recording == other.recording


def _heard_before(path: Path, workspace: shelf.Workspace, name: str | None) -> Transcript | None:
    """The workspace's transcript, if it was heard from this very recording."""
    name = name or transcripts.make_id(path.name)
    there = saved(name, workspace)
    if there is None or there.source != from_root(path, workspace.root):
        return None
    return there if there.recipe.source_digest == digest_of(path) else None


def _sidecar(recording: Path, workspace: shelf.Workspace) -> Path | None:
    """The transcript beside a recording, but for what was heard in another of its name that lay there before."""
    found = shelf.find_sidecar(recording)
    if found is None or found.resolve() != workspace.transcript_path(transcripts.make_id(recording.name)).resolve():
        return found
    there = saved(found.stem, workspace)
    was_heard = there is not None and there.source == there.recording == from_root(recording, workspace.root)
    return None if was_heard else found


def _heard(path: Path, described: Described, hear: Hear | None) -> Loaded:
    if hear is None:
        raise ScribeError(
            f"{path}: a recording needs a transcript, and none lies beside it; put one there, such as {path.stem}.vtt, "
            f"or make one with: scribe transcribe '{path.name}'"
        )
    return hear(path, described)


def _duration(transcript: Transcript, recording: Path | None) -> tuple[float | None, str | None]:
    """The recording's length, else the end of the last line; with a remark where the two are far apart."""
    last = max((s.end for s in transcript.segments if s.end is not None), default=None)
    if recording is None:
        return transcript.duration or last, None
    try:
        length = audio.probe(recording).duration
    except ScribeError as error:
        return transcript.duration or last, f"{error}; going on with the transcript alone"
    if length is not None and last is not None and last > length + 5:
        return (
            length,
            f"the transcript ends {last - length:.0f} s after {recording.name} does; do they belong together?",
        )
    if length is not None and last is not None and last < 0.5 * length:
        return length, f"the transcript covers only the first {last / length:.0%} of {recording.name}"
    return length or last, None
