"""`scribe batch` on real meetings: speed-up, overhead, growth, idle restarts, Ray beside local, and kills.

In: the timed meetings. Out: figures, each a ratio of two runs made here, one after the other. The parts:

- `speed`: all meetings in one process through the pipeline, then `--jobs 1`, then `--jobs 2`, each in a new workspace.
- `growth`: ten meetings and a thousand, `--jobs 2`; the thousand are the real ones again under new ids and with
  speakers of other names, so that no completion is found again. Then the thousand once more, with everything done.
- `ray`: eight meetings on Ray and locally, and the files compared byte for byte.
- `kills`: a batch killed at random moments and started again (`batch_kills.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import batch_kills
import corpora
import psutil

from scribe.pipeline import Pipeline
from scribe.records import Transcript
from scribe.shelf import Workspace

Figures = dict[str, float | bool]

PARTS = ("speed", "growth", "ray", "kills")

_LOOK_S = 0.05
"""Seconds between two looks at how much memory a batch holds."""


class Ran:
    """A command that was run: its seconds, and the most memory that it and all it started held at once, in MiB."""

    def __init__(self, arguments: Sequence[str], *, cwd: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRIBE_")}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.peak_mib = 0.0
        looking = threading.Thread(target=self._look, daemon=True)
        looking.start()
        self.said, _ = self.process.communicate()
        self.seconds = time.perf_counter() - began
        looking.join()
        if self.process.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} ended with {self.process.returncode}: {self.said[-2000:]}")

    def _look(self) -> None:
        while self.process.poll() is None:
            held = 0
            try:
                top = psutil.Process(self.process.pid)
                for one in [top, *top.children(recursive=True)]:
                    held += one.memory_info().rss
            except psutil.Error:
                continue
            self.peak_mib = max(self.peak_mib, held / 2**20)
            time.sleep(_LOOK_S)


def batch(workspace: Path, *arguments: str) -> Ran:
    """One `scribe batch` of a workspace's folder `sources`."""
    return Ran(["-m", "scribe", "batch", "sources", "--workspace", str(workspace), *arguments], cwd=workspace)


def placed(meetings: Sequence[Transcript], workspace: Path) -> Path:
    """A new workspace with these meetings as sources."""
    (workspace / "sources").mkdir(parents=True)
    for meeting in meetings:
        corpora.write(meeting, workspace / "sources")
    return workspace


def renamed(meetings: Sequence[Transcript], n: int) -> list[Transcript]:
    """So many meetings: these again and again, each time under other ids and with speakers of other names."""
    found = []
    for place in range(n):
        meeting = meetings[place % len(meetings)]
        again = place // len(meetings)
        name = f"{meeting.id}-{again}"
        lines = (s.model_copy(update={"speaker": f"{s.speaker}{again}"}) for s in meeting.segments)
        update = {"id": name, "source": f"{name}.json", "segments": tuple(lines)}
        found.append(meeting.model_copy(update=update))
    return found


def spread(meetings: Sequence[Transcript], n: int) -> list[Transcript]:
    """So many of the meetings, from the shortest to the longest."""
    ordered = sorted(meetings, key=corpora.hours_of)
    return [ordered[round((i + 0.5) * len(ordered) / n - 0.5)] for i in range(min(n, len(ordered)))]


# ── Speed ────────────────────────────────────────────────────────────────────────────────────


def one_process(root: Path) -> None:
    """The parts of a batch in one process, one after the other; run by `speed` in a process of its own."""
    with Pipeline(Workspace(root)) as pipeline:
        for path in sorted((root / "sources").iterdir()):
            pipeline.run(str(path))


