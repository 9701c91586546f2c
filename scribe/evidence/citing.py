"""What a text cites: brackets of line numbers, read and written.

In: text with citations such as `[12]`, `[12-14]` or `[12, 15]`. Out: line numbers and cited sentences. It knows nothing
of the lines themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scribe.language import sentences

CITATION = re.compile(r"\[\s*(\d{1,9}(?:\s*[-–]\s*\d{1,9})?(?:\s*[,;]\s*\d{1,9}(?:\s*[-–]\s*\d{1,9})?)*)\s*\]")
"""`[12]`, `[12-14]`, `[12, 15]`, and mixtures of them."""

WIDEST_RANGE = 200
"""A citation of more lines than this names nothing in particular; it is cut to its first and last line."""


class Cited(NamedTuple):
    """A piece of text without its brackets, and the lines that they named."""

    text: str
    cites: tuple[int, ...]


def citations(text: str) -> tuple[int, ...]:
    """Line numbers that `text` cites, ascending, each once.

    >>> citations("So it is [12-14], or was [3, 12].")
    (3, 12, 13, 14)
    """
    found: set[int] = set()
    for match in CITATION.finditer(text):
        for part in re.split(r"[,;]", match.group(1)):
            ends = [int(n) for n in re.split(r"[-–]", part)]
            first, last = min(ends), max(ends)
            found.update(range(first, last + 1) if last - first <= WIDEST_RANGE else (first, last))
    return tuple(sorted(found))


def without_citations(text: str) -> str:
    """`text` without its citation brackets, spacing mended.

    >>> without_citations("It is so [12]. And more [3, 4] too.")
    'It is so. And more too.'
    """
    return re.sub(r"\s+([.,;:?!])", r"\1", re.sub(r"\s+", " ", CITATION.sub(" ", text))).strip()


def cited_sentences(text: str) -> list[Cited]:
    """Cut `text` into sentences, each with the lines it cites, before or after its full stop.

    >>> cited_sentences("One thing. [1] Another [2-3]. A third.")
    [Cited(text='One thing.', cites=(1,)), Cited(text='Another.', cites=(2, 3)), Cited(text='A third.', cites=())]
    """
    moved = re.sub(rf"([.?!…][\"'”’)]*)((?:\s*{CITATION.pattern})+)", _citation_first, text)
    return [Cited(without_citations(s), citations(s)) for s in sentences(moved) if without_citations(s)]


def _citation_first(match: re.Match[str]) -> str:
    """Put the citations that follow a full stop before it."""
    return f" {match.group(2).strip()}{match.group(1)} "


def cite(lines: Sequence[int]) -> str:
    """Write line numbers as one citation; `citations` reads it back.

    >>> cite([3, 12, 13, 14])
    '[3, 12-14]'
    """
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][-1] + 1 and line - runs[-1][0] <= WIDEST_RANGE:
            runs[-1].append(line)
        else:
            runs.append([line])
    return "[" + ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs) + "]"


def attributed(speaker: str | None, text: str, cites: Sequence[int]) -> str:
    """A sentence as records and frames show it: who said it, what, and its lines.

    >>> attributed("Ada", "It is so.", [3, 4]), attributed(None, "It is so.", [])
    ('Ada: It is so. [3-4]', 'It is so.')
    """
    return " ".join(part for part in (f"{speaker}:" if speaker else "", text, cite(cites) if cites else "") if part)
