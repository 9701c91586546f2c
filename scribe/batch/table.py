"""How a batch went: a row for each source, for a terminal, for people in Markdown, and for machines.

In: what became of each source. Out: texts, and a record. It does not know where they go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from scribe.batch.nouns import Facts, Stage
from scribe.batch.standing import NEW
from scribe.language import counted, listed
from scribe.markdown import escape
from scribe.records import Record
from scribe.simulators import Usage

RowOutcome = Literal["done", "unchanged", "incomplete", "failed", "refused", "waiting"]
"""*unchanged*: all was there. *refused*: it could not be taken as a source. *waiting*: left for the next time."""

TROUBLE: frozenset[RowOutcome] = frozenset({"incomplete", "failed", "refused"})
"""What a person must see to."""

_HEAD = ("source", "duration", "stages", "coverage", "support", "time", "outcome")
_WHERE = {"local": "on this machine", "ray": "on Ray"}
_MOST_UNCHANGED = 20
"""Sources in which nothing changed are counted, not listed, where there are more."""

_LONGEST_NAME = 44


class Row(Record):
    """What became of one source."""

    source: str
    id: str | None = None
    outcome: RowOutcome
    reason: str | None = None
    stages: Mapping[Stage, str] = {}
    """Each stage that is wanted: `made`, `kept`, `failed`, `incomplete`, or `-`."""
    why: Mapping[Stage, str] = {}
    """Why a stage ran."""
    seconds: float = 0.0
    """That its stages took now; where none ran, when they did."""
    facts: Facts = Facts()
    files: tuple[str, ...] = ()
    """What there is of it for a person to read, from the workspace's root."""
    remarks: tuple[str, ...] = ()
    cause: str | None = None
    """The traceback of an error that nobody expected."""


class Report(Record):
    """A batch that is over."""

    scribe: str
    began: str
    """UTC, ISO 8601."""
    seconds: float
    stages: tuple[Stage, ...]
    on: Literal["local", "ray"]
    jobs: int
    simulator: str
    rows: tuple[Row, ...]
    usage: Usage | None = None
    remarks: tuple[str, ...] = ()
    was_interrupted: bool = False
    """Whether a person stopped it."""
    fatal: str | None = None
    """Why some sources could not be begun, where nobody stopped it."""
    index: str | None = None
    """The page of all sessions, from the workspace's root."""
    page: str | None = None
    """Where it lies as a page, from the workspace's root, when it lies there."""

    @property
    def troubled(self) -> tuple[Row, ...]:
        """The rows that a person must see to."""
        return tuple(row for row in self.rows if row.outcome in TROUBLE)

    def count(self, outcome: RowOutcome) -> int:
        """How many sources ended so."""
        return sum(row.outcome == outcome for row in self.rows)


def table(report: Report) -> str:
    """Rows under heads, in columns, for a terminal or a log; troubles and their reasons come last."""
    rows = [row for row in report.rows if row.outcome not in ("unchanged", "waiting")]
    still = [row for row in report.rows if row.outcome == "unchanged"]
    if len(still) <= _MOST_UNCHANGED:
        rows = [row for row in report.rows if row.outcome != "waiting"]
    lines = _aligned([_HEAD, *(_cells(row) for row in rows)]) if rows else []
    if len(still) > _MOST_UNCHANGED:
        lines.append(f"… and {counted(len(still), 'source')} in which nothing changed")
    lines += [f"{_short(row.source)}: {row.reason}" for row in report.troubled if row.reason]
    return "\n".join([*lines, summary(report)])


def summary(report: Report) -> str:
    """One line."""
    words: tuple[tuple[RowOutcome, str], ...] = (
        ("done", "done"),
        ("unchanged", "unchanged"),
        ("incomplete", "incomplete"),
        ("failed", "failed"),
        ("refused", "refused"),
        ("waiting", "waiting"),
    )
    parts = [f"{n} {word}" for outcome, word in words if (n := report.count(outcome))]
    heard = sum(row.facts.duration_s or 0.0 for row in report.rows)
    told = f"{counted(len(report.rows), 'source')} ({', '.join(parts)})" if parts else "nothing to do"
    return f"{told}, {length(heard)} of talk, in {took(report.seconds)}"


