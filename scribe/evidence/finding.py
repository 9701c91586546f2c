"""Finding: which lines speak of what is asked or claimed, and whether any does.

In: a question or a claim, and the segments of a record. Out: a score for each line, the best lines, the best passages,
and the chance that what is asked was discussed at all. It knows nothing of citations or of what the lines prove.

The scores are logistic regressions on the features of `scribe.evidence.features`. `benchmarks/train_evidence.py` learns
them, from the spans that people marked as answers (QMSum) and the lines that people linked to summaries (ICSI).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from scribe.evidence.features import features, record_features
from scribe.evidence.locating import index_of
from scribe.language import content_words
from scribe.linear import chances, load
from scribe.records import Segment

ASKING = frozenset(
    content_words(
        "summarize summarise summary discussion discuss discussed discusses meeting session group team talk talked "
        "talks speak spoke opinion opinions view views mention mentioned describe described conclude concluded overall "
        "main general entire points point content topic topics idea ideas attitude regarding concerning"
    )
)
"""Words that ask for notes and name no topic."""

DISCUSSED = 0.06
"""Chance below which a question counts as not discussed. Few questions that a meeting does answer are refused (1.7 % of
QMSum's val, 0.7 % of the meetings learned from), and 40 % of those of other meetings."""

_BY_SPEAKER = 1.0
"""Log-odds that a line gains where the claim's own speaker says it; set by hand, not measured."""

_FLATTER = 0.9
"""On meetings left out of training recall@10 is .709 with it, .708 with 0.7 and .705 with 1."""

_FURTHEST = "within_400"
"""The widest window of the features."""


def names_topic(question: str) -> bool:
    """Whether a question asks about something in particular.

    >>> names_topic("Summarize the whole meeting."), names_topic("What was said about log-loss?")
    (False, True)
    """
    return bool(topic_words(question))


def topic_words(question: str) -> list[str]:
    """Stems of the words that say what a question is about."""
    return [w for w in content_words(question) if w not in ASKING]


def relevance(question: str, segments: Sequence[Segment]) -> np.ndarray:
    """The chance that a person would mark each line as part of the answer. Array of `len(segments)`, 0 to 1.

    0 for a line far from every word of the question, and for all where the question names no topic.
    """
    if not segments or not names_topic(question):
        return np.zeros(len(segments))
    found = features(index_of(segments), question, ASKING, _words("question"))
    scores = chances(load("evidence")["question"](found))
    near = found[_FURTHEST] + found[f"short_{_FURTHEST}"] + found["speaker"] > 0
    return np.where(near, scores, 0.0)


def support_scores(claim: str, segments: Sequence[Segment], *, speaker: str | None = None) -> np.ndarray:
    """The chance that a person would link each line to a claim, as `relevance` has it for a question.

    Lines of `speaker`, to whom the claim is attributed, are preferred.
    """
    if not segments:
        return np.zeros(0)
    found = features(index_of(segments), claim, worth=_words("claim"))
    odds = load("evidence")["claim"](found)
    if speaker is not None:
        odds = odds + _BY_SPEAKER * np.array([segment.speaker == speaker for segment in segments])
    near = found[_FURTHEST] + found[f"short_{_FURTHEST}"] > 0
    return np.where(near, chances(odds), 0.0)


def best_lines(claim: str, segments: Sequence[Segment], *, speaker: str | None = None, most: int = 10) -> list[int]:
    """`index` of the segments that bear most on a claim, best first; none that is far from all its words."""
    scores = support_scores(claim, segments, speaker=speaker)
    order = np.argsort(-scores, kind="stable")[:most]
    return [segments[i].index for i in order if scores[i] > 0]


def best_passages(claim: str, segments: Sequence[Segment], *, words: int = 60, most: int = 10) -> list[tuple[int, int]]:
    """The passages of about so many words that together bear most on a claim: places `[first, last)` in `segments`."""
    scores = support_scores(claim, segments) ** _FLATTER
    return passages(scores, [len(segment.text.split()) for segment in segments], words, most)


def passages(scores: np.ndarray, lengths: Sequence[int], words: int, most: int) -> list[tuple[int, int]]:
    """The passages of about so many words that are worth most together, none overlapping: `[first, last)` of each.

    A passage is a run of whole lines, as many as come nearest to `words` from its first one on. It is worth the sum of
    its lines' scores. Best first; found by dynamic programming, for the best one taken by itself may lie across two
    that are better together.

    >>> passages(np.array([0.0, 0.9, 0.1, 0.0, 0.5]), [5, 5, 5, 5, 5], 10, 2)
    [(1, 3), (3, 5)]
    >>> passages(np.array([0.8, 0.9, 0.9, 0.8]), [5, 5, 5, 5], 10, 2)
    [(0, 2), (2, 4)]
    """
    ends = _ends(lengths, words)
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    worth = sums[ends] - sums[:-1]
    best = np.zeros((len(worth) + 1, most + 1))
    """Of the lines from each one on, what so many passages are worth at most."""
    for first in range(len(worth) - 1, -1, -1):
        best[first] = best[first + 1]
        np.maximum(best[first, 1:], worth[first] + best[ends[first], :-1], out=best[first, 1:])
    chosen: list[tuple[int, int]] = []
    first = 0
    while first < len(worth) and len(chosen) < most:
        left = most - len(chosen)
        if worth[first] > 0 and worth[first] + best[ends[first], left - 1] >= best[first + 1, left]:
            chosen.append((first, int(ends[first])))
            first = int(ends[first])
        else:
            first += 1
    return sorted(chosen, key=lambda passage: (-worth[passage[0]], passage))


def _ends(lengths: Sequence[int], words: int) -> np.ndarray:
    """Of each line, the end of the run of lines from it on that comes nearest to so many words."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    wanted = starts[:-1] + words
    after = np.clip(np.searchsorted(starts, wanted, "left"), np.arange(1, len(starts)), len(starts) - 1)
    before = np.maximum(after - 1, np.arange(1, len(starts)))
    found: np.ndarray = np.where(starts[after] - wanted < wanted - starts[before], after, before)
    return found


def discussed(question: str, segments: Sequence[Segment]) -> float:
    """The chance that the record speaks of what is asked; 1 for a question that names no topic.

    A record and a question of it are taken to be as likely as a question of some other record.
    """
    if not names_topic(question):
        return 1.0
    if not segments:
        return 0.0
    found = record_features(index_of(segments), question, ASKING, _words("common"))
    odds = load("evidence")["discussed"]({name: np.array([value]) for name, value in found.items()})
    return float(chances(odds)[0])


def is_discussed(question: str, segments: Sequence[Segment]) -> bool:
    """Whether the record speaks of what is asked, as far as words can tell."""
    return discussed(question, segments) >= DISCUSSED


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> np.ndarray:
    """Okapi BM25 (Robertson and Zaragoza 2009), k1 = 1.2 and b = 0.5, of each document for a query of terms."""
    wanted = dict.fromkeys(query)
    counts = [Counter(term for term in document if term in wanted) for document in documents]
    lengths = np.array([len(document) for document in documents], dtype=float)
    average = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
    scores = np.zeros(len(documents))
    for term in wanted:
        tf = np.array([count[term] for count in counts], dtype=float)
        df = int((tf > 0).sum())
        idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
        scores += idf * tf * 2.2 / (tf + 1.2 * (0.5 + 0.5 * lengths / average))
    return scores


def smoothed(scores: np.ndarray, spread: float) -> np.ndarray:
    """Each score plus those of its neighbours, weighted by a Gaussian whose standard deviation is `spread` places."""
    reach = int(3 * spread)
    if reach == 0 or len(scores) == 0:
        return scores
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    return np.convolve(np.pad(scores, reach), kernel, mode="valid")


def _words(kind: str) -> dict[str, float]:
    """Words of a table: what words of questions or of claims are worth, and how many records say a common word."""
    return {stem: weight for stem, (_, _, weight) in load("evidence")[f"{kind}_words"].terms.items()}
