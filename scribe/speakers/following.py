"""Which windows have one speaker -> who speaks in each frame.

In: frames, windows and the speaker of each. Out: the speaker of each frame of speech. It decides nothing about how many
there are.

Every speaker is a mixture of Gaussians, adapted from one of the whole recording (Reynolds et al. 2000), and a pitch.
The best way through the recording is Viterbi's, where a change of speakers costs something, and little in a pause. The
mixtures are then made anew of what was found, and the way is sought once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scribe.speakers.frames import Frames
from scribe.speakers.mixtures import Mixture, adapted, fitted
from scribe.speakers.windows import Windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPONENTS = 8
CELL = 5
"""Frames that are judged together: 50 ms."""

_ROUNDS = 2
_SCALE = 0.1
"""Neighbouring frames say nearly the same, so that each counts for a tenth of an independent one."""
_CHANGE, _CHANGE_IN_PAUSE = 6.0, 0.5
"""What a change costs, in logarithms of likelihood so scaled. All measured: benchmarks/LOG.md."""
_LONGEST_FIT = 20_000
"""Frames that a mixture is fitted to."""
_PIECE = 20_000
_STRANGE = 0.1
"""Chance that a pitch is not the speaker's at all, but an error."""
_LEAST_SPREAD = 0.08
"""Of a speaker's pitch, in its logarithm: a semitone and a half."""
_WORST = -30.0
"""No 50 ms rule a speaker out further than that."""


def follow(frames: Frames, speech: NDArray[np.bool_], windows: Windows, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The speaker of each frame, -1 where nobody speaks; shape [frames]."""
    count = int(groups.max()) + 1
    whole = fitted(_chosen(frames, speech), COMPONENTS)
    owner = np.full(len(speech), -1)
    for start, end, group in zip(windows.starts, windows.ends, groups, strict=True):
        owner[start:end] = group
    for _ in range(_ROUNDS):
        scores = _scores(frames, speech, owner, whole, count)
        path = _best_path(scores, _cells(speech).mean(axis=1) < 0.5)
        owner = np.where(speech, np.repeat(path, CELL)[: len(speech)], -1)
    return owner


def _chosen(frames: Frames, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Cepstra of frames of the mask, evenly chosen where there are many."""
    places = np.flatnonzero(mask)
    if len(places) > _LONGEST_FIT:
        places = places[np.linspace(0, len(places) - 1, _LONGEST_FIT).astype(int)]
    return frames.cepstra[places].astype(np.float64)


def _scores(
    frames: Frames, speech: NDArray[np.bool_], owner: NDArray[np.int64], whole: Mixture, count: int
) -> NDArray[np.float32]:
    """Scaled log-likelihood of each cell for each speaker, shape [cells, speakers], the best of each cell 0."""
    cells = -(-len(speech) // CELL)
    scores = np.zeros((cells, count), dtype=np.float32)
    for k in range(count):
        own = speech & (owner == k)
        voice = adapted(whole, _chosen(frames, own))
        tones = frames.pitch[own & (frames.pitch > 0)].astype(np.float64)
        for first in range(0, len(speech), _PIECE):
            part = slice(first, first + _PIECE)
            likely = np.zeros(len(speech[part]))
            here = speech[part]
            likely[here] = voice.log_likelihood(frames.cepstra[part][here].astype(np.float64))
            is_voiced = here & (frames.pitch[part] > 0)
            likely[is_voiced] += _pitch_likelihood(frames.pitch[part][is_voiced].astype(np.float64), tones)
            scores[first // CELL : first // CELL + -(-len(likely) // CELL), k] = _cells(likely).sum(axis=1) * _SCALE
    return np.asarray(np.maximum(scores - scores.max(axis=1, keepdims=True), _WORST))


def _pitch_likelihood(pitch: NDArray[np.float64], tones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-likelihood of pitches for a speaker who had these tones, up to a constant."""
    if len(tones) <= 20:
        return np.zeros(len(pitch))
    lower, middle, upper = np.percentile(tones, [25, 50, 75])
    spread = max(_LEAST_SPREAD, (upper - lower) / 1.35)
    return np.asarray(np.log((1 - _STRANGE) / spread * np.exp(-0.5 * ((pitch - middle) / spread) ** 2) + _STRANGE))


def _cells(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
    """Values of frames by cells, shape [cells, 5], the last filled up with zeros."""
    return np.pad(values, (0, -len(values) % CELL)).reshape(-1, CELL).astype(np.float64)


def _best_path(scores: NDArray[np.float32], is_pause: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The speaker of each cell on the best way through all (Viterbi 1967)."""
    cells, count = scores.shape
    came_from = np.zeros((cells, count), dtype=np.int16)
    stay = np.arange(count, dtype=np.int16)
    costs = np.where(is_pause, _CHANGE_IN_PAUSE, _CHANGE)
    best = np.zeros(count)
    for i in range(cells):
        leader = int(best.argmax())
        changed = best[leader] - costs[i]
        came_from[i] = np.where(best >= changed, stay, leader)
        best = np.maximum(best, changed) + scores[i]
        best -= best.max()
    path = np.zeros(cells, dtype=np.int64)
    path[-1] = best.argmax()
    for i in range(cells - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path
