"""Speakers are told apart where they can be, and where they cannot it is said."""

from __future__ import annotations

import shutil
import subprocess
import wave
from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
from conftest import ROOT, sample
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scribe import audio
from scribe.records import ScribeError, Span, Turn
from scribe.speakers import EMBEDDED, Told, diarise, error_rate, from_sidecar
from scribe.speakers.frames import frames_of
from scribe.speakers.windows import speech_in, windows_of

RATE = 16_000
Samples = NDArray[np.int16]


@pytest.fixture(scope="module")
def seminar_sound() -> tuple[Samples, list[Span]]:
    samples = audio.decode(ROOT / "transcripts" / "simulators-1.m4a")
    return samples, audio.speech_spans(samples)


@pytest.fixture(scope="module")
def told(seminar_sound: tuple[Samples, list[Span]]) -> Told:
    return diarise(*seminar_sound, method="embedded")


def whole(samples: Samples) -> list[Span]:
    return [Span(start=0, end=len(samples) / RATE)]


def known() -> list[Turn]:
    """The lines of the sample, as they were laid down."""
    return [Turn(speaker=s.speaker or "", start=s.start or 0, end=s.end or 0) for s in sample().segments]


# ── The sample: four voices ──────────────────────────────────────────────────────────────────


def test_the_four_voices_of_the_sample_are_told_apart(told: Told) -> None:
    assert {turn.speaker for turn in told.turns} == {"S1", "S2", "S3", "S4"}
    assert error_rate(known(), told.turns).der <= 0.05
    assert told.separable
    assert told.remark is None
    assert told.method == EMBEDDED


def test_so_they_are_when_their_number_is_known(seminar_sound: tuple[Samples, list[Span]]) -> None:
    told = diarise(*seminar_sound, speakers=4, method="embedded")
    assert error_rate(known(), told.turns).der <= 0.05
    assert told.separable


def test_labels_follow_the_first_words_and_turns_follow_time(told: Told) -> None:
    assert list(dict.fromkeys(turn.speaker for turn in told.turns)) == ["S1", "S2", "S3", "S4"]
    assert all(a.end <= b.start for a, b in pairwise(told.turns))
    assert all(turn.start < turn.end for turn in told.turns)


def test_the_same_sound_gives_the_same_turns(told: Told, seminar_sound: tuple[Samples, list[Span]]) -> None:
    assert diarise(*seminar_sound, method="embedded") == told


