"""The commands that take sources through the stages: run and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scribe.cli.options import (
    AsJson,
    ClockOffset,
    Device,
    Doubtful,
    DryRun,
    Engine,
    FramesFolder,
    GlossaryFiles,
    Language,
    MergeWay,
    Model,
    Quantise,
    Settings,
    SimulatorSpec,
    Sources,
    Speakers,
    Voices,
    Words,
    WorkspaceFolder,
)
from scribe.cli.simulating import pipeline_of, print_made, spent
from scribe.cli.sources import (
    each,
    progress,
    refuse,
    report_each,
    usage_errors,
)

if TYPE_CHECKING:
    from scribe.pipeline import Outcome, Stage

_PANEL = "Make"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (run, notes):
        app.command(rich_help_panel=_PANEL)(command)


def run(
    sources: Sources,
    workspace: WorkspaceFolder = None,
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
    clock_offset: ClockOffset = None,
    doubtful: Doubtful = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the transcript, notes and draft post of each source."""
    with usage_errors():
        settings = Settings(
            workspace,
            simulator=simulator,
            frames=frames,
            words=words,
            voices=voices,
            merge=merge,
            device=device,
            quantise=quantise,
            engine=engine,
            model=model,
            language=language,
            glossary=glossary,
            speakers=speakers,
        )
    _make(
        sources,
        settings,
        ("notes", "draft"),
        clock_offset=clock_offset,
        doubtful=doubtful,
        as_json=as_json,
        dry_run=dry_run,
    )


def notes(
    sources: Sources,
    about: Annotated[
        str | None, typer.Option("--about", metavar="QUESTION", help="Notes that answer one question.")
    ] = None,
    workspace: WorkspaceFolder = None,
    simulator: SimulatorSpec = None,
    frames: FramesFolder = None,
    voices: Voices = None,
    words: Words = None,
    merge: MergeWay = None,
    device: Device = None,
    quantise: Quantise = None,
    clock_offset: ClockOffset = None,
    doubtful: Doubtful = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the notes of each source, or answer a question from it."""
    with usage_errors():
        settings = Settings(
            workspace,
            simulator=simulator,
            frames=frames,
            words=words,
            voices=voices,
            merge=merge,
            device=device,
            quantise=quantise,
        )
    _make(
        sources,
        settings,
        ("notes",),
        about=about,
        clock_offset=clock_offset,
        doubtful=doubtful,
        as_json=as_json,
        dry_run=dry_run,
    )


def _make(
    sources: list[str],
    settings: Settings,
    stages: tuple[Stage, ...],
    *,
    about: str | None = None,
    clock_offset: float | None,
    doubtful: bool,
    as_json: bool,
    dry_run: bool,
) -> None:
    if about is not None and not about.strip():
        with usage_errors():
            refuse("--about: expected a question, found nothing")

    if dry_run:
        report_each(sources, settings, clock_offset=clock_offset, as_json=as_json)
        return
    with usage_errors():
        pipeline = pipeline_of(settings, doubtful=doubtful)

    def make(source: str) -> bool:
        before = pipeline.usage
        with progress(source) as shown:
            pipeline.listener.on_step = shown.step
            outcome = pipeline.run(
                source,
                stages=stages,
                about=about,
                words=settings.words,
                clock_offset_s=clock_offset,
                on_progress=shown.chunks,
            )
        print_made(outcome, spent(before, pipeline.usage), as_json=as_json)
        if not as_json:
            _print_answer(outcome)
        return outcome.is_complete

    with pipeline:
        each(sources, make, as_json=as_json)


def _print_answer(outcome: Outcome) -> None:
    """The answer to a question, where one was asked."""
    from scribe.evidence import attributed

    if outcome.notes is None or outcome.notes.about is None:
        return
    if not outcome.notes.overview:
        typer.echo("No line of the record speaks of this.")
    for claim in outcome.notes.overview:
        typer.echo(attributed(claim.speaker, claim.text, claim.cites))
