"""Speak simulators-1.script.txt: makes simulators-1.m4a and simulators-1.vtt beside it.

In goes the script, one cue a line (`Name: what is said`; a blank line is a longer silence). Out come the
recording, one voice for each speaker, and the transcript, timed by the samples that were laid down. It knows
nothing of scribe, so that the sample can test it.
"""

import io
import shutil
import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

HERE = Path(__file__).parent

RATE = 16_000
BIT_RATE = 24_000
LOUDNESS = 0.1  # RMS of each line, -20 dBFS
PEAK = 0.8
SILENT = 0.005  # samples below this at either end of a line are trimmed
OPENING_S = 0.5
SAME_SPEAKER_S = 0.3
NEXT_SPEAKER_S = 0.5
BLANK_LINE_S = 1.2
VOICES = {
    "Mira": ("-v", "en-gb+f3", "-p", "55", "-s", "158"),
    "Ada": ("-v", "en-us+f2", "-p", "40", "-s", "152"),
    "Jan": ("-v", "en-gb-scotland+m3", "-p", "45", "-s", "162"),
    "Tomás": ("-v", "en-us+m7", "-p", "25", "-s", "158"),
}


class Line(NamedTuple):
    """One cue of the script; `pause_s` is the silence before it."""

    speaker: str
    text: str
    pause_s: float


class Cue(NamedTuple):
    """One spoken line; `start` and `end` count samples from the start of the recording."""

    start: int
    end: int
    line: Line


def read_script(script: str) -> list[Line]:
    r"""Read the lines, and what silence comes before each.

    >>> [line.pause_s for line in read_script("Ada: One.\nAda: Two.\nJan: Three.\n\nJan: Four.")]
    [0.5, 0.3, 0.5, 1.2]
    """
    lines: list[Line] = []
    pause_s = OPENING_S
    for row in script.splitlines():
        if not row:
            pause_s = BLANK_LINE_S
            continue
        speaker, text = row.split(": ", maxsplit=1)
        if pause_s == SAME_SPEAKER_S and speaker != lines[-1].speaker:
            pause_s = NEXT_SPEAKER_S
        lines.append(Line(speaker, text, pause_s))
        pause_s = SAME_SPEAKER_S
    return lines


def speak(line: Line) -> np.ndarray:
    """Say one line: float32 mono at `RATE`, no silence at either end, at the common loudness."""
    command = ["espeak-ng", *VOICES[line.speaker], "--stdout", line.text]
    spoken = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(spoken)) as wav:
        rate, pcm = wav.getframerate(), np.frombuffer(wav.readframes(wav.getnframes()), np.int16)
    samples = resample(pcm.astype(np.float32) / 2**15, rate)
    (loud,) = np.nonzero(np.abs(samples) > SILENT)
    samples = samples[loud[0] : loud[-1] + 1]
    return samples * min(LOUDNESS / np.sqrt(np.mean(samples**2)), PEAK / np.abs(samples).max())


def resample(samples: np.ndarray, rate: int) -> np.ndarray:
    """Bring mono samples from `rate` to `RATE`."""
    resampler = av.AudioResampler("flt", "mono", RATE)
    frames = [*resampler.resample(as_frame(samples, rate)), *resampler.resample(None)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def as_frame(samples: np.ndarray, rate: int) -> av.AudioFrame:
    """Hand mono float32 samples to PyAV."""
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
    frame.sample_rate = rate
    frame.pts = 0  # without it the container does not tell players to skip the encoder's 64 ms of priming
    return frame


def lay_down(lines: Sequence[Line], voices: Sequence[np.ndarray]) -> tuple[np.ndarray, list[Cue]]:
    """Put the spoken lines one after the other, with their silences; closes with the opening's silence."""
    recording, cues, at = [], [], 0
    for line, voice in zip(lines, voices, strict=True):
        silence = np.zeros(round(line.pause_s * RATE), np.float32)
        start, at = at + len(silence), at + len(silence) + len(voice)
        recording += [silence, voice]
        cues.append(Cue(start, at, line))
    return np.concatenate([*recording, np.zeros(round(OPENING_S * RATE), np.float32)]), cues


def compose_vtt(cues: Sequence[Cue]) -> str:
    """Write the cues as WebVTT with voice tags (https://www.w3.org/TR/webvtt1/)."""
    blocks = (f"{clock(c.start)} --> {clock(c.end)}\n<v {c.line.speaker}>{c.line.text}</v>" for c in cues)
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def clock(sample: int) -> str:
    """Write a sample's time as `HH:MM:SS.mmm`.

    >>> clock(61 * RATE + RATE // 2)
    '00:01:01.500'
    """
    seconds, ms = divmod(sample * 1000 // RATE, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def encode(samples: np.ndarray) -> bytes:
    """Encode mono samples as AAC in an MP4 container, without the date and encoder version."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ipod", container_options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono", bit_rate=BIT_RATE)
        container.mux(stream.encode(as_frame(samples, RATE)))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def main() -> None:
    """Make both files anew."""
    if not shutil.which("espeak-ng"):
        raise SystemExit("make_sample.py: espeak-ng is not on PATH; try `apt install espeak-ng`")
    lines = read_script((HERE / "simulators-1.script.txt").read_text(encoding="utf-8"))
    samples, cues = lay_down(lines, [speak(line) for line in lines])
    (HERE / "simulators-1.m4a").write_bytes(encode(samples))
    (HERE / "simulators-1.vtt").write_text(compose_vtt(cues), encoding="utf-8")


if __name__ == "__main__":
    main()
