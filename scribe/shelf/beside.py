"""Which transcript belongs to which recording, and the links between files.

In: a path. Out: the path that goes with it, or a link. Only names and first bytes are looked at.
"""

from __future__ import annotations

import os
import re
import unicodedata
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


def find_sidecar(recording: Path) -> Path | None:
    """The transcript that lies beside `recording`, or None: first by `SIDECARS`, then the plainest name.

    Beside `talk.m4a` that is `talk.vtt`, `talk.m4a.vtt` or `talk.en.vtt`; suffixes in any case.
    """
    found = [
        (SIDECARS.index(path.suffix.lower()), distance, path.name, path)
        for path in _neighbours(recording)
        if path.suffix.lower() in SIDECARS and (distance := _distance(recording.name, path.name)) is not None
        if _is_another(path, recording)
    ]
    return min(found)[-1] if found else None


def find_recording(transcript: Path) -> Path | None:
    """The recording that lies beside `transcript`, or None; the plainest name first, then by the alphabet."""
    found = [
        (distance, path.name, path)
        for path in _neighbours(transcript)
        if (distance := _distance(path.name, transcript.name)) is not None
        if _is_another(path, transcript) and is_recording(path)
    ]
    return min(found)[-1] if found else None


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


def _neighbours(path: Path) -> list[Path]:
    """All that lies in the folder of `path`; nothing where that folder cannot be listed."""
    try:
        return [path.parent / name for name in os.listdir(path.parent)]
    except OSError:
        return []


def _is_another(path: Path, than: Path) -> bool:
    """Whether `path` is a file, and not the very file that `than` names (perhaps in another case)."""
    return os.path.isfile(path) and not (os.path.exists(than) and os.path.samefile(path, than))


def _distance(recording: str, transcript: str) -> int | None:
    """How far the name of a transcript is from that of its recording; None if they do not belong together."""
    # macOS hands out decomposed names, downloads are composed: "é" is two characters there, one here.
    name = unicodedata.normalize("NFC", recording)
    stem = unicodedata.normalize("NFC", Path(transcript).stem)
    if stem == Path(name).stem:
        return 0
    if stem == name:
        return 1
    rest = stem.removeprefix(f"{Path(name).stem}.")
    return 2 if rest != stem and _MIDDLE.fullmatch(rest) else None
