"""One batch at a time in a workspace.

In: the workspace's place. Out: a block that nobody else is in. On a disk the locks are the system's, and go with the
process that holds them, however it ends. Where there are none, as in an object store, a batch leaves word there that it
is at work, again and again; word that is two minutes old is nobody's.

Such word is no lock: two batches that begin within the same seconds are told apart by who wrote last, and clocks that
differ by more than a minute can let in a second one. It does the same work twice then, and breaks nothing: pages that
changed meanwhile are never written over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from pydantic import ValidationError

from scribe.records import Record, ScribeError
from scribe.shelf import Store

_LINGER_S = 20.0
"""How long workers are waited for whose batch was killed: they end when they notice, which takes milliseconds here and
seconds on Ray."""

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What disks say that have no locks, as some in networks."""

_LEASE = (".scribe", "locks", "batch.json")


class Timing(NamedTuple):
    """When word is left, and how long it is good for."""

    now: Callable[[], float] = time.time
    """Seconds since 1970."""
    beat_s: float = 30.0
    settle_s: float = 1.0
    """How long to wait whether somebody else began in the same moment."""
    stale_s: float = 120.0


_USUAL = Timing()


class Lease(Record):
    """Word of a batch that is at work."""

    host: str
    pid: int
    token: str
    """Tells it from all others."""
    started: float
    """Seconds since 1970, as is `beat`."""
    beat: float


@contextlib.contextmanager
def alone(store: Store, timing: Timing = _USUAL, *, linger_s: float = _LINGER_S) -> Iterator[None]:
    """Be the only batch in a workspace; raises ScribeError where another one is, or workers of an earlier one are."""
    lock = _lock(store) if store.is_local else None
    if lock is None:
        with _leased(store, timing):
            yield
        return
    try:
        _wait_for_orphans(_folder(store), linger_s)
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def at_work(store: Store) -> Iterator[None]:
    """Let others know that this process works in a workspace, for as long as it does; where there are locks."""
    path = _folder(store) / f"worker-{socket.gethostname()}-{os.getpid()}.lock"
    with contextlib.ExitStack() as stack:
        if store.is_local:
            # That it is taken says that another machine has this one's name, or a container: it stands for both.
            with contextlib.suppress(OSError, Timeout), _without_remarks():
                path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(FileLock(path, timeout=0))
                stack.callback(path.unlink, missing_ok=True)
        yield


# ── Where there are locks ────────────────────────────────────────────────────────────────────


def _lock(store: Store) -> FileLock | None:
    """The lock of a workspace on a disk, held; None where the disk has no locks."""
    folder = _folder(store)
    store.refuse_outside(str(folder))
    try:
        with _without_remarks():
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / "batch.lock", timeout=0)
            lock.acquire()
    except Timeout as error:
        raise ScribeError(
            f"{store.root}: another batch is at work in this workspace; wait for it, or use another --workspace"
        ) from error
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise ScribeError(f"cannot write {folder}: {error.strerror or error}; make it writable") from error
    return lock


@contextlib.contextmanager
def _without_remarks() -> Iterator[None]:
    """The library warns where it must make do with less."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _wait_for_orphans(folder: Path, linger_s: float) -> None:
    for path in folder.glob("worker-*.lock"):
        try:
            with FileLock(path, timeout=linger_s):
                path.unlink(missing_ok=True)
        except Timeout as error:
            host, _, pid = path.stem.removeprefix("worker-").rpartition("-")
            raise ScribeError(
                f"a worker of an earlier batch is still at work, process {pid} on {host}; wait for it, or end it"
            ) from error


def _folder(store: Store) -> Path:
    return Path(store.path(".scribe", "locks"))


# ── Where there are none ─────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _leased(store: Store, timing: Timing) -> Iterator[None]:
    started = timing.now()
    mine = Lease(host=socket.gethostname(), pid=os.getpid(), token=secrets.token_hex(8), started=started, beat=started)
    is_over = threading.Event()
    beating = threading.Thread(target=_beat, args=(store, mine, timing, is_over), daemon=True)
    _refuse_if_held(store, mine, timing)
    try:
        _leave_word(store, mine)
        time.sleep(timing.settle_s)
        _refuse_if_held(store, mine, timing)
        beating.start()
        yield
    finally:
        is_over.set()
        if beating.is_alive():
            beating.join()
        with contextlib.suppress(ScribeError):  # it grows old by itself
            if (there := _word(store)) is not None and there.token == mine.token:
                store.remove(store.path(*_LEASE))


def _beat(store: Store, mine: Lease, timing: Timing, is_over: threading.Event) -> None:
    """Leave word now and then, unless somebody else took over, as after this machine slept; a failure is made good."""
    while not is_over.wait(timing.beat_s):
        with contextlib.suppress(ScribeError):
            there = _word(store)
            if there is not None and there.token != mine.token:
                return
            _leave_word(store, mine.model_copy(update={"beat": timing.now()}))


def _refuse_if_held(store: Store, mine: Lease, timing: Timing) -> None:
    other = _word(store)
    if other is None or other.token == mine.token or timing.now() - other.beat >= timing.stale_s or _is_dead(other):
        return
    since = datetime.fromtimestamp(other.started, UTC)
    raise ScribeError(
        f"{store.url}: another batch is at work in this workspace, process {other.pid} on {other.host} since "
        f"{since:%Y-%m-%d %H:%M} UTC; wait for it (two minutes, if it was killed), or use another --workspace"
    )


def _word(store: Store) -> Lease | None:
    """What was left; None where it is nothing, or nothing that can be read."""
    try:
        return Lease.model_validate_json(store.read(store.path(*_LEASE)) or b"")
    except ValidationError:
        return None


def _leave_word(store: Store, lease: Lease) -> None:
    store.write(store.path(*_LEASE), lease.model_dump_json().encode() + b"\n")


def _is_dead(other: Lease) -> bool:
    """Whether it was of this machine, and its process is no more."""
    if other.host != socket.gethostname() or os.name == "nt":  # where the question would end the process
        return False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
