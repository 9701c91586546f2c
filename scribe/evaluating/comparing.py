"""Figures of many texts -> means with intervals, and differences between simulators.

In: the figures of each reference under each simulator. Out: an `Evaluation`. A mean is over references; its interval
comes from resampling sessions, since references of one session share its record (a cluster bootstrap: Davison and
Hinkley 1997, section 3.8). A difference is paired: of the same reference under two simulators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scribe.evaluating.figures import MEASURES
from scribe.evaluating.rouge import Figures
from scribe.evaluating.sessions import ALL
from scribe.language import counted
from scribe.measures.bootstrap import Estimate, statistic_of
from scribe.records import Record


class Scored(Record):
    """One reference, and the figures of each simulator's text beside it."""

    session: str
    reference: int
    """Which of the session's references, counted from 0."""
    kind: str | None
    question: str | None
    figures: Mapping[str, Mapping[str, float | None]]
    """By simulator, by measure."""


class Group(Record):
    """Means over the references of one kind, or of all."""

    kind: str
    sessions: int
    references: int
    means: Mapping[str, Mapping[str, Estimate | None]]
    """By simulator, by measure."""
    differences: Mapping[str, Mapping[str, Estimate | None]]
    """Each further simulator less the first, by measure."""

    @property
    def counts(self) -> str:
        """Of how much they are, in words."""
        return f"{counted(self.references, 'reference')} of {counted(self.sessions, 'session')}"


class Making(Record):
    """All that is needed to get the same figures again."""

    scribe: str
    rouge: str
    simulators: Mapping[str, str]
    """Recipe of each, by name."""
    frames: Mapping[str, str]
    """Digest of each, by name."""
    words: int | None
    merge: str
    intervals: str
    text: str
    """What of the notes was measured."""


class Failed(Record):
    """A session that was not measured, by its name or its file, and why."""

    session: str
    error: str


class Evaluation(Record):
    """What was found."""

    simulators: tuple[str, ...]
    groups: tuple[Group, ...]
    """All references, then those of each kind, where there are several."""
    scored: tuple[Scored, ...]
    kept: int
    """Texts that have no time, for completions of theirs were kept from an earlier run; one text a reference."""
    failed: tuple[Failed, ...]
    strangers: tuple[str, ...]
    """Files that hold no session."""
    recipe: Making


def groups_of(scored: Sequence[Scored], simulators: Sequence[str]) -> tuple[Group, ...]:
    """Means of all references, then of each kind in order of appearance, if there is more than one."""
    kinds = [kind for kind in dict.fromkeys(one.kind for one in scored) if kind is not None]
    several = len({one.kind for one in scored}) > 1
    named = [(kind, [one for one in scored if one.kind == kind]) for kind in kinds] if several else []
    return tuple(_group(kind, ones, simulators) for kind, ones in [(ALL, list(scored)), *named])


def _group(kind: str, scored: Sequence[Scored], simulators: Sequence[str]) -> Group:
    first, *others = simulators
    found = {name: [(one.session, one.figures[name]) for one in scored] for name in simulators}
    beside = {name: [(one.session, _less(one.figures[name], one.figures[first])) for one in scored] for name in others}
    return Group(
        kind=kind,
        sessions=len({one.session for one in scored}),
        references=len(scored),
        means={name: _estimates(figures) for name, figures in found.items()},
        differences={name: _estimates(figures) for name, figures in beside.items()},
    )


def _less(second: Figures, first: Figures) -> dict[str, float | None]:
    """What is more in the second, by measure; None where either has no such figure."""
    return {
        name: None if (other := first[name]) is None or value is None else value - other
        for name, value in second.items()
    }


def _estimates(found: Sequence[tuple[str, Figures]]) -> dict[str, Estimate | None]:
    """The mean of each measure over the figures of references, each with its session."""
    return {measure.name: _mean([(name, one[measure.name]) for name, one in found]) for measure in MEASURES}


def _mean(values: Sequence[tuple[str, float | None]]) -> Estimate | None:
    """The mean of the values that there are, with an interval over sessions."""
    by_session: dict[str, list[float]] = {}
    for session, value in values:
        if value is not None:
            by_session.setdefault(session, []).append(value)
    if not by_session:
        return None
    sums = np.array([sum(found) for found in by_session.values()])
    counts = np.array([len(found) for found in by_session.values()], dtype=float)
    return statistic_of(lambda drawn: float(sums[drawn].sum() / counts[drawn].sum()), len(sums))


def rows_of(scored: Sequence[Scored], simulators: Sequence[str]) -> list[tuple[str, int, Mapping[str, Figures]]]:
    """Each session, how many references it has, and each simulator's mean figures over them."""
    sessions: dict[str, list[Scored]] = {}
    for one in scored:
        sessions.setdefault(one.session, []).append(one)
    return [
        (session, len(ones), {name: _means([one.figures[name] for one in ones]) for name in simulators})
        for session, ones in sessions.items()
    ]


def _means(found: Sequence[Figures]) -> dict[str, float | None]:
    means: dict[str, float | None] = {}
    for measure in MEASURES:
        values = [value for one in found if (value := one[measure.name]) is not None]
        means[measure.name] = sum(values) / len(values) if values else None
    return means
