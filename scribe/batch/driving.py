"""The driver: which source goes to which worker next, and what is done when one dies.

In: sources with what is due of them, and an executor. Out: what became of each. It does no work itself, so that it can
always answer; what it decides is the same whoever runs the workers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from scribe.batch.crew import Event, Executor
from scribe.batch.nouns import Done, Item, Role, Stage, Standing, Step, Task
from scribe.batch.setup import Crew
from scribe.simulators import Usage

_TICK_S = 0.5
"""How often the driver looks up when nobody has anything to say."""

_DEATHS = 2
"""Workers that may die over one source before it is given up."""


class Due(NamedTuple):
    """A source that needs work: from which stage on, and all that are wanted."""

    item: Item
    stages: tuple[Stage, ...]
    first: Stage
    reason: str


@dataclass
class Result:
    """What a batch did of one source."""

    standing: Standing
    ran: dict[Stage, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    waiting: str | None = None
    """Why it was not begun, or not finished."""


class Watcher(Protocol):
    """What is told of a batch under way."""

    def step(self, worker: int, step: Step) -> None:
        """A worker comes along."""

    def finished(self, result: Result, left: int) -> None:
        """A source is done with; so many are left."""

    def tell(self, message: str) -> None:
        """Something that a person should know."""


class Silent:
    """Tells nobody."""

    def step(self, worker: int, step: Step) -> None:
        """Nothing."""

    def finished(self, result: Result, left: int) -> None:
        """Nothing."""

    def tell(self, message: str) -> None:
        """Nothing."""


class Driver:
    """Drives one batch."""

    def __init__(
        self,
        executor: Executor,
        crew: Crew,
        *,
        watcher: Watcher,
        give_up: Callable[[Item, Stage, str], Standing],
        retry_failed: bool = False,
    ) -> None:
        """`give_up` keeps that a stage of a source failed, and why."""
        self._executor, self._crew, self._watcher = executor, crew, watcher
        self._give_up, self._retry_failed = give_up, retry_failed
        self._queues: dict[Role, deque[Due]] = {"hear": deque(), "write": deque()}
        self._roles: dict[int, Role] = {}
        self._busy: dict[int, tuple[Due, Role]] = {}
        self._stage: dict[int, Stage] = {}
        self._deaths: dict[str, int] = {}
        self._usage: dict[int, Usage] = {}
        self._closed: dict[Role, str] = {}
        self.fatal: str | None = None
        """Why some sources could not be begun, where that was not a person's wish."""
        self.results: dict[str, Result] = {}

    @property
    def usage(self) -> Usage | None:
        """What all workers' simulators took, where they count."""
        return _summed(self._usage.values())

    def stop(self, reason: str) -> None:
        """Begin nothing more."""
        for role in self._queues:
            self._closed.setdefault(role, reason)

    def abandon(self, reason: str) -> None:
        """Leave what is under way to the next time."""
        for due, _ in self._busy.values():
            self._result(due).waiting = reason
        self._busy.clear()
        self._leave(reason)

    def run(self, due: Iterable[Due]) -> None:
        """Have all of it done, or all that can be; returns when no worker is at work.

        What raises KeyboardInterrupt meanwhile calls `abandon` next.
        """
        for one in due:
            self._queues["hear" if _is_to_be_heard(one) else "write"].append(one)
        while True:
            self._hand_out()
            if not self._busy:
                break
            for event in self._executor.wait(_TICK_S):
                self._take(event)
        self._leave("nobody could begin it")

    def _leave(self, reason: str) -> None:
        for role, queue in self._queues.items():
            while queue:
                self._result(queue.popleft()).waiting = self._closed.get(role, reason)

    # ── Handing out ──────────────────────────────────────────────────────────────────────────

    def _hand_out(self) -> None:
        while len(self._busy) < self._crew.jobs:
            role = self._next_role()
            worker = None if role is None else self._free(role)
            if role is None or worker is None:
                return
            due = self._queues[role].popleft()
            self._busy[worker] = (due, role)
            self._stage.pop(worker, None)
            stages = ("transcribe",) if role == "hear" else due.stages
            self._executor.give(worker, Task(item=due.item, stages=stages, retry_failed=self._retry_failed))

    def _next_role(self) -> Role | None:
        """What to begin next: what is begun is finished first, but somebody always hears while another writes."""
        at_work = [role for _, role in self._busy.values()]
        order: list[Role] = ["write", "hear"]
        if self._crew.jobs > 1 and at_work and "hear" not in at_work:
            order.reverse()
        limits: Mapping[Role, int] = {"hear": self._crew.hearers, "write": self._crew.writers}
        open_ones = (role for role in order if self._queues[role] and role not in self._closed)
        return next((role for role in open_ones if at_work.count(role) < limits[role]), None)

    def _free(self, role: Role) -> int | None:
        free = [worker for worker, known in self._roles.items() if known == role and worker not in self._busy]
        if free:
            return free[0]
        worker = self._executor.hire(role)
        self._roles[worker] = role
        return worker

    # ── Taking in ────────────────────────────────────────────────────────────────────────────

    def _take(self, event: Event) -> None:
        if event.step is not None:
            self._stage[event.worker] = event.step.stage
            self._watcher.step(event.worker, event.step)
        elif event.died is not None:
            self._mourn(event.worker, event.died)
        elif event.done is not None:
            self._take_done(event.worker, event.done)

    def _take_done(self, worker: int, done: Done) -> None:
        due, role = self._busy.pop(worker)
        if done.usage is not None:
            self._usage[worker] = done.usage
        result = self._result(due)
        result.ran |= done.ran
        result.remarks += done.remarks
        result.standing = done.standing
        if done.fatal is not None:
            result.waiting = self.fatal = done.fatal
            if role not in self._closed:
                self._watcher.tell(done.fatal)
            self._closed.setdefault(role, f"not begun: {done.fatal}")
            return
        last = done.standing.stages.get("transcribe")
        rest = tuple(stage for stage in due.stages if stage != "transcribe")
        if role == "hear" and rest and last is not None and last.outcome != "failed":
            self._queues["write"].append(due._replace(stages=rest))
        else:
            self._watcher.finished(result, self._left())

    def _mourn(self, worker: int, how: str) -> None:
        """A worker is dead: its source is tried once more, by another."""
        self._roles.pop(worker, None)
        if worker not in self._busy:
            return
        due, role = self._busy.pop(worker)
        stage = self._stage.get(worker, due.first)
        deaths = self._deaths[due.item.id] = self._deaths.get(due.item.id, 0) + 1
        if deaths < _DEATHS:
            self._watcher.tell(f"{due.item.shown}: its worker died ({how}); trying once more")
            self._queues[role].appendleft(due)
            return
        result = self._result(due)
        result.standing = self._give_up(due.item, stage, f"its worker died {deaths} times: {how}")
        result.ran[stage] = "tried again"
        self._watcher.finished(result, self._left())

    def _result(self, due: Due) -> Result:
        blank = Result(Standing(id=due.item.id, source=due.item.source))
        return self.results.setdefault(due.item.id, blank)

    def _left(self) -> int:
        return sum(map(len, self._queues.values())) + len(self._busy)


def _is_to_be_heard(due: Due) -> bool:
    return due.item.is_unheard and due.first == "transcribe"


def _summed(usages: Iterable[Usage]) -> Usage | None:
    found = list(usages)
    if not found:
        return None
    costs = [usage.cost_usd for usage in found if usage.cost_usd is not None]
    counted = {
        name: sum(getattr(usage, name) for usage in found)
        for name in ("requests", "retries", "prompt_tokens", "cached_tokens", "completion_tokens")
    }
    return Usage(**counted, cost_usd=sum(costs) if costs else None)
