"""`scribe export`: transcripts, notes and posts in other formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scribe.cli.options import AsJson, ClockOffset, DryRun, Settings, Sources, WorkspaceFolder
from scribe.cli.refining import page_of
from scribe.cli.sources import each, print_json, refuse, report_each, tell, usage_errors
from scribe.language import counted

_PANEL = "Make"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel=_PANEL)(export)


def export(
    sources: Sources,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="Of transcripts: json, vtt, srt, txt, md. Of posts and notes: html, docx, pdf, latex, forum.",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; - for standard output.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    workspace: WorkspaceFolder = None,
    clock_offset: ClockOffset = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Write the transcript of each source, or its post and notes, in another format, beside what is there."""
    from scribe import transcripts
    from scribe.pipeline.exporting import FORMATS

    with usage_errors():
        settings = Settings(workspace)
        if to not in transcripts.WRITABLE and to not in FORMATS:
            refuse(f"--to: unknown format {to!r}; known: {', '.join([*transcripts.WRITABLE, *FORMATS])}")
        if output and str(output) != "-" and len(sources) > 1:
            refuse(f"--output names one file, and there are {len(sources)} sources; leave it out, or use -")
    if dry_run:
        report_each(sources, settings, clock_offset=clock_offset, as_json=as_json)
        return

    def write(source: str) -> bool:
        if to in FORMATS:
            paths = _export_pages(source, settings, to, output=output, force=force)
        else:
            paths = _export(source, settings, to, output=output, force=force, clock_offset=clock_offset)
        for path in paths:
            if as_json:
                print_json({"source": source, "format": to, "path": str(path)})
            else:
                tell(f"{source}: wrote {path}")
        return True

    each(sources, write, as_json=as_json)


def _export_pages(source: str, settings: Settings, to: str, *, output: Path | None, force: bool) -> list[Path]:
    """Write a page, or the post and the notes of a folder in drafts, in another format; the paths written."""
    from scribe.pipeline.exporting import export_page, pages_of

    is_file = Path(source).suffix == ".md"
    pages = [page_of(settings.workspace, source)] if is_file else pages_of(settings.workspace, _folder(source))
    if output and str(output) == "-":
        refuse(f"--to {to} writes a file; name it with -o, or leave that out")
    if output and len(pages) > 1:
        pages = pages[:1]
        tell(f"  -o names one file: the post is exported; for the notes name {source}/notes.md as the source")
    return [export_page(settings.workspace, page, to, output=output, force=force) for page in pages]


def _folder(source: str) -> str:
    """The folder in drafts of a source: its own name, or the stem of a file."""
    return Path(source).stem if "/" in source or Path(source).suffix else source


def _export(
    source: str, settings: Settings, to: str, *, output: Path | None, force: bool, clock_offset: float | None
) -> list[Path]:
    """Write one transcript in another format; the path written, none for standard output."""
    from scribe import shelf, transcripts
    from scribe.pipeline import load

    transcript = load(source, settings.workspace, clock_offset_s=clock_offset).transcript
    text = transcripts.compose(transcript, to)
    if transcript.doubtful and to != "json":
        tell(f"{source}: {counted(transcript.doubtful, 'doubtful line')} among the others; json has the reasons")
    if output and str(output) == "-":
        typer.echo(text, nl=False)
        return []
    canonical = settings.workspace.transcript_path(transcript.id)
    path = output or canonical.with_name(f"{transcript.id}.{to}")
    data = text.encode()
    if path.exists() and not force and path.read_bytes() != data:
        refuse(f"{path}: a different file is there already; name another with -o, or replace it with --force")
    if path == canonical:
        settings.workspace.save_transcript(transcript)
    else:
        shelf.write_atomic(path, data)
    return [path]
