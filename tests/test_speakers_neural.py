"""The door to pyannote: what stands for the library is handed in, and whatever it throws becomes one line."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from scribe.records import ScribeError, Span
from scribe.speakers import EMBEDDED, Pyannote, diarise, open_pyannote

SAMPLES = np.zeros(16_000 * 4, dtype=np.int16)
SPANS = [Span(start=0, end=4)]
INSTALLED = importlib.util.find_spec("pyannote") is not None


class Pipeline:
    """Stands for pyannote.audio's pipeline: takes what that takes, gives what that gives."""

    def __init__(self, *rows: tuple[float, float, str], error: Exception | None = None) -> None:
        self.rows, self.error = rows, error
        self.asked: list[dict[str, Any]] = []

    def __call__(self, file: dict[str, Any], *, num_speakers: int | None, hook: Any) -> Any:
        self.asked.append({**file, "num_speakers": num_speakers})
        hook("segmentation", None, file=file, total=2, completed=1)
        hook("embeddings", None, file=file)
        if self.error:
            raise self.error
        return SimpleNamespace(speaker_diarization=self)

    def itertracks(self, *, yield_label: bool) -> Iterator[tuple[Any, str, str]]:
        assert yield_label
        for i, (start, end, label) in enumerate(self.rows):
            yield SimpleNamespace(start=start, end=end), str(i), label

    def to(self, device: object) -> None:
        """Where it runs does not matter."""


class Library:
    """Stands for the module."""

    __version__ = "4.0.7"

    def __init__(self, found: Pipeline | Exception | None) -> None:
        self.found = found
        self.asked: list[str] = []
        self.Pipeline = self

    def from_pretrained(self, checkpoint: str) -> Pipeline | None:
        self.asked.append(checkpoint)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class GatedRepoError(OSError):
    """Named as Hugging Face's."""


class LocalEntryNotFoundError(FileNotFoundError):
    """Named as Hugging Face's."""


def test_turns_come_out_in_order_under_our_labels() -> None:
    pipeline = Pipeline((2.0, 3.0, "SPEAKER_00"), (0.5, 2.5, "SPEAKER_01"), (3.0, 4.0, "SPEAKER_01"))
    progress: list[tuple[float, float]] = []
    library = Library(pipeline)
    told = diarise(
        SAMPLES,
        SPANS,
        method=open_pyannote(library=library) or "auto",
        on_progress=lambda done, total: progress.append((done, total)),
    )
    assert [(t.speaker, t.start, t.end) for t in told.turns] == [("S1", 0.5, 2.5), ("S2", 2, 3), ("S1", 3, 4)]
    assert told.separable
    assert told.remark is None
    assert told.method == "pyannote.audio 4.0.7, pyannote/speaker-diarization-community-1"
    assert progress == [(2.0, 4.0)]
    assert library.asked == ["pyannote/speaker-diarization-community-1"]
    (asked,) = pipeline.asked
    assert (tuple(asked["waveform"].shape), asked["sample_rate"], asked["num_speakers"]) == ((1, 64_000), 16_000, None)


def test_weights_in_a_folder_are_taken(tmp_path: Path) -> None:
    library = Library(Pipeline((0, 1, "a")))
    door = open_pyannote(library=library, weights=str(tmp_path))
    assert door is not None
    assert door.name == f"pyannote.audio 4.0.7, {tmp_path.name}"
    assert library.asked == [str(tmp_path)]
    with pytest.raises(ScribeError, match="SCRIBE_PYANNOTE: expected a folder with pyannote's weights, found none"):
        open_pyannote(library=library, weights=str(tmp_path / "gone"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            GatedRepoError("403 Client Error. Access to model is restricted"),
            "conditions of its weights are not accepted",
        ),
        (GatedRepoError("401 Client Error. Access to model is restricted"), "no token to fetch its weights with"),
        (LocalEntryNotFoundError("cannot find the file in the cache"), "not here, and no network"),
        (ConnectionError("refused"), "not here, and no network"),
        (ImportError("libfoo.so: no such file"), "cannot be imported: libfoo.so: no such file; pip install -U"),
        (RuntimeError("\nbroken\nweights"), "pyannote cannot be used: broken; accept the conditions"),
        (None, "it finds no weights at pyannote/speaker-diarization-community-1"),
    ],
)
def test_why_it_cannot_be_used_is_said_in_a_line(error: Exception | None, message: str) -> None:
    with pytest.raises(ScribeError) as caught:
        open_pyannote(library=Library(error))
    assert message in str(caught.value)


def test_what_it_throws_does_not_lose_the_speakers() -> None:
    door = Pyannote(Pipeline(error=RuntimeError("CUDA out of memory.\nTried to allocate")), "pyannote.audio 4")
    told = diarise(SAMPLES, SPANS, method=door)
    assert told.method == EMBEDDED
    assert told.remark is not None
    assert told.remark.startswith(
        "pyannote.audio 4 failed: CUDA out of memory.; the embedded diariser was used instead"
    )


@pytest.mark.parametrize(
    ("rows", "speakers", "separable", "remark"),
    [
        ([(0, 1, "a"), (1, 2, "b")], 2, True, None),
        ([(0, 1, "a"), (1, 2, "b")], 3, True, "asked for 3 speakers, p found 2"),
        ([(0, 1, "a")], 1, True, None),
        ([(0, 1, "a")], None, False, "p found one speaker; the lines carry no names"),
        ([], None, False, "p found no speech"),
    ],
)
def test_what_it_found_is_told(
    rows: list[tuple[float, float, str]], speakers: int | None, separable: bool, remark: str | None
) -> None:
    told = diarise(SAMPLES, SPANS, speakers=speakers, method=Pyannote(Pipeline(*rows), "p"))
    assert told.separable == separable
    assert (told.remark or "").startswith(remark or "")
    assert bool(told.remark) == bool(remark)


@pytest.mark.skipif(INSTALLED, reason="pyannote is installed here")
def test_where_it_is_not_installed_nothing_is_asked_of_it() -> None:
    assert open_pyannote() is None
    assert diarise(SAMPLES, SPANS).method == EMBEDDED
    with pytest.raises(ScribeError, match=r"pip install 'scribe\[speakers\]'"):
        diarise(SAMPLES, SPANS, method="pyannote")
