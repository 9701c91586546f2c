"""Talk or discussion: for every line, whether one person presents or several speak by turns.

In: segments. Out: a form for each. It reads who spoke and how long, not what was said; where nobody is named, it says
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from scribe.records import Form, Segment
from scribe.utterances import is_backchannel

_TALK_WORDS, _DISCUSSION_WORDS = 120.0, 20.0
"""Mean length of a turn in either form, in words. In AMI and ICSI a turn has 20 on average once signs of listening are
left out; a presentation's turns between two interruptions have a hundred and more."""

_LONGEST_TURN = 400
"""Words of one turn that count: a speech of an hour says no more about its neighbours than one of three minutes."""

_SWITCH = 6.0
"""What a change of form costs, in nats: a turn of 300 words among short ones is an answer, not a talk."""

_LEAST_TALK_WORDS = 200
"""Words that a talk has at least, its interruptions counted."""

_MAIN_SHARE = 0.65
"""Share of a talk's words that are its speaker's."""

_NEARLY_ALL = 0.8
"""A stretch is of a form that so much of its words have, and mixed where neither has."""


class _Turn(NamedTuple):
    speaker: str
    words: int
    lines: tuple[int, ...]
    """Places of its lines, signs of listening among them counted."""


def forms(segments: Sequence[Segment]) -> list[Form | None]:
    """The form of every line, in order; None throughout where no speaker is named.

    A hidden Markov model of two states over turns, whose lengths are exponential in each (Rabiner 1989), decoded by
    Viterbi's algorithm; a stretch of talk is kept if it is long enough and mostly one person's.
    """
    found: list[Form | None] = ["discussion"] * len(segments)
    turns = _turns(segments)
    if not turns:
        return [None] * len(segments)
    for is_talk, group in groupby(zip(_decoded(turns), turns, strict=True), key=lambda one: one[0]):
        run = [turn for _, turn in group]
        if is_talk and _is_one_persons(run):
            for place in range(run[0].lines[0], run[-1].lines[-1] + 1):
                found[place] = "talk"
    return found


def form_of(segments: Sequence[Segment], found: Sequence[Form | None]) -> Form | None:
    """The form of a stretch, given those of its lines: the one that nearly all of its words have, or mixed."""
    sizes: Counter[Form] = Counter()
    for segment, form in zip(segments, found, strict=True):
        if form is not None:
            sizes[form] += len(segment.text.split())
    total = sum(sizes.values())
    if not total:
        return None
    share = sizes["talk"] / total
    return "talk" if share >= _NEARLY_ALL else "discussion" if share <= 1 - _NEARLY_ALL else "mixed"


def presenter(segments: Sequence[Segment]) -> str | None:
    """Who says most in a stretch; None where nobody is named. Of two who say as much, the first to speak.

    >>> lines = [("A long line.", "Ada"), ("Yes.", "Wen")]
    >>> presenter([Segment(index=i, text=text, speaker=name) for i, (text, name) in enumerate(lines)])
    'Ada'
    """
    spoken: Counter[str] = Counter()
    for segment in segments:
        if segment.speaker:
            spoken[segment.speaker] += len(segment.text.split())
    return max(spoken, key=lambda name: spoken[name], default=None)


def _turns(segments: Sequence[Segment]) -> list[_Turn]:
    """Runs of lines of one speaker; those that only say that somebody listens part no run."""
    turns: list[_Turn] = []
    for place, segment in enumerate(segments):
        if not segment.speaker or is_backchannel(segment.text):
            continue
        length = len(segment.text.split())
        if turns and turns[-1].speaker == segment.speaker:
            turns[-1] = _Turn(segment.speaker, turns[-1].words + length, (*turns[-1].lines[:1], place))
        else:
            turns.append(_Turn(segment.speaker, length, (place, place)))
    return turns


def _decoded(turns: Sequence[_Turn]) -> list[bool]:
    """The likelier state of each turn, all together: True for talk."""
    lengths = np.minimum([float(turn.words) for turn in turns], _LONGEST_TURN)
    gain = np.log(_DISCUSSION_WORDS / _TALK_WORDS) + lengths * (1 / _DISCUSSION_WORDS - 1 / _TALK_WORDS)
    totals = np.array([0.0, -_SWITCH])
    before = np.zeros((len(turns), 2), dtype=int)
    for place, worth in enumerate(gain):
        stay, switch = totals, totals[::-1] - _SWITCH
        before[place] = np.where(stay >= switch, [0, 1], [1, 0])
        totals = np.maximum(stay, switch) + np.array([0.0, worth])
    state = int(totals[1] > totals[0])
    path = []
    for place in range(len(turns) - 1, -1, -1):
        path.append(bool(state))
        state = int(before[place, state])
    return path[::-1]


def _is_one_persons(run: Sequence[_Turn]) -> bool:
    spoken: Counter[str] = Counter()
    for turn in run:
        spoken[turn.speaker] += turn.words
    total = sum(spoken.values())
    return total >= _LEAST_TALK_WORDS and max(spoken.values()) >= _MAIN_SHARE * total
