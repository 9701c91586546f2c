"""Learn to find lines from marked answers and linked summaries; writes `scribe/coefficients/evidence.json`.

    python benchmarks/train_evidence.py [--data DIR]

In: QMSum's training meetings with the spans that answer each specific question, and the meetings of ICSI that are not
in QMSum's val with the lines linked to each sentence of their summaries, as people wrote them down and as a recogniser
heard them. Out: three logistic regressions (`question`, `claim`, `discussed`), and what words of questions and of
claims are worth.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import corpora
import evidence
import evidence_judging
import fitting
import numpy as np
from corpora import LinkedMeeting
from evidence import Asked

from scribe.evidence.features import features, query_terms, record_features
from scribe.evidence.finding import ASKING
from scribe.evidence.locating import index_of
from scribe.linear import Linear
from scribe.records import Segment

STRENGTH = {"question": 2000.0, "claim": 300.0}
"""Of the ridge, as every question or claim weighs as much as 500 lines; chosen on meetings left out by turns."""

FAR = 8
"""Of the lines that people did not mark, one in so many is read, and weighs that much more."""

FOLDS = 5

COMMON = 200
"""Words listed with the share of meetings that say them."""

LEAST = {"question": 8, "claim": 20}
"""Questions or claims that a word is in at least, to be listed."""

DOUBT = {"question": 6, "claim": 10}
"""Questions or claims by which a word's worth is drawn to the mean."""

WIDEST = (0.2, 2.0)

UNUSED: dict[str, tuple[str, ...]] = {"question": (), "claim": ("asked", "context", "speaker")}
"""Features that a model leaves out, by how they begin."""

Words = dict[str, float]
Features = dict[str, np.ndarray]


class Case(NamedTuple):
    """A question or a claim over lines, and which of them a person marked."""

    kind: str
    lines: Sequence[Segment]
    text: str
    marked: frozenset[int]


def of_questions(meeting: Asked) -> list[Case]:
    """The questions of a meeting."""
    return [
        Case("question", meeting.pieces, text, frozenset(i for first, last in spans for i in range(first, last)))
        for text, spans in meeting.questions
    ]


def of_claims(meeting: LinkedMeeting) -> list[Case]:
    """The linked sentences of a meeting, twice where a recogniser heard it too."""
    both = [evidence.claimed(meeting, heard=heard) for heard in (False, True)]
    return [Case("claim", made.lines, claim.text, frozenset(claim.cites)) for made in both for claim in made.claims]


def ignored(kind: str) -> frozenset[str]:
    """Stems that name no topic in a text of this kind."""
    return ASKING if kind == "question" else frozenset()


def worth(cases: Iterable[Case]) -> Words:
    """What words are worth: how much more often than by chance they are said where people marked lines.

    Of each word the share of its places that are within one line of a marked line, less the share of all words that
    are, as a part of what is left; the mean over texts, drawn to the mean over words, and divided by that.
    """
    found: dict[str, list[float]] = {}
    kind = ""
    for kind, lines, text, marked in cases:
        index = index_of(lines)
        near = marked if kind == "question" else {j for i in marked for j in (i - 1, i, i + 1)}
        is_near = np.array([i in near for i in range(len(lines))])
        share = min(0.9, float(index.lengths[is_near].sum() / index.starts[-1]))
        for term in query_terms(text, ignored(kind))[0]:
            if term in index.places:
                at = np.searchsorted(index.starts, index.places[term], "right") - 1
                found.setdefault(term, []).append((float(is_near[at].mean()) - share) / (1 - share))
    mean = statistics.mean(value for values in found.values() for value in values)
    doubt = DOUBT[kind]
    drawn = {term: (sum(values) + doubt * mean) / (len(values) + doubt) / mean for term, values in found.items()}
    kept = [term for term, values in found.items() if len(values) >= LEAST[kind]]
    return {term: min(max(drawn[term], WIDEST[0]), WIDEST[1]) for term in sorted(kept)}


Rows = tuple[Features, np.ndarray, np.ndarray]
"""Features, whether a person marked the line, and its weight."""