def speed(meetings: Sequence[Transcript], folder: Path) -> Figures:
    """Seconds of the parts, of one job, and of two."""
    parts = Ran([__file__, "--one-process", str(placed(meetings, folder / "parts"))], cwd=folder)
    one = batch(placed(meetings, folder / "one"), "--jobs", "1")
    two = batch(placed(meetings, folder / "two"), "--jobs", "2")
    hours = sum(map(corpora.hours_of, meetings))
    return {
        "sources": len(meetings),
        "hours": hours,
        "parts_seconds": parts.seconds,
        "jobs1_seconds": one.seconds,
        "jobs2_seconds": two.seconds,
        "speedup_jobs2": one.seconds / two.seconds,
        "overhead_ratio": one.seconds / parts.seconds,
    }


# ── Growth ───────────────────────────────────────────────────────────────────────────────────


def growth(meetings: Sequence[Transcript], few: int, many: int, folder: Path) -> Figures:
    """Hours of talk a second, and memory, for few and for many sources; then for many of which all is done."""
    small = renamed(spread(meetings, few), few)
    large = renamed(meetings, many)
    tries = [batch(placed(small, folder / f"few-{n}"), "--jobs", "2") for n in range(3)]
    one = sorted(tries, key=lambda ran: ran.seconds)[1]
    other = batch(placed(large, folder / "many"), "--jobs", "2")
    idle = min(batch(folder / "many", "--jobs", "2").seconds for _ in range(3))
    small_hours, large_hours = (sum(map(corpora.hours_of, some)) for some in (small, large))
    name = f"{many}_over_{few}"
    return {
        f"seconds_{few}": one.seconds,
        f"seconds_{many}": other.seconds,
        f"peak_mib_{few}": one.peak_mib,
        f"peak_mib_{many}": other.peak_mib,
        f"throughput_{name}": (large_hours / other.seconds) / (small_hours / one.seconds),
        f"memory_{name}": other.peak_mib / one.peak_mib,
        f"idle_restart_seconds_{many}": idle,
    }


# ── Ray ──────────────────────────────────────────────────────────────────────────────────────


def ray(meetings: Sequence[Transcript], folder: Path) -> Figures:
    """Whether Ray leaves the files that a local batch does, also where a worker and the driver are killed."""
    some = spread(meetings, 8)
    (folder / "local").mkdir()
    (folder / "ray").mkdir()
    here = batch(placed(some, folder / "local" / "w"), "--jobs", "2")
    there = batch(placed(some, folder / "ray" / "w"), "--jobs", "2", "--on", "ray")
    expected = batch_kills.pages(folder / "local" / "w")
    return {
        "ray_identical": batch_kills.pages(folder / "ray" / "w") == expected,
        "ray_killed_identical": batch_kills.ray_killed(some, folder / "killed") == expected,
        "ray_seconds": there.seconds,
        "ray_local_seconds": here.seconds,
    }


# ── All of it ────────────────────────────────────────────────────────────────────────────────


def main() -> None:
    parser: argparse.ArgumentParser = corpora.parser(__doc__)
    parser.add_argument("--limit", type=int, help="use only so many meetings")
    parser.add_argument("--few", type=int, default=10, help="sources of the small batch")
    parser.add_argument("--many", type=int, default=1000, help="sources of the large batch")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--skip", default="", help=f"parts to leave out, of {','.join(PARTS)}")
    parser.add_argument("--one-process", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_process:
        one_process(given.one_process)
        return
    meetings = corpora.load_meetings(given.data, limit=given.limit)
    if not meetings:
        print(f"no meetings in {given.data}; nothing to measure", file=sys.stderr)
        return
    skipped = given.skip.split(",")
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in PARTS:
            if part in skipped:
                continue
            place = folder / part
            place.mkdir()
            print(f"{part} …", file=sys.stderr)
            if part == "speed":
                figures |= speed(meetings, place)
            elif part == "growth":
                figures |= growth(meetings, given.few, given.many, place)
            elif part == "ray":
                figures |= ray(meetings, place)
            else:
                figures |= batch_kills.killed(spread(meetings, 12), given.kills, place)
    for key, value in figures.items():
        print(f"{key:28} {value:g}" if not isinstance(value, bool) else f"{key:28} {value}")
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
