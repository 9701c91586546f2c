"""The commands for a post that is there: lint, alternatives, restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scribe.cli.options import AsJson, Settings, WorkspaceFolder
from scribe.cli.sources import each, print_files, print_json, refuse, shown, tell, usage_errors
from scribe.language import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.pipeline.refining import Listed, Slot, Way
    from scribe.pipeline.standing import Choice
    from scribe.shelf import Workspace

_PANEL = "Refine"

_WIDTH = 100
"""Characters of a line where there is no terminal."""

_COLUMN = 48
"""Characters that an alternative needs to stand beside another."""


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (lint, alternatives, restore):
        app.command(rich_help_panel=_PANEL)(command)


def lint(
    drafts: Annotated[
        list[str] | None, typer.Argument(metavar="DRAFT...", help="Posts: names of folders in drafts/, or files.")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Say what each rule finds.")] = False,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """Check the propositions of a post: symbols, conditions, tags, evidence. Exits 1 where something is found."""
    from scribe.lint import RULES
    from scribe.pipeline.refining import lint_post

    with usage_errors():
        settings = Settings(workspace)
        if not rules and not drafts:
            refuse("expected a post to check, such as the name of a folder in drafts/, found none")
    if rules:
        for name, says in RULES.items():
            print_json({"rule": name, "finds": says}) if as_json else typer.echo(f"{name}: {says}")
        return

    def check(draft: str) -> bool:
        path = page_of(settings.workspace, draft)
        findings = lint_post(settings.workspace, path)
        for finding in findings:
            if as_json:
                print_json({"source": draft, **finding.model_dump()})
            else:
                typer.echo(f"{shown(path)}:{finding.line}: {finding.where}: {finding.message} ({finding.rule})")
        if not findings and not as_json:
            tell(f"{draft}: nothing found")
        return not findings

    each(drafts or [], check, as_json=as_json)


def alternatives(
    draft: Annotated[str, typer.Argument(metavar="DRAFT", help="A post: the name of a folder in drafts/.")],
    block: Annotated[
        str | None, typer.Argument(metavar="[BLOCK]", help="A block's id; without it, all blocks are listed.")
    ] = None,
    pick: Annotated[int | None, typer.Option("--pick", metavar="N", help="Put the N-th one into the post.")] = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show the alternatives of a block side by side, with support and log-loss, or put one in."""
    from scribe.pipeline.refining import Desk
    from scribe.rollouts import Rollouts

    with usage_errors():
        settings = Settings(workspace)
        if pick is not None and block is None:
            refuse("--pick: expected a block to put it in, found none; scribe alternatives DRAFT lists them")

    def show(name: str) -> bool:
        desk = Desk(settings.workspace, page_of(settings.workspace, name).parent.name)
        if block is None:
            _print_blocks(desk.blocks(), desk.choices, as_json=as_json)
        elif pick is None:
            _print_slot(desk.slot(block), as_json=as_json)
        else:
            with Rollouts(settings.workspace.rollouts_path, warn=tell) as rollouts:
                page, way = desk.pick(block, pick, rollouts=rollouts)
            if as_json:
                print_json({"picked": way.model_dump(), "outcome": page.written.outcome})
            else:
                print_files([page.written])
        return True

    each([draft], show, as_json=as_json)


