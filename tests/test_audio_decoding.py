"""Recordings made here come out as what was put in, at the time when it was; what is broken is one line."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe import audio
from scribe.audio import SAMPLE_RATE, decode
from scribe.audio.decoding import _Sound
from scribe.records import ScribeError

RNG = np.random.default_rng(7)

Tone = tuple[float, float]
"""Hertz, and seconds of silence before it."""


def tone(hertz: float, seconds: float, rate: int = SAMPLE_RATE, level: int = 8000) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


def write(
    path: Path,
    tracks: list[np.ndarray],
    *,
    codec: str = "pcm_s16le",
    rate: int = SAMPLE_RATE,
    layout: str = "mono",
    titles: list[str] | None = None,
    starts: list[float] | None = None,
) -> Path:
    """Write tracks of samples; a track may start late."""
    with av.open(str(path), "w") as container:
        streams = [container.add_stream(codec, rate=rate, layout=layout) for _ in tracks]
        for stream, title in zip(streams, titles or [None] * len(streams), strict=True):
            if title:
                stream.metadata["title"] = title
        container.start_encoding()
        for n, (stream, samples) in enumerate(zip(streams, tracks, strict=True)):
            channels = len(av.AudioLayout(layout).channels)
            frame = av.AudioFrame.from_ndarray(np.repeat(samples, channels)[None], format="s16", layout=layout)
            frame.sample_rate = rate
            resampler = av.AudioResampler(
                format=stream.codec_context.format, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size
            )
            at = round((starts[n] if starts else 0) * rate)
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                piece.pts, piece.time_base = at, Fraction(1, rate)
                at += piece.samples
                container.mux(stream.encode(piece))
            container.mux(stream.encode(None))
    return path


def pitch(samples: np.ndarray) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples.astype(float)))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(samples)


# ── What is put in comes out ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("plain.wav", "pcm_s16le", 16_000, "mono"),
        ("telephone.wav", "pcm_mulaw", 8_000, "mono"),
        ("studio.wav", "pcm_s24le", 96_000, "stereo"),
        ("cinema.mkv", "pcm_s16le", 48_000, "7.1"),
        ("phone.m4a", "aac", 44_100, "stereo"),
        ("browser.webm", "libopus", 48_000, "mono"),
        ("old.mp3", "libmp3lame", 22_050, "mono"),
        ("archive.flac", "flac", 48_000, "5.1"),
        ("lying.wav.mp3", "pcm_s16le", 16_000, "mono"),
    ],
)
def test_any_format_comes_out_as_16_khz_mono(tmp_path: Path, name: str, codec: str, rate: int, layout: str) -> None:
    path = tmp_path / name
    made = write(
        tmp_path / name.replace(".wav.mp3", ".wav"), [tone(440, 2.0, rate)], codec=codec, rate=rate, layout=layout
    )
    made.rename(path)
    samples = decode(path)
    assert samples.dtype == np.int16
    assert len(samples) / SAMPLE_RATE == pytest.approx(2.0, abs=0.06)
    assert pitch(samples[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]) == pytest.approx(440, abs=2)
    assert 3000 < np.abs(samples).max() < 16000


@pytest.mark.parametrize("seconds", [0.1, 0.5, 59.0, 61.0, 300.0])
def test_any_length_is_whole(tmp_path: Path, seconds: float) -> None:
    said = RNG.integers(-9000, 9000, int(seconds * SAMPLE_RATE)).astype(np.int16)
    assert np.array_equal(decode(write(tmp_path / "talk.wav", [said])), said)


def test_tracks_are_mixed_or_taken_one_by_one(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.mkv", [tone(300, 2), tone(700, 2)], titles=["Jan", "Ada"])
    assert audio.probe(path).titles == ("Jan", "Ada")
    assert pitch(decode(path, track=0)) == pytest.approx(300, abs=2)
    assert pitch(decode(path, track=1)) == pytest.approx(700, abs=2)
    mixed = np.abs(np.fft.rfft(decode(path).astype(float)))
    loudest = sorted(round(float(i) * SAMPLE_RATE / 2 / (len(mixed) - 1)) for i in np.argsort(mixed)[-2:])
    assert loudest == [300, 700]


def test_loud_tracks_are_clipped_not_wrapped(tmp_path: Path) -> None:
    mixed = decode(write(tmp_path / "talk.mkv", [tone(300, 1, level=30_000)] * 2))
    assert mixed.max() == 32767
    assert np.abs(np.diff(mixed.astype(int))).max() < 10_000


def test_a_track_that_starts_late_stays_late(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.mkv", [tone(300, 4), tone(700, 1)], starts=[0.0, 2.5])
    late = decode(path, track=1)
    assert np.abs(late[: int(2.4 * SAMPLE_RATE)]).max() == 0
    assert pitch(late[int(2.6 * SAMPLE_RATE) : int(3.4 * SAMPLE_RATE)]) == pytest.approx(700, abs=3)


def test_a_gap_in_the_clock_is_silence(tmp_path: Path) -> None:
    """As a browser or a phone leaves it when it was put to sleep."""
    path = tmp_path / "talk.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=SAMPLE_RATE, layout="mono")
        for start, hertz in ((0.0, 300), (5.0, 700)):
            frame = av.AudioFrame.from_ndarray(tone(hertz, 1)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, round(start * 1000), Fraction(1, 1000)
            stream.codec_context.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    samples = decode(path)
    assert len(samples) / SAMPLE_RATE == pytest.approx(6.0, abs=0.1)
    assert np.abs(samples[int(1.1 * SAMPLE_RATE) : int(4.9 * SAMPLE_RATE)]).max() == 0
    assert pitch(samples[int(5.2 * SAMPLE_RATE) : int(5.9 * SAMPLE_RATE)]) == pytest.approx(700, abs=3)


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[float, float | None]] = []
    decode(write(tmp_path / "talk.wav", [tone(300, 30)]), on_progress=lambda d, t: told.append((d, t)))
    assert [d for d, _ in told] == sorted(d for d, _ in told)
    assert told[-1] == (pytest.approx(30, abs=0.1), 30.0)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.lists(st.integers(-32768, 32767), max_size=50)), max_size=12),
    st.sampled_from([None, 0.0, 0.001, 5.0]),
)
def test_what_is_put_at_a_place_is_there(parts: list[tuple[int, list[int]]], seconds: float | None) -> None:
    sound = _Sound(seconds)
    expected = np.zeros(500, dtype=np.int64)
    end = 0
    for at, values in sorted(parts, key=lambda part: part[0]):
        sound.put(at, np.array(values, dtype=np.int16))
        expected[at : at + len(values)] = np.clip(expected[at : at + len(values)] + values, -32768, 32767)
        end = max(end, at + len(values))
    assert sound.whole().tolist() == expected[:end].tolist()


# ── What is broken ───────────────────────────────────────────────────────────────────────────


def cut_off(path: Path) -> None:
    """An m4a whose index, which is written last, never came."""
    whole = write(path, [tone(300, 3)], codec="aac").read_bytes()
    path.write_bytes(whole[: whole.rindex(b"moov") - 4])


def protected(path: Path) -> None:
    """An m4a as music shops sell it."""
    whole = write(path, [tone(300, 3)], codec="aac").read_bytes()
    path.write_bytes(whole.replace(b"mp4a", b"drms"))


def silent_film(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("talk.m4a", cut_off, "its index is missing: it was cut short, or it is still being written"),
        ("talk.m4a", protected, r"its sound is protected \(DRM\) and cannot be decoded; export it without protection"),
        ("talk.mp4", silent_film, "expected sound, found none in it"),
        ("talk.wav", lambda path: path.touch(), "expected an audio or video file, but it is empty"),
        ("talk.wav", lambda path: path.write_text("Ada: hello\n" * 99), "expected an audio or video file, but "),
        ("talk.wav", lambda path: path.mkdir(), "expected an audio or video file, but "),
        ("talk.wav", lambda path: None, "expected an audio or video file, but "),
    ],
)
def test_what_cannot_be_decoded_is_one_line(
    tmp_path: Path, name: str, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(ScribeError, match=message) as error:
        decode(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert "\n" not in str(error.value)


def test_a_recording_that_grows_meanwhile_is_not_half_a_recording(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.wav", [tone(300, 60)])

    def grow(_: float, __: float | None) -> None:
        with open(path, "ab") as file:
            file.write(b"\0\0")

    with pytest.raises(ScribeError, match="it changed while it was read, so it is still being written; try again"):
        decode(path, on_progress=grow)


def test_damage_in_the_middle_costs_only_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.mp3", [tone(300, 20)], codec="libmp3lame")
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 4000] = RNG.integers(0, 256, 4000, dtype=np.uint8).tobytes()
    path.write_bytes(whole)
    samples = decode(path)
    assert len(samples) / SAMPLE_RATE == pytest.approx(20, abs=1.5)
    assert pitch(samples[SAMPLE_RATE : 4 * SAMPLE_RATE]) == pytest.approx(300, abs=2)
    assert pitch(samples[-3 * SAMPLE_RATE :]) == pytest.approx(300, abs=2)


def test_a_track_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.mkv", [tone(300, 1)] * 2)
    with pytest.raises(ScribeError, match="expected a track from 0 to 1, found 2"):
        decode(path, track=2)


def test_too_long_for_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "talk.wav", [tone(300, 60)])

    def refuse(self: _Sound, *_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(_Sound, "put", refuse)
    with pytest.raises(ScribeError, match=r"not enough memory for its samples, about 2 MiB; close other programs"):
        decode(path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_recording_that_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.wav", [tone(300, 1)])
    path.chmod(0)
    with pytest.raises(ScribeError, match="Permission denied"):
        decode(path)


def test_two_recordings_may_be_decoded_at_once(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.wav", [tone(300 + 100 * n, 5)]) for n in range(4)]
    found: dict[int, float] = {}
    threads = [
        threading.Thread(target=lambda n=n, p=p: found.update({n: pitch(decode(p))})) for n, p in enumerate(paths)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: pytest.approx(300 + 100 * n, abs=2) for n in range(4)}
