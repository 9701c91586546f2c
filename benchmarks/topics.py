"""Topics: how well cuts and titles agree with the topics that people marked in QMSum's meetings.

    python benchmarks/topics.py --json

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. The cuts are those of `scribe.chunks`; next to them stand no cut, even cuts and TextTiling.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import corpora
import numpy as np
from corpora import MarkedTopic, QueriedMeeting

from scribe import chunks
from scribe.chunks import boundaries
from scribe.language import content_words, is_content, words
from scribe.measures.bootstrap import mean_of
from scribe.notes.titles import Titles
from scribe.simulators.extract import Extract
from scribe.simulators.phrases import phrases
from scribe.utterances import Utterance, utterances

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

Figures = dict[str, float]
Cut = Callable[[QueriedMeeting], list[int]]
Entitle = Callable[[Sequence[Sequence[Utterance]]], list[str]]

EVEN = 5
"""Boundaries of the even split: what QMSum's training meetings have on average (4.8)."""

NO_BUDGET = 10**9

PLACES, CUT_COST = 120, 6.0
"""Of the segmentation by unigrams. In training, costs of 3, 6 and 10 give Pk .41, .37, .35 and F1 .42, .36, .32."""

OFFERED = 4
"""Titles that a simulator is asked for; `prompts/title.md`."""


def boundaries_of(meeting: QueriedMeeting) -> list[int]:
    """The segments at which a marked topic begins or ends.

    Where topics overlap, a segment belongs to the one that began last, the shorter of two that began together. A gap
    shorter than 1.5 % of the meeting (three segments at least) belongs to what came before it; a longer one is a topic.
    """
    size = len(meeting.transcript.segments)
    owner = np.full(size, -1)
    spans = [(first, -last, n) for n, topic in enumerate(meeting.topics) for first, last in topic.spans]
    for first, last, n in sorted(spans):
        owner[first:-last] = n
    edges = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), size]
    short = max(3, int(0.015 * size))
    made: list[list[int]] = []
    for first, last in pairwise(edges):
        topic, is_short = int(owner[first]), last - first < short
        if made and (topic == made[-1][2] or (topic < 0 and is_short)):
            made[-1][1] = last
        elif made and made[-1][2] < 0 and made[-1][1] - made[-1][0] < short:
            made[-1][1:] = [last, topic]
        else:
            made.append([first, last, topic])
    return [first for first, _, _ in made][1:]


def disagreement(wanted: Sequence[int], found: Sequence[int], size: int) -> tuple[float, float]:
    """Pk (Beeferman et al. 1999) and WindowDiff (Pevzner and Hearst 2002), k half the mean wanted topic.

    >>> disagreement([4], [4], 8), disagreement([4], [], 8)
    ((0.0, 0.0), (0.3333333333333333, 0.3333333333333333))
    """
    reach = max(2, round(size / (2 * (len(wanted) + 1))))
    counts = []
    for cuts in (wanted, found):
        begins = np.zeros(size, dtype=int)
        begins[list(cuts)] = 1
        number = np.cumsum(begins)
        counts.append(number[reach:] - number[: size - reach])
    if size <= reach:
        return 0.0, 0.0
    one, other = counts
    return float(((one == 0) != (other == 0)).mean()), float((one != other).mean())


def agreement(wanted: Sequence[int], found: Sequence[int], size: int) -> float:
    """F1 of boundaries within 2 % of the meeting, three segments at least; several may be near one.

    >>> agreement([10, 50], [12, 90], 100)
    0.5
    """
    within = max(3, int(0.02 * size))
    if not found or not wanted:
        return 0.0
    precision = sum(any(abs(a - b) <= within for b in wanted) for a in found) / len(found)
    recall = sum(any(abs(a - b) <= within for b in found) for a in wanted) / len(wanted)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def ours(meeting: QueriedMeeting) -> list[int]:
    """The cuts that notes are made from, where the budget asks for none."""
    return [c.first for c in chunks.split(meeting.transcript, len, budget_tokens=NO_BUDGET)][1:]


