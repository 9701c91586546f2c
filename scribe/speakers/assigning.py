"""Lines and turns -> lines with speakers.

In: segments as a recogniser heard them, and turns. Out: the same words, each line one speaker's. It knows nothing of
how the turns were found.

Speakers are given to words, since a recogniser's sentence may hold two people's; then lines are cut where the speaker
changes. Turns are a tenth of a second off, and recognisers' times more, so that a single word may fall to the wrong
side: within a sentence it goes with its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from scribe.records import Segment, Turn, Word

_ENDS_SENTENCE = re.compile(r"[.?!…。！？｡؟۔।॥։][\"'”’»」』）)\]]*$")

_MAY_CUT = re.compile(r"\s|.?[\u0e00-\u109f\u1780-\u17ff\u2e80-\uffff]", re.S)
"""What may stand around a cut: space, or a script that is written without, such as Thai and Chinese. Recognisers give
the parts of "self-driving" as words of their own."""

_ALIKE = 0.05
"""Seconds: of turns that overlap a word nearly alike none is preferred for that."""


def assign(segments: Sequence[Segment], turns: Sequence[Turn]) -> tuple[Segment, ...]:
    """Segments with speakers, cut where the speaker changes between two words; indices count from 0.

    A word goes to the turn that it overlaps most, in a tie to the one that overlaps the whole segment most, and to the
    nearest where it overlaps none. A segment without words, or whose words are not its text, goes whole to whoever
    overlaps it most. Nothing is cut but at a word, no text is changed, times never run backwards, and a part keeps
    all else of its segment. Without turns, and where a segment has no times, the speakers stay as they are.
    """
    known = _Turns(turns)
    parts = (part for segment in segments for part in _parts(segment, known))
    return tuple(part.model_copy(update={"index": index}) for index, part in enumerate(parts))


class _Turns:
    """Turns in order of time, to be asked who speaks when."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = sorted((t for t in turns if t.end > t.start), key=lambda t: (t.start, t.end))
        self._starts = [t.start for t in self._turns]
        self._latest = list(accumulate(range(len(self._turns)), self._later_end))
        """The turn that ends last of those up to each."""

    def __bool__(self) -> bool:
        return bool(self._turns)

    def _later_end(self, i: int, j: int) -> int:
        return j if self._turns[j].end >= self._turns[i].end else i

    def overlaps(self, start: float, end: float) -> dict[str, float]:
        """Seconds in which each speaker talks between two times; a moment counts as a hundredth of a second."""
        end = max(end, start + 0.01)
        found: dict[str, float] = {}
        i = bisect_left(self._starts, end) - 1
        while i >= 0 and self._turns[self._latest[i]].end > start:
            turn = self._turns[i]
            shared = min(end, turn.end) - max(start, turn.start)
            if shared > 0:
                found[turn.speaker] = found.get(turn.speaker, 0.0) + shared
            i -= 1
        return found

    def nearest(self, start: float, end: float) -> str:
        """The speaker of the turn with the smallest gap to a stretch that none overlaps; of equals the earlier."""
        after = bisect_right(self._starts, start)
        if after == 0:
            return self._turns[0].speaker
        before = self._turns[self._latest[after - 1]]
        if after == len(self._turns) or start - before.end <= self._starts[after] - end:
            return before.speaker
        return self._turns[after].speaker


