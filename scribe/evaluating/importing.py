"""Files of other people's meetings -> sessions: QMSum's, and those that link a summary's sentences to lines.

In: a parsed object, whatever its file is called. Out: a `Session`, by what is in the object; None where it is nothing
known. Transcripts are cleaned as people write, and turns without words are no lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from scribe.evaluating.sessions import (
    Lenient,
    Line,
    Reference,
    Row,
    Said,
    Sentence,
    Session,
    checked,
    fit_id,
    is_documented,
    read_documented,
    reference,
    session,
)
from scribe.language import sentences

_MARK = re.compile(r"\{[^{}]*\}")
"""`{disfmarker}`, `{vocalsound}`, `{gap}`: what QMSum wrote in place of a sound."""
_BEFORE_MARK = re.compile(r"\s+([.,;:?!%])")
_BEFORE_CLITIC = re.compile(r"(?<=\w)\s+('(?:s|m|re|ve|ll|d)\b)", re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=\w) - (?=\w)")

KINDS = ("general", "specific")
"""QMSum's two lists of queries."""


def read(tree: object, name: str) -> Session | None:
    """The session that an object holds, None for an object of no known form; raises ScribeError for one that is broken.

    Known are the documented form (`references`), a meeting of QMSum (`meeting_transcripts`), and a meeting with a
    `summary` of sentences by section beside its `segments`.
    """
    if not isinstance(tree, dict):
        return None
    if is_documented(tree):
        return read_documented(tree, name)
    if "meeting_transcripts" in tree and any(f"{kind}_query_list" in tree for kind in KINDS):
        return _read_qmsum(tree, name)
    if "segments" in tree and isinstance(tree.get("summary"), dict):
        return _read_linked(tree, name)
    return None


# ── QMSum (Zhong et al. 2021, "QMSum: A New Benchmark for Query-based Multi-domain Meeting Summarization") ──


class _Turn(Lenient):
    speaker: str | None = None
    content: str


class _Query(Lenient):
    query: str
    answer: str
    relevant_text_span: tuple[tuple[int, int], ...] = ()
    """Turn numbers, both ends in; QMSum writes them as text."""


class _Queried(Lenient):
    meeting_transcripts: tuple[_Turn, ...]
    general_query_list: tuple[_Query, ...] = ()
    specific_query_list: tuple[_Query, ...] = ()


def _read_qmsum(tree: Mapping[str, Any], name: str) -> Session:
    """A meeting whose queries are questions, and whose marked spans are the linked lines."""
    meeting = checked(_Queried, tree)
    rows = [Said(turn.speaker, cleaned(turn.content)) for turn in meeting.meeting_transcripts]

    def references() -> Iterator[Reference]:
        for kind, queries in zip(KINDS, (meeting.general_query_list, meeting.specific_query_list), strict=True):
            for place, query in enumerate(queries):
                lines = {
                    line
                    for first, last in query.relevant_text_span
                    for line in range(max(first, 0), min(last + 1, len(rows)))
                }
                written = [Sentence(text=text) for text in sentences(query.answer)]
                where = f"{kind}_query_list[{place}].answer"
                yield reference(written, where=where, question=query.query, kind=kind, linked=lines)

    return session(name, "qmsum", rows, list(references()))


def cleaned(text: str) -> str:
    """A turn of QMSum as people write: marks for sounds gone, and punctuation that was cut off put back.

    >>> cleaned("Uh - huh . {vocalsound} I 'm sure it 's {disfmarker} it 's fine ,")
    "Uh-huh. I'm sure it's it's fine,"
    """
    text = " ".join(_MARK.sub(" ", text).split())
    return _HYPHEN.sub("-", _BEFORE_CLITIC.sub(r"\1", _BEFORE_MARK.sub(r"\1", text)))


# ── Meetings whose summary is linked to lines, as ICSI's and AMI's annotations have them ─────


class _LinkedSentence(Lenient):
    text: str
    cites: tuple[Line, ...] = ()


class _Linked(Lenient):
    segments: tuple[Row, ...]
    summary: dict[str, tuple[_LinkedSentence, ...]] = Field(min_length=1)
    id: str | None = None


def _read_linked(tree: Mapping[str, Any], name: str) -> Session:
    """A meeting whose one reference is the whole summary, section after section, and all lines linked to it."""
    meeting = checked(_Linked, tree)
    written = [
        Sentence(text=one.text, cites=tuple(sorted(set(one.cites))))
        for section in meeting.summary.values()
        for one in section
    ]
    name = fit_id(meeting.id) if meeting.id else name
    return session(name, "linked", [row.said for row in meeting.segments], [reference(written, where="summary")])
