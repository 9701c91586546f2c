"""Speech with pauses to measure on: spoken by espeak-ng, the same on every run.

In: a length. Out: a WAV file, mono at 16 kHz. Without espeak-ng it is the sample recording, again and again. It knows
nothing of what is measured.
"""

from __future__ import annotations

import random
import shutil
import wave
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe import audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRANSCRIPTS = Path(__file__).resolve().parent.parent / "transcripts"
SAMPLE = TRANSCRIPTS / "simulators-1.m4a"

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.3, 3.0
"""Between lines; short ones are likelier. Together they are between a fifth and a quarter of the time."""

_QUIETER = 0.99
"""Each time a sound is repeated: no two windows of it are the same, so that none is taken for heard already."""


def write_speech(path: Path, seconds: float) -> str:
    """Write so much speech to a WAV file; returns what made it."""
    has_espeak = shutil.which("espeak-ng") is not None
    _write(path, _spoken() if has_espeak else _repeated(audio.decode(SAMPLE)), seconds)
    return "espeak-ng" if has_espeak else SAMPLE.name


def write_repeated(path: Path, sound: Path, seconds: float) -> None:
    """Write a recording again and again until it has so many seconds."""
    _write(path, _repeated(audio.decode(sound)), seconds)


def _write(path: Path, pieces: Iterator[NDArray[np.int16]], seconds: float) -> None:
    left = round(seconds * audio.SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(audio.SAMPLE_RATE)
        for piece in pieces:
            file.writeframes(piece[:left].tobytes())
            left -= len(piece[:left])
            if not left:
                return


def _spoken() -> Iterator[NDArray[np.int16]]:
    """Lines of the sample's script, each followed by a pause; every round has other voices for them."""
    making = _make_sample()
    script = making.read_script((TRANSCRIPTS / "simulators-1.script.txt").read_text(encoding="utf-8"))
    voices = list(making.VOICES)
    chance = random.Random(0)
    for again in count():
        for line in script:
            voice = voices[(voices.index(line.speaker) + again) % len(voices)]
            said = making.speak(line._replace(speaker=voice))
            pause_s = SHORTEST_PAUSE_S + (LONGEST_PAUSE_S - SHORTEST_PAUSE_S) * chance.random() ** 2
            pause = np.zeros(round(pause_s * audio.SAMPLE_RATE), dtype=np.float32)
            loud = np.concatenate([said, pause]) * _QUIETER ** (again // len(voices))
            yield (loud * 32767).astype(np.int16)


def _repeated(samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
    for again in count():
        yield (samples * _QUIETER**again).astype(np.int16)


def _make_sample() -> Any:
    """The program that made the sample recording."""
    loader = SourceFileLoader("make_sample", str(TRANSCRIPTS / "make_sample.py"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
