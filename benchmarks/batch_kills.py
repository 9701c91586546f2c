"""`scribe batch` killed at random moments and started again: nothing is lost, and no finished stage runs twice.

In: meetings. Out: how often something was killed, how often anything was lost, and how many stages were made again that
were finished. Killed is the driver alone, the driver with all its workers, or one worker alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import corpora
import psutil

from scribe.records import Transcript

_FOLDERS = ("transcripts", "drafts", ".scribe/base", ".scribe/cards")
"""What a batch leaves that does not tell of times."""

_FIRST_S = 0.4
"""Seconds that it takes to start, before which there is nothing to kill but an interpreter."""


def pages(root: Path) -> dict[str, bytes]:
    """Those files of a workspace, by name."""
    found = {}
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.name.startswith(".scribe-"):
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def killed(meetings: Sequence[Transcript], times: int, folder: Path) -> dict[str, float | bool]:
    """Kill batches of these meetings so many times; each is started again until it is done, then a new one begins."""
    drawn = random.Random(7)
    whole = _workspace(meetings, folder / "whole")
    began = time.perf_counter()
    _start(whole).wait()
    seconds = time.perf_counter() - began
    expected = pages(whole)
    kills = lost = repeated = rounds = 0
    while kills < times:
        rounds += 1
        root = _workspace(meetings, folder / f"round-{rounds}")
        before: dict[tuple[str, str], str] = {}
        while True:
            process = _start(root)
            hit = _kill_once(process, drawn, seconds) if kills < times else False
            code = process.wait()
            kills += hit
            now = finished(root)
            repeated += sum(now.get(key) != at for key, at in before.items())
            before = now
            if code == 0:
                break
        differing = {
            name for name in expected.keys() | pages(root).keys() if expected.get(name) != pages(root).get(name)
        }
        if differing:
            lost += 1
            print(f"  lost in round {rounds}: {sorted(differing)[:5]}", file=sys.stderr)
        shutil.rmtree(root)
    return {"kills": kills, "kills_lost": lost, "stages_repeated": repeated, "kill_rounds": rounds}


def ray_killed(meetings: Sequence[Transcript], folder: Path) -> dict[str, bytes]:
    """What a batch on Ray leaves of which one worker is killed, then the driver, and which is then started again."""
    root = _workspace(meetings, folder)
    process = _start(root, "--on", "ray")
    _wait_for(process, lambda: len(finished(root)) >= 1)
    for one in psutil.process_iter(["name"]):
        if (one.info["name"] or "").startswith("ray::Hand"):
            one.kill()
            break
    _wait_for(process, lambda: len(finished(root)) >= len(meetings))
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if _start(root, "--on", "ray").wait() != 0:
        print("  the batch on Ray did not end well", file=sys.stderr)
    return pages(root)


def _wait_for(process: subprocess.Popen[bytes], is_so: Callable[[], bool]) -> None:
    while process.poll() is None and not is_so():
        time.sleep(0.05)


def finished(root: Path) -> dict[tuple[str, str], str]:
    """When each finished stage of each source ended, and how long it took: the same while it is not run again."""
    found = {}
    for path in (root / ".scribe" / "batch").glob("*.json"):
        standing = json.loads(path.read_text(encoding="utf-8"))
        for stage, one in standing.get("stages", {}).items():
            if one["outcome"] == "done":
                found[standing["id"], stage] = f"{one['at']} {one['seconds']}"
    return found


def _workspace(meetings: Sequence[Transcript], root: Path) -> Path:
    (root / "sources").mkdir(parents=True)
    for meeting in meetings:
        corpora.write(meeting, root / "sources")
    return root


def _start(root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRIBE_")}
    command = [sys.executable, "-m", "scribe", "batch", "sources", "--workspace", ".", "--jobs", "2", *arguments]
    return subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _kill_once(process: subprocess.Popen[bytes], drawn: random.Random, seconds: float) -> bool:
    """Kill something at a random moment; whether there was anything left to kill."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_FIRST_S + drawn.random() * seconds)
        return False
    kind = drawn.choice(("driver", "all", "worker"))
    try:
        if kind == "all":
            os.killpg(process.pid, signal.SIGKILL)
        elif kind == "driver":
            os.kill(process.pid, signal.SIGKILL)
        else:
            children = [
                c for c in psutil.Process(process.pid).children() if "multiprocessing.spawn" in " ".join(c.cmdline())
            ]
            if not children:
                return False
            drawn.choice(children).kill()
    except (ProcessLookupError, psutil.Error):
        return False
    return True
