"""A source is taken through the stages: transcript, notes, draft post.

In: sources, and a workspace with its frames, simulator and rollouts. Out: files in it, and an `Outcome`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Self, get_args

from scribe import chunks, evidence, frames, notes, shelf, simulators
from scribe.draft import Wishes, join_notes
from scribe.measures.grounding import grounded
from scribe.notes.page import page as notes_page
from scribe.pipeline.drafting import Drafted, write_post
from scribe.pipeline.embedding import Embeddings, Joining, joining
from scribe.pipeline.listening import Listener, Listening
from scribe.pipeline.loading import Described, found, load
from scribe.pipeline.outcome import Loaded, Outcome
from scribe.pipeline.remembering import remembered
from scribe.pipeline.reviewing import read_notes
from scribe.pipeline.revising import Origin, Revised, put
from scribe.pipeline.standing import Ground, ground_of, links_of, sessions_of
from scribe.records import TRANSCRIPT_ID, Chunk, Notes, ScribeError, Transcript
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
    written = save(loaded.transcript, listener.workspace)
    return Outcome(source=source, transcript=loaded.transcript, files=(written,), remarks=loaded.remarks)


def take_in(source: str, listener: Listener, described: Described | None = None) -> Outcome:
    """Read a source, or hear it, and save its transcript; raises ScribeError."""
    loaded = load(source, listener.workspace, described=described, hear=listener.hear)
    written = save(loaded.transcript, listener.workspace)
    return Outcome(source=source, transcript=loaded.transcript, files=(written,), remarks=loaded.remarks)


def save(transcript: Transcript, workspace: shelf.Workspace) -> shelf.Written:
    """Save a transcript, and say whether that changed anything."""
    path = workspace.transcript_path(transcript.id)
    old = path.read_bytes() if path.is_file() else None
    outcome: Literal["written", "unchanged"] = (
        "unchanged" if workspace.save_transcript(transcript).read_bytes() == old else "written"
    )
    return shelf.Written(path=path, outcome=outcome)


class Pipeline:
    """A workspace with its frames, simulator and rollouts open; use it as a context manager.

    The simulator is a spec, or one that is open already; `device` and `quantise` are for a spec of a model that runs
    here. `frame_set` are frames that were read already. `merge` says how the topics of a long session become one
    overview. `embeddings`, a model of sentence-transformers, join in answers to questions where they were measured to
    help in this workspace.
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
        frame_set: Mapping[str, frames.Frame] | None = None,
        voices: Sequence[str] | None = None,
        listener: Listener | None = None,
        doubtful: bool = False,
        embeddings: str | Embeddings | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.workspace = workspace
        self.frames = dict(frame_set or frames.load_all(frames.folders(frames_folder, workspace.root)))
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
        described: Described | None = None,
        about: str | None = None,
        words: int | None = None,
        clock_offset_s: float | None = None,
        on_progress: notes.Progress | None = None,
        keeps_notes: bool = False,
    ) -> Outcome:
        """Take one source through the stages; raises ScribeError for what a person can mend.

        With `keeps_notes` a post is drafted from the notes that are there.
        """
        read = self._read(source, clock_offset_s, described=described)
        _check_anything_was_said(read)
        if about is not None:
            return self._answer(read, about, words)
        if keeps_notes and "notes" not in stages:
            made = _Made(self._kept_notes(read))
        else:
            made = self._summarised(read, words, on_progress)
        pages: list[Revised] = []
        if "notes" in stages:
            pages.append(self._write_notes(made.notes, read))
        drafted = None
        if "draft" in stages:
            ground = ground_of(self.workspace, read.transcript.id, [read.transcript])
            drafted = self._draft(ground, made.notes, Wishes())
        return _outcome(source, read.transcript, made.notes, pages, drafted, (*read.loaded.remarks, *made.remarks))

    def draft(
        self,
        sources: Sequence[str],
        *,
        name: str | None = None,
        wishes: Wishes | None = None,
        only_outline: bool = False,
        dry_run: bool = False,
        clock_offset_s: float | None = None,
        on_progress: notes.Progress | None = None,
    ) -> Outcome:
        """Make one post of a session, or of several in order, or its outline alone.

        `name` is that of a sequence's folder in `drafts`; as the only source it stands for the sequence drafted before.
        With `dry_run` nothing is written but what simulators wrote, and the pages say what they would be. Raises
        ScribeError for what a person can mend.
        """
        told: list[tuple[Transcript, Notes]] = []
        remarks: list[str] = []
        if len(sources) == 1 and (sessions := sessions_of(self.workspace, sources[0])):
            name, sources = sources[0], sessions
        for source in sources:
            read = self._read(source, clock_offset_s, dry_run=dry_run)
            _check_anything_was_said(read)
            if any(read.transcript.id == transcript.id for transcript, _ in told):
                raise ScribeError(f"{source}: is there twice; name each session of a sequence once")
            summarised = self._summarised(read, None, on_progress)
            told.append((read.transcript, summarised.notes))
            remarks += [*read.loaded.remarks, *summarised.remarks]
        folder = told[0][0].id if len(told) == 1 else sequence_name(name, [transcript.id for transcript, _ in told])
        ground = ground_of(self.workspace, folder, [transcript for transcript, _ in told])
        made_of = [made for _, made in told]
        made = made_of[0] if len(told) == 1 else join_notes(folder, made_of, ground.sessions)
        drafted = self._draft(ground, made, wishes or Wishes(), only_outline=only_outline, dry_run=dry_run)
        return _outcome(", ".join(sources), ground.transcript, made, (), drafted, remarks)

    def _read(
        self,
        source: str,
        clock_offset_s: float | None,
        *,
        described: Described | None = None,
        dry_run: bool = False,
    ) -> _Read:
        loaded = load(
            source, self.workspace, described=described, clock_offset_s=clock_offset_s, hear=self.listener.hear
        )
        if not dry_run and not loaded.is_kept:
            self.workspace.save_transcript(loaded.transcript)
            if not self.workspace.corrections(loaded.transcript.id).is_empty:
                shown = self.workspace.load_transcript(loaded.transcript.id)
                loaded = loaded.model_copy(update={"transcript": shown})
        transcript = _without_doubts(loaded.transcript) if self.doubtful else loaded.transcript
        return _Read(source, loaded, transcript)

    def _summarised(self, read: _Read, words: int | None, on_progress: notes.Progress | None) -> _Made:
        made = notes.summarise(
            read.transcript,
            self._chunks(read.transcript),
            self.simulator,
            self.frames,
            words=words,
            voices=self.voices,
            merge=self.merge,
            on_progress=on_progress,
        )
        _check_anything_was_read(read.source, made)
        return self._grounded(made, read.transcript)

    def _kept_notes(self, read: _Read) -> Notes:
        made = read_notes(read.transcript, self.workspace)
        if made is None:
            raise ScribeError(f"{read.source}: expected notes to draft from, found none; make them with: scribe notes")
        return made

    def _draft(
        self, ground: Ground, made: Notes, wishes: Wishes, *, only_outline: bool = False, dry_run: bool = False
    ) -> Drafted:
        return write_post(
            self.workspace,
            ground,
            made,
            self.simulator,
            self.frames,
            wishes=wishes,
            only_outline=only_outline,
            dry_run=dry_run,
        )

    def _answer(self, read: _Read, about: str, words: int | None) -> Outcome:
        transcript = read.transcript
        embeddings, stays_out = self._joined(about)
        if embeddings is None:
            answer = notes.answer(transcript, about, self.simulator, self.frames, words=words)
        else:
            answer = notes.answer(transcript, about, self.simulator, self.frames, words=words, find=embeddings.find)
            answer = _recorded(answer, embeddings.name)
        made = self._grounded(answer, transcript)
        slug = re.sub(r"[^\w]+", "-", about.lower()).strip("-")[:60] or "answer"
        path = self.workspace.draft_folder(transcript.id) / f"notes-{slug}.md"
        page = notes_page(made.notes, transcript, links_of(self.workspace, transcript, transcript.id))
        revised = put(self.workspace, path, lambda _: page, Origin(transcript, made.notes.recipe))
        remarks = (*read.loaded.remarks, *stays_out, *made.remarks)
        return _outcome(read.source, transcript, made.notes, [revised], None, remarks)

    def _joined(self, about: str) -> tuple[Joining | None, tuple[str, ...]]:
        """The embeddings that join in finding lines for a question, if any, and a remark where they stay out."""
        if self._embeddings is None or not evidence.names_topic(about):
            return None, ()
        if self._joining is None:
            self._joining = joining(self._embeddings, self.workspace)
        embeddings, remark = self._joining
        return embeddings, (remark,) if remark else ()

    def _grounded(self, made: Notes, transcript: Transcript) -> _Made:
        """Notes weighed by log-loss, where the simulator can score; what stood in the way is a remark, not the end."""
        try:
            return _Made(grounded(made, transcript, self.simulator))
        except simulators.CannotScore:
            return _Made(made)
        except ScribeError as error:
            return _Made(made, (f"the notes were not weighed by log-loss: {error}",))

    def _write_notes(self, made: Notes, read: _Read) -> Revised:
        """Write the notes, with what is worth hearing of the transcript as it was heard, doubts and all."""
        transcript, heard = read.transcript, read.loaded.transcript
        links = links_of(self.workspace, transcript, transcript.id)
        place = self.workspace.notes_json_path(transcript.id)
        last = remembered(place, made)
        self.workspace.save_record(place, made)

        def page(of: Notes) -> str:
            return notes_page(of, transcript, links, worth_hearing=worth_hearing(review(heard, of), heard, links))

        path, origin = self.workspace.notes_path(transcript.id), Origin(transcript, made.recipe)
        return put(self.workspace, path, lambda _: page(made), origin, recall=lambda: page(last))

    def _chunks(self, transcript: Transcript) -> list[Chunk]:
        tokens = notes.budget(self.simulator, self.frames, self.voices, title=transcript.id)
        return chunks.split(transcript, self.simulator.count, budget_tokens=tokens)

    def _fetched(self, what: str, done: int, total: int | None) -> None:
        """Weights that a simulator fetches are told of where the listener tells of its own."""
        if self.listener.on_step:
            self.listener.on_step(what, done, total)


