"""Lines of talk -> how likely a new topic begins at each turn: named features for a linear model.

In: who spoke and what was said, line by line, and the places where a topic may begin. Out: an array for each feature,
one value for each place. Words are compared on both sides of a place, speakers likewise, and cues are the words that
stand about it. It knows nothing of times, so a transcript without them is read alike. Time and memory grow linearly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from scribe.language import is_content, stem, words

WINDOWS = (40, 80, 160, 320)
"""Content words on each side of a place that are compared: half a minute of talk to four minutes."""

_SHORT_SESSION = 2500
"""Words; what is learned from the length of a session ends here, near the shortest of QMSum's meetings."""

_BEGINNING = 200
"""Characters of a line in which a new topic is announced."""

_SAYS_SO = re.compile(
    r"\b(?:(?:let's|let us|we(?: can|'ll| will)?) (?:now )?(?:turn|move on|go on) to\b|moving on to\b|"
    r"next (?:topic|item|thing) on the agenda)",
    re.I,
)

_SLAB = 3000
"""Content words whose counts are held at a time."""

_CUE_WORDS = {"opening": 12, "goes on": 28, "reply": 12, "before": 12}
"""How many words each kind of cue is looked for in: a turn's first words, its next, those after it, those before it."""

SPOKEN_BY = ("spoken", "speaker", "turn")
"""How the names begin of features that say nothing where nobody is named."""

Features = dict[str, np.ndarray]


def features(speakers: Sequence[str | None], texts: Sequence[str], places: Sequence[int]) -> Features:
    """Every feature but the cues: similarity of words and speakers about each place, lengths of turns, position."""
    said = [words(text) for text in texts]
    at = np.asarray(places, dtype=int)
    lengths = np.array([max(1, len(line)) for line in said])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    numbers, _ = _numbered(said)
    content = np.cumsum([0, *map(len, numbers)])
    made = _of_words(np.array([word for line in numbers for word in line], dtype=int), content[at])
    made |= _of_speakers(speakers, lengths, at)
    share = offsets[at] / offsets[-1]
    made |= {
        "place": share,
        "place from the middle": (share - 0.5) ** 2,
        "near the start": np.exp(-share / 0.03),
        "very near the end": np.exp((share - 1) / 0.03),
        "near the end": np.exp((share - 1) / 0.1),
        "after a question": np.array([float(texts[i - 1].rstrip().endswith("?")) for i in places]),
        "words a place": np.full(len(at), np.log(offsets[-1] / max(1, len(at)))),
        "words in all": np.full(len(at), np.log(max(offsets[-1], _SHORT_SESSION))),
    }
    return made


def announced(texts: Sequence[str], places: Sequence[int]) -> np.ndarray:
    """1 where a line begins by announcing a topic in so many words, and 0 elsewhere."""
    return np.array([float(bool(_SAYS_SO.search(texts[i][:_BEGINNING]))) for i in places])


def cues(speakers: Sequence[str | None], texts: Sequence[str], places: Sequence[int]) -> list[set[str]]:
    """The words and pairs of words about each place, each with where it stands.

    >>> sorted(cues(["A", "B"], ["Right.", "Next item."], [1])[0])
    ['before: right', 'begins: next', 'begins: next item', 'opening: item', 'opening: next', 'opening: next item']
    """
    said = [words(text) for text in texts]
    return [set(_cues_at(speakers, said, place)) for place in places]


def marked(found: Sequence[set[str]], wanted: Iterable[str]) -> Features:
    """For each cue wanted, 1 where it was found and 0 elsewhere."""
    return {cue: np.array([float(cue in here) for here in found]) for cue in wanted}


