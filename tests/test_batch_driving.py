"""Who does what next, and what is done about deaths, with workers that only pretend."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scribe.batch import STAGES, Crew, Done, Due, Event, Item, Stage, Standing, Task, crew_of
from scribe.batch.driving import Driver, Silent
from scribe.batch.nouns import Finished, Role
from scribe.simulators import Usage


class Pretended:
    """An executor whose workers answer in an order that is drawn, and die when they are told to."""

    def __init__(self, crew: Crew, pick: list[int], deaths: list[bool], *, fatal: str | None = None) -> None:
        self.crew, self.pick, self.deaths, self.fatal = crew, list(pick), list(deaths), fatal
        self.roles: dict[int, Role] = {}
        self.busy: dict[int, Task] = {}
        self.log: list[tuple[str, Role, tuple[Stage, ...]]] = []
        self.most: Counter[str] = Counter()
        self.stored: dict[str, Standing] = {}
        self.closed: bool | None = None

    def hire(self, role: Role) -> int:
        number = len(self.roles) + 1
        self.roles[number] = role
        return number

    def give(self, worker: int, task: Task) -> None:
        assert worker not in self.busy
        self.busy[worker] = task
        self.log.append((task.item.id, self.roles[worker], task.stages))
        for role, n in [*Counter(self.roles[w] for w in self.busy).items(), ("all", len(self.busy))]:
            self.most[role] = max(self.most[role], n)

    def wait(self, timeout_s: float) -> list[Event]:
        order = sorted(self.busy)
        worker = order[(self.pick.pop() if self.pick else 0) % len(order)]
        task = self.busy.pop(worker)
        if self.deaths and self.deaths.pop():
            return [Event(worker, died="killed")]
        before = self.stored.get(task.item.id, Standing(id=task.item.id))
        made = {stage: Finished(outcome="done") for stage in task.stages if stage not in before.stages}
        if self.fatal:
            return [Event(worker, done=Done(id=task.item.id, standing=before, fatal=self.fatal))]
        standing = before.model_copy(update={"stages": {**before.stages, **made}})
        self.stored[task.item.id] = standing
        usage = Usage(requests=worker)
        return [
            Event(worker, done=Done(id=task.item.id, ran=dict.fromkeys(made, "new"), standing=standing, usage=usage))
        ]

    def close(self, *, at_once: bool) -> None:
        self.closed = at_once


def due(name: str, *, unheard: bool = False, stages: tuple[Stage, ...] = STAGES) -> Due:
    return Due(Item(id=name, source=f"/{name}", shown=name, is_unheard=unheard), stages, stages[0], "not made before")


def give_up(item: Item, stage: Stage, reason: str) -> Standing:
    return Standing(id=item.id, stages={stage: Finished(outcome="failed", reason=reason)})


def driven(executor: Pretended, todo: list[Due]) -> Driver:
    driver = Driver(executor, executor.crew, watcher=Silent(), give_up=give_up)
    driver.run(todo)
    return driver


@given(
    st.integers(1, 5),
    st.lists(st.booleans(), max_size=12),
    st.lists(st.integers(0, 9), max_size=40),
    st.lists(st.booleans(), max_size=12),
)
def test_every_source_ends_once_and_limits_hold(
    jobs: int, kinds: list[bool], pick: list[int], deaths: list[bool]
) -> None:
    crew = crew_of("extract", jobs=jobs, cores=4, recordings=sum(kinds))
    executor = Pretended(crew, pick, deaths)
    driver = driven(executor, [due(f"s{n}", unheard=kind) for n, kind in enumerate(kinds)])
    assert set(driver.results) == {f"s{n}" for n in range(len(kinds))}
    assert executor.most["all"] <= jobs
    assert executor.most["hear"] <= crew.hearers
    assert executor.most["write"] <= crew.writers
    for name, result in driver.results.items():
        outcomes = {stage: finished.outcome for stage, finished in result.standing.stages.items()}
        assert result.waiting is None
        assert outcomes == dict.fromkeys(STAGES, "done") or "failed" in outcomes.values()
        given_to = [entry for entry in executor.log if entry[0] == name]
        assert len(given_to) <= 3 + 1  # heard, written, and one try more for the first death


def test_a_source_whose_worker_dies_is_tried_once_more() -> None:
    crew = crew_of("extract", jobs=1, cores=1, recordings=0)
    once = driven(Pretended(crew, [], [True]), [due("a"), due("b")])
    assert all(set(result.standing.stages) == set(STAGES) for result in once.results.values())
    twice = driven(Pretended(crew, [], [False, True, True]), [due("a"), due("b")])
    assert twice.results["a"].standing.stages["transcribe"].reason == "its worker died 2 times: killed"
    assert set(twice.results["b"].standing.stages) == set(STAGES)


def test_somebody_hears_while_another_writes() -> None:
    """Two at once, four recordings: each is written while the next is heard, not after all were heard."""
    crew = crew_of("extract", jobs=2, cores=2, recordings=4)
    executor = Pretended(crew, [1, 0] * 20, [])
    driven(executor, [due(f"s{n}", unheard=True) for n in range(4)])
    roles = [role for _, role, _ in executor.log]
    assert roles.index("write") < len(roles) - 1 - roles[::-1].index("hear")


def test_one_at_a_time_finishes_a_source_before_the_next() -> None:
    executor = Pretended(crew_of("extract", jobs=1, cores=2, recordings=2), [], [])
    driven(executor, [due("a", unheard=True), due("b", unheard=True)])
    assert [(name, role) for name, role, _ in executor.log] == [
        ("a", "hear"),
        ("a", "write"),
        ("b", "hear"),
        ("b", "write"),
    ]


def test_a_recording_of_which_only_the_transcript_is_wanted_is_not_written() -> None:
    executor = Pretended(crew_of("extract", jobs=2, cores=2, recordings=1), [], [])
    driven(executor, [due("a", unheard=True, stages=("transcribe",))])
    assert executor.log == [("a", "hear", ("transcribe",))]


def test_what_no_source_can_bear_stops_all() -> None:
    executor = Pretended(crew_of("extract", jobs=1, cores=1, recordings=0), [], [], fatal="the disk is full")
    driver = driven(executor, [due("a"), due("b")])
    assert driver.results["a"].waiting == "the disk is full"
    assert driver.results["b"].waiting == "not begun: the disk is full"
    assert driver.fatal == "the disk is full"
    assert len(executor.log) == 1


def test_what_cannot_be_heard_does_not_keep_the_rest_from_being_written() -> None:
    crew = crew_of("extract", jobs=1, cores=1, recordings=2)
    executor = Pretended(crew, [], [], fatal="no weights")
    driver = Driver(executor, crew, watcher=Silent(), give_up=give_up)
    driver.run([due("a", unheard=True), due("b", unheard=True), due("c")])
    assert [name for name, _, _ in executor.log] == ["c", "a"]


def test_what_servers_took_is_summed_over_workers() -> None:
    executor = Pretended(crew_of("extract", jobs=2, cores=2, recordings=0), [], [])
    assert driven(executor, [due("a"), due("b")]).usage == Usage(requests=1 + 2)


def test_stopping_begins_nothing_more() -> None:
    executor = Pretended(crew_of("extract", jobs=1, cores=1, recordings=0), [], [])
    driver = Driver(executor, executor.crew, watcher=Silent(), give_up=give_up)
    driver.stop("stopped by you")
    driver.run([due("a")])
    assert driver.results["a"].waiting == "stopped by you"
    assert not executor.log


@given(st.integers(1, 64), st.integers(1, 64), st.integers(0, 50), st.integers(1, 200))
def test_threads_and_requests_are_shared_out(jobs: int, cores: int, recordings: int, most: int) -> None:
    crew = crew_of(f"openai:m@http://127.0.0.1/v1?concurrency={most}", jobs=jobs, cores=cores, recordings=recordings)
    assert crew.requests is not None
    assert crew.requests * crew.writers <= most
    assert crew.threads * crew.jobs <= max(cores, crew.jobs)
    held = crew_of("hf:model", jobs=jobs, cores=cores, recordings=recordings)
    assert held.writers == 1
    assert held.requests is None
