"""Weights that are here, else fetched.

In: a name or a path. Out: `Weights`, whose bytes were read once and are those that the name stands for.
"""

from __future__ import annotations

from collections.abc import Callable

from scribe.records import ScribeError
from scribe.speech.weights import hub
from scribe.speech.weights.download import Download, download, sha256_of
from scribe.speech.weights.places import Engine, Place, Weights, folder, locate, sources

OnProgress = Callable[[int, int | None], None]
"""Bytes that are here, and how many there will be, where that is known; may be called from another thread."""


def find(name_or_path: str, engine: Engine) -> Weights | None:
    """Weights that are on this machine, or None; a known name's whose checksum is wrong count as not here.

    The file is read through (1.5 GB/s on this project's machine, as `whisper.load_model` does too). Raises
    ScribeError for a name that the engine does not know, and for a path that is not for it or cannot be read.
    """
    place = locate(name_or_path, engine)
    if place is None:
        return None
    found = _read(place)
    expected = _expected(found)
    return found if expected in (None, found.digest) else None


def fetch(name: str, engine: Engine, *, on_progress: OnProgress | None = None) -> Weights:
    """Weights by name or path; what is not here yet, or is damaged, is fetched.

    Raises ScribeError as `find` does, and when they cannot be had: the message says where from and where to put them.
    """
    found = find(name, engine)
    if found is not None:
        return found
    what = f"{engine} weights {name!r}"
    source = sources(engine)[name]
    if engine == "whisper":
        *_, sha256, file = source.split("/")
        wanted = Download(what=what, url=source, path=folder(engine) / file, sha256=sha256)
        download(wanted, on_progress=on_progress)
        return Weights(engine=engine, name=name, path=wanted.path, digest=sha256)
    damaged = hub.snapshot(source) is not None
    hub.download(source, what=what, afresh=damaged, on_progress=on_progress)
    found = find(name, engine)
    if found is None:
        raise ScribeError(
            f"{what}: expected a whole model with the checksum that {hub.page(source)} states, found another; "
            "run again, or fetch it elsewhere and name its folder with --model"
        )
    return found


def _read(place: Place) -> Weights:
    weights = Weights(**place.model_dump(), digest="")
    try:
        return weights.model_copy(update={"digest": sha256_of(weights.file)})
    except OSError as error:
        raise ScribeError(f"cannot read {weights.file}: {error.strerror or error}; make it readable") from error


def _expected(weights: Weights) -> str | None:
    """The SHA-256 that a known name stands for; None for paths, and where the hub's cache does not say."""
    source = sources(weights.engine).get(weights.name)
    if source is None:
        return None
    return source.split("/")[-2] if weights.engine == "whisper" else hub.checksum(weights.file)
