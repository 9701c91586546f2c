"""Workers that are processes on this machine.

In: a setup and tasks. Out: what the workers say. One that dies takes its own task with it and nothing else; when the
process that started them dies, they end at once, so that nobody writes beside whoever goes on from there.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from scribe.batch.crew import Event
from scribe.batch.locking import at_work
from scribe.batch.nouns import Done, Role, Step, Task
from scribe.batch.setup import THREADS, Crew, Setup
from scribe.records import ScribeError
from scribe.shelf import Store

_STEP, _DONE = b"s", b"d"


class _Hand(NamedTuple):
    process: BaseProcess
    connection: Connection


class Local:
    """Processes, each with a connection of its own; all it needs is sent as JSON."""

    def __init__(self, setup: Setup, crew: Crew) -> None:
        self._setup = setup.shared_out(crew).model_dump_json()
        self._threads = str(crew.threads)
        self._hands: dict[int, _Hand] = {}
        self._hired = 0

    def hire(self, role: Role) -> int:
        """Start a process; raises ScribeError where the system has no room for one."""
        spawn = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=serve, args=(theirs, self._setup), name=f"scribe {role}", daemon=True)
        try:
            with _environment(dict.fromkeys(THREADS, self._threads)):
                process.start()
        except OSError as error:
            raise ScribeError(f"cannot start a worker: {error.strerror or error}; try fewer --jobs") from error
        finally:
            theirs.close()
        self._hired += 1
        self._hands[self._hired] = _Hand(process, ours)
        return self._hired

    def give(self, worker: int, task: Task) -> None:
        """Send it; a worker that has died meanwhile is found out by `wait`."""
        with contextlib.suppress(OSError):
            self._hands[worker].connection.send_bytes(task.model_dump_json().encode())

    def wait(self, timeout_s: float) -> list[Event]:
        """What came, or who died; what a worker said before it died comes first."""
        numbers = {hand.connection: number for number, hand in self._hands.items()}
        events = []
        for ready in wait(list(numbers), timeout_s):
            assert isinstance(ready, Connection)
            number = numbers[ready]
            try:
                events.append(_event(number, ready.recv_bytes()))
            except (EOFError, OSError):
                events.append(Event(number, died=self._bury(number)))
        return events

    def close(self, *, at_once: bool) -> None:
        """End all processes; those that are at work only at once."""
        for hand in self._hands.values():
            if at_once:
                hand.process.kill()
            hand.connection.close()
        for hand in self._hands.values():
            hand.process.join()
        self._hands.clear()

    def _bury(self, number: int) -> str:
        process, connection = self._hands.pop(number)
        connection.close()
        process.join()
        return _manner(process.exitcode)


def serve(connection: Connection, setup: str) -> None:
    """A worker's life: tasks come in, what becomes of them goes out, until the other end is closed."""
    from scribe.batch.working import Worker

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; what it means is for the driver to say
    threading.Thread(target=_end_with_parent, daemon=True).start()
    given = Setup.model_validate_json(setup)
    saying = threading.Lock()

    def say(kind: bytes, what: Step | Done) -> None:
        with saying:
            connection.send_bytes(kind + what.model_dump_json().encode())

    with at_work(Store(given.workspace)):
        worker = Worker(given, lambda step: say(_STEP, step))
        try:
            while True:
                say(_DONE, worker.do(Task.model_validate_json(connection.recv_bytes())))
        except (EOFError, OSError):
            return
        finally:
            worker.close()


def _event(number: int, said: bytes) -> Event:
    if said[:1] == _STEP:
        return Event(number, step=Step.model_validate_json(said[1:]))
    return Event(number, done=Done.model_validate_json(said[1:]))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _manner(code: int | None) -> str:
    """How a process ended, for a person.

    >>> _manner(-9), _manner(3)
    ('killed by SIGKILL, as the system does when memory runs out', 'it ended with exit code 3')
    """
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else f"signal {-code}"
        return f"killed by {name}" + (", as the system does when memory runs out" if name == "SIGKILL" else "")
    return f"it ended with exit code {code}"


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables for whatever is started in the block, unless a person set them."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
