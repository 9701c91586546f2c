"""A folder of public meetings -> transcripts and queries, for every benchmark that needs real speech.

In: a folder shaped as the README beside this file says. Out: `Transcript` records, built without going through any
reader, and the queries that people wrote of them with the answers that people gave. A corpus that is not in the folder
gives an empty list. This module knows nothing of what is measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, zip_longest
from pathlib import Path
from typing import Any, Literal

from scribe.records import Recipe, Segment, Transcript

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DATA = ROOT.parent / "shared" / "data"

TIMED = ("icsi", "ami")
"""The corpora whose lines carry times."""

SPLITS = ("val", "test", "train")

Kind = Literal["general", "specific"]

_MARK = re.compile(r"\{[^{}]*\}")
"""`{disfmarker}`, `{vocalsound}`, `{gap}`: what QMSum wrote in place of a sound."""
_BEFORE_MARK = re.compile(r"\s+([.,;:?!%])")
_BEFORE_CLITIC = re.compile(r"(?<=\w)\s+('(?:s|m|re|ve|ll|d)\b)", re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=\w) - (?=\w)")


@dataclass(frozen=True)
class Query:
    """A question about a meeting and the answer that a person wrote."""

    kind: Kind
    question: str
    answer: str


@dataclass(frozen=True)
class QueriedMeeting:
    """One meeting of QMSum: its turns, without times, and its queries."""

    transcript: Transcript
    queries: tuple[Query, ...]


def load_meetings(
    data: Path, corpora: Sequence[str] = TIMED, *, limit: int | None = None
) -> list[Transcript]:
    """The timed meetings of `data`, by turns from each corpus, so that any first few are a fair mixture."""
    paths = [sorted((data / corpus).glob("*.json")) for corpus in corpora]
    mixed = [path for path in chain.from_iterable(zip_longest(*paths)) if path is not None]
    return [_meeting(path) for path in mixed[:limit]]


def _meeting(path: Path) -> Transcript:
    said = json.loads(path.read_text(encoding="utf-8"))
    rows = [(s["speaker"], s["text"], s["start"], max(s["start"], s["end"])) for s in said["segments"]]
    return _transcript(said.get("id", path.stem), path.name, rows)


def load_qmsum(data: Path, split: str = "val", *, limit: int | None = None) -> list[QueriedMeeting]:
    """QMSum's meetings of one split, by turns from each of its three sources; meetings without queries are kept."""
    rows = [
        [(f"{path.stem.split('.')[0]}-{n}", line) for n, line in enumerate(path.open(encoding="utf-8"))]
        for path in sorted((data / "qmsum").glob(f"*.{split}.jsonl"))
    ]
    mixed = [row for row in chain.from_iterable(zip_longest(*rows)) if row is not None]
    return [_queried(name, json.loads(line)) for name, line in mixed[:limit]]


def split_there(data: Path, wanted: str = "val") -> str | None:
    """The split wanted, or the first of `SPLITS` that QMSum's folder has; None where it has none."""
    order = dict.fromkeys([wanted, *SPLITS])
    return next((split for split in order if any((data / "qmsum").glob(f"*.{split}.jsonl"))), None)


def _queried(name: str, row: dict[str, Any]) -> QueriedMeeting:
    turns = [(t["speaker"], cleaned(t["content"]), None, None) for t in row["meeting_transcripts"]]
    spoken = [turn for turn in turns if re.search(r"\w", turn[1])]
    queries = [
        Query(kind, query["query"], query["answer"])
        for kind in ("general", "specific")
        for query in row.get(f"{kind}_query_list", [])
    ]
    return QueriedMeeting(_transcript(name, f"{name}.jsonl", spoken), tuple(queries))


def cleaned(text: str) -> str:
    """A turn of QMSum as people write: marks for sounds gone, and punctuation that was cut off put back.

    >>> cleaned("Uh - huh . {vocalsound} I 'm sure it 's {disfmarker} it 's fine ,")
    "Uh-huh. I'm sure it's it's fine,"
    """
    text = " ".join(_MARK.sub(" ", text).split())
    return _HYPHEN.sub("-", _BEFORE_CLITIC.sub(r"\1", _BEFORE_MARK.sub(r"\1", text)))


def sentences(text: str) -> list[str]:
    """Cut after a full stop, question mark or exclamation mark that whitespace follows; titles and initials aside.

    >>> sentences("Thank you, Mr. Chair. Is it so? Yes.")
    ['Thank you, Mr. Chair.', 'Is it so?', 'Yes.']
    """
    pieces = re.split(r"(?<=[.?!])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bHon\.)\s+", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def hours_of(transcript: Transcript) -> float:
    """Length of a timed meeting in hours, from 0 to the end of its last line."""
    return max((s.end for s in transcript.segments if s.end is not None), default=0.0) / 3600


def joined(meetings: Sequence[Transcript], hours: float) -> Transcript:
    """One transcript of `hours`, cut at a line: meetings one after another, and again from the first where they run out.

    Times go on counting from meeting to meeting, and every meeting has speakers of its own, however often it comes.
    """
    end = hours * 3600
    rows = [row for row in _one_after_another(meetings, end) if row[3] <= end]
    return _transcript(f"joined-{hours:g}h", f"joined-{hours:g}h.json", rows)


def _one_after_another(
    meetings: Sequence[Transcript], end: float
) -> Iterator[tuple[str, str, float, float]]:
    """Speaker, text, start, end of every line up to `end` seconds."""
    offset = 0.0
    for again in count():
        for meeting in meetings:
            name = meeting.id if again == 0 else f"{meeting.id}-{again}"
            for s in meeting.segments:
                start, stop = (round(offset + (t or 0.0), 3) for t in (s.start, s.end))
                yield f"{name} {s.speaker}", s.text, start, stop
            offset += hours_of(meeting) * 3600
            if offset >= end:
                return
        if offset == 0:
            return


def _transcript(
    name: str, source: str, rows: Sequence[tuple[str, str, float | None, float | None]]
) -> Transcript:
    segments = tuple(
        Segment(index=i, speaker=speaker, text=text, start=start, end=end)
        for i, (speaker, text, start, end) in enumerate(rows)
    )
    recipe = Recipe(scribe="benchmark", engine="corpus")
    return Transcript(id=name, source=source, segments=segments, recipe=recipe)
