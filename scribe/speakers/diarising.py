"""Who speaks when.

In: samples, and where in them there is speech. Out: `Told`, turns of speakers S1, S2, ... by their first words, or all
speech as S1's where they cannot be told apart, and then it says so. It knows nothing of words.

The library pyannote.audio does it where it is installed with its weights; else, and whenever that fails, the embedded
way does, which needs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from scribe.records import Record, ScribeError, Span, Turn
from scribe.speakers import neural
from scribe.speakers.clustering import clustered, in_groups
from scribe.speakers.following import follow
from scribe.speakers.frames import FRAME_S, SAMPLE_RATE, OnProgress, frames_of
from scribe.speakers.neural import Diariser
from scribe.speakers.windows import speech_in, windows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMBEDDED = "embedded diariser 1"
"""The number changes whenever the same recording may give other turns."""

Method = Literal["auto", "embedded", "pyannote"]

LITTLE_S = 12.0
"""Two speakers need about so much speech to be told apart."""

_SILENT = "no speech was found, and so no speakers"
_UNNAMED = "the lines carry no names; if you know how many speak, say --speakers N"


class Told(Record):
    """Who was found to speak when."""

    turns: tuple[Turn, ...]
    """In order of time; those of different speakers may overlap."""
    separable: bool
    """Whether the speakers could be told apart; else all is one speaker's, or the turns asked for are doubtful."""
    method: str
    """What told them apart: goes into the transcript's recipe."""
    remark: str | None = None
    """One line for a person, where there is something to say."""


def diarise(
    samples: NDArray[np.int16],
    spans: Sequence[Span],
    *,
    speakers: int | None = None,
    method: Method | Diariser = "auto",
    on_progress: OnProgress | None = None,
) -> Told:
    """Turns of the speech in mono samples at 16 kHz, shape [n].

    With `speakers` there are so many, if there is speech enough. `method` may be a diariser of your own. Raises
    ScribeError for a number below 1, and where pyannote was asked for by name and fails.
    """
    if speakers is not None and speakers < 1:
        raise ScribeError(f"expected 1 speaker or more, found {speakers}; leave the number out if you do not know it")
    if method == "embedded":
        return _embedded(samples, spans, speakers, on_progress)
    try:
        diariser = neural.open_pyannote(is_wanted=method == "pyannote") if isinstance(method, str) else method
        if diariser is not None:
            return _by(diariser, samples, speakers, on_progress)
    except ScribeError as error:
        if method == "pyannote":
            raise
        told = _embedded(samples, spans, speakers, on_progress)
        remark = "; ".join(filter(None, [f"{error}; the embedded diariser was used instead", told.remark]))
        return told.model_copy(update={"remark": remark})
    return _embedded(samples, spans, speakers, on_progress)


def _by(diariser: Diariser, samples: NDArray[np.int16], speakers: int | None, on_progress: OnProgress | None) -> Told:
    turns = _labelled(diariser.turns(samples, speakers=speakers, on_progress=on_progress))
    found = len({turn.speaker for turn in turns})
    remark = None
    if speakers is not None and found != speakers:
        remark = f"asked for {speakers} speakers, {diariser.name} found {found}"
    elif found < 2 and speakers is None:
        remark = f"{diariser.name} found {'one speaker' if found else 'no speech'}; {_UNNAMED}"
    return Told(turns=turns, separable=found > 1 or speakers == 1, method=diariser.name, remark=remark)


def _embedded(
    samples: NDArray[np.int16], spans: Sequence[Span], speakers: int | None, on_progress: OnProgress | None
) -> Told:
    """Cepstra and pitch of windows of speech, clustered; then who speaks in each frame."""
    spans = _inside(spans, len(samples) / SAMPLE_RATE)
    if speakers == 1 or not spans:
        return Told(turns=_all_one(spans), separable=bool(spans), method=EMBEDDED, remark=None if spans else _SILENT)
    frames = frames_of(samples, spans, on_progress=on_progress)
    speech = speech_in(frames, spans)
    windows = windows_of(frames, speech)
    if speakers is None:
        groups, separable = clustered(windows)
    else:
        groups, separable = in_groups(windows, speakers)
    found = int(groups.max(initial=0)) + 1
    if found == 1:
        seconds = sum(span.end - span.start for span in spans)
        return Told(turns=_all_one(spans), separable=False, method=EMBEDDED, remark=_one(seconds, speakers))
    owner = follow(frames, speech, windows, groups)
    edges = np.flatnonzero(np.diff(owner, prepend=-2, append=-2))
    turns = _labelled(
        Turn(speaker=str(owner[a]), start=round(float(a) * FRAME_S, 2), end=round(float(b) * FRAME_S, 2))
        for a, b in pairwise(edges)
        if owner[a] >= 0
    )
    return Told(turns=turns, separable=separable, method=EMBEDDED, remark=_doubts(turns, separable, speakers))


def _inside(spans: Sequence[Span], seconds: float) -> list[Span]:
    """Spans as far as there are samples, in order, empty ones left out."""
    cut = (Span(start=span.start, end=max(span.start, min(span.end, seconds))) for span in spans)
    return sorted((span for span in cut if span.end > span.start), key=lambda span: span.start)


def _all_one(spans: Sequence[Span]) -> tuple[Turn, ...]:
    """All speech as S1's; spans that touch are one turn."""
    turns: list[Turn] = []
    for span in spans:
        if turns and span.start <= turns[-1].end:
            turns[-1] = turns[-1].model_copy(update={"end": max(turns[-1].end, span.end)})
        else:
            turns.append(Turn(speaker="S1", start=span.start, end=span.end))
    return tuple(turns)


def _labelled(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns in order of time, their speakers called S1, S2, ... by first appearance."""
    ordered = sorted(turns, key=lambda turn: (turn.start, turn.end))
    names = {name: f"S{i}" for i, name in enumerate(dict.fromkeys(turn.speaker for turn in ordered), start=1)}
    return tuple(turn.model_copy(update={"speaker": names[turn.speaker]}) for turn in ordered)


def _one(seconds: float, speakers: int | None) -> str:
    asked = f"asked for {speakers} speakers, found one: " if speakers else "speakers not separable: "
    why = "one voice, or voices too much alike to be told apart"
    if seconds < LITTLE_S:
        why = f"{seconds:.0f} s of speech are too little to tell them apart"
    return f"{asked}{why}; {_UNNAMED if speakers is None else 'all lines are S1'}"


def _doubts(turns: Sequence[Turn], separable: bool, speakers: int | None) -> str | None:
    found = len({turn.speaker for turn in turns})
    if speakers is not None and found < speakers:
        return f"asked for {speakers} speakers, found speech of {found} only"
    if not separable:
        return f"told {found} speakers apart as asked, but some voices are too much alike: check who speaks"
    return None
