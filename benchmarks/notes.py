"""Notes side by side with peers: how fast, how large, whether it holds together, and how near to what people wrote.

    python benchmarks/notes.py --json

In: a folder of meetings (the README beside this file says which). Out: a table, and with `--json` one object of named
figures as the last line. Three parts: *scaling* (one long meeting of 1, 10 and 100 hours), *meetings* (every real
meeting through all of `scribe run`) and *rouge* (answers to people's queries, next to sumy's TextRank and LexRank).
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import corpora
from corpora import Kind, QueriedMeeting

from scribe import frames, notes, simulators, transcripts
from scribe.evidence import citations
from scribe.pipeline import Outcome, Pipeline
from scribe.records import Transcript
from scribe.shelf import Workspace

PARTS = ("scaling", "meetings", "rouge")

BOUND_WORDS: dict[Kind, int] = {"general": 110, "specific": 65}
"""Words that every system may use: the mean length of people's answers in QMSum's training split (111.1 and 64.6)."""

METRICS = ("rouge1", "rouge2", "rougeL", "rougeLsum")

Figures = dict[str, float]
System = Callable[[QueriedMeeting], list[list[str]]]
"""Answers every query of a meeting: for each a list of sentences, in the order of the queries."""


class Run(NamedTuple):
    """One file through `scribe run`."""

    seconds: float
    cpu_seconds: float
    """The same less what this process waited: on a busy machine the fairer of the two."""
    outcome: Outcome
    pages: list[str]


def run(source: Path) -> Run:
    """Put a file through `scribe run`, in a workspace of its own that has never seen it."""
    workspace = Workspace(source.with_suffix(""))
    began, began_cpu = time.perf_counter(), time.process_time()
    with Pipeline(workspace) as pipeline:
        outcome = pipeline.run(str(source))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    paths = (workspace.notes_path(outcome.transcript.id), workspace.post_path(outcome.transcript.id))
    return Run(seconds, cpu_seconds, outcome, [path.read_text(encoding="utf-8") for path in paths])


def measure_meetings(meetings: Sequence[Transcript]) -> Figures:
    """Every meeting by itself: speed, failures, coverage, and whether the pages' citations lead anywhere."""
    done: list[tuple[Run, float]] = []
    marks: list[bool] = []
    for n, meeting in enumerate(meetings):
        say(f"meeting {n + 1} of {len(meetings)}: {meeting.id}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                made = run(corpora.write(meeting, Path(folder)))
            except Exception as error:  # noqa: BLE001 (whatever goes wrong is one failure, named, and the others go on)
                say(f"failed: {meeting.id}: {error!r}")
            else:
                done.append((made, corpora.hours_of(meeting)))
                marks += [is_good for page in made.pages for is_good in resolve(page, meeting)]
    covered = [made.outcome.coverage.fraction for made, _ in done if made.outcome.coverage]
    rates = [(made.seconds / hours, made.cpu_seconds / hours) for made, hours in done if hours]
    speeds = [round(statistics.median(rate), 3) for rate in zip(*rates, strict=True)]
    return dict(zip(("hour_seconds", "hour_cpu_seconds"), speeds, strict=False)) | {
        "meetings": len(meetings),
        "failures": len(meetings) - len(done),
        "coverage_min": min(covered) if len(covered) == len(meetings) else 0.0,
        "citations_resolving": sum(marks) / len(marks) if marks else 0.0,
    }


def resolve(page: str, transcript: Transcript) -> list[bool]:
    """For every footnote mark of a page, whether it leads to one footnote and to lines that exist.

    A mark names its lines: `[^12-14_20]` cites lines 12 to 14 and 20.
    """
    footnotes = re.findall(r"^\[\^([^\]\s]+)\]:", page, re.M)
    marks = re.findall(r"(?<!\\)\[\^([^\]\s]+)\]", re.sub(r"^\[\^[^\]\s]+\]:.*$", "", page, flags=re.M))
    cited = [citations(f"[{mark.replace('_', ', ')}]") for mark in marks]
    there = [bool(lines) and lines[-1] < len(transcript.segments) for lines in cited]
    return [footnotes.count(mark) == 1 and is_there for mark, is_there in zip(marks, there, strict=True)]


def measure_scaling(data: Path, lengths: Sequence[float], limit: int | None) -> tuple[Figures, list[str]]:
    """The same pipeline over ever longer meetings, each in a process of its own; the exponent is 1 where it is linear.

    Another process joins the meetings, so that neither this one, whose size Linux hands down to its children's
    `ru_maxrss`, nor the one measured has ever held them.
    """
    rows: list[tuple[float, float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for hours in lengths:
            say(f"scaling: {hours:g} h")
            path, length = in_fresh_process(corpora.write_joined, data, hours, Path(folder), limit)
            rows.append((length, *in_fresh_process(run_joined, path)))
    slope, _ = statistics.linear_regression([math.log(row[0]) for row in rows], [math.log(row[1]) for row in rows])
    lines = [f"{h:8.2f} h {s:9.2f} s {cpu:9.2f} s of CPU {mib:8.0f} MiB" for h, s, cpu, mib in rows]
    return {"scaling_exponent": round(slope, 3), "peak_mib": round(max(row[-1] for row in rows), 1)}, lines


def in_fresh_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns in a new interpreter."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def run_joined(source: Path) -> tuple[float, float, float]:
    """Seconds and CPU seconds for `scribe run` over a file, and this process's largest resident set in MiB."""
    import resource

    made = run(source)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return made.seconds, made.cpu_seconds, peak / (2**20 if sys.platform == "darwin" else 2**10)


def measure_rouge(meetings: Sequence[QueriedMeeting]) -> Figures:
    """ROUGE F1 × 100 of every system against people's answers, with each system's time and length."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(METRICS, use_stemmer=True)
    systems = {"scribe": scribe(), **{name: peer(name) for name in corpora.PEERS}}
    figures: Figures = {}
    for name, system in systems.items():
        values: dict[str, list[float]] = {}
        seconds = 0.0
        for n, meeting in enumerate(meetings):
            say(f"{name}: meeting {n + 1} of {len(meetings)}")
            began = time.perf_counter()
            answers = system(meeting)
            seconds += time.perf_counter() - began
            for query, answer in zip(meeting.queries, answers, strict=True):
                found = scorer.score("\n".join(corpora.sentences(query.answer)), "\n".join(answer))
                for metric in METRICS:
                    values.setdefault(f"{query.kind}_{metric}", []).append(100 * found[metric].fmeasure)
                length = sum(len(sentence.split()) for sentence in answer)
                for key in ("mean_words", f"{query.kind}_mean_words"):
                    values.setdefault(key, []).append(length)
                values.setdefault("too_long", []).append(length > BOUND_WORDS[query.kind])
        too_long = sum(values.pop("too_long", []))
        figures |= {f"{name}_{key}": round(statistics.mean(each), 2) for key, each in values.items()}
        figures |= {f"{name}_too_long": too_long, f"{name}_empty": values.get("mean_words", []).count(0)}
        figures[f"{name}_seconds"] = round(seconds, 2)
    return figures


def scribe() -> System:
    """`scribe notes --about` for every query, less the files."""
    simulator = simulators.open_simulator("extract")
    known = frames.load_all(frames.folders(None, None))

    def answers(meeting: QueriedMeeting) -> list[list[str]]:
        transcript, _ = transcripts.recut(meeting.transcript)
        ask = partial(notes.answer, transcript, simulator=simulator, frames=known)
        made = [ask(q.question, words=BOUND_WORDS[q.kind]) for q in meeting.queries]
        return [[claim.text for claim in one.overview] for one in made]

    return answers


def peer(name: str) -> System:
    """One of sumy's graph summarisers. It knows no queries, so it ranks a meeting once for all of them."""
    ranking = corpora.ranking(name)

    def answers(meeting: QueriedMeeting) -> list[list[str]]:
        said = [s for segment in meeting.transcript.segments for s in corpora.sentences(segment.text)]
        ranked = ranking(said)
        return [corpora.filled(ranked, said, BOUND_WORDS[q.kind]) for q in meeting.queries]

    return answers


def main() -> None:
    """Measure the parts asked for and print them."""
    options = parse_arguments()
    if not options.data.is_dir():
        print(f"benchmarks/notes.py: no folder of meetings at {options.data}; nothing measured")
        return
    figures: Figures = {}
    lines: list[str] = []
    has_timed = any(corpora.timed_files(options.data))
    split = corpora.split_there(options.data, options.split)
    if "scaling" not in options.skip and has_timed:
        figures, lines = measure_scaling(options.data, options.hours, options.limit)
    if "meetings" not in options.skip and has_timed:
        figures |= measure_meetings(corpora.load_meetings(options.data, limit=options.limit))
    if "rouge" not in options.skip and split:
        figures |= measure_rouge(corpora.load_qmsum(options.data, split, limit=options.limit))
    print("\n".join([*lines, *table(figures, split)]))
    if options.json:
        print(json.dumps(figures))


def parse_arguments() -> argparse.Namespace:
    parser = corpora.parser(__doc__, limit="only the first meetings of each part, for a quick look")
    parser.add_argument("--skip", default="", help=f"parts to leave out: {','.join(PARTS)}")
    parser.add_argument("--hours", default="1,10,100", help="lengths for the part scaling")
    options = parser.parse_args()
    options.hours = [float(hours) for hours in options.hours.split(",")]
    options.skip = options.skip.split(",")
    if strangers := set(options.skip) - {*PARTS, ""}:
        parser.error(f"--skip: unknown part {min(strangers)!r}; known: {', '.join(PARTS)}")
    return options


def table(figures: Figures, split: str | None) -> list[str]:
    """The figures for a reader: one a line, then the systems side by side."""
    lines = [f"{k:24} {v:12.3f}" for k, v in figures.items() if "_general_" not in k and "_specific_" not in k]
    columns = (*METRICS, "mean_words")
    for kind, bound in BOUND_WORDS.items():
        if names := [key.split("_")[0] for key in figures if key.endswith(f"_{kind}_rouge1")]:
            lines += ["", f"{kind} queries of QMSum {split}, at most {bound} words, F1 × 100"]
            lines.append(" " * 10 + "".join(f"{column:>11}" for column in columns))
            for name in names:
                lines.append(f"{name:10}" + "".join(f"{figures[f'{name}_{kind}_{c}']:11.2f}" for c in columns))
    return lines


def say(line: str) -> None:
    """Tell a person who waits; the figures go to standard output."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
