"""Plots of one session: who spoke how long and when, what was noted where, and how far its voices agree.

In: a transcript, and its notes where there are any. Out: panels, each with a description that says its numbers to who
hears the page.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from scribe import plots
from scribe.claims import flat
from scribe.footnotes import clock
from scribe.language import counted, listed, span_of_lines
from scribe.plots import Bar, Dot, Panel, Row, Span
from scribe.records import Claim, Notes, Segment, Transcript, Verdict

_MOST_SPEAKERS = 16
"""Rows of a plot; who speaks less than so many others shares one with the rest of them."""
_NOBODY = "nobody named"
_NO_COLOUR = 5
"""Of what nobody is named for; speakers have theirs in the order of their first words, on every page alike."""
_PIXELS = 500
"""About as many stretches show apart in a row."""
_LOOKS: dict[Verdict | None, tuple[int, str]] = {
    "supported": (0, "supported"),
    "weak": (3, "weak"),
    "unsupported": (1, "unsupported"),
    None: (_NO_COLOUR, "not judged"),
}
"""Colour, and so shape, of each verdict."""


class Figure(NamedTuple):
    """A plot of a page."""

    name: str
    """Tells it from the others of a page; fit for an id."""
    title: str
    description: str
    """The numbers it shows, in words."""
    panel: Panel


def figures(transcript: Transcript, notes: Notes | None) -> list[Figure]:
    """The plots that a session has something to show in, in the order in which they are read."""
    axis = _Axis(transcript)
    found = [_talk_time(axis), _who_spoke_when(axis)] if transcript.speakers else []
    if notes is not None and notes.topics:
        found += [_topics(axis, notes), *_agreement(notes)]
    return found


class _Axis:
    """Where the lines of a transcript lie: in time, or where they have none, one after the other."""

    def __init__(self, transcript: Transcript) -> None:
        self.segments = transcript.segments
        ends = [segment.end for segment in self.segments if segment.end is not None]
        self.unit: Literal["time", "line"] = "time" if ends and max(ends) > 0 else "line"
        self.length = max([*ends, transcript.duration or 0.0]) if self.unit == "time" else float(len(self.segments))
        self.speakers = self._rows()
        self.colours = {name: place for place, name in enumerate(transcript.speakers)}

    def span(self, segment: Segment) -> tuple[float, float] | None:
        """Begin and end of a line; None for one without times among others that have them."""
        if self.unit == "line":
            return float(segment.index), segment.index + 1.0
        return (segment.start, segment.end) if segment.start is not None and segment.end is not None else None

    def stretch(self, first: int, last: int) -> tuple[float, float] | None:
        """Begin and end of the lines `[first, last)`."""
        found = [span for segment in self.segments[first:last] if (span := self.span(segment))]
        return (min(a for a, _ in found), max(b for _, b in found)) if found else None

    def said(self, begin: float, end: float) -> str:
        """A stretch in words."""
        if self.unit == "line":
            return span_of_lines(int(begin), int(end))
        return f"{clock(begin)} to {clock(end)}"

    def amount(self, segment: Segment) -> float:
        """How much a line says: minutes, or words where there are no times."""
        if self.unit == "line":
            return float(len(segment.text.split()))
        begin, end = self.span(segment) or (0.0, 0.0)
        return (end - begin) / 60

    def _rows(self) -> list[tuple[str, list[Segment]]]:
        """The lines of each speaker, who says most first; those who say least together, who is not named last."""
        of: dict[str | None, list[Segment]] = defaultdict(list)
        for segment in self.segments:
            of[segment.speaker or None].append(segment)
        nobodys = of.pop(None, [])
        named = sorted(of.items(), key=lambda item: -sum(map(self.amount, item[1])))
        rest = [segment for _, lines in named[_MOST_SPEAKERS:] for segment in lines]
        rows = [(str(name), lines) for name, lines in named[:_MOST_SPEAKERS]]
        if rest:
            rows.append((f"{len(named) - _MOST_SPEAKERS} others", sorted(rest, key=lambda segment: segment.index)))
        if nobodys:
            rows.append((_NOBODY, nobodys))
        return rows


def _talk_time(axis: _Axis) -> Figure:
    """Bars: how much each speaker says."""
    title = "Talk time by speaker" if axis.unit == "time" else "Words by speaker"
    unit = "minutes" if axis.unit == "time" else "words"
    amounts = [(name, sum(map(axis.amount, lines))) for name, lines in axis.speakers]
    total = sum(amount for _, amount in amounts) or 1.0
    bars = [
        Bar(
            name,
            amount,
            remark=f"{amount / total:.0%}",
            told="" if axis.unit == "time" else f"{amount:.0f}",
            colour=axis.colours.get(name, _NO_COLOUR),
        )
        for name, amount in amounts
    ]
    told = "; ".join(f"{bar.label}: {bar.told or plots.number(bar.value)} {unit}, {bar.remark}" for bar in bars)
    note = "" if axis.unit == "time" else "The transcript has no times, so words are counted."
    return Figure("talk", title, f"{note} {told}.".strip(), plots.bars(title, note, bars, unit=unit))


def _who_spoke_when(axis: _Axis) -> Figure:
    """Rows of stretches: when each speaker talks."""
    title = "Who spoke when"
    rows, told = [], []
    for name, lines in axis.speakers:
        merged = _merged([span for line in lines if (span := axis.span(line))], axis.length / _PIXELS)
        colour = axis.colours.get(name, _NO_COLOUR)
        rows.append(Row(name, [Span(a, b, colour, f"{name}: {axis.said(a, b)}") for a, b in merged]))
        turns = sum(
            line.index - 1 != before for before, line in zip([-2, *(s.index for s in lines)], lines, strict=False)
        )
        if merged:
            told.append(f"{name}: {counted(turns, 'turn')} within {axis.said(merged[0][0], merged[-1][1])}")
    panel = plots.spans(title, "", rows, unit=axis.unit, length=axis.length)
    return Figure("turns", title, f"{'; '.join(told)}.", panel)


def _merged(spans: Iterable[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Stretches in order; those that nobody could see a gap between are one.

    >>> _merged([(0, 4), (4.5, 6), (9, 10)], 1)
    [(0, 6), (9, 10)]
    """
    found: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if found and begin - found[-1][1] <= gap:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _topics(axis: _Axis, notes: Notes) -> Figure:
    """A row for each topic, with its statements at the lines that they cite, by how well these bear them out."""
    title = "Topics over time" if axis.unit == "time" else "Topics, line by line"
    rows, told = [], []
    seen: set[Verdict | None] = set()
    for topic in notes.topics:
        stretch = axis.stretch(topic.first, topic.last)
        where = axis.said(*stretch) if stretch else span_of_lines(topic.first, topic.last)
        claims = list(flat(topic.claims))
        dots = [dot for claim in claims if (dot := _dot(axis, claim))]
        spans = [Span(*stretch, _NO_COLOUR, f"{topic.title}: {where}")] if stretch else []
        rows.append(Row(topic.title, spans, dots))
        verdicts = [claim.support.verdict if claim.support else None for claim in claims]
        seen.update(verdicts)
        counts = [f"{verdicts.count(v)} {says}" for v, (_, says) in _LOOKS.items() if v in verdicts]
        told.append(f"{topic.title}, {where}: {listed(counts) if counts else 'no statements'}")
    legend = [look for verdict, look in _LOOKS.items() if verdict in seen]
    note = "Each mark is a statement of the notes, at the first line it cites." if legend else ""
    panel = plots.spans(title, note, rows, unit=axis.unit, length=axis.length, legend=legend)
    return Figure("topics", title, f"{'; '.join(told)}.", panel)


