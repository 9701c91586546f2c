"""A model server behind a batch: never more requests than allowed, patience when it refuses, the bill at the end."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from openai_server import Asked, Reply, Server, refuses, writes
from test_batch_local import Killer, employ
from test_batch_working import setup, talk

from scribe.batch import STAGES, Manner, Report, carry_out, crew_of, plan


def batch(root: Path, spec: str, *, jobs: int, sources: int) -> Report:
    items = [talk(root, f"s{n}") for n in range(sources)]
    crew = crew_of(spec, jobs=jobs, cores=2, recordings=0)
    given = setup(root, simulator=spec, recipe="served")
    planned = plan([item.source for item in items], given, STAGES)
    return carry_out(planned, given, STAGES, Manner(crew, employ, watcher=Killer("", 0)))


def answers(asked: Asked) -> Reply:
    """A point that cites the first line that it was shown."""
    time.sleep(0.01)
    return writes(asked, " Mira opened the session. [0]\n")


def test_requests_are_shared_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    calls = itertools.count()

    def script(asked: Asked) -> Reply:
        if next(calls) % 7 == 3:
            return refuses(429, "slow down", headers={"retry-after-ms": "5"})
        return answers(asked)

    with Server(script) as server:
        spec = f"openai:tiny@{server.url}?as=base&context=8192&concurrency=4&prices=1/2"
        report = batch(tmp_path, spec, jobs=2, sources=3)
        assert server.busiest <= 4
        assert len(server.asked) > 10
        assert {row.outcome for row in report.rows} <= {"done", "incomplete"}, report.rows
        assert report.usage is not None
        assert report.usage.requests == len(server.asked)
        assert report.usage.retries > 0
        assert report.usage.completion_tokens > 0
        assert report.usage.cost_usd
        before = len(server.asked)
        again = batch(tmp_path, spec, jobs=2, sources=3)
        assert len(server.asked) == before
        assert again.usage is None


def test_a_server_that_refuses_all_leaves_no_page(tmp_path: Path) -> None:
    with Server(lambda asked: refuses(401, "no such key")) as server:
        spec = f"openai:tiny@{server.url}?as=base&context=8192"
        report = batch(tmp_path, spec, jobs=2, sources=2)
    assert [row.outcome for row in report.rows] == ["failed", "failed"]
    assert "no such key" in str(report.rows[0].reason)
    assert not list(tmp_path.glob("drafts/*/notes.md"))
