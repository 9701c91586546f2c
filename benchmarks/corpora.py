"""A folder of public meetings -> transcripts and queries, for every benchmark that needs real speech.

In: a folder shaped as the README beside this file says. Out: `Transcript` records, built without going through any
reader, and the queries that people wrote of them with the answers that people gave. A corpus that is not in the folder
gives an empty list. Sentences, their ranking by a peer and the filling of a length are here too, one rule for all.
This module knows nothing of what is measured.
"""

from __future__ import annotations

import argparse
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count, zip_longest
from pathlib import Path
from typing import Any, Literal, TypeVar

from scribe import transcripts
from scribe.evaluating.importing import cleaned
from scribe.records import Recipe, Segment, Transcript

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DATA = ROOT.parent / "shared" / "data"

TIMED = ("icsi", "ami")
"""The corpora whose lines carry times."""

PEERS = ("textrank", "lexrank")
"""The summarisers of sumy that `ranking` knows."""

SPLITS = ("val", "test", "train")

Kind = Literal["general", "specific"]
T = TypeVar("T")

_COMMON_STRETCHES = 100

Spans = tuple[tuple[int, int], ...]
"""Stretches of a transcript: segments `[first, last)` of each."""


@dataclass(frozen=True)
class Query:
    """A question about a meeting and the answer that a person wrote."""

    kind: Kind
    question: str
    answer: str
    spans: Spans = ()
    """Where a person found what answers a specific question; none for a general one."""


@dataclass(frozen=True)
class MarkedTopic:
    """A topic as a person titled it and marked it in the record."""

    title: str
    spans: Spans


@dataclass(frozen=True)
class QueriedMeeting:
    """One meeting of QMSum: its turns, without times, its queries and its topics."""

    transcript: Transcript
    queries: tuple[Query, ...]
    topics: tuple[MarkedTopic, ...] = ()


@dataclass(frozen=True)
class LinkedSentence:
    """A sentence of a human summary, and the lines that people linked to it, ascending."""

    section: str
    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True)
class LinkedMeeting:
    """A timed meeting, what an old recogniser heard of it, and its human summary.

    `heard` has lines of its own; `heard_cites` says which of them were spoken when a sentence's own lines were, by the
    same person. None where the corpus has no such lines.
    """

    transcript: Transcript
    summary: tuple[LinkedSentence, ...]
    heard: Transcript | None = None
    heard_summary: tuple[LinkedSentence, ...] = ()


def parser(doc: str | None, *, limit: str | None = None) -> argparse.ArgumentParser:
    """The options that the benchmarks share; those that read QMSum say what `--limit` does."""
    made = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    made.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    made.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder of meetings")
    if limit:
        made.add_argument("--split", choices=SPLITS, default="val", help="of QMSum; another if it is absent")
        made.add_argument("--limit", type=int, help=limit)
    return made


def load_meetings(data: Path, corpora: Sequence[str] = TIMED, *, limit: int | None = None) -> list[Transcript]:
    """The timed meetings of `data`, by turns from each corpus, so that any first few are a fair mixture."""
    return [_meeting(path) for path in timed_files(data, corpora)[:limit]]


def timed_files(data: Path, corpora: Sequence[str] = TIMED) -> list[Path]:
    """The files of the timed meetings, in the order in which they are loaded; none for a corpus that is absent."""
    return _by_turns(sorted((data / corpus).glob("*.json")) for corpus in corpora)


def _by_turns(lists: Iterable[Sequence[T]]) -> list[T]:
    return [one for one in chain.from_iterable(zip_longest(*lists)) if one is not None]


def _meeting(path: Path) -> Transcript:
    said = json.loads(path.read_text(encoding="utf-8"))
    rows = [(s["speaker"], s["text"], s["start"], max(s["start"], s["end"])) for s in said["segments"]]
    return _transcript(said.get("id", path.stem), path.name, rows)


def load_linked(data: Path, corpora: Sequence[str] = TIMED, *, limit: int | None = None) -> list[LinkedMeeting]:
    """The timed meetings of `data` that have a summary, by turns from each corpus."""
    made = (_linked(path) for path in timed_files(data, corpora)[:limit])
    return [meeting for meeting in made if meeting.summary]