def rows(case: Case, words: Words, turn: int) -> Rows:
    """The marked lines and some of the others; every case weighs the same."""
    marked = np.array([i in case.marked for i in range(len(case.lines))])
    kept = marked | (np.arange(len(marked)) % FAR == turn % FAR)
    weights = np.where(marked, 1.0, FAR)[kept]
    found = features(index_of(case.lines), case.text, ignored(case.kind), words)
    found = {name: values[kept] for name, values in found.items() if not name.startswith(UNUSED[case.kind])}
    return found, marked[kept].astype(float), weights * 500 / weights.sum()


def learn(meetings: Sequence[Sequence[Case]]) -> tuple[Linear, Words]:
    """A regression on the cases of all meetings, and the worth of words.

    The regression sees every meeting with words weighed as the other meetings have it, as it will any new one.
    """
    parts: list[Rows] = []
    for fold in range(FOLDS):
        words = worth(case for n, cases in enumerate(meetings) if n % FOLDS != fold for case in cases)
        for cases in meetings[fold::FOLDS]:
            parts += [rows(case, words, turn) for turn, case in enumerate(cases)]
    joined = {name: np.concatenate([part[0][name] for part in parts]) for name in parts[0][0]}
    target, weights = (np.concatenate([part[n] for part in parts]) for n in (1, 2))
    kind = next(case.kind for cases in meetings for case in cases)
    model = fitting.logistic(joined, target, weights=weights, alpha=STRENGTH[kind])
    return model, worth(case for cases in meetings for case in cases)


def common(meetings: Sequence[Asked]) -> Words:
    """The share of meetings that say a word, of the words that most say."""
    counts = Counter(term for meeting in meetings for term in index_of(meeting.pieces).places if term[0] != "~")
    best = sorted(counts, key=lambda term: (-counts[term], term))[:COMMON]
    return {term: counts[term] / len(meetings) for term in sorted(best)}


def learn_discussed(meetings: Sequence[Asked], said: Words) -> Linear:
    """Questions of a meeting against questions of others; both kinds weigh the same."""
    found, target = [], []
    for place, question, other in evidence.pairs(meetings):
        lines = meetings[place if other is None else other].pieces
        found.append(record_features(index_of(lines), question.text, ASKING, said))
        target.append(float(other is None))
    weights = np.where(np.array(target) > 0, float(evidence.OTHERS), 1.0)
    joined = {name: np.array([one[name] for one in found]) for name in found[0]}
    return fitting.logistic(joined, np.array(target), weights=weights, alpha=5.0)


def models(queried: Sequence[Asked], linked: Sequence[LinkedMeeting]) -> dict[str, Linear]:
    """All that is shipped."""
    question, asked_words = learn([of_questions(meeting) for meeting in queried])
    claim, claimed_words = learn([of_claims(meeting) for meeting in linked])
    said = common(queried)

    def table(words: Mapping[str, float]) -> Linear:
        return Linear(0.0, {stem: (0.0, 1.0, value) for stem, value in words.items()})

    return {
        "question": question,
        "question_words": table(asked_words),
        "claim": claim,
        "claim_words": table(claimed_words),
        "discussed": learn_discussed(queried, said),
        "common_words": table(said),
    }


def main() -> None:
    options = parse_arguments()
    queried = [evidence.asked(meeting) for meeting in corpora.load_qmsum(options.data, "train")]
    linked = [
        meeting
        for meeting in corpora.load_linked(options.data, ("icsi",))
        if meeting.transcript.id not in evidence_judging.HELD_OUT
    ]
    if not queried or not linked:
        print("benchmarks/train_evidence.py: needs QMSum's training meetings and ICSI's; nothing learned")
        return
    about = "Log-odds that a line answers a question or bears out a claim, and that a record speaks of a question."
    print(fitting.write("evidence", models(queried, linked), about=about, made_by="benchmarks/train_evidence.py"))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=corpora.DEFAULT_DATA, help="folder of meetings")
    return parser.parse_args()


if __name__ == "__main__":
    main()