def _cues_at(speakers: Sequence[str | None], said: Sequence[Sequence[str]], place: int) -> Iterable[str]:
    turn: list[str] = []
    line = place
    opening, more, reply, before = _CUE_WORDS.values()
    while line < len(said) and speakers[line] == speakers[place] and len(turn) < opening + more:
        turn += said[line]
        line += 1
    after: list[str] = []
    while line < len(said) and len(after) < reply:
        after += said[line]
        line += 1
    earlier: list[str] = []
    line = place - 1
    while line >= 0 and len(earlier) < before:
        earlier = [*said[line], *earlier]
        line -= 1
    spans = (turn[:opening], turn[opening : opening + more], after[:reply], earlier[-before:])
    for kind, span in zip(_CUE_WORDS, spans, strict=True):
        yield from (f"{kind}: {word}" for word in span)
        yield from (f"{kind}: {one} {other}" for one, other in pairwise(span))
    yield from (f"begins: {' '.join(turn[:n])}" for n in (1, 2) if len(turn) >= n)


def togetherness(texts: Sequence[str], starts: np.ndarray) -> np.ndarray:
    """How well the words of a stretch are described by one unigram model: a log-likelihood for each pair of stretches.

    `starts` are the first lines of n stretches, in order; row i, column j of the n × n array is for all lines from the
    first of stretch i to the last of stretch j, and 0 where j is before i. Counts are raised by one, as Utiyama and
    Isahara (2001) do; only content words count.
    """
    lines, kinds = _numbered([words(text) for text in texts])
    ends = np.concatenate([[0], np.cumsum([len(line) for line in lines])])[np.array([*starts, len(texts)])]
    flat = [word for line in lines for word in line]
    powers = np.arange(len(flat) + 2) * np.log1p(np.arange(len(flat) + 2))
    rise = np.diff(powers)
    size = len(starts)
    counts = np.zeros((kinds, size), dtype=np.int32)
    likely = np.zeros((size, size))
    so_far = np.zeros(size)
    for j in range(size):
        for word in flat[ends[j] : ends[j + 1]]:
            row = counts[word, : j + 1]
            so_far[: j + 1] += rise[row]
            row += 1
        length = ends[j + 1] - ends[: j + 1]
        likely[: j + 1, j] = so_far[: j + 1] - length * np.log(np.maximum(length + kinds, 1))
    return likely


def _numbered(said: Sequence[Sequence[str]]) -> tuple[list[list[int]], int]:
    """The content words of each line as numbers, the same for words of one stem, and how many stems there are."""
    kinds: dict[str, int] = {}
    numbers = [[kinds.setdefault(stem(word), len(kinds)) for word in line if is_content(word)] for line in said]
    return numbers, len(kinds)


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def _of_words(flat: np.ndarray, at: np.ndarray) -> Features:
    """How the words before a place differ from those after it; `flat` numbers all content words in order."""
    made: Features = {}
    middle = at.astype(float)
    for width, (likeness, gain) in _compared(flat, at).items():
        made[f"words {width}: gain"] = gain
        made[f"words {width}: gain here"] = _above_neighbours(gain, middle, 2.0 * width)
        made[f"words {width}: valley"] = _depths(likeness, middle, float(width))
    for width in (30, 80):
        born, dead = _turnover(flat, at, width)
        made |= {f"words {width}: first said": born, f"words {width}: said last": dead}
        made[f"words {width}: first said here"] = _above_neighbours(born, middle, 2.0 * width)
        made[f"words {width}: said last here"] = _above_neighbours(dead, middle, 2.0 * width)
    crossing = np.log1p(_crossing(flat, at))
    made["chains across"] = _above_neighbours(crossing, middle, 200.0)
    made["chains across: valley"] = _depths(crossing, middle, 150.0)
    return made


