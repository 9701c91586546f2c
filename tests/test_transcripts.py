"""Every fixture beside what it should give, and what the door promises about files that cannot be read.

`tests/fixtures/transcripts/NAME` is a small file with one quirk; `NAME.expected.txt` is what reading it gives.
"""

from __future__ import annotations

import doctest
import importlib
import os
import pkgutil
from pathlib import Path

import pytest

from scribe import transcripts
from scribe.records import ScribeError

FIXTURES = Path(__file__).parent / "fixtures" / "transcripts"
QUIRKS = sorted(p.name for p in FIXTURES.iterdir() if not p.name.endswith(".expected.txt"))


def shown(reading: transcripts.Reading) -> str:
    """A reading as the fixtures write it down."""
    lines = [f"format: {reading.format}"]
    lines += [f"dropped: {d.count} {d.what}, such as {d.example!r}" for d in reading.dropped]
    lines += [f"repair: {repair}" for repair in reading.repairs]
    if reading.transcript.language:
        lines.append(f"language: {reading.transcript.language}")
    if reading.transcript.duration is not None:
        lines.append(f"duration: {reading.transcript.duration:g}")
    for s in reading.transcript.segments:
        span = "untimed" if s.start is None else f"{s.start:.3f}-{s.end:.3f}"
        lines.append(f"{span} | {s.speaker or ''} | {s.text}")
        if s.words:
            lines.append("    words: " + " ".join(f"{w.text}@{w.start}" for w in s.words))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", QUIRKS)
def test_fixture(name: str) -> None:
    reading = transcripts.read(FIXTURES / name)
    assert shown(reading) == (FIXTURES / f"{name}.expected.txt").read_text()
    assert reading.format in transcripts.FORMATS


def test_every_format_has_a_fixture_or_a_test_of_its_own() -> None:
    shown_formats = {transcripts.read(FIXTURES / name).format for name in QUIRKS}
    assert set(transcripts.FORMATS) - shown_formats == {"scribe-json", "teams-docx", "docx"}


def test_transcript_carries_where_it_came_from() -> None:
    reading = transcripts.parse(b"Ada: yes\nBob: no\nAda: well", name="talks/_R\xe4ume? 3.txt")
    transcript = reading.transcript
    assert (transcript.id, transcript.source) == ("R\xe4ume- 3", "talks/_R\xe4ume? 3.txt")
    assert transcript.recipe.engine == "text"
    assert transcript.recipe.source_digest is not None
    assert len(transcript.recipe.source_digest) == 64
    assert reading.speakers == ("Ada", "Bob")
    assert reading.span is None


def test_span_is_first_start_and_last_end() -> None:
    reading = transcripts.read(FIXTURES / "webvtt-broken-times.vtt")
    assert reading.span == (1.0, 42.0)


def test_zoom_clock_counts_from_the_offset_given() -> None:
    reading = transcripts.read(FIXTURES / "zoom-captions-midnight.txt", clock_offset_s=23 * 3600 + 59 * 60 + 40)
    assert [s.start for s in reading.transcript.segments] == [10.0, 18.0, 25.0]


