"""Arguments in, exit codes out: the only place that knows of terminals.

Exit codes: 0 done, 1 some source failed (the rest is done and kept), 2 wrong usage. What a machine reads goes to
standard output, what a person is told meanwhile to standard error. Heavy modules are imported inside the commands.

In reading order: `options` (flags that commands share), `sources` (one source after another, with progress),
`making` (run, notes), `drafting` (draft), `batching` (batch), `exporting` (export), `hearing` (transcribe, speakers,
glossary), `refining` (lint, alternatives, restore), `reviewing` (review), `measuring` (voices), `sameness` (same),
`evaluating` (eval), `searching` (search), `visiting` (studio), `setting_up` (frames, doctor).
"""

from __future__ import annotations

from typing import Annotated

import typer

from scribe import __version__
from scribe.cli import (
    batching,
    drafting,
    evaluating,
    exporting,
    hearing,
    making,
    measuring,
    refining,
    reviewing,
    sameness,
    searching,
    setting_up,
    visiting,
)

app = typer.Typer(
    name="scribe",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turn seminar recordings and transcripts into cited notes and draft posts.",
    epilog="Settings: a flag, then SCRIBE_SIMULATOR and its like, then scribe.toml, then the default.",
)

making.register(app)
drafting.register(app)
batching.register(app)
exporting.register(app)
hearing.register(app)
refining.register(app)
reviewing.register(app)
searching.register(app)
visiting.register(app)
measuring.register(app)
sameness.register(app)
evaluating.register(app)
setting_up.register(app)


@app.callback()
def scribe(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=lambda v: _version(v)),
    ] = False,
) -> None:
    """Turn seminar recordings and transcripts into cited notes and draft posts."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"scribe {__version__}")
        raise typer.Exit