def _compared(flat: np.ndarray, at: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """For each window: Bhattacharyya's coefficient of both sides' words, and what parting them gains a word.

    The gain is that in log-likelihood of two unigram models over one: the Jensen-Shannon divergence (Lin 1991).
    """
    found = {width: (np.zeros(len(at)), np.zeros(len(at))) for width in WINDOWS}
    widest = max(WINDOWS)
    for start in range(0, len(flat) + 1, _SLAB):
        here = np.flatnonzero((at >= start) & (at < start + _SLAB))
        if not len(here):
            continue
        low, high = max(0, start - widest), min(len(flat), start + _SLAB + widest)
        kinds, which = np.unique(flat[low:high], return_inverse=True)
        counts = np.zeros((high - low + 1, len(kinds)), dtype=np.float32)
        counts[np.arange(1, high - low + 1), which] = 1
        counts = np.cumsum(counts, axis=0, dtype=np.float32)
        place = at[here] - low
        for width in WINDOWS:
            left = counts[place] - counts[np.maximum(place - width, 0)]
            right = counts[np.minimum(place + width, high - low)] - counts[place]
            lefts, rights = left.sum(1), right.sum(1)
            found[width][0][here] = np.sqrt(left * right).sum(1) / np.sqrt(np.maximum(lefts * rights, 1))
            gain = (_log_power(left) + _log_power(right) - _log_power(left + right)).sum(1)
            gain -= _log_power(lefts) + _log_power(rights) - _log_power(lefts + rights)
            found[width][1][here] = gain / np.maximum(lefts + rights, 1)
    return found


def _log_power(counts: np.ndarray) -> np.ndarray:
    """Each count times its logarithm, and 0 at 0."""
    values: np.ndarray = counts * np.log(np.maximum(counts, 1))
    return values


def _turnover(flat: np.ndarray, at: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of words after a place that are said there for the first time, and before it for the last.

    Words that are said once in all are left out.
    """
    first, last = np.zeros(len(flat) + 1), np.zeros(len(flat) + 1)
    _, firsts, which = np.unique(flat, return_index=True, return_inverse=True)
    often = np.bincount(which, minlength=len(firsts)) > 1
    lasts = len(flat) - 1 - np.unique(flat[::-1], return_index=True)[1]
    first[firsts[often] + 1] = 1
    last[lasts[often] + 1] = 1
    first, last = np.cumsum(first), np.cumsum(last)
    born = first[np.minimum(at + width, len(flat))] - first[at]
    return born / width, (last[at] - last[np.maximum(at - width, 0)]) / width


def _crossing(flat: np.ndarray, at: np.ndarray, gap: int = 300) -> np.ndarray:
    """How many words are said before a place and again after it, at most `gap` content words apart."""
    change = np.zeros(len(flat) + 2)
    seen: dict[int, int] = {}
    for i, word in enumerate(flat.tolist()):
        before = seen.get(word)
        if before is not None and i - before <= gap:
            change[before + 1] += 1
            change[i + 1] -= 1
        seen[word] = i
    values: np.ndarray = np.cumsum(change)[at]
    return values


# ── Speakers ─────────────────────────────────────────────────────────────────────────────────


def _of_speakers(speakers: Sequence[str | None], lengths: np.ndarray, at: np.ndarray) -> Features:
    """Who speaks about each place, how much, and how long ago before."""
    numbers = {name: i for i, name in enumerate(dict.fromkeys(speakers))}
    who = np.array([numbers[name] for name in speakers])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    spoken = np.zeros((len(who) + 1, len(numbers)))
    spoken[np.arange(1, len(who) + 1), who] = lengths
    spoken = np.cumsum(spoken, axis=0)
    middle, here = offsets[at].astype(float), who[at]
    made: Features = {}
    for width in (60, 200):
        left = spoken[at] - spoken[np.searchsorted(offsets, np.maximum(middle - width, 0))]
        right = spoken[np.searchsorted(offsets, np.minimum(middle + width, offsets[-1]))] - spoken[at]
        left /= np.maximum(left.sum(1, keepdims=True), 1)
        right /= np.maximum(right.sum(1, keepdims=True), 1)
        rows = np.arange(len(at))
        likeness = np.sqrt(left * right).sum(1)
        made[f"speakers {width}: likeness"] = likeness
        made[f"speakers {width}: likeness here"] = _above_neighbours(likeness, middle, 3.0 * width)
        made[f"speakers {width}: most before"], made[f"speakers {width}: most after"] = left.max(1), right.max(1)
        made[f"speakers {width}: another leads"] = (left.argmax(1) != right.argmax(1)).astype(float)
        made[f"speakers {width}: own before"], made[f"speakers {width}: own after"] = (
            left[rows, here],
            right[rows, here],
        )
        made[f"turns {width}: before"] = np.log1p(rows - np.searchsorted(middle, middle - width))
        made[f"turns {width}: after"] = np.log1p(np.searchsorted(middle, middle + width, side="right") - 1 - rows)
    made |= _of_turns(who, offsets, at)
    made["speaker's share of words"] = (spoken[-1] / offsets[-1])[here]
    made["speaker's share of lines"] = (np.bincount(who) / len(who))[here]
    made["speaker spoke first"] = (here == who[0]).astype(float)
    return made


def _of_turns(who: np.ndarray, offsets: np.ndarray, at: np.ndarray) -> Features:
    """Lengths of the turns about each place, and words since their speakers last spoke."""
    ends = np.concatenate([np.flatnonzero(np.diff(who)) + 1, [len(who)]])
    length = (offsets[ends[np.searchsorted(ends, np.arange(len(who)), side="right")]] - offsets[:-1]).astype(float)
    heard: dict[int, int] = {}
    silent, is_new = np.full(len(who), 8.0), np.zeros(len(who))
    for i, name in enumerate(who.tolist()):
        is_new[i] = name not in heard
        if name in heard:
            silent[i] = np.log1p(offsets[i] - heard[name])
        heard[name] = int(offsets[i + 1])
    following = np.concatenate([at[1:], [len(who)]])
    then = np.minimum(following, len(who) - 1)
    return {
        "turn's words": np.log1p(length[at]),
        "turn's share of all": length[at] / offsets[-1],
        "turn before's words": np.log1p(offsets[at] - offsets[np.concatenate([[0], at[:-1]])]),
        "turn after's words": np.log1p(np.where(following < len(who), length[then], 0)),
        "speaker silent for": silent[at],
        "speaker is new": is_new[at],
        "speaker after silent for": silent[then],
        "speaker after is new": is_new[then],
    }


# ── A place among its neighbours ─────────────────────────────────────────────────────────────


def _depths(values: np.ndarray, at: np.ndarray, half: float) -> np.ndarray:
    """How far the highest values within `half` on both sides rise above each (Hearst 1997, section 4.2)."""
    first, last = np.searchsorted(at, at - half), np.searchsorted(at, at + half, side="right")
    return np.array(
        [
            values[a : i + 1].max() + values[i:b].max() - 2 * values[i]
            for i, (a, b) in enumerate(zip(first, last, strict=True))
        ]
    )


def _above_neighbours(values: np.ndarray, at: np.ndarray, half: float) -> np.ndarray:
    """Standard deviations above the mean of the values within `half`."""
    first, last = np.searchsorted(at, at - half), np.searchsorted(at, at + half, side="right")
    sums = np.concatenate([[0], np.cumsum(values)])
    squares = np.concatenate([[0], np.cumsum(values * values)])
    count = last - first
    mean = (sums[last] - sums[first]) / count
    spread = np.sqrt(np.maximum((squares[last] - squares[first]) / count - mean**2, 1e-8))
    scores: np.ndarray = (values - mean) / (spread + 1e-3)
    return scores


def neutral(made: Mapping[str, np.ndarray], means: Mapping[str, float]) -> Features:
    """The features with all that speaks of speakers at its mean: what is known where nobody is told apart."""
    return {
        name: np.full(len(values), means.get(name, 0.0)) if name.startswith(SPOKEN_BY) else values
        for name, values in made.items()
    }
