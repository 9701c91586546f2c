"""Which format a text is in, by what stands in it; never by the file's name.

In: the text of a file. Out: what the reader for it found. The order of `_RULES` is the whole method: the
first rule that knows the text reads it, and plain text comes last.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scribe.records import ScribeError
from scribe.transcripts import chat, chat_markdown, cues, meetings, recognisers, subtitles
from scribe.transcripts.turns import Found

FORMATS: dict[str, str] = {
    "scribe-json": "this project's own transcripts, kept exactly",
    "webvtt": "WebVTT captions (.vtt), voices included",
    "srt": "SubRip subtitles (.srt)",
    "zoom-vtt": "Zoom cloud recording: WebVTT with `Name: ` in its cues",
    "zoom-captions": "Zoom saved captions (.txt): `[Name] HH:MM:SS`, then the words",
    "teams-vtt": "Microsoft Teams transcript as WebVTT",
    "teams-docx": "Microsoft Teams transcript as a Word file",
    "teams-text": "text copied out of an older Teams transcript: times, name, words",
    "google-meet": "Google Meet transcript, as text, Markdown or Word file",
    "otter": "Otter text export: `Name  0:03`, then the words",
    "youtube": "YouTube automatic captions (.vtt), repeated lines taken out",
    "whisper-json": "openai-whisper or faster-whisper JSON",
    "whispercpp-json": "whisper.cpp JSON",
    "whisperx-json": "WhisperX JSON, words and speakers included",
    "whisper-tsv": "openai-whisper TSV",
    "segments-json": 'any JSON with {"segments": [{"start", "end", "speaker", "text"}]}, times optional',
    "text": "plain text, with or without `Name: ` and times",
    "markdown": "Markdown, with or without `**Name:** ` and times",
    "docx": "Word file with plain paragraphs, with or without `Name: `",
}
"""What can be read, by name: one line for each, for help texts."""

_CUE_HEAD = 60
"""A cue file shows its first timing line within this many lines that are not blank."""

_PAGE = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<\?xml|<tt[\s>])", re.IGNORECASE)


def find(text: str, *, clock_offset_s: float | None = None) -> Found:
    """What the first fitting reader makes of a text that is not JSON; `ScribeError` for web pages and XML."""
    if _is_zoom_captions(text):
        return meetings.read_zoom_captions(text, clock_offset_s)
    if marked := chat.read_marked(text):
        return marked
    if _PAGE.match(text):
        raise ScribeError(
            "expected a transcript, found what looks like a web page or XML; "
            "save the transcript itself, as text, .vtt or .srt"
        )
    return next(read for knows, read in _RULES if knows(text))(text)


def find_in_word(text: str) -> Found:
    """The same for lines that came out of a Word file."""
    found = find(text)
    names = {"otter": "teams-docx", "teams-text": "teams-docx", "text": "docx", "markdown": "docx"}
    if found.format == "otter" and "footer lines" in found.tally.counts:
        return found
    found.format = names.get(found.format, found.format)
    return found


def _is_vtt(text: str) -> bool:
    return re.match(r"\s*WEBVTT(?:\s|$)", text) is not None


def _is_tsv(text: str) -> bool:
    return re.match(r"start\tend\ttext\s*(?:\n|$)", text) is not None


def _timing(text: str) -> re.Match[str] | None:
    """The first timing line, if it stands where a cue file has it."""
    lines = (line for line in text[:50_000].split("\n") if line.strip())
    return next(
        (m for _, line in zip(range(_CUE_HEAD), lines, strict=False) if (m := cues.TIMING.fullmatch(line))),
        None,
    )


def _has_vtt_cues(text: str) -> bool:
    """WebVTT that lost its first line: points in the times, no numbers above them."""
    match = _timing(text)
    return match is not None and "." in match[1] and re.match(r"\s*\d+\s*\n", text) is None


def _is_zoom_captions(text: str) -> bool:
    lines = [line for line in text[:5000].split("\n") if line.strip()][:5]
    return any(meetings.ZOOM_HEADER.fullmatch(line) for line in lines)


_RULES: tuple[tuple[Callable[[str], bool], Callable[[str], Found]], ...] = (
    (_is_vtt, subtitles.read_vtt),
    (_is_tsv, recognisers.read_tsv),
    (meetings.is_teams_text, meetings.read_teams_text),
    (_has_vtt_cues, subtitles.read_vtt),
    (lambda text: _timing(text) is not None, subtitles.read_srt),
    (meetings.is_google_meet, meetings.read_google_meet),
    (meetings.is_otter, meetings.read_otter),
    (chat_markdown.is_markdown, chat_markdown.read),
    (lambda _: True, chat.read),
)