def _dot(axis: _Axis, claim: Claim) -> Dot | None:
    """A statement at the line it cites first; None for one that cites none, or one that is not there or has no time."""
    cited = [axis.segments[i] for i in claim.cites[:1] if i < len(axis.segments)]
    span = axis.span(cited[0]) if cited else None
    if span is None:
        return None
    colour, says = _LOOKS[claim.support.verdict if claim.support else None]
    return Dot(span[0], colour, f"{says}: {claim.text}")


def _agreement(notes: Notes) -> list[Figure]:
    """A table: of what either of two voices noted, how much both did; nothing where there are no two voices."""
    noted: dict[str, set[int]] = defaultdict(set)
    for number, claim in enumerate(flat(claim for topic in notes.topics for claim in topic.claims)):
        for voice in claim.voices:
            noted[voice].add(number)
    voices = sorted(noted, key=lambda voice: (-len(noted[voice]), voice))
    if len(voices) < 2:
        return []
    title = "Agreement of voices"
    values = [[None if a == b else len(noted[a] & noted[b]) / len(noted[a] | noted[b]) for b in voices] for a in voices]
    counts = [f"{voice} noted {counted(len(noted[voice]), 'statement')}" for voice in voices]
    pairs = [
        f"{a} and {b} agree on {len(noted[a] & noted[b])} of {len(noted[a] | noted[b])}"
        for a, b in itertools.combinations(voices, 2)
    ]
    note = "Of the statements that either of two voices noted, the share that both did; in brackets, how many it noted."
    rows = [f"{voice} ({len(noted[voice])})" for voice in voices]
    panel = plots.heat(title, note, rows, voices, values, full=1.0)
    return [Figure("voices", title, f"{'; '.join([*counts, *pairs])}.", panel)]
