"""Sound as a recogniser takes it: mono, 16 kHz, 16 bits.

In: a recording. Out: its samples, in its own time: gaps in the file's clock are silence, and so is what is damaged. The
file is streamed: besides the samples nothing grows with its length.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scribe.audio.probing import OPTIONS, explained, probe_sound
from scribe.records import ScribeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000

OnDecoded = Callable[[float, float | None], None]
"""Called with the seconds done, and how many there are where the file says so."""

_GAP_S = 0.2
"""A clock that jumps further than this has left something out; less is rounding."""

_LONGEST_S = 48 * 3600
"""A clock beyond this is broken."""


class _Sound:
    """Samples that grow: an array that doubles, so that no second copy of a long recording is ever made in pieces."""

    def __init__(self, seconds: float | None) -> None:
        expected = min(seconds or 60.0, _LONGEST_S)
        self._samples = np.zeros(int((expected + 1) * SAMPLE_RATE), dtype=np.int16)
        self._length = 0

    def put(self, at: int, samples: NDArray[np.int16]) -> None:
        """Add samples at a place; what is there already is mixed with them, clipped."""
        end = at + len(samples)
        if end > len(self._samples):
            self._samples.resize(max(end, len(self._samples) * 5 // 4), refcheck=False)
        there = self._samples[at:end]
        if at < self._length:
            mixed = there.astype(np.int32) + samples
            there[:] = np.clip(mixed, -32768, 32767)
        else:
            there[:] = samples
        self._length = max(self._length, end)

    def whole(self) -> NDArray[np.int16]:
        """All samples, shape [n]."""
        self._samples.resize(self._length, refcheck=False)
        return self._samples


def decode(path: Path, *, track: int | None = None, on_progress: OnDecoded | None = None) -> NDArray[np.int16]:
    """The samples of a recording, shape [n], mono at 16 kHz.

    Several tracks are mixed, each at its own time; with `track`, counted from 0, only that one is heard. Damaged parts
    are silence. Raises ScribeError for what is no recording, has no sound, changes meanwhile, or is too long to hold.
    """
    recording = probe_sound(path)
    if track is not None and not 0 <= track < recording.tracks:
        raise ScribeError(f"{path}: expected a track from 0 to {recording.tracks - 1}, found {track}")
    before = _stamp(path)
    wanted = range(recording.tracks) if track is None else [track]
    try:
        sound = _Sound(recording.duration)
        heard = [_add(path, one, sound, recording.duration, on_progress) for one in wanted]
        samples = sound.whole()
    except MemoryError as error:
        need = f", about {recording.duration * SAMPLE_RATE * 2 / 2**20:.0f} MiB" if recording.duration else ""
        raise ScribeError(f"{path}: not enough memory for its samples{need}; close other programs") from error
    if _stamp(path) != before:
        raise ScribeError(
            f"{path}: it changed while it was read, so it is still being written; try again when it is done"
        )
    if not any(heard):
        raise ScribeError(
            f"{path}: expected sound, found nothing in it that can be decoded; it is damaged or cut short, "
            "so fetch it again, or export it anew"
        )
    return samples


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = os.stat(path)
    except OSError as error:
        raise ScribeError(f"{path}: it is gone: {error.strerror}; put it back") from error
    return stat.st_size, stat.st_mtime_ns


def _add(path: Path, track: int, sound: _Sound, total: float | None, on_progress: OnDecoded | None) -> bool:
    """Decode one track into `sound`; whether anything of it could be decoded."""
    import av

    heard = False
    with _opened(path) as container:
        stream = container.streams.audio[track]
        stream.thread_type = "AUTO"
        origin = container.start_time / av.time_base if container.start_time else 0.0
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        at = 0
        for frame in _frames(container, stream, path):
            clock = None if frame.time is None else frame.time - origin
            if clock is not None and 0 <= clock < _LONGEST_S and abs(clock - at / SAMPLE_RATE) > _GAP_S:
                at = _flush(resampler, sound, at)
                resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
                at = max(at, round(clock * SAMPLE_RATE))
            frame.pts = None
            for made in resampler.resample(frame):
                heard = True
                at = _put(sound, at, made)
            if on_progress:
                on_progress(at / SAMPLE_RATE, total)
        _flush(resampler, sound, at)
    return heard


def _flush(resampler: Any, sound: _Sound, at: int) -> int:
    """Add what the resampler still holds; the place after it."""
    for made in resampler.resample(None):
        at = _put(sound, at, made)
    return at


def _put(sound: _Sound, at: int, frame: Any) -> int:
    samples = frame.to_ndarray()[0]
    sound.put(at, samples)
    return at + len(samples)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import av

    try:
        with av.open(os.path.abspath(path), metadata_errors="replace", options=OPTIONS) as container:
            yield container
    except (av.FFmpegError, OSError, ValueError) as error:
        raise explained(path, error) from error


def _frames(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    """Frames that decode; a damaged packet is passed over, and what is missing shows in the next one's clock."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # cut off in mid-packet: what came before is all there is
            return
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue
        except av.FFmpegError as error:
            raise explained(path, error) from error
