"""A source is taken through the stages: transcript, notes, draft post.

In: sources, and a workspace with its frames, simulator and rollouts. Out: files in it, and an `Outcome`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Self, get_args

from scribe import chunks, draft, evidence, frames, notes, shelf, simulators
from scribe.draft.page import page as post_page
from scribe.footnotes import Links
from scribe.measures.grounding import grounded
from scribe.notes.page import page as notes_page
from scribe.pipeline.embedding import Embeddings, Joining, joining
from scribe.pipeline.listening import Listener, Listening
from scribe.pipeline.loading import found, load
from scribe.pipeline.outcome import Loaded, Outcome
from scribe.records import Chunk, Notes, ScribeError, Transcript
from scribe.review import review
from scribe.review.page import worth_hearing
from scribe.rollouts import Recorded, Rollouts

Stage = Literal["notes", "draft"]


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
    """A workspace with its frames, simulator and rollouts open; use it as a context manager.

    The simulator is a spec, or one that is open already; `device` and `quantise` are for a spec of a model that runs
    here. `merge` says how the topics of a long session become one overview. `embeddings`, a model of
    sentence-transformers, join in answers to questions where they were measured to help in this workspace.
    """

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        simulator: str | simulators.Simulator = "extract",
        device: str = "auto",
        quantise: str | None = None,
        merge: notes.Merge = "hierarchical",
        frames_folder: Path | None = None,
        voices: Sequence[str] | None = None,
        listener: Listener | None = None,
        doubtful: bool = False,
        embeddings: str | Embeddings | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workspace = workspace
        self.frames = frames.load_all(frames.folders(frames_folder, workspace.root))
        self.voices = voices
        self.listener = listener or Listener(workspace, Listening())
        self.doubtful = doubtful
        self._embeddings = embeddings
        self._joining: tuple[Joining | None, str | None] | None = None
        if merge not in get_args(notes.Merge):
            raise ScribeError(f"unknown way to merge {merge!r}; known: {', '.join(get_args(notes.Merge))}")
        self.merge = merge
        notes.readers_of(self.frames, voices)
        if isinstance(simulator, str):
            simulator = simulators.open_simulator(
                simulator, device=device, quantise=quantise, on_progress=self._fetched
            )
        self._store = Rollouts(workspace.rollouts_path, warn=warn)
        self.simulator = Recorded(simulator, self._store)

    @property
    def usage(self) -> simulators.Usage | None:
        """What the simulator took since it was opened, where it counts that."""
        return self.simulator.usage

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
        heard = loaded.transcript
        if self.doubtful:
            loaded = loaded.model_copy(update={"transcript": _without_doubts(loaded.transcript)})
        transcript = loaded.transcript
        if about is not None:
            return self._answer(source, loaded, about, words)
        made = notes.summarise(
            transcript,
            self._chunks(transcript),
            self.simulator,
            self.frames,
            words=words,
            voices=self.voices,
            merge=self.merge,
            on_progress=on_progress,
        )
        _check_anything_was_read(source, made)
        made, told = self._grounded(made, transcript)
        files: list[shelf.Written] = []
        if "notes" in stages:
            files.append(self._write_notes(made, transcript, heard))
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
            remarks=(*loaded.remarks, *told),
        )

    def _answer(self, source: str, loaded: Loaded, about: str, words: int | None) -> Outcome:
        transcript = loaded.transcript
        embeddings, stays_out = self._joined(about)
        if embeddings is None:
            made = notes.answer(transcript, about, self.simulator, self.frames, words=words)
        else:
            made = notes.answer(transcript, about, self.simulator, self.frames, words=words, find=embeddings.find)
            made = _recorded(made, embeddings.name)
        made, told = self._grounded(made, transcript)
        slug = re.sub(r"[^\w]+", "-", about.lower()).strip("-")[:60] or "answer"
        path = self.workspace.draft_folder(transcript.id) / f"notes-{slug}.md"
        written = self.workspace.write_owned(path, notes_page(made, transcript, self._links(transcript)))
        remarks = (*loaded.remarks, *stays_out, *told)
        return Outcome(source=source, transcript=transcript, notes=made, files=(written,), remarks=remarks)

    def _joined(self, about: str) -> tuple[Joining | None, tuple[str, ...]]:
        """The embeddings that join in finding lines for a question, if any, and a remark where they stay out."""
        if self._embeddings is None or not evidence.names_topic(about):
            return None, ()
        if self._joining is None:
            self._joining = joining(self._embeddings, self.workspace)
        embeddings, remark = self._joining
        return embeddings, (remark,) if remark else ()

    def _grounded(self, made: Notes, transcript: Transcript) -> tuple[Notes, tuple[str, ...]]:
        """Notes weighed by log-loss, where the simulator can score; what stood in the way is a remark, not the end."""
        try:
            return grounded(made, transcript, self.simulator), ()
        except simulators.CannotScore:
            return made, ()
        except ScribeError as error:
            return made, (f"the notes were not weighed by log-loss: {error}",)

    def _write_notes(self, made: Notes, transcript: Transcript, heard: Transcript) -> shelf.Written:
        """Write the notes; `heard` is the transcript with its doubts, whatever the notes made of them."""
        self.workspace.save_record(self.workspace.notes_json_path(transcript.id), made)
        links = self._links(transcript)
        listed = worth_hearing(review(heard, made), heard, links)
        text = notes_page(made, transcript, links, worth_hearing=listed)
        return self.workspace.write_owned(self.workspace.notes_path(transcript.id), text)

    def _links(self, transcript: Transcript) -> Links:
        folder = self.workspace.draft_folder(transcript.id)
        place = self.workspace.root / transcript.source
        return Links(
            recording=shelf.link(self.workspace.root / transcript.recording, folder) if transcript.recording else None,
            transcript=shelf.link(place if place.exists() else self.workspace.transcript_path(transcript.id), folder),
        )

    def _chunks(self, transcript: Transcript) -> list[Chunk]:
        tokens = notes.budget(self.simulator, self.frames, self.voices, title=transcript.id)
        return chunks.split(transcript, self.simulator.count, budget_tokens=tokens)

    def _fetched(self, what: str, done: int, total: int | None) -> None:
        """Weights that a simulator fetches are told of where the listener tells of its own."""
        if self.listener.on_step:
            self.listener.on_step(what, done, total)


def _check_anything_was_read(source: str, made: Notes) -> None:
    """Raise ScribeError where no line could be read: an empty page would take the place of an older one."""
    failed = [passage for passage in made.coverage.passages if passage.outcome == "failed"]
    if failed and made.coverage.summarised == 0:
        raise ScribeError(f"{source}: not a line could be read, so nothing was written; {failed[0].reason}")


def _recorded(made: Notes, embeddings: str) -> Notes:
    """Notes whose recipe names the embeddings that helped to find their lines."""
    settings = {**made.recipe.settings, "embeddings": embeddings}
    return made.model_copy(update={"recipe": made.recipe.model_copy(update={"settings": settings})})


def _without_doubts(transcript: Transcript) -> Transcript:
    """The transcript as if nobody doubted a line of it, for readers who want to see them all."""
    segments = tuple(segment.model_copy(update={"doubt": None}) for segment in transcript.segments)
    return transcript.model_copy(update={"segments": segments})
