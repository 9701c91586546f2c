"""A source is taken through the stages: transcript, notes, draft post.

In: sources, and a workspace with its frames, simulator and rollouts. Out: files in it, and an `Outcome`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self

from scribe import chunks, draft, frames, notes, shelf, simulators
from scribe.draft.page import page as post_page
from scribe.footnotes import Links
from scribe.notes.page import page as notes_page
from scribe.pipeline.listening import Listener, Listening
from scribe.pipeline.loading import found, load
from scribe.pipeline.outcome import Loaded, Outcome
from scribe.records import Notes, ScribeError, Transcript
from scribe.rollouts import Recorded, Rollouts

Stage = Literal["notes", "draft"]

_LEAST_CHUNK_TOKENS = 200
"""A simulator whose context leaves less than this for a chunk cannot read a conversation."""


def transcribe(source: str, listener: Listener) -> Outcome:
    """Hear one recording, whatever transcript there is of it, and save what was heard; raises ScribeError.

    A transcript that is replaced is kept in the workspace's history.
    """
    path = found(source, listener.workspace)
    if not shelf.is_recording(path):
        raise ScribeError(f"{source}: expected a recording, found another kind of file; scribe run reads transcripts")
    loaded = listener.hear(path)
    before = listener.workspace.has_transcript(loaded.transcript.id)
    old = listener.workspace.transcript_path(loaded.transcript.id).read_bytes() if before else None
    place = listener.workspace.save_transcript(loaded.transcript)
    outcome: Literal["written", "unchanged"] = "unchanged" if place.read_bytes() == old else "written"
    written = shelf.Written(path=place, outcome=outcome)
    return Outcome(source=source, transcript=loaded.transcript, files=(written,), remarks=loaded.remarks)


class Pipeline:
    """A workspace with its frames, simulator and rollouts open; use it as a context manager."""

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        simulator: str = "extract",
        frames_folder: Path | None = None,
        voices: Sequence[str] | None = None,
        listener: Listener | None = None,
        doubtful: bool = False,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workspace = workspace
        self.frames = frames.load_all(frames.folders(frames_folder, workspace.root))
        self.voices = voices
        self.listener = listener or Listener(workspace, Listening())
        self.doubtful = doubtful
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
        loaded = load(source, self.workspace, clock_offset_s=clock_offset_s, hear=self.listener.hear)
        self.workspace.save_transcript(loaded.transcript)
        if not loaded.transcript.segments:
            raise ScribeError(f"{source}: expected speech, found none in it, so there is nothing to make notes of")
        if self.doubtful:
            loaded = loaded.model_copy(update={"transcript": _without_doubts(loaded.transcript)})
        transcript = loaded.transcript
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


def _without_doubts(transcript: Transcript) -> Transcript:
    """The transcript as if nobody doubted a line of it, for readers who want to see them all."""
    segments = tuple(segment.model_copy(update={"doubt": None}) for segment in transcript.segments)
    return transcript.model_copy(update={"segments": segments})
