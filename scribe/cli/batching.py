"""`scribe batch`: any number of sources, on this machine's cores or on Ray, with one table at the end."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scribe.cli.options import (
    AsJson,
    Device,
    Doubtful,
    Engine,
    FramesFolder,
    GlossaryFiles,
    Language,
    MergeWay,
    Model,
    Quantise,
    Settings,
    SimulatorSpec,
    Speakers,
    Voices,
    Words,
    names_in,
)
from scribe.cli.simulating import in_words, opened
from scribe.cli.sources import Progress, duration, print_json, refuse, tell, usage_errors

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from scribe.batch import Crew, Executor, Plan, Report, Result, Setup, Stage, Standing, Step

_PANEL = "Make"

BatchSources = Annotated[
    list[str],
    typer.Argument(metavar="SRC...", help="Recordings, transcripts, folders, globs, or a manifest (.csv or .jsonl)."),
]
Place = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        "-w",
        envvar="SCRIBE_WORKSPACE",
        help="Folder that holds transcripts/ and drafts/, or a URL such as s3://bucket/seminar.",
    ),
]
Stages = Annotated[str, typer.Option("--stages", help="What to make, of transcribe, notes and draft.")]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Sources at once (default: one for each core; two where models run here)."
    ),
]
On = Annotated[
    Literal["local", "ray"], typer.Option("--on", help="Where: the cores of this machine, or Ray (RAY_ADDRESS).")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Do at most this many sources, and leave the rest.")]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Try again what failed or was incomplete, though nothing changed.")
]

WhatIsDue = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and why; write nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel=_PANEL)(batch)


def batch(
    sources: BatchSources,
    stages: Stages = "transcribe,notes,draft",
    jobs: Jobs = None,
    on: On = "local",
    limit: Limit = None,
    retry_failed: RetryFailed = False,
    workspace: Place = None,
    simulator: SimulatorSpec = None,
    frames: FramesFolder = None,
    voices: Voices = None,
    words: Words = None,
    merge: MergeWay = None,
    device: Device = None,
    quantise: Quantise = None,
    engine: Engine = None,
    model: Model = None,
    language: Language = None,
    glossary: GlossaryFiles = None,
    speakers: Speakers = None,
    doubtful: Doubtful = False,
    as_json: AsJson = False,
    dry_run: WhatIsDue = False,
) -> None:
    """Make transcripts, notes and posts of any number of sources; again, it does what is new or has changed."""
    with usage_errors(), _told_of(workspace) as (place, folder):
        from scribe.batch import alone, plan
        from scribe.shelf import Store

        settings = Settings(
            folder,
            simulator=simulator,
            frames=frames,
            voices=voices,
            words=words,
            merge=merge,
            device=device,
            quantise=quantise,
            engine=engine,
            model=model,
            language=language,
            glossary=glossary,
            speakers=speakers,
        )
        wanted = _stages(stages)
        setup = _setup(settings, place or str(settings.workspace.root), doubtful=doubtful, on=on)
        if dry_run:
            _print_plan(plan(sources, setup, wanted, limit=limit, retry_failed=retry_failed), as_json=as_json)
            return
        with alone(Store(setup.workspace)):
            planned = plan(sources, setup, wanted, limit=limit, retry_failed=retry_failed)
            report = _carry_out(planned, setup, wanted, jobs=jobs, on=on, retry_failed=retry_failed)
    _print(report, as_json=as_json)


def _carry_out(
    planned: Plan,
    setup: Setup,
    stages: tuple[Stage, ...],
    *,
    jobs: int | None,
    on: Literal["local", "ray"],
    retry_failed: bool,
) -> Report:
    from scribe.batch import Manner, carry_out, crew_of, usable_cores

    cores, gpus = usable_cores(), 0
    if on == "ray" and planned.due:
        from scribe.batch.cluster import resources

        cores, gpus = resources()
    crew = crew_of(setup.simulator, jobs=jobs, cores=cores, gpus=gpus, recordings=planned.unheard)
    for remark in planned.remarks:
        tell(f"  {remark}")
    if planned.due:
        tell(f"{len(planned.due)} of {len(planned.items)} sources to do; {crew.described()}")
    names = {item.id: item.shown for item in planned.items}
    with _watching(len(planned.due), names) as watcher:
        manner = Manner(
            crew, _employ_ray if on == "ray" else _employ, on=on, retry_failed=retry_failed, watcher=watcher
        )
        return carry_out(planned, setup, stages, manner)


def _employ(setup: Setup, crew: Crew) -> Executor:
    from scribe.batch import Local

    return Local(setup, crew)


def _employ_ray(setup: Setup, crew: Crew) -> Executor:
    from scribe.batch.on_ray import OnRay

    return OnRay(setup, crew)


def _setup(settings: Settings, place: str, *, doubtful: bool, on: str) -> Setup:
    from scribe.batch import Setup
    from scribe.frames import folders, load_all
    from scribe.notes import readers_of

    simulator = opened(settings.simulator, settings)
    frames = load_all(folders(settings.frames, settings.workspace.root))
    readers_of(frames, settings.voices)
    return Setup(
        workspace=place,
        is_mirrored=on == "ray" or "://" in place,
        simulator=settings.simulator,
        recipe=simulator.recipe,
        device=settings.device,
        quantise=settings.quantise,
        merge=settings.merge,
        voices=tuple(settings.voices) if settings.voices else None,
        words=settings.words,
        doubtful=doubtful,
        frames=frames,
        listening=settings.listening(),
        glossary=settings.read_glossary(own=False).digest,
    )


def _stages(text: str) -> tuple[Stage, ...]:
    """The stages in their order, however they were named; raises ScribeError for others."""
    from scribe.batch import STAGES

    named = names_in(text)
    if not named or (unknown := [name for name in named if name not in STAGES]):
        refuse(f"--stages: expected some of {', '.join(STAGES)}, found {', '.join(unknown) if named else 'nothing'}")
    return tuple(stage for stage in STAGES if stage in named)


@contextmanager
def _told_of(workspace: str | None) -> Iterator[tuple[str | None, Path | None]]:
    """The place of a workspace, and a folder here that holds its settings, frames and glossary."""
    if workspace is None or "://" not in workspace:
        yield workspace and str(Path(workspace).absolute()), Path(workspace) if workspace else None
        return
    from scribe.shelf import Store

    store = Store(workspace)
    with tempfile.TemporaryDirectory(prefix="scribe-") as name:
        named = [store.path("scribe.toml"), store.path("glossary.txt"), *store.below(store.path("prompts"))]
        for path in named:
            store.fetch(path, Path(name) / path.removeprefix(store.path("")))
        yield workspace, Path(name)


# ── Telling ──────────────────────────────────────────────────────────────────────────────────


class _Told:
    """Tells of a batch under way: bars on a terminal, a line for each source elsewhere."""

    def __init__(self, total: int, names: dict[str, str], bar: RichProgress | None) -> None:
        self._total, self._names, self._bar = total, names, bar
        self._began = time.monotonic()
        self._under_way: dict[int, tuple[str, Progress]] = {}
        self._all: TaskID | None = bar.add_task("all sources", total=total) if bar else None

    def step(self, worker: int, step: Step) -> None:
        """A worker comes along."""
        known = self._under_way.get(worker)
        if known is None or known[0] != step.id:
            self._drop(worker)
            known = self._under_way[worker] = (step.id, Progress(self._names.get(step.id, step.id), self._bar))
        known[1].step(step.what, step.done, step.total)

    def finished(self, result: Result, left: int) -> None:
        """A source is done with."""
        done = self._total - left
        for worker, (source, _) in list(self._under_way.items()):
            if source == result.standing.id:
                self._drop(worker)
        if self._bar and self._all is not None:
            self._bar.update(self._all, completed=done)
            return
        each_s = (time.monotonic() - self._began) / max(1, done)
        ended = [_ended(stage, why, result.standing) for stage, why in result.ran.items()]
        to_go = f"; about {duration(each_s * left)} to go" if left else ""
        name = self._names.get(result.standing.id, result.standing.id)
        tell(f"[{done}/{self._total}] {name}: {', '.join(ended) or 'nothing to do'}{to_go}")

    def tell(self, message: str) -> None:
        """Something that a person should know."""
        tell(f"scribe: {message}")

    def _drop(self, worker: int) -> None:
        if known := self._under_way.pop(worker, None):
            known[1].remove()


def _ended(stage: Stage, why: str, standing: Standing) -> str:
    """How a stage ended, and why it ran, where that is not because it was new."""
    from scribe.batch import NEW

    finished = standing.stages.get(stage)
    told = f"{stage} {finished.outcome if finished else 'failed'}"
    return told if why == NEW else f"{told} ({why})"


@contextmanager
def _watching(total: int, names: dict[str, str]) -> Iterator[_Told]:
    if not sys.stderr.isatty() or not total:
        yield _Told(total, names, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Told(total, names, bar)


def _print(report: Report, *, as_json: bool) -> None:
    from scribe.batch import table

    for remark in report.remarks:
        tell(f"  {remark}")
    if as_json:
        for row in report.rows:
            print_json(row.model_dump(mode="json"))
    else:
        typer.echo(table(report))
    if report.usage is not None and report.usage.requests:
        tell(f"  {in_words(report.usage.model_dump())}")
    if report.page:
        tell(f"  see {report.page}" + (f", and {report.index} for all sessions" if report.index else ""))
    if report.was_interrupted:
        raise typer.Exit(130)
    if report.troubled or report.fatal:
        raise typer.Exit(1)


def _print_plan(planned: Plan, *, as_json: bool) -> None:
    """The dry run: what would be done of each source, and why."""
    due = {one.item.id: one for one in planned.due}
    rows: list[tuple[str, str | None, str]] = []
    for item in planned.items:
        one = due.get(item.id)
        told = f"{one.first}: {one.reason}" if one else "beyond --limit" if item.id in planned.postponed else None
        rows.append((item.shown, item.id, planned.broken.get(item.id) or told or "nothing to do"))
    rows += [(one.shown, None, one.reason) for one in planned.refused]
    for shown, name, told in rows:
        if as_json:
            print_json({"source": shown, "id": name, "due": told})
        else:
            typer.echo(f"{shown}: {told}")
    for remark in planned.remarks:
        tell(f"  {remark}")
    if planned.refused or planned.broken:
        raise typer.Exit(1)
