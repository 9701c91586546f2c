"""Where in a recording somebody speaks.

In: samples. Out: spans of speech. The detector is Silero VAD, whose weights faster-whisper brings along; it is run here
piece by piece, so that memory does not grow with the length. Whoever listens after it has checks of their own: a false
alarm costs them a little time, while what is missed here is lost. So everything is set for finding more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.audio.decoding import SAMPLE_RATE
from scribe.records import ScribeError, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME = 512
"""Samples that the detector judges at once: 32 ms."""

_CONTEXT = 64
"""Samples before a frame that it sees too."""

_PIECE = 2_000
"""Frames given to it at a time: a minute. Ten minutes took 200 MiB more and a seventh more time."""

BEGINS, ENDS = 0.2, 0.1
"""Speech begins where its probability reaches the first, and ends where it falls below the second."""

SHORTEST_SPEECH_S = 0.16
"""A shorter blip is no word: 0.1 s finds .4 % more of AMI's speech, and .8 % more of what is none."""

SHORTEST_PAUSE_S = 0.30
"""A shorter pause does not end a span."""

PADDING_S = 0.25
"""Added at both ends, for the detector is late for soft beginnings and early for endings."""

LONGEST_S = 28.0
"""A longer span is cut where it is least like speech; a window of Whisper takes 30 s."""

OnProgress = Callable[[float, float], None]
"""Called with the seconds done, and how many there are."""


def speech_probabilities(samples: NDArray[np.int16], *, on_progress: OnProgress | None = None) -> NDArray[np.float32]:
    """The probability of speech in each frame of 512 samples, shape [ceil(n / 512)]."""
    found: list[NDArray[np.float32]] = []
    state = _state()
    before = np.zeros(_CONTEXT, dtype=np.float32)
    session = _session()
    for first in range(0, len(samples), _PIECE * FRAME):
        piece = samples[first : first + _PIECE * FRAME].astype(np.float32) * np.float32(1 / 32768)
        piece = np.pad(piece, (0, -len(piece) % FRAME))
        frames = piece.reshape(-1, FRAME)
        contexts = np.concatenate([before[None], frames[:-1, -_CONTEXT:]])
        before = frames[-1, -_CONTEXT:].copy()
        probabilities, *state = session.run(
            None, {"input": np.concatenate([contexts, frames], axis=1), "h": state[0], "c": state[1]}
        )
        found.append(np.asarray(probabilities, dtype=np.float32).reshape(-1))
        if on_progress:
            on_progress(min(len(samples), first + len(piece)) / SAMPLE_RATE, len(samples) / SAMPLE_RATE)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.float32)


def speech_spans(
    samples: NDArray[np.int16], *, longest_s: float = LONGEST_S, on_progress: OnProgress | None = None
) -> list[Span]:
    """Spans of speech, ascending and disjoint, each at most `longest_s`; `samples` are mono at 16 kHz, shape [n]."""
    if not longest_s >= 1:
        raise ScribeError(f"expected spans of at least 1 s, found {longest_s:g} s; use up to 30")
    probabilities = speech_probabilities(samples, on_progress=on_progress)
    stretches = list(_padded(list(_stretches(probabilities)), len(probabilities)))
    longest = int(longest_s * SAMPLE_RATE / FRAME)
    seconds = len(samples) / SAMPLE_RATE
    return [
        Span(start=first * FRAME / SAMPLE_RATE, end=min(last * FRAME / SAMPLE_RATE, seconds))
        for stretch in stretches
        for first, last in _cut(*stretch, probabilities, longest)
    ]


def _stretches(probabilities: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Frames `[first, last)` of speech: hysteresis, short pauses bridged, blips left out."""
    pause, blip = _frames(SHORTEST_PAUSE_S), _frames(SHORTEST_SPEECH_S)
    begun: int | None = None
    quiet = 0
    for i, probability in enumerate(probabilities.tolist()):
        if begun is None:
            begun = i if probability >= BEGINS else None
            quiet = 0
        elif probability >= ENDS:
            quiet = 0
        else:
            quiet += 1
            if quiet > pause:
                if i + 1 - quiet - begun >= blip:
                    yield begun, i + 1 - quiet
                begun = None
    if begun is not None and len(probabilities) - quiet - begun >= blip:
        yield begun, len(probabilities) - quiet


def _padded(stretches: Sequence[tuple[int, int]], count: int) -> Iterator[tuple[int, int]]:
    """Stretches with their margin; where two margins would meet, each gets half of the pause."""
    margin = _frames(PADDING_S)
    for i, (first, last) in enumerate(stretches):
        left = (first - stretches[i - 1][1]) // 2 if i else first
        right = (stretches[i + 1][0] - last + 1) // 2 if i + 1 < len(stretches) else count - last
        yield first - min(margin, left), last + min(margin, right)


def _cut(first: int, last: int, probabilities: NDArray[np.float32], longest: int) -> Iterator[tuple[int, int]]:
    """A stretch in parts of at most `longest` frames, cut in the second half of each where it is least like speech."""
    while last - first > longest:
        half = first + longest // 2
        smooth = np.convolve(probabilities[half : first + longest], np.ones(5) / 5, mode="same")
        cut = half + int(np.argmin(smooth))
        yield first, cut
        first = cut
    yield first, last


def _frames(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE / FRAME)


def _state() -> list[Any]:
    return [np.zeros((1, 1, 128), dtype=np.float32), np.zeros((1, 1, 128), dtype=np.float32)]


def _session() -> Any:
    """The detector as faster-whisper loads it."""
    try:
        from faster_whisper.vad import get_vad_model
    except ImportError as error:
        raise ScribeError(f"finding speech needs faster-whisper and onnxruntime: {error}; install them") from error
    return get_vad_model().session
