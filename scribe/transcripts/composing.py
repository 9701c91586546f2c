"""`Transcript` -> text of a format.

In: a transcript. Out: text that `parse` reads back. What each format holds, and so what comes back:

- json: everything, exactly.
- vtt, srt: text, speaker, start and end in milliseconds; no words. Every segment must be timed.
- txt, md: text, speaker and start in whole seconds, where there is one; the end that comes back is the next
  later start, or a guess for the last.

All but json hold text with whitespace collapsed, leave empty segments out, and come back in order of
start. Text that would be misread in the format's usual dress (a nameless `Note: …` among names, lines that
look like rolling captions) puts the whole file into a dress that says outright who speaks: `<v Ada>` and
`<v>` in cues, `<Ada>` and `<>` in text, `**—:**` in Markdown.
"""

from __future__ import annotations

from collections.abc import Callable

from scribe.records import ScribeError, Transcript
from scribe.transcripts import chat, chat_markdown, cues, formats, native, recognisers, times
from scribe.transcripts.turns import Tally, Turn, clean, settle

WRITABLE = ("json", "vtt", "srt", "txt", "md")
"""The formats that `compose` writes."""


def compose(transcript: Transcript, format: str) -> str:  # noqa: A002  (the word people use)
    """The transcript as text; `ScribeError` for an unknown format or one that cannot hold it."""
    if format == "json":
        return native.compose(transcript)
    writers = {"vtt": _vtt, "srt": _srt, "txt": _txt, "md": _md}
    if format not in writers:
        raise ScribeError(f"expected a format that can be written ({', '.join(WRITABLE)}), found {format!r}")
    turns = [Turn(clean(s.text), s.start, s.end, clean(s.speaker or "") or None) for s in transcript.segments]
    turns = [turn for turn in turns if turn.text]
    if format in ("vtt", "srt"):
        _require_times(transcript.id, turns, format)
        turns = [
            t._replace(start=round((t.start or 0) * 1000) / 1000, end=round((t.end or 0) * 1000) / 1000) for t in turns
        ]
    else:
        turns = [t._replace(start=None if t.start is None else float(int(t.start)), end=None) for t in turns]
    return _faithful(turns, transcript.id, writers[format])


def _faithful(turns: list[Turn], title: str, write: Callable[[list[Turn], str, bool], str]) -> str:
    """The usual dress if it reads back as what was written, else the one that leaves nothing to guess."""
    usual = write(turns, title, False)
    expected, _ = settle(turns, Tally())
    if _read_back(usual) == expected:
        return usual
    return write(turns, title, True)


def _read_back(text: str) -> list[Turn] | None:
    if not text.strip() or recognisers.is_json(text):
        return None
    try:
        found = formats.find(text)
    except ScribeError:
        return None
    return settle(found.turns, found.tally)[0]


def _require_times(name: str, turns: list[Turn], format: str) -> None:  # noqa: A002
    untimed = sum(turn.start is None for turn in turns)
    if untimed:
        raise ScribeError(
            f"{name}: expected times on every segment to write {format}, found {untimed} of {len(turns)} "
            "without; write json, txt or md, which hold them"
        )
    if any((turn.end or 0) >= times.LONGEST_S for turn in turns):
        raise ScribeError(f"{name}: expected times under 100000 hours to write {format}; mend them, or write json")


def _vtt(turns: list[Turn], _title: str, marked: bool) -> str:
    blocks = ["WEBVTT"]
    for turn in turns:
        name = cues.escape_vtt(turn.speaker or "")
        text = cues.escape_vtt(turn.text)
        voice = f"<v {name}>" if name else "<v>" if marked else ""
        blocks.append(f"{_timing(turn, '.')}\n{voice}{text}")
    return "\n\n".join(blocks) + "\n"


def _srt(turns: list[Turn], _title: str, marked: bool) -> str:
    blocks: list[str] = []
    for number, turn in enumerate(turns, 1):
        text = cues.escape_srt(turn.text)
        if marked:
            text = f"<v {cues.escape_vtt(turn.speaker)}>{text}" if turn.speaker else f"<v>{text}"
        elif turn.speaker:
            text = f"{turn.speaker}: {text}"
        blocks.append(f"{number}\n{_timing(turn, ',')}\n{text}")
    return "\n\n".join(blocks) + "\n"


def _timing(turn: Turn, point: str) -> str:
    start, end = (times.milliseconds_clock(at or 0, point) for at in (turn.start, turn.end))
    return f"{start} --> {end}"


def _txt(turns: list[Turn], _title: str, marked: bool) -> str:
    return "\n".join(chat.line_of(turn, marked=marked) for turn in turns) + "\n"


def _md(turns: list[Turn], title: str, marked: bool) -> str:
    return "\n\n".join([f"# {title}", *(chat_markdown.line_of(t, marked=marked) for t in turns)]) + "\n"