class _Read(NamedTuple):
    """A source as it was read."""

    source: str
    loaded: Loaded
    transcript: Transcript
    """What is made notes of: the same, but for its doubts where the reader wants to see all lines."""


class _Made(NamedTuple):
    """Notes, and what is to be said of them."""

    notes: Notes
    remarks: tuple[str, ...] = ()


def sequence_name(name: str | None, ids: Sequence[str]) -> str:
    """The folder of a sequence in `drafts`: the name given, else its sessions' ids; raises ScribeError for none.

    >>> sequence_name(None, ["monday", "tuesday"])
    'monday + tuesday'
    """
    if name is None:
        joined = " + ".join(ids)
        name = joined if len(joined) <= _LONGEST_NAME else f"{ids[0]} and {len(ids) - 1} more"[:_LONGEST_NAME]
    if not TRANSCRIPT_ID.fullmatch(name):
        raise ScribeError(f"--name: {name!r} cannot name a folder; use letters, digits, spaces and - . _")
    if name in ids:
        raise ScribeError(f"--name: {name!r} is one of the sessions; a sequence has a folder of its own")
    return name


_LONGEST_NAME = 120


def _outcome(
    source: str,
    transcript: Transcript,
    made: Notes,
    pages: Sequence[Revised],
    drafted: Drafted | None,
    remarks: Sequence[str],
) -> Outcome:
    pages = [*pages, *(drafted.pages if drafted else ())]
    return Outcome(
        source=source,
        transcript=transcript,
        notes=made,
        draft=drafted.draft if drafted else None,
        findings=drafted.findings if drafted else (),
        files=tuple(page.written for page in pages),
        diffs=tuple(page.diff for page in pages),
        remarks=(*remarks, *(remark for page in pages for remark in page.remarks)),
    )


def _check_anything_was_said(read: _Read) -> None:
    if not read.transcript.segments:
        raise ScribeError(f"{read.source}: expected speech, found none in it, so there is nothing to make notes of")


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
