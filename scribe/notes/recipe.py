"""What notes record of their making, and the frames and names that go into it.

In: frames, settings. Out: a recipe, a frame, a title, numbers of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scribe import __version__
from scribe.frames import Frame
from scribe.language import TOKENS_PER_WORD
from scribe.records import Recipe, ScribeError, Transcript
from scribe.simulators import Simulator


def frame_named(frames: Mapping[str, Frame], name: str) -> Frame:
    """The frame of a name; raises ScribeError naming those there are."""
    if name not in frames:
        raise ScribeError(f"no frame {name!r} was found; known: {', '.join(sorted(frames))}")
    return frames[name]


def tokens_for(words: int) -> int:
    """Tokens that hold `words` words of English."""
    return max(1, round(words * TOKENS_PER_WORD))


def title_of(transcript: Transcript) -> str:
    """What a session is called: as a person said, else by its id."""
    return transcript.title or named_title(transcript.id)


def named_title(transcript_id: str) -> str:
    """A title made of a file's stem.

    >>> named_title("simulators-seminar_03")
    'Simulators seminar 03'
    """
    spaced = re.sub(r"[_\s-]+", " ", transcript_id).strip()
    return spaced[:1].upper() + spaced[1:]


def recipe_of(
    transcript: Transcript,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None,
    voices: Sequence[str] | None = None,
    about: str | None = None,
    merge: str | None = None,
) -> Recipe:
    """What it takes to make these notes again."""
    settings: dict[str, str | int | float | bool | None] = {"words": words, "about": about, "merge": merge}
    settings["voices"] = ",".join(voices) if voices else None
    return Recipe(
        scribe=__version__,
        engine=simulator.recipe,
        source_digest=transcript.recipe.source_digest,
        frames={name: frame.digest for name, frame in frames.items() if frame.stage in ("notes", "overview", "title")},
        settings={key: value for key, value in settings.items() if value is not None},
    )
