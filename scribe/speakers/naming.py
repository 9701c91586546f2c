"""What a person says of speakers: their names, and that two labels are one person's.

In: a transcript, and what was said. Out: the transcript with other speakers; its text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from scribe.records import ScribeError, Transcript

_LEAST_SHARED = 0.5
"""Two labels are one person's if they share at least this part of the time of the one who talks less."""

RENAMED = "renamed"
"""The entry of a recipe's settings that says that a person gave names."""


def rename(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """Give speakers other names, all at once, so that two may swap theirs.

    Raises ScribeError for a speaker who is not there, for an empty name, and where two speakers would have one name.
    """
    _check_there(transcript, names)
    names = {old: new.strip() for old, new in names.items()}
    for old, new in names.items():
        if not new:
            raise ScribeError(f"{transcript.id}: expected a name for {old}, found none; give one, such as {old}=Jan")
        others = [name for name in transcript.speakers if name != old and names.get(name, name) == new]
        if others:
            raise ScribeError(
                f"{transcript.id}: expected a name that nobody else has for {old}, found {new!r}, as {others[0]} is "
                f"called; if they are one person, say --merge {old}={others[0]}"
            )
    return _with_speakers(transcript, names)


def merge(transcript: Transcript, merged: Mapping[str, str]) -> Transcript:
    """Say that labels are one speaker's: `{"S3": "S1"}` turns every S3 into S1, chains are followed.

    Raises ScribeError for a speaker who is not there, and for a circle.
    """
    _check_there(transcript, {**merged, **{new: new for new in merged.values()}})
    ends = {}
    for old in merged:
        new, steps = merged[old], 0
        while new in merged:
            new, steps = merged[new], steps + 1
            if new == old or steps > len(merged):
                raise ScribeError(
                    f"{transcript.id}: expected a speaker to merge {old} into, found that they go in a circle; "
                    "name each on the left once"
                )
        if new == old:
            raise ScribeError(f"{transcript.id}: expected two speakers to merge, found {old} twice; name the other")
        ends[old] = new
    return _with_speakers(transcript, ends)


def carry_names(there: Transcript, new: Transcript) -> Transcript:
    """A recording heard again, with the names that a person gave in the transcript that is there.

    Speakers are matched one to one by how long they talk at the same time; who matches nobody keeps a label that no
    one else has. Without names given, `new` comes back as it is.
    """
    if RENAMED not in there.recipe.settings or not new.speakers:
        return new
    names = _matched(there, new)
    taken = set(names.values())
    for label in new.speakers:
        if label not in names:
            names[label] = label if label not in taken else _free(taken | set(new.speakers))
            taken.add(names[label])
    settings = {RENAMED: there.recipe.settings[RENAMED], **new.recipe.settings}
    recipe = new.recipe.model_copy(update={"settings": settings})
    return _with_speakers(new, names).model_copy(update={"recipe": recipe})


def _matched(there: Transcript, new: Transcript) -> dict[str, str]:
    """New label to the one that is there, where both talk at the same time."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    old_names, labels = there.speakers, new.speakers
    seconds = (_talk(there), _talk(new))
    shared = np.zeros((len(labels), len(old_names)))
    for label, name, overlap in _overlaps(new, there):
        shared[labels.index(label), old_names.index(name)] += overlap
    found = {}
    for i, j in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
        least = min(seconds[1][labels[i]], seconds[0][old_names[j]])
        if shared[i, j] > 0 and shared[i, j] >= _LEAST_SHARED * least:
            found[labels[i]] = old_names[j]
    return found


def _overlaps(one: Transcript, other: Transcript) -> list[tuple[str, str, float]]:
    """Speakers of two transcripts who talk at the same time, and how long, line by line."""
    lines, others = _lines(one), _lines(other)
    longest = max((end - start for start, end, _ in others), default=0.0)
    found, first = [], 0
    for start, end, speaker in lines:
        while first < len(others) and others[first][0] + longest <= start:
            first += 1
        for begins, ends, name in others[first:]:
            if begins >= end:
                break
            if (shared := min(end, ends) - max(start, begins)) > 0:
                found.append((speaker, name, shared))
    return found


def _lines(transcript: Transcript) -> list[tuple[float, float, str]]:
    return sorted(
        (s.start, s.end, s.speaker)
        for s in transcript.segments
        if s.speaker and s.start is not None and s.end is not None
    )


def _talk(transcript: Transcript) -> dict[str, float]:
    seconds = dict.fromkeys(transcript.speakers, 0.0)
    for start, end, speaker in _lines(transcript):
        seconds[speaker] += end - start
    return seconds


def _free(taken: set[str]) -> str:
    """The first of S1, S2, ... that nobody has."""
    numbers = (int(name[1:]) for name in taken if re.fullmatch(r"S[0-9]{1,6}", name))
    return f"S{max(numbers, default=0) + 1}"


def _check_there(transcript: Transcript, names: Mapping[str, str]) -> None:
    for name in names:
        if name not in transcript.speakers:
            there = ", ".join(transcript.speakers) or "none: its lines carry no speaker"
            raise ScribeError(f"{transcript.id}: expected one of its speakers, found {name!r}; it has {there}")


def _with_speakers(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    segments = tuple(
        s.model_copy(update={"speaker": names.get(s.speaker, s.speaker)}) if s.speaker else s
        for s in transcript.segments
    )
    return transcript.model_copy(update={"segments": segments})
