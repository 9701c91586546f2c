import doctest
import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
CUE = re.compile(r"(\d\d):(\d\d):(\d\d\.\d{3}) --> (\d\d):(\d\d):(\d\d\.\d{3})\n<v ([^>]+)>([^<]+)</v>")
RATE = 16_000


def read_cues() -> list[tuple[float, float, str, str]]:
    """(start, end, speaker, text) of every cue, in seconds; any other block than a cue fails."""
    header, *blocks = (TRANSCRIPTS / "simulators-1.vtt").read_text(encoding="utf-8").strip().split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        cue = CUE.fullmatch(block)
        assert cue, block
        h0, m0, s0, h1, m1, s1, speaker, text = cue.groups()
        start, end = (int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in ((h0, m0, s0), (h1, m1, s1)))
        cues.append((start, end, speaker, text))
    return cues


@pytest.fixture(scope="module")
def recording() -> np.ndarray:
    with av.open(TRANSCRIPTS / "simulators-1.m4a") as container:
        assert container.streams.audio[0].rate == RATE
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


@pytest.fixture(scope="module")
def make_sample() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", TRANSCRIPTS / "make_sample.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def test_the_transcript_says_what_the_script_says():
    script = (TRANSCRIPTS / "simulators-1.script.txt").read_text(encoding="utf-8")
    lines = [tuple(row.split(": ", maxsplit=1)) for row in script.splitlines() if row]
    assert [(speaker, text) for _, _, speaker, text in read_cues()] == lines


def test_four_speakers_never_overlap():
    cues = read_cues()
    assert {speaker for _, _, speaker, _ in cues} == {"Mira", "Ada", "Jan", "Tomás"}
    times = [time for start, end, _, _ in cues for time in (start, end)]
    assert times == sorted(set(times))


def test_the_recording_ends_with_the_last_cue(recording: np.ndarray):
    duration_s = len(recording) / RATE
    assert 120 <= duration_s <= 260
    assert 0 <= duration_s - read_cues()[-1][1] <= 1


def test_every_cue_is_heard_and_every_gap_is_silent(recording: np.ndarray):
    heard_until = 0.0
    for start, end, _, text in read_cues():
        spoken = recording[int(start * RATE) : int(end * RATE)]
        gap = recording[int(heard_until * RATE) : int(start * RATE)]
        assert 0.05 < rms(spoken) < 0.2, text
        assert rms(gap) < 0.005, f"before {text!r}"
        heard_until = end


def test_make_sample_examples(make_sample: ModuleType):
    tried = doctest.testmod(make_sample)
    assert tried.attempted
    assert not tried.failed


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
@pytest.mark.parametrize("speaker", ["Mira", "Ada", "Jan", "Tomás"])
def test_a_line_spoken_again_lasts_as_long_as_its_cue(make_sample: ModuleType, speaker: str):
    start, end, _, text = next(cue for cue in read_cues() if cue[2] == speaker)
    voice = make_sample.speak(make_sample.Line(speaker, text, pause_s=0))
    assert len(voice) / make_sample.RATE == pytest.approx(end - start, rel=0.05)
