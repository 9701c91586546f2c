"""What is evaluated: a session's transcript with the summaries that people wrote of it.

In: JSON as the documentation describes it, already parsed, and rows of lines with their references. Out: `Session`s,
whose lines are numbered from 0 and whose references name lines that exist. Data of strangers is expected: whatever it
holds, only `ScribeError` comes out, one line that names the field. It opens no file.

    {"id": "monday", "transcript": "monday.vtt",
     "references": [
       {"summary": "They agreed to measure log-loss."},
       {"question": "Who objected?", "kind": "specific", "summary": [{"text": "Jan did.", "cites": [3, 4]}]}]}

`transcript` is a path from the file's folder, or `{"segments": [{"speaker", "text", "start", "end"}, …]}`; a summary
is one text, or sentences; `cites` are the numbers of the lines that a sentence rests on, or, beside `summary`, those of
the whole summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scribe import __version__
from scribe.language import sentences
from scribe.records import TRANSCRIPT_ID, Recipe, Record, ScribeError, Segment, Transcript

ALL = "all"
"""Of which kind all references are; one that says so has no other."""

Line = Annotated[int, Field(strict=True, ge=0)]

_Model = TypeVar("_Model", bound=BaseModel)


class Sentence(Record):
    """A sentence of a reference, and the lines that it was linked to."""

    text: str
    cites: tuple[Line, ...] = ()


class Reference(Record):
    """What a person wrote of a session, or in answer to one question about it."""

    question: str | None = None
    kind: str | None = None
    """References of one kind are also measured by themselves."""
    sentences: tuple[Sentence, ...]
    linked: tuple[int, ...] = ()
    """Every line that it was linked to, ascending; none where nobody linked any."""

    @property
    def text(self) -> str:
        """The whole of it, a sentence a line."""
        return "\n".join(sentence.text for sentence in self.sentences)


class Session(Record):
    """A transcript and its references. A transcript that is a path has yet to be read, from the file's folder."""

    name: str
    transcript: Transcript | str
    references: tuple[Reference, ...]


class Said(NamedTuple):
    """A line as a file gives it."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None


# ── The documented JSON ──────────────────────────────────────────────────────────────────────


def _as_sentences(summary: object) -> object:
    """One text becomes its sentences; a sentence without citations may be plain text."""
    if isinstance(summary, str):
        return [{"text": text} for text in sentences(summary)]
    if isinstance(summary, list):
        return [{"text": one} if isinstance(one, str) else one for one in summary]
    return summary


class Lenient(BaseModel):
    """A part of a file that may hold more than is read of it."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class Row(Lenient):
    """A line of an inline transcript. A missing time makes it untimed."""

    text: str
    speaker: str | None = None
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)

    @property
    def said(self) -> Said:
        """The line, with an end at or after its start; recognisers round the two apart."""
        if self.start is None or self.end is None:
            return Said(self.speaker, self.text)
        return Said(self.speaker, self.text, self.start, max(self.start, self.end))


class _Inline(Lenient):
    segments: tuple[Row, ...]


class _WrittenReference(Record):
    summary: Annotated[tuple[Sentence, ...], BeforeValidator(_as_sentences)]
    question: str | None = None
    kind: str | None = None
    cites: tuple[Line, ...] = ()


class _Written(Record):
    references: tuple[_WrittenReference, ...] = Field(min_length=1)
    id: str | None = None


class _WithPath(_Written):
    transcript: str


class _WithLines(_Written):
    transcript: _Inline


def is_documented(tree: Mapping[str, Any]) -> bool:
    """Whether an object is meant as a session."""
    return "references" in tree


def read_documented(tree: Mapping[str, Any], name: str) -> Session:
    """The session that an object describes; `name` is its file's, for one that has no id."""
    is_path = isinstance(tree.get("transcript"), str)
    written: _WithPath | _WithLines = checked(_WithPath, tree) if is_path else checked(_WithLines, tree)
    name = name if written.id is None else _plain(written.id, "id")
    references = [
        reference(one.summary, where=f"references[{place}]", question=one.question, kind=one.kind, linked=one.cites)
        for place, one in enumerate(written.references)
    ]
    if isinstance(written, _WithPath):
        return Session(name=name, transcript=written.transcript, references=tuple(references))
    return session(name, "json", [row.said for row in written.transcript.segments], references)


# ── Sessions from any importer ───────────────────────────────────────────────────────────────


def reference(
    written: Iterable[Sentence],
    *,
    where: str = "reference",
    question: str | None = None,
    kind: str | None = None,
    linked: Iterable[int] = (),
) -> Reference:
    """A reference of these sentences, the empty ones left out; its lines are those named and those that they cite.

    Raises ScribeError, which says `where`, for one without a word.
    """
    kept = [sentence for sentence in written if sentence.text.strip()]
    if not kept:
        raise ScribeError(f"{where}: expected a summary, found no text; write one, or take the reference out")
    lines = {*linked, *(line for sentence in kept for line in sentence.cites)}
    question = " ".join(question.split()) if question else None
    return Reference(
        question=question or None,
        kind=_plain(kind, "kind") if kind not in (None, ALL) else None,
        sentences=tuple(one.model_copy(update={"text": " ".join(one.text.split())}) for one in kept),
        linked=tuple(sorted(lines)),
    )


