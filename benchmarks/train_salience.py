"""Learn what people write of a meeting; writes `scribe/coefficients/salience.json`.

    python benchmarks/train_salience.py [--data DIR]

In: QMSum's training meetings, whose queries people answered and whose answering stretches they marked, and the timed
meetings in which people linked lines to their summaries, less those that are in QMSum's other splits. Out: linear
models of how telling a sentence is (`sentence`), how near to a question (`located`), and how likely a person's text
holds a word or a pair of words (`answer: …`, `overview: …`).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import corpora
import fitting
import numpy as np
from corpora import Kind, LinkedMeeting, QueriedMeeting, Query

from scribe.evidence import names_topic
from scribe.language import is_content, stem, words
from scribe.linear import Linear, chances
from scribe.notes.answering import lines_for
from scribe.records import Segment
from scribe.simulators import concepts, salience
from scribe.simulators.extract import Extract
from scribe.simulators.reading import Reading
from scribe.utterances import utterances

COMMON = 120
"""Words, and pairs of words, that have a rate: those that most people's texts hold. With 1,500 ROUGE is the same."""

TELLING = 0.15
"""Share of a meeting's sentences that count as telling, where no person linked them."""

USED = {"answer": 0.1, "stretch": 0.2}
"""Share of the sentences read for an answer that count as used in it: those whose words are most in it."""

ROOM = 1_000_000

Aimed = Literal["answer", "stretch", "overview"]
Features = Mapping[str, np.ndarray]
Chance = Callable[[Features], np.ndarray]
"""Log-odds that each sentence is to the point."""


class Task(NamedTuple):
    """A query, and the stretch of a meeting that its answer is written from."""

    query: Query
    reading: Reading
    features: Features
    """Of each sentence."""
    is_marked: np.ndarray
    """Whether a person marked the sentence's lines as answering."""


class Rows:
    """Features of many rows, with a target and a weight for each; every group weighs the same."""

    def __init__(self) -> None:
        self._features: list[Features] = []
        self._targets: list[np.ndarray] = []
        self._weights: list[np.ndarray] = []

    def add(self, features: Features, target: np.ndarray, weight: float) -> None:
        """Add a group of rows; `weight` is that of the whole group, 0 for one as heavy as it has rows."""
        size = len(target)
        if size:
            self._features.append({name: values.astype(np.float32) for name, values in features.items()})
            self._targets.append(np.asarray(target, dtype=float))
            self._weights.append(np.full(size, weight / size if weight else 1.0))

    def fit(self, alpha: float) -> Linear:
        """A logistic model of all rows."""
        names = list(self._features[0])
        joined = {name: np.concatenate([features[name] for features in self._features]) for name in names}
        return fitting.logistic(
            joined, np.concatenate(self._targets), weights=np.concatenate(self._weights), alpha=alpha
        )


def tasks(meetings: Sequence[QueriedMeeting], aimed: Aimed) -> Iterator[Task]:
    """Every query of a kind with what a simulator is shown for it; for a stretch, with the lines that people marked."""
    simulator = Extract()
    kind = "general" if aimed == "overview" else "specific"
    for meeting in meetings:
        segments = meeting.transcript.segments
        for query in meeting.queries:
            if query.kind != kind or (kind == "specific" and not names_topic(query.question)):
                continue
            lines = {line for first, last in query.spans for line in range(first, last)}
            shown: Sequence[Segment] = segments
            if aimed == "answer":
                shown = lines_for(meeting.transcript, query.question, simulator, ROOM)
            elif aimed == "stretch":
                shown = [segment for segment in segments if segment.index in lines]
            reading = Reading(shown, None if aimed == "overview" else query.question)
            if reading.said and reading.able.any():
                is_marked = np.array([not lines.isdisjoint(u.cites) for u in reading.said], dtype=bool)
                about = reading.about
                found = salience.features_about(reading.said, about) if about else salience.features(reading.said)
                yield Task(query, reading, {name: v.astype(np.float32) for name, v in found.items()}, is_marked)


def stems_of(text: str) -> list[str]:
    """All of them, in order."""
    return [stem(word) for word in words(text)]


def held_by(text: str) -> set[str]:
    """Stems of a text, and pairs of them in a row, as `Concepts.names` writes them."""
    stems = stems_of(text)
    return {*stems, *(f"{one} {other}" for one, other in pairwise(stems))}


# ── Sentences ────────────────────────────────────────────────────────────────────────────────


def fit_sentence(overviews: Sequence[Task], linked: Sequence[LinkedMeeting]) -> Linear:
    """How telling a sentence is: whether people linked it, or it shares most with the overview that they wrote."""
    rows = Rows()
    for task in overviews:
        shared = _shared(task.reading.text.texts, held_by(task.query.answer))
        rows.add(task.features, shared > np.quantile(shared, 1 - TELLING), 1000)
    for meeting in linked:
        said = utterances(meeting.transcript.segments)
        lines = {line for sentence in meeting.summary for line in sentence.cites}
        rows.add(salience.features(said), np.array([not lines.isdisjoint(u.cites) for u in said]), 500)
    return rows.fit(30.0)


def scaled(sentence: Linear, linked: Sequence[LinkedMeeting]) -> Linear:
    """Log-odds -> salience: one in ten sentences of the ICSI meetings is above 1, and one in four above -0.3."""
    values = []
    for meeting in linked:
        if "actions" not in {one.section for one in meeting.summary}:
            said = utterances(meeting.transcript.segments)
            odds = sentence(salience.features(said))
            values += [value for value, u in zip(odds, said, strict=True) if not salience.is_broken(u)]
    low, high = np.quantile(values, [0.75, 0.9]) if values else (0.0, 1.0)
    slope = 1.3 / (high - low)
    return Linear(float(1.0 - slope * high), {"odds": (0.0, 10.0, float(10.0 * slope))})


