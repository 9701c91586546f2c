"""A batch from beginning to end: what is to be done, having it done, and saying how it went.

In: sources and a setup. Out: files in the workspace, and a `Report` that lies there as `batch.json` and `batch.md`.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Literal, NamedTuple

from pydantic import ValidationError

from scribe import __version__
from scribe.batch.crew import Executor
from scribe.batch.driving import Driver, Due, Result, Silent, Watcher
from scribe.batch.finding import find
from scribe.batch.nouns import STAGES, Finished, Item, Refused, Stage, Standing
from scribe.batch.setup import Crew, Setup
from scribe.batch.standing import (
    Looker,
    first_due,
    now,
    outputs_of,
    parts_of,
    read_standings,
    save_standing,
    standing_of,
    with_stage,
)
from scribe.batch.table import Report, Row, RowOutcome, page
from scribe.batch.working import CARDS
from scribe.pipeline.indexing import Card, read_card, write_index
from scribe.records import ScribeError
from scribe.shelf import SEQUENCE, Mirror, Stamp, Store, Workspace
from scribe.simulators import Usage

INDEX = ("drafts", "index.md")
"""Where the page of all sessions lies."""

_STALE = "_stale"
"""Lies among the cards while the page may not be up to date with them, also after a kill; no session is called that."""

Employ = Callable[[Setup, Crew], Executor]
"""Makes the executor, when there is something to do."""


class Plan(NamedTuple):
    """What a batch is to do."""

    items: tuple[Item, ...]
    due: tuple[Due, ...]
    standings: Mapping[str, Standing]
    """What is kept of each item, by id."""
    broken: Mapping[str, str]
    """Why an item cannot even be looked at, by id."""
    refused: tuple[Refused, ...]
    remarks: tuple[str, ...]
    postponed: frozenset[str] = frozenset()
    """Items beyond the limit, by id."""
    seconds: float = 0.0
    """That the looking took."""

    @property
    def unheard(self) -> int:
        """How many recordings are to be heard."""
        return sum(one.item.is_unheard and one.first == "transcribe" for one in self.due)


def plan(
    sources: Sequence[str],
    setup: Setup,
    stages: tuple[Stage, ...],
    *,
    limit: int | None = None,
    retry_failed: bool = False,
) -> Plan:
    """Find the sources, and what is due of each; raises ScribeError where the workspace cannot be read."""
    store, clock = Store(setup.workspace), time.perf_counter()
    stamp = _stamping(store)
    found = find(sources, store, saved=lambda name: stamp(store.path("transcripts", f"{name}.json")) is not None)
    standings = read_standings(store, [item.id for item in found.items])
    due: list[Due] = []
    broken: dict[str, str] = {}
    for item in found.items:
        standing = standings.get(item.id) or Standing(id=item.id, source=item.source)
        look = Looker(store, standing.inputs, stamp)
        try:
            first = first_due(item, stages, setup, standing, look, retry_failed=retry_failed)
        except ScribeError as error:
            broken[item.id] = str(error)
            continue
        if first is not None:
            due.append(Due(item, stages, *first))
    postponed = frozenset(one.item.id for one in due[limit:]) if limit is not None else frozenset[str]()
    return Plan(
        found.items,
        tuple(due[:limit]),
        standings,
        broken,
        found.refused,
        found.remarks,
        postponed,
        seconds=time.perf_counter() - clock,
    )


def _stamping(store: Store) -> Callable[[str], Stamp | None]:
    """`store.stamp`, which of the workspace's own folders is asked once where it lies elsewhere."""
    known = (store.path("transcripts", ""), store.path("drafts", ""))
    below = store.stamps_below(*known)
    return lambda path: below(path) if path.startswith(known) else store.stamp(path)


class Manner(NamedTuple):
    """How a batch is carried out."""

    crew: Crew
    employ: Employ
    on: Literal["local", "ray"] = "local"
    retry_failed: bool = False
    watcher: Watcher = Silent()


