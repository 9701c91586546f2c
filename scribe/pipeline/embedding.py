"""Embeddings are measured on sessions that people have linked, and join in answers only where that says they help.

In: a model of sentence-transformers, sessions with references, a workspace. Out: a `Measured`, kept in the workspace's
`.scribe/embeddings.json`, and what finds the lines for an answer. It knows nothing of how lines are scored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from scribe import __version__
from scribe.embeddings import Encoder, Gain, Linked, measure_gain, open_encoder, relevance_by
from scribe.evaluating.sessions import Reference
from scribe.language import counted
from scribe.notes.answering import Find
from scribe.records import Record, ScribeError, Transcript
from scribe.shelf import Workspace
from scribe.shelf.files import read_or_none


class Embeddings(NamedTuple):
    """An open model, and what it is called in a workspace."""

    name: str
    encoder: Encoder


class Joining(NamedTuple):
    """Embeddings that join in answers."""

    name: str
    find: Find


class Measured(Record):
    """What a model was found to be worth in a workspace."""

    model: str
    scribe: str
    """The version that measured."""
    questions: Gain | None = None
    claims: Gain | None = None
    missing: str | None = None
    """Why neither could be measured."""

    @property
    def deciding(self) -> Gain | None:
        """What says whether it helps: questions, which is what it is for, or else claims in their place."""
        return self.questions or self.claims

    @property
    def helps(self) -> bool:
        """Whether it joins in answers."""
        return self.deciding is not None and self.deciding.helps

    def said(self) -> str:
        """The outcome in one line."""
        if self.deciding is None:
            return f"embeddings {self.model}: not measured, so they stay out: {self.missing}"
        told = "; ".join(_said(gain) for gain in (self.questions, self.claims) if gain)
        end = "they help, and join in --about from now on" if self.helps else "they do not help here, and stay out"
        return f"embeddings {self.model}: {told}: {end}"


class _Kept(Record):
    """The file `.scribe/embeddings.json`."""

    models: tuple[Measured, ...] = ()


def name_of(model: str, root: Path) -> str:
    """A folder's path from the workspace where it lies in it, else its whole path; any other name as it is."""
    if not os.path.isdir(model):
        return model
    path, top = os.path.realpath(model), os.path.realpath(root)
    return os.path.relpath(path, top).replace(os.sep, "/") if Path(path).is_relative_to(top) else path


def open_embeddings(model: str, workspace: Workspace) -> Embeddings:
    """Open the model of this name or in this folder; raises ScribeError."""
    return Embeddings(name_of(model, workspace.root), open_encoder(model))


def linked_in(
    session: str, transcript: Transcript, references: Sequence[Reference], kinds: Sequence[str] | None
) -> Iterator[Linked]:
    """The questions of a session that have lines, and the sentences of its references that have."""
    lines = transcript.segments
    for one in references:
        if kinds and one.kind not in kinds:
            continue
        if one.question is not None and one.linked:
            yield Linked(session, one.question, lines, frozenset(one.linked), asks=True)
        for sentence in one.sentences:
            if sentence.cites:
                yield Linked(session, sentence.text, lines, frozenset(sentence.cites), asks=False)


def measure(
    embeddings: Embeddings,
    linked: Sequence[Linked],
    workspace: Workspace,
    *,
    on_step: Callable[[str, float, float], None] = lambda *_: None,
) -> Measured:
    """Measure a model on what people linked, and keep the outcome in the workspace in the place of its earlier one.

    Nothing is kept where too little is linked.
    """
    gains: dict[str, Gain | None] = {}
    reasons = []
    for kind in ("questions", "claims"):
        these = [one for one in linked if one.asks == (kind == "questions")]
        try:
            gains[kind] = measure_gain(embeddings.encoder, these, on_step=partial(on_step, f"embedding {kind}"))
        except ScribeError as error:
            reasons.append(str(error))
    measured = Measured(
        model=embeddings.name, scribe=__version__, **gains, missing="; ".join(reasons) if not gains else None
    )
    if measured.deciding is not None:
        others = [one for one in _kept(workspace).models if one.model != measured.model]
        kept = sorted([*others, measured], key=lambda one: one.model)
        workspace.save_record(workspace.embeddings_path, _Kept(models=tuple(kept)))
    return measured


def joining(embeddings: str | Embeddings, workspace: Workspace) -> tuple[Joining | None, str | None]:
    """How embeddings find lines where they were measured to help here; else None, and in a line why they stay out."""
    name = embeddings.name if isinstance(embeddings, Embeddings) else name_of(embeddings, workspace.root)
    measured = next((one for one in _kept(workspace).models if one.model == name), None)
    if measured is None or measured.deciding is None:
        return None, (
            f"embeddings {name} stay out, for nobody has measured whether they help here: "
            f"scribe eval FOLDER --embeddings {name}"
        )
    if not measured.helps:
        return None, f"embeddings {name} stay out, for they do not help here: {_said(measured.deciding)}"
    try:
        encoder = open_encoder(embeddings) if isinstance(embeddings, str) else embeddings.encoder
    except ScribeError as error:
        return None, f"{error}, so they stay out"
    return Joining(name, relevance_by(encoder, measured.deciding.weight)), None


def _kept(workspace: Workspace) -> _Kept:
    """What was measured before; a file that cannot be read holds nothing."""
    try:
        return _Kept.model_validate_json(read_or_none(workspace.embeddings_path) or b"{}")
    except (ValidationError, ScribeError):
        return _Kept()


def _said(gain: Gain) -> str:
    """A gain in few words.

    >>> from scribe.measures.bootstrap import Estimate
    >>> found = Estimate(value=0.04, low=-0.02, high=0.1, values=9)
    >>> said = {"measure": "recall@10", "weight": 0.5, "drawn": "claims", "texts": 9, "sessions": 2}
    >>> _said(Gain(without=0.5, joined=0.54, difference=found, **said))
    'recall@10 .50 -> .54 (+.04, -.02 to +.10; 9 claims of 2 sessions, drawn by claims)'
    """
    of = "questions" if gain.measure == "marked words" else "claims"
    low, high = gain.difference.low, gain.difference.high
    interval = "" if low is None or high is None else f", {_share(low, '+')} to {_share(high, '+')}"
    change = f"{_share(gain.difference.value, '+')}{interval}"
    counts = f"{gain.texts} {of} of {counted(gain.sessions, 'session')}"
    figures = f"{gain.measure} {_share(gain.without)} -> {_share(gain.joined)}"
    return f"{figures} ({change}; {counts}, drawn by {gain.drawn})"


def _share(value: float, sign: str = "") -> str:
    """A share without its zero before the point.

    >>> _share(0.5), _share(-0.001, "+"), _share(1.0)
    ('.50', '+.00', '1.00')
    """
    told = f"{round(value, 2) + 0.0:{sign}.2f}"
    return told.replace("0.", ".", 1) if abs(value) < 1 else told
