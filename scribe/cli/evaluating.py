"""The command that lays notes beside what people wrote: eval."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scribe.cli.options import Device, FramesFolder, MergeWay, Quantise, Settings, Voices, WorkspaceFolder
from scribe.cli.simulating import opened, specs_of
from scribe.cli.sources import print_json, progress, tell, usage_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from scribe.evaluating.comparing import Evaluation, Group
    from scribe.measures.bootstrap import Estimate
    from scribe.pipeline.evaluating import Evaluated, Evaluating

    _ByName = Mapping[str, Mapping[str, Estimate | None]]

_NAMED = 5
"""Files that are named in a warning."""

_Folders = Annotated[
    list[Path], typer.Argument(metavar="FOLDER...", help="Folders or files of sessions with reference summaries.")
]
_Simulator = Annotated[
    list[str] | None,
    typer.Option("--simulator", "-s", help="What writes the notes (default: extract); may be repeated."),
]
_Simulators = Annotated[
    str | None, typer.Option("--simulators", metavar="A,B", help="The same in one list; all are compared to A.")
]
_Words = Annotated[
    int | None,
    typer.Option("--words", min=1, help="At most this many words of each text (default: as scribe notes writes)."),
]
_Kinds = Annotated[
    str | None, typer.Option("--kinds", metavar="A,B", help="Only references of these kinds, such as general.")
]
_Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="At most this many sessions, by turns from each file.")
]
_Report = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Write a page with plots and texts, too.")
]
_Embeddings = Annotated[
    str | None,
    typer.Option(
        "--embeddings", metavar="MODEL", help="Measure whether a model of sentence-transformers helps to find lines."
    ),
]
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, with figures of every text.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("eval", rich_help_panel="Measure")(evaluate)


def evaluate(
    folders: _Folders,
    workspace: WorkspaceFolder = None,
    simulator: _Simulator = None,
    simulators: _Simulators = None,
    words: _Words = None,
    kinds: _Kinds = None,
    limit: _Limit = None,
    report: _Report = None,
    frames: FramesFolder = None,
    voices: Voices = None,
    merge: MergeWay = None,
    device: Device = None,
    quantise: Quantise = None,
    embeddings: _Embeddings = None,
    as_json: _AsJson = False,
) -> None:
    """Measure notes beside summaries that people wrote, for one simulator or for several side by side.

    A reference with a question is measured beside the answer to it; one without, beside the overview of the notes, or,
    with --words, beside all notes of that length. Known are JSON files with "transcript" and "references", QMSum's
    *.jsonl, and meetings whose "summary" cites their "segments". Completions are kept in the workspace; no notes are.
    """
    from scribe.pipeline.embedding import open_embeddings
    from scribe.pipeline.evaluating import Evaluating, check_report

    with usage_errors():
        settings = Settings(workspace, frames=frames, voices=voices, merge=merge, device=device, quantise=quantise)
        asked = [*(simulator or []), *(specs_of(simulators) if simulators is not None else [])]
        specs = asked or [os.environ.get("SCRIBE_SIMULATOR") or settings.simulator]
        if report is not None:
            check_report(report)
        evaluating = Evaluating(
            settings.workspace,
            opened=[opened(spec, settings) for spec in specs],
            frames_folder=settings.frames,
            voices=settings.voices,
            words=words,
            merge=settings.merge,
            embeddings=open_embeddings(embeddings, settings.workspace) if embeddings is not None else None,
            warn=tell,
        )
    evaluated = _evaluated(evaluating, folders, limit=limit, kinds=kinds)
    _tell(evaluated, as_json=as_json)
    if report is not None:
        _write(report, evaluated)
    if evaluated.evaluation.failed:
        raise typer.Exit(1)


def _evaluated(evaluating: Evaluating, folders: Sequence[Path], *, limit: int | None, kinds: str | None) -> Evaluated:
    """What is found in the folders; exits 2 where they hold nothing that can be measured, 130 where it is stopped."""
    wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()] if kinds is not None else None
    try:
        with evaluating, usage_errors(), progress("eval") as shown:
            return evaluating.evaluate(folders, limit=limit, kinds=wanted, on_step=shown.step)
    except KeyboardInterrupt:
        tell("scribe: stopped; what is done is kept, and the same command goes on from there")
        raise typer.Exit(130) from None


def _write(report: Path, evaluated: Evaluated) -> None:
    from scribe.pipeline.evaluating import write_report
    from scribe.records import ScribeError

    try:
        write_report(report, evaluated)
    except ScribeError as error:
        tell(f"scribe: {error}")
        raise typer.Exit(1) from None
    tell(f"  wrote {report}")


def _tell(evaluated: Evaluated, *, as_json: bool) -> None:
    """Say on standard error what was passed over and what failed, and print what was found."""
    found, embeddings = evaluated.evaluation, evaluated.embeddings
    _warn(found)
    if as_json:
        told = {"embeddings": {**embeddings.model_dump(mode="json"), "helps": embeddings.helps}} if embeddings else {}
        print_json({**_json(found), **told})
        return
    for line in _lines(found):
        typer.echo(line)
    if embeddings:
        typer.echo(f"\n{embeddings.said()}")


def _warn(found: Evaluation) -> None:
    """Say what was passed over, in one line, and name what failed."""
    if found.strangers:
        named = ", ".join(found.strangers[:_NAMED])
        more = f" and {len(found.strangers) - _NAMED} more" if len(found.strangers) > _NAMED else ""
        tell(f"  passed over, for they hold no session: {named}{more}")
    if found.kept:
        texts = len(found.scored) * len(found.simulators)
        tell(f"  no time and no tokens for {found.kept} of {texts} texts: completions were kept from an earlier run")
    for one in found.failed:
        tell(f"scribe: {one.session}: {one.error}")
    if found.failed:
        measured = found.groups[0].sessions if found.groups else 0
        tell(f"scribe: {len(found.failed)} not measured, {measured} measured")


def _json(found: Evaluation) -> dict[str, Any]:
    """The evaluation as an object; figures by simulator, by measure, as estimates or, of one reference, numbers."""
    first = found.groups[0] if found.groups else None
    return {
        "sessions": first.sessions if first else 0,
        "references": first.references if first else 0,
        **found.model_dump(mode="json"),
    }


def _lines(found: Evaluation) -> Iterator[str]:
    """One simulator's means in one table, a kind of references a column; of several, a table for each kind."""
    if len(found.simulators) == 1:
        yield from (f"{group.kind}: {group.counts}" for group in found.groups)
        yield from _kinds(found.groups, found.simulators[0])
    else:
        yield from _compared(found)
    if found.groups:
        yield ""
        yield f"{found.recipe.rouge}; means over references with their intervals, {found.recipe.intervals}"
    if found.groups and len(found.simulators) > 1:
        yield "differences are paired, of the same references; ★ marks those whose interval leaves out 0"


