"""A session is looked through for what a person should listen to.

In: a source, and a workspace. Out: a `Review` of its transcript and of the notes that the workspace keeps of it.
Nothing is written here.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import ValidationError

from scribe import shelf
from scribe.pipeline.loading import load
from scribe.records import Notes, Record, ScribeError, Transcript
from scribe.review import Review
from scribe.review import review as review_session


class Reviewed(Record):
    """A source, and what in it is worth hearing."""

    source: str
    transcript: Transcript
    review: Review
    remarks: tuple[str, ...] = ()
    """One-line sentences: how the source was read, and what was not looked at."""


class LookedThrough(NamedTuple):
    """What in a transcript is worth hearing."""

    review: Review
    notes: Notes | None
    """Those that were looked at."""
    remarks: tuple[str, ...]


def review(source: str, workspace: shelf.Workspace) -> Reviewed:
    """What is worth hearing in a source; raises ScribeError for a source or notes that cannot be read."""
    loaded = load(source, workspace)
    found = look_through(loaded.transcript, workspace)
    remarks = (*loaded.remarks, *found.remarks)
    return Reviewed(source=source, transcript=loaded.transcript, review=found.review, remarks=remarks)


def look_through(transcript: Transcript, workspace: shelf.Workspace) -> LookedThrough:
    """What is worth hearing in a transcript of the workspace; raises ScribeError for notes that cannot be read."""
    path = workspace.notes_json_path(transcript.id)
    notes = read_notes(transcript, workspace)
    remarks = []
    if notes is None:
        remarks.append("there are no notes of it yet, so only what the recogniser doubts is listed; see scribe notes")
    elif _is_of_another(notes, transcript):
        notes = None
        remarks.append(
            "its notes are of another version of the transcript, so only what the recogniser doubts is listed; "
            "make them again with scribe notes"
        )
    try:
        made = review_session(transcript, notes)
    except ScribeError as error:
        raise ScribeError(f"{path}: {error}") from None
    return LookedThrough(made, notes, tuple(remarks))


def read_notes(transcript: Transcript, workspace: shelf.Workspace) -> Notes | None:
    """The notes that a workspace keeps of a transcript, or None; raises ScribeError for broken ones."""
    path = workspace.notes_json_path(transcript.id)
    again = f"make it again with: scribe notes '{transcript.id}'"
    try:
        return Notes.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ScribeError(f"{path}: cannot be read: {error.strerror or error}; make it readable") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = f" at {'.'.join(map(str, first['loc']))}" if first["loc"] else ""
        raise ScribeError(
            f"{path}: expected notes as scribe writes them, found{where}: {first['msg']}; {again}"
        ) from None


def _is_of_another(notes: Notes, transcript: Transcript) -> bool:
    """Whether notes were made from other bytes than the transcript was."""
    digests = notes.recipe.source_digest, transcript.recipe.source_digest
    return notes.transcript_id != transcript.id or (None not in digests and digests[0] != digests[1])
