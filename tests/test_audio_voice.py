"""Where somebody speaks: in speech, not in silence, noise or tones."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from scribe import audio, transcripts
from scribe.audio import SAMPLE_RATE, voice
from scribe.records import ScribeError, Span

RNG = np.random.default_rng(3)
SAMPLE = ROOT / "transcripts" / "simulators-1.m4a"


@pytest.fixture(scope="module")
def sample() -> np.ndarray:
    return audio.decode(SAMPLE)


def spoken(spans: list[Span], seconds: float) -> np.ndarray:
    """Hundredths of a second that are speech."""
    found = np.zeros(int(seconds * 100), dtype=bool)
    for span in spans:
        found[int(span.start * 100) : int(span.end * 100)] = True
    return found


def test_the_samples_lines_are_found(sample: np.ndarray) -> None:
    cues = transcripts.read(SAMPLE.with_suffix(".vtt")).transcript.segments
    seconds = len(sample) / SAMPLE_RATE
    said = spoken([Span(start=c.start or 0, end=c.end or 0) for c in cues], seconds)
    found = spoken(audio.speech_spans(sample), seconds)
    assert (said & ~found).sum() / said.sum() < 0.01


def test_speech_between_long_pauses_is_cut_out(sample: np.ndarray) -> None:
    line = sample[int(4.0 * SAMPLE_RATE) : int(9.0 * SAMPLE_RATE)]
    nothing = np.zeros(20 * SAMPLE_RATE, dtype=np.int16)
    spans = audio.speech_spans(np.concatenate([nothing, line, nothing, line, nothing]))
    assert [(round(s.start), round(s.end)) for s in spans] == [(20, 25), (45, 50)]


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, dtype=np.int16),
        np.zeros(100, dtype=np.int16),
        np.zeros(3600 * SAMPLE_RATE, dtype=np.int16),
        (RNG.standard_normal(300 * SAMPLE_RATE) * 300).astype(np.int16),
        (3000 * np.sin(2 * np.pi * 50 * np.arange(60 * SAMPLE_RATE) / SAMPLE_RATE)).astype(np.int16),
        sum(
            1500 * np.sin(2 * np.pi * f * np.arange(60 * SAMPLE_RATE) / SAMPLE_RATE) for f in (220, 277, 330, 440)
        ).astype(np.int16),
    ],
    ids=["nothing", "six milliseconds", "an hour of silence", "noise", "hum", "a chord"],
)
def test_nobody_speaks_where_nobody_speaks(samples: np.ndarray) -> None:
    assert audio.speech_spans(samples) == []


def test_a_tenth_of_a_second_is_no_trouble(sample: np.ndarray) -> None:
    spans = audio.speech_spans(sample[SAMPLE_RATE : SAMPLE_RATE + 1600])
    assert all(0 <= s.start < s.end <= 0.1 for s in spans)


def test_pieces_change_nothing(sample: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the length, because long recordings are taken piece by piece."""
    whole = audio.speech_probabilities(sample)
    for frames in (1, 77, 1000):
        monkeypatch.setattr(voice, "_PIECE", frames)
        part = sample if frames > 1 else sample[: 5 * SAMPLE_RATE]
        full = len(part) // voice.FRAME
        assert np.allclose(audio.speech_probabilities(part)[:full], whole[:full], atol=1e-4)


def test_they_are_those_of_faster_whisper(sample: np.ndarray) -> None:
    from faster_whisper.vad import get_vad_model

    padded = np.pad(sample.astype(np.float32) / 32768, (0, -len(sample) % voice.FRAME))
    assert np.allclose(audio.speech_probabilities(sample), get_vad_model()(padded).reshape(-1), atol=1e-4)


@given(st.lists(st.sampled_from([0.0, 0.05, 0.15, 0.25, 0.9]), max_size=2400), st.sampled_from([1.0, 5.0, 28.0]))
def test_spans_are_ascending_disjoint_and_bounded(probabilities: list[float], longest_s: float) -> None:
    repeated = np.repeat(np.array(probabilities, dtype=np.float32), 5)
    samples = np.zeros(len(repeated) * voice.FRAME, dtype=np.int16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice, "speech_probabilities", lambda *_, **__: repeated)
        spans = audio.speech_spans(samples, longest_s=longest_s)
    edges = [edge for span in spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(0 < s.end - s.start <= longest_s + 1e-6 for s in spans)
    assert all(s.start >= 0 and s.end <= len(samples) / SAMPLE_RATE for s in spans)
    found = spoken(spans, len(samples) / SAMPLE_RATE)
    frames = voice.FRAME / SAMPLE_RATE * 100
    sure = [int((i + 0.5) * frames) for i in np.flatnonzero(repeated > 0.5)]
    assert all(found[min(place, len(found) - 1)] or found[min(place + 1, len(found) - 1)] for place in sure)


def test_a_long_stretch_is_cut_where_it_is_least_like_speech() -> None:
    probabilities = np.full(2000, 0.9, dtype=np.float32)
    probabilities[700:708] = 0.3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(voice, "speech_probabilities", lambda *_, **__: probabilities)
        spans = audio.speech_spans(np.zeros(2000 * voice.FRAME, dtype=np.int16))
    assert spans[0].end * SAMPLE_RATE / voice.FRAME == pytest.approx(704, abs=4)
    assert spans[0].end == spans[1].start


def test_spans_below_a_second_are_refused() -> None:
    with pytest.raises(ScribeError, match=r"expected spans of at least 1 s, found 0\.5 s"):
        audio.speech_spans(np.zeros(100, dtype=np.int16), longest_s=0.5)
