"""WebVTT and SRT -> turns, whoever wrote them.

In: the text of a cue file. Out: turns. Who speaks is found in this order: voice tags (`<v Ada>`, as
Teams writes them); else `Ada: ` at the head of cues (as Zoom writes them), if the whole file bears it out.
"""

from __future__ import annotations

import re

from scribe.records import Word
from scribe.transcripts import captions, cues, names, times
from scribe.transcripts.cues import Cue, Span
from scribe.transcripts.turns import Found, Tally, Turn, count_of

_GUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.MULTILINE)
"""Teams' cue ids: `8d2f6b1e-3a0c-4d53-9c8e-0f4f3d1a7c55/12-0`."""

_LANGUAGE = re.compile(r"Language:\s*([A-Za-z][\w-]{1,20})\s*")
_ENOUGH = 2000
"""Cues that are enough to tell whether captions roll."""

_WORD_TAG = re.compile(r"<\d[\d:.]{3,15}><c>")


def read_vtt(text: str) -> Found:
    """WebVTT, with or without its header line."""
    tally = Tally()
    preamble, found = cues.split_cues(text, tally, asides=True)
    language = None
    for line in preamble:
        if match := _LANGUAGE.fullmatch(line):
            language = match[1]
        elif cues.ASIDE.match(line):
            tally.add(cues.ASIDES, line)
    result = _read(found, tally, "webvtt")
    if result.format == "webvtt+voices":
        teams = _GUID.search(text[:4000]) or times.UNPADDED.search(text[:4000])
        result.format = "teams-vtt" if teams else "webvtt"
    elif result.format == "webvtt+names":
        result.format = "zoom-vtt"
    elif result.format == "webvtt+rolling":
        result.format = "youtube" if _WORD_TAG.search(text) or "Kind: captions" in preamble else "webvtt"
    result.language = language
    return result


def read_srt(text: str) -> Found:
    """SRT, with commas or points in its times."""
    tally = Tally()
    preamble, found = cues.split_cues(text, tally, asides=False)
    for line in preamble:
        if line.strip():
            tally.add("text before the first cue", line)
    result = _read(found, tally, "srt")
    result.format = "srt"
    return result


def _read(found: list[Cue], tally: Tally, family: str) -> Found:
    found = _without_highlights(found, tally)
    payloads = ["\n".join(cue.lines) for cue in found]
    if any("<v" in payload and cues.VOICE.search(payload) for payload in payloads):
        return Found(f"{family}+voices", _voiced(found, payloads), tally)
    joined = [_join(cues.spans(p, c.start, c.end)) for p, c in zip(payloads, found, strict=True)]
    if captions.are_rolling(_screens(found[:_ENOUGH])):
        turns = _unroll(found, joined, _screens(found), tally)
        note = f"rolling captions: the repeated lines of {count_of(len(found), 'cue')} were taken out"
        return Found(f"{family}+rolling", turns, tally, [note])
    turns = [Turn(s.text, c.start, c.end, None, s.words) for s, c in zip(joined, found, strict=True)]
    return _named(turns, tally, family)


def _without_highlights(found: list[Cue], tally: Tally) -> list[Cue]:
    """One cue for each line that Whisper's `--highlight_words` shows again for every word, underlined."""
    if not any("<u>" in line for cue in found for line in cue.lines):
        return found
    kept: list[Cue] = []
    last = ("", False)
    for cue in found:
        payload = "\n".join(cue.lines)
        text, marked = payload.replace("<u>", "").replace("</u>", ""), "<u>" in payload
        if kept and text == last[0] and (marked or last[1]) and cue.start <= kept[-1].end + captions.HOLD_S:
            kept[-1] = Cue(kept[-1].start, max(kept[-1].end, cue.end), kept[-1].lines)
            tally.add("caption lines shown again", text)
        else:
            kept.append(cue)
        last = (text, marked)
    return kept


def _screens(found: list[Cue]) -> list[captions.Screen]:
    screens: list[captions.Screen] = []
    for cue in found:
        lines = [_join(cues.spans(line, cue.start, cue.end)).text.split() for line in cue.lines]
        screens.append(captions.Screen(cue.end - cue.start, [words for words in lines if words]))
    return screens


def _voiced(found: list[Cue], payloads: list[str]) -> list[Turn]:
    turns: list[Turn] = []
    for cue, payload in zip(found, payloads, strict=True):
        parts = cues.spans(payload, cue.start, cue.end) or [Span(None, "")]
        turns.extend(Turn(part.text, cue.start, cue.end, part.voice, part.words) for part in parts)
    return turns


def _join(parts: list[Span]) -> Span:
    if len(parts) == 1:
        return parts[0]
    return Span(None, " ".join(part.text for part in parts), tuple(w for part in parts for w in part.words))


def _unroll(found: list[Cue], joined: list[Span], screens: list[captions.Screen], tally: Tally) -> list[Turn]:
    turns: list[Turn] = []
    for cue, span, seen in zip(found, joined, captions.fresh(screens), strict=True):
        tokens = span.text.split()
        if seen:
            tally.add("caption lines shown again", " ".join(tokens[:seen]))
        if seen < len(tokens) or not tokens:
            words = span.words[seen:] if len(span.words) == len(tokens) else ()
            start = words[0].start if words else cue.start
            turns.append(Turn(" ".join(tokens[seen:]), start, cue.end, words=words))
    return turns


def _named(turns: list[Turn], tally: Tally, family: str) -> Found:
    """Turns with the `Name: ` at their heads made speakers, if the file bears it out."""
    splits = [names.split(turn.text.lstrip()) for turn in turns]
    speakers = names.accepted([pair[0] if pair else None for pair in splits])
    if not speakers:
        return Found(family, turns, tally)
    named = [
        turn._replace(speaker=pair[0], text=pair[1], words=_without_name(turn, pair[1]))
        if pair and pair[0] in speakers
        else turn
        for turn, pair in zip(turns, splits, strict=True)
    ]
    return Found(f"{family}+names", named, tally)


def _without_name(turn: Turn, rest: str) -> tuple[Word, ...]:
    return turn.words[len(turn.words) - len(rest.split()) :] if turn.words else ()
