"""Cue files, WebVTT and SRT alike, into cues; and cue text into plain text and voices.

In: the text of a file with `00:01.000 --> 00:02.000` lines. Out: cues with their lines as written, then
spans of speech with voice and word times. Which format it is, and who speaks where no tag says so, is
decided elsewhere.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from scribe.records import Word
from scribe.transcripts import times
from scribe.transcripts.turns import Tally

TIMING = re.compile(rf"\s*({times.CLOCK})\s*-->\s*({times.CLOCK})(?:\s.*)?")

ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
ASIDES = "NOTE, STYLE and REGION blocks"

_TAG = re.compile(
    r"<(?:(?P<at>\d[\d:.]{3,15})|(?P<close>/?)(?P<kind>v|c|i|b|u|s|ruby|rt|lang|font)"
    r"(?P<classes>\.[^\s<>]{0,200})?(?:[ \t](?P<note>[^<>]{0,300}))?)>",
    re.IGNORECASE,
)
"""The tags of WebVTT, and SRT's `<font color=...>`. Anything else in angle brackets is speech:
Whisper writes `a < b` and `<laughter>` unescaped."""

_OVERRIDE = re.compile(r"\{\\[^{}\n]{0,100}\}")
"""`{\\an8}`, which Aegisub leaves in SRT."""

ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

VOICE = re.compile(r"<v(?:[.\s][^<>]{0,300})?>")


_ONE_VOICE = re.compile(r"<v[ \t]([^<>]{0,300})>([^<]*)(?:</v>)?\s*")
"""Nearly every cue of Teams, for speed."""


@dataclass(slots=True)
class Cue:
    """Times in seconds and the payload's lines as written."""

    start: float
    end: float
    lines: list[str]


@dataclass(slots=True)
class Span:
    """A stretch of cue text with one voice; `voice` is None where no tag names one."""

    voice: str | None
    text: str
    words: tuple[Word, ...] = ()


def split_cues(text: str, tally: Tally, *, asides: bool) -> tuple[list[str], list[Cue]]:
    """The lines before the first cue, and the cues.

    A cue ends where the next one's id or timing line begins, so blank lines inside a payload do no harm.
    With `asides` (WebVTT), NOTE, STYLE and REGION blocks are counted and left out.
    """
    lines = text.split("\n")
    timings = [(i, m) for i, line in enumerate(lines) if "-->" in line and (m := TIMING.fullmatch(line))]
    unpadded = any(times.UNPADDED.match(m[1].lstrip("-")) for _, m in timings[:50])
    cues: list[Cue] = []
    heads: list[int] = []
    number: int | None = None
    floor = -1
    for at, _ in timings:
        head, number = _head(lines, at, floor, number)
        heads.append(head)
        floor = at
    heads.append(len(lines))
    for (at, match), stop in zip(timings, heads[1:], strict=True):
        payload = _payload(lines[at + 1 : stop], tally, asides=asides)
        start, end = (times.seconds(match[g], unpadded=unpadded) for g in (1, 2))
        cues.append(Cue(start, end, payload))
    return lines[: heads[0]], cues


def _head(lines: list[str], at: int, floor: int, number: int | None) -> tuple[int, int | None]:
    """Where the cue with its timing line at `at` begins: there, or at the id above it."""
    above = lines[at - 1].strip() if at - 1 > floor else ""
    if not above:
        return at, number
    value = int(above) if above.isascii() and above.isdigit() and len(above) < 10 else None
    after_blank = at == 1 or (at - 2 > floor and not lines[at - 2].strip())
    counts_on = value is not None and (number is None or value == number + 1)
    if after_blank or counts_on:
        return at - 1, value if value is not None else number
    return at, number


def _payload(lines: list[str], tally: Tally, *, asides: bool) -> list[str]:
    kept: list[str] = []
    aside = False
    after_blank = False
    for line in lines:
        if not line:
            aside, after_blank = False, True
            continue
        if asides and after_blank and ASIDE.match(line):
            aside = True
            tally.add(ASIDES, line)
        elif "-->" in line and line.lstrip()[:1].isdigit():
            tally.add("timing lines that cannot be read", line)
        elif not aside:
            kept.append(line)
        after_blank = False
    return kept


def unescape(text: str) -> str:
    """Entities as characters; only those with a semicolon, so `AT&T` and `&c` stay.

    >>> unescape("Q&amp;A: 1 &lt; 2 &c")
    'Q&A: 1 < 2 &c'
    """
    return ENTITY.sub(lambda m: html.unescape(m[0]), text) if "&" in text else text


def spans(payload: str, start: float, end: float) -> list[Span]:
    """A cue's text, tags taken out, split where the voice changes; words where the cue times them.

    >>> [(s.voice, s.text) for s in spans("<v Ada>yes</v> <v Bob>no", 0, 1)]
    [('Ada', 'yes'), ('Bob', 'no')]
    """
    payload = _OVERRIDE.sub("", payload) if "{" in payload else payload
    if "<" not in payload:
        return [Span(None, unescape(payload))]
    if whole := _ONE_VOICE.fullmatch(payload):
        return [Span(unescape(whole[1]).strip(), unescape(whole[2]))] if whole[2].strip() else []
    found: list[Span] = []
    voice: str | None = None
    pieces: list[tuple[float | None, str]] = []
    at: float | None = None
    cursor = 0

    def close() -> None:
        text = "".join(piece for _, piece in pieces)
        if text.strip():
            found.append(Span(voice, text, _words(pieces, start, end)))
        pieces.clear()

    for tag in _TAG.finditer(payload):
        pieces.append((at, unescape(payload[cursor : tag.start()])))
        cursor = tag.end()
        if tag["at"]:
            at = _inline_time(tag["at"], at)
        elif tag["kind"].lower() == "v":
            close()
            voice = None if tag["close"] else unescape(tag["note"] or "").strip() or ""
    pieces.append((at, unescape(payload[cursor:])))
    close()
    return found


def _inline_time(clock: str, fallback: float | None) -> float | None:
    try:
        return times.seconds(clock)
    except ValueError:
        return fallback


def _words(pieces: list[tuple[float | None, str]], start: float, end: float) -> tuple[Word, ...]:
    """Words with the times that inline tags give; none where no tag does, or they run backwards."""
    if all(at is None for at, _ in pieces):
        return ()
    marks: list[tuple[float, str]] = []
    for at, piece in pieces:
        marks.extend((start if at is None else at, word) for word in piece.split())
    ends = [mark for mark, _ in marks[1:]] + [end]
    if any(begin < 0 or stop < begin for (begin, _), stop in zip(marks, ends, strict=True)):
        return ()
    return tuple(Word(text=w, start=b, end=e) for (b, w), e in zip(marks, ends, strict=True))


def escape_vtt(text: str) -> str:
    """Text as WebVTT wants it (section 3.3 of the standard: no bare `&`, `<`, nor `-->`)."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _OVERRIDE.sub(lambda m: "&#123;" + m[0][1:], text)


def escape_srt(text: str) -> str:
    """Text for SRT, whose players show entities as they are: only what would be misread is escaped."""
    text = ENTITY.sub(lambda m: "&amp;" + m[0][1:], text)
    text = _TAG.sub(lambda m: "&lt;" + m[0][1:], text)
    text = _OVERRIDE.sub(lambda m: "&#123;" + m[0][1:], text)
    return text.replace("-->", "--&gt;")
