"""Plain text with turns -> turns, and the same written back.

In: lines such as `Ada: yes`, `[00:12] Ada: yes`, `Ada (00:12): yes`, or plain prose. Out: turns, timed
where the line says when. Markdown's own dress is taken off in `chat_markdown`.

Where guessing names would go wrong, `<Ada> yes` (and `<> yes` for nobody), as IRC clients log it, says
outright who speaks; a file that has it on every line is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scribe.transcripts import names, times
from scribe.transcripts.turns import Found, Tally, Turn

BRACKETED = re.compile(rf"\s*[\[(]\s*({times.CLOCK})(?:\s*(?:-->|–|-|to)\s*({times.CLOCK}))?\s*[\])]\s*(?:[-–:]\s+)?")
"""`[00:12]`, `(00:12)`, and Whisper's own printed lines, `[00:00.000 --> 00:04.000]  text`."""

_BARE = re.compile(r"\s*(-?\d{1,5}:\d{2}:\d{2}(?:[.,]\d{1,9})?)(?:\s*[-–:]\s+|\s+|$)")
"""A bare time needs hours, so that `10:30 we met` stays prose."""

_TIMED_NAME = re.compile(rf"([^\W\d_][^:\n(\[]{{0,79}}?)\s{{0,3}}[\[(]({times.CLOCK})[\])]\s*:(?:\s+|$)")
"""`Speaker 1 (00:12):`, as Rev writes it, the text often on the next line."""

_MARKED = re.compile(r"(?:\[(\d\d+:\d\d:\d\d)\] )?<((?:[^<>\\]|\\.){0,400})>(?: (.*))?")


@dataclass(slots=True)
class Line:
    """One line: what stands in it, before it is known who speaks."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    is_explicit: bool = False
    """Whether the line says outright who speaks; `speaker` may then be None, for nobody."""
    after_blank: bool = False


def read(text: str) -> Found:
    """Plain text, with or without names and times."""
    tally = Tally()
    return Found("text", assemble(read_lines(text.split("\n"), timed), tally), tally)


def read_lines(lines: Iterable[str], take: Callable[[str], Line]) -> list[Line]:
    """The lines that hold something, each taken apart by `take`, with what stood before them noted."""
    rows: list[Line] = []
    after_blank = True
    for line in lines:
        if line.strip():
            row = take(line)
            row.after_blank = after_blank
            rows.append(row)
        after_blank = not line.strip()
    return rows


def timed(line: str) -> Line:
    """A line with the time at its head taken off.

    >>> timed("[1:02] Ada: yes").start, timed("Ada (1:02): yes").speaker
    (62.0, 'Ada')
    """
    match = BRACKETED.match(line) or _BARE.match(line)
    if match:
        end = match[2] if match.re is BRACKETED and match[2] else None
        start_s = times.seconds(match[1])
        return Line(line[match.end() :], start_s, times.seconds(end) if end else None)
    if match := _TIMED_NAME.match(line):
        return Line(line[match.end() :], times.seconds(match[2]), speaker=match[1].strip(), is_explicit=True)
    return Line(line)


def assemble(rows: list[Line], tally: Tally, *, known: Iterable[str] = (), guess: bool = True) -> list[Turn]:
    """Lines into turns.

    A line without name or time goes on with the line above; after a blank line it is a turn of its own by
    the same speaker. In prose without names each paragraph is a turn, or each line if no line is blank.
    With `guess`, the file as a whole decides which `Name: ` openings are speakers.
    """
    has_paragraphs = any(row.after_blank for row in rows[1:])
    has_names = _name_speakers(rows, known, has_paragraphs) if guess else any(r.is_explicit for r in rows)
    turns: list[tuple[Line, list[str]]] = []
    speaker: str | None = None
    for row in rows:
        if row.is_explicit or row.start is not None:
            speaker = row.speaker
        elif has_names and not turns and _is_heading(row.text):
            tally.add("header lines", row.text)
            continue
        elif turns and _goes_on(row, turns[-1], has_names or has_paragraphs):
            turns[-1][1].append(row.text)
            continue
        row.speaker = speaker
        turns.append((row, [row.text]))
    return [Turn("\n".join(parts), row.start, row.end, row.speaker) for row, parts in turns]


def _name_speakers(rows: list[Line], known: Iterable[str], has_paragraphs: bool) -> bool:
    """Make the `Name: ` openings speakers that the file bears out; whether any line names one."""
    splits = [None if row.is_explicit else names.split(row.text.lstrip()) for row in rows]
    heads = [
        row.speaker if row.is_explicit else pair[0] if pair else None
        for row, pair in zip(rows, splits, strict=True)
        if row.after_blank or row.start is not None or not has_paragraphs
    ]
    explicit = {row.speaker for row in rows if row.is_explicit and row.speaker}
    speakers = names.accepted(heads, explicit.union(known))
    for row, pair in zip(rows, splits, strict=True):
        if pair and pair[0] in speakers:
            row.speaker, row.text = pair
            row.is_explicit = True
    return any(row.is_explicit for row in rows)


def _goes_on(row: Line, last: tuple[Line, list[str]], joins_lines: bool) -> bool:
    head, parts = last
    if not any(part.strip() for part in parts[-2:]):
        return True  # a name or a time alone on its line, the text on the next
    return not row.after_blank and (joins_lines or head.start is not None)


def _is_heading(text: str) -> bool:
    head, colon, _ = text.partition(":")
    return bool(colon) and names.is_remark(head)


def read_marked(text: str) -> Found | None:
    """Text in which every line says outright who speaks; None if this is no such text."""
    turns: list[Turn] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        match = _MARKED.fullmatch(line)
        if match is None:
            return None
        start = times.seconds(match[1]) if match[1] else None
        turns.append(Turn(match[3] or "", start, None, re.sub(r"\\(.)", r"\1", match[2])))
    return Found("text", turns) if turns else None


def line_of(turn: Turn, *, marked: bool) -> str:
    """One turn as a line, the inverse of reading it; `marked` says outright who speaks."""
    stamp = "" if turn.start is None else f"[{times.seconds_clock(turn.start)}] "
    if marked:
        name = re.sub(r"([\\<>])", r"\\\1", turn.speaker or "")
        return f"{stamp}<{name}> {turn.text}"
    return f"{stamp}{turn.speaker}: {turn.text}" if turn.speaker else f"{stamp}{turn.text}"
