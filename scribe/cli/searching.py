"""The command that finds what was said and written: search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scribe.cli.options import Settings, WorkspaceFolder
from scribe.cli.sources import print_json, tell, usage_errors
from scribe.language import counted

if TYPE_CHECKING:
    from scribe.search import Hit, Passage


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(rich_help_panel="Refine")(search)


def search(
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY...",
            help="Words that a passage has, all of them; '\"in quotes\"' side by side; simul* begins so.",
        ),
    ],
    workspace: WorkspaceFolder = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many passages to list.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object for each passage, a line each.")
    ] = False,
) -> None:
    """Find passages of all sessions: what was said, and what notes and posts say. Exits 1 where there are none.

    Words stand for their inflections, whatever their case and accents. The best passage comes first, and with it the
    others of its session.
    """
    from scribe.pipeline import searching
    from scribe.records import ScribeError

    with usage_errors():
        settings = Settings(workspace)
    asked = " ".join(query)
    try:
        found = searching.search(settings.workspace, asked, limit=most + 1)
    except ScribeError as error:
        tell(f"scribe: {error}")
        raise typer.Exit(1) from None
    for remark in found.remarks:
        tell(f"  {remark}")
    for hit in _by_session(found.hits[:most]):
        if as_json:
            print_json({**hit.model_dump(mode="json", exclude={"passage"}), **hit.passage.model_dump(mode="json")})
        else:
            typer.echo(_line(hit))
    if not found.hits:
        where = f"in {counted(found.sessions, 'session')} of {settings.workspace.root}"
        tell(f"scribe: nothing found for {asked!r} {where}")
        raise typer.Exit(1)
    if len(found.hits) > most:
        tell("  there are more; see --most")


def _by_session(hits: tuple[Hit, ...]) -> list[Hit]:
    """The hits of each session together, sessions in the order of their best."""
    order = list(dict.fromkeys(hit.passage.session for hit in hits))
    return sorted(hits, key=lambda hit: order.index(hit.passage.session))


def _line(hit: Hit) -> str:
    """Session, place and words; what matches is bold, which shows on a terminal only."""
    words = "".join(typer.style(text, bold=True) if matches else text for text, matches in hit.pieces)
    who = f"{hit.passage.speaker}: " if hit.passage.speaker else ""
    return "  ".join(part for part in (hit.passage.session, _place(hit.passage), f"{who}{words}") if part)


def _place(passage: Passage) -> str:
    """When, or which line where no time is known; of a page, which one, too."""
    from scribe.footnotes import clock

    where: list[str] = [] if passage.kind == "transcript" else [passage.kind]
    if passage.start is not None:
        where.append(clock(passage.start))
    elif passage.line is not None:
        where.append(f"line {passage.line}")
    return " ".join(where)