def page(report: Report) -> str:
    """The report for people, with links from the workspace's root; what needs them comes first."""
    parts = [
        "# The last batch",
        f"*Written anew by each `scribe batch`. {report.began[:16].replace('T', ' ')} UTC, {_WHERE[report.on]}, "
        f"{counted(report.jobs, 'source')} at once, simulator `{_code(report.simulator)}`: {summary(report)}.*",
    ]
    if report.index:
        parts.append(f"All sessions and what comes back in them: [{report.index}]({quote(report.index)}).")
    if report.troubled:
        listed = [f"- **{escape(row.source)}** ({row.outcome}): {escape(row.reason or '')}" for row in report.troubled]
        parts += ["## What needs you", "\n".join(listed)]
    if waiting := [row for row in report.rows if row.outcome == "waiting"]:
        shown = ", ".join(escape(row.source) for row in waiting[:20])
        more = f" and {len(waiting) - 20} more" if len(waiting) > 20 else ""
        reason = escape(waiting[0].reason or "")
        parts += ["## What waits", f"{counted(len(waiting), 'source')}, {reason}: {shown}{more}."]
    again = [(row, why) for row in report.rows if (why := _why_again(row))]
    if again:
        parts += ["## What was made again", "\n".join(f"- {escape(row.id or '')}: {escape(why)}" for row, why in again)]
    rows = [row for row in report.rows if row.id is not None and row.outcome != "waiting"]
    if rows:
        lines = [f"| {' | '.join(_HEAD)} |", "|" + " --- |" * len(_HEAD), *(_line(row) for row in rows)]
        parts += ["## Sessions", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def length(seconds: float | None) -> str:
    """How long a recording is.

    >>> length(None), length(222.0), length(5400.0)
    ('-', '3:42', '1:30:00')
    """
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def took(seconds: float) -> str:
    """How long work took.

    >>> took(1.234), took(400.0), took(7800.0)
    ('1.2 s', '6 min 40 s', '2 h 10 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _cells(row: Row) -> tuple[str, ...]:
    facts = row.facts
    told = sum(facts.verdicts.values())
    return (
        _short(row.source),
        length(facts.duration_s),
        _states(row.stages),
        "-" if facts.coverage is None else f"{int(facts.coverage * 100)} %",
        f"{facts.verdicts.get('supported', 0)} of {told}" if told else "-",
        took(row.seconds) if row.seconds else "-",
        row.outcome,
    )


def _why_again(row: Row) -> str:
    return "; ".join(f"{stage}, as {why}" for stage, why in row.why.items() if why != NEW)


def _states(stages: Mapping[Stage, str]) -> str:
    """What became of the stages, in few words.

    >>> _states({"transcribe": "kept", "notes": "made", "draft": "made"}), _states({"notes": "made", "draft": "made"})
    ('kept transcribe, made notes and draft', 'made all')
    """
    if len(set(stages.values())) == 1 and "-" not in stages.values():
        return f"{next(iter(stages.values()))} all"
    told = {state: [s for s in stages if stages[s] == state] for state in stages.values() if state != "-"}
    return ", ".join(f"{state} {listed(names)}" for state, names in told.items()) or "-"


def _line(row: Row) -> str:
    cells = [escape(cell).replace("|", "\\|") for cell in _cells(row)]
    links = [f"[{path.rpartition('/')[2]}]({quote(path)})" for path in row.files]
    cells[0] = " · ".join([escape(row.id or row.source).replace("|", "\\|"), *links])
    return f"| {' | '.join(cells)} |"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _short(name: str) -> str:
    """A name that fits its column: its end tells more than its beginning."""
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"


def _code(text: str) -> str:
    return text.replace("`", "'")
