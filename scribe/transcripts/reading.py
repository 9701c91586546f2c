"""A file -> `Reading`: its transcript, and what became of everything else in the file.

In: a path, or bytes and a name. Out: a validated transcript. Only `ScribeError` comes out of here, one line
that begins with the name. This module is the only one in the room that opens files.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePath

from scribe import __version__
from scribe.records import TRANSCRIPT_ID, Recipe, Record, ScribeError, Segment, Transcript
from scribe.transcripts import decoding, formats, native, recognisers, word_documents
from scribe.transcripts.turns import Dropped, Found, settle


class Reading(Record):
    """What reading a file gave."""

    transcript: Transcript
    format: str
    """A key of `FORMATS`."""
    dropped: tuple[Dropped, ...]
    repairs: tuple[str, ...]
    """One sentence for each kind of thing that was put right."""

    @property
    def speakers(self) -> tuple[str, ...]:
        """Names in order of first appearance."""
        return self.transcript.speakers

    @property
    def span(self) -> tuple[float, float] | None:
        """First start and last end in seconds, or None without times."""
        timed = [(s.start, s.end) for s in self.transcript.segments if s.start is not None and s.end is not None]
        return (min(start for start, _ in timed), max(end for _, end in timed)) if timed else None


def read(path: Path, *, clock_offset_s: float | None = None) -> Reading:
    """Read a transcript file of any of `FORMATS`, told apart by content.

    `clock_offset_s` is the wall clock, in seconds after midnight, at which the recording began; it matters
    to formats that write the time of day. Every failure is a `ScribeError`.
    """
    shown = _one_line(str(path))
    try:
        if path.is_dir():
            raise ScribeError(f"{shown}: expected a transcript file, found a folder; name the files in it")
        if path.exists() and not path.is_file():
            raise ScribeError(f"{shown}: expected a transcript file, found a device or pipe; save it to a file")
        with path.open("rb") as file:
            head = file.read(decoding.HEAD_BYTES)
            _refuse_binary(head, shown)
            data = head + file.read()
    except FileNotFoundError as error:
        raise ScribeError(f"{shown}: expected a transcript file, found nothing there; check the spelling") from error
    except PermissionError as error:
        raise ScribeError(
            f"{shown}: expected a file that may be read, found that its permissions forbid it; "
            "change them, for example with `chmod u+r`"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScribeError(f"{shown}: expected a readable file, found: {reason}; copy it to a local disk") from error
    return parse(data, name=str(path), clock_offset_s=clock_offset_s)


def parse(data: bytes, *, name: str, clock_offset_s: float | None = None) -> Reading:
    """Read a transcript from bytes; `name` gives its id and source and stands before error messages."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        if data.startswith(decoding.ZIP):
            found = formats.find_in_word(word_documents.read_lines(data))
        else:
            text, repairs = decoding.decode(data)
            if recognisers.is_json(text):
                tree = recognisers.load(text)
                if native.is_native(tree):
                    return Reading(
                        transcript=native.read(tree), format="scribe-json", dropped=(), repairs=tuple(repairs)
                    )
                found = recognisers.read(tree)
            else:
                found = formats.find(text, clock_offset_s=clock_offset_s)
            found.repairs[:0] = repairs
        return _reading(found, name, digest)
    except ScribeError as error:
        raise ScribeError(f"{_one_line(name)}: {error}") from error


def _refuse_binary(head: bytes, name: str) -> None:
    try:
        decoding.refuse_binary(head)
    except ScribeError as error:
        raise ScribeError(f"{_one_line(name)}: {error}") from error


def _reading(found: Found, name: str, digest: str) -> Reading:
    turns, repairs = settle(found.turns, found.tally)
    if not turns:
        raise ScribeError(
            f"expected speech, found none in this {found.format} file; check that the transcript is not empty"
        )
    segments = tuple(
        Segment(index=i, text=t.text, start=t.start, end=t.end, speaker=t.speaker, words=t.words)
        for i, t in enumerate(turns)
    )
    transcript = Transcript(
        id=make_id(name),
        source=name,
        duration=found.duration,
        language=found.language,
        segments=segments,
        recipe=Recipe(scribe=__version__, engine=found.format, source_digest=digest),
    )
    return Reading(
        transcript=transcript,
        format=found.format,
        dropped=found.tally.dropped(),
        repairs=(*found.repairs, *repairs),
    )


def make_id(name: str) -> str:
    """The stem of a file's name, made fit to name a transcript.

    >>> make_id("talks/_Räume? 3.vtt")
    'Räume- 3'
    """
    stem = re.sub(r"[^\w .,()+&'-]", "-", PurePath(name).stem)
    stem = re.sub(r"^[\W_]+", "", stem)[:200].rstrip(" .-")
    return stem if TRANSCRIPT_ID.fullmatch(stem) else "transcript"


def _one_line(name: str) -> str:
    return " ".join(name.split()) or "transcript"
