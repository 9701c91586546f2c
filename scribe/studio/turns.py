"""The transcript as a page shows it: turns of speakers, their colours, and a strip of who spoke when.

In: an opened session. Out: plain values for a template, and words with their times. Text is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from markupsafe import Markup

from scribe.footnotes import clock
from scribe.plots import COLOURS
from scribe.records import Segment
from scribe.review.doubting import UNSURE
from scribe.studio.sessions import Opened

_WIDE = 1000
"""Units of the strip's width."""
_LANE = 10
_LONGEST_TURN = 12
"""Lines of one turn that are shown together, so that a talk without a break can be scrolled past quickly."""


def colours_of(opened: Opened) -> dict[str | None, str]:
    """A colour for each speaker, in the order of their first words."""
    named = [name for name in opened.transcript.speakers if name]
    return {None: "c5", **{name: f"c{place % COLOURS}" for place, name in enumerate(named)}}


def speakers_of(opened: Opened) -> list[dict[str, Any]]:
    """Who speaks, with their share of the talk."""
    told: dict[str, float] = {}
    for segment in opened.transcript.segments:
        if segment.speaker:
            told[segment.speaker] = told.get(segment.speaker, 0.0) + _weight(segment)
    total = sum(told.values()) or 1.0
    colours = colours_of(opened)
    return [
        {"name": name, "colour": colours[name], "share": f"{told.get(name, 0.0) / total:.0%}"}
        for name in opened.transcript.speakers
        if name
    ]


class Line(NamedTuple):
    """A line as the template shows it. Attributes are looked up faster in Jinja than the keys of a dictionary."""

    n: int
    start: float | None
    end: float | None
    clock: str
    html: Markup
    doubt: str | None
    raw: str | None
    """As it was heard, where a person corrected it."""

    @property
    def is_corrected(self) -> bool:
        """Whether a person put it right."""
        return self.raw is not None


class Turn(NamedTuple):
    """Lines that one speaker says."""

    speaker: str | None
    colour: str
    is_sequence_start: str | None
    """The session that begins here, in a sequence."""
    lines: list[Line]


def turns_of(opened: Opened, heard: Mapping[int, str]) -> list[Turn]:
    """Lines grouped by who says them. `heard` has the text as it was heard for each line that a person corrected."""
    colours = colours_of(opened)
    starts = {part.first: part.id for part in opened.parts} if len(opened.parts) > 1 else {}
    turns: list[Turn] = []
    for segment in opened.transcript.segments:
        last = turns[-1] if turns else None
        is_on = last is not None and last.speaker == segment.speaker and len(last.lines) < _LONGEST_TURN
        if not is_on or segment.index in starts:
            colour = colours.get(segment.speaker, "c5")
            turns.append(Turn(segment.speaker, colour, starts.get(segment.index), []))
        turns[-1].lines.append(_line(segment, heard.get(segment.index)))
    return turns


def _line(segment: Segment, raw: str | None) -> Line:
    said_at = clock(segment.start) if segment.start is not None else ""
    return Line(segment.index, segment.start, segment.end, said_at, _marked(segment), segment.doubt, raw)


def _marked(segment: Segment) -> Markup:
    """A line's text, escaped, with the words marked that the recogniser was not sure of."""
    pieces, at = [], 0
    for word, first, last in placed(segment):
        chance = segment.words[word].probability
        if chance is not None and chance < UNSURE:
            pieces.append(escape(segment.text[at:first]))
            heard = escape(segment.text[first:last])
            pieces.append(f'<mark class="unsure" title="the recogniser was {chance:.0%} sure">{heard}</mark>')
            at = last
    return Markup("".join([*pieces, escape(segment.text[at:])]))  # noqa: S704 (each piece is escaped above)


def words_of(segment: Segment) -> list[list[float]]:
    """Start, end, first and last character of each word that has times; characters as JavaScript counts them."""
    found = []
    for place, first, last in placed(segment):
        word = segment.words[place]
        if word.start is not None and word.end is not None:
            found.append([word.start, word.end, _units(segment.text[:first]), _units(segment.text[:last])])
    return found


def placed(segment: Segment) -> Iterator[tuple[int, int, int]]:
    """Where each word stands in the text of its line; those that are not found there are left out."""
    at = 0
    for place, word in enumerate(segment.words):
        said = word.text.strip()
        first = segment.text.find(said, at) if said else -1
        if first >= 0:
            at = first + len(said)
            yield place, first, at


def strip_of(opened: Opened) -> Markup:
    """Who spoke when, a lane for each speaker, and where the topics change."""
    segments = opened.transcript.segments
    names: list[str | None] = [name for name in opened.transcript.speakers if name] or [None]
    colours = colours_of(opened)
    high = _LANE * len(names)
    scale = _WIDE / opened.length
    shapes = []
    for lane, name in enumerate(names):
        spans = (_span(opened, segment, scale) for segment in segments if segment.speaker == name)
        for start, end in _joined(spans):
            shapes.append(
                f'<rect class="{colours[name]} fill" x="{start:g}" y="{lane * _LANE + 1}" '
                f'width="{max(end - start, 0.5):g}" height="{_LANE - 2}"/>'
            )
    topics = opened.notes.topics if opened.notes else ()
    for topic in topics:
        if 0 < topic.first < len(segments):
            x = f"{opened.at(topic.first) * scale:.1f}"
            shapes.append(f'<line class="topic" x1="{x}" x2="{x}" y1="0" y2="{high}"/>')
    told = ", ".join(f"{one['name']} {one['share']}" for one in speakers_of(opened))
    label = escape(f"Who spoke when: {told or 'one voice'}; {len(topics)} topics")
    return Markup(  # noqa: S704 (numbers, our own words, and names escaped above)
        f'<svg class="strip" viewBox="0 0 {_WIDE} {high}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{"".join(shapes)}</svg>'
    )


def topics_of(opened: Opened) -> list[dict[str, Any]]:
    """The topics of the notes, and when each begins."""
    found = opened.notes.topics if opened.notes else ()
    segments = opened.transcript.segments
    return [
        {"title": t.title, "first": t.first, "last": t.last, "start": segments[t.first].start}
        for t in found
        if t.first < len(segments)
    ]


def _span(opened: Opened, segment: Segment, scale: float) -> tuple[float, float]:
    start = opened.at(segment.index)
    length = segment.end - segment.start if segment.start is not None and segment.end is not None else 1.0
    return round(start * scale, 1), round((start + length) * scale, 1)


def _joined(spans: Iterator[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order, those made one that lie closer than can be seen."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] < 0.7:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _weight(segment: Segment) -> float:
    if segment.start is not None and segment.end is not None:
        return segment.end - segment.start
    return float(len(segment.text.split()))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