def test_loudness_makes_no_difference(told: Told, seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, spans = seminar_sound
    quiet = diarise((samples // 8).astype(np.int16), spans, method="embedded")
    assert error_rate(told.turns, quiet.turns).der < 0.02


def test_a_number_that_is_wrong_is_kept_to_and_doubted(seminar_sound: tuple[Samples, list[Span]]) -> None:
    six = diarise(*seminar_sound, speakers=6, method="embedded")
    assert len({turn.speaker for turn in six.turns}) == 6
    assert not six.separable
    assert six.remark == "told 6 speakers apart as asked, but some voices are too much alike: check who speaks"
    one = diarise(*seminar_sound, speakers=1, method="embedded")
    assert {turn.speaker for turn in one.turns} == {"S1"}
    assert (one.separable, one.remark) == (True, None)


def test_progress_is_told(seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, spans = seminar_sound
    steps: list[tuple[float, float]] = []
    diarise(samples, spans[:4], method="embedded", on_progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1] == pytest.approx(len(samples) / RATE, abs=0.01)


# ── One voice, and none ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["Ada", "Mira", "Jan", "Tomás"])
def test_one_voice_is_one_speaker(name: str, seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, _ = seminar_sound
    own = [turn for turn in from_sidecar(sample()) if turn.speaker == name]
    alone = np.concatenate([samples[int(t.start * RATE) : int((t.end + 0.3) * RATE)] for t in own])
    spans = audio.speech_spans(alone)
    told = diarise(alone, spans, method="embedded")
    assert {turn.speaker for turn in told.turns} == {"S1"}
    assert sum(t.end - t.start for t in told.turns) == pytest.approx(sum(s.end - s.start for s in spans))
    assert not told.separable
    assert told.remark is not None
    assert told.remark.startswith("speakers not separable: one voice, or voices too much alike")


def test_a_fan_that_is_switched_on_is_no_speaker(seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, _ = seminar_sound
    own = [turn for turn in from_sidecar(sample()) if turn.speaker == "Ada"]
    alone = np.concatenate([samples[int(t.start * RATE) : int((t.end + 0.3) * RATE)] for t in own]).astype(np.float64)
    noise = np.random.default_rng(0).standard_normal(len(alone)) * 300
    noise[: len(alone) // 2] = 0
    loud = np.clip(alone + noise, -32768, 32767).astype(np.int16)
    told = diarise(loud, audio.speech_spans(loud), method="embedded")
    assert {turn.speaker for turn in told.turns} == {"S1"}


def noise(seconds: float) -> Samples:
    return (np.random.default_rng(0).standard_normal(int(seconds * RATE)) * 2000).astype(np.int16)


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(noise(60), id="noise"),
        pytest.param(np.zeros(60 * RATE, dtype=np.int16), id="silence"),
        pytest.param(np.full(60 * RATE, -32768, dtype=np.int16), id="clipped"),
        pytest.param(noise(0.3), id="very short"),
        pytest.param((np.sin(np.arange(30 * RATE) * 0.05) * 9000).astype(np.int16), id="a tone"),
    ],
)
@pytest.mark.parametrize("speakers", [None, 3])
def test_what_is_no_speech_is_nobody_in_particular(samples: Samples, speakers: int | None) -> None:
    told = diarise(samples, whole(samples), speakers=speakers, method="embedded")
    assert told.turns
    assert not told.separable
    assert told.remark
    if speakers is None:
        assert told.turns == (Turn(speaker="S1", start=0, end=len(samples) / RATE),)


@pytest.mark.parametrize(
    ("count", "spans"), [(0, []), (16_000, []), (0, [Span(start=0, end=3)]), (16_000, [Span(start=4, end=9)])]
)
def test_no_speech_gives_no_turns(count: int, spans: list[Span]) -> None:
    told = diarise(np.zeros(count, dtype=np.int16), spans, method="embedded")
    assert told == Told(turns=(), separable=False, method=EMBEDDED, remark="no speech was found, and so no speakers")


def test_a_number_of_speakers_must_be_one() -> None:
    with pytest.raises(ScribeError, match="expected 1 speaker or more, found 0"):
        diarise(noise(1), whole(noise(1)), speakers=0)


SPANS = st.lists(
    st.tuples(st.floats(0, 9), st.floats(0, 9)).map(lambda pair: Span(start=min(pair), end=max(pair))), max_size=6
)


@settings(max_examples=30)
@given(SPANS, st.integers(0, 8 * RATE), st.sampled_from([None, 1, 2, 5]))
def test_any_spans_will_do(spans: list[Span], count: int, speakers: int | None) -> None:
    told = diarise(noise(8)[:count], spans, speakers=speakers, method="embedded")
    assert all(0 <= turn.start < turn.end <= 9 for turn in told.turns)
    assert all(any(s.start - 0.01 <= t.start and t.end <= 9 for s in spans) for t in told.turns)
    assert len({turn.speaker for turn in told.turns}) <= (speakers or 1)


# ── Other voices ─────────────────────────────────────────────────────────────────────────────


def speak(text: str, voice: str, pitch: int) -> Samples:
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "--stdout", text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(BytesIO(spoken)) as sound:
        rate, samples = sound.getframerate(), np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    places = np.arange(0, len(samples), rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype(np.int16)


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    "voices",
    [
        pytest.param([("en-us+m3", 40)], id="one"),
        pytest.param([("en-us+m3", 30), ("en-gb+f4", 65)], id="two"),
        pytest.param([("en-us+m7", 25), ("en-gb+f3", 60), ("en-gb-scotland+m3", 45)], id="three"),
    ],
)
def test_other_voices_are_told_apart_in_noise(voices: list[tuple[str, int]]) -> None:
    parts: list[Samples] = []
    turns: list[Turn] = []
    at = 0
    lines = [segment.text for segment in sample().segments if len(segment.text) > 40][:20]
    for text, who in zip(lines, np.random.default_rng(5).integers(0, len(voices), len(lines)), strict=True):
        spoken = speak(text, *voices[who])
        parts += [spoken, np.zeros(RATE // 3, dtype=np.int16)]
        turns.append(Turn(speaker=str(who), start=at / RATE, end=(at + len(spoken)) / RATE))
        at += len(spoken) + RATE // 3
    clean = np.concatenate(parts).astype(np.float64)
    noisy = (clean + np.random.default_rng(4).standard_normal(len(clean)) * 60).astype(np.int16)
    told = diarise(noisy, [Span(start=t.start, end=t.end) for t in turns], method="embedded")
    assert len({turn.speaker for turn in told.turns}) == len(voices)
    assert error_rate(turns, told.turns).der <= 0.1
    assert told.separable == (len(voices) > 1)


# ── What it is made of ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hertz", [80, 120, 210, 330])
def test_the_pitch_of_a_buzz_is_found(hertz: int) -> None:
    buzz = ((np.arange(2 * RATE) * hertz / RATE % 1) * 8000).astype(np.int16)
    pitch = frames_of(buzz).pitch[10:-10]
    assert (pitch > 0).all()
    assert np.exp(np.median(pitch.astype(np.float64))) == pytest.approx(hertz, rel=0.03)


def test_noise_has_no_pitch() -> None:
    assert (frames_of(noise(3)).pitch > 0).mean() < 0.15


def test_frames_do_not_depend_on_where_pieces_are_cut(seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, _ = seminar_sound
    long = frames_of(samples[: 60 * RATE], [Span(start=40, end=60)])
    short = frames_of(samples[40 * RATE : 60 * RATE])
    np.testing.assert_allclose(long.cepstra[4005:5990], short.cepstra[5:1990], atol=0.1)
    assert (long.pitch[4005:5990] == short.pitch[5:1990]).mean() > 0.99


def test_pauses_are_no_speech_and_windows_lie_in_speech(seminar_sound: tuple[Samples, list[Span]]) -> None:
    samples, spans = seminar_sound
    frames = frames_of(samples, spans)
    speech = speech_in(frames, spans)
    windows = windows_of(frames, speech)
    assert all(speech[a:b].all() for a, b in zip(windows.starts, windows.ends, strict=True))
    assert (windows.ends[:-1] <= windows.starts[1:]).all()
    assert windows.seconds.min() >= 0.6
    assert windows.seconds.max() < 2.3
    pauses = [(a.end, b.start) for a, b in pairwise(known())]
    between = np.concatenate([speech[int(a * 100) + 12 : int(b * 100) - 12] for a, b in pauses])
    assert between.mean() < 0.05
