"""`scribe draft` killed at random moments: the person's file is the old one or the new one, and nothing is lost.

In: a transcript. Out: how often it was killed, and how often anything was lost.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scribe.records import Transcript
from scribe.revise import split
from scribe.shelf import Workspace

_MINE = "My own paragraph, which nobody may lose."
_NEAR_S = 0.02
"""Half of the kills come within so many seconds of the first file that is written."""


class Killed(NamedTuple):
    """What came of one kill."""

    was_killed: bool
    lost: str | None
    """What was lost, if anything."""


class Scene(NamedTuple):
    """A workspace in which a draft is about to be merged, and what an undisturbed run makes of it."""

    folder: Path
    name: str
    old: bytes
    new: bytes
    seconds: float


def kill(transcript: Transcript, times: int, folder: Path) -> list[Killed]:
    """Kill a draft so many times, two at once, each in a copy of one workspace; quicker runs are returned too."""
    scene = _scene(transcript, folder)
    found: list[Killed] = []
    with ThreadPoolExecutor(2) as pool:
        while (left := times - sum(one.was_killed for one in found)) > 0:
            seeds = range(len(found), len(found) + left)
            found += pool.map(lambda seed: _kill_once(scene, seed), seeds)
    return found


def _scene(transcript: Transcript, folder: Path) -> Scene:
    """A drafted post that a person edited, and a transcript that was corrected since."""
    start = Workspace(folder / "start")
    start.save_transcript(transcript)
    _draft(start.root, transcript.id)
    path = start.post_path(transcript.id)
    text = path.read_text(encoding="utf-8")
    blocks = [b for b in split(text).blocks if b.label is None and len(b.content.split()) > 8]
    edited = text.replace(blocks[-1].content, f"{_MINE}\n\n{blocks[-1].content}", 1).replace("## TL;DR", "## In short")
    path.write_text(edited, encoding="utf-8")
    lines = [s.model_copy(update={"text": s.text.replace("the", "thee")}) for s in transcript.segments]
    start.save_transcript(transcript.model_copy(update={"segments": tuple(lines)}))
    whole = folder / "whole"
    shutil.copytree(start.root, whole)
    began = time.perf_counter()
    _draft(whole, transcript.id)
    seconds = time.perf_counter() - began
    new = Workspace(whole).post_path(transcript.id).read_bytes()
    if _MINE.encode() not in new or new == edited.encode():
        raise RuntimeError("the scene is of no use: nothing was merged")
    return Scene(start.root, transcript.id, edited.encode(), new, seconds)


def _kill_once(scene: Scene, seed: int) -> Killed:
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=scene.folder.parent) as place:
        root = Path(place) / "w"
        shutil.copytree(scene.folder, root)
        process = subprocess.Popen(_command(scene.name), cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if seed % 2:
            _wait_for_writing(root / "drafts" / scene.name, process, scene.seconds * 4)
            time.sleep(dice.uniform(0, _NEAR_S))
        else:
            time.sleep(dice.uniform(0, scene.seconds * 1.5))
        process.send_signal(signal.SIGKILL)
        was_killed = process.wait() == -signal.SIGKILL
        return Killed(was_killed, _lost(scene, root))


def _lost(scene: Scene, root: Path) -> str | None:
    """What is amiss after a kill, and after the same command was given again."""
    path = Workspace(root).post_path(scene.name)
    left = path.read_bytes() if path.is_file() else None
    if left not in (scene.old, scene.new):
        return "the post is neither the old one nor the new one"
    if _draft(root, scene.name) != 0:
        return "the next draft fails"
    if path.read_bytes() != scene.new:
        return "the next draft makes another post than an undisturbed one"
    for file in (root / "drafts" / scene.name).glob("*.json"):
        json.loads(file.read_bytes())
    versions = {version.path.read_bytes() for version in Workspace(root).versions(path)}
    return None if scene.old in versions else "the version before was not kept"


def _wait_for_writing(folder: Path, process: subprocess.Popen[bytes], most_s: float) -> None:
    """Return when a file appears that is about to take another's place, or the process ends."""
    end = time.perf_counter() + most_s
    while process.poll() is None and time.perf_counter() < end:
        if any(name.name.startswith(".scribe-") for name in folder.iterdir()):
            return
        time.sleep(0.0005)


def _draft(root: Path, name: str) -> int:
    done = subprocess.run(
        _command(name), cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "scribe", "draft", name]
