"""Evidence: how well lines are found for questions and claims, and how well claims are judged.

    python benchmarks/evidence.py --json

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. Of the project's own data only the meetings that nothing was learned from are measured:
QMSum's val split, and for claims the eight of ICSI that are also there.

- `hit_at_5`: specific questions of QMSum for which one of the five best windows of about 150 words, none overlapping,
  has at least half of its words, or of a marked span's, in common with a marked span. `hit_at_5_any`: has any word in
  common. Turns of more than 50 words are cut at the ends of sentences first.
- `recall_at_10`: share of the lines that people linked to a sentence of a summary (ICSI, all sections) that stand in
  the ten best passages of about 60 words, none overlapping; the mean over sentences. `recall_at_10_lines`: share that
  is among the ten best single lines. With `_asr`: lines that a recogniser heard.
- `auroc_unanswerable`: questions of a meeting against questions of other meetings, asked of it.
- `bm25_`: fixed windows or passages ranked by BM25; `smoothed_`: the same, each lent some of its neighbours' score.

The figures of judging are described in `evidence_judging.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import corpora
import evidence_judging
import numpy as np
from corpora import LinkedMeeting, LinkedSentence, QueriedMeeting, Spans

from scribe.evidence import (
    best_lines,
    best_passages,
    bm25,
    discussed,
    is_discussed,
    names_topic,
    passages,
    relevance,
    smoothed,
    topic_words,
)
from scribe.language import content_words, sentences
from scribe.records import Segment

Figures = dict[str, float]
Stretches = list[tuple[int, int]]
"""Lines `[first, last)` of each."""

WINDOW_WORDS, WINDOWS = 150, 5
PASSAGE_WORDS, PASSAGES = 60, 10

PIECE_WORDS = 50
"""Length from which a turn is cut, so that a window can be of about its length."""

OTHERS = 3
"""Other meetings that a question is asked of."""


class Question(NamedTuple):
    """A specific question of a meeting, and where in its `pieces` people found the answer."""

    text: str
    spans: Spans


class Asked(NamedTuple):
    """A meeting in pieces of about a sentence, and its questions."""

    id: str
    pieces: tuple[Segment, ...]
    questions: tuple[Question, ...]

    @property
    def lengths(self) -> list[int]:
        """Words of each piece."""
        return [len(piece.text.split()) for piece in self.pieces]


def asked(meeting: QueriedMeeting) -> Asked:
    """The meeting's specific questions that name a topic and have spans, over pieces of its turns."""
    pieces: list[Segment] = []
    begins = []
    for turn in meeting.transcript.segments:
        begins.append(len(pieces))
        for text in pieces_of(turn.text):
            pieces.append(Segment(index=len(pieces), speaker=turn.speaker, text=text))
    begins.append(len(pieces))
    questions = tuple(
        Question(query.question, tuple((begins[first], begins[last]) for first, last in query.spans))
        for query in meeting.queries
        if query.kind == "specific" and query.spans and names_topic(query.question)
    )
    return Asked(meeting.transcript.id, tuple(pieces), questions)


def pieces_of(text: str) -> list[str]:
    """Runs of whole sentences, none longer than `PIECE_WORDS` that has more than one.

    >>> len(pieces_of("Yes. " * 120)), pieces_of("Yes. No.")
    (3, ['Yes. No.'])
    """
    runs: list[list[str]] = [[]]
    for sentence in sentences(text):
        if runs[-1] and sum(len(s.split()) for s in [*runs[-1], sentence]) > PIECE_WORDS:
            runs.append([])
        runs[-1].append(sentence)
    return [" ".join(run) for run in runs]


def fixed(lengths: Sequence[int], words: int) -> Stretches:
    """The record cut into stretches of at most so many words, lines whole."""
    made: Stretches = []
    held = words + 1
    for i, length in enumerate(lengths):
        if held + length > words:
            made.append((i, i + 1))
            held = length
        else:
            made[-1] = (made[-1][0], i + 1)
            held += length
    return made


