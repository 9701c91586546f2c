"""One source after another: progress on a terminal, plain lines elsewhere, and an exit code at the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from scribe.notes import Progress
    from scribe.pipeline import Loaded, Outcome


def tell(message: str) -> None:
    """Tell a person something, on standard error."""
    typer.echo(message, err=True)


def each(sources: Sequence[str], act: Callable[[str], bool], *, as_json: bool) -> None:
    """Do `act` for every source; it returns whether the source is wholly done. Exits 1 if one was not.

    A ScribeError is that source's alone: it is one line, for machines an object too, and the next source goes on.
    """
    from scribe.records import ScribeError

    failed = 0
    for source in sources:
        try:
            failed += not act(source)
        except ScribeError as error:
            tell(f"scribe: {error}")
            if as_json:
                print_json({"source": source, "error": str(error)})
            failed += 1
        except KeyboardInterrupt:
            tell("scribe: stopped; what is done is kept, and the same command goes on from there")
            raise typer.Exit(130) from None
    if failed and len(sources) > 1:
        tell(f"scribe: {failed} of {len(sources)} sources failed or are incomplete; the rest is done")
    if failed:
        raise typer.Exit(1)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Exit 2 with one line for a mistake in the settings, before any source is touched."""
    from scribe.records import ScribeError

    try:
        yield
    except ScribeError as error:
        tell(f"scribe: {error}")
        raise typer.Exit(2) from None


@contextmanager
def progress(source: str) -> Iterator[Progress | None]:
    """A bar of chunks done on a terminal; None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("chunks"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(source.replace("[", r"\["), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_json(value: object) -> None:
    """Print one JSON object on a line of its own."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_outcome(outcome: Outcome) -> None:
    """Say in a few lines what was made of a source."""
    from scribe.notes.page import percent

    for remark in outcome.remarks:
        tell(f"  {remark}")
    if outcome.notes:
        verdicts = outcome.verdicts()
        counts = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.items() if n or verdict == "supported")
        topics = f"{len(outcome.notes.topics)} topics, " if outcome.notes.topics else ""
        cover = outcome.notes.coverage
        read = f"coverage {percent(cover)}" if outcome.notes.about is None else f"from {cover.summarised} lines"
        tell(
            f"{outcome.source}: {len(outcome.transcript.segments)} lines, {len(outcome.transcript.speakers)} speakers, "
            f"{topics}{sum(verdicts.values())} statements ({counts}), {read}"
        )
        for passage in cover.passages:
            if passage.outcome == "failed":
                tell(f"  lines {passage.first}-{passage.last - 1} were not read: {passage.reason}")
    words = {
        "written": "wrote",
        "unchanged": "unchanged:",
        "kept": "kept as you edited it, nothing new to propose:",
        "proposed": "you have edited the file, so the new text lies beside it:",
    }
    for file in outcome.files:
        tell(f"  {words[file.outcome]} {_shown(file.path)}")


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome for machines: its statements in reading order, and the records."""
    from scribe.notes.length import count_words

    made = outcome.notes
    statements = []
    claims = []
    if made:
        claims = [*made.overview, *(c for topic in made.topics for c in topic.claims)]
        placed = [(None, c) for c in made.overview] + [(t.title, c) for t in made.topics for c in t.claims]
        for topic, claim in placed:
            statements += [_statement(topic, c, outcome) for c in (claim, *claim.replies)]
    return {
        "source": outcome.source,
        "id": outcome.transcript.id,
        "about": made.about if made else None,
        "words": count_words(claims),
        "sentences": statements,
        "coverage": made.coverage.fraction if made else None,
        "verdicts": outcome.verdicts(),
        "remarks": list(outcome.remarks),
        "files": [{"path": str(f.path), "outcome": f.outcome} for f in outcome.files],
        "recipe": made.recipe.model_dump(mode="json", exclude_defaults=True) if made else None,
    }


def _statement(topic: str | None, claim: Any, outcome: Outcome) -> dict[str, Any]:
    lines = [outcome.transcript.segments[i] for i in claim.cites]
    return {
        "topic": topic,
        "kind": claim.kind,
        "speaker": claim.speaker,
        "text": claim.text,
        "cites": list(claim.cites),
        "start": lines[0].start if lines else None,
        "verdict": claim.support.verdict if claim.support else None,
        "voices": list(claim.voices),
    }


def print_report(loaded: Loaded, *, as_json: bool, source: str) -> None:
    """The dry run: what a source holds."""
    from scribe.footnotes import clock

    reading, transcript = loaded.reading, loaded.transcript
    starts = [s.start for s in transcript.segments if s.start is not None]
    ends = [s.end for s in transcript.segments if s.end is not None]
    span = (min(starts), max(ends)) if starts and ends else None
    if as_json:
        print_json(
            {
                "source": source,
                "id": transcript.id,
                "format": reading.format,
                "segments": len(transcript.segments),
                "speakers": list(transcript.speakers),
                "span": span,
                "recording": transcript.recording,
                "dropped": [d.model_dump() for d in reading.dropped],
                "remarks": list(loaded.remarks),
            }
        )
        return
    named = ", ".join(transcript.speakers) or "none named"
    typer.echo(f"{source}: {reading.format}")
    typer.echo(f"  segments: {len(transcript.segments)}")
    typer.echo(f"  speakers: {named}")
    typer.echo(f"  span: {clock(span[0])} to {clock(span[1])}" if span else "  span: no times; citations name lines")
    for remark in loaded.remarks:
        typer.echo(f"  {remark}")


def _shown(path: Any) -> str:
    """A path relative to the current folder where it lies below it."""
    from pathlib import Path

    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
