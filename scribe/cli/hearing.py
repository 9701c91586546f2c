"""The commands about recordings: transcribe, speakers, glossary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import (
    AsJson,
    Device,
    DryRun,
    Engine,
    GlossaryFiles,
    Language,
    Model,
    Settings,
    Sources,
    Speakers,
    Threads,
    WorkspaceFolder,
)
from scribe.cli.sources import each, print_files, print_json, progress, report_each, tell, usage_errors
from scribe.language import counted

if TYPE_CHECKING:
    from scribe.glossary import Candidate, Correction
    from scribe.pipeline import Outcome
    from scribe.records import Segment, Transcript

_LISTED = 40
"""Candidates shown at once."""

Source = Annotated[str, typer.Argument(metavar="SRC", help="A recording, a transcript, or an id in the workspace.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(rich_help_panel="Make")(transcribe)
    app.command(rich_help_panel="Refine")(speakers)
    app.command(rich_help_panel="Refine")(glossary)


def transcribe(
    sources: Sources,
    workspace: WorkspaceFolder = None,
    engine: Engine = None,
    model: Model = None,
    language: Language = None,
    translate: Annotated[bool, typer.Option("--translate", help="Write English, whatever is spoken.")] = False,
    glossary: GlossaryFiles = None,
    speakers: Speakers = None,
    tracks: Annotated[
        str,
        typer.Option(
            "--tracks",
            metavar="mixed|each|FOLDER",
            help="Each track is one speaker's; or a folder with one recording for each speaker.",
        ),
    ] = "mixed",
    device: Device = None,
    threads: Threads = None,
    batch: Annotated[int, typer.Option("--batch", min=0, help="Windows decoded together (default: 8).")] = 0,
    beam: Annotated[int, typer.Option("--beam", min=1, help="Beams of the first decoding.")] = 1,
    live: Annotated[bool, typer.Option("--live", help="Print lines as they are heard.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Let a much shorter transcript replace the old one.")] = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Hear each recording and write its transcript; a run that was stopped goes on where it stopped."""
    from scribe import pipeline

    with usage_errors():
        settings = Settings(
            workspace,
            engine=engine,
            model=model,
            language=language,
            device=device,
            threads=threads,
            glossary=glossary,
            speakers=speakers,
        )
        listening = settings.listening(translate=translate, tracks=tracks, batch=batch, beam=beam, force=force)
    if dry_run:
        report_each(sources, settings, as_json=as_json)
        return
    listener = pipeline.Listener(settings.workspace, listening, on_lines=_print_lines if live and not as_json else None)

    def hear(source: str) -> bool:
        with progress(source) as shown:
            listener.on_step = shown.step
            outcome = pipeline.transcribe(source, listener)
        if as_json:
            print_json(_transcribed_json(outcome))
        else:
            _print_transcribed(outcome)
        return True

    each(sources, hear, as_json=as_json)


def _print_lines(segments: Sequence[Segment]) -> None:
    from scribe.footnotes import clock

    for segment in segments:
        doubt = f"  (doubtful: {segment.doubt})" if segment.doubt else ""
        named = f"{segment.speaker}: " if segment.speaker else ""
        typer.echo(f"{clock(segment.start or 0.0)}  {named}{segment.text}{doubt}")


def _print_transcribed(outcome: Outcome) -> None:
    for remark in outcome.remarks:
        tell(f"  {remark}")
    told = outcome.transcript
    named = f"{counted(len(told.speakers), 'speaker')}, " if told.speakers else ""
    tell(f"{outcome.source}: {counted(len(told.segments), 'line')}, {named}language {told.language or 'unknown'}")
    doubts = Counter(reason.split(" (")[0] for s in told.segments if s.doubt for reason in s.doubt.split("; "))
    if doubts:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in doubts.most_common())
        tell(f"  doubtful and hidden from notes: {counted(outcome.doubtful, 'line')}: {reasons}")
    print_files(outcome.files)


def _transcribed_json(outcome: Outcome) -> dict[str, Any]:
    told = outcome.transcript
    return {
        "source": outcome.source,
        "id": told.id,
        "duration": told.duration,
        "language": told.language,
        "segments": len(told.segments),
        "speakers": list(told.speakers),
        "doubtful": [{"line": s.index, "start": s.start, "doubt": s.doubt} for s in told.segments if s.doubt],
        "remarks": list(outcome.remarks),
        "files": [{"path": str(f.path), "outcome": f.outcome} for f in outcome.files],
        "recipe": told.recipe.model_dump(mode="json", exclude_defaults=True),
    }


