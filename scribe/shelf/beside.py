"""Which transcript belongs to which recording, and the links between files.

In: a path, or the names in a folder. Out: what goes with it, or a link. Only names and first bytes are looked at.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from scribe.shelf.recordings import is_recording

SIDECARS = (".vtt", ".srt", ".json", ".tsv", ".docx", ".txt", ".md")
"""Suffixes of transcripts, those that usually say most about times and speakers first."""

_MIDDLE = re.compile(r"transcript|captions?|subtitles?|[a-z]{2}([-_][a-z0-9]{2,8})*", re.IGNORECASE)
"""What may stand between stem and suffix: Zoom writes `talk.transcript.vtt`, caption tools `talk.en-GB.vtt`.

Nothing else, for `talk.info.json` and `talk.notes.md` are no transcripts. A language tag is as in BCP 47,
less its codes of three letters, which `talk.raw.txt` and `talk.old.srt` look like too.
"""


class Neighbours:
    """The names in one folder, wherever it lies, and which of them belong together.

    >>> near = Neighbours(["talk.m4a", "talk.srt", "talk.en.vtt", "talk.notes.md"])
    >>> near.transcripts_of("talk.m4a"), near.recordings_of("talk.en.vtt")
    (['talk.en.vtt', 'talk.srt'], ['talk.m4a', 'talk.srt'])
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._stripped: dict[str, list[str]] = {}
        for name in names:
            stem = stem_of(name)
            self._whole.setdefault(_composed(name), []).append(name)
            self._stems.setdefault(stem, []).append(name)
            if (stripped := _stripped(stem)) is not None:
                self._stripped.setdefault(stripped, []).append(name)

    def transcripts_of(self, recording: str) -> list[str]:
        """What may be a transcript of a recording: first by `SIDECARS`, then the plainest name."""
        stem, whole = stem_of(recording), _composed(recording)
        distances = _by_distance(self._stems.get(stem), self._stems.get(whole), self._stripped.get(stem))
        found = [
            (SIDECARS.index(suffix), distance, name)
            for name, distance in distances.items()
            if (suffix := Path(name).suffix.lower()) in SIDECARS and name != recording
        ]
        return [name for _, _, name in sorted(found)]

    def recordings_of(self, transcript: str) -> list[str]:
        """What may be its recording, if it is one: the plainest name first, then by the alphabet."""
        stem = stem_of(transcript)
        stripped = self._stems.get(_stripped(stem) or "")
        distances = _by_distance(self._stems.get(stem), self._whole.get(stem), stripped)
        return sorted((name for name in distances if name != transcript), key=lambda name: (distances[name], name))


def find_sidecar(recording: Path) -> Path | None:
    """The transcript that lies beside `recording`, or None: first by `SIDECARS`, then the plainest name.

    Beside `talk.m4a` that is `talk.vtt`, `talk.m4a.vtt` or `talk.en.vtt`; suffixes in any case.
    """
    found = [recording.parent / name for name in _neighbours(recording).transcripts_of(recording.name)]
    return next((path for path in found if _is_another(path, recording)), None)


def find_recording(transcript: Path) -> Path | None:
    """The recording that lies beside `transcript`, or None; the plainest name first, then by the alphabet."""
    found = [transcript.parent / name for name in _neighbours(transcript).recordings_of(transcript.name)]
    return next((path for path in found if _is_another(path, transcript) and is_recording(path)), None)


def stem_of(name: str) -> str:
    """A file's name without its last suffix, composed.

    macOS hands out decomposed names, downloads are composed: "é" is two characters there, one here.
    """
    return _composed(Path(name).stem)


def link(target: Path, folder: Path) -> str:
    """A link to `target` for a file in `folder`: relative, with `/`, quoted as in URLs.

    Only where there is no way from one to the other (two drives) it is a `file:` URI.

    >>> link(Path("talks/week 1 (a).m4a"), Path("drafts/week 1"))
    '../../talks/week%201%20%28a%29.m4a'
    """
    try:
        way = os.path.relpath(target, folder)
    except ValueError:
        return Path(os.path.abspath(target)).as_uri()
    return quote(os.fsencode(Path(way).as_posix()))


def _neighbours(path: Path) -> Neighbours:
    """All that lies in the folder of `path`; nothing where that folder cannot be listed."""
    try:
        return Neighbours(os.listdir(path.parent))
    except OSError:
        return Neighbours([])


def _is_another(path: Path, than: Path) -> bool:
    """Whether `path` is a file, and not the very file that `than` names (perhaps in another case)."""
    return os.path.isfile(path) and not (os.path.exists(than) and os.path.samefile(path, than))


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _stripped(stem: str) -> str | None:
    """A transcript's stem without what may stand in the middle of its name; None where nothing does."""
    before, _, middle = stem.rpartition(".")
    return before if before and _MIDDLE.fullmatch(middle) else None


def _by_distance(*names: list[str] | None) -> dict[str, int]:
    """How far each name is from what is looked for, by the first list that it is in."""
    distances: dict[str, int] = {}
    for distance, group in enumerate(names):
        for name in group or ():
            distances.setdefault(name, distance)
    return distances
