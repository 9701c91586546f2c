"""Workers that are processes: they die alone, are replaced, and end with whoever started them."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from conftest import curated
from test_batch_working import setup, talk

from scribe.batch import STAGES, Crew, Executor, Local, Manner, Report, Result, Setup, Step, carry_out, plan
from scribe.batch.locking import at_work
from scribe.shelf import Store

CREW = Crew(jobs=2, hearers=0, writers=2, threads=1, requests=None)


def employ(given: Setup, crew: Crew) -> Executor:
    return Local(given, crew)


class Killer:
    """Watches a batch, and kills whoever works on one source, as often as it is told to."""

    def __init__(self, victim: str, times: int) -> None:
        self.victim, self.times = victim, times
        self.told: list[str] = []
        self.ended: list[str] = []

    def step(self, worker: int, step: Step) -> None:
        if step.id == self.victim and self.times:
            self.times -= 1
            (process,) = multiprocessing.active_children()  # with one at a time there is no doubt whom to kill
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)

    def finished(self, result: Result, left: int) -> None:
        self.ended.append(result.standing.id)

    def tell(self, message: str) -> None:
        self.told.append(message)


def batch(root: Path, names: list[str], *, watcher: Killer, jobs: int = 1) -> Report:
    items = [talk(root, name) for name in names]
    planned = plan([item.source for item in items], setup(root), STAGES)
    return carry_out(planned, setup(root), STAGES, Manner(CREW._replace(jobs=jobs), employ, watcher=watcher))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """What an undisturbed batch of three makes."""
    root = tmp_path / "undisturbed"
    root.mkdir()
    batch(root, ["a", "b", "c"], watcher=Killer("", 0))
    return pages(root)


def pages(root: Path) -> dict[str, bytes]:
    """All files of a workspace that do not tell of times, by name."""
    found = {}
    for folder in ("transcripts", "drafts", ".scribe/base", ".scribe/cards"):
        found |= {str(p.relative_to(root)): p.read_bytes() for p in (root / folder).rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if "/.scribe-" not in name}  # left by whoever was killed


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(tmp_path: Path, files: dict[str, bytes]) -> None:
    watcher = Killer("b", 1)
    report = batch(tmp_path, ["a", "b", "c"], watcher=watcher)
    assert [row.outcome for row in report.rows] == ["done"] * 3
    assert watcher.told == [
        f"{tmp_path / 'b.vtt'}: its worker died (killed by SIGKILL, as the system does when memory runs out); "
        "trying once more"
    ]
    assert pages(tmp_path) == files


def test_a_source_that_kills_its_workers_fails_alone(tmp_path: Path, files: dict[str, bytes]) -> None:
    report = batch(tmp_path, ["a", "b", "c"], watcher=Killer("b", 2))
    assert [row.outcome for row in report.rows] == ["done", "failed", "done"]
    assert "its worker died 2 times: killed by SIGKILL" in str(report.rows[1].reason)
    again = batch(tmp_path, ["a", "b", "c"], watcher=Killer("", 0))
    assert [row.outcome for row in again.rows] == ["unchanged", "failed", "unchanged"]
    assert "--retry-failed" in str(again.rows[1].reason)
    planned = plan([str(tmp_path / "b.vtt")], setup(tmp_path), STAGES, retry_failed=True)
    carry_out(planned, setup(tmp_path), STAGES, Manner(CREW, employ, retry_failed=True))
    assert pages(tmp_path) == files


def test_two_at_once_make_what_one_makes(tmp_path: Path, files: dict[str, bytes]) -> None:
    report = batch(tmp_path, ["a", "b", "c"], watcher=Killer("", 0), jobs=2)
    assert [row.outcome for row in report.rows] == ["done"] * 3
    assert pages(tmp_path) == files


def test_the_report_lies_beside_for_people_and_machines(tmp_path: Path) -> None:
    (tmp_path / "bad.vtt").write_text("WEBVTT\n")
    report = batch(tmp_path, ["a", "bad"], watcher=Killer("", 0))
    told = json.loads((tmp_path / "batch.json").read_text(encoding="utf-8"))
    assert Report.model_validate(told) == report.model_copy(update={"page": None})
    page = (tmp_path / "batch.md").read_text(encoding="utf-8")
    assert "## What needs you" in page
    assert "(drafts/a/notes.md)" in page
    assert "(drafts/bad/notes.md)" not in page
    assert (tmp_path / "drafts" / "index.md").is_file()


def test_a_kill_before_the_page_of_all_sessions_is_made_up_for(tmp_path: Path) -> None:
    batch(tmp_path, ["a"], watcher=Killer("", 0))
    planned = plan([talk(tmp_path, "b").source], setup(tmp_path), STAGES)

    class CutOff(Local):
        """What comes after the last source is not reached."""

        def close(self, *, at_once: bool) -> None:
            super().close(at_once=at_once)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        carry_out(planned, setup(tmp_path), STAGES, Manner(CREW, lambda given, crew: CutOff(given, crew)))
    index = tmp_path / "drafts" / "index.md"
    assert "(b/notes.md" not in index.read_text(encoding="utf-8")
    report = batch(tmp_path, ["a", "b"], watcher=Killer("", 0))
    assert [row.outcome for row in report.rows] == ["unchanged", "unchanged"]
    assert "(b/notes.md" in index.read_text(encoding="utf-8")


def test_a_file_of_a_persons_that_is_called_like_the_report_stays(tmp_path: Path) -> None:
    (tmp_path / "batch.md").write_text("my own")
    report = batch(tmp_path, ["a"], watcher=Killer("", 0))
    assert (tmp_path / "batch.md").read_text() == "my own"
    assert (tmp_path / ".scribe" / "batch.md").is_file()
    assert report.remarks == ("batch.md is a file of yours, so the report lies in .scribe/batch.md",)


def test_a_worker_ends_when_it_is_let_go(tmp_path: Path) -> None:
    executor = Local(setup(tmp_path), CREW)
    executor.hire("write")
    assert executor.wait(0.0) == []
    (process,) = multiprocessing.active_children()
    executor.close(at_once=False)
    assert process.exitcode == 0


def test_what_a_worker_said_before_it_died_is_heard(tmp_path: Path) -> None:
    executor = Local(setup(tmp_path), CREW)
    worker = executor.hire("write")
    (process,) = multiprocessing.active_children()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    (event,) = executor.wait(30.0)
    assert (event.worker, event.died) == (worker, "killed by SIGKILL, as the system does when memory runs out")
    executor.close(at_once=True)


def test_threads_are_shared_out_unless_a_person_said_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    executor = Local(setup(tmp_path), CREW._replace(threads=3))
    executor.hire("write")
    (process,) = multiprocessing.active_children()
    environment = Path(f"/proc/{process.pid}/environ")
    if environment.exists():
        while not (told := environment.read_bytes().strip(b"\0")):  # it has not begun yet
            time.sleep(0.01)
        assert b"OMP_NUM_THREADS=3" in told.split(b"\0")
    assert "OMP_NUM_THREADS" not in os.environ
    executor.close(at_once=True)


def test_a_worker_shows_that_it_is_at_work(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with at_work(store):
        assert list((tmp_path / ".scribe" / "locks").glob("worker-*.lock"))
    assert not list((tmp_path / ".scribe" / "locks").glob("worker-*.lock"))


def test_frames_travel(tmp_path: Path) -> None:
    given = setup(tmp_path)
    assert Setup.model_validate_json(given.model_dump_json()) == given
    assert set(given.frames) == set(curated())