def speakers(
    source: Source,
    name: Annotated[
        list[str] | None, typer.Option("--name", metavar="S1=NAME", help="Who a speaker is; may be repeated.")
    ] = None,
    merge: Annotated[
        list[str] | None, typer.Option("--merge", metavar="S3=S1", help="S3 is S1 too; may be repeated.")
    ] = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """List who speaks how much; give speakers their names, in the transcript, the notes and the posts."""
    from scribe import pipeline
    from scribe.speakers import talk_time

    with usage_errors():
        settings = Settings(workspace)
        names, merged = _pairs("--name", name), _pairs("--merge", merge)

    def show(source: str) -> bool:
        transcript = _transcript_of(source, settings)
        for chosen, edit in ((merged, pipeline.merge_speakers), (names, pipeline.name_speakers)):
            if chosen:
                edited = edit(settings.workspace, transcript, chosen)
                transcript = edited.transcript
                print_files(edited.files)
        if as_json:
            print_json(
                {"source": source, "id": transcript.id, "speakers": [t.model_dump() for t in talk_time(transcript)]}
            )
        else:
            _print_talk(transcript)
        return True

    each([source], show, as_json=as_json)


def _print_talk(transcript: Transcript) -> None:
    from scribe.footnotes import clock
    from scribe.speakers import talk_time

    told = talk_time(transcript)
    if not told:
        typer.echo("no line carries a speaker")
    for one in told:
        example = transcript.segments[one.example]
        at = f" {clock(example.start)}" if example.start is not None else ""
        typer.echo(
            f"{one.speaker:<16}{clock(one.seconds):>8} {one.share:>5.0%} {one.lines:>5} lines  "
            f"[{example.index}]{at} {example.text[:60]}"
        )


def glossary(
    source: Source,
    files: GlossaryFiles = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="N|HEARD=MEANT|all", help="Apply a correction, and remember it."),
    ] = None,
    refuse: Annotated[
        list[str] | None,
        typer.Option("--refuse", metavar="N|HEARD=MEANT|all", help="Never offer a correction again."),
    ] = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """List words that may be names and jargon misheard; apply and remember the corrections that you accept."""
    from scribe import glossary as jargon
    from scribe import pipeline

    with usage_errors():
        settings = Settings(workspace, glossary=files)
        known = settings.read_glossary()
        if not known.terms:
            from scribe.records import ScribeError

            raise ScribeError(
                "expected names and jargon, found none; write them into "
                f"{settings.workspace.glossary_path}, one a line, or name a file with --glossary"
            )

    def review(source: str) -> bool:
        transcript = _transcript_of(source, settings)
        found = jargon.near_misses(transcript, known)
        accepted = [_correction(choice, found) for choice in _chosen(accept, len(found))]
        refused = [_correction(choice, found) for choice in _chosen(refuse, len(found))]
        _remember(settings.workspace.glossary_path, accepted, refused)
        if accepted:
            edited, places = pipeline.correct(settings.workspace, transcript, accepted)
            tell(f"{source}: {places} places corrected; make its notes again to carry them over")
            print_files(edited.files)
        elif refused:
            tell(f"{source}: {len(refused)} will not be offered again")
        elif as_json:
            print_json({"source": source, "id": transcript.id, "candidates": [c.model_dump() for c in found]})
        else:
            _print_candidates(found, transcript)
        return True

    each([source], review, as_json=as_json)


def _print_candidates(found: Sequence[Candidate], transcript: Transcript) -> None:
    if not found:
        typer.echo("nothing looks like a term of the glossary misheard")
    for number, one in enumerate(found[:_LISTED], start=1):
        line = transcript.segments[one.cites[0]].text
        at = max(0, line.lower().find(one.heard.lower()) - 24)
        places = f" and {len(one.cites) - 1} more" if len(one.cites) > 1 else ""
        typer.echo(f"{number:>3}  {one.heard} -> {one.meant}  ({one.why})")
        typer.echo(f"     [{one.cites[0]}]{places}: …{line[at : at + 72]}…")
    if len(found) > _LISTED:
        typer.echo(f"     and {len(found) - _LISTED} less likely ones; --json lists all")


def _chosen(choices: Sequence[str] | None, count: int) -> list[str]:
    """Choices as given, `all` written out as numbers."""
    every = [str(number) for number in range(1, count + 1)]
    return [one for choice in choices or () for one in (every if choice == "all" else [choice])]


def _correction(choice: str, found: Sequence[Candidate]) -> Correction:
    """The correction that a number of the list or `heard=meant` names; raises ScribeError for neither."""
    from scribe.glossary import Correction
    from scribe.records import ScribeError

    if choice.isdecimal() and 0 < int(choice) <= len(found):
        one = found[int(choice) - 1]
        return Correction(heard=one.heard, meant=one.meant)
    heard, sign, meant = choice.partition("=")
    if not (sign and heard.strip() and meant.strip()):
        raise ScribeError(f"expected a number from 1 to {len(found)}, or heard=meant, or all; found {choice!r}")
    return Correction(heard=heard.strip(), meant=meant.strip())


def _remember(path: Path, accepted: Sequence[Correction], refused: Sequence[Correction]) -> None:
    """Append to the workspace's glossary, which is a person's: nothing in it is changed."""
    from scribe import glossary as jargon
    from scribe import shelf

    lines = [jargon.compose_line(c) for c in accepted] + [jargon.compose_line(c, refused=True) for c in refused]
    if lines:
        old = path.read_bytes() if path.exists() else b""
        gap = b"\n" if old and not old.endswith(b"\n") else b""
        shelf.write_atomic(path, old + gap + "".join(f"{line}\n" for line in lines).encode())


def _transcript_of(source: str, settings: Settings) -> Transcript:
    from scribe.pipeline import load

    return load(source, settings.workspace).transcript


def _pairs(flag: str, given: Sequence[str] | None) -> dict[str, str]:
    """`S1=Jan` as a pair; raise ScribeError for anything else."""
    from scribe.records import ScribeError

    pairs = {}
    for text in given or ():
        old, sign, new = (part.strip() for part in text.partition("="))
        if not (old and sign and new):
            raise ScribeError(f"{flag}: expected two names with = between them, such as S1=Jan, found {text!r}")
        pairs[old] = new
    return pairs