def carry_out(planned: Plan, setup: Setup, stages: tuple[Stage, ...], manner: Manner) -> Report:
    """Have it done, bring the sequence page up to date, and write the report.

    Ctrl-C lets workers finish what they are doing; a second one ends them. Either way the report is written.
    """
    store = Store(setup.workspace)
    began, clock = now(), time.perf_counter()
    stale = store.path(*CARDS, _STALE)
    if planned.due:
        with contextlib.suppress(ScribeError):  # the first worker will tell
            store.write(stale, b"")
    driven = _drive(planned, setup, manner, store) if planned.due else _Driven({})
    rows = [_row(item, planned, driven.results, stages, store) for item in planned.items]
    rows += [Row(source=one.shown, outcome="refused", reason=one.reason) for one in planned.refused]
    remarks = list(planned.remarks)
    has_index = store.is_there(store.path(*INDEX))
    if not has_index or store.is_there(stale):
        try:
            has_index = _write_index(setup, store)
            store.remove(stale)
        except ScribeError as error:
            remarks.append(f"{'/'.join(INDEX)} is not up to date: {error}")
    report = Report(
        scribe=__version__,
        began=began,
        seconds=planned.seconds + time.perf_counter() - clock,
        stages=stages,
        on=manner.on,
        jobs=manner.crew.jobs,
        simulator=setup.simulator,
        rows=tuple(rows),
        usage=driven.usage,
        remarks=tuple(remarks),
        was_interrupted=driven.was_interrupted,
        fatal=driven.fatal,
        index="/".join(INDEX) if has_index else None,
    )
    return _kept(report, store)


class _Driven(NamedTuple):
    results: Mapping[str, Result]
    usage: Usage | None = None
    was_interrupted: bool = False
    fatal: str | None = None


def _drive(planned: Plan, setup: Setup, manner: Manner, store: Store) -> _Driven:
    def give_up(item: Item, stage: Stage, reason: str) -> Standing:
        standing = standing_of(store, item)
        with contextlib.suppress(ScribeError):
            parts = parts_of(stage, item, setup, Looker(store, standing.inputs))
            standing = with_stage(standing, stage, Finished(outcome="failed", reason=reason, parts=parts, at=now()))
            save_standing(store, standing)
        return standing

    executor = manner.employ(setup, manner.crew)
    driver = Driver(executor, manner.crew, watcher=manner.watcher, give_up=give_up, retry_failed=manner.retry_failed)
    interrupts: list[int] = []
    at_once = True
    try:
        with _interruptible(driver, manner.watcher, interrupts):
            driver.run(planned.due)
            at_once = False
    except KeyboardInterrupt:
        driver.abandon("stopped at once; what is finished is kept, and the same command goes on from there")
    finally:
        executor.close(at_once=at_once)
    return _Driven(driver.results, driver.usage, bool(interrupts), driver.fatal)


