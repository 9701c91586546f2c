"""What meeting tools write as text -> turns: Zoom's captions, Google Meet, Otter, Teams.

In: the text of one such file (Teams' and Meet's may have come out of a .docx). Out: turns. One reader
for each tool, each with the lines it goes by.
"""

from __future__ import annotations

import re

from scribe.transcripts import chat, names, times
from scribe.transcripts.chat import Line
from scribe.transcripts.turns import SPEECH_RATE, Found, Tally, Turn

_DAY_S = 86_400.0

# ── Zoom ─────────────────────────────────────────────────────────────────────────────────────

ZOOM_HEADER = re.compile(r"\s*\[([^\]\n]{0,100})\]\s+(\d{1,2}:\d{2}:\d{2})(?:\s*([AaPp])\.?[Mm]\.?)?\s*")
"""`[Ada Lovelace] 10:32:07`, from `meeting_saved_closed_caption.txt`: the time is the wall clock's."""


def read_zoom_captions(text: str, clock_offset_s: float | None = None) -> Found:
    """Zoom's saved captions; times count from the first line, or from `clock_offset_s`.

    `clock_offset_s` is the wall clock, in seconds after midnight, at which the recording began.
    """
    tally = Tally()
    turns: list[tuple[float, str, list[str]]] = []
    for line in text.split("\n"):
        if match := ZOOM_HEADER.fullmatch(line):
            turns.append((_wall_clock(match[2], match[3]), match[1], []))
        elif turns:
            turns[-1][2].append(line)
        elif line.strip():
            tally.add("header lines", line)
    repairs = []
    day = 0.0
    last = zero = turns[0][0] if clock_offset_s is None and turns else clock_offset_s or 0.0
    found: list[Turn] = []
    for clock, name, lines in turns:
        if clock + day < last - _DAY_S / 2:
            day += _DAY_S
            repairs.append("the meeting crossed midnight; later times count on")
        last = clock + day
        found.append(Turn("\n".join(lines), last - zero, None, name))
    return Found("zoom-captions", found, tally, repairs)


def _wall_clock(clock: str, half: str | None) -> float:
    value = times.seconds(clock)
    if half:
        value = value % (_DAY_S / 2) + (_DAY_S / 2 if half in "pP" else 0)
    return value


# ── Google Meet ──────────────────────────────────────────────────────────────────────────────

_MEET_END = re.compile(r"Transcription ended after (\d{1,3}:\d{2}(?::\d{2})?)\W*")
_MEET_FOOTER = re.compile(
    r"This editable transcript was computer generated|People can also change the text after it was created"
)
_MEET_TITLE = re.compile(r".{1,300} [-–] Transcript|📖\s*Transcript")
_MEET_SECTION = re.compile(r"\(?(\d{1,3}:\d{2}:\d{2})\)?")
_DRESS = re.compile(r"^[#*_\s]+|[*_\s]+$")
"""Exported as Markdown, Meet's lines wear `### 00:05:00` and `*This editable …*`."""


def is_google_meet(text: str) -> bool:
    """Whether the text has Meet's footer, or its title and a section time."""
    lines = [_DRESS.sub("", line) for line in [*text[:5000].split("\n"), *text[-2000:].split("\n")]]
    if any(_MEET_END.fullmatch(line) or _MEET_FOOTER.match(line) for line in lines):
        return True
    return any(_MEET_TITLE.fullmatch(x) for x in lines) and any(_MEET_SECTION.fullmatch(x) for x in lines)


def read_google_meet(text: str) -> Found:
    """Meet's transcript: sections with a time, `Name: text` in them.

    A turn's time within its section is shared out by length of text; without sections there are no times.
    """
    tally = Tally()
    lines = [(line, _DRESS.sub("", line)) for line in text.split("\n")]
    lines, known = _meet_header(lines, tally)
    rows: list[Line] = []
    section: float | None = None
    ended: float | None = None
    for line, bare in lines:
        if match := _MEET_END.fullmatch(bare):
            ended = times.seconds(match[1])
            tally.add("footer lines", bare)
        elif _MEET_FOOTER.match(bare):
            tally.add("footer lines", bare)
        elif match := _MEET_SECTION.fullmatch(bare):
            section = times.seconds(match[1])
            tally.add("section times", bare)
        elif bare:
            undressed = re.sub(r"^\s*\*\*(.{1,200}?):\*\*", r"\1:", line)
            rows.append(Line(undressed, section, after_blank=True))
            section = None
    turns = chat.assemble(rows, tally, known=known)
    repairs = []
    if any(turn.start is not None for turn in turns):
        turns = _share_out(turns, ended)
        repairs.append("only sections carry a time; times within a section are shared out by length of text")
    return Found("google-meet", turns, tally, repairs, duration=ended)


