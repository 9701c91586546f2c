"""Recordings in a batch: heard by workers of their own, gone on with after a death, written while others are heard."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest
from conftest import ROOT
from test_batch_local import employ
from test_batch_working import setup
from tiny_whisper import TinyWhisper

from scribe.batch import STAGES, Manner, Report, Result, Step, carry_out, crew_of, plan
from scribe.pipeline import Listening
from scribe.speech import Setup

RECORDING = ROOT / "transcripts" / "simulators-1.m4a"


class Watching:
    """Notes who does what, and may kill a worker in the middle of a recording."""

    def __init__(self, *, kill: bool) -> None:
        self.kill = kill
        self.steps: list[tuple[int, str, str]] = []
        self.told: list[str] = []

    def step(self, worker: int, step: Step) -> None:
        self.steps.append((worker, step.id, step.stage))
        if self.kill and step.what == "transcribing" and step.total and 0.2 < step.done / step.total < 1:
            self.kill = False
            (process,) = multiprocessing.active_children()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)

    def finished(self, result: Result, left: int) -> None:
        pass

    def tell(self, message: str) -> None:
        self.told.append(message)


def batch(root: Path, names: list[str], tiny: TinyWhisper, watcher: Watching, *, jobs: int) -> Report:
    for name in names:
        shutil.copy(RECORDING, root / f"{name}.m4a")
    heard = Listening(setup=Setup(engine="faster-whisper", model=str(tiny.converted), batch=1), speakers="none")
    given = setup(root, listening=heard)
    planned = plan([str(root / f"{name}.m4a") for name in names], given, STAGES)
    crew = crew_of("extract", jobs=jobs, cores=2, recordings=planned.unheard)
    return carry_out(planned, given, STAGES, Manner(crew, employ, watcher=watcher))


def test_a_recording_is_gone_on_with_where_its_worker_died(tmp_path: Path, tiny: TinyWhisper) -> None:
    watcher = Watching(kill=True)
    report = batch(tmp_path, ["talk"], tiny, watcher, jobs=1)
    assert not watcher.kill
    assert len(watcher.told) == 1
    (row,) = report.rows
    assert (row.outcome, dict(row.stages)) == ("done", dict.fromkeys(STAGES, "made"))
    assert any("windows had been heard before and were kept" in remark for remark in row.remarks)


def test_a_model_is_loaded_once_and_stages_overlap(tmp_path: Path, tiny: TinyWhisper) -> None:
    """One worker hears all recordings at one job; with two, one is written while another is heard."""
    watcher = Watching(kill=False)
    report = batch(tmp_path, ["a", "b", "c"], tiny, watcher, jobs=2)
    assert [row.outcome for row in report.rows] == ["done"] * 3
    hearers = {worker for worker, _, stage in watcher.steps if stage == "transcribe"}
    writers = {worker for worker, _, stage in watcher.steps if stage != "transcribe"}
    assert len(hearers) <= 2
    assert not hearers & writers
    first_written = next(n for n, (_, _, stage) in enumerate(watcher.steps) if stage == "notes")
    assert any(stage == "transcribe" for _, _, stage in watcher.steps[first_written:])


def test_weights_that_are_not_there_keep_only_recordings_from_being_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(RECORDING, tmp_path / "talk.m4a")
    shutil.copy(RECORDING.with_suffix(".vtt"), tmp_path / "other.vtt")
    given = setup(tmp_path, listening=Listening(setup=Setup(engine="whisper", model=str(tmp_path / "none.pt"))))
    planned = plan([str(tmp_path / "talk.m4a"), str(tmp_path / "other.vtt")], given, STAGES)
    crew = crew_of("extract", jobs=2, cores=2, recordings=1)
    report = carry_out(planned, given, STAGES, Manner(crew, employ))
    assert [row.outcome for row in report.rows] == ["waiting", "done"]
    assert "none.pt" in str(report.fatal)
