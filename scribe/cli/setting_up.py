"""The commands that look at the set-up: frames and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scribe.cli.options import AsJson, FramesFolder, Settings, WorkspaceFolder
from scribe.cli.sources import print_json, tell, usage_errors

_PANEL = "Set up"

frames_app = typer.Typer(
    no_args_is_help=True,
    help="The curated frames, and whether a new one is well formed.",
    pretty_exceptions_enable=False,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(frames_app, name="frames", rich_help_panel=_PANEL)
    app.command(rich_help_panel=_PANEL)(doctor)


@frames_app.command("list")
def list_frames(workspace: WorkspaceFolder = None, frames: FramesFolder = None, as_json: AsJson = False) -> None:
    """List every frame that can be seen from here."""
    from scribe import frames as rooms

    with usage_errors():
        settings = Settings(workspace, frames=frames)
        known = rooms.load_all(rooms.folders(settings.frames, settings.workspace.root))
    for name, frame in known.items():
        voices = [v.name for v in frame.voices]
        if as_json:
            print_json(
                {
                    "name": name,
                    "stage": frame.stage,
                    "yields": frame.yields,
                    "voices": voices,
                    "digest": frame.digest,
                }
            )
        else:
            typer.echo(f"{name:<14}{frame.stage:<13}{frame.yields:<13}{', '.join(voices)}")


@frames_app.command("show")
def show_frame(
    name: Annotated[str, typer.Argument(help="Name of a frame.")],
    source: Annotated[
        str | None,
        typer.Option("--on", metavar="SRC", help="Show it as a simulator would get it, on this source."),
    ] = None,
    workspace: WorkspaceFolder = None,
    frames: FramesFolder = None,
) -> None:
    """Print a frame, or the document that each voice would be given."""
    from scribe import frames as rooms
    from scribe.pipeline import load

    with usage_errors():
        settings = Settings(workspace, frames=frames)
        frame = rooms.load(name, rooms.folders(settings.frames, settings.workspace.root))
        if source is None:
            typer.echo(f"{frame.description}\n\n{frame.scene}")
            for voice in frame.voices:
                typer.echo(f"\n--- {voice.name} ---\n{voice.cue}")
            return
        transcript = load(source, settings.workspace).transcript
        for prompt in rooms.prompts(frame, transcript.segments, title=transcript.id):
            typer.echo(f"--- {prompt.voice} ---\n{prompt.text}\n")


@frames_app.command("check")
def check_frames(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Frames to check.")],
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a frame, and what would read badly; exit 1 if anything is."""
    from scribe import frames as rooms

    found = {file: rooms.check(file) for file in files}
    for file, findings in found.items():
        if as_json:
            print_json({"source": str(file), "findings": findings})
        elif findings:
            typer.echo("\n".join(findings))
    if any(found.values()):
        raise typer.Exit(1)
    tell(f"{len(files)} well formed")


def doctor(workspace: WorkspaceFolder = None, as_json: AsJson = False) -> None:
    """Say what is installed, what can be used, and how to get the rest."""
    from scribe.cli.health import findings

    with usage_errors():
        settings = Settings(workspace)
    found = findings(settings.workspace)
    if as_json:
        print_json([{"what": f.what, "state": f.state, "detail": f.detail} for f in found])
        return
    signs = {"ok": "ok     ", "absent": "absent ", "broken": "BROKEN "}
    for f in found:
        typer.echo(f"{signs[f.state]}{f.what:<22}{f.detail}")
    if any(f.state == "broken" for f in found):
        raise typer.Exit(1)