def restore(
    draft: Annotated[
        str, typer.Argument(metavar="DRAFT|FILE", help="A post: the name of a folder in drafts/; or a file in one.")
    ],
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="Which version: its number or its name.")
    ] = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the former versions of a page, or bring one of them back; the present one is kept."""
    from scribe.shelf import chosen

    with usage_errors():
        settings = Settings(workspace)

    def bring(name: str) -> bool:
        path = page_of(settings.workspace, name, is_there=False)
        found = settings.workspace.versions(path)
        if to is None:
            for number, version in enumerate(found, start=1):
                told = {"number": number, "name": version.name, "characters": version.characters}
                if as_json:
                    print_json(told)
                else:
                    when = f"{version.changed.astimezone():%Y-%m-%d %H:%M:%S}"
                    typer.echo(f"{number:3}  {when}  {version.characters:7} characters  {version.name}")
            if not found:
                tell(f"{shown(path)}: no former versions; nothing was replaced so far")
            return True
        written = settings.workspace.restore(path, chosen(found, to, path))
        if as_json:
            print_json({"path": str(written.path), "outcome": written.outcome})
        elif written.outcome == "unchanged":
            print_files([written])
        else:
            tell(f"  restored {shown(written.path)}; the version before is kept")
        return True

    each([draft], bring, as_json=as_json)


def page_of(workspace: Workspace, named: str, *, is_there: bool = True) -> Path:
    """The page that a person names: a file in a folder of `drafts`, or the post of a folder; raises ScribeError."""
    from scribe.records import TRANSCRIPT_ID

    path = Path(named)
    if path.suffix == ".md":
        path = path.absolute()
        workspace.base_path(path)
    elif TRANSCRIPT_ID.fullmatch(named):
        path = workspace.post_path(named)
    else:
        refuse(f"{named}: expected the name of a folder in drafts/, or a page in one, found neither")
    if is_there and not path.is_file():
        refuse(f"{named}: expected a post, found none at {shown(path)}; make it with: scribe draft")
    return path


def _print_blocks(blocks: list[Listed], choices: Sequence[Choice], *, as_json: bool) -> None:
    """The ledger: who wrote what, block by block, and how much people chose."""
    from scribe.pipeline.standing import bits

    for block in blocks:
        if as_json:
            print_json(block.model_dump())
    if as_json:
        return
    typer.echo(f"{'block':8}{'typed':>7}{'generated':>11}{'alternatives':>14}{'choices':>9}  begins")
    for block in blocks:
        ways = str(block.alternatives) if block.alternatives > 1 else "-"
        marks = " (kept)" * block.is_locked + " (stale)" * block.is_stale
        typer.echo(
            f"{block.id or '-':8}{block.typed:>7}{block.generated:>11}{ways:>14}{block.choices or '-':>9}"
            f"  {block.begins}{marks}"
        )
    typed, generated = sum(b.typed for b in blocks), sum(b.generated for b in blocks)
    tell(f"  {counted(typed, 'character')} typed by people, {generated} generated, in {counted(len(blocks), 'block')}")
    if choices:
        tell(f"  {counted(len(choices), 'choice')}, {bits(choices):.1f} bits")


def _print_slot(slot: Slot, *, as_json: bool) -> None:
    """Alternatives one under the other, or side by side where two fit the terminal."""
    if as_json:
        for way in slot.ways:
            print_json({"of": slot.name, **way.model_dump()})
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    typer.echo(f"{slot.name}: {counted(len(slot.ways), 'alternative')}")
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    across = max(1, min(len(slot.ways), console.width // _COLUMN))
    for first in range(0, len(slot.ways), across):
        ways = slot.ways[first : first + across]
        table = Table(*(Column(Text(_title(way))) for way in ways), expand=True, show_lines=True)
        table.add_row(*(Text(way.text) for way in ways))
        table.add_row(*(Text(_judged(way)) for way in ways))
        console.print(table)


def _title(way: Way) -> str:
    return f"{way.number}. {way.voice}{' (in the post)' if way.is_chosen else ''}"


def _judged(way: Way) -> str:
    """How well an alternative is borne out, what it rests on, and how likely its simulator held it."""
    from scribe.evidence import cite

    counts = ", ".join(f"{n} {verdict}" for verdict, n in way.verdicts.items() if n) or "nothing judged"
    loss = f"; {way.log_loss:.2f} nats per token" if way.log_loss is not None else ""
    return f"{counts}; lines {cite(way.lines).strip('[]') or 'none'}{loss}"
