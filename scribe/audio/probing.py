"""What a recording's headers say.

In: a path. Out: a `Recording`, or one line that says why it cannot be opened as one.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from scribe.records import Record, ScribeError

# A playlist may not fetch from the network, and an absolute path is never taken for a protocol ("concat:…").
OPTIONS = {"protocol_whitelist": "file"}

_HANDLERS = frozenset({"soundhandler", "core media audio", "mainconcept", "apple sound media handler", "audiohandler"})
"""What programs write where a track's name could stand."""

_PROTECTED = (b"drms", b"enca", b"aavd")
"""Sample entries of tracks that are encrypted: FairPlay, Common Encryption, Audible."""

_SCANNED_BYTES = 1 << 20


class Recording(Record):
    """An audio or video file that could be opened."""

    path: str
    duration: float | None = Field(default=None, ge=0)
    """None where the file does not say, as in what a browser recorded."""
    tracks: int = Field(ge=0)
    """How many audio tracks it has; some meeting tools keep one for each speaker."""
    titles: tuple[str | None, ...] = ()
    """What each track is called, where the file says so."""

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
    av.logging.set_level(None)
    try:
        # Tags of before UTF-8 are common in MP3s, and never a reason not to listen.
        with av.open(os.path.abspath(path), metadata_errors="replace", options=OPTIONS) as container:
            tracks = container.streams.audio
            durations = [float(t.duration * t.time_base) for t in tracks if t.duration and t.time_base]
            if container.duration is not None:
                durations.insert(0, container.duration / av.time_base)
            duration = next((d for d in durations if d > 0), None)
            if tracks and all(t.codec_context is None for t in tracks):
                raise _undecodable(path)
            if any(t.codec_context and t.codec_context.codec_tag.encode() in _PROTECTED for t in tracks):
                raise _undecodable(path)
            titles = tuple(_title(t.metadata) for t in tracks)
            return Recording(path=str(path), duration=duration, tracks=len(tracks), titles=titles)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise explained(path, error) from error


def probe_sound(path: Path) -> Recording:
    """`probe` for what is to be heard: raises ScribeError where there is no sound in it, too."""
    recording = probe(path)
    if not recording.has_audio:
        raise ScribeError(f"{path}: expected sound, found none in it; choose the file with the recording's audio")
    return recording


def explained(path: Path, error: Exception) -> ScribeError:
    """What FFmpeg stumbled on, as one line that says what to do."""
    reason = getattr(error, "strerror", None) or str(error)
    if not isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        head = _head(path)
        if not head:
            return ScribeError(f"{path}: expected an audio or video file, but it is empty; fetch it again")
        if any(mark in head for mark in _PROTECTED):
            return _undecodable(path)
        if b"ftyp" in head[:64] and b"moov" not in head and not _has_index(path):
            return ScribeError(
                f"{path}: expected an audio or video file, but its index is missing: it was cut short, or it "
                "is still being written; wait until it is done, or mend it with a tool such as untrunc"
            )
    return ScribeError(f"{path}: expected an audio or video file, but {reason}")


def _undecodable(path: Path) -> ScribeError:
    if any(mark in _head(path) for mark in _PROTECTED):
        return ScribeError(f"{path}: its sound is protected (DRM) and cannot be decoded; export it without protection")
    return ScribeError(f"{path}: its sound is in a format that cannot be decoded here; convert it to m4a, mp3 or wav")


def _head(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            head = file.read(_SCANNED_BYTES)
            file.seek(max(len(head), os.fstat(file.fileno()).st_size - _SCANNED_BYTES))
            return head + file.read()
    except OSError:
        return b"?"


def _has_index(path: Path) -> bool:
    """Whether an MP4 file has its `moov` box, walking its boxes."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            at = 0
            while at + 8 <= size:
                file.seek(at)
                header = file.read(16)
                length, kind = int.from_bytes(header[:4], "big"), header[4:8]
                if kind == b"moov":
                    return True
                if length == 1:
                    length = int.from_bytes(header[8:16], "big")
                if length < 8:
                    return False
                at += length
    except OSError:
        return True
    return False


def _title(metadata: dict[str, str]) -> str | None:
    """A track's name, unless a program only wrote its own there."""
    title = (metadata.get("title") or metadata.get("handler_name") or "").strip()
    return title if title and title.lower() not in _HANDLERS and "handler" not in title.lower() else None
