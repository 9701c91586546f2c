"""Transcripts <-> LangChain's Documents.

In: a transcript, or a file of one. Out: Documents whose metadata leads back to the line and the second it came from,
and a transcript again from such Documents. Metadata holds texts and numbers alone, and no key without a value, since
many vector stores take nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from pydantic import ValidationError

from scribe import __version__, transcripts
from scribe.frames import render_record
from scribe.notes import title_of
from scribe.records import Chunk, Recipe, ScribeError, Segment, Transcript

_OF_SEGMENT = ("index", "start", "end", "speaker", "doubt")


class TranscriptLoader(BaseLoader):
    """Loads a transcript of any format that Scribe reads.

    By `segment`, one Document for each line: its text, and as metadata `transcript` (its id), `source`, `recording`,
    `language`, `duration`, `index`, `start`, `end` (seconds), `speaker`, `doubt`. By `transcript`, one Document of it
    all. Raises ScribeError for a file that is no transcript.
    """

    def __init__(self, path: str | Path, *, by: Literal["segment", "transcript"] = "segment") -> None:
        self.path = Path(path)
        self.by = by

    def lazy_load(self) -> Iterator[Document]:
        """Yield the Documents in the order of speaking."""
        transcript = read_transcript(self.path)
        whole = {**_origin(transcript), "language": transcript.language, "duration": transcript.duration}
        if self.by == "transcript":
            metadata = _stated({**whole, "speakers": ", ".join(transcript.speakers), "lines": len(transcript.segments)})
            yield Document(page_content=transcripts.compose(transcript, "txt"), metadata=metadata)
            return
        for segment in transcript.segments:
            told = {name: getattr(segment, name) for name in _OF_SEGMENT}
            yield Document(page_content=segment.text, metadata=_stated({**whole, **told}))


def read_transcript(path: Path) -> Transcript:
    """The transcript in a file, its lines cut to a length that can be cited."""
    return transcripts.recut(transcripts.read(path).transcript)[0]


def chunk_documents(transcript: Transcript, chunks: Sequence[Chunk]) -> list[Document]:
    """One Document for each chunk: its lines as a simulator is shown them, `[12] Name: text`.

    Its metadata are `transcript`, `source`, `recording`, `chunk`, `first`, `last` (lines `[first, last)`), `start`,
    `end` (seconds), `speakers`, `title`. Doubtful lines are not shown; a chunk with no others gives no Document.

    >>> talk = read_transcript(Path("transcripts/simulators-1.vtt"))
    >>> (document,) = chunk_documents(talk, [Chunk(transcript_id=talk.id, index=0, first=0, last=2)])
    >>> document.metadata["speakers"], document.metadata["end"]
    ('Mira', 8.913)
    """
    made = []
    for chunk in chunks:
        shown = [s for s in transcript.segments[chunk.first : chunk.last] if s.doubt is None]
        metadata = {
            **_origin(transcript),
            "chunk": chunk.index,
            "first": chunk.first,
            "last": chunk.last,
            "start": min((s.start for s in shown if s.start is not None), default=None),
            "end": max((s.end for s in shown if s.end is not None), default=None),
            "speakers": ", ".join(dict.fromkeys(s.speaker for s in shown if s.speaker)),
            "title": chunk.title or title_of(transcript),
        }
        if shown:
            made.append(Document(page_content=render_record(shown), metadata=_stated(metadata)))
    return made


def transcript_of(documents: Sequence[Document]) -> Transcript:
    """The transcript that Documents hold: all lines of one, as TranscriptLoader gives them, in any order; or its text.

    One Document without an `index` is read as a file of its text is. Raises ScribeError where lines are missing or
    there twice, since citations would name others; and for several Documents without an index.
    """
    if len(documents) == 1 and "index" not in documents[0].metadata:
        (text,) = documents
        name = str(text.metadata.get("source") or "transcript")
        return transcripts.recut(transcripts.parse(text.page_content.encode(), name=name).transcript)[0]
    if strays := [d for d in documents if "index" not in d.metadata]:
        raise ScribeError(
            f"expected Documents that carry a line's index, found {strays[0].page_content[:40]!r} without"
        )
    lines = sorted(documents, key=lambda d: d.metadata["index"])
    if [d.metadata["index"] for d in lines] != list(range(len(lines))) or not lines:
        raise ScribeError(f"expected every line of one transcript, found {len(lines)} with gaps or twice")
    origins = {(d.metadata.get("transcript"), d.metadata.get("source")) for d in lines}
    if len(origins) > 1:
        raise ScribeError(f"expected lines of one transcript, found {len(origins)}: {sorted(map(str, origins))}")
    first = lines[0].metadata
    try:
        return Transcript(
            id=first.get("transcript", "transcript"),
            source=first.get("source", "documents"),
            recording=first.get("recording"),
            language=first.get("language"),
            duration=first.get("duration"),
            segments=tuple(_segment(d) for d in lines),
            recipe=Recipe(scribe=__version__, engine="langchain documents"),
        )
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise ScribeError(f"Documents that are no transcript: {detail['loc']}: {detail['msg']}") from error


def _segment(line: Document) -> Segment:
    told = {name: line.metadata[name] for name in _OF_SEGMENT if name in line.metadata}
    return Segment.model_validate({**told, "text": line.page_content})


def _origin(transcript: Transcript) -> dict[str, object]:
    return {"transcript": transcript.id, "source": transcript.source, "recording": transcript.recording}


def _stated(metadata: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in metadata.items() if value is not None and value != ""}
