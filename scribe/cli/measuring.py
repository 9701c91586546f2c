"""The commands that measure: voices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import (
    AsJson,
    Device,
    FramesFolder,
    Quantise,
    Settings,
    SimulatorSpec,
    Sources,
    Voices,
    WorkspaceFolder,
)
from scribe.cli.simulating import opened, specs_of
from scribe.cli.sources import each, print_files, print_json, progress, tell, usage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scribe.measures.reports import Read, SiblingsReport, VoicesReport
    from scribe.pipeline.measuring import Measured

_LISTED = 12
"""Claims shown at once, and letters of a claim in a table."""
_LETTERS = 56


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(rich_help_panel="Measure")(voices)


def voices(
    sources: Sources,
    workspace: WorkspaceFolder = None,
    simulator: SimulatorSpec = None,
    simulators: Annotated[
        str | None,
        typer.Option("--simulators", metavar="A,B", help="Compare two, such as a base model and its tuned sibling."),
    ] = None,
    frame: Annotated[str, typer.Option("--frame", help="Whose voices are compared.")] = "key-points",
    frames: FramesFolder = None,
    voices: Voices = None,
    device: Device = None,
    quantise: Quantise = None,
    samples: Annotated[int, typer.Option("--samples", min=2, help="Texts of each voice in each stretch.")] = 8,
    tokens: Annotated[int, typer.Option("--tokens", min=1, help="Most tokens of each text.")] = 48,
    chunks: Annotated[int, typer.Option("--chunks", min=1, help="Stretches measured, evenly spread.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Measure how far voices differ and agree, by a simulator's log-probabilities, with plots beside the notes."""
    from scribe.pipeline.measuring import Measuring

    with usage_errors():
        settings = Settings(
            workspace, simulator=simulator, frames=frames, voices=voices, device=device, quantise=quantise
        )
        specs = _pair(simulators) if simulators is not None else [settings.simulator]
        measuring = Measuring(
            settings.workspace,
            opened=[opened(spec, settings) for spec in specs],
            frame=frame,
            frames_folder=settings.frames,
            voices=settings.voices,
            samples=samples,
            tokens=tokens,
            stretches=chunks,
            warn=tell,
        )

    def measure(source: str) -> bool:
        with progress(source) as shown:
            measured = measuring.measure(source, on_step=shown.step)
        if as_json:
            print_json(_measured_json(source, measured))
        else:
            _print_measured(source, measured)
        return True

    with measuring:
        each(sources, measure, as_json=as_json)


def _pair(text: str) -> list[str]:
    """The two specs of `--simulators`."""
    from scribe.records import ScribeError

    specs = specs_of(text)
    if len(specs) != 2 or not all(specs):
        raise ScribeError(f"--simulators: expected two, such as hf:BASE,hf:TUNED, found {text!r}")
    return specs


def _measured_json(source: str, measured: Measured) -> dict[str, Any]:
    return {
        "source": source,
        **measured.report.model_dump(mode="json"),
        "remarks": list(measured.remarks),
        "files": [{"path": str(file.path), "outcome": file.outcome} for file in measured.files],
    }


def _print_measured(source: str, measured: Measured) -> None:
    from scribe.measures.reports import VoicesReport

    for line in measured.remarks:
        tell(f"  {line}")
    report = measured.report
    lines = _voices_lines(report) if isinstance(report, VoicesReport) else _siblings_lines(report)
    typer.echo(f"{source}: {_read(report.read)}")
    for line in lines:
        typer.echo(line)
    print_files(measured.files)


def _read(read: Read) -> str:
    return (
        f"frame {read.frame}, {len(read.stretches)} of {read.of} stretches, "
        f"{read.samples} texts of at most {read.tokens} tokens of each voice under each"
    )


def _voices_lines(report: VoicesReport) -> Iterator[str]:
    from scribe.measures.reports import remark, said
    from scribe.plots import number

    found = report.information
    yield ""
    yield f"perspective information: {said(found.estimate)} nats of at most {number(found.ceiling)}" + _aside(
        remark(found.estimate)
    )
    if found.left_out:
        yield f"  {found.left_out} texts left out: they are not read back in the tokens they were written in"
    rows = [
        [
            voice,
            said(estimate),
            f"{found.taken_for[place][place]:.0%}",
            said(report.overlap.gains[voice]) if voice in report.overlap.gains else "no notes to compare",
            remark(report.overlap.gains[voice]) if voice in report.overlap.gains else "",
        ]
        for place, (voice, estimate) in enumerate(zip(found.voices, found.by_voice, strict=True))
    ]
    yield from _table(["voice", "stands out (nats)", "known by its text", "its notes tell (nats/token)", ""], rows)
    if report.overlap.shared:
        yield ""
        shared = [
            [" + ".join(p.voices), said(p.per_token), said(p.together), remark(p.per_token)]
            for p in report.overlap.shared
        ]
        yield from _table(["two voices' notes", "share (nats/token)", "tell together", ""], shared)
    yield from _stance_lines(report)


def _stance_lines(report: VoicesReport) -> Iterator[str]:
    from scribe.measures.reports import remark, said
    from scribe.plots import number

    by_voice = report.stances.by_voice
    claims = list(zip(*by_voice.values(), strict=True))
    if not claims:
        return
    yield ""
    rows = [[_short(row[0].claim), *(number(stance.log_odds) for stance in row)] for row in claims[:_LISTED]]
    yield from _table(["stance (log-odds of yes)", *by_voice], rows)
    if len(claims) > _LISTED:
        yield f"  and {len(claims) - _LISTED} more claims, in the JSON"
    yield ""
    agreed = [
        [
            " + ".join(a.voices),
            said(a.correlation) if a.correlation else "undefined",
            said(a.same_sign) if a.same_sign else "undecided",
            remark(a.correlation) if a.correlation else "",
        ]
        for a in report.stances.agreement
    ]
    yield from _table(["agreement of stances", "rank correlation", "same side", ""], agreed)


def _siblings_lines(report: SiblingsReport) -> Iterator[str]:
    from scribe.measures.reports import remark, said

    yield f"A is {report.simulators[0]}, B is {report.simulators[1]}"
    yield ""
    rows = [
        [
            voice.voice,
            said(voice.divergence.estimate),
            *(said(r.entropy_per_token) for r in voice.rates),
            *(said(r.excess_per_byte) for r in voice.rates),
            remark(voice.divergence.estimate),
        ]
        for voice in report.voices
    ]
    heads = ["voice", "JSD (nats, ≤ 0.69)", "entropy A (nats/token)", "entropy B", "A to B (nats/byte)", "B to A", ""]
    yield from _table(heads, rows)
    yield ""
    for name, other, count, share in zip("AB", "BA", report.agreement.counts, report.agreement.shares, strict=True):
        yield f"claims of {name}: {count}" + (f"; share that {other} made too: {said(share)}" if count else "")
    if any(voice.tokens_differ for voice in report.voices):
        yield "the two cut text into different tokens: compare what is given per byte"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows below their heads, in columns."""
    widths = [max(len(row[place]) for row in (heads, *rows)) for place in range(len(heads))]
    for row in (heads, *rows):
        yield ("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))).rstrip()


def _aside(text: str) -> str:
    return f" ({text})" if text else ""


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"
