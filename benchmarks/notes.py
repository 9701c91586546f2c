"""Notes side by side with peers: how fast, how much memory, whether it holds together, and how near to what people wrote.

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
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import corpora
from corpora import Kind, QueriedMeeting
from scribe import frames, notes, simulators, transcripts
from scribe.evidence import citations
from scribe.pipeline import Outcome, Pipeline
from scribe.records import Transcript
from scribe.shelf import Workspace

if TYPE_CHECKING:
    from sumy.models.dom import Sentence

PARTS = ("scaling", "meetings", "rouge")
HOURS = (1.0, 10.0, 100.0)

BOUND_WORDS: dict[Kind, int] = {"general": 110, "specific": 65}
"""Words that every system may use: the mean length of people's answers in QMSum's training split (111.1 and 64.6)."""

METRICS = ("rouge1", "rouge2", "rougeL", "rougeLsum")

Figures = dict[str, float]
System = Callable[[QueriedMeeting], list[list[str]]]
"""Answers every query of a meeting: for each a list of sentences, in the order of the queries."""

# ── The whole of `scribe run` ────────────────────────────────────────────────────────────────


def run_once(transcript: Transcript, folder: Path) -> tuple[float, Outcome, Workspace]:
    """Seconds for one source through `scribe run` in a workspace that has never seen it."""
    source = folder / f"{transcript.id}.json"
    source.write_text(transcripts.compose(transcript, "json"), encoding="utf-8")
    workspace = Workspace(folder / "workspace")
    began = time.perf_counter()
    with Pipeline(workspace) as pipeline:
        outcome = pipeline.run(str(source))
    return time.perf_counter() - began, outcome, workspace


def measure_meetings(meetings: Sequence[Transcript]) -> Figures:
    """Every meeting by itself: speed, failures, coverage, and whether the pages' citations lead anywhere."""
    rates: list[float] = []
    coverage: list[float] = []
    resolving = marks = 0
    for meeting in meetings:
        say(f"meeting {len(coverage) + 1} of {len(meetings)}: {meeting.id}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                seconds, outcome, workspace = run_once(meeting, Path(folder))
                pages = [workspace.notes_path(meeting.id), workspace.post_path(meeting.id)]
                found = [resolve(page.read_text(encoding="utf-8"), meeting) for page in pages]
            except Exception as error:  # noqa: BLE001 (whatever goes wrong is one failure, named, and the others go on)
                say(f"failed: {meeting.id}: {error!r}")
                coverage.append(0.0)
                continue
        rates.append(seconds / corpora.hours_of(meeting))
        coverage.append(outcome.coverage.fraction if outcome.coverage else 0.0)
        resolving += sum(good for good, _ in found)
        marks += sum(all_ for _, all_ in found)
    return {
        "hour_seconds": round(statistics.median(rates), 3) if rates else math.nan,
        "meetings": len(meetings),
        "failures": len(meetings) - len(rates),
        "coverage_min": min(coverage),
        "citations_resolving": resolving / marks if marks else 0.0,
    }


def resolve(page: str, transcript: Transcript) -> tuple[int, int]:
    """How many footnote marks of a page lead to one footnote and to lines that exist, and how many there are."""
    footnotes = re.findall(r"^\[\^([^\]\s]+)\]:", page, re.M)
    marks = re.findall(r"(?<!\\)\[\^([^\]\s]+)\]", re.sub(r"^\[\^[^\]\s]+\]:.*$", "", page, flags=re.M))
    good = sum(footnotes.count(mark) == 1 and _names_lines(mark, transcript) for mark in marks)
    return good, len(marks)


def _names_lines(label: str, transcript: Transcript) -> bool:
    """Whether a label such as `12-14_20` names lines, all of them in the transcript."""
    lines = citations(f"[{label.replace('_', ', ')}]")
    return bool(lines) and lines[-1] < len(transcript.segments)


# ── One long meeting ─────────────────────────────────────────────────────────────────────────


def measure_scaling(data: Path, lengths: Sequence[float], limit: int | None) -> tuple[Figures, list[str]]:
    """The same pipeline over ever longer meetings, each in a process of its own.

    Another process joins the meetings, so that neither this one, whose size Linux hands down to its children's
    `ru_maxrss`, nor the one measured has ever held them.
    """
    rows: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for hours in lengths:
            say(f"scaling: {hours:g} h")
            path = Path(folder) / f"joined-{hours:g}h.json"
            length = in_fresh_process(write_joined, data, hours, limit, path)
            rows.append((length, *in_fresh_process(run_joined, path)))
    slope = fit_exponent([row[0] for row in rows], [row[1] for row in rows])
    lines = [f"{h:8.2f} h {s:9.2f} s {s / h:7.2f} s/h {m:8.0f} MiB" for h, s, m in rows]
    return {"scaling_exponent": round(slope, 3), "peak_mib": round(max(row[2] for row in rows), 1)}, lines


def in_fresh_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns in a new interpreter."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def write_joined(data: Path, hours: float, limit: int | None, path: Path) -> float:
    """Join meetings into one file of `hours`; returns its length in hours."""
    transcript = corpora.joined(corpora.load_meetings(data, limit=limit), hours)
    path.write_text(transcripts.compose(transcript, "json"), encoding="utf-8")
    return corpora.hours_of(transcript)


def run_joined(path: Path) -> tuple[float, float]:
    """Seconds for `scribe run` over a file, and this process's largest resident set in MiB."""
    import resource

    began = time.perf_counter()
    with Pipeline(Workspace(path.parent / path.stem)) as pipeline:
        pipeline.run(str(path))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, peak / (2**20 if sys.platform == "darwin" else 2**10)


def fit_exponent(lengths: Sequence[float], seconds: Sequence[float]) -> float:
    """Slope of log seconds over log length, by least squares: 1 is linear.

    >>> round(fit_exponent([1, 10, 100], [2, 20, 200]), 6)
    1.0
    """
    return statistics.linear_regression(
        [math.log(x) for x in lengths], [math.log(y) for y in seconds]
    ).slope
