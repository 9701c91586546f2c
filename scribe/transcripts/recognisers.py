"""What speech recognisers write -> turns: JSON of Whisper and its kin, and Whisper's TSV.

In: parsed JSON, or lines. Out: turns with words where they are given. Keys that are not known are
ignored; a known key of a wrong type is an error that says where.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

from scribe.records import ScribeError, Word
from scribe.transcripts import times
from scribe.transcripts.turns import Found, Tally, Turn, clean

_LARGEST = times.LONGEST_S * 1000
"""The longest time that is believed, be it given in seconds or in milliseconds."""

_OPENS_JSON = re.compile(r"\s*(?:\{\s*(?:[\"}]|$)|\[\s*(?:[{\[\"\]]|$))")
"""An object, or a list of objects; `[00:12] Ada: yes` and `[laughs]` are text."""


def is_json(text: str) -> bool:
    """Whether the text begins as an object or a list of objects does."""
    return _OPENS_JSON.match(text) is not None


def load(text: str) -> Any:
    """The parsed JSON; `ScribeError` says where it breaks off."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not text[error.pos :].strip() or "Unterminated" in error.msg:
            raise ScribeError(
                f"expected whole JSON, found that it breaks off at line {error.lineno}, "
                f"character {error.colno}; the download or the program writing it was cut short; get it again"
            ) from error
        raise ScribeError(
            f"expected JSON, found a mistake at line {error.lineno}, character {error.colno}: "
            f"{error.msg}; mend it there, or export it again"
        ) from error
    except RecursionError as error:
        raise ScribeError("expected a transcript's JSON, found it nested too deep to read; export it again") from error
    except ValueError as error:  # a number of more than 4300 digits
        raise ScribeError(
            f"expected JSON, found a number that cannot be read ({str(error)[:60]}); export it again"
        ) from error


def read(tree: Any) -> Found:
    """Turns of Whisper's, whisper.cpp's, WhisperX's or any `{"segments": [...]}` JSON."""
    if isinstance(tree, dict) and isinstance(tree.get("transcription"), list):
        return _read_whispercpp(tree)
    segments = tree.get("segments") if isinstance(tree, dict) else tree
    if not isinstance(segments, list):
        keys = ", ".join(repr(str(k)[:40]) for k in list(tree)[:8]) if isinstance(tree, dict) else ""
        raise ScribeError(
            'expected JSON with a list under "segments" or "transcription", '
            f"found {f'the keys {keys}' if keys else _kind(tree)}; export the transcript with its segments"
        )
    turns = [_turn(item, f"segments[{i}]") for i, item in enumerate(segments)]
    language = tree.get("language") if isinstance(tree, dict) else None
    return Found(_dialect(tree, segments), turns, language=_language(language))


def _dialect(tree: Any, segments: Sequence[Any]) -> str:
    first = segments[0] if segments else {}
    if isinstance(tree, dict) and "word_segments" in tree:
        return "whisperx-json"
    words = first.get("words")
    if isinstance(words, list) and words and isinstance(words[0], dict) and "score" in words[0]:
        return "whisperx-json"
    if "seek" in first or "avg_logprob" in first:
        return "whisper-json"
    return "segments-json"


def _turn(item: Any, where: str) -> Turn:
    if not isinstance(item, dict):
        raise ScribeError(f"{where}: expected an object with a text, found {_kind(item)}; export it again")
    start = _time(item.get("start"), f"{where}.start")
    end = _time(item.get("end"), f"{where}.end")
    words = item.get("words")
    return Turn(
        _text(item.get("text"), f"{where}.text"),
        start,
        end if start is not None else None,
        _speaker(item.get("speaker"), f"{where}.speaker"),
        _words(words, f"{where}.words") if isinstance(words, list) else (),
    )


def _words(items: list[Any], where: str) -> tuple[Word, ...]:
    """Words with what times they have: WhisperX aligns no digits (`2014` comes without times)."""
    words: list[Word] = []
    for i, item in enumerate(items):
        if isinstance(item, str):
            item = {"word": item}
        if not isinstance(item, dict):
            raise ScribeError(f"{where}[{i}]: expected a word, found {_kind(item)}; export it again")
        text = clean(_text(item.get("word", item.get("text")), f"{where}[{i}].word"))
        start, end = (_time(item.get(key), f"{where}[{i}].{key}") for key in ("start", "end"))
        words.append(
            Word(
                text=text,
                start=None if start is None else max(0.0, start),
                end=None if end is None else max(0.0, start or 0.0, end),
                probability=_chance(item.get("probability", item.get("score"))),
            )
        )
    return tuple(word for word in words if word.text)


def _read_whispercpp(tree: dict[str, Any]) -> Found:
    """whisper.cpp's `-oj`: `{"transcription": [{"offsets": {"from": 0, "to": 3240}, "text": " And so"}]}`."""
    turns: list[Turn] = []
    for i, item in enumerate(tree["transcription"]):
        where = f"transcription[{i}]"
        if not isinstance(item, dict):
            raise ScribeError(f"{where}: expected an object with a text, found {_kind(item)}; export it again")
        offsets = item.get("offsets")
        start, end = (
            _time(offsets.get(key), f"{where}.offsets.{key}") if isinstance(offsets, dict) else None
            for key in ("from", "to")
        )
        speaker = _speaker(item.get("speaker"), f"{where}.speaker")
        turns.append(
            Turn(
                _text(item.get("text"), f"{where}.text"),
                None if start is None else start / 1000,
                None if start is None or end is None else end / 1000,
                None if speaker == "?" else speaker,  # `--diarize` writes "?" where the channels are alike
            )
        )
    result = tree.get("result")
    language = result.get("language") if isinstance(result, dict) else None
    return Found("whispercpp-json", turns, language=_language(language))


def read_tsv(text: str) -> Found:
    """Whisper's TSV: a header line `start  end  text`, times in milliseconds."""
    tally = Tally()
    turns: list[Turn] = []
    for line in text.split("\n")[1:]:
        match = re.match(r"(\d{1,12})\t(\d{1,12})\t", line)
        if match:
            turns.append(Turn(line[match.end() :], int(match[1]) / 1000, int(match[2]) / 1000))
        elif line.strip():
            tally.add("rows without start, end and text", line)
    return Found("whisper-tsv", turns, tally)


def _chance(value: object) -> float | None:
    """A probability, or None where there is none; NaN is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _time(value: object, where: str) -> float | None:
    """Seconds, from a number or a clock; None where there is none."""
    if value is None or value == "":
        return None
    found = _kind(value)
    if isinstance(value, str):
        found = repr(value[:40])
        with contextlib.suppress(ValueError):
            value = times.seconds(value.strip()) if ":" in value else float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) <= _LARGEST:
            return float(value)
        found = f"{value:g}" if isinstance(value, float) else "a huge number"
    raise ScribeError(f"{where}: expected seconds, found {found}; export the transcript again")


def _text(value: object, where: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise ScribeError(f"{where}: expected text, found {_kind(value)}; export the transcript again")


def _speaker(value: object, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1_000_000:
        return str(value)  # some diarisers number the voices
    raise ScribeError(f"{where}: expected a name, found {_kind(value)}; export the transcript again")


def _language(value: object) -> str | None:
    return clean(value)[:40] or None if isinstance(value, str) else None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
