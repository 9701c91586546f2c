"""The figures for the studio: every one is told of, and a session of four hours is what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT, sample

BENCHMARKS = ROOT / "benchmarks"
FIGURES = """
    open_seconds_long open_seconds_short open_worst_long server_seconds_long open_long_over_short scroll_ms_median
    scroll_ms_95 scroll_long_frames save_ms_median save_ms_worst kills kills_lost kill_lost_seconds_worst
"""


def test_every_figure_is_told_of() -> None:
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    for name in FIGURES.split():
        assert f"`{name}`" in readme, name


def test_a_long_session_is_as_long_as_it_says(bench: Callable[[str], ModuleType]) -> None:
    made = bench("studio").long_session([sample()], 100)
    assert [segment.index for segment in made.segments] == list(range(100))
    assert max(segment.end or 0 for segment in made.segments) == pytest.approx(4 * 3600)
    assert all((s.end or 0) >= (s.start or 0) for s in made.segments)


def test_without_meetings_it_says_so(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "studio.py"), "--json", "--data", str(tmp_path / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1]) == {}
    assert "nothing to measure with" in done.stdout
