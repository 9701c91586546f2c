"""Texts of simulators beside the references that they are measured by, for the report.

In: a reference, and each simulator's claims. Out: HTML in which all that comes from files is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from scribe.evaluating.comparing import Scored
from scribe.evaluating.figures import MEASURES, Candidate
from scribe.evaluating.sessions import Reference
from scribe.evaluating.tables import figure, letters
from scribe.evidence import cite
from scribe.records import Claim, Transcript

SHOWN = 12
"""References whose texts are shown: those with the lowest ROUGE-1 under the first simulator."""

_TOLD = ("rouge1", "rouge2", "cite_f1", "words")
"""Figures that stand above a text."""
_LONGEST_LINE = 400
"""Letters of a line that are shown."""


class Shown(NamedTuple):
    """A reference, and each simulator's text beside it."""

    scored: Scored
    reference: Reference
    candidates: Mapping[str, Candidate]
    transcript: Transcript


def texts(shown: Sequence[Shown], first: str) -> Iterator[str]:
    """The texts that did worst under the `first` simulator, beside their references, and the lines that they cite."""
    worst = sorted(shown, key=lambda one: one.scored.figures[first]["rouge1"] or 0.0)[:SHOWN]
    yield "<h2>Texts beside their references</h2>"
    yield f"<p>{len(worst)} of {len(shown)}, the lowest ROUGE-1 of <code>{escaped(first)}</code> first."
    yield "Bold numbers are lines that both cite.</p>"
    for one in worst:
        yield "<article>"
        place = f"reference {one.scored.reference + 1}" + (f", {one.scored.kind}" if one.scored.kind else "")
        yield f"<h3>{escaped(one.scored.session)} <small>{escaped(place)}</small></h3>"
        if one.scored.question:
            yield f'<p class="question">{escaped(one.scored.question)}</p>'
        yield '<div class="beside">'
        yield from _reference(one)
        for name, candidate in one.candidates.items():
            yield from _candidate(name, candidate, one)
        yield "</div></article>"


def _reference(one: Shown) -> Iterator[str]:
    cited = {line for candidate in one.candidates.values() for claim in candidate.sentences for line in claim.cites}
    yield "<section><h4>Reference</h4>"
    yield from (f"<p>{escaped(s.text)} {_lines(s.cites, cited)}</p>" for s in one.reference.sentences)
    if one.reference.linked and not any(sentence.cites for sentence in one.reference.sentences):
        yield f'<p class="lines">Lines linked to it: {_lines(one.reference.linked, cited)}</p>'
    yield "</section>"


def _candidate(name: str, candidate: Candidate, one: Shown) -> Iterator[str]:
    found = one.scored.figures[name]
    told = ", ".join(
        f"{m.label} {figure(found[m.name])}" for m in MEASURES if m.name in _TOLD and found[m.name] is not None
    )
    linked = set(one.reference.linked)
    key = f"{letters(list(one.candidates))[name]} " if len(one.candidates) > 1 else ""
    yield f'<section><h4>{key}<code>{escaped(name)}</code></h4><p class="lines">{escaped(told)}</p>'
    for claim in candidate.sentences:
        yield f"<p>{escaped(claim.text)} {_lines(claim.cites, linked)}{_verdict(claim)}</p>"
    if not candidate.sentences:
        yield '<p class="none">It wrote nothing.</p>'
    cited = sorted({line for claim in candidate.sentences for line in claim.cites})
    if lines := [one.transcript.segments[line] for line in cited if line < len(one.transcript.segments)]:
        yield "<details><summary>The lines that it cites</summary><ol>"
        for line in lines:
            speaker = f"<b>{escaped(line.speaker)}:</b> " if line.speaker else ""
            yield f'<li value="{line.index}">{speaker}{escaped(_short(line.text))}</li>'
        yield "</ol></details>"
    yield "</section>"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1].rstrip() + "…"


def _lines(cites: Sequence[int], common: set[int]) -> str:
    """Line numbers in brackets, those in `common` bold."""
    if not cites:
        return ""
    parts: list[str] = []
    for is_common, run in _runs(sorted(cites), common):
        told = escaped(cite(run)[1:-1])
        parts.append(f"<b>{told}</b>" if is_common else told)
    return f'<span class="cites">[{", ".join(parts)}]</span>'


def _runs(lines: Sequence[int], common: set[int]) -> list[tuple[bool, list[int]]]:
    """Neighbours in the list that are all in `common`, or all not."""
    runs: list[tuple[bool, list[int]]] = []
    for line in lines:
        if runs and runs[-1][0] == (line in common):
            runs[-1][1].append(line)
        else:
            runs.append((line in common, [line]))
    return runs


def _verdict(claim: Claim) -> str:
    support = claim.support
    if support is not None and support.verdict == "supported":
        return ""
    reasons = f": {'; '.join(support.reasons)}" if support and support.reasons else ""
    verdict = support.verdict if support else "not judged"
    return f' <em class="{verdict if support else "weak"}">({escaped(verdict + reasons)})</em>'


def escaped(text: str) -> str:
    """Text as a page holds it: marks escaped, control characters left out."""
    return escape(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "", text))
