"""One batch at a time in a workspace, however the one before it ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from scribe.batch.locking import Lease, Timing, alone, at_work
from scribe.records import ScribeError
from scribe.shelf import Store

ROOT = Path(__file__).parent.parent

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextmanager
def process(what: str, root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is in the block that `what` opens."""
    code = f"""
import sys, time
from scribe.batch.locking import alone, at_work
from scribe.shelf import Store
with {what}(Store(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""
    started = subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started
    finally:
        started.kill()
        started.communicate()


# ── On a disk ────────────────────────────────────────────────────────────────────────────────


@posix_only
def test_a_second_batch_is_refused_and_one_that_was_killed_stands_in_nobodys_way(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with process("alone", tmp_path) as other:
        with (
            pytest.raises(ScribeError, match="another batch is at work in this workspace; wait for it") as error,
            alone(store),
        ):
            pass
        assert "\n" not in str(error.value)
        other.send_signal(signal.SIGKILL)
        other.wait()
        with alone(store):
            pass
    with alone(store):
        pass


def test_a_second_batch_of_the_same_process_is_refused(tmp_path: Path) -> None:
    with alone(Store(str(tmp_path))), pytest.raises(ScribeError, match="another batch"), alone(Store(str(tmp_path))):
        pass


@posix_only
def test_workers_whose_batch_was_killed_are_waited_for(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with process("at_work", tmp_path) as orphan:
        with (
            pytest.raises(
                ScribeError, match=f"still at work, process {orphan.pid} on {socket.gethostname()}; wait for it"
            ),
            alone(store, linger_s=0.2),
        ):
            pass
        threading.Timer(0.3, orphan.kill).start()
        began = time.monotonic()
        with alone(store):
            assert 0.2 < time.monotonic() - began < 10
            assert list((tmp_path / ".scribe" / "locks").glob("worker-*")) == []


def test_a_worker_leaves_no_lock_behind(tmp_path: Path) -> None:
    folder = tmp_path / ".scribe" / "locks"
    with at_work(Store(str(tmp_path))):
        assert [path.name for path in folder.iterdir()] == [f"worker-{socket.gethostname()}-{os.getpid()}.lock"]
        with at_work(Store(str(tmp_path))):  # as if another container had this name and this number
            pass
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_hold_locks_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".scribe").write_bytes(b"")
    with pytest.raises(ScribeError, match=r"cannot write .*locks: .*; make it writable"), alone(Store(str(tmp_path))):
        pass
    with at_work(Store(str(tmp_path))):
        pass


# ── Elsewhere ────────────────────────────────────────────────────────────────────────────────


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timing(clock: Clock) -> Timing:
    return Timing(now=clock, beat_s=0.01, settle_s=0)


@pytest.fixture
def store() -> Store:
    return Store(f"memory://{uuid4()}")


def word(store: Store) -> Lease | None:
    data = store.read(store.path(".scribe", "locks", "batch.json"))
    return None if data is None else Lease.model_validate_json(data)


def leave(store: Store, **fields: object) -> None:
    lease = {"host": "elsewhere", "pid": 7, "token": "x", "started": 1_800_000_000.0, "beat": 1_800_000_000.0} | fields
    store.write(store.path(".scribe", "locks", "batch.json"), json.dumps(lease).encode())


def test_a_batch_leaves_word_where_there_are_no_locks(store: Store, timing: Timing, clock: Clock) -> None:
    with alone(store, timing):
        first = word(store)
        assert first is not None
        assert (first.host, first.pid, first.beat) == (socket.gethostname(), os.getpid(), clock.time)
        clock.time += 1000
        until = time.monotonic() + 10
        while (now := word(store)) is None or now.beat != clock.time:
            assert time.monotonic() < until, "no beat"
            time.sleep(0.01)
        assert now.started == first.started
        message = r"process \d+ on .* since 2027-01-15 08:00 UTC; wait for it \(two minutes, if it was killed\)"
        with pytest.raises(ScribeError, match=message) as error, alone(Store(store.url), timing):
            pass
        assert "\n" not in str(error.value)
    assert word(store) is None


@pytest.mark.parametrize("age_s", [-500, 0, 119])
def test_young_word_of_others_is_respected(store: Store, timing: Timing, clock: Clock, age_s: float) -> None:
    leave(store, beat=clock.time - age_s)
    with pytest.raises(ScribeError, match="process 7 on elsewhere"), alone(store, timing):
        pass
    there = word(store)
    assert there is not None
    assert there.token == "x"


@pytest.mark.parametrize(
    "fields",
    [{"beat": 1_800_000_000.0 - 121}, {"host": socket.gethostname(), "pid": 2**22 + 1}, {"pid": "damaged"}],
    ids=["old", "of a process that is dead", "damaged"],
)
@posix_only
def test_word_of_nobody_stands_in_nobodys_way(store: Store, timing: Timing, fields: dict[str, object]) -> None:
    leave(store, **fields)
    with alone(store, timing):
        there = word(store)
        assert there is not None
        assert there.token != "x"
    assert word(store) is None


def test_of_two_that_begin_at_once_the_one_that_wrote_last_goes_on(store: Store, clock: Clock) -> None:
    threading.Timer(0.2, leave, (store,)).start()
    with pytest.raises(ScribeError, match="process 7 on elsewhere"), alone(store, Timing(now=clock, settle_s=1)):
        pass
    there = word(store)
    assert there is not None
    assert there.token == "x"


def test_who_was_taken_over_leaves_the_other_alone(store: Store, timing: Timing) -> None:
    """As a machine that slept for hours finds when it wakes."""
    with alone(store, timing):
        for _ in range(100):  # a beat that had looked before may still write
            leave(store)
            time.sleep(0.1)
            if (there := word(store)) is not None and there.token == "x":
                break
        else:
            raise AssertionError("the other's word was written over again and again")
    assert word(store) == there


def test_workers_need_no_locks_there(store: Store) -> None:
    with at_work(store):
        assert store.below(store.root) == []