def _shared(texts: Sequence[str], wanted: set[str]) -> np.ndarray:
    """What each sentence has of a text, for its length: content words once, pairs twice."""
    found = []
    for text in texts:
        held = sorted(held_by(text) & wanted)
        pairs = sum(" " in name for name in held)
        content = sum(" " not in name and is_content(name) for name in held)
        found.append((content + 2 * pairs) / (len(text.split()) + 8))
    return np.array(found)


def fit_located(answers: Sequence[Task]) -> Linear:
    """Whether a person marked a sentence as answering, and whether its words are in the answer: the mean of the two."""
    marked, used = Rows(), Rows()
    for task in answers:
        if task.is_marked.any():
            marked.add(task.features, task.is_marked, 300)
            used.add(task.features, _is_used(task, USED["answer"]), 300)
    one, other = marked.fit(30.0), used.fit(30.0)
    terms = {
        name: (mean, scale, (weight + other.terms[name][2]) / 2) for name, (mean, scale, weight) in one.terms.items()
    }
    return Linear((one.intercept + other.intercept) / 2, terms)


def fit_useful(stretches: Sequence[Task]) -> Linear:
    """Whether a sentence's words are in the answer, where all of it is marked."""
    rows = Rows()
    for task in stretches:
        rows.add(task.features, _is_used(task, USED["stretch"]), 300)
    return rows.fit(30.0)


def _is_used(task: Task, share: float) -> np.ndarray:
    shared = _shared(task.reading.text.texts, held_by(task.query.answer))
    found: np.ndarray = shared > np.quantile(shared, 1 - share)
    return found


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def rates_of(groups: Sequence[Sequence[str]]) -> dict[str, float]:
    """How many texts hold a concept: the commonest of words and of pairs; every group of texts weighs the same."""
    rates: Counter[str] = Counter()
    for texts in groups:
        for text in texts:
            for name in sorted(held_by(text)):
                rates[name] += 1 / len(texts) / len(groups)
    ordered = sorted(rates, key=lambda name: (-round(rates[name], 9), name))
    kept = [name for name in ordered if " " not in name][:COMMON] + [name for name in ordered if " " in name][:COMMON]
    return {name: rates[name] for name in kept}


def fit_concepts(
    kind: Aimed,
    chosen: Sequence[Task],
    likely: Callable[[Features], np.ndarray],
    rates: Mapping[str, float],
    share: float,
) -> dict[str, Linear]:
    """How likely a person's text holds a word or a pair, and holds it once more.

    `likely` says how telling a sentence is. A text's own words are taken out of its rates, in which it weighs `share`.
    """
    models: dict[str, Linear] = {}
    for which in ("words", "pairs"):
        once, again = Rows(), Rows()
        for task in chosen:
            reading, stems = task.reading, stems_of(task.query.answer)
            counts = Counter([*stems, *(f"{one} {other}" for one, other in pairwise(stems))])
            chance = chances(likely(task.features))
            others = {name: max(0.0, rate - share * (name in counts)) for name, rate in rates.items()}
            words = made = reading.text.single(reading.able)
            features = concepts.features_of_words(words, chance, reading.about, others, kind)
            if which == "pairs":
                made, odds = reading.text.pairs(reading.able), models["words"](features)
                features = concepts.features_of_pairs(made, words, odds, chance, reading.about, others, kind)
            times = np.array([counts[name] for name in made.names()])
            once.add(features, times > 0, 0)
            again.add({name: features[name][times > 0] for name in concepts.AGAIN}, times[times > 0] > 1, 0)
        models |= {which: once.fit(10.0), f"{which} again": again.fit(10.0)}
    return {f"{kind}: {name}": model for name, model in models.items()}


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=corpora.DEFAULT_DATA, help="folder of meetings")
    options = parser.parse_args()
    print(f"wrote {learn(options.data)}")


def learn(data: Path, *, keep: slice = slice(None)) -> Path:
    """Learn from the training meetings of a folder, or from some of them."""
    meetings = corpora.load_qmsum(data, "train")[keep]
    linked = corpora.load_linked(data)
    kept_aside = corpora.seen_in(corpora.load_qmsum(data, "val"), [meeting.transcript for meeting in linked])
    linked = [meeting for meeting in linked if meeting.transcript.id not in kept_aside][keep]
    read: dict[Aimed, list[Task]] = {aimed: list(tasks(meetings, aimed)) for aimed in get_args(Aimed)}
    sentence = fit_sentence(read["overview"], linked)
    found, useful = fit_located(read["answer"]), fit_useful(read["stretch"])
    likely: dict[Aimed, Chance] = {
        "answer": found,
        "stretch": useful,
        "overview": sentence,
    }
    texts = [[query.answer for m in meetings for query in m.queries if query.kind == kind] for kind in get_args(Kind)]
    rates = rates_of(texts)
    made = {
        "sentence": sentence,
        "salience": scaled(sentence, linked),
        "located": found,
        "useful": useful,
        "rates": Linear(0.0, {name: (0.0, 1.0, rate) for name, rate in rates.items()}),
    }
    for aimed, chosen in read.items():
        share = 1 / len(texts[aimed != "overview"]) / len(texts)
        made |= fit_concepts(aimed, chosen, likely[aimed], rates, share)
    return fitting.write(
        "salience",
        made,
        about="What people write of a meeting: which sentences tell, which answer, which words come back.",
        made_by="benchmarks/train_salience.py",
    )


if __name__ == "__main__":
    main()
