"""The command that says what to listen to: review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import AsJson, Settings, Sources, WorkspaceFolder
from scribe.cli.sources import each, print_json, tell, usage_errors
from scribe.language import counted, span_of_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.pipeline.reviewing import Reviewed
    from scribe.review import Adrift, Spot

_QUOTED = 160
"""Letters of a spot's words that are shown."""

_RESTS = 3
"""Statements that are shown of those that rest on a spot."""

_REASON_LETTERS = 240


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Refine")(review)


def review(
    sources: Sources,
    workspace: WorkspaceFolder = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many passages to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the passages most worth a person's ear.

    They are lines that the recogniser doubts or has unsure words in, lines cited by statements that they do not bear
    out, and lines that voices disagree about. Those come first on which most rests in the notes for each second of
    listening.
    """
    from scribe.pipeline import reviewing

    with usage_errors():
        settings = Settings(workspace)

    def look(source: str) -> bool:
        reviewed = reviewing.review(source, settings.workspace)
        reviewed = reviewed.model_copy(update={"review": reviewed.review.most(most)})
        if as_json:
            print_json(_json(reviewed))
        else:
            _print(reviewed)
        return True

    each(sources, look, as_json=as_json)


def _json(reviewed: Reviewed) -> dict[str, Any]:
    review = reviewed.review
    return {
        "source": reviewed.source,
        **review.model_dump(mode="json"),
        "seconds": review.seconds,
        "remarks": list(reviewed.remarks),
    }


def _print(reviewed: Reviewed) -> None:
    from scribe.footnotes import clock

    for remark in reviewed.remarks:
        tell(f"  {remark}")
    review = reviewed.review
    if not review.spots and not review.adrift:
        typer.echo(f"{reviewed.source}: no line of it is in doubt")
        return
    many = counted(len(review.spots), "passage")
    more = f"; {review.left_out} more left out, see --most" if review.left_out else ""
    typer.echo(f"{reviewed.source}: {many}, {clock(round(review.seconds))} in all{more}")
    for number, spot in enumerate(review.spots, start=1):
        for line in _spot_lines(number, spot):
            typer.echo(line)
    if review.adrift:
        typer.echo("Statements that cite no line:")
    for adrift in review.adrift:
        typer.echo(f"  - {_adrift_line(adrift)}")


def _spot_lines(number: int, spot: Spot) -> Iterator[str]:
    """Where a spot is, why it is worth hearing, its words, and what rests on it."""
    from scribe.footnotes import clock
    from scribe.review import shortened

    where = [span_of_lines(spot.first, spot.last, "-")]
    if spot.start is not None and spot.end is not None:
        where.insert(0, f"{clock(spot.start)}-{clock(spot.end)}")
    where.append(f"{max(1, round(spot.seconds))} s")
    if spot.speakers:
        where.append(", ".join(spot.speakers))
    yield f"{number:>3}. {'  '.join(where)}"
    for reason in spot.reasons:
        yield f"     why: {shortened(reason.says, _REASON_LETTERS)}"
    yield f"     words: “{shortened(spot.text, _QUOTED)}”"
    for rest in spot.rests[:_RESTS]:
        yield f"     rests on it: {rest.kind}, “{shortened(rest.text)}”"
    if (more := len(spot.rests) - _RESTS) > 0:
        yield f"     rests on it: {counted(more, 'more statement')}"


def _adrift_line(adrift: Adrift) -> str:
    about = f"{adrift.topic}, {span_of_lines(adrift.first, adrift.last, '-')}" if adrift.topic else "overview"
    return f"{adrift.why} ({about})"
