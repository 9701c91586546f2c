"""`scribe draft`: a post of one session or of several, merged with what a person made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import (
    AsJson,
    ClockOffset,
    Device,
    Doubtful,
    DryRun,
    FramesFolder,
    MergeWay,
    Quantise,
    Settings,
    SimulatorSpec,
    Sources,
    WorkspaceFolder,
    names_in,
)
from scribe.cli.simulating import pipeline_of, print_made, spent, tell_usage
from scribe.cli.sources import (
    each,
    outcome_json,
    print_json,
    progress,
    report_each,
    tell,
    usage_errors,
)

if TYPE_CHECKING:
    from scribe.pipeline import Outcome

_PANEL = "Make"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel=_PANEL)(draft)


def draft(
    sources: Sources,
    outline: Annotated[
        bool, typer.Option("--outline", help="Write outline.md for you to edit, and stop there.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    samples: Annotated[
        int | None, typer.Option("--samples", min=1, help="How many texts each voice writes (default: the frame's).")
    ] = None,
    voices: Annotated[
        str | None,
        typer.Option("--voices", help="Who writes, such as sceptic,formaliser (default: each frame's first)."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="The folder in drafts/ of a post of several sessions.")
    ] = None,
    workspace: WorkspaceFolder = None,
    simulator: SimulatorSpec = None,
    frames: FramesFolder = None,
    merge: MergeWay = None,
    device: Device = None,
    quantise: Quantise = None,
    clock_offset: ClockOffset = None,
    doubtful: Doubtful = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Make the draft post of a session, or one of several in order, merged with what you made of it."""
    from scribe.draft import Wishes

    with usage_errors():
        settings = Settings(
            workspace, simulator=simulator, frames=frames, merge=merge, device=device, quantise=quantise
        )
        wishes = Wishes(voices=tuple(names_in(voices)) if voices else None, samples=samples)
    if dry_run:
        report_each(sources, settings, clock_offset=clock_offset, as_json=as_json)
        return
    with usage_errors():
        pipeline = pipeline_of(settings, doubtful=doubtful)

    def make(source: str) -> bool:
        before = pipeline.usage
        with progress(source) as shown:
            pipeline.listener.on_step = shown.step
            outcome = pipeline.draft(
                sources,
                name=name,
                wishes=wishes,
                only_outline=outline,
                dry_run=diff,
                clock_offset_s=clock_offset,
                on_progress=shown.chunks,
            )
        _print(outcome, spent(before, pipeline.usage), diff=diff, as_json=as_json)
        return outcome.is_complete

    with pipeline:
        each([", ".join(sources)], make, as_json=as_json)


def _print(outcome: Outcome, usage: dict[str, Any] | None, *, diff: bool, as_json: bool) -> None:
    if not diff:
        print_made(outcome, usage, as_json=as_json)
    elif as_json:
        print_json({**outcome_json(outcome), "usage": usage, "diffs": list(outcome.diffs)})
    else:
        _print_diffs(outcome)
        tell_usage(usage)


def _print_diffs(outcome: Outcome) -> None:
    for file, diff in zip(outcome.files, outcome.diffs, strict=True):
        typer.echo(diff or f"{file.path.name}: nothing would change", nl=not diff)
        if file.proposals:
            tell(f"  {file.proposals} would not fit what you wrote, and go to proposals.md")
