"""The command that lays passages side by side: same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import Device, Quantise, Settings, WorkspaceFolder
from scribe.cli.simulating import opened
from scribe.cli.sources import print_json, tell, usage_errors

if TYPE_CHECKING:
    from scribe.pipeline.sameness import Compared, Measured, Sessions


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Measure")(same)


def same(
    one: Annotated[
        str | None, typer.Argument(metavar="A", help="A transcript or an id, or lines of it, such as monday:12-40.")
    ] = None,
    other: Annotated[str | None, typer.Argument(metavar="B", help="Another, or other lines of the same.")] = None,
    workspace: WorkspaceFolder = None,
    measure: Annotated[
        str | None,
        typer.Option("--measure", help="cache (the default), cosine, bm25, or likelihood, which asks the simulator."),
    ] = None,
    simulator: Annotated[
        str | None, typer.Option("--simulator", "-s", help="What scores; with it the measure is likelihood.")
    ] = None,
    device: Device = None,
    quantise: Quantise = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many pairs to list.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether two passages concern the same question, or find the topics of different sessions that do.

    With A and B the measures are shown beside each other. With A alone, its topics are compared with those of every
    other session of the workspace; with neither, all sessions are compared. Probabilities are for one pair in two about
    one question; among all topics there are far fewer such pairs, so what is listed is what to look at first.
    """
    from scribe.pipeline import sameness
    from scribe.records import ScribeError

    with usage_errors():
        simulated = simulator or os.environ.get("SCRIBE_SIMULATOR")
        settings = Settings(workspace, simulator=simulated, device=device, quantise=quantise)
        measure = measure or (sameness.LIKELIHOOD if simulator else sameness.MEASURES[0])
        if measure not in sameness.MEASURES:
            raise ScribeError(f"--measure: unknown measure {measure!r}; known: {', '.join(sameness.MEASURES)}")
        if simulator and measure != sameness.LIKELIHOOD:
            raise ScribeError(f"--simulator is for --measure likelihood, found --measure {measure}; leave one out")
        asked = opened(settings.simulator, settings) if measure == sameness.LIKELIHOOD else "extract"
    try:
        sessions = sameness.Sessions(settings.workspace)
        if one is not None and other is not None:
            pair = sessions.passage(one), sessions.passage(other)
            measures = list(dict.fromkeys([measure, *sameness.LEXICAL]))
            compared = sameness.compare(*pair, sessions=sessions, measures=measures, simulator=asked)
            _print_pair(compared, sessions, as_json=as_json)
            return
        of = sessions.session_or_passage(one) if one is not None else None
        found = sameness.closest(sessions, measure=measure, top=top, of=of, simulator=asked)
    except ScribeError as error:
        tell(f"scribe: {error}")
        if as_json:
            print_json({"error": str(error)})
        raise typer.Exit(1) from None
    _print_pairs(found, sessions, as_json=as_json)


def _print_pair(compared: Compared, sessions: Sessions, *, as_json: bool) -> None:
    """Two passages, and all measures beside each other; the one asked for comes first."""
    if as_json:
        print_json({**_json(compared), "remarks": _remarks(sessions, compared)})
        return
    for line in _remarks(sessions, compared):
        tell(f"  {line}")
    for stretch in (compared.one, compared.other):
        typer.echo(f"{stretch.lines}  {stretch.title} ({stretch.words} words)")
    for measured in compared.measured:
        typer.echo(f"  {measured.measure:<10} {_said(measured)}")


def _said(measured: Measured) -> str:
    """A measure's value, and what it makes of it."""
    unit = " nats/token" if measured.measure in ("cache", "likelihood") else ""
    value = f"{measured.value:+.3f}{unit}"
    if measured.probability is not None:
        return f"{value:<18} same question: {_percent(measured.probability)}"
    if measured.is_below_noise:
        return f"not to be told from 0: rounding alone makes {measured.noise:.3f}{unit}"
    return f"{value:<18} more than 0 speaks for the same question; simulators differ in how much is much"


def _percent(probability: float) -> str:
    """A probability for a person; no measure is sure.

    >>> _percent(0.871), _percent(0.9999), _percent(0.0)
    ('87%', 'over 99%', 'under 1%')
    """
    if probability > 0.99:
        return "over 99%"
    return f"{probability:.0%}" if probability >= 0.01 else "under 1%"


def _print_pairs(found: list[Compared], sessions: Sessions, *, as_json: bool) -> None:
    """The pairs that are likeliest about one question, a block of lines each."""
    if as_json:
        print_json({"pairs": [_json(compared) for compared in found], "remarks": _remarks(sessions)})
        return
    for line in _remarks(sessions):
        tell(f"  {line}")
    for compared in found:
        first = compared.measured[0]
        typer.echo(_said(first) if first.probability is None else f"same question: {_percent(first.probability)}")
        for stretch in (compared.one, compared.other):
            typer.echo(f"  {stretch.lines}  {stretch.title}")


def _remarks(sessions: Sessions, compared: Compared | None = None) -> list[str]:
    """What was passed over, and which passages are too short to be judged."""
    from scribe.measures.sameness import FEWEST_WORDS

    short = [s for s in (compared.one, compared.other) if s.words < FEWEST_WORDS] if compared else []
    return [
        *sessions.remarks,
        *(f"{s.lines} has {s.words} words; under {FEWEST_WORDS} no measure is to be trusted" for s in short),
    ]


def _json(compared: Compared) -> dict[str, Any]:
    return {
        "passages": [
            {"id": s.session, "first": s.first, "last": s.last, "title": s.title, "words": s.words}
            for s in (compared.one, compared.other)
        ],
        "measures": {
            m.measure: {"value": m.value, "probability": m.probability, "noise": m.noise} for m in compared.measured
        },
    }
