"""Scribe turns seminar recordings into cited notes and draft posts.

>>> import scribe
>>> outcome = scribe.run("talk.vtt")  # doctest: +SKIP
>>> outcome.notes.coverage.fraction  # doctest: +SKIP
1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scribe.notes import Merge
    from scribe.pipeline import Listening, Outcome
    from scribe.simulators import Simulator

__version__ = "0.1.0"
__all__ = ["__version__", "run"]


def run(
    source: str | Path,
    *,
    workspace: str | Path | None = None,
    simulator: str | Simulator = "extract",
    device: str = "auto",
    quantise: str | None = None,
    merge: Merge = "hierarchical",
    frames: str | Path | None = None,
    about: str | None = None,
    words: int | None = None,
    voices: Sequence[str] | None = None,
    listening: Listening | None = None,
) -> Outcome:
    """Make a transcript, notes and a draft post of one source, as `scribe run` does.

    `workspace` is the folder that holds `transcripts/` and `drafts/`: by default the one around the current folder.
    `simulator` is a spec or a `Simulator`; `device` and `quantise` hold for a spec of a model that runs here. `merge`,
    `hierarchical` or `incremental`, says how the topics of a long session become one overview. With `about`, the notes
    answer that question and no post is made. `listening` says how a recording without a
    transcript is heard. Raises `scribe.records.ScribeError`.
    """
    from scribe.pipeline import Listener, Listening, Pipeline
    from scribe.shelf import Workspace

    place = Workspace(Path(workspace)) if workspace is not None else Workspace.find(Path.cwd())
    folder = Path(frames) if frames else None
    listener = Listener(place, listening or Listening())
    with Pipeline(
        place,
        simulator=simulator,
        device=device,
        quantise=quantise,
        merge=merge,
        frames_folder=folder,
        voices=voices,
        listener=listener,
    ) as pipeline:
        return pipeline.run(str(source), about=about, words=words)
