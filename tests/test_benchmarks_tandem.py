"""The benchmark of voices in tandem runs, at a size where its figures say nothing, and its sums are right."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
FIGURES = {
    "voices8_over_voice1",
    "separate_over_tandem",
    "same_tokens",
    "memory_ratio_to_one_voice",
    "scoring_speedup",
    "score_noise_floor",
}


@pytest.fixture(scope="module")
def bench() -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


def test_it_prints_every_figure_that_it_promises() -> None:
    done = subprocess.run(
        [
            *(sys.executable, BENCHMARKS / "tandem.py", "--json", "--shape", "micro", "--repeat", "1"),
            *("--scene", "120", "--tokens", "6", "--continuations", "3", "--full", "2"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) >= FIGURES
    assert figures["same_tokens"] is True
    assert 0 < figures["score_noise_floor"] < 5e-5
    assert figures["memory_ratio_to_one_voice"] == pytest.approx(1, abs=0.2)
    assert all(figures[name] > 0 for name in FIGURES)
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    assert not [name for name in FIGURES if f"`{name}`" not in readme]


def test_texts_have_the_length_asked_for(bench: Callable[[str], ModuleType], tmp_path: Path) -> None:
    model = bench("tandem_model")
    simulator = bench("tandem").opened(str(model.save_model(tmp_path / "micro", "micro", context=900)), "cpu")
    for tokens in (50, 700):
        shown = model.scene(simulator, tokens, seed=3)
        assert tokens - 12 <= len(simulator.tokens.document(shown)) <= tokens + 1
    assert model.scene(simulator, 50, seed=3) != model.scene(simulator, 50, seed=4)
    texts = model.continuations(simulator, 5, 20)
    assert len(set(texts)) == 5
    assert all(8 <= simulator.count(text) <= 24 for text in texts)
    asked = model.prompts(shown, 8)
    assert len({prompt.cue for prompt in asked}) == 8
    assert {prompt.scene for prompt in asked} == {shown}