def _kinds(groups: Sequence[Group], simulator: str) -> Iterator[str]:
    """A measure a row, a kind of references a column."""
    from scribe.evaluating.tables import said

    if groups:
        heads = [group.kind for group in groups] if len(groups) > 1 else [simulator]
        yield from _table(
            heads, lambda name: [said(group.means[simulator][name]) for group in groups], groups[0].means.values()
        )


def _compared(found: Evaluation) -> Iterator[str]:
    """A table for each kind of references: a measure a row, a simulator a column, then the differences to the first.

    Simulators stand there as A, B, …, so that the columns are narrow.
    """
    from scribe.evaluating.tables import contrast, letters, said

    names = letters(found.simulators)
    first, *others = names.values()
    heads = [first, *others, *(f"{other} − {first}" for other in others)]
    yield from (f"{letter} is {name}" for name, letter in names.items())
    for group in found.groups:
        means, differences = group.means, group.differences

        def cells(measure: str, means: _ByName = means, differences: _ByName = differences) -> list[str]:
            told = [said(means[name][measure]) for name in found.simulators]
            return told + [contrast(differences[name][measure]) for name in found.simulators[1:]]

        yield ""
        yield f"{group.kind}: {group.counts}"
        yield from _table(heads, cells, means.values())


def _table(
    heads: Sequence[str], cells: Callable[[str], list[str]], means: Collection[Mapping[str, Estimate | None]]
) -> Iterator[str]:
    """A measure a row, of those that any of the `means` has; `cells` tells what stands in it."""
    from scribe.evaluating.figures import MEASURES

    rows = [
        [measure.label, measure.unit if measure.unit != measure.label else "", *cells(measure.name)]
        for measure in MEASURES
        if any(found[measure.name] for found in means)
    ]
    table = [["", "", *heads], *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads) + 2)]
    for row in table:
        yield ("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))).rstrip()
