"""One worker: it takes a source through stages, and keeps each as soon as it is done.

In: tasks. Out: files in the workspace, the standing of each source, and a `Done`. What it needs to hear or to write
with is opened once, at the first task that needs it. It does not know what runs it: a process here, or Ray elsewhere.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path

from scribe import shelf
from scribe.batch.nouns import Done, Facts, Finished, Item, Stage, Standing, Step, Task
from scribe.batch.setup import Setup
from scribe.batch.standing import (
    Looker,
    is_stuck,
    now,
    outline_of,
    parts_of,
    save_standing,
    standing_of,
    why,
    with_stage,
)
from scribe.pipeline import Described, Listener, Outcome, Pipeline, forget, take_in
from scribe.pipeline.indexing import read_card
from scribe.records import ScribeError
from scribe.rollouts import copy_store
from scribe.simulators import Metered, Simulator, open_simulator

CARDS = (".scribe", "cards")
"""Where in a workspace the cards of its sessions are kept, for the sequence page."""

_TRIES = 3
"""How often a stage is made again because a person saved a page of it meanwhile."""

_KEEP_S = 15.0
"""Seconds between two times that what is paid for is sent to where the workspace lies."""

_SOON_S = 0.2
"""Seconds between two reports of one step."""


class Worker:
    """Does tasks one after another, for one workspace."""

    def __init__(self, setup: Setup, report: Callable[[Step], None] = lambda _: None) -> None:
        self.setup = setup
        self.store = shelf.Store(setup.workspace)
        self._report = report
        self._mirror = shelf.Mirror(self.store) if setup.is_mirrored else None
        self._workspace = self._mirror.workspace if self._mirror else shelf.Workspace(Path(self.store.root))
        self._listener = Listener(self._workspace, setup.listening)

    def do(self, task: Task) -> Done:
        """Take a source through stages, as far as they must run; whatever goes wrong is that source's alone."""
        item = task.item
        try:
            standing = standing_of(self.store, item)
            with self._mirror.of(item.id) if self._mirror else nullcontext():
                return self._take_through(task, standing)
        except ScribeError as error:  # before any stage began: the workspace or the simulator cannot be used
            return Done(id=item.id, standing=Standing(id=item.id, source=item.source), fatal=str(error))
        finally:
            forget()

    def close(self) -> None:
        """Leave nothing behind."""
        if "_lasting" in vars(self):
            self._lasting.close()
        if self._mirror:
            self._mirror.close()

    @cached_property
    def simulator(self) -> Simulator:
        """Opened at first use."""
        setup = self.setup
        return open_simulator(setup.simulator, device=setup.device, quantise=setup.quantise, requests=setup.requests)

    def _take_through(self, task: Task, standing: Standing) -> Done:
        item, ran, remarks = task.item, dict[Stage, str](), list[str]()
        fatal = None
        for stage in task.stages:
            look = Looker(self.store, standing.inputs)
            reason = why(stage, item, self.setup, standing, look, retry_failed=task.retry_failed)
            if reason is None and is_stuck(standing, stage):
                break
            if reason is None:
                continue
            if fatal := self._unready(stage, item):
                break
            finished, facts, told, fatal = self._run(stage, item, look, standing.facts)
            remarks += told
            if fatal is not None:
                break
            ran[stage] = reason
            standing = with_stage(standing, stage, finished)
            standing = standing.model_copy(
                update={"facts": facts, "inputs": {**standing.inputs, **look.seen}, "source": item.source}
            )
            if finished.outcome == "failed" or stage == task.stages[-1]:
                self._keep_card(item)
            save_standing(self.store, standing)
            if finished.outcome == "failed":
                break
        usage = self.simulator.usage if "simulator" in vars(self) and isinstance(self.simulator, Metered) else None
        return Done(
            id=item.id, ran=ran, standing=standing, usage=usage, remarks=tuple(dict.fromkeys(remarks)), fatal=fatal
        )

    def _unready(self, stage: Stage, item: Item) -> str | None:
        """Why a stage cannot be run of any source: what it is run with cannot be opened."""
        try:
            if stage != "transcribe":
                self.simulator.recipe  # noqa: B018 (opens it)
            elif item.is_unheard:
                self._listener.recogniser  # noqa: B018
        except ScribeError as error:
            return str(error)
        return None

    def _run(
        self, stage: Stage, item: Item, look: Looker, facts: Facts
    ) -> tuple[Finished, Facts, tuple[str, ...], str | None]:
        """Run one stage: how it ended, what is to be said of the source, and why no other source can go on."""
        self._report(Step(id=item.id, stage=stage, what=stage))
        began = time.perf_counter()
        parts: dict[str, str] = {}
        remarks: tuple[str, ...] = ()
        outcome, reason, cause, fatal = "done", None, None, None
        try:
            parts = parts_of(stage, item, self.setup, look)
            made = self._make(stage, item)
            outcome = "done" if made.is_complete else "incomplete"
            reason = None if made.is_complete else _unread(made)
            remarks, facts = made.remarks, _facts(stage, made, facts)
            if stage == "draft" and any(f.path.name == "outline.md" and f.outcome != "unchanged" for f in made.files):
                parts["the outline"] = look.digest(outline_of(item.id, self.store))
        except ScribeError as error:
            outcome, reason, fatal = "failed", str(error), str(error) if shelf.is_full(error) else None
        except Exception as error:  # noqa: BLE001 (one source's failure is its own; its cause is kept)
            outcome, reason, cause = "failed", _unexpected(error), traceback.format_exc()
        if self._mirror:
            reason, cause, fatal = (text and self._mirror.told(text) for text in (reason, cause, fatal))
            remarks = tuple(map(self._mirror.told, remarks))
        seconds = time.perf_counter() - began
        finished = Finished.model_validate(
            {"outcome": outcome, "reason": reason, "parts": parts, "seconds": seconds, "at": now(), "cause": cause}
        )
        return finished, facts, remarks, fatal

    def _make(self, stage: Stage, item: Item) -> Outcome:
        """What the pipeline makes of a source at one stage, when it lies where it belongs."""
        if self._mirror is None:
            return self._through(stage, item, Path(item.source))
        for _ in range(_TRIES):
            self._mirror.fetch(item.id, item.inputs if stage == "transcribe" else ())
            try:
                with self._keeping(item, self._mirror):
                    made = self._through(stage, item, self._mirror.local(item.source))
                self._mirror.send(item.id)
            except shelf.Overtaken:
                continue
            return made
        raise ScribeError(f"drafts/{item.id}: its pages change while they are written; save them, and run again")

    def _through(self, stage: Stage, item: Item, path: Path) -> Outcome:
        listener = self._listener
        listener.listening = self.setup.listening.told_of(speakers=item.speakers, names=item.names)
        listener.on_step = self._stepping(item, stage)
        if stage == "transcribe":
            return take_in(str(path), listener, Described(id=item.id, title=item.title, date=item.date))
        if not self._workspace.has_transcript(item.id):
            raise ScribeError(f"{item.shown}: expected its transcript, found none; add transcribe to --stages")
        on_progress = self._progress(item, stage)
        with self._pipeline() as pipeline:
            return pipeline.run(
                item.id, stages=(stage,), words=self.setup.words, on_progress=on_progress, keeps_notes=True
            )

    @contextmanager
    def _keeping(self, item: Item, mirror: shelf.Mirror) -> Iterator[None]:
        """Send what is paid for every now and then, so that little of it is lost with this machine; and at the end."""
        is_over = threading.Event()

        def keep() -> None:
            while not is_over.wait(_KEEP_S):
                with suppress(ScribeError, OSError):  # the end of the stage tries again, and tells
                    mirror.keep(item.id, copy_store)

        thread = threading.Thread(target=keep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            mirror.keep(item.id, copy_store)

    @contextmanager
    def _pipeline(self) -> Iterator[Pipeline]:
        """The one for all tasks, where the workspace lies here; else one whose completions were brought along."""
        if self._mirror is None:
            yield self._lasting
            return
        with self._opened() as pipeline:
            yield pipeline

    @cached_property
    def _lasting(self) -> Pipeline:
        return self._opened()

    def _opened(self) -> Pipeline:
        setup = self.setup
        return Pipeline(
            self._workspace,
            simulator=self.simulator,
            merge=setup.merge,  # type: ignore[arg-type]  # checked where it is opened
            frame_set=setup.frames,
            voices=setup.voices,
            listener=self._listener,
            doubtful=setup.doubtful,
        )

    def _progress(self, item: Item, stage: Stage) -> Callable[[int, int], None]:
        report = self._stepping(item, stage)
        return lambda done, total: report("reading", done, total)

    def _stepping(self, item: Item, stage: Stage) -> Callable[[str, float, float | None], None]:
        """Reports a step now and then: each message wakes whoever drives the batch."""
        told: list[tuple[float, str]] = [(0.0, "")]

        def report(what: str, done: float, total: float | None) -> None:
            now = time.monotonic()
            if what != told[0][1] or now - told[0][0] >= _SOON_S:
                told[0] = (now, what)
                self._report(Step(id=item.id, stage=stage, what=what, done=done, total=total))

        return report

    def _keep_card(self, item: Item) -> None:
        """What the sequence page will tell of it; where nothing was made of it, nothing."""
        try:
            card = read_card(self._workspace, item.id)
        except ScribeError:
            return
        self.store.write(self.store.path(*CARDS, f"{item.id}.json"), card.model_dump_json().encode() + b"\n")


def _facts(stage: Stage, made: Outcome, facts: Facts) -> Facts:
    if stage == "transcribe":
        return Facts(duration_s=made.transcript.duration, lines=len(made.transcript.segments))
    if stage == "draft":
        return facts.model_copy(update={"findings": len(made.findings)})
    coverage = made.coverage.fraction if made.coverage else None
    return facts.model_copy(update={"coverage": coverage, "verdicts": made.verdicts()})


def _unread(made: Outcome) -> str:
    """Why not every line was read, in the words of the first passage that was not."""
    passages = made.coverage.passages if made.coverage else ()
    reasons = [p.reason for p in passages if p.outcome == "failed" and p.reason]
    return f"not every line was read: {reasons[0] if reasons else 'see its notes'}"


def _unexpected(error: Exception) -> str:
    told = " ".join(str(error).split())[:200]
    return f"an error that scribe did not expect, {type(error).__name__}: {told}; batch.json has its cause"
