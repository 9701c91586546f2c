"""Flags that several commands share, and how a setting is found: flag, environment, scribe.toml, default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scribe.shelf import Workspace

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SRC...",
        help="Recordings (with a transcript beside them), transcripts, or ids in the workspace.",
    ),
]
WorkspaceFolder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        envvar="SCRIBE_WORKSPACE",
        help="Folder that holds transcripts/ and drafts/.",
        file_okay=False,
    ),
]
SimulatorSpec = Annotated[
    str | None,
    typer.Option("--simulator", "-s", envvar="SCRIBE_SIMULATOR", help="What continues the frames (default: extract)."),
]
FramesFolder = Annotated[
    Path | None,
    typer.Option("--frames", envvar="SCRIBE_FRAMES", help="A folder of frames that come before the curated ones."),
]
Voices = Annotated[
    str | None,
    typer.Option(
        "--voices",
        envvar="SCRIBE_VOICES",
        help="Which voices read, such as sceptic,formaliser (default: all).",
    ),
]
Words = Annotated[
    int | None,
    typer.Option("--words", envvar="SCRIBE_WORDS", min=1, help="At most this many words of notes."),
]
ClockOffset = Annotated[
    float | None,
    typer.Option(
        "--clock-offset",
        metavar="HH:MM:SS",
        parser=lambda text: seconds_of_day(text),
        help="Time of day at which the recording began, for captions that give the time of day.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for each source, a line each.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what each source holds, and write nothing.")]


def seconds_of_day(text: str) -> float:
    """Seconds after midnight of a time of day; raise BadParameter for what is none.

    >>> seconds_of_day("14:03:05"), seconds_of_day("9:30")
    (50585.0, 34200.0)
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?", text.strip())
    if not match:
        raise typer.BadParameter(f"expected a time of day such as 14:03:05, found {text!r}")
    hours, minutes, seconds = match.groups(default="0")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


class Settings:
    """The settings in force for one command."""

    def __init__(
        self,
        workspace: Path | None,
        *,
        simulator: str | None = None,
        frames: Path | None = None,
        words: int | None = None,
        voices: str | None = None,
    ) -> None:
        from scribe.records import ScribeError
        from scribe.shelf import Workspace, read_settings

        if workspace is not None and not workspace.is_dir():
            raise ScribeError(f"{workspace}: expected a folder for the workspace, found none; make it first")
        self.workspace: Workspace = Workspace(workspace.absolute()) if workspace else Workspace.find(Path.cwd())
        file = read_settings(self.workspace.root)
        self.simulator = simulator or file.get("simulator") or "extract"
        folder = file.get("frames")
        self.frames = frames or (self.workspace.root / folder if folder else None)
        self.words = words or file.get("words")
        named = [v.strip() for v in voices.split(",") if v.strip()] if voices else None
        self.voices = named or file.get("voices")
