"""What `extract` chooses, beside people's answers: how near, how well cited, how fast; controls in the same table.

    python benchmarks/salience.py [--json] [--data DIR] [--ablation]

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. Every query of QMSum is answered as `scribe notes --about` does; for `chunk` it is answered
from the lines that people marked. The controls know less and must lose: random sentences under an echo of the
question, the answer that people gave to the nearest question of another meeting, and random sentences rewritten.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import corpora
import numpy as np
from corpora import Kind, QueriedMeeting, Query
from notes import in_fresh_process, say

from scribe import frames, linear, notes, transcripts
from scribe.claims import read_sentences
from scribe.evaluating.rouge import rouge
from scribe.language import content_words
from scribe.linear import Linear
from scribe.records import Claim
from scribe.rewriting import reported
from scribe.simulators.extract import Extract
from scribe.utterances import Utterance, utterances

METRICS = ("rouge1", "rouge2", "rougeLsum", "content1")

WORDS: dict[Kind, int] = {"general": 130, "specific": 80}
"""Words of a control or a peer: about as many as `extract` writes."""

SHORTEST = 5
"""Words of a sentence that a control may draw."""

ASKED = ("What was decided, and why?", "Summarize the whole meeting.")
"""Asked of a timed meeting to see how long it takes."""

GROUPS: dict[str, tuple[str, ...]] = {
    "match with the question": ("asked: ", "asked"),
    "place": ("place", "opening", "beginning", "closing"),
    "centrality": ("central", "log of rarest"),
    "length": ("log length", "content", "density", "0 to", "6 to", "9 to", "24 to", "32 to"),
    "speakers": ("speaker", "two speakers", "three speakers"),
    "what people always write": ("rate", "root of rate", "log rate"),
    "how often said": ("log count", "log rarity"),
}
"""Features by the beginnings of their names, for the ablation; the rest is the form of sentences."""

Figures = dict[str, float]


class Answer(NamedTuple):
    """What a system wrote of a query."""

    sentences: list[str]
    cites: tuple[int, ...] = ()


System = Callable[[QueriedMeeting, Query], Answer | None]
"""Answers one query of a meeting; None where it is not for this one."""


# ── Systems ──────────────────────────────────────────────────────────────────────────────────


def extract(*, rewrites: bool = True) -> System:
    """`scribe notes --about`, less the files."""
    simulator = Extract(rewrites=rewrites)
    known = frames.load_all(frames.folders(None, None))

    def answer(meeting: QueriedMeeting, query: Query) -> Answer:
        return _written(notes.answer(meeting.transcript, query.question, simulator, known).overview)

    return answer


def chunk() -> System:
    """The same from the lines that people marked, and no others."""
    simulator = Extract()
    frame = frames.load_all(frames.folders(None, None))["answer"]

    def answer(meeting: QueriedMeeting, query: Query) -> Answer | None:
        marked = _marked(query)
        if not marked:
            return None
        shown = [segment for segment in meeting.transcript.segments if segment.index in marked]
        prompt = frames.prompts(frame, shown, title=meeting.transcript.id, about=query.question)[0]
        return _written(read_sentences(prompt, simulator.sample([prompt], frame.sampling)[0][0]))

    return answer


def drawn(*, echoes: bool) -> System:
    """Random sentences of the meeting, rewritten, as many as fit; the same ones whenever it is asked the same."""

    def answer(meeting: QueriedMeeting, query: Query) -> Answer:
        said = [u for u in utterances(meeting.transcript.segments) if len(u.text.split()) >= SHORTEST]
        random.Random(query.question).shuffle(said)
        chosen = _fitting(said, WORDS[query.kind])
        told = [one.text for one in reported(chosen)]
        return Answer([query.question, *told] if echoes else told, _cites(chosen))

    return answer


def nearest(training: Sequence[QueriedMeeting]) -> System:
    """What people answered to the question most like this one, in the training meeting most like this one."""
    asked = [(query, meeting.transcript.id) for meeting in training for query in meeting.queries]
    questions = {query.question: Counter(content_words(query.question)) for query, _ in asked}
    counts = {meeting.transcript.id: _counts(meeting) for meeting in training}
    near: dict[str, dict[str, float]] = {}

    def answer(meeting: QueriedMeeting, query: Query) -> Answer | None:
        if meeting.transcript.id not in near:
            own = _counts(meeting)
            near[meeting.transcript.id] = {name: _cosine(own, other) for name, other in counts.items()}
        words = Counter(content_words(query.question))
        alike = [(other, name) for other, name in asked if other.kind == query.kind]
        scores = [
            _cosine(words, questions[other.question]) + near[meeting.transcript.id][name] for other, name in alike
        ]
        return Answer(corpora.sentences(alike[int(np.argmax(scores))][0].answer)) if scores else None

    return answer


def peer(name: str, *, rewrites: bool) -> System:
    """One of sumy's graph summarisers, which know no queries; its sentences as they were said, or reported."""
    ranking = corpora.ranking(name)
    ranked: dict[str, list[Utterance]] = {}

    def answer(meeting: QueriedMeeting, query: Query) -> Answer:
        if meeting.transcript.id not in ranked:
            said = utterances(meeting.transcript.segments)
            by_text = {u.text: u for u in reversed(said)}
            best = ranking([u.text for u in said])
            ranked[meeting.transcript.id] = [by_text[text] for text in best if text in by_text]
        chosen = _fitting(ranked[meeting.transcript.id], WORDS[query.kind])
        told = [one.text for one in reported(chosen)] if rewrites else [u.text for u in chosen]
        return Answer(told, _cites(chosen))

    return answer