def _meet_header(lines: list[tuple[str, str]], tally: Tally) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """The lines after the title and the list of attendees, and the attendees' names."""
    known: frozenset[str] = frozenset()
    first = 0
    for at, (_, bare) in enumerate(lines):
        if _MEET_TITLE.fullmatch(bare):
            first = at + 1
        elif bare == "Attendees":
            after = next((i for i in range(at + 1, min(len(lines), at + 4)) if lines[i][1]), at)
            known = frozenset(name.strip() for name in lines[after][1].split(","))
            first = after + 1
        elif _MEET_SECTION.fullmatch(bare) and first:
            break
    for line, _ in lines[:first]:
        if line.strip():
            tally.add("header lines", line)
    return lines[first:], known


def _share_out(turns: list[Turn], ended: float | None) -> list[Turn]:
    """Times between the section times that some turns carry, by share of characters."""
    if turns[0].start is None:
        turns = [turns[0]._replace(start=0.0), *turns[1:]]
    anchors = [i for i, turn in enumerate(turns) if turn.start is not None]
    shared: list[Turn] = []
    for first, last in zip(anchors, [*anchors[1:], len(turns)], strict=True):
        group = turns[first:last]
        sizes = [max(1, len(turn.text)) for turn in group]
        start = group[0].start or 0.0
        stop = turns[last].start if last < len(turns) else ended
        if stop is None or stop < start:
            stop = start + sum(sizes) / SPEECH_RATE
        edges = [start]
        for size in sizes:
            edges.append(edges[-1] + (stop - start) * size / sum(sizes))
        edges = [round(edge, 3) for edge in edges]
        shared.extend(
            turn._replace(start=b, end=max(b, e)) for turn, b, e in zip(group, edges, edges[1:], strict=False)
        )
    return shared


# ── Otter, and Teams' Word files, which have the same lines ──────────────────────────────────

_TURN_HEADER = re.compile(r"\s*(?:(\S(?:.{0,98}\S)?)(\s{1,20}))?(\d{1,3}:\d{2}(?::\d{2})?)\s*")
"""`Ada Lovelace  0:03`; Otter leaves the name out where it knows none (`0:15  `), Teams puts three spaces.
Text copied from web pages keeps one space, and then only `Ada 0:03` counts, not `We met at 10:30`."""

_OTTER_FOOTER = re.compile(r"\s*Transcribed by https?://(?:www\.)?otter\.ai/?\s*", re.IGNORECASE)
_TEAMS_NOTICE = re.compile(r".{1,100} (?:started|stopped) transcription")


def is_otter(text: str) -> bool:
    """Whether turn headers stand where they should: first, or recurring."""
    lines = [line for line in text[:20_000].split("\n") if line.strip()]
    headers = sum(_turn_header(line) is not None for line in lines)
    first = next((line for line in lines if not _TEAMS_NOTICE.fullmatch(line.strip())), "")
    opens = _turn_header(first)
    return headers >= 2 or (opens is not None and opens[2] != " ")


def _turn_header(line: str) -> re.Match[str] | None:
    match = _TURN_HEADER.fullmatch(line)
    if match is None or (match[1] or "").endswith((".", ",", ":", "?", "-->")):
        return None
    is_close = match[1] is not None and len(match[2]) == 1
    return None if is_close and not _is_name(match[1]) else match


def _is_name(text: str) -> bool:
    return names.split(f"{text}:") is not None and names.is_written_as_name(text)


def read_otter(text: str) -> Found:
    """Otter's text: a line with name and time, then the speech; what stands before the first is no speech."""
    tally = Tally()
    turns: list[tuple[str | None, float, list[str]]] = []
    for line in text.split("\n"):
        if _OTTER_FOOTER.fullmatch(line):
            tally.add("footer lines", line)
        elif _TEAMS_NOTICE.fullmatch(line.strip()):
            tally.add("notices", line)
        elif match := _turn_header(line):
            turns.append((match[1], times.seconds(match[3]), []))
        elif turns:
            turns[-1][2].append(line)
        elif line.strip():
            tally.add("header lines", line)
    return Found("otter", [Turn("\n".join(lines), at, None, name) for name, at, lines in turns], tally)


# ── Teams' older Word files, and text copied out of them ─────────────────────────────────────

_TEAMS_TIMING = re.compile(rf"\s*({times.CLOCK})\s*-->\s*({times.CLOCK})\s*")


def is_teams_text(text: str) -> bool:
    """Whether the first line is a timing line with unpadded fields, `0:0:0.0 --> 0:0:1.510`."""
    first = text.lstrip()[:200].split("\n")[0]
    match = _TEAMS_TIMING.fullmatch(first)
    return match is not None and times.UNPADDED.match(match[1].lstrip("-")) is not None


def read_teams_text(text: str) -> Found:
    """Teams' older lines: times, then the name, then the speech."""
    tally = Tally()
    turns: list[tuple[float, float, list[str]]] = []
    for line in text.split("\n"):
        if match := _TEAMS_TIMING.fullmatch(line):
            start, end = (times.seconds(match[g], unpadded=True) for g in (1, 2))
            turns.append((start, end, []))
        elif turns and line.strip():
            turns[-1][2].append(line)
        elif line.strip():
            tally.add("header lines", line)
    found = [
        Turn("\n".join(lines[1:]), start, end, lines[0]) if len(lines) > 1 else Turn("".join(lines), start, end)
        for start, end, lines in turns
    ]
    return Found("teams-text", found, tally)
