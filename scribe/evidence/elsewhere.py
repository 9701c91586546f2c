"""How well a claim fits the lines it cites, beside how well it fits the rest of what was shown.

In: the stems of a claim, the lines it cites, and the texts shown. Out: named numbers. People who sum up a stretch of
talk use its rare words, so the lines that bear a claim out are those where its words gather; a claim from elsewhere
fits other lines as well as its own. It knows nothing of numbers, names or verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from scribe.evidence.spoken import words_and_stems
from scribe.records import Segment

_REACH = 3
"""Lines on either side that lend a line half of their words' weight; a thought is rarely one line."""

_STRETCH = 25
"""Lines on either side that a topic reaches."""

_OFTEN = 2
"""A word that a stretch holds more often than this adds nothing more."""


class Session(NamedTuple):
    """The lines shown, by what they hold."""

    lines: int
    holding: Mapping[str, np.ndarray]
    """Places of the lines that hold a stem, ascending."""
    words: frozenset[str]


def session_of(shown: Mapping[int, Segment]) -> Session:
    """Read what was shown; the last few sessions are kept."""
    return _session(tuple(map(attrgetter("text"), shown.values())))


@lru_cache(maxsize=8)
def _session(texts: tuple[str, ...]) -> Session:
    holding: dict[str, list[int]] = {}
    heard: set[str] = set()
    for place, text in enumerate(texts):
        own, stems = words_and_stems(text)
        heard |= own
        for stem in dict.fromkeys(stems):
            holding.setdefault(stem, []).append(place)
    return Session(len(texts), {stem: np.array(places) for stem, places in holding.items()}, frozenset(heard))


def elsewhere(stems: Sequence[str], own: Sequence[int], session: Session) -> dict[str, float]:
    """Compare the lines at the places `own` with all; where there are no others, nothing speaks against a claim."""
    at_line = np.zeros(session.lines)
    steps = np.zeros(session.lines + 2 * _REACH + 1)
    is_own = np.zeros(session.lines, dtype=bool)
    is_own[own] = True
    wide = np.zeros(session.lines)
    held = whole = unheard = 0.0
    for stem in dict.fromkeys(stems):
        at = session.holding.get(stem)
        rarity = math.log(1 + (session.lines + 0.5) / ((0 if at is None else len(at)) + 0.5))
        whole += rarity
        if at is None:
            unheard += rarity
            continue
        at_line[at] += rarity
        held += rarity * bool(is_own[at].any())
        steps[at] += rarity
        steps[at + 2 * _REACH + 1] -= rarity
        near = np.zeros(session.lines + 2 * _STRETCH + 1)
        near[at] += 1
        near[at + 2 * _STRETCH + 1] -= 1
        wide += rarity * np.minimum(np.cumsum(near)[_STRETCH : _STRETCH + session.lines], _OFTEN)
    score = 0.5 * at_line + 0.5 * np.cumsum(steps)[_REACH : _REACH + session.lines]
    best = float(score[is_own].max(initial=0.0))
    other = float(score[~is_own].max(initial=0.0))
    spread = float(score.std()) or 1.0
    above = (float(score[is_own].mean()) - float(score.mean())) / spread
    wide_own = float(np.median(wide[is_own]))
    return {
        "session_held": held / whole if whole else 0.0,
        "session_unheard": unheard / whole if whole else 0.0,
        "own_best": best / (best + other) if best + other > 0 else 0.5,
        "own_above": float(np.clip(above * math.sqrt(int(is_own.sum())), -5, 15)),
        "stretch_above": (float(wide[is_own].mean()) - float(wide.mean())) / (float(wide.std()) or 1.0),
        "stretch_below": float((wide < wide_own).mean()),
        "stretch_best": float(wide[is_own].max()) / (float(wide.max()) or 1.0),
        "own_rank": math.log((1 + float((score > best).sum())) / (1 + len(own))),
    }