def ranked(query: Sequence[str], lines: Sequence[Segment], cut: Stretches, spread: float) -> Stretches:
    """Fixed stretches, best first by BM25, their scores lent to neighbours."""
    documents = [[word for line in lines[first:last] for word in content_words(line.text)] for first, last in cut]
    scores = smoothed(bm25(query, documents), spread)
    return [cut[i] for i in np.argsort(-scores, kind="stable")]


def hits(found: Stretches, spans: Spans, lengths: Sequence[int], least: float) -> bool:
    """Whether a stretch has a word, and at least the share `least` of its own or a span's, in common with a span."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    for first, last in found:
        for begin, end in spans:
            common = starts[min(last, end)] - starts[max(first, begin)]
            shorter = min(starts[last] - starts[first], starts[end] - starts[begin])
            if common > 0 and common >= least * shorter:
                return True
    return False


def measure_questions(meetings: Sequence[Asked]) -> Figures:
    """Windows for the specific questions."""
    rows: dict[str, list[bool]] = {}
    for meeting in meetings:
        cut = fixed(meeting.lengths, WINDOW_WORDS)
        for question in meeting.questions:
            scores = relevance(question.text, meeting.pieces)
            found = {"": passages(scores * meeting.lengths, meeting.lengths, WINDOW_WORDS, WINDOWS)}
            for name, spread in (("bm25_", 0.0), ("smoothed_", 1.5)):
                found[name] = ranked(topic_words(question.text), meeting.pieces, cut, spread)[:WINDOWS]
            for name, stretches in found.items():
                for key, least in (("hit_at_5", 0.5), ("hit_at_5_any", 0.0)):
                    rows.setdefault(name + key, []).append(hits(stretches, question.spans, meeting.lengths, least))
    return {name: statistics.mean(values) for name, values in rows.items()} | {"questions": len(rows["hit_at_5"])}


def measure_unanswerable(meetings: Sequence[Asked]) -> Figures:
    """Chances that questions were discussed, of their own meeting and of others."""
    if len(meetings) <= OTHERS:
        return {}
    own, foreign, refused, refused_foreign = [], [], [], []
    for place, question, other in pairs(meetings):
        target = meetings[place if other is None else other].pieces
        (own if other is None else foreign).append(discussed(question.text, target))
        (refused if other is None else refused_foreign).append(not is_discussed(question.text, target))
    return {
        "auroc_unanswerable": evidence_judging.auroc(own, foreign),
        "answerable_refused": statistics.mean(refused),
        "unanswerable_refused": statistics.mean(refused_foreign),
    }


def pairs(meetings: Sequence[Asked]) -> Iterator[tuple[int, Question, int | None]]:
    """The place of each question's meeting, the question, and None for that meeting or the place of another one."""
    size = len(meetings)
    for place, meeting in enumerate(meetings):
        for n, question in enumerate(meeting.questions):
            yield place, question, None
            for k in range(OTHERS):
                yield place, question, (place + 1 + (7 * n + k * (size - 1) // OTHERS) % (size - 1)) % size


class Claimed(NamedTuple):
    """Lines, and sentences that people linked to some of them."""

    lines: Sequence[Segment]
    claims: Sequence[LinkedSentence]

    @property
    def lengths(self) -> list[int]:
        """Words of each line."""
        return [len(line.text.split()) for line in self.lines]


def claimed(meeting: LinkedMeeting, *, heard: bool) -> Claimed:
    """A meeting's linked sentences over what was said, or over what a recogniser heard."""
    if not heard:
        return Claimed(meeting.transcript.segments, [one for one in meeting.summary if one.cites])
    lines = meeting.heard.segments if meeting.heard else ()
    return Claimed(lines, [one for one in meeting.heard_summary if one.cites])


def measure_claims(meetings: Sequence[LinkedMeeting]) -> Figures:
    """Passages and lines for the sentences of summaries."""
    rows: dict[str, list[float]] = {}
    for meeting in meetings:
        for ending, heard in (("", False), ("_asr", True)):
            made = claimed(meeting, heard=heard)
            cut = fixed(made.lengths, PASSAGE_WORDS)
            for claim in made.claims:
                found = {"": best_passages(claim.text, made.lines, words=PASSAGE_WORDS, most=PASSAGES)}
                for name, spread in (("bm25_", 0.0), ("smoothed_", 1.5)):
                    found[name] = ranked(content_words(claim.text), made.lines, cut, spread)[:PASSAGES]
                for name, stretches in found.items():
                    rows.setdefault(f"{name}recall_at_10{ending}", []).append(recall(stretches, claim.cites))
                single = [(i, i + 1) for i in best_lines(claim.text, made.lines)]
                rows.setdefault(f"recall_at_10_lines{ending}", []).append(recall(single, claim.cites))
    return {name: statistics.mean(values) for name, values in rows.items()} | {"claims": len(rows["recall_at_10"])}


def recall(found: Stretches, cites: Sequence[int]) -> float:
    """Share of the lines cited that stand in a stretch.

    >>> recall([(0, 3), (7, 8)], [2, 3])
    0.5
    """
    return sum(any(first <= i < last for first, last in found) for i in cites) / len(cites)


def measure_speed(meetings: Sequence[LinkedMeeting]) -> Figures:
    """Milliseconds, for a record of an hour, to index it and to find the lines of a claim; medians over meetings."""
    index, claim = [], []
    for meeting in meetings:
        made, hours = claimed(meeting, heard=False), corpora.hours_of(meeting.transcript)
        lines = [line.model_copy(update={"text": f"{line.text} "}) for line in made.lines]
        began = time.process_time()
        best_lines(made.claims[0].text, lines)
        first = time.process_time()
        for one in made.claims:
            best_lines(one.text, lines)
        each = (time.process_time() - first) / len(made.claims)
        index.append(1000 * (first - began - each) / hours)
        claim.append(1000 * each / hours)
    return {"ms_index": statistics.median(index), "ms_per_claim": statistics.median(claim)}


def is_held_out(meeting: LinkedMeeting, data: Path) -> bool:
    """Whether nothing was learned from a meeting: of the project's own data, only from those outside QMSum's val."""
    return data.resolve() != corpora.DEFAULT_DATA.resolve() or meeting.transcript.id in evidence_judging.HELD_OUT


def measure(data: Path, split: str = "val", limit: int | None = None) -> Figures:
    """Every figure that the data allow."""
    figures: Figures = {}
    there = corpora.split_there(data, split)
    meetings = [asked(meeting) for meeting in corpora.load_qmsum(data, there, limit=limit)] if there else []
    if any(meeting.questions for meeting in meetings):
        figures |= measure_questions(meetings) | measure_unanswerable(meetings)
    linked = [meeting for meeting in corpora.load_linked(data, ("icsi",)) if is_held_out(meeting, data)][:limit]
    linked = [meeting for meeting in linked if any(one.cites for one in meeting.summary)]
    if linked:
        figures |= measure_claims(linked) | measure_speed(linked)
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Measure and print."""
    options = parse_arguments()
    figures = measure(options.data, options.split, options.limit)
    if not options.limit:
        figures |= {name: round(value, 4) for name, value in evidence_judging.figures(options.data).items()}
    if not figures:
        print(f"benchmarks/evidence.py: no queries and no linked summaries in {options.data}; nothing measured")
        return
    print("\n".join(f"{name:30} {value:10.3f}" for name, value in figures.items()))
    if options.json:
        print(json.dumps(figures))


def parse_arguments() -> argparse.Namespace:
    parser = corpora.parser(__doc__, limit="only the first meetings, for a quick look; nothing is judged")
    return parser.parse_args()


if __name__ == "__main__":
    main()
