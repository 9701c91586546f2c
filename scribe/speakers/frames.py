"""Samples -> frames: what a voice sounds like, every hundredth of a second.

In: mono samples at 16 kHz. Out: cepstra, loudness and pitch. They are computed piece by piece, so besides the samples
nothing grows with the length but the 44 bytes that are kept of each frame. This module knows nothing of speakers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scribe.records import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
HOP = 160
FRAME_S = HOP / SAMPLE_RATE

CEPSTRA = 19
"""c1 to c19, as in the diariser of ICSI (Wooters & Huijbregts 2008); c0, which loudness changes, is left out."""

PITCH_HZ = 60, 400
VOICED = 0.5
"""A frame is voiced where the normalised autocorrelation at its pitch reaches this (Boersma 1993 has 0.45)."""

_LEVEL = 1500.0
"""The RMS that speech is brought to, so that a quiet recording is heard as a loud one is."""
_FLOOR = 100.0
"""Added to the power of each filter: at that level of speech it is 60 dB below it."""
_WINDOW, _FFT, _FILTERS = 400, 512, 26
_PITCH_WINDOW, _PITCH_FFT, _PITCH_HOP = 640, 1024, 2 * HOP
_PITCH_BAND_HZ = 1050
_OCTAVE_COST = 0.0005
"""Per sample of lag, so that of a pitch and its subharmonics the pitch is taken."""
_PIECE = 4096

OnProgress = Callable[[float, float], None]
"""Called with the seconds done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Frame i is centred on `(i + 1/2) × FRAME_S`."""

    cepstra: NDArray[np.float16]
    """Shape [frames, 19]."""
    loudness: NDArray[np.float32]
    """Natural logarithm of the power, shape [frames]."""
    pitch: NDArray[np.float16]
    """Natural logarithm of the pitch in Hz, 0 where the frame is not voiced; shape [frames]."""


def frames_of(
    samples: NDArray[np.int16], spans: Sequence[Span] = (), *, on_progress: OnProgress | None = None
) -> Frames:
    """Frames of all whole hundredths of a second; the spans say where the speech is whose level counts."""
    count = len(samples) // HOP
    cepstra = np.zeros((count, CEPSTRA), dtype=np.float16)
    loudness, pitch = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=np.float16)
    scale = np.float32(_LEVEL / max(1.0, _level(samples, spans)))
    for first in range(0, count, _PIECE):
        last = min(count, first + _PIECE)
        piece = _around(samples, first * HOP, last * HOP) * scale
        cepstra[first:last], loudness[first:last] = _spectra(piece, last - first)
        pitch[first:last] = _pitch(piece, last - first)
        if on_progress:
            on_progress(last * FRAME_S, count * FRAME_S)
    return Frames(cepstra=cepstra, loudness=loudness, pitch=pitch)


def _level(samples: NDArray[np.int16], spans: Sequence[Span]) -> float:
    """RMS of the speech."""
    power, length = 0.0, 0
    for span in spans or [Span(start=0, end=len(samples) / SAMPLE_RATE)]:
        for start in range(int(span.start * SAMPLE_RATE), int(span.end * SAMPLE_RATE), _PIECE * HOP):
            part = samples[start : min(start + _PIECE * HOP, int(span.end * SAMPLE_RATE))].astype(np.float64)
            power, length = power + float(part @ part), length + len(part)
    return float(np.sqrt(power / length)) if length else 0.0


_MARGIN = _PITCH_WINDOW // 2


def _around(samples: NDArray[np.int16], start: int, end: int) -> NDArray[np.float32]:
    """Samples `[start, end)` with a margin at both ends, of zeros where there are none."""
    before, after = max(0, _MARGIN - start), max(0, end + _MARGIN - len(samples))
    piece = samples[max(0, start - _MARGIN) : end + _MARGIN].astype(np.float32)
    return np.pad(piece, (before, after))


def _spectra(piece: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mel cepstra (Davis & Mermelstein 1980) and loudness."""
    start = _MARGIN + HOP // 2 - _WINDOW // 2
    emphasised = piece.copy()
    emphasised[1:] -= np.float32(0.97) * piece[:-1]
    cut = np.lib.stride_tricks.sliding_window_view(emphasised[start:], _WINDOW)[::HOP][:count]
    spectrum = np.fft.rfft(cut * np.hamming(_WINDOW).astype(np.float32), _FFT)
    mel = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ _mel_filters()
    return np.log(mel + _FLOOR) @ _cosines(), np.log(mel.sum(axis=1) + _FLOOR)


def _pitch(piece: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Pitch by autocorrelation, that of the window divided out (Boersma 1993), of what is below about 1 kHz."""
    start = _MARGIN + HOP - _PITCH_WINDOW // 2
    window = np.hanning(_PITCH_WINDOW).astype(np.float32)
    padded = np.pad(piece, (0, _PITCH_HOP))
    cut = np.lib.stride_tricks.sliding_window_view(padded[start:], _PITCH_WINDOW)[::_PITCH_HOP][: (count + 1) // 2]
    spectrum = np.fft.rfft((cut - cut.mean(axis=1, keepdims=True)) * window, _PITCH_FFT)
    power = spectrum.real**2 + spectrum.imag**2
    power[:, round(_PITCH_BAND_HZ * _PITCH_FFT / SAMPLE_RATE) :] = 0
    shortest, longest = SAMPLE_RATE // PITCH_HZ[1], SAMPLE_RATE // PITCH_HZ[0]
    correlation = np.fft.irfft(power)[:, : longest + 1]
    of_window = np.fft.irfft(np.abs(np.fft.rfft(window, _PITCH_FFT)) ** 2)[: longest + 1]
    correlation = correlation[:, shortest:] / (correlation[:, :1] + 1e-3) / (of_window / of_window[0])[shortest:]
    lags = np.arange(shortest, longest + 1)
    best = np.argmax(correlation - _OCTAVE_COST * lags, axis=1)
    is_voiced = correlation[np.arange(len(best)), best] > VOICED
    found = np.where(is_voiced, np.log(SAMPLE_RATE / lags[best]), 0).astype(np.float32)
    return np.repeat(found, 2)[:count]


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangular filters between 100 and 7600 Hz, shape [FFT bins, filters]."""
    mel = 1127 * np.log1p(np.array([100.0, 7600.0]) / 700)
    edges = 700 * np.expm1(np.linspace(mel[0], mel[1], _FILTERS + 2) / 1127)
    bins = np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)).T, dtype=np.float32)


@cache
def _cosines() -> NDArray[np.float32]:
    """The discrete cosine transform without its first row, shape [filters, 19]."""
    angles = np.pi * np.arange(1, CEPSTRA + 1) * (np.arange(_FILTERS)[:, None] + 0.5) / _FILTERS
    return np.asarray(np.cos(angles) * np.sqrt(2 / _FILTERS), dtype=np.float32)
