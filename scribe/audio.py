"""What a recording holds.

In: a path. Out: a `Recording`. This is the only room that opens PyAV, and it knows nothing of speech.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from scribe.records import Record, ScribeError


class Recording(Record):
    """An audio or video file that could be opened."""

    path: str
    duration: float | None = Field(default=None, ge=0)
    """None where the file does not say, as in what a browser recorded."""
    tracks: int = Field(ge=0)
    """How many audio tracks it has; some meeting tools keep one for each speaker."""

    @property
    def has_audio(self) -> bool:
        """Whether there is anything to hear; a silent video, a picture and subtitles have nothing."""
        return self.tracks > 0


def probe(path: Path) -> Recording:
    """Open a recording and read its headers; raise ScribeError when it cannot be opened as one."""
    try:
        import av
    except ImportError as error:
        raise ScribeError(f"{path}: opening recordings needs PyAV; pip install av") from error
    try:
        # An absolute path is never taken for a protocol ("concat:…"), and a playlist may not fetch from
        # the network. Tags of before UTF-8 are common in MP3s, and never a reason not to listen.
        with av.open(
            os.path.abspath(path), metadata_errors="replace", options={"protocol_whitelist": "file"}
        ) as container:
            tracks = container.streams.audio
            durations = [float(t.duration * t.time_base) for t in tracks if t.duration and t.time_base]
            if container.duration is not None:
                durations.insert(0, container.duration / av.time_base)
            duration = next((d for d in durations if d > 0), None)
            return Recording(path=str(path), duration=duration, tracks=len(tracks))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ScribeError(f"{path}: expected an audio or video file, but {reason}") from error
