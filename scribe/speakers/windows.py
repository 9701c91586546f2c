"""Frames -> windows of speech, each a point among voices.

In: frames, and spans of speech. Out: what of the spans is speech indeed, and windows of about 1.5 s of it, each with
the mean of what its voiced frames sound like. This module knows nothing of how many people speak.

Points are scaled so that two windows of one speaker lie about as far apart in every direction. Which windows have one
speaker is not known, but two that follow each other without a pause mostly do: their differences show how much a voice
varies by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from scribe.records import Span
from scribe.speakers.frames import FRAME_S, Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 150
"""Frames of a window: shorter ones hold too few sounds of a voice, longer ones too many speakers."""
SHORTEST_WINDOW = 60

_PAUSE, _MARGIN = 20, 5
"""Frames: a shorter pause is part of the speech, and so much of a longer one is left at both ends."""
_QUIET = 0.15
"""A pause is below this part of the way from the recording's quiet to its loud speech (in logarithms of power) ..."""
_DEEP = 8.0
"""... or, where it is very quiet, 35 dB below loud speech."""
_PITCH_WEIGHT = 2.0
_PITCH_FLOOR = 0.03
"""Half a semitone: no voice holds its pitch better than that."""
_SHRINK = 40
"""Differences that the covariances of cepstra must rest on to be believed by half. All measured: benchmarks/LOG.md."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows in order of time, in frames `[starts, ends)`."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    points: NDArray[np.float64]
    """Shape [windows, 20]: 19 of cepstra, the last of pitch."""
    pitch: NDArray[np.float64]
    """Natural logarithm of the median pitch in Hz."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """How long each is."""
        return np.asarray((self.ends - self.starts) * FRAME_S)


def speech_in(frames: Frames, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Frames in which somebody speaks: those in spans, less the pauses; shape [frames]."""
    inside = np.zeros(len(frames.loudness), dtype=bool)
    for span in spans:
        inside[round(span.start / FRAME_S) : round(span.end / FRAME_S)] = True
    if not inside.any():
        return inside
    loudness = _smooth(frames.loudness, 5)
    quiet, loud = float(np.percentile(loudness, 3)), float(np.percentile(loudness[inside], 90))
    speech = inside & (loudness > max(quiet + _QUIET * (loud - quiet), loud - _DEEP))
    for first, last in stretches(inside & ~speech):
        if last - first < _PAUSE:
            speech[first:last] = True
        else:
            speech[first : first + _MARGIN] = first > 0 and inside[first - 1]
            speech[last - _MARGIN : last] = last < len(inside) and inside[last]
    return speech


def stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a mask is true, as `[first, last)`.

    >>> stretches(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def windows_of(frames: Frames, speech: NDArray[np.bool_]) -> Windows:
    """Each stretch of speech cut into equal windows; stretches below 0.6 s are left out."""
    cuts = [np.linspace(a, b, max(1, round((b - a) / WINDOW)) + 1).astype(int) for a, b in stretches(speech)]
    pairs = [(a, b) for cut in cuts for a, b in pairwise(cut) if b - a >= SHORTEST_WINDOW]
    starts, ends = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    voiced = frames.pitch[speech & (frames.pitch > 0)]
    usual = float(np.median(voiced)) if len(voiced) else 0.0
    means = np.zeros((len(starts), frames.cepstra.shape[1]))
    pitch = np.full(len(starts), usual)
    for i, (a, b) in enumerate(zip(starts, ends, strict=True)):
        is_voiced = frames.pitch[a:b] > 0
        enough = int(is_voiced.sum()) > 5
        chosen = frames.cepstra[a:b][is_voiced] if enough else frames.cepstra[a:b]
        means[i] = chosen.mean(axis=0, dtype=np.float64)
        if enough:
            pitch[i] = np.median(frames.pitch[a:b][is_voiced])
    return Windows(starts=starts, ends=ends, points=_points(means, pitch, starts, ends), pitch=pitch)


def _points(
    means: NDArray[np.float64], pitch: NDArray[np.float64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    if len(means) < 2:
        return np.column_stack([means, pitch])
    pairs = np.flatnonzero(starts[1:] == ends[:-1])
    if len(pairs) < 4:
        pairs = np.arange(len(starts) - 1)
    scaled = means / _variation(means, pairs)
    tone = pitch[:, None] / _variation(pitch[:, None], pairs, _PITCH_FLOOR) * _PITCH_WEIGHT
    differences = np.hstack([scaled, tone])[pairs + 1] - np.hstack([scaled, tone])[pairs]
    lengths = (differences**2).sum(axis=1)
    within = differences[lengths <= np.percentile(lengths, 90)][:, :-1]
    covariance = within.T @ within / len(within) / 2
    trust = len(within) / (_SHRINK + len(within))
    covariance = trust * covariance + (1 - trust) * np.diag(np.diag(covariance))
    covariance += 0.2 * np.eye(len(covariance)) * max(1e-9, np.trace(covariance) / len(covariance))
    return np.hstack([scaled @ np.linalg.cholesky(np.linalg.inv(covariance)), tone])


def _variation(values: NDArray[np.float64], pairs: NDArray[np.int64], floor: float = 0.0) -> NDArray[np.float64]:
    """How much each column varies within a speaker: a standard deviation, by the median, as some pairs have two."""
    squares = np.median((values[pairs + 1] - values[pairs]) ** 2, axis=0) / 0.455 / 2
    return np.asarray(np.sqrt(squares + 0.2 * squares.mean() + floor**2 + 1e-9))


def _smooth(values: NDArray[np.float32], width: int) -> NDArray[np.float64]:
    """Means over `width` frames, an odd number; at the ends the first and the last frame are repeated."""
    return np.convolve(np.pad(values, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
