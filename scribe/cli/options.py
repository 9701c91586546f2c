"""Flags that several commands share, and how a setting is found: flag, environment, scribe.toml, default."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from scribe.glossary import Glossary
    from scribe.pipeline import Listening
    from scribe.shelf import Workspace

Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SRC...",
        help="Recordings, transcripts, or ids in the workspace.",
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
Engine = Annotated[
    str | None,
    typer.Option("--engine", envvar="SCRIBE_ENGINE", help="whisper, faster-whisper, a plug-in, or auto (the default)."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", envvar="SCRIBE_MODEL", help="Its weights: a name or a path (default: small)."),
]
Language = Annotated[
    str | None,
    typer.Option("--language", envvar="SCRIBE_LANGUAGE", help="What is spoken, such as en (default: found out)."),
]
Device = Annotated[
    str | None,
    typer.Option("--device", envvar="SCRIBE_DEVICE", help="Where models run: cpu, cuda, mps or auto."),
]
Quantise = Annotated[
    Literal["int8", "int4"] | None,
    typer.Option(
        "--quantise", envvar="SCRIBE_QUANTISE", help="Keep a simulator's weights smaller, where it runs here."
    ),
]
MergeWay = Annotated[
    Literal["hierarchical", "incremental"] | None,
    typer.Option(
        "--merge",
        envvar="SCRIBE_MERGE",
        help="How the topics of a long session become one overview (default: hierarchical).",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", envvar="SCRIBE_THREADS", min=1, help="Threads of the CPU for the recogniser."),
]
GlossaryFiles = Annotated[
    list[Path] | None,
    typer.Option("--glossary", exists=True, dir_okay=False, help="Names and jargon, a line each; may be repeated."),
]
Speakers = Annotated[
    str | None,
    typer.Option("--speakers", metavar="N|auto|none", envvar="SCRIBE_SPEAKERS", help="How many people speak."),
]
Doubtful = Annotated[
    bool,
    typer.Option("--doubtful", help="Show the voices lines that are doubtful too; they are hidden by default."),
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


def names_in(text: str | None) -> list[str]:
    """The names in a list such as `--voices`.

    >>> names_in("sceptic, formaliser"), names_in(None)
    (['sceptic', 'formaliser'], [])
    """
    return [name.strip() for name in (text or "").split(",") if name.strip()]


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
        merge: Literal["hierarchical", "incremental"] | None = None,
        quantise: Literal["int8", "int4"] | None = None,
        engine: str | None = None,
        model: str | None = None,
        language: str | None = None,
        device: str | None = None,
        threads: int | None = None,
        glossary: Sequence[Path] | None = None,
        speakers: str | None = None,
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
        voices = voices or os.environ.get("SCRIBE_VOICES")  # where a command's own --voices means something else
        self.voices = names_in(voices) or file.get("voices")
        self.merge = merge or file.get("merge") or "hierarchical"
        self.quantise = quantise or file.get("quantise")
        self.engine = engine or file.get("engine") or "auto"
        self.model = model or _beside(file.get("model"), self.workspace.root)
        self.language = language or file.get("language")
        self.device = device or file.get("device") or "auto"
        self.threads = threads or file.get("threads") or 0
        listed = file.get("glossary") or ()
        self.glossary = list(glossary or [self.workspace.root / name for name in listed if _names_file(name)])
        self.terms = [term for term in listed if not _names_file(term)]
        self.embeddings = _beside(file.get("embeddings"), self.workspace.root)
        self.speakers = _how_many(speakers if speakers is not None else file.get("speakers", "auto"))

    def read_glossary(self, *, own: bool = True) -> Glossary:
        """What was named by flag or scribe.toml, then the workspace's own glossary.txt; raises ScribeError."""
        from scribe import pipeline

        path = self.workspace.glossary_path if own else None
        return pipeline.read_glossary(self.glossary, terms=self.terms, own=path)

    def listening(
        self, *, translate: bool = False, tracks: str = "mixed", batch: int = 0, beam: int = 1, force: bool = False
    ) -> Listening:
        """How recordings are to be heard."""
        from scribe import pipeline
        from scribe.speech import DEFAULT_MODEL, Guards, Setup

        return pipeline.Listening(
            setup=Setup(
                engine=self.engine,
                model=self.model or DEFAULT_MODEL,
                device=self.device,
                threads=self.threads,
                batch=batch,
                guards=Guards(beam_size=beam),
            ),
            language=self.language,
            translate=translate,
            glossary=self.read_glossary(),
            speakers=self.speakers,
            tracks=tracks,
            force=force,
        )


def _names_file(entry: str) -> bool:
    """Whether an entry of scribe.toml's glossary is a file rather than a term."""
    return "/" in entry or "\\" in entry or bool(re.search(r"\.\w{2,4}$", entry))


def _beside(model: str | None, root: Path) -> str | None:
    """A model that scribe.toml names as a path is looked for from its folder."""
    if model and (root / model).exists():
        return str(root / model)
    return model


def _how_many(text: str | int) -> int | Literal["auto", "none"]:
    """The number of speakers, `auto` or `none`; raise ScribeError for anything else."""
    from scribe.records import ScribeError

    if text == "auto":
        return "auto"
    if text == "none":
        return "none"
    if str(text).isdecimal() and int(text) > 0:
        return int(text)
    raise ScribeError(f"--speakers: expected a number above 0, auto or none, found {text!r}")
