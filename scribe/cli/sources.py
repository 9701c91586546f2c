"""One source after another: progress on a terminal, plain lines elsewhere, and an exit code at the end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from scribe.language import counted, span_of_lines

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress as RichProgress

    from scribe.audio import Recording
    from scribe.cli.options import Settings
    from scribe.pipeline import Loaded, Outcome
    from scribe.shelf import Written


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


def refuse(message: str) -> NoReturn:
    """Raise a ScribeError, which the commands import only when they need it."""
    from scribe.records import ScribeError

    raise ScribeError(message)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Exit 2 with one line for a mistake in the settings, before any source is touched."""
    from scribe.records import ScribeError

    try:
        yield
    except ScribeError as error:
        tell(f"scribe: {error}")
        raise typer.Exit(2) from None


class Progress:
    """What is under way with one source: a bar on a terminal, now and then a line elsewhere."""

    _QUIET_S = 30.0
    """Seconds between two plain lines of one step."""

    def __init__(self, source: str, bar: RichProgress | None) -> None:
        self._source, self._bar = source, bar
        self._task = bar.add_task(source.replace("[", r"\["), total=None) if bar else None
        self._what = ""
        self._began = self._told = 0.0

    def chunks(self, done: int, total: int) -> None:
        """Chunks read, of how many."""
        if self._bar:
            self.step("reading", done, total)

    def step(self, what: str, done: float, total: float | None) -> None:
        """What is being done, how much of it is done, and of how much where that is known."""
        now = time.monotonic()
        is_new = what != self._what
        if is_new:
            self._what, self._began, self._told = what, now, now
        if self._bar is not None and self._task is not None:
            if is_new:
                self._bar.reset(self._task, description=f"{self._source}: {what}".replace("[", r"\["))
            self._bar.update(self._task, completed=done, total=total)
        elif now - self._told >= self._QUIET_S and total and 0 < done < total:
            self._told = now
            left = (now - self._began) * (total - done) / done
            tell(f"  {self._source}: {what}: {done / total:.0%}, about {duration(left)} to go")

    def remove(self) -> None:
        """Take the bar away: the source is done with."""
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)


@contextmanager
def progress(source: str) -> Iterator[Progress]:
    """Show how one source comes along, with the time that is left."""
    if not sys.stderr.isatty():
        yield Progress(source, None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Progress(source, bar)


def duration(seconds: float) -> str:
    """A length of time for a person.

    >>> duration(42.4), duration(400), duration(7800)
    ('42 s', '7 min', '2.2 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def print_json(value: object) -> None:
    """Print one JSON object on a line of its own."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def print_outcome(outcome: Outcome) -> None:
    """Say in a few lines what was made of a source."""
    from scribe.notes.page import percent

    for remark in outcome.remarks:
        tell(f"  {remark}")
    if outcome.doubtful and outcome.notes:
        hidden = outcome.notes.coverage.hidden
        tell(
            f"  doubtful: {counted(outcome.doubtful, 'line')}" + (f", {hidden} hidden from the notes" if hidden else "")
        )
    if outcome.notes:
        verdicts = outcome.verdicts()
        counts = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.items() if n or verdict == "supported")
        topics = f"{counted(len(outcome.notes.topics), 'topic')}, " if outcome.notes.topics else ""
        cover = outcome.notes.coverage
        read = (
            f"coverage {percent(cover)}" if outcome.notes.about is None else f"from {counted(cover.summarised, 'line')}"
        )
        tell(
            f"{outcome.source}: {counted(len(outcome.transcript.segments), 'line')}, "
            f"{counted(len(outcome.transcript.speakers), 'speaker')}, {topics}"
            f"{counted(sum(verdicts.values()), 'statement')} ({counts}), {read}"
        )
        for passage in cover.passages:
            if passage.outcome == "failed":
                tell(f"  not read: {span_of_lines(passage.first, passage.last, '-')}: {passage.reason}")
            elif passage.outcome == "summarised" and passage.reason:
                tell(f"  read in part: {span_of_lines(passage.first, passage.last, '-')}: {passage.reason}")
    print_files(outcome.files)