def even(meeting: QueriedMeeting) -> list[int]:
    size = len(meeting.transcript.segments)
    return sorted({round(size * (n + 1) / (EVEN + 1)) for n in range(EVEN)} - {0, size})


def texttiling(meeting: QueriedMeeting) -> list[int]:
    """Hearst (1997): valleys of similarity, half a standard deviation deeper than the mean, deepest first.

    Both windows have 160 content words; topics hold a tenth of the turns at least.
    """
    speakers, texts = zip(*((s.speaker, s.text) for s in meeting.transcript.segments), strict=True)
    places = chunks.turns_of(speakers)
    if not places:
        return []
    depths = boundaries.features(speakers, texts, places)["words 160: valley"]
    taken = [0, len(texts)]
    for n in np.argsort(-depths, kind="stable"):
        if depths[n] > depths.mean() + 0.5 * depths.std() and all(
            abs(places[n] - other) >= len(texts) / 10 for other in taken
        ):
            taken.append(places[n])
    return sorted(taken)[1:-1]


def unigrams(meeting: QueriedMeeting) -> list[int]:
    """Utiyama and Isahara (2001): stretches whose words one unigram model each describes in the fewest nats.

    Counts are raised by one; a cut costs `CUT_COST` times the logarithm of the content words in all. A topic may begin
    at the first turn of each of `PLACES` stretches.
    """
    lines = [content_words(s.text) for s in meeting.transcript.segments]
    before = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    kinds = {word: n for n, word in enumerate(dict.fromkeys(word for line in lines for word in line))}
    counts = np.zeros((len(lines) + 1, len(kinds)))
    for n, line in enumerate(lines, start=1):
        counts[n] = counts[n - 1]
        np.add.at(counts[n], [kinds[word] for word in line], 1)
    turns = chunks.turns_of([s.speaker for s in meeting.transcript.segments])
    nodes = [0, *{int(before[t] * PLACES // max(1, before[-1])): t for t in reversed(turns)}.values(), len(lines)]
    nodes = sorted(set(nodes))
    cost, back = np.zeros(len(nodes)), np.zeros(len(nodes), dtype=int)
    for j in range(1, len(nodes)):
        said = counts[nodes[j]] - counts[nodes[:j]]
        length = said.sum(1)
        nats = length * np.log(length + len(kinds)) - (said * np.log1p(said)).sum(1)
        total = cost[:j] + nats + CUT_COST * np.log(max(2, before[-1]))
        back[j] = int(np.argmin(total))
        cost[j] = total[back[j]]
    cuts, j = [], len(nodes) - 1
    while back[j] > 0:
        j = int(back[j])
        cuts.append(nodes[j])
    return cuts[::-1]


SYSTEMS: dict[str, Cut] = {
    "": ours,
    "none_": lambda _: [],
    "even_": even,
    "texttiling_": texttiling,
    "unigrams_": unigrams,
}


def measure_cuts(meetings: Sequence[QueriedMeeting]) -> Figures:
    """Every system on every meeting whose topics leave a boundary, and how fast ours is."""
    figures: Figures = {}
    for name, cut in SYSTEMS.items():
        began = time.process_time()
        found = [cut(meeting) for meeting in meetings]
        seconds = time.process_time() - began
        rows = []
        for meeting, cuts in zip(meetings, found, strict=True):
            wanted, size = boundaries_of(meeting), len(meeting.transcript.segments)
            rows.append((*disagreement(wanted, cuts, size), agreement(wanted, cuts, size), float(len(cuts))))
        for key, values in zip(("pk", "windowdiff", "boundary_f1", "boundaries"), zip(*rows, strict=True), strict=True):
            figures[f"{name}{key}"] = round(statistics.mean(values), 4)
            if not name and key != "boundaries":
                figures |= interval(key, values)
        if not name:
            spoken = sum(len(s.text.split()) for m in meetings for s in m.transcript.segments)
            figures["seconds_per_10k_words"] = round(seconds / spoken * 10_000, 3)
    figures["wanted_boundaries"] = round(statistics.mean(len(boundaries_of(m)) for m in meetings), 3)
    figures["meetings"] = len(meetings)
    return figures


def measure_titles(meetings: Sequence[QueriedMeeting]) -> Figures:
    """Titles of the marked stretches against the person's, for every way of making them."""
    figures: Figures = {}
    for name, entitle in TITLES.items():
        scores: list[tuple[float, float]] = []
        distinct: list[float] = []
        for meeting in meetings:
            named = [topic for topic in meeting.topics if topic.title.strip()]
            made = entitle([said_in(meeting, topic) for topic in named])
            scores += [likeness(topic.title, title) for topic, title in zip(named, made, strict=True)]
            if made:
                distinct.append(len(set(made)) / len(made))
        for key, values in zip(("rouge1", "content1"), zip(*scores, strict=True), strict=True):
            figures[f"{name}title_{key}"] = round(100 * statistics.mean(values), 2)
        figures[f"{name}title_distinct"] = round(statistics.mean(distinct), 3)
        figures["titles"] = len(scores)
    return figures


def said_in(meeting: QueriedMeeting, topic: MarkedTopic) -> list[Utterance]:
    """The sentences of a marked stretch."""
    return utterances([s for first, last in topic.spans for s in meeting.transcript.segments[first:last]])


def likeness(wanted: str, title: str) -> tuple[float, float]:
    """ROUGE-1 and the F1 of content words, from 0 to 1."""
    rouge = scorer().score(wanted, title)["rouge1"].fmeasure
    return float(rouge), overlap(content_words(wanted), content_words(title))


@cache
def scorer() -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(("rouge1",), use_stemmer=True)


def titled(stretches: Sequence[Sequence[Utterance]]) -> list[str]:
    """The titles that notes give, each topic's knowing those before it."""
    titles = Titles(Extract(), {})
    offered = (phrases([u.text for u in said], OFFERED, speakers=[u.speaker for u in said]) for said in stretches)
    return [titles.chosen(titles_offered) for titles_offered in offered]


def commonest_words(stretches: Sequence[Sequence[Utterance]]) -> list[str]:
    """The three commonest content words of each stretch, joined: a bag of words."""
    made = []
    for said in stretches:
        counts = Counter(word for u in said for word in words(u.text) if is_content(word))
        made.append(" ".join(sorted(counts, key=lambda word: (-counts[word], word))[:3]))
    return made


def first_lines(stretches: Sequence[Sequence[Utterance]]) -> list[str]:
    """The first sentence of each stretch, ten words of it at most."""
    return [" ".join(said[0].text.split()[:10]) if said else "" for said in stretches]


TITLES: dict[str, Entitle] = {"": titled, "words_": commonest_words, "first_line_": first_lines}


def overlap(wanted: Sequence[str], found: Sequence[str]) -> float:
    """F1 of two sets of words.

    >>> overlap(["a", "b"], ["b"])
    0.6666666666666666
    """
    common = len(set(wanted) & set(found))
    return 2 * common / (len(set(wanted)) + len(set(found))) if common else 0.0


def interval(name: str, values: Sequence[float]) -> Figures:
    """Ends of the 95 % interval over meetings, where there are enough."""
    estimate = mean_of([values])
    ends = {f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return {key: round(end, 4) for key, end in ends.items() if end is not None}


def main() -> None:
    """Measure and print."""
    options = parse_arguments()
    split = corpora.split_there(options.data, options.split)
    meetings = corpora.load_qmsum(options.data, split, limit=options.limit) if split else []
    marked = [meeting for meeting in meetings if boundaries_of(meeting)]
    if not marked:
        print(f"benchmarks/topics.py: no meetings of QMSum with topics in {options.data}; nothing measured")
        return
    figures = measure_cuts(marked) | measure_titles(marked)
    print("\n".join(f"{name:24} {value:12.3f}" for name, value in figures.items()))
    if options.json:
        print(json.dumps(figures))


def parse_arguments() -> argparse.Namespace:
    parser = corpora.parser(__doc__, limit="only the first meetings, for a quick look")
    return parser.parse_args()


if __name__ == "__main__":
    main()
