"""The report: one page that needs nothing but itself, for a person to read beside the figures.

In: an `Evaluation`, and the texts that it is of. Out: HTML, the same bytes for the same values, without scripts and
without anything to fetch; all that comes from files is escaped. The page carries a digest of itself, so that one that a
person has changed is told apart from one that may be written over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from scribe import plots
from scribe.evaluating.comparing import Evaluation, Group, rows_of
from scribe.evaluating.figures import MEASURES, Measure
from scribe.evaluating.style import STYLE
from scribe.evaluating.tables import LISTED, figure, is_sure, letters, said, stated
from scribe.evaluating.texts import Shown, escaped, texts
from scribe.language import counted
from scribe.measures.bootstrap import Estimate

PLOTTED = (
    "rouge1",
    "rouge2",
    "rougeLsum",
    "content1",
    "cite_precision",
    "cite_recall",
    "reached",
    "unsupported",
    "coverage",
    "compression",
    "redundancy",
    "seconds",
)
"""Measures that have a plot."""

_SEAL = re.compile(rb"<!-- scribe eval ([0-9a-f]{64}) -->")
_BLANK = "0" * 64


def page(evaluation: Evaluation, shown: Sequence[Shown]) -> str:
    """The report, sealed: see `is_untouched`."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    body = "\n".join(_body(evaluation, shown))
    text = (
        f"<!DOCTYPE html>\n<!-- scribe eval {_BLANK} -->\n"
        f'<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Notes beside reference summaries</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return text.replace(_BLANK, digest, 1)


def is_untouched(data: bytes) -> bool:
    """Whether the bytes are a report as it was written: its seal is the digest of all but the seal."""
    match = _SEAL.search(data, 0, 200)
    if match is None:
        return False
    blank = data[: match.start(1)] + _BLANK.encode() + data[match.end(1) :]
    return hashlib.sha256(blank).hexdigest() == match[1].decode()


def _body(evaluation: Evaluation, shown: Sequence[Shown]) -> Iterator[str]:
    yield "<h1>Notes beside reference summaries</h1>"
    first = evaluation.groups[0] if evaluation.groups else None
    yield f"<p>{first.counts if first else 'Nothing could be measured'}.</p>"
    yield from _written_by(evaluation.simulators)
    if evaluation.failed:
        yield '<section class="warning"><h2>Not measured</h2><ul>'
        yield from (f"<li><b>{escaped(one.session)}</b>: {escaped(one.error)}</li>" for one in evaluation.failed)
        yield "</ul></section>"
    if first:
        yield "<h2>Figures</h2>"
        several = len(evaluation.simulators) > 1
        yield f"<p>{escaped(f'{MEANS} {DIFFERENCES}' if several else MEANS)}</p>"
        yield from _compared(evaluation) if several else _kinds(evaluation)
        if evaluation.kept:
            yield f"<p>{escaped(KEPT)}: {evaluation.kept}.</p>"
        yield "<h2>Plots</h2>"
        yield "<p>Bars are means over references, error bars 95&nbsp;% intervals; each dot is a session.</p>"
        yield f'<div class="plots">{"".join(_plots(evaluation, first))}</div>'
        yield from _sessions(evaluation)
        yield from texts(shown, evaluation.simulators[0])
    yield from _making(evaluation)


def _written_by(simulators: Sequence[str]) -> Iterator[str]:
    """The simulators, each with its letter and its colour in the plots, where there are several."""
    yield '<ul class="simulators">'
    names = letters(simulators)
    for place, (name, letter) in enumerate(names.items()):
        key = f"<b>{letter}</b> " if len(names) > 1 else ""
        yield f'<li><span class="key c{place % plots.COLOURS}"></span>{key}<code>{escaped(name)}</code></li>'
    yield "</ul>"


MEANS = "Means with their 95 % bootstrap intervals over sessions; there is none for fewer than four sessions."
DIFFERENCES = (
    "A difference is paired: of the same references, to the first simulator. ★ marks one whose interval leaves out 0: "
    "blue is better, red is worse."
)


KEPT = "Texts that have no time and no tokens, for their completions were kept from an earlier run"


# ── Tables ───────────────────────────────────────────────────────────────────────────────────


def _kinds(evaluation: Evaluation) -> Iterator[str]:
    """The means of one simulator, a measure a row, a kind of references a column."""
    (simulator,) = evaluation.simulators
    heads = [group.kind if len(evaluation.groups) > 1 else simulator for group in evaluation.groups]
    told = "; ".join(f"{group.kind}: {group.counts}" for group in evaluation.groups)
    rows = [(measure, [group.means[simulator][measure.name] for group in evaluation.groups]) for measure in MEASURES]
    yield from _table(
        told.capitalize(), heads, [(m, [_cell(mean) for mean in means]) for m, means in rows if any(means)]
    )


def _compared(evaluation: Evaluation) -> Iterator[str]:
    """A table for each kind of references: a measure a row, a simulator a column, then the differences."""
    first, *others = evaluation.simulators
    reference, *further = letters(evaluation.simulators).values()
    heads = [reference, *further, *(f"{letter} − {reference}" for letter in further)]
    yield '<div class="groups">'
    for group in evaluation.groups:
        rows = []
        for measure in MEASURES:
            means = [group.means[name][measure.name] for name in (first, *others)]
            found = [_contrast(group.differences[name][measure.name], measure) for name in others]
            if any(means):
                rows.append((measure, [*map(_cell, means), *found]))
        yield from _table(f"{group.kind.capitalize()}: {group.counts}", heads, rows)
    yield "</div>"


def _table(caption: str, heads: Sequence[str], rows: Sequence[tuple[Measure, Sequence[str]]]) -> Iterator[str]:
    """A table of cells that are HTML, a measure a row."""
    yield f'<div class="wide" role="region" aria-label="{escaped(caption)}" tabindex="0"><table>'
    yield f"<caption>{escaped(caption)}</caption>"
    yield _heads("measure", *heads)
    yield "<tbody>"
    yield from (f'<tr><th scope="row">{_named(measure)}</th>{"".join(cells)}</tr>' for measure, cells in rows)
    yield "</tbody></table></div>"


def _named(measure: Measure) -> str:
    unit = f" <small>{escaped(measure.unit)}</small>" if measure.unit != measure.label else ""
    return f"{escaped(measure.label)}{unit}"


def _heads(*heads: str) -> str:
    cells = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    return f"<thead><tr>{cells}</tr></thead>"


def _cell(estimate: Estimate | None) -> str:
    return "<td>–</td>" if estimate is None else f"<td>{escaped(figure(estimate.value))}{_interval(estimate)}</td>"


def _contrast(difference: Estimate | None, measure: Measure) -> str:
    """A difference, coloured where it is sure and one way is better."""
    if difference is None:
        return "<td>–</td>"
    look = ""
    if is_sure(difference) and measure.better is not None:
        look = ' class="sure"' if (difference.value > 0) == (measure.better == "higher") else ' class="worst"'
    return f"<td{look}>{escaped(stated(difference))}{_interval(difference)}</td>"


def _interval(estimate: Estimate) -> str:
    return f" <small>{figure(estimate.low)} to {figure(estimate.high)}</small>" if estimate.low is not None else ""


def _sessions(evaluation: Evaluation) -> Iterator[str]:
    """Each session's figures under the first simulator, the one with the lowest ROUGE-1 first."""
    first = evaluation.simulators[0]
    rows = sorted(rows_of(evaluation.scored, evaluation.simulators), key=lambda row: row[2][first]["rouge1"] or 0.0)
    measures = [m for m in MEASURES if m.name in LISTED and any(row[2][first][m.name] is not None for row in rows)]
    yield "<h2>Sessions</h2>"
    yield f"<p>Under <code>{escaped(first)}</code>, lowest ROUGE-1 first; the worst of each column is marked.</p>"
    yield '<div class="wide sessions" role="region" aria-label="Sessions" tabindex="0"><table>'
    yield f"<caption>{counted(len(rows), 'session')}</caption>"
    yield f"{_heads('session', 'references', *(measure.label for measure in measures))}<tbody>"
    worst = {measure.name: _worst([row[2][first][measure.name] for row in rows], measure) for measure in measures}
    for session, references, by_simulator in rows:
        found = by_simulator[first]
        cells = "".join(_marked(found[m.name], worst[m.name]) for m in measures)
        yield f'<tr><th scope="row">{escaped(session)}</th><td>{references}</td>{cells}</tr>'
    yield "</tbody></table></div>"


def _marked(value: float | None, worst: float | None) -> str:
    mark = ' class="worst"' if value is not None and value == worst else ""
    return f"<td{mark}>{escaped(figure(value))}</td>"


def _worst(values: Sequence[float | None], measure: Measure) -> float | None:
    """The worst of several figures; none where they are all the same, or none is better than another."""
    there = [value for value in values if value is not None]
    if measure.better is None or len(set(there)) < 2:
        return None
    return min(there) if measure.better == "higher" else max(there)


# ── Plots ────────────────────────────────────────────────────────────────────────────────────


def _plots(evaluation: Evaluation, group: Group) -> Iterator[str]:
    rows = rows_of(evaluation.scored, evaluation.simulators)
    names = letters(evaluation.simulators)
    for measure in MEASURES:
        estimates = {name: group.means[name][measure.name] for name in evaluation.simulators}
        if measure.name not in PLOTTED or not any(estimates.values()):
            continue
        values = [
            (
                plots.Bar(names[name], estimate.value, estimate.low, estimate.high),
                [(session, dot) for session, _, found in rows if (dot := found[name][measure.name]) is not None],
            )
            for name, estimate in estimates.items()
            if estimate is not None
        ]
        told = "; ".join(f"{names[name]}: {said(found)}" for name, found in estimates.items() if found is not None)
        panel = plots.strips(measure.label, "", values, unit=measure.unit)
        yield f"<figure>{plots.inline(panel, f'{measure.told} {told}', f'{measure.name}-')}</figure>"


# ── How it was made ──────────────────────────────────────────────────────────────────────────


def _making(evaluation: Evaluation) -> Iterator[str]:
    recipe = evaluation.recipe
    yield "<h2>What was measured, and how</h2>\n<dl>"
    yield from (
        f"<dt>{escaped(m.label)} <small>{escaped(m.unit)}</small></dt><dd>{escaped(m.told)}</dd>" for m in MEASURES
    )
    yield "</dl>\n<dl>"
    rows = [
        ("scribe", recipe.scribe),
        ("ROUGE", recipe.rouge),
        ("text", recipe.text),
        ("words", f"at most {recipe.words}" if recipe.words else "as many as there are"),
        ("overview", recipe.merge),
        ("intervals", recipe.intervals),
        *((f"simulator {name}", told) for name, told in recipe.simulators.items()),
        ("frames", ", ".join(f"{name} {digest[:12]}" for name, digest in recipe.frames.items())),
    ]
    yield from (f"<dt>{escaped(name)}</dt><dd>{escaped(told)}</dd>" for name, told in rows)
    yield "</dl>"
    if evaluation.strangers:
        yield f"<p>Files that hold no session: {escaped(', '.join(evaluation.strangers))}</p>"