def _written(claims: Sequence[Claim]) -> Answer:
    return Answer([claim.text for claim in claims], tuple(sorted({i for claim in claims for i in claim.cites})))


def _fitting(best: Sequence[Utterance], words: int) -> list[Utterance]:
    """The best sentences that fit when they are reported, each once, in the order of speaking."""
    chosen: dict[str, Utterance] = {}
    for u in best:
        if words < SHORTEST:
            break
        length = len(reported([u])[0].text.split())
        if u.text not in chosen and length <= words:
            chosen[u.text] = u
            words -= length
    return sorted(chosen.values(), key=lambda u: u.place)


def _cites(chosen: Sequence[Utterance]) -> tuple[int, ...]:
    return tuple(sorted({line for u in chosen for line in u.cites}))


def _counts(meeting: QueriedMeeting) -> Counter[str]:
    return Counter(stem for segment in meeting.transcript.segments for stem in content_words(segment.text))


def _cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Of the logarithms of counts."""
    if not one or not other:
        return 0.0
    shared = sum(np.log1p(one[word]) * np.log1p(other[word]) for word in one if word in other)
    sizes = [float(np.sqrt(sum(np.log1p(count) ** 2 for count in each.values()))) for each in (one, other)]
    return float(shared) / (sizes[0] * sizes[1])


# ── Figures ──────────────────────────────────────────────────────────────────────────────────


def _marked(query: Query) -> set[int]:
    return {line for first, last in query.spans for line in range(first, last)}


def measure(system: System, meetings: Sequence[QueriedMeeting]) -> Figures:
    """Mean figures of one system over all queries, and over those of each kind: keys such as `all_rouge1`.

    A cited line is right that people marked; precision is over all lines cited, recall over all lines marked.
    """
    values: dict[str, list[float]] = {}
    cited: list[tuple[int, int, int]] = []
    for meeting in meetings:
        for query in meeting.queries:
            answer = system(meeting, query)
            if answer is None:
                continue
            found = rouge("\n".join(answer.sentences), "\n".join(corpora.sentences(query.answer)))
            found["words"] = float(sum(len(sentence.split()) for sentence in answer.sentences))
            for metric in (*METRICS, "words"):
                for group in ("all", query.kind):
                    values.setdefault(f"{group}_{metric}", []).append(found[metric])
            if marked := _marked(query):
                cited.append((len(marked & set(answer.cites)), len(set(answer.cites)), len(marked)))
    figures = {key: round(statistics.mean(each), 2) for key, each in values.items()}
    if cited:
        right, given, wanted = (sum(column) for column in zip(*cited, strict=True))
        figures["all_citation_precision"] = round(right / given, 3) if given else 0.0
        figures["all_citation_recall"] = round(right / wanted, 3)
    return figures


def systems(training: Sequence[QueriedMeeting]) -> Iterator[tuple[str, System]]:
    """Everything in the table, each with what its keys begin with."""
    yield "", extract()
    yield "plain_", extract(rewrites=False)
    yield "chunk_", chunk()
    yield "control_random_", drawn(echoes=True)
    if training:
        yield "control_nearest_", nearest(training)
    yield "control_rewriting_", drawn(echoes=False)
    for name in corpora.PEERS:
        yield f"{name}_", peer(name, rewrites=False)
        yield f"{name}_rewritten_", peer(name, rewrites=True)


def measure_all(meetings: Sequence[QueriedMeeting], training: Sequence[QueriedMeeting]) -> Figures:
    """Figures of all systems; those of `chunk`, which are of specific queries alone, name no kind."""
    figures: Figures = {}
    for name, system in systems(training):
        say(name or "extract")
        made = measure(system, meetings)
        if name == "chunk_":
            made = {key.removeprefix("all_"): value for key, value in made.items() if key.startswith("all_")}
        figures |= {f"{name}{key}": value for key, value in made.items()}
    return figures


# ── Time and memory ──────────────────────────────────────────────────────────────────────────


def measure_cost(data: Path, limit: int | None) -> Figures:
    """Seconds of CPU for an hour of meeting, the median over meetings, and the largest resident set in MiB.

    Of each meeting an answer and an overview are made. In a process of its own, so that nothing else is counted.
    """
    seconds, peak = in_fresh_process(_answer_timed, data, limit)
    return {"seconds_per_hour": round(seconds, 3), "peak_mib": round(peak, 1)}


def _answer_timed(data: Path, limit: int | None) -> tuple[float, float]:
    import resource

    simulator = Extract()
    known = frames.load_all(frames.folders(None, None))
    meetings = corpora.load_meetings(data, limit=limit or 10)
    rates = []
    for n, meeting in enumerate([meetings[0], *meetings]):
        transcript, _ = transcripts.recut(meeting)
        began = time.process_time()
        for question in ASKED:
            notes.answer(transcript, question, simulator, known)
        if n and corpora.hours_of(meeting):
            rates.append((time.process_time() - began) / corpora.hours_of(meeting))
    return statistics.median(rates), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


# ── Ablation ─────────────────────────────────────────────────────────────────────────────────


@contextmanager
def without(beginnings: Sequence[str], models: dict[str, Linear]) -> Iterator[None]:
    """Features whose names begin so are held at their mean and tell nothing; the rest is as it was learned."""
    kept = dict(models)
    for key, model in kept.items():
        if key != "rates":
            terms = {name: term for name, term in model.terms.items() if not name.startswith(tuple(beginnings))}
            models[key] = Linear(model.intercept, terms)
    yield
    models |= kept


def measure_ablation(meetings: Sequence[QueriedMeeting]) -> list[str]:
    """A row for each group of features: the figures without it."""
    models = dict(linear.load("salience"))
    named = tuple(beginning for group in GROUPS.values() for beginning in group)
    forms = sorted({name for name in models["sentence"].terms if not name.startswith(named)})
    lines = []
    for name, beginnings in {"nothing": ("no feature",), **GROUPS, "form of sentences": tuple(forms)}.items():
        say(f"without {name}")
        loaded = linear.load("salience")
        assert isinstance(loaded, dict)
        with without(beginnings, loaded):
            made = measure(extract(), meetings)
        columns = [made.get(f"{kind}_{metric}", 0.0) for kind in ("specific", "general") for metric in METRICS]
        lines.append(f"| {name} | " + " | ".join(f"{value:.2f}" for value in columns) + " |")
    return [
        "| without | R-1 | R-2 | R-Lsum | content | general R-1 | R-2 | R-Lsum | content |",
        "|---" * 9 + "|",
        *lines,
    ]


def main() -> None:
    """Measure and print."""
    parser = corpora.parser(__doc__, limit="only the first meetings, for a quick look")
    parser.add_argument("--ablation", action="store_true", help="only what each group of features is worth")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"benchmarks/salience.py: no folder of meetings at {options.data}; nothing measured")
        return
    split = corpora.split_there(options.data, options.split)
    load = partial(corpora.load_qmsum, options.data)
    if options.ablation:
        print(
            "\n".join(measure_ablation(load(split, limit=options.limit))) if split else "no queries; nothing measured"
        )
        return
    # The cost first: Linux hands this process's size down to its children's `ru_maxrss`.
    cost = measure_cost(options.data, options.limit) if any(corpora.timed_files(options.data)) else {}
    figures: Figures = {}
    if split:
        figures = measure_all(load(split, limit=options.limit), [] if split == "train" else load("train"))
    figures |= cost
    print("\n".join(table(figures)))
    if options.json:
        print(json.dumps(figures))


def table(figures: Figures) -> list[str]:
    """A row for each system and kind of query."""
    columns = (*METRICS, "words")
    lines = [" " * 28 + "".join(f"{column:>11}" for column in columns)]
    rows = [key.removesuffix("_rouge1") for key in figures if key.endswith("_rouge1")]
    lines += [f"{row:28}" + "".join(f"{figures[f'{row}_{column}']:11.2f}" for column in columns) for row in rows]
    rest = [key for key in figures if "citation" in key or key in ("seconds_per_hour", "peak_mib")]
    return [*lines, "", *(f"{key:44} {figures[key]:10.3f}" for key in rest)]


if __name__ == "__main__":
    main()
