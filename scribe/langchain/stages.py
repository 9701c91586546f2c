"""The summariser and the drafter as Runnables.

In: a transcript, as a record, a file or Documents, and for a draft its notes. Out: `Notes` and `Draft`, the very
records that the pipeline writes. Nothing is written to disk, and no rollouts are kept: a chain may cache as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from langchain_core.documents import Document
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import BaseModel, ConfigDict, PrivateAttr, SkipValidation
from typing_extensions import TypedDict

from scribe import chunks, draft, frames, notes
from scribe.frames import Frame
from scribe.langchain.documents import read_transcript, transcript_of
from scribe.langchain.opening import Openable, opened
from scribe.notes import budget
from scribe.records import Draft, Notes, Transcript
from scribe.simulators import Simulator

Source = Transcript | Path | str | Sequence[Document]
"""A transcript, the path of its file, or its Documents as TranscriptLoader gives them."""


class Session(TypedDict):
    """What a draft is written from."""

    transcript: Source
    notes: Notes


class _Stage(BaseModel):
    """What the stages are made with. A simulator holds one model, so one thread at a time has it."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    simulator: SkipValidation[Openable] = "extract"
    """A simulator, its spec, or a model of LangChain; opened when it is first asked."""
    frames_folder: Path | None = None
    """Frames of your own; those that it lacks are Scribe's."""

    _lock: Any = PrivateAttr(default_factory=Lock)

    @cached_property
    def opened(self) -> Simulator:
        """The simulator, open."""
        return opened(self.simulator)

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """The frames, by name."""
        return frames.load_all(frames.folders(self.frames_folder, None))


class Summariser(_Stage, RunnableSerializable[Source, Notes]):
    """Reads a transcript chunk by chunk under every notes frame, as `scribe notes` does.

    Raises ScribeError for a transcript that cannot be read, and for an unknown voice; a chunk that the simulator fails
    on is entered in the ledger of the notes, and the others go on.
    """

    voices: Sequence[str] | None = None
    """Voices that read; by default all."""
    words: int | None = None
    """Most words of the notes."""

    def invoke(self, input: Source, config: RunnableConfig | None = None, **_: Any) -> Notes:  # noqa: A002
        """Make notes of one session."""
        return self._call_with_config(self._summarise, input, config)

    def _summarise(self, source: Source) -> Notes:
        transcript = as_transcript(source)
        with self._lock:
            room = budget(self.opened, self.frames, self.voices, title=transcript.id)
            cut = chunks.split(transcript, self.opened.count, budget_tokens=room)
            return notes.summarise(transcript, cut, self.opened, self.frames, words=self.words, voices=self.voices)


class Drafter(_Stage, RunnableSerializable[Session, Draft]):
    """Writes a draft post from a session's notes, as `scribe draft` does."""

    def invoke(self, input: Session, config: RunnableConfig | None = None, **_: Any) -> Draft:  # noqa: A002
        """Draft the post of one session."""
        return self._call_with_config(self._draft, input, config)

    def _draft(self, session: Session) -> Draft:
        with self._lock:
            return draft.write(as_transcript(session["transcript"]), session["notes"], self.opened, self.frames)


def as_transcript(source: Source) -> Transcript:
    """The transcript that a source holds; raises ScribeError, see `transcript_of` and `TranscriptLoader`."""
    if isinstance(source, Transcript):
        return source
    return read_transcript(Path(source)) if isinstance(source, str | Path) else transcript_of(source)
