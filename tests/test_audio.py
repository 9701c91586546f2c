"""Recordings made here say what they hold, and what is none says so in one line."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from scribe.audio import Recording, probe
from scribe.records import ScribeError
from scribe.shelf import is_recording


def record(
    path: Path, codec: str, *, seconds: float = 1.0, rate: int = 16_000, tracks: int = 1, tags: bool = True
) -> Path:
    """Write `tracks` tracks of a tone."""
    tone = (8000 * np.sin(np.arange(int(rate * seconds)) * 0.17)).astype(np.int16)[None]
    options = {} if tags else {"write_id3v2": "0", "write_xing": "0", "id3v2_version": "0"}
    with av.open(str(path), "w", container_options=options) as container:
        streams = [container.add_stream(codec, rate=rate, layout="mono") for _ in range(tracks)]
        container.start_encoding()
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
            frame.sample_rate = rate
            resampler = av.AudioResampler(
                format=stream.codec_context.format,
                layout="mono",
                rate=rate,
                frame_size=stream.codec_context.frame_size or 0,
            )
            for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(piece))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("talk.wav", "pcm_s16le", 16_000),
        ("talk.m4a", "aac", 16_000),
        ("talk.mp4", "aac", 44_100),
        ("talk.mov", "aac", 44_100),
        ("talk.ogg", "libopus", 48_000),
        ("talk.webm", "libopus", 48_000),
        ("talk.mkv", "aac", 16_000),
        ("talk.mp3", "libmp3lame", 16_000),
        ("talk.mp2", "mp2", 44_100),
        ("talk.aac", "aac", 16_000),
        ("talk.flac", "flac", 16_000),
        ("talk.aiff", "pcm_s16be", 16_000),
        ("talk.au", "pcm_s16be", 16_000),
        ("talk.caf", "pcm_s16le", 16_000),
        ("talk.avi", "pcm_s16le", 16_000),
        ("talk.flv", "aac", 44_100),
        ("talk.ts", "aac", 16_000),
        ("talk.m2ts", "aac", 16_000),
        ("talk.mpg", "mp2", 44_100),
        ("talk.3gp", "aac", 16_000),
    ],
)
def test_a_recording_says_how_long_it_is(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = record(tmp_path / name, codec, rate=rate, seconds=2.0)
    recording = probe(path)
    assert recording.path == str(path)
    assert recording.has_audio
    assert recording.tracks == 1
    assert recording.duration == pytest.approx(2.0, abs=0.2)  # codecs pad the end to a whole frame
    assert is_recording(path)


@pytest.mark.parametrize("rate", [16_000, 22_050, 32_000, 44_100, 48_000])
def test_an_mp3_without_tags_is_a_recording(tmp_path: Path, rate: int) -> None:
    path = record(tmp_path / "talk.mp3", "libmp3lame", rate=rate, tags=False)
    assert path.read_bytes()[0] == 0xFF
    assert is_recording(path)
    assert probe(path).has_audio


def test_every_track_counts(tmp_path: Path) -> None:
    assert probe(record(tmp_path / "talk.mkv", "aac", tracks=3)).tracks == 3


def test_what_a_browser_recorded_has_no_duration(tmp_path: Path) -> None:
    with open(tmp_path / "talk.webm", "wb") as file:

        class Pipe:
            """Cannot seek, so that nobody goes back to write the duration."""

            def write(self, data: bytes) -> int:
                return file.write(data)

        with av.open(Pipe(), "w", format="webm") as container:
            stream = container.add_stream("libopus", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    recording = probe(tmp_path / "talk.webm")
    assert recording == Recording(path=str(tmp_path / "talk.webm"), duration=None, tracks=1, titles=(None,))


def test_subtitles_have_nothing_to_hear(tmp_path: Path) -> None:
    (tmp_path / "talk.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nYes.\n")
    assert not probe(tmp_path / "talk.vtt").has_audio


@pytest.mark.parametrize("name", ["no such.wav", "empty.wav", "text.m4a", "cut.m4a", "list.m3u8", "."])
def test_what_cannot_be_opened_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.m4a").write_text("Ann: good morning\n")
    (tmp_path / "cut.m4a").write_bytes(record(tmp_path / "talk.m4a", "aac").read_bytes()[:400])
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(ScribeError, match="expected an audio or video file, but ") as error:
        probe(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert "\n" not in str(error.value)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8, or have a colon")
@pytest.mark.parametrize("name", ["http:talk.wav", "concat:a|b.wav", "caf\udce9.wav", "-", "%d.wav"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    os.rename(record(tmp_path / "talk.wav", "pcm_s16le"), tmp_path / name)
    with contextlib.chdir(tmp_path):
        assert probe(Path(name)).duration == pytest.approx(1.0)


def test_tags_of_before_utf_8_do_no_harm(tmp_path: Path) -> None:
    path = record(tmp_path / "talk.mp3", "libmp3lame")
    tag = b"TAG" + b"Caf\xe9 \xff\xfe".ljust(30, b"\0") + bytes(95)
    assert len(tag) == 128
    path.write_bytes(path.read_bytes() + tag)
    assert probe(path).has_audio
