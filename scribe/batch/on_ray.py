"""Workers that are actors of Ray, on a cluster or on this machine.

In: a setup and tasks. Out: what the workers say. Each is the same `Worker` as runs here; it fetches what it needs from
where the workspace lies, and sends back what it made. Scribe must be installed on every node, in the same version.
Stages are not watched while they run: an actor answers when its task is done.

Room for all actors is taken before the first begins. Ray ends those whose owner is gone, so a batch that is killed
leaves none behind.
"""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack, suppress
from typing import Any, NamedTuple

from scribe import __version__
from scribe.batch.cluster import Needs, connect, disconnect, give_back, shares, take_room
from scribe.batch.crew import Event
from scribe.batch.locking import at_work
from scribe.batch.nouns import Done, Item, Role, Standing, Task
from scribe.batch.setup import THREADS, Crew, Setup
from scribe.records import ScribeError

_END_S = 10.0
"""How long actors may take to remove what lies on their machine."""


class _Asked(NamedTuple):
    worker: int
    item: Item


class _Hired(NamedTuple):
    actor: Any
    role: Role
    place: int
    """Which part of the room is kept for it."""
    ready: Any
    """Answers when it has started."""


class OnRay:
    """Actors, each with the share of the cluster's CPUs and GPUs that is declared for it."""

    def __init__(self, setup: Setup, crew: Crew, *, hand: type[Hand] | None = None, patience_s: float = 60.0) -> None:
        """`hand` is what runs in an actor; raises ScribeError where the cluster has no room after so many seconds."""
        self._ray, self._hand, self._patience_s = connect(), hand or Hand, patience_s
        self._hands: dict[int, _Hired] = {}
        self._asked: dict[Any, _Asked] = {}
        self._hired = 0
        self._group: Any = None
        self._roomless_since_s: float | None = None
        try:
            self._needs = self._declared(setup, crew)
            needs = [self._needs["hear"]] * crew.hearers + [self._needs["write"]] * crew.writers
            self._group = take_room(self._ray, needs, patience_s=patience_s)
            threads = max(1, min(crew.threads, int(self._needs["write"]["CPU"])))
            self._setup = self._ray.put(setup.shared_out(crew._replace(threads=threads)).model_dump_json())
        except BaseException:
            self.close(at_once=True)
            raise
        self._free = {"hear": list(range(crew.hearers)), "write": list(range(crew.hearers, len(needs)))}
        self._environment = {"env_vars": dict.fromkeys(THREADS, str(threads))}

    def hire(self, role: Role) -> int:
        """Start an actor in the room that is kept for it."""
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        self._hired += 1
        place = self._free[role].pop()
        actor = self._ray.remote(self._hand).options(
            num_cpus=self._needs[role]["CPU"],
            num_gpus=self._needs[role].get("GPU", 0),
            max_restarts=0,  # the driver replaces it, and remembers what it was doing
            runtime_env=self._environment,
            scheduling_strategy=PlacementGroupSchedulingStrategy(self._group, place),
        )
        begun = actor.remote(self._setup, __version__)
        self._hands[self._hired] = _Hired(begun, role, place, begun.__ray_ready__.remote())
        return self._hired

    def give(self, worker: int, task: Task) -> None:
        """Ask an actor; one that is dead is found out by `wait`."""
        answer = self._hands[worker].actor.do.remote(task.model_dump_json())
        self._asked[answer] = _Asked(worker, task.item)

    def wait(self, timeout_s: float) -> list[Event]:
        """Who has answered, or died."""
        if not self._asked:
            return []
        ready, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=timeout_s)
        return [self._event(answer) for answer in ready] or self._roomless()

    def close(self, *, at_once: bool) -> None:
        """End the actors, and the cluster if it was started for this batch."""
        exceptions = self._ray.exceptions
        with suppress(exceptions.RayError):
            if not at_once and self._hands:
                ends = [hand.actor.end.remote() for hand in self._hands.values()]
                self._ray.wait(ends, num_returns=len(ends), timeout=_END_S)
            for hand in self._hands.values():
                self._ray.kill(hand.actor)
        self._hands.clear()
        if self._group is not None:
            give_back(self._ray, self._group)
        disconnect(self._ray)

    def _event(self, answer: Any) -> Event:
        worker, item = self._asked.pop(answer)
        exceptions = self._ray.exceptions
        try:
            return Event(worker, done=Done.model_validate_json(self._ray.get(answer)))
        except exceptions.RayTaskError as error:
            if isinstance(error.cause, ScribeError):
                return Event(worker, done=_nothing(item, str(error.cause)))
            return self._bury(worker, f"{type(error.cause).__name__}: {error.cause}")
        except exceptions.OutOfMemoryError:
            return self._bury(worker, "ended by Ray, as its machine was running out of memory")
        except exceptions.RayError as error:
            if told := _not_installed(str(error)):
                return Event(worker, done=_nothing(item, told))
            return self._bury(worker, _manner(str(error)))

    def _roomless(self) -> list[Event]:
        """Who waits for room since the cluster lost a machine, and has waited long enough; Ray would wait forever."""
        now_s = time.monotonic()
        since_s = now_s if self._roomless_since_s is None else self._roomless_since_s
        self._roomless_since_s = None if self._group.wait(0) else since_s
        if self._roomless_since_s is None or now_s - since_s < self._patience_s:
            return []
        started, _ = self._ray.wait(
            [hand.ready for hand in self._hands.values()], num_returns=len(self._hands), timeout=0
        )
        told = (
            "--on ray: the cluster lost a machine, and has no room for its workers; the same command goes on from there"
        )
        waiting = [answer for answer, asked in self._asked.items() if self._hands[asked.worker].ready not in started]
        return [Event(asked.worker, done=_nothing(asked.item, told)) for asked in map(self._asked.pop, waiting)]

    def _bury(self, worker: int, how: str) -> Event:
        hand = self._hands.pop(worker)
        self._ray.kill(hand.actor)
        self._free[hand.role].append(hand.place)
        return Event(worker, died=" ".join(how.split())[:300])

    def _declared(self, setup: Setup, crew: Crew) -> dict[str, Needs]:
        """What an actor of each role takes: a GPU, or a part of one, only if it holds a model and may use it."""
        holding = {"hear": True, "write": setup.simulator.startswith("hf:")}
        holders = crew.hearers + (crew.writers if holding["write"] else 0)
        cpu, gpu = shares(
            self._ray,
            workers=crew.hearers + crew.writers,
            holders=holders if setup.device != "cpu" else 0,
            threads=crew.threads,
        )
        return {role: {"CPU": cpu} | ({"GPU": gpu} if gpu and holds else {}) for role, holds in holding.items()}


