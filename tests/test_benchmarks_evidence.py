"""What the evidence benchmark counts, on stretches made by hand, and what it prints where nothing is to be measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

evidence = pytest.importorskip("evidence")


def test_a_hit_has_half_in_common() -> None:
    lengths = [10] * 10
    assert evidence.hits([(0, 4)], ((2, 8),), lengths, 0.5)
    assert not evidence.hits([(0, 4)], ((3, 8),), lengths, 0.5)
    assert evidence.hits([(0, 4)], ((3, 8),), lengths, 0.0)
    assert evidence.hits([(0, 4)], ((3, 4),), lengths, 0.5)
    assert not evidence.hits([(0, 4)], ((4, 8),), lengths, 0.0)


def test_fixed_stretches_cover_all_lines() -> None:
    assert evidence.fixed([30, 30, 30, 200, 5], 60) == [(0, 2), (2, 3), (3, 4), (4, 5)]


def test_a_question_is_asked_of_other_meetings_only() -> None:
    question = evidence.Question("What about echo?", ((0, 1),))
    meetings = [evidence.Asked(str(n), (), (question,) * 2) for n in range(5)]
    rows = list(evidence.pairs(meetings))
    assert sum(other is None for _, _, other in rows) == 10
    assert all(other != place for place, _, other in rows if other is not None)
    assert len({other for place, _, other in rows if place == 0}) > evidence.OTHERS


def test_no_data_is_no_failure(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "evidence.py"), "--json", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing measured" in done.stdout