def test_zoom_clock_counts_from_an_offset_before_midnight() -> None:
    data = b"[Ada] 00:00:05\nGood morning.\n\n[Bob] 00:00:09\nIndeed.\n"
    reading = transcripts.parse(data, name="a.txt", clock_offset_s=86_395.0)
    assert [s.start for s in reading.transcript.segments] == [10.0, 14.0]


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", r"a\.vtt: expected a transcript, found an empty file; check"),
    "whitespace": (b" \n\t\n", "found only whitespace"),
    "mp4": (b"\0\0\0\x20ftypisom" + bytes(99), "looks like an MP4 recording; make one with `scribe transcribe`"),
    "wav": (b"RIFF\x24\x08\0\0WAVEfmt ", "looks like a WAV recording"),
    "pdf": (b"%PDF-1.7\n\xff", "looks like a PDF; save it as plain text"),
    "nul": (b"WEBVTT\n\n00:01.000 --> 00:02.000\na\0b", "found a binary file"),
    "binary": (bytes(range(256)) * 9, "found a binary file"),
    "latin-1": (b"WEBVTT\n\nBl\xe4tter fallen hier", r"byte 0xe4 at offset 10 \(line 3\); convert it.*`iconv -f"),
    "header-only": (b"WEBVTT\n\n", "expected speech, found none in this webvtt file"),
    "no-words": (b"1\n00:00:01,000 --> 00:00:02,000\n\n", "expected speech, found none in this srt file"),
    "cut-json": (b'{"segments": [\n{"text": "on', "breaks off at line 2, character 10"),
    "cut-json-list": (b'{"segments": [{"text": "one"},', "breaks off at line 1, character 31"),
    "bad-json": (b'{"segments": [{"text" "one"}]}', "found a mistake at line 1, character 23"),
    "deep-json": (b"[" * 100_000, "nested too deep"),
    "deeper-json": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deep"),
    "no-segments": (b'{"text": "one", "lang": "en"}', "found the keys 'text', 'lang'"),
    "number-for-segments": (b'{"segments": 3}', 'a list under "segments"'),
    "number-for-a-segment": (b'{"segments": [3]}', r"segments\[0\]: expected an object with a text, found a number"),
    "list-for-text": (b'{"segments": [{"text": []}]}', r"segments\[0\]\.text: expected text, found a list"),
    "nan": (b'[{"text": "a", "start": NaN, "end": 1}]', r"segments\[0\]\.start: expected seconds, found nan"),
    "infinity": (b'[{"text": "a", "start": 0, "end": Infinity}]', r"\[0\]\.end: expected seconds, found inf"),
    "huge": (b'[{"text": "a", "start": 1' + b"0" * 400 + b"}]", "expected seconds, found a huge number"),
    "endless-number": (b'[{"text": "a", "start": ' + b"1" * 9999 + b"}]", "found a number that cannot be read"),
    "word-for-time": (b'[{"text": "a", "start": "soon"}]', "expected seconds, found 'soon'"),
    "object-for-speaker": (b'[{"text": "a", "speaker": {}}]', r"\.speaker: expected a name, found an object"),
    "web-page": (b"<!DOCTYPE html><html><body>Hi</body></html>", "looks like a web page or XML"),
    "own-json": (
        b'{"id": "a", "source": "a", "recipe": {}, "segments": []}',
        r"that Scribe wrote, found at recipe\.scribe: Field required",
    ),
    "zip": (b"PK\x03\x04 no such archive", "found a damaged one"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_read_is_one_line_that_says_what_to_do(case: str) -> None:
    data, message = BROKEN[case]
    with pytest.raises(ScribeError, match=message) as caught:
        transcripts.parse(data, name="talks/a.vtt")
    assert str(caught.value).startswith("talks/a.vtt: ")
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)


def test_folder_missing_file_and_forbidden_file(tmp_path: Path) -> None:
    with pytest.raises(ScribeError, match="found a folder; name the files in it"):
        transcripts.read(tmp_path)
    with pytest.raises(ScribeError, match=r"gone\.vtt: .*found nothing there; check the spelling"):
        transcripts.read(tmp_path / "gone.vtt")
    with pytest.raises(ScribeError):
        transcripts.read(Path("a\0b"))
    with pytest.raises(ScribeError):
        transcripts.read(tmp_path / ("x" * 5000))
    if os.geteuid():
        locked = tmp_path / "locked.vtt"
        locked.write_text("WEBVTT")
        locked.chmod(0)
        with pytest.raises(ScribeError, match="permissions forbid it"):
            transcripts.read(locked)


def test_recording_under_a_transcripts_name_is_refused_by_its_head(tmp_path: Path) -> None:
    path = tmp_path / "talk.vtt"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(10_000))
    with pytest.raises(ScribeError, match="looks like a Matroska or WebM recording"):
        transcripts.read(path)


def test_detection_goes_by_content_never_by_suffix() -> None:
    data = (FIXTURES / "whisper.json").read_bytes()
    assert transcripts.parse(data, name="x.srt").format == "whisper-json"


def test_text_that_opens_with_a_bracket_is_no_json() -> None:
    reading = transcripts.parse(b"[laughs] Well.\n{So} it goes.", name="a.json")
    assert [s.text for s in reading.transcript.segments] == ["[laughs] Well.", "{So} it goes."]


def test_json_layout_is_one_segment_a_line() -> None:
    reading = transcripts.read(FIXTURES / "segments-overlapping.json")
    lines = transcripts.compose(reading.transcript, "json").split("\n")
    assert lines[0] == "{"
    assert '{"index": 1, "text": "So.", "start": 18.5, "end": 18.9, "speaker": "C"},' in lines


def test_layouts_are_what_people_expect() -> None:
    transcript = transcripts.read(FIXTURES / "segments-overlapping.json").transcript
    assert transcripts.compose(transcript, "vtt").startswith(
        "WEBVTT\n\n00:00:18.067 --> 00:00:19.977\n<v D>It didn't move yesterday either.\n\n"
    )
    assert transcripts.compose(transcript, "srt").startswith(
        "1\n00:00:18,067 --> 00:00:19,977\nD: It didn't move yesterday either.\n\n2\n"
    )
    assert transcripts.compose(transcript, "txt").startswith(
        "[00:00:18] D: It didn't move yesterday either.\n[00:00:18] C: So.\n"
    )
    assert transcripts.compose(transcript, "md").startswith(
        "# segments-overlapping\n\n[00:00:18] **D:** It didn't move yesterday either.\n\n"
    )


ROOM = [f"scribe.transcripts.{m.name}" for m in pkgutil.iter_modules(transcripts.__path__)]


@pytest.mark.parametrize("module", ROOM)
def test_docstring_examples(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0
