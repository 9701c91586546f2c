"""`scribe batch` as a person runs it: what it prints, its exit codes, and what Ctrl-C and kills leave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, alone_in, scribe
from test_batch_local import pages

from scribe.batch import alone
from scribe.shelf import Store

SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"


@pytest.fixture
def talks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a folder of three talks."""
    alone_in(tmp_path, monkeypatch)
    (tmp_path / "talks").mkdir()
    for name in "abc":
        shutil.copy(SAMPLE, tmp_path / "talks" / f"{name}.vtt")
    return tmp_path


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "scribe", "batch", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_folder_is_done_and_then_there_is_nothing_to_do(talks: Path) -> None:
    code, out, err = scribe("batch", "talks", "--jobs", "2")
    assert code == 0, err
    head, *rows, last = out.splitlines()
    assert head.split() == ["source", "duration", "stages", "coverage", "support", "time", "outcome"]
    assert [row.split()[0] for row in rows] == ["talks/a.vtt", "talks/b.vtt", "talks/c.vtt"]
    assert all("made all" in row and "100 %" in row and "25 of 25" in row and row.endswith("done") for row in rows)
    assert last.startswith("3 sources (3 done), 11:07 of talk, in ")
    assert "3 of 3 sources to do; 2 sources at once" in err
    assert "[3/3]" in err
    code, out, err = scribe("batch", "talks")
    assert code == 0
    assert "3 sources (3 unchanged)" in out
    assert "to do" not in err


def test_what_changed_is_told_with_its_reason(talks: Path) -> None:
    scribe("batch", "talks")
    path = talks / "talks" / "b.vtt"
    path.write_text(path.read_text(encoding="utf-8").replace("log-loss", "log-gain"), encoding="utf-8")
    assert scribe("batch", "talks", "--dry-run")[1].splitlines() == [
        "talks/a.vtt: nothing to do",
        "talks/b.vtt: transcribe: the source changed",
        "talks/c.vtt: nothing to do",
    ]
    _, out, err = scribe("batch", "talks")
    assert "transcribe done (the source changed), notes done (the transcript changed)" in err
    assert "3 sources (1 done, 2 unchanged)" in out
    assert "b: transcribe, as the source changed" in (talks / "batch.md").read_text(encoding="utf-8")


def test_one_bad_source_fails_alone(talks: Path) -> None:
    (talks / "talks" / "bad.vtt").write_bytes(b"\x00\x01")
    code, out, err = scribe("batch", "talks", "missing.vtt", "--json")
    assert code == 1
    rows = {row["source"]: row for row in map(json.loads, out.splitlines())}
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "talks/a.vtt": "done",
        "talks/b.vtt": "done",
        "talks/c.vtt": "done",
        "talks/bad.vtt": "failed",
        "missing.vtt": "refused",
    }
    assert "Traceback" not in err
    assert "bad.vtt" in (talks / "batch.md").read_text(encoding="utf-8")
    code, out, _ = scribe("batch", "talks")
    assert code == 1
    assert "(--retry-failed tries again)" in out
    assert "failed before" in scribe("batch", "talks", "--retry-failed", "--dry-run")[1]


def test_stages_are_chosen_and_come_in_their_order(talks: Path) -> None:
    code, out, _ = scribe("batch", "talks/a.vtt", "--stages", "notes, transcribe")
    assert code == 0
    assert "made all" in out
    assert (talks / "drafts" / "a" / "notes.md").exists()
    assert not (talks / "drafts" / "a" / "post.md").exists()
    assert "kept transcribe and notes, made draft" in scribe("batch", "talks/a.vtt")[1]


def test_a_limit_leaves_the_rest(talks: Path) -> None:
    code, out, _ = scribe("batch", "talks", "--limit", "2")
    assert code == 0
    assert "3 sources (2 done, 1 waiting)" in out
    assert "## What waits" in (talks / "batch.md").read_text(encoding="utf-8")
    assert "3 sources (1 done, 2 unchanged)" in scribe("batch", "talks", "--limit", "2")[1]