def print_files(files: Sequence[Written]) -> None:
    """Say what became of files."""
    words = {
        "written": "wrote",
        "merged": "merged with what you wrote:",
        "unchanged": "unchanged:",
        "kept": "kept as you edited it:",
    }
    for file in files:
        tell(f"  {words[file.outcome]} {shown(file.path)}")
        if file.proposals:
            beside = file.path.with_name("proposals.md")
            tell(f"  {counted(file.proposals, 'change')} did not fit what you wrote: {shown(beside)}")


def print_findings(outcome: Outcome) -> None:
    """Say what the linter found in the propositions of a post."""
    for finding in outcome.findings:
        tell(f"  {finding.where} ({finding.rule}): {finding.message}")


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome for machines: its statements in reading order, and the records."""
    from scribe.claims import flat
    from scribe.notes.length import count_words

    made = outcome.notes
    statements = []
    claims = []
    if made:
        claims = [*made.overview, *(c for topic in made.topics for c in topic.claims)]
        placed = [(None, c) for c in made.overview] + [(t.title, c) for t in made.topics for c in t.claims]
        for topic, claim in placed:
            statements += [_statement(topic, c, outcome) for c in flat([claim])]
    return {
        "source": outcome.source,
        "id": outcome.transcript.id,
        "about": made.about if made else None,
        "words": count_words(claims),
        "sentences": statements,
        "contradictions": sum(len(c.against) for c in flat(claims)),
        "coverage": made.coverage.fraction if made else None,
        "verdicts": outcome.verdicts(),
        "doubtful": outcome.doubtful,
        "hidden": made.coverage.hidden if made else 0,
        "remarks": list(outcome.remarks),
        "files": [{"path": str(f.path), "outcome": f.outcome, "proposals": f.proposals} for f in outcome.files],
        "findings": [finding.model_dump() for finding in outcome.findings],
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
        "grounding": claim.support.grounding if claim.support else None,
        "voices": list(claim.voices),
        "against": [other.text for other in claim.against],
    }


def report_each(sources: list[str], settings: Settings, *, clock_offset: float | None = None, as_json: bool) -> None:
    """The dry run: say what every source holds, and write nothing."""
    from scribe.pipeline import load, unheard

    def report(source: str) -> bool:
        recording = unheard(source, settings.workspace)
        if recording is not None:
            _print_recording(recording, as_json=as_json, source=source)
        else:
            _print_report(load(source, settings.workspace, clock_offset_s=clock_offset), as_json=as_json, source=source)
        return True

    each(sources, report, as_json=as_json)


def _print_report(loaded: Loaded, *, as_json: bool, source: str) -> None:
    """The dry run: what a source holds."""
    from scribe.footnotes import clock

    transcript = loaded.transcript
    starts = [s.start for s in transcript.segments if s.start is not None]
    ends = [s.end for s in transcript.segments if s.end is not None]
    span = (min(starts), max(ends)) if starts and ends else None
    if as_json:
        print_json(
            {
                "source": source,
                "id": transcript.id,
                "format": loaded.format,
                "segments": len(transcript.segments),
                "speakers": list(transcript.speakers),
                "span": span,
                "recording": transcript.recording,
                "dropped": [d.model_dump() for d in loaded.dropped],
                "remarks": list(loaded.remarks),
            }
        )
        return
    named = ", ".join(transcript.speakers) or "none named"
    typer.echo(f"{source}: {loaded.format}")
    typer.echo(f"  segments: {len(transcript.segments)}")
    typer.echo(f"  speakers: {named}")
    typer.echo(f"  span: {clock(span[0])} to {clock(span[1])}" if span else "  span: no times; citations name lines")
    for remark in loaded.remarks:
        typer.echo(f"  {remark}")


def _print_recording(recording: Recording, *, as_json: bool, source: str) -> None:
    """The dry run: what a recording holds that nobody has transcribed yet."""
    from scribe.footnotes import clock

    if as_json:
        print_json({"source": source, "format": "recording", **recording.model_dump(exclude={"path"})})
        return
    named = [title for title in recording.titles if title]
    typer.echo(f"{source}: a recording without a transcript, to be heard first")
    typer.echo(f"  audio tracks: {recording.tracks}" + (f" ({', '.join(named)})" if named else ""))
    typer.echo(f"  length: {clock(recording.duration) if recording.duration is not None else 'unknown'}")


def shown(path: Path) -> str:
    """A path relative to the current folder where it lies below it."""
    from pathlib import Path

    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