class Hand:
    """What runs in an actor."""

    def __init__(self, setup: str, version: str) -> None:
        self._setup, self._version = setup, version
        self._open = ExitStack()
        self._worker: Any = None

    def do(self, task: str) -> str:
        """A `Task` as JSON in, a `Done` as JSON out; raises ScribeError where nothing can be done on this node."""
        if self._version != __version__:
            raise ScribeError(
                f"{socket.gethostname()} has scribe {__version__}, and the batch was begun with {self._version}; "
                "install the same version on every node"
            )
        if self._worker is None:
            self._worker = self.opened(Setup.model_validate_json(self._setup))
        done: Done = self._worker.do(Task.model_validate_json(task))
        return done.model_dump_json()

    def opened(self, setup: Setup) -> Any:
        """The worker, at work in the workspace."""
        from scribe.batch.working import Worker
        from scribe.shelf import Store

        self._open.enter_context(at_work(Store(setup.workspace)))
        worker = Worker(setup)
        self._open.callback(worker.close)
        return worker

    def end(self) -> None:
        """Leave nothing behind."""
        self._open.close()


def _nothing(item: Item, fatal: str) -> Done:
    return Done(id=item.id, standing=Standing(id=item.id, source=item.source), fatal=fatal)


def _not_installed(text: str) -> str | None:
    missing = re.search(r"No module named '([\w.]+)'", text)
    if missing is None:
        return None
    return f"a node of the cluster has no {missing[1]}; install scribe on every node, in version {__version__}"


def _manner(text: str) -> str:
    """How an actor ended, in short, by what Ray says of it at length.

    >>> _manner("The actor died. The actor is dead because its worker process has died. Worker exit type: …")
    'its process ended unexpectedly, as it does when memory runs out'
    >>> _manner("The actor died. The actor is dead because it was killed by `ray.kill`.")
    'The actor died. The actor is dead because it was killed by `ray.kill`.'
    """
    if "its worker process has died" in text:
        return "its process ended unexpectedly, as it does when memory runs out"
    if "is unavailable" in text or "its node has died" in text:
        return "it cannot be reached any more, as when its machine is lost"
    return re.sub(r"\x1b\[[\d;]*m", "", text).strip().splitlines()[-1]
