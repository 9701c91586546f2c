"""A batch on Ray: the same files as on this machine, and nothing lost when an actor dies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from conftest import ROOT, curated
from hypothesis import given
from hypothesis import strategies as st
from ray_hands import Broken, Doomed, Fragile, Old

from scribe import __version__
from scribe.batch import STAGES, Crew, Executor, Local, Manner, Report, Setup, carry_out, plan
from scribe.batch.cluster import connect, resources, share_of, shares, take_room
from scribe.batch.on_ray import Hand, OnRay
from scribe.records import ScribeError

SAMPLE = (ROOT / "transcripts" / "simulators-1.vtt").read_text(encoding="utf-8")

CREW = Crew(jobs=2, hearers=0, writers=2, threads=1, requests=None)
ONE = CREW._replace(jobs=1, writers=1)

KEPT = ("transcripts/", "drafts/", ".scribe/base/")


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """One cluster for all tests, on this machine, that is not scribe's to end."""
    os.environ["RAY_USAGE_STATS_ENABLED"], os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = "0", "."
    found = pytest.importorskip("ray", reason="Ray is not installed: pip install -c constraints.txt '.[ray]'")
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    reachable = {"env_vars": {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT)])}}
    found.init(address="local", num_cpus=2, namespace="tests", runtime_env=reachable, **quiet)
    yield found
    found.shutdown()


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short sessions, and one that says nothing; workspaces lie beside this folder."""
    folder = tmp_path_factory.mktemp("ray") / "talks"
    folder.mkdir()
    cues = SAMPLE.split("\n\n")[1:]
    for n, name in enumerate(("one", "two", "three")):
        (folder / f"{name}.vtt").write_text("\n\n".join(["WEBVTT", *cues[n * 10 : n * 10 + 16]]) + "\n")
    (folder / "empty.vtt").write_text("WEBVTT\n")
    return folder


@pytest.fixture
def workspace(talks: Path) -> Path:
    folder = talks.parent / uuid4().hex
    folder.mkdir()
    return folder


def run(
    talks: Path, workspace: str, employ: Callable[[Setup, Crew], Executor], *, crew: Crew = CREW, **changes: object
) -> Report:
    given = Setup.model_validate({"workspace": workspace, "recipe": "extract/3", "frames": curated(), **changes})
    planned = plan([str(talks)], given, STAGES)
    return carry_out(planned, given, STAGES, Manner(crew, employ))


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name.startswith(KEPT)}


@pytest.fixture(scope="module")
def local(talks: Path) -> dict[str, bytes]:
    """What a batch on this machine makes of the sessions."""
    folder = talks.parent / "local"
    folder.mkdir()
    run(talks, str(folder), Local)
    made = files(folder)
    assert {"drafts/one/post.md", "drafts/three/notes.json", "transcripts/two.json"} < made.keys()
    return made


def outcomes(report: Report) -> dict[str | None, str]:
    return {row.id: row.outcome for row in report.rows}


# ── The same as on this machine ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["{}", "file://{}"], ids=["a path", "a URL"])
def test_ray_makes_the_same_files(
    ray: Any, talks: Path, workspace: Path, local: dict[str, bytes], place: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """A source that is bad fails alone, and nobody chatters."""
    report = run(talks, place.format(workspace), OnRay, is_mirrored=True)
    assert outcomes(report) == {"one": "done", "two": "done", "three": "done", "empty": "failed"}
    (reason,) = (row.reason for row in report.rows if row.outcome == "failed")
    assert reason is not None
    assert reason.startswith(f"transcribe: {talks / 'empty.vtt'}: expected speech, found none")
    assert files(workspace) == local
    assert list((workspace / ".scribe" / "locks").glob("worker-*")) == []
    assert ray.is_initialized()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_actor_that_is_killed_loses_nothing_and_its_source_is_tried_again(
    ray: Any, talks: Path, workspace: Path, local: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    report = run(talks, str(workspace), lambda setup, crew: OnRay(setup, crew, hand=Fragile), is_mirrored=True)
    assert sorted(path.name for path in workspace.glob("died-*")) == ["died-one", "died-three", "died-two"]
    assert outcomes(report) == {"one": "done", "two": "done", "three": "done", "empty": "failed"}
    assert files(workspace) == local
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("hand", "told"),
    [
        (Doomed, "its worker died 2 times: its process ended unexpectedly, as it does when memory runs out"),
        (Broken, "its worker died 2 times: ZeroDivisionError: a b"),
    ],
)
def test_a_source_of_which_actors_die_is_given_up(ray: Any, tmp_path: Path, hand: type[Hand], told: str) -> None:
    (tmp_path / "one.vtt").write_text(SAMPLE)
    report = run(tmp_path / "one.vtt", str(tmp_path), lambda setup, crew: OnRay(setup, crew, hand=hand), crew=ONE)
    assert [(row.outcome, row.reason) for row in report.rows] == [("failed", f"transcribe: {told}")]


# ── What is refused ──────────────────────────────────────────────────────────────────────────


def missing() -> type[Hand]:
    """A class that no node can import."""
    module = ModuleType("scribe_of_another_machine")
    sys.modules[module.__name__] = module
    module.Missing = type("Missing", (Hand,), {"__module__": module.__name__})  # type: ignore[attr-defined]
    return module.Missing  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("hand", "workspace", "told"),
    [
        (lambda: Old, None, rf" has scribe {re.escape(__version__)}, and the batch was begun with 0\.0; install"),
        (
            missing,
            None,
            "a node of the cluster has no scribe_of_another_machine; install scribe on every node, in version",
        ),
        (lambda: Hand, "nowhere://ws", "nowhere://ws: expected a path, or a URL such as s3://bucket/folder"),
    ],
    ids=["another version", "not installed", "a workspace that cannot be opened there"],
)
def test_a_node_that_cannot_work_ends_the_batch_in_one_line(
    ray: Any, talks: Path, tmp_path: Path, hand: Callable[[], type[Hand]], workspace: str | None, told: str
) -> None:
    def employ(setup: Setup, crew: Crew) -> OnRay:
        return OnRay(setup.model_copy(update={"workspace": workspace or setup.workspace}), crew, hand=hand())

    report = run(talks, str(tmp_path), employ, crew=ONE)
    waiting = {row.reason for row in report.rows if row.outcome == "waiting"}
    assert any(re.search(told, reason or "") for reason in waiting), waiting
    assert not any("\n" in (reason or "") for reason in waiting)


def test_a_cluster_without_room_is_one_line(ray: Any, tmp_path: Path) -> None:
    given = Setup.model_validate({"workspace": str(tmp_path), "frames": curated()})
    taken = take_room(ray, [{"CPU": 1.0}, {"CPU": 1.0}], patience_s=10)
    try:
        assert resources() == (1, 0)
        began = time.monotonic()
        with pytest.raises(
            ScribeError, match="--on ray: the cluster has no room for 2 workers with 1 CPU each"
        ) as error:
            OnRay(given, CREW, patience_s=0.5)
        assert time.monotonic() - began < 10
        assert "free are 0 of 2 CPU and 0 of 0 GPU; " in str(error.value)
        assert "\n" not in str(error.value)
    finally:
        ray.util.remove_placement_group(taken)
    assert connect() is ray


NODES = st.lists(st.tuples(st.integers(0, 64), st.integers(0, 8)), max_size=5)


@given(nodes=NODES, among=st.integers(1, 40), limited=st.booleans())
def test_what_each_declares_leaves_room_for_all(nodes: list[tuple[int, int]], among: int, *, limited: bool) -> None:
    most = [limit if limited else among for _, limit in nodes]
    share = share_of([cpus for cpus, _ in nodes], among, most=most)
    assert share < 1 or share == int(share)
    limits = [(cpus, limit) for (cpus, _), limit in zip(nodes, most, strict=True)]
    places = sum(min(int(cpus / share + 1e-9), limit) for cpus, limit in limits) if share else 0
    can_be = sum(limit for cpus, limit in limits if cpus) >= among
    assert (places >= among) == (share > 0) == can_be


class Machines:
    """A cluster of these nodes, each with so many CPUs and GPUs; of the CPUs others hold some."""

    def __init__(self, *nodes: tuple[float, float], held: float = 0) -> None:
        self._nodes, self._held = nodes, held

    def nodes(self) -> list[dict[str, Any]]:
        lost = {"Alive": False, "Resources": {"CPU": 1000.0, "GPU": 1000.0}}
        return [lost, *({"Alive": True, "Resources": {"CPU": cpu, "GPU": gpu}} for cpu, gpu in self._nodes)]

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": sum(cpu for cpu, _ in self._nodes), "GPU": sum(gpu for _, gpu in self._nodes)}

    def available_resources(self) -> dict[str, float]:
        return {"CPU": self.cluster_resources()["CPU"] - self._held}


@pytest.mark.parametrize(
    ("cluster", "crew", "expected"),
    [
        (Machines((8, 0)), {"workers": 4, "holders": 0, "threads": 2}, (2.0, 0.0)),
        (Machines((8, 0)), {"workers": 16, "holders": 0, "threads": 1}, (0.5, 0.0)),
        (Machines((64, 0)), {"workers": 4, "holders": 0, "threads": 4}, (4.0, 0.0)),
        (Machines((8, 0), (8, 0), held=8), {"workers": 4, "holders": 0, "threads": 9}, (2.0, 0.0)),
        (Machines((8, 0), held=8), {"workers": 4, "holders": 0, "threads": 9}, (2.0, 0.0)),
        (Machines(), {"workers": 4, "holders": 4, "threads": 9}, (1.0, 0.0)),
        (Machines((32, 4), (32, 4)), {"workers": 8, "holders": 8, "threads": 8}, (8.0, 1.0)),
        (Machines((32, 4), (32, 4)), {"workers": 9, "holders": 9, "threads": 9}, (6.0, 0.5)),
        (Machines((4, 8), (60, 0)), {"workers": 8, "holders": 8, "threads": 8}, (0.5, 1.0)),
        (Machines((32, 4), (4, 4)), {"workers": 8, "holders": 8, "threads": 8}, (1.0, 1.0)),
    ],
    ids=[
        *(
            "whole CPUs",
            "parts of CPUs",
            "no more than threads",
            "others hold some",
            "others hold all",
            "nothing there",
        ),
        *("a GPU each", "half a GPU each", "GPUs where few CPUs are", "uneven nodes"),
    ],
)
def test_what_workers_declare(cluster: Machines, crew: dict[str, int], expected: tuple[float, float]) -> None:
    assert shares(cluster, **crew) == expected


# ── From the command line ────────────────────────────────────────────────────────────────────


def batch(talks: Path, workspace: Path, **environment: str) -> tuple[int, str, str, float]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "SCRIBE_"))}
    began = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "scribe",
            "batch",
            "talks",
            "-w",
            workspace.name,
            "--on",
            "ray",
            "-j",
            "2",
        ],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        cwd=talks.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr, time.monotonic() - began


def test_the_command_starts_a_cluster_and_ends_it(
    ray: Any, talks: Path, workspace: Path, local: dict[str, bytes]
) -> None:
    code, out, err, _ = batch(talks, workspace, RAY_ADDRESS="local")
    assert code == 1, err
    assert files(workspace) == local
    assert out.startswith("source")
    assert "4 sources (3 done, 1 failed)" in out
    lines = err.splitlines()
    assert lines[0] == "4 of 4 sources to do; 2 sources at once, 1 thread each"
    assert all(line.startswith(("[", "  see ", "4 of 4")) for line in lines), err


def test_a_cluster_that_is_gone_is_told_of_at_once(ray: Any, talks: Path, workspace: Path) -> None:
    code, out, err, took_s = batch(talks, workspace, RAY_ADDRESS="127.0.0.1:1")
    assert (code, out) == (2, "")
    assert err == "scribe: --on ray: nobody answers at 127.0.0.1:1, which RAY_ADDRESS names; is the cluster running?\n"
    assert took_s < 30
