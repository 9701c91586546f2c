"""The figures for batches: a kill is a kill, what was finished is told from what was not, and meetings are renamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from conftest import ROOT, sample

BENCHMARKS = ROOT / "benchmarks"
FIGURES = {
    "speedup_jobs2",
    "overhead_ratio",
    "ray_identical",
    "kills",
    "kills_lost",
    "stages_repeated",
    "throughput_1000_over_10",
    "memory_1000_over_10",
    "idle_restart_seconds_1000",
}


def test_every_figure_is_told_of() -> None:
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    for name in FIGURES:
        assert f"`{name}`" in readme


def test_meetings_come_again_under_other_names(bench: Callable[[str], ModuleType]) -> None:
    some = bench("batch").renamed([sample()], 3)
    assert [m.id for m in some] == ["simulators-1-0", "simulators-1-1", "simulators-1-2"]
    assert len({m.segments[0].speaker for m in some}) == 3
    assert bench("batch").spread([sample()], 3) == [sample()]


def test_a_batch_that_is_killed_is_counted_and_nothing_is_lost(
    bench: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    meetings = bench("batch").renamed([sample().model_copy(update={"source": "s.json"})], 4)
    found = bench("batch_kills").killed(meetings, 1, tmp_path)
    assert (found["kills"], found["kills_lost"], found["stages_repeated"]) == (1, 0, 0)


def test_a_stage_that_ran_twice_would_be_seen(bench: Callable[[str], ModuleType], tmp_path: Path) -> None:
    folder = tmp_path / ".scribe" / "batch"
    folder.mkdir(parents=True)

    def told(at: str) -> dict[tuple[str, str], str]:
        stages = {"notes": {"outcome": "done", "at": at, "seconds": 1.0}, "draft": {"outcome": "failed", "at": at}}
        (folder / "a.json").write_text(json.dumps({"id": "a", "stages": stages}), encoding="utf-8")
        return dict(bench("batch_kills").finished(tmp_path))

    assert set(told("1")) == {("a", "notes")}
    assert told("1") != told("2")


def test_parts_and_batches_are_timed(bench: Callable[[str], ModuleType], tmp_path: Path) -> None:
    meetings = bench("batch").renamed([sample().model_copy(update={"source": "s.json"})], 2)
    figures = bench("batch").speed(meetings, tmp_path)
    assert figures["sources"] == 2
    assert figures["overhead_ratio"] > 0
    assert bench("batch_kills").pages(tmp_path / "one") == bench("batch_kills").pages(tmp_path / "two")
    parts, one = bench("batch_kills").pages(tmp_path / "parts"), bench("batch_kills").pages(tmp_path / "one")
    assert {name: data for name, data in one.items() if name in parts} == parts