def _parts(segment: Segment, turns: _Turns) -> Iterator[Segment]:
    """A segment cut where its speaker changes."""
    if not turns or segment.start is None or segment.end is None:
        yield segment
        return
    whole = turns.overlaps(segment.start, segment.end)
    cuts = _cuts(segment)
    if cuts is None or all(word.start is None for word in segment.words):
        most = max(whole, key=whole.__getitem__) if whole else turns.nearest(segment.start, segment.end)
        yield segment.model_copy(update={"speaker": most})
        return
    speakers = _smoothed(_of_words(segment.words, turns, whole), segment.words)
    for i in range(1, len(speakers)):
        if not _MAY_CUT.match(segment.text, cuts[i] - 1):
            speakers[i] = speakers[i - 1]
    runs = [[i for i, _ in run] for _, run in groupby(enumerate(speakers), key=lambda pair: pair[1])]
    firsts = [run[0] for run in runs]
    times = _times(segment.start, segment.end, segment.words, firsts)
    for run, start, end in zip(runs, times[:-1], times[1:], strict=True):
        yield segment.model_copy(
            update={
                "speaker": speakers[run[0]],
                "text": segment.text[cuts[run[0]] : cuts[run[-1] + 1]].strip() if len(runs) > 1 else segment.text,
                "words": segment.words[run[0] : run[-1] + 1],
                "start": start,
                "end": max(start, min(end, _last_end(segment.words, run, end))),
            }
        )


def _cuts(segment: Segment) -> list[int] | None:
    """Where in the text each word begins, and where the text ends; None where the words are not the text's."""
    places, at = [], 0
    for word in segment.words:
        text = word.text.strip()
        place = segment.text.find(text, at)
        if place < 0 or not text:
            return None
        places.append(place)
        at = place + len(text)
    return [0, *places[1:], len(segment.text)] if places else None


def _of_words(words: Sequence[Word], turns: _Turns, whole: dict[str, float]) -> list[str]:
    """The speaker of each word; one without a time goes with the word before it, or the first that has one."""
    found: list[str | None] = []
    for word in words:
        if word.start is None:
            found.append(found[-1] if found else None)
            continue
        end = word.start if word.end is None else max(word.start, word.end)
        shared = turns.overlaps(word.start, end)
        if not shared:
            found.append(turns.nearest(word.start, end))
            continue
        most = max(shared.values())
        alike = [speaker for speaker, seconds in shared.items() if seconds > most - _ALIKE]
        found.append(max(alike, key=lambda speaker: (whole.get(speaker, 0.0), shared[speaker], speaker)))
    first = next(speaker for speaker in found if speaker is not None)
    return [speaker or first for speaker in found]


def _smoothed(speakers: list[str], words: Sequence[Word]) -> list[str]:
    """Speakers where no single word within a sentence stands alone against its neighbours.

    A sentence of one word is somebody's: "Right." may well be said by another.
    """
    ends = [0, *(i for i, word in enumerate(words, start=1) if _ENDS_SENTENCE.search(word.text)), len(words)]
    found: list[str] = []
    for first, last in pairwise(ends):
        runs = [(speaker, len(list(run))) for speaker, run in groupby(speakers[first:last])]
        while len(runs) > 1 and (lone := _lone(runs)) is not None:
            beside = [runs[i] for i in (lone - 1, lone + 1) if 0 <= i < len(runs)]
            runs[lone] = (max(beside, key=lambda run: run[1])[0], 1)
            runs = [(who, sum(n for _, n in same)) for who, same in groupby(runs, key=lambda run: run[0])]
        found += [speaker for speaker, length in runs for _ in range(length)]
    return found


def _lone(runs: Sequence[tuple[str, int]]) -> int | None:
    """A run of one word beside a longer one."""
    for i, (_, length) in enumerate(runs):
        if length == 1 and max(runs[j][1] for j in (i - 1, i + 1) if 0 <= j < len(runs)) > 1:
            return i
    return None


def _times(start: float, end: float, words: Sequence[Word], firsts: Sequence[int]) -> list[float]:
    """Where each part begins, and where the last one ends: ascending, within the segment."""
    found = [start]
    for first in firsts[1:]:
        begins = next((word.start for word in words[first:] if word.start is not None), end)
        found.append(min(max(found[-1], begins), end))
    return [*found, end]


def _last_end(words: Sequence[Word], run: Sequence[int], default: float) -> float:
    """Where the last word of a part that has a time ends; a segment's last part ends with the segment."""
    if run[-1] + 1 == len(words):
        return default
    return next((w.end for i in reversed(run) if (w := words[i]).end is not None), default)