def _linked(path: Path) -> LinkedMeeting:
    said = json.loads(path.read_text(encoding="utf-8"))
    transcript = _meeting(path)
    summary = tuple(
        LinkedSentence(section, one["text"], tuple(sorted(set(one["cites"]))))
        for section, sentences in said.get("summary", {}).items()
        for one in sentences
    )
    rows = [(s["speaker"], s["text"], s["start"], max(s["start"], s["end"])) for s in said.get("asr_segments") or ()]
    if not rows:
        return LinkedMeeting(transcript, summary)
    heard = _transcript(transcript.id, path.name, rows)
    found = tuple(
        LinkedSentence(one.section, one.text, _spoken_meanwhile([transcript.segments[i] for i in one.cites], heard))
        for one in summary
    )
    return LinkedMeeting(transcript, summary, heard, found)


def _spoken_meanwhile(lines: Sequence[Segment], heard: Transcript) -> tuple[int, ...]:
    """Lines heard of the same speakers while these lines were spoken; half of the shorter one must be in common."""
    first = min((line.start or 0.0 for line in lines), default=0.0)
    last = max((line.end or 0.0 for line in lines), default=0.0)
    near = [other for other in heard.segments if (other.start or 0.0) < last and (other.end or 0.0) > first]
    return tuple(other.index for other in near if any(_is_meanwhile(line, other) for line in lines))


def _is_meanwhile(line: Segment, other: Segment) -> bool:
    if line.speaker != other.speaker or None in (line.start, line.end, other.start, other.end):
        return False
    common = min(line.end or 0.0, other.end or 0.0) - max(line.start or 0.0, other.start or 0.0)
    shorter = min((s.end or 0.0) - (s.start or 0.0) for s in (line, other))
    return common > 0 and common >= 0.5 * shorter


def seen_in(queried: Sequence[QueriedMeeting], linked: Sequence[Transcript]) -> set[str]:
    """Ids of the timed meetings that are also among the queried ones, in whole or in part.

    QMSum took its academic and product meetings from ICSI and AMI and kept no ids, so what is learned from one and
    measured on the other may be measured on what was learned. Two meetings are one if a hundred stretches of eight
    words are in both.
    """
    owners: dict[tuple[str, ...], set[int]] = {}
    for n, meeting in enumerate(queried):
        for gram in _grams(meeting.transcript):
            owners.setdefault(gram, set()).add(n)
    found = set()
    for transcript in linked:
        shared = Counter(n for gram in _grams(transcript) for n in owners.get(gram, ()))
        if shared and shared.most_common(1)[0][1] >= _COMMON_STRETCHES:
            found.add(transcript.id)
    return found


def _grams(transcript: Transcript) -> set[tuple[str, ...]]:
    said = re.findall(r"[a-z]+", " ".join(s.text for s in transcript.segments).lower())
    return {tuple(said[i : i + 8]) for i in range(len(said) - 7)}


def load_qmsum(data: Path, split: str = "val", *, limit: int | None = None) -> list[QueriedMeeting]:
    """QMSum's meetings of one split, by turns from each of its three sources; meetings without queries are kept."""
    rows = [
        [(f"{path.stem.split('.')[0]}-{n}", line) for n, line in enumerate(_lines(path))]
        for path in sorted((data / "qmsum").glob(f"*.{split}.jsonl"))
    ]
    return [_queried(name, json.loads(line)) for name, line in _by_turns(rows)[:limit]]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def split_there(data: Path, wanted: str = "val") -> str | None:
    """The split wanted, or the first of `SPLITS` that QMSum's folder has; None where it has none."""
    order = dict.fromkeys([wanted, *SPLITS])
    return next((split for split in order if any((data / "qmsum").glob(f"*.{split}.jsonl"))), None)


def _queried(name: str, row: dict[str, Any]) -> QueriedMeeting:
    turns = [(t["speaker"], cleaned(t["content"]), None, None) for t in row["meeting_transcripts"]]
    kept = [i for i, turn in enumerate(turns) if re.search(r"\w", turn[1])]

    def spans(marked: Sequence[Sequence[str]]) -> Spans:
        """Turn numbers, both ends in, as half-open segment numbers; turns without words are no segments."""
        ends = [(bisect_left(kept, int(first)), bisect_right(kept, int(last))) for first, last in marked]
        return tuple((first, last) for first, last in ends if first < last)

    queries = [
        Query(kind, query["query"], query["answer"], spans(query.get("relevant_text_span", ())))
        for kind in ("general", "specific")
        for query in row.get(f"{kind}_query_list", [])
    ]
    topics = tuple(MarkedTopic(t["topic"], spans(t["relevant_text_span"])) for t in row.get("topic_list", ()))
    return QueriedMeeting(_transcript(name, f"{name}.jsonl", [turns[i] for i in kept]), tuple(queries), topics)


