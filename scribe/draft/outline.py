"""Notes -> headings of a post, each with the claims that fall under it; and the page on which a person edits them.

In: notes and a simulator, or an outline as a person left it. Out: headings in order. Without a person's outline every
topic's claims are under exactly one of them; with it, what they took out stays out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scribe.asking import MOST_SHOWN_TOKENS, fits
from scribe.claims import lines_of, minutes_by_topic
from scribe.evidence import CITATION, citations, cite, without_citations
from scribe.frames import Frame, prompts
from scribe.language import counted
from scribe.markdown import escape
from scribe.records import Claim, Notes, Record, ScribeError, Session, Topic, Transcript
from scribe.simulators import Simulator

Span = tuple[int, int]
"""Segments `[first, last)`."""


class Heading(Record):
    """A section to be written."""

    title: str
    spans: tuple[Span, ...]
    """The stretches it is about, in order."""
    claims: tuple[Claim, ...]

    @property
    def first(self) -> int:
        """The first line that it is about."""
        return min((first for first, _ in self.spans), default=0)

    def stretch(self, transcript: Transcript) -> list[int]:
        """Indices of all its lines, ascending."""
        lines = {n for first, last in self.spans for n in range(first, min(last, len(transcript.segments)))}
        return sorted(lines)


class Planned(NamedTuple):
    """A heading of an outline, and the stretches it is to cover."""

    title: str
    spans: tuple[Span, ...]


def outline(transcript: Transcript, notes: Notes, simulator: Simulator, frame: Frame) -> list[Heading]:
    """Ask for an outline of the topics; topics it leaves out keep their own headings, so that no claim is lost.

    They all do where the topics do not fit the simulator's context, or the simulator fails. Headings stand in the
    order of the outline; a topic that it leaves out follows the one before it.
    """
    told = [topic for topic in notes.topics if topic.claims]
    offered = _offered(transcript, notes, told, simulator, frame) if told else []
    parts: list[tuple[str, list[Topic]]] = []
    placed: dict[int, list[Topic]] = {}
    after = -1
    left_out: dict[int, list[Topic]] = {}
    for topic in told:
        place = next((n for n, (_, spans) in enumerate(offered) if _overlaps(spans, topic)), None)
        if place is None:
            left_out.setdefault(after, []).append(topic)
        else:
            placed.setdefault(place, []).append(topic)
            after = place
    parts += [(topic.title, [topic]) for topic in left_out.get(-1, [])]
    for place, (title, _) in enumerate(offered):
        if place in placed:
            parts.append((title, placed[place]))
        parts += [(topic.title, [topic]) for topic in left_out.get(place, [])]
    return [
        Heading(
            title=title,
            spans=tuple((t.first, t.last) for t in topics),
            claims=tuple(c for t in topics for c in t.claims),
        )
        for title, topics in parts
    ]


def follow(plan: Sequence[Planned], notes: Notes) -> list[Heading]:
    """The headings of an outline that a person may have edited: their order, their titles, and what they left in.

    A claim is under the first heading that covers its first line; one that none covers is left out.
    """
    found: list[list[Claim]] = [[] for _ in plan]
    for topic in notes.topics:
        for claim in topic.claims:
            line = claim.cites[0] if claim.cites else topic.first
            place = next((n for n, (_, spans) in enumerate(plan) if any(a <= line < b for a, b in spans)), None)
            if place is not None:
                found[place].append(claim)
    return [
        Heading(title=planned.title, spans=planned.spans, claims=tuple(claims))
        for planned, claims in zip(plan, found, strict=True)
        if planned.spans
    ]


# ── Asking for one ───────────────────────────────────────────────────────────────────────────


def _offered(
    transcript: Transcript, notes: Notes, told: Sequence[Topic], simulator: Simulator, frame: Frame
) -> list[Planned]:
    """What the simulator offers; nothing where the topics are too long for it, or it fails."""
    written = minutes_by_topic((topic.title, topic.claims) for topic in told)
    sources = lines_of((c for topic in told for c in topic.claims), transcript)
    made = prompts(frame, sources, title=notes.title, claims=written)[0]
    shown = simulator.count(written) + sum(simulator.count(s.text) for s in sources)
    if shown > MOST_SHOWN_TOKENS or not fits(simulator, [made], frame.sampling):
        return []
    try:
        ((completion, *_),) = simulator.sample([made], frame.sampling)
    except ScribeError:
        return []
    return read_outline(made.cue, completion.text, last=len(transcript.segments))


def read_outline(cue: str, text: str, *, last: int) -> list[Planned]:
    r"""Headings of a completed outline, each with the stretches it covers; without one it is left out.

    A heading that stands there twice is one.

    >>> read_outline("##", " Log-loss\n- [3-40] what it rewards", last=50)
    [Planned(title='Log-loss', spans=((3, 41),))]
    """
    document = cue.rsplit("\n", 1)[-1] + text
    found: dict[str, list[Span]] = {}
    for part in re.split(r"^#{2,4}[ \t]*", document, flags=re.M)[1:]:
        heading, _, body = part.partition("\n")
        title = without_citations(heading)[:120].strip()
        spans = [(n[0], n[-1] + 1) for row in body.splitlines() if (n := [n for n in citations(row) if n < last])]
        if re.search(r"\w", title) and spans:
            found.setdefault(title, []).extend(spans)
    return [Planned(title, tuple(spans)) for title, spans in found.items()]


def _overlaps(spans: Sequence[Span], topic: Topic) -> bool:
    return any(first < topic.last and topic.first < last for first, last in spans)


# ── A page for a person ──────────────────────────────────────────────────────────────────────

_HOW = (
    "*The plan of the post. Change headings and their order, move lines from one to another, narrow them, or take out "
    "what the post shall leave out; the next draft follows it. A line such as `[3-12]` names lines of the transcript.*"
)


def outline_page(title: str, headings: Sequence[Heading], sessions: Sequence[Session] = ()) -> str:
    """The outline as Markdown that `read_outline_page` reads back."""
    parts = [f"# Outline: {escape(title)}", _HOW]
    for heading in headings:
        rows = [f"- {_place(span, sessions)}{_gist(heading, span)}" for span in heading.spans]
        parts += [f"## {escape(heading.title)}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def read_outline_page(text: str, last: int, sessions: Sequence[Session] = ()) -> list[Planned]:
    """The plan that a person made of it; lines that name none of the transcript are left out, as are comments."""
    found: list[tuple[str, list[Span]]] = []
    for row in text.splitlines():
        if heading := re.match(r"#{2,6}[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$", row):
            found.append((_unescaped(heading[1]), []))
        elif found and (span := _span_of(row, last, sessions)):
            found[-1][1].append(span)
    return [Planned(title, tuple(spans)) for title, spans in found]


def _place(span: Span, sessions: Sequence[Session]) -> str:
    """A stretch as a person reads it: `[3-12]`, or `monday [3-12]` in a sequence."""
    first, last = span
    session = next((s for s in sessions if s.first <= first < s.last), None)
    start = session.first if session else 0
    lines = cite([first - start, last - 1 - start]) if last - first == 1 else f"[{first - start}-{last - 1 - start}]"
    return f"{escape(session.id)} {lines}" if session else lines


def _span_of(row: str, last: int, sessions: Sequence[Session]) -> Span | None:
    match = CITATION.search(row)
    if match is None:
        return None
    ends = [int(n) for n in re.findall(r"\d+", match[1])]
    named = _unescaped(row[: match.start()].strip(" \t-*+")).strip()
    session = next((s for s in sessions if s.id == named), None)
    if sessions and session is None:
        return None
    start, stop = (session.first, session.last) if session else (0, last)
    first, end = start + min(ends), min(stop, start + max(ends) + 1)
    return (first, end) if first < end else None


def _gist(heading: Heading, span: Span) -> str:
    claims = [c for c in heading.claims if c.cites and span[0] <= c.cites[0] < span[1]]
    if not claims:
        return ""
    begins = " ".join(claims[0].text.split()[:10])
    return f" {counted(len(claims), 'statement')}, the first: {escape(begins)}" + (
        "" if begins == claims[0].text else " …"
    )


def _unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
