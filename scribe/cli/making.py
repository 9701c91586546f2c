"""The commands that make something: run, notes, draft, export."""

from __future__ import annotations

from pathlib import Path
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
from scribe.cli.simulating import in_words, opened, spent
from scribe.cli.sources import (
    each,
    outcome_json,
    print_json,
    print_outcome,
    progress,
    report_each,
    tell,
    usage_errors,
)
from scribe.language import counted

if TYPE_CHECKING:
    from scribe.pipeline import Outcome, Stage

_PANEL = "Make"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (run, notes, draft, export):
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


def draft(
    sources: Sources,
    workspace: WorkspaceFolder = None,
    simulator: SimulatorSpec = None,
    frames: FramesFolder = None,
    voices: Voices = None,
    merge: MergeWay = None,
    device: Device = None,
    quantise: Quantise = None,
    clock_offset: ClockOffset = None,
    doubtful: Doubtful = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the draft post of each source; a post that a person edited stays as it is."""
    with usage_errors():
        settings = Settings(
            workspace,
            simulator=simulator,
            frames=frames,
            voices=voices,
            merge=merge,
            device=device,
            quantise=quantise,
        )
    _make(
        sources,
        settings,
        ("draft",),
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
    from scribe.pipeline import Listener, Pipeline

    if about is not None and not about.strip():
        with usage_errors():
            _refuse("--about: expected a question, found nothing")

    if dry_run:
        report_each(sources, settings, clock_offset=clock_offset, as_json=as_json)
        return
    with usage_errors():
        listener = Listener(settings.workspace, settings.listening())
        pipeline = Pipeline(
            settings.workspace,
            simulator=opened(settings.simulator, settings),
            merge=settings.merge,
            frames_folder=settings.frames,
            voices=settings.voices,
            listener=listener,
            doubtful=doubtful,
            embeddings=settings.embeddings,
            warn=tell,
        )

    def make(source: str) -> bool:
        before = pipeline.usage
        with progress(source) as shown:
            listener.on_step = shown.step
            outcome = pipeline.run(
                source,
                stages=stages,
                about=about,
                words=settings.words,
                clock_offset_s=clock_offset,
                on_progress=shown.chunks,
            )
        usage = spent(before, pipeline.usage)
        if as_json:
            print_json({**outcome_json(outcome), "usage": usage})
        else:
            print_outcome(outcome)
            if usage and usage["requests"]:
                tell(f"  {in_words(usage)}")
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


def _refuse(message: str) -> None:
    from scribe.records import ScribeError

    raise ScribeError(message)


def export(
    sources: Sources,
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="json, vtt, srt, txt or md.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; - for standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    workspace: WorkspaceFolder = None,
    clock_offset: ClockOffset = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Write the transcript of each source in another format, beside the workspace's transcripts."""
    from scribe import transcripts

    with usage_errors():
        settings = Settings(workspace)
        if to not in transcripts.WRITABLE:
            _refuse(f"--to: unknown format {to!r}; known: {', '.join(transcripts.WRITABLE)}")
        if output and str(output) != "-" and len(sources) > 1:
            _refuse(f"--output names one file, and there are {len(sources)} sources; leave it out, or use -")
    if dry_run:
        report_each(sources, settings, clock_offset=clock_offset, as_json=as_json)
        return

    def write(source: str) -> bool:
        path = _export(source, settings, to, output=output, force=force, clock_offset=clock_offset)
        if path and as_json:
            print_json({"source": source, "format": to, "path": str(path)})
        elif path:
            tell(f"{source}: wrote {path}")
        return True

    each(sources, write, as_json=as_json)


def _export(
    source: str, settings: Settings, to: str, *, output: Path | None, force: bool, clock_offset: float | None
) -> Path | None:
    """Write one source in another format; the path written, None for standard output."""
    from scribe import shelf, transcripts
    from scribe.pipeline import load

    transcript = load(source, settings.workspace, clock_offset_s=clock_offset).transcript
    text = transcripts.compose(transcript, to)
    if transcript.doubtful and to != "json":
        tell(f"{source}: {counted(transcript.doubtful, 'doubtful line')} among the others; json has the reasons")
    if output and str(output) == "-":
        typer.echo(text, nl=False)
        return None
    canonical = settings.workspace.transcript_path(transcript.id)
    path = output or canonical.with_name(f"{transcript.id}.{to}")
    data = text.encode()
    if path.exists() and not force and path.read_bytes() != data:
        _refuse(f"{path}: a different file is there already; name another with -o, or replace it with --force")
    if path == canonical:
        settings.workspace.save_transcript(transcript)
    else:
        shelf.write_atomic(path, data)
    return path