@contextlib.contextmanager
def _interruptible(driver: Driver, watcher: Watcher, interrupts: list[int]) -> Iterator[None]:
    """The first Ctrl-C lets workers finish, the second raises KeyboardInterrupt; each is entered in `interrupts`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(number: int, _frame: FrameType | None) -> None:
        interrupts.append(number)
        if len(interrupts) > 1:
            raise KeyboardInterrupt
        driver.stop("stopped by you; the same command goes on from there")
        watcher.tell("finishing what is under way; press Ctrl-C again to stop at once")

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _row(item: Item, planned: Plan, results: Mapping[str, Result], stages: tuple[Stage, ...], store: Store) -> Row:
    """What became of a source, now or before."""
    if item.id in planned.broken:
        return Row(source=item.shown, id=item.id, outcome="failed", reason=planned.broken[item.id])
    result = results.get(item.id)
    standing = result.standing if result else planned.standings.get(item.id) or Standing(id=item.id)
    ran: Mapping[Stage, str] = result.ran if result else {}
    states: dict[Stage, str] = {}
    outcome: RowOutcome = "done" if ran else "unchanged"
    reason = cause = None
    for stage in stages:
        last = standing.stages.get(stage)
        states[stage] = "-" if last is None else _state(last.outcome, is_new=stage in ran)
        if last is not None and last.outcome != "done" and reason is None:
            outcome, cause = last.outcome, last.cause
            reason = f"{stage}: {last.reason}" + ("" if stage in ran else " (--retry-failed tries again)")
    if reason is None and (waits := _waits(item, result, planned)):
        outcome, reason = "waiting", waits
    took = [finished.seconds for stage, finished in standing.stages.items() if not ran or stage in ran]
    made = [stage for stage in STAGES[1:] if stage in standing.stages]
    pages = [outputs_of(stage, item.id, store)[1] for stage in made if standing.stages[stage].outcome != "failed"]
    return Row(
        source=item.shown,
        id=item.id,
        outcome=outcome,
        reason=reason,
        stages=states,
        why=ran,
        seconds=sum(took),
        facts=standing.facts,
        files=tuple(path.removeprefix(store.path("")) for path in pages),
        remarks=tuple(result.remarks) if result else (),
        cause=cause,
    )


def _state(outcome: str, *, is_new: bool) -> str:
    return ("made" if is_new else "kept") if outcome == "done" else outcome


def _waits(item: Item, result: Result | None, planned: Plan) -> str | None:
    if item.id in planned.postponed:
        return "beyond --limit"
    return result.waiting if result else None


# ── The sequence page ────────────────────────────────────────────────────────────────────────


def _write_index(setup: Setup, store: Store) -> bool:
    """Bring the page up to date with all sessions of the workspace; whether there is any."""
    mirror = Mirror(store) if setup.is_mirrored else None
    workspace = mirror.workspace if mirror else Workspace(Path(store.root))
    cards = _cards(store, None if mirror else workspace)
    if not cards:
        return False
    if mirror is None:
        write_index(workspace, cards)
        return True
    try:
        mirror.fetch(SEQUENCE)
        write_index(workspace, cards)
        mirror.send(SEQUENCE)
    finally:
        mirror.close()
    return True


def _cards(store: Store, workspace: Workspace | None) -> list[Card]:
    """What is kept of each session; of those that were made one by one it is read from what they left."""
    found: dict[str, Card] = {}
    places = store.below(store.path(*CARDS))
    for place, data in store.read_all(places).items():
        name = place.rpartition("/")[2].removesuffix(".json")
        if name == _STALE:
            continue
        if store.is_local and not store.is_there(store.path("transcripts", f"{name}.json")):
            continue  # a session that a person removed
        with contextlib.suppress(ValidationError):
            found[name] = Card.model_validate_json(data)
    if workspace is not None:
        for notes in sorted((workspace.root / "drafts").glob("*/notes.json")):
            if notes.parent.name not in found:
                with contextlib.suppress(ScribeError):
                    found[notes.parent.name] = read_card(workspace, notes.parent.name)
    return list(found.values())


# ── The report ───────────────────────────────────────────────────────────────────────────────


def _kept(report: Report, store: Store) -> Report:
    """Write the report where it is looked for, unless something else of a person's has that name."""
    remarks = list(report.remarks)
    page_at = None
    for name, text in (("batch.json", report.model_dump_json(indent=1) + "\n"), ("batch.md", page(report))):
        path = store.path(name)
        there = store.read(path)
        if there is not None and not there.startswith((b"# The last batch", b'{\n "scribe":')):
            path = store.path(".scribe", name)
            remarks.append(f"{name} is a file of yours, so the report lies in .scribe/{name}")
        try:
            store.write(path, text.encode(errors="replace"))
        except ScribeError as error:
            remarks.append(str(error))
        else:
            page_at = path.removeprefix(store.path(""))
    return report.model_copy(update={"remarks": tuple(remarks), "page": page_at})
