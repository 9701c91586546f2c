"""Markdown with turns -> turns, and the same written back.

In: `**Ada:** yes`, `**Ada**: yes`, `[00:12] **Ada:** yes`, `**Ada** (00:12): yes`, or the plain forms of
`chat`. Out: turns; headings, front matter and rules are counted as no speech.
A bold dash, `**—:**`, says that nobody is named. Lists and quotes lose their marks, text keeps its own.
"""

from __future__ import annotations

import re

from scribe.transcripts import chat, times
from scribe.transcripts.chat import Line
from scribe.transcripts.turns import Found, Tally, Turn

_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,200}|(?:\*[ \t]*){3,200}|(?:_[ \t]*){3,200}|={3,200}\s*)")
_MARKS = re.compile(r"\s*(?:>\s?){0,9}\s*(?:[-*+]\s+)?")
_BOLD = re.compile(r"\s*(?:\*\*((?:\\.|[^*\\\n]|\*(?!\*)){1,400})\*\*|__((?:\\.|[^_\\\n]|_(?!_)){1,400})__)")
_AFTER = re.compile(rf"(?:\s*[\[(]({times.CLOCK})[\])])?\s*(:?)(?:\s+|$)")
_COLON_INSIDE = re.compile(r"((?:[^\\]|\\.)*):\s*")
_INNER_TIME = re.compile(rf"\s*[\[(]({times.CLOCK})[\])]\s*")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~—])")
_NOBODY = "—"

_SPECIAL = re.compile(r"[\\*_`<~|]|&(?=#?\w{1,31};)|(?<=\])\(|[\[(](?=\d)")
_SPECIAL_NAME = re.compile(_SPECIAL.pattern + "|:")
_SPECIAL_START = re.compile(r"[#>+=~:\[(-]|\d{1,9}(?=[.)])")


def is_markdown(text: str) -> bool:
    """Whether the text shows a heading, a bold name or front matter."""
    head = text[:20_000]
    return (
        re.search(r"^#{1,6} \S", head, re.MULTILINE) is not None
        or any(_named(line) is not None for line in head.split("\n"))
        or re.match(r"---\n(?:[\w-]{1,40}:.*\n|\s.*\n){1,200}---\s*\n", head) is not None
    )


def read(text: str) -> Found:
    """Markdown, with or without names and times."""
    tally = Tally()
    rows = chat.read_lines(_body(text.split("\n"), tally), _take)
    is_bold = any(row.is_explicit for row in rows)
    turns = chat.assemble(rows, tally, guess=not is_bold)
    return Found("markdown", [Turn(_plain(t.text), t.start, t.end, t.speaker) for t in turns], tally)


def _body(lines: list[str], tally: Tally) -> list[str]:
    """The lines without headings, rules and front matter, each of them left as a blank line."""
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    start = 0
    if lines[first].strip() == "---":
        stop = next((i for i in range(first + 1, min(len(lines), 400)) if lines[i].strip() == "---"), None)
        if stop is not None and all(":" in line or line[:1] in " -" for line in lines[first + 1 : stop]):
            tally.add("front matter", " ".join(lines[first + 1 : stop]))
            start = stop + 1
    kept: list[str] = []
    for line in lines[start:]:
        if _HEADING.match(line):
            tally.add("headings", line)
            kept.append("")
        elif _RULE.fullmatch(line):
            tally.add("horizontal rules", line)
            kept.append("")
        else:
            kept.append(line)
    return kept


def _take(line: str) -> Line:
    return _named(line) or chat.timed(line[_marks(line) :])


def _marks(line: str) -> int:
    match = _MARKS.match(line)
    return match.end() if match else 0


def _named(line: str) -> Line | None:
    """A line that opens with a bold name, or None."""
    rest = line[_marks(line) :]
    if "**" not in rest and "__" not in rest:
        return None
    row = chat.timed(rest)
    bold = _BOLD.match(row.text)
    if bold is None:
        return None
    name = bold[1] or bold[2]
    after = _AFTER.match(row.text, bold.end())
    stamp = row.start
    if inside := _COLON_INSIDE.fullmatch(name):
        name, text = inside[1], row.text[bold.end() :]
    elif after and (after[2] or (after[1] and after.end() == len(row.text))):
        text = row.text[after.end() :]
        stamp = times.seconds(after[1]) if after[1] else stamp
    else:
        return None
    if time := _INNER_TIME.match(name):
        stamp, name = times.seconds(time[1]), name[time.end() :]
    elif time := re.search(rf"\s*[\[(]({times.CLOCK})[\])]\s*$", name[-40:]):
        stamp, name = times.seconds(time[1]), name[: len(name) - len(time[0])]
    speaker = None if name.strip() == _NOBODY else _plain(name).strip()
    if stamp is None and (time := chat.BRACKETED.match(text)):
        end = times.seconds(time[2]) if time[2] else None
        return Line(text[time.end() :], times.seconds(time[1]), end, speaker, is_explicit=True)
    return Line(text, stamp, row.end, speaker, is_explicit=True)


def _plain(text: str) -> str:
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda m: "\\" + m[0], text)


def line_of(turn: Turn, *, marked: bool) -> str:
    """One turn as a paragraph, the inverse of reading it; `marked` says outright where nobody is named."""
    stamp = "" if turn.start is None else f"[{times.seconds_clock(turn.start)}] "
    text = _escaped(turn.text)
    if turn.speaker:
        name = _SPECIAL_NAME.sub(lambda m: "\\" + m[0], turn.speaker)
        name = f"\\{name}" if name == _NOBODY else name
        return f"{stamp}**{name}:** {text}"
    if marked:
        return f"{stamp}**{_NOBODY}:** {text}"
    if start := _SPECIAL_START.match(turn.text):
        at = start.end() if start[0][0].isdigit() else 0
        text = turn.text[:at] + "\\" + _escaped(turn.text[at:]).removeprefix("\\")
    return f"{stamp}{text}"
