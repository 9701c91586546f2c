"""The command that opens the local page: studio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scribe.cli.options import Device, FramesFolder, Settings, SimulatorSpec, WorkspaceFolder
from scribe.cli.simulating import pipeline_of
from scribe.cli.sources import refuse, tell, usage_errors

if TYPE_CHECKING:
    from scribe.shelf import Workspace


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Refine")(studio)


def studio(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A session to open; without it, all are listed.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Where to listen (default: 8377, or any that is free)."),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    recordings: Annotated[
        list[Path] | None,
        typer.Option(
            "--recordings",
            exists=True,
            file_okay=False,
            help="A folder outside of the workspace that recordings may be played from.",
        ),
    ] = None,
    reviewer: Annotated[str, typer.Option("--name", help="Your name, under which you review and sign.")] = "",
    simulator: SimulatorSpec = None,
    frames: FramesFolder = None,
    device: Device = None,
    workspace: WorkspaceFolder = None,
) -> None:
    """Open a local page to listen, choose and edit. Only this machine can reach it; Ctrl-C stops it."""
    import webbrowser
    from urllib.parse import quote

    from scribe import studio as room

    with usage_errors():
        settings = Settings(workspace, simulator=simulator, frames=frames, device=device)
        if name is not None:
            _check_is_there(settings.workspace, name)
        listening = room.bound(port)
    token, hosts = room.new_token(), room.hosts_of(listening)
    work = room.Studio(
        settings.workspace,
        simulator=settings.simulator,
        open_pipeline=lambda: pipeline_of(settings, doubtful=False),
        frames_folder=settings.frames,
        folders=recordings or (),
        reviewer=reviewer,
    )
    to = f"&to={quote(f'/s/{quote(name)}', safe='')}" if name is not None else ""
    address = f"http://{hosts[0]}/?token={token}{to}"

    def ready() -> None:
        tell(f"the studio is at {address}")
        tell("it answers this machine alone, and whoever has that address; Ctrl-C stops it")
        if browser:
            webbrowser.open(address)

    room.run(room.application(work, token=token, hosts=hosts), listening, on_ready=ready, on_stop=work.hub.close)


def _check_is_there(workspace: Workspace, name: str) -> None:
    from scribe.records import TRANSCRIPT_ID

    is_name = TRANSCRIPT_ID.fullmatch(name) is not None
    if not is_name or not (workspace.has_transcript(name) or workspace.draft_json_path(name).is_file()):
        refuse(f"{name}: expected a session in {workspace.root}, found none of that name; scribe run makes one")