def sentences(text: str) -> list[str]:
    """Cut after a full stop, question mark or exclamation mark that whitespace follows; titles and initials aside.

    >>> sentences("Thank you, Mr. Chair. Is it so? Yes.")
    ['Thank you, Mr. Chair.', 'Is it so?', 'Yes.']
    """
    pieces = re.split(r"(?<=[.?!])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bHon\.)\s+", text)
    return [piece.strip() for piece in pieces if piece.strip()]


class Words:
    """The tokenizer that sumy asks for, without its download of nltk data: words as sumy's own pattern has them."""

    def to_words(self, text: str) -> tuple[str, ...]:
        """Words of letters, with apostrophes and hyphens inside.

        >>> Words().to_words("It's mm-hmm, no. 7 is odd.")
        ("It's", 'mm-hmm', 'no', 'is', 'odd')
        """
        return tuple(re.findall(r"(?<!\w)[^\W\d_](?:[^\W\d_]|['-])*", text))


def ranking(peer: str) -> Callable[[list[str]], list[str]]:
    """Ranks sentences best first as one of `PEERS` does, by sumy with its English stemmer and stop words."""
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
    from sumy.nlp.stemmers import Stemmer
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer
    from sumy.utils import get_stop_words

    summariser: Any = {"textrank": TextRankSummarizer, "lexrank": LexRankSummarizer}[peer]

    class Ranking(summariser):  # type: ignore[misc]
        """Gives every sentence, best first, where sumy would give the best few in the order of the text."""

        @staticmethod
        def _get_best_sentences(sentences: Sequence[Sentence], _: int, rating: Any) -> list[Sentence]:
            return sorted(sentences, key=lambda sentence: -rating[sentence])

    ranks = Ranking(Stemmer("english"))
    ranks.stop_words = get_stop_words("english")

    def ranked(said: list[str]) -> list[str]:
        document = ObjectDocumentModel([Paragraph([Sentence(s, Words()) for s in said])])
        return [str(sentence) for sentence in ranks(document, len(said))]

    return ranked


def filled(ranked: Sequence[str], said: Sequence[str], words: int) -> list[str]:
    """The best sentences that fit, each once, in the order in which they were said.

    A sentence that does not fit is passed over and the search goes on, down to the last one.

    >>> filled(["b b b", "c c", "b b b", "a"], ["a", "b b b", "c c", "b b b"], 4)
    ['a', 'b b b']
    """
    chosen: dict[str, None] = {}
    for sentence in ranked:
        length = len(sentence.split())
        if sentence not in chosen and length <= words:
            chosen[sentence] = None
            words -= length
    return sorted(chosen, key=said.index)


def hours_of(transcript: Transcript) -> float:
    """Length of a timed meeting in hours, from 0 to the end of its last line."""
    return max((s.end for s in transcript.segments if s.end is not None), default=0.0) / 3600


def joined(meetings: Sequence[Transcript], hours: float) -> Transcript:
    """One transcript of `hours`: meetings one after another, from the first again where they run out, cut at a line.

    Times go on counting from meeting to meeting, and every meeting has speakers of its own, however often it comes.
    """
    end = hours * 3600
    rows = [row for row in _one_after_another(meetings, end) if row[3] <= end]
    return _transcript(f"joined-{hours:g}h", f"joined-{hours:g}h.json", rows)


def write_joined(data: Path, hours: float, folder: Path, limit: int | None = None) -> tuple[Path, float]:
    """Join the timed meetings of `data` and write them to `folder`; returns the file and its length in hours."""
    transcript = joined(load_meetings(data, limit=limit), hours)
    return write(transcript, folder), hours_of(transcript)


def write(transcript: Transcript, folder: Path) -> Path:
    """Write a transcript as a file that scribe reads."""
    path = folder / transcript.source
    path.write_text(transcripts.compose(transcript, "json"), encoding="utf-8")
    return path


def _one_after_another(meetings: Sequence[Transcript], end: float) -> Iterator[tuple[str, str, float, float]]:
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


def _transcript(name: str, source: str, rows: Sequence[tuple[str, str, float | None, float | None]]) -> Transcript:
    segments = tuple(
        Segment(index=i, speaker=speaker, text=text, start=start, end=end)
        for i, (speaker, text, start, end) in enumerate(rows)
    )
    recipe = Recipe(scribe="benchmark", engine="corpus")
    return Transcript(id=name, source=source, segments=segments, recipe=recipe)