def test_a_manifest_gives_titles_and_dates(talks: Path) -> None:
    (talks / "term.csv").write_text(
        "source,id,title,date\ntalks/a.vtt,week-1,On rare prefixes,2026-11-03\ntalks/nowhere.vtt,week-2,,\n"
    )
    code, out, _ = scribe("batch", "term.csv")
    assert code == 1
    assert "nowhere.vtt" in out
    assert "# On rare prefixes" in (talks / "drafts" / "week-1" / "notes.md").read_text(encoding="utf-8")
    index = (talks / "drafts" / "index.md").read_text(encoding="utf-8")
    assert "On rare prefixes" in index
    assert "2026" in index


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stages", "nots"], "--stages: expected some of transcribe, notes, draft, found nots"),
        (["--stages", ""], "--stages: expected some of transcribe, notes, draft, found nothing"),
        (["--voices", "nobody"], "unknown voice 'nobody'"),
        (["--simulator", "gpt"], "unknown simulator 'gpt'"),
        (["--workspace", "nowhere"], "nowhere: expected a folder for the workspace, found none"),
        (["--workspace", "nosuch://x/y"], "nosuch://x/y"),
    ],
)
def test_wrong_usage_is_one_line_and_touches_nothing(talks: Path, arguments: list[str], message: str) -> None:
    code, out, err = scribe("batch", "talks", *arguments)
    assert code == 2
    assert err.startswith("scribe: ")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (talks / "drafts").exists()
    assert not out


def test_two_batches_do_not_work_in_one_workspace(talks: Path) -> None:
    with alone(Store(str(talks))):
        done = started(talks, "talks")
        _, err = done.communicate(timeout=60)
    assert done.returncode == 2
    assert "another batch is at work in this workspace" in err
    assert not (talks / "drafts").exists()
    assert scribe("batch", "talks")[0] == 0


def test_a_full_disk_ends_the_batch_with_one_line(talks: Path) -> None:
    """A limit on the size of files stands in for the disk; what comes after it is lifted goes on."""
    command = f"ulimit -f 4; exec {sys.executable} -m scribe batch talks --jobs 1"
    done = subprocess.run(["bash", "-c", command], cwd=talks, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "scribe: cannot write" in done.stderr
    assert "3 sources (3 waiting)" in done.stdout
    assert scribe("batch", "talks")[0] == 0


# ── Being stopped ────────────────────────────────────────────────────────────────────────────


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


def long_talks(folder: Path) -> None:
    """Talks long enough to be stopped in."""
    text = SAMPLE.read_text(encoding="utf-8")
    cues = text.split("\n\n")[1:]
    for name in "abc":
        lines = [cue.split("\n", 1)[-1] for cue in cues]
        timed = [f"{clock(4 * n)} --> {clock(4 * n + 3)}" for n in range(len(lines) * 20)]
        told = [f"{when}\n{lines[n % len(lines)].splitlines()[-1]} {n} {name}" for n, when in enumerate(timed)]
        (folder / "talks" / f"{name}.vtt").write_text("WEBVTT\n\n" + "\n\n".join(told) + "\n", encoding="utf-8")


def wait_for(folder: Path, name: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not (folder / name).exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def test_ctrl_c_finishes_what_is_under_way(talks: Path) -> None:
    long_talks(talks)
    process = started(talks, "talks", "--jobs", "1")
    wait_for(talks, "transcripts/a.json", process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finishing what is under way; press Ctrl-C again to stop at once" in err
    assert "the same command goes on from there" in (talks / "batch.md").read_text(encoding="utf-8")
    assert "3 sources (1 done, 2 waiting)" in out
    assert (talks / "drafts" / "a" / "post.md").exists()
    assert "3 sources (2 done, 1 unchanged)" in scribe("batch", "talks", "--jobs", "1")[1]


def test_a_second_ctrl_c_stops_at_once(talks: Path) -> None:
    long_talks(talks)
    process = started(talks, "talks", "--jobs", "1")
    wait_for(talks, "transcripts/a.json", process)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "waiting" in out
    assert scribe("batch", "talks", "--jobs", "1")[0] == 0


def test_a_killed_batch_goes_on_and_its_workers_are_gone(talks: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    long_talks(talks)
    process = started(talks, "talks", "--jobs", "2")
    wait_for(talks, "drafts/a/notes.json", process)
    process.kill()
    process.communicate()
    before = (talks / ".scribe" / "batch" / "a.json").read_bytes()
    assert scribe("batch", "talks", "--jobs", "2")[0] == 0
    told = [
        json.loads(data)["stages"]["transcribe"] for data in (before, (talks / ".scribe/batch/a.json").read_bytes())
    ]
    assert told[0] == told[1]
    other = tmp_path_factory.mktemp("undisturbed")
    shutil.copytree(talks / "talks", other / "talks")
    assert scribe("batch", str(other / "talks"), "--workspace", str(other))[0] == 0
    assert pages(talks) == pages(other)