def session(name: str, engine: str, rows: Sequence[Said], references: Sequence[Reference]) -> Session:
    """A session whose transcript is these lines; lines without a word are none, and citations are counted anew.

    Raises ScribeError where nothing is said, and for a reference that names a line which is not there.
    """
    check_lines(references, len(rows))
    kept = [place for place, row in enumerate(rows) if re.search(r"\w", row.text)]
    if not kept:
        raise ScribeError("expected a transcript in which something is said, found none; check what made it")
    places = {old: new for new, old in enumerate(kept)}
    segments = tuple(
        Segment(
            index=index,
            text=" ".join(rows[place].text.split()),
            speaker=" ".join((rows[place].speaker or "").split()) or None,
            start=rows[place].start,
            end=rows[place].end,
        )
        for index, place in enumerate(kept)
    )
    transcript = Transcript(
        id=fit_id(name), source=name, segments=segments, recipe=Recipe(scribe=__version__, engine=f"eval-{engine}")
    )
    return Session(name=name, transcript=transcript, references=tuple(_renumbered(one, places) for one in references))


def check_lines(references: Sequence[Reference], lines: int) -> None:
    """Raise ScribeError for a reference that names a line beyond the transcript's last."""
    for place, one in enumerate(references):
        if one.linked and one.linked[-1] >= lines:
            raise ScribeError(
                f"references[{place}]: expected lines from 0 to {lines - 1}, found {one.linked[-1]}; "
                "lines are numbered as scribe numbers the transcript's"
            )


def fit_id(name: str) -> str:
    """A session's name made fit to name a transcript.

    >>> fit_id("icsi/Bdb001"), fit_id("…")
    ('icsi-Bdb001', 'session')
    """
    fit = re.sub(r"^[\W_]+", "", re.sub(r"[^\w .,()+&'-]", "-", name))[:200].rstrip(" .-")
    return fit if TRANSCRIPT_ID.fullmatch(fit) else "session"


def _renumbered(one: Reference, places: Mapping[int, int]) -> Reference:
    def anew(lines: Iterable[int]) -> tuple[int, ...]:
        return tuple(sorted({places[line] for line in lines if line in places}))

    cited = tuple(s.model_copy(update={"cites": anew(s.cites)}) for s in one.sentences)
    return one.model_copy(update={"sentences": cited, "linked": anew(one.linked)})


def checked(model: type[_Model], tree: object) -> _Model:
    """The tree as the model has it; raises ScribeError with the first field that does not fit."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    if first["type"] == "extra_forbidden":
        known = _KNOWN[len(first["loc"])].model_fields
        raise ScribeError(f"{_shown(where)[1:-1]}: unknown key; known there: {', '.join(known)}")
    if first["type"] == "missing":
        raise ScribeError(f"{where}: expected it, found no such key; write it")
    message = " ".join(str(first["msg"]).split())[:200].replace("Input should be", "expected")
    message = message.replace("Tuple should", "list should").replace("valid tuple", "valid list")
    raise ScribeError(f"{where or 'the file'}: {message}, found {_shown(first['input'])}; mend it there")


_KNOWN: Mapping[int, type[BaseModel]] = {1: _WithLines, 3: _WrittenReference, 5: Sentence}
"""What may stand in the documented JSON, by how deep a key lies: only there unknown keys are refused."""


def _plain(text: str, field: str) -> str:
    """A name that may stand in a table and on a page; raises ScribeError for any other."""
    if not TRANSCRIPT_ID.fullmatch(text):
        raise ScribeError(f"{field}: expected a name of letters, digits, spaces and - . _, found {_shown(text)}")
    return text


def _shown(value: object) -> str:
    """A value in few characters; a list or an object by its kind alone.

    >>> _shown("three"), _shown([1, 2]), _shown({})
    ("'three'", 'a list', 'an object')
    """
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else repr(value)[:60]


def described(tree: object) -> str:
    """What a parsed file holds, in few characters.

    >>> described({"dialogue": [], "id": 3}), described([]), described({})
    ("the keys 'dialogue', 'id'", 'a list', 'an object')
    """
    if not isinstance(tree, dict) or not tree:
        return _shown(tree)
    names = list(tree)
    told = ", ".join(_shown(str(name)) for name in names[:_KEYS])
    return f"the keys {told}" + (" and others" if len(names) > _KEYS else "")


_KEYS = 4
"""Keys that are named of an object of no known form."""
