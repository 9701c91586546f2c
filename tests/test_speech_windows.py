"""Every span is heard once, in few windows, cut at the longest pauses, and every time finds its way back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import ScribeError, Span
from scribe.speech.heard import SAMPLE_RATE
from scribe.speech.windows import Window, cut, pack


def spans(*pairs: tuple[float, float]) -> list[Span]:
    return [Span(start=a, end=b) for a, b in pairs]


def shown(windows: Sequence[Window]) -> list[list[tuple[float, float]]]:
    return [[(round(p.start, 3), round(p.end, 3)) for p in w.pieces] for w in windows]


@st.composite
def speech(draw: st.DrawFn, most: int = 30, longest: int = 400) -> list[Span]:
    """Spans in hundredths of a second, ascending and disjoint, as a voice activity detector finds them."""
    found, here = [], 0
    for pause, length in draw(st.lists(st.tuples(st.integers(0, 300), st.integers(1, longest)), max_size=most)):
        found.append(Span(start=(here + pause) / 100, end=(here + pause + length) / 100))
        here += pause + length
    return found


# ── pack ─────────────────────────────────────────────────────────────────────────────────────


def test_neighbours_share_a_window_and_long_pauses_in_it_are_shortened() -> None:
    packed = pack(spans((1, 3), (3.4, 5), (60, 62)), keep_pause_s=0.6)
    assert shown(packed) == [[(1, 5.3), (59.7, 62)]]
    assert packed[0].length_s == pytest.approx(2 + 0.4 + 1.6 + 0.6 + 2)


def test_of_all_least_packings_the_longest_pause_is_cut_at() -> None:
    """Three spans of 4 s need two windows of 10; either cut would do, the second pause is the longer one."""
    assert shown(pack(spans((0, 4), (4.5, 8.5), (10, 14)), longest_s=10, keep_pause_s=0.6)) == [[(0, 8.5)], [(10, 14)]]
    assert shown(pack(spans((0, 4), (5.5, 9.5), (10, 14)), longest_s=10, keep_pause_s=0.6)) == [[(0, 4)], [(5.5, 14)]]


def test_two_fair_pauses_are_better_cut_at_than_a_long_one_and_none() -> None:
    """Pauses of 2.2, 1, 0 and 1 s: the first and the third are longer taken together, but the third is none."""
    five = spans((0, 4), (6.2, 10.2), (11.2, 15.2), (15.2, 19.2), (20.2, 24.2))
    packed = pack(five, longest_s=10, keep_pause_s=0.6)
    assert shown(packed) == [
        [(0, 4.3), (5.9, 10.2)],
        [(11.2, 19.2)],
        [(20.2, 24.2)],
    ]


def test_no_window_is_made_of_no_speech() -> None:
    assert pack([]) == []
    assert pack(spans((3, 3), (5, 5.00001))) == []


def test_spans_that_overlap_are_heard_once() -> None:
    assert shown(pack(spans((2, 5), (1, 3), (4, 4.5)))) == [[(1, 5)]]


def test_spans_that_touch_are_two() -> None:
    assert shown(pack(spans((0, 25), (25, 40)))) == [[(0, 25)], [(25, 40)]]


def test_a_span_too_long_for_a_window_is_cut_into_equal_pieces() -> None:
    packed = pack(spans((5, 70)))
    assert [w.length_s for w in packed] == pytest.approx([65 / 3] * 3, abs=1e-3)
    assert [w.end for w in packed[:-1]] == [w.start for w in packed[1:]]


@pytest.mark.parametrize("longest_s", [0, 0.5, -3, math.nan])
def test_windows_too_short_for_a_word_are_refused(longest_s: float) -> None:
    with pytest.raises(ScribeError, match="at least 1 s"):
        pack(spans((0, 1)), longest_s=longest_s)


@given(speech(), st.sampled_from([1.0, 2.5, 4.0, 30.0]), st.sampled_from([0.0, 0.21, 0.6, 9.0]))
def test_all_speech_is_in_exactly_one_window(said: list[Span], longest_s: float, keep_pause_s: float) -> None:
    packed = pack(said, longest_s=longest_s, keep_pause_s=keep_pause_s)
    pieces = [p for w in packed for p in w.pieces]
    assert all(p.start < p.end for p in pieces)
    assert all(earlier.end <= later.start for earlier, later in pairwise(pieces))
    assert all(w.length_s <= longest_s + 1e-9 for w in packed)
    covered = np.zeros(2 + round(max([s.end for s in said], default=0) * 100), dtype=int)
    for p in pieces:
        covered[math.ceil(p.start * 100 - 0.01) : math.floor(p.end * 100 + 0.01)] += 1
    for s in said:
        inside = covered[round(s.start * 100) : round(s.end * 100)]
        assert (inside <= 1).all()
        assert (inside == 0).sum() <= math.ceil((s.end - s.start) / longest_s) - 1  # hundredths that a cut goes through


@given(speech(most=8, longest=90), st.sampled_from([1.0, 1.7, 3.0]))
def test_no_packing_has_fewer_windows_or_as_many_with_better_cuts(said: list[Span], longest_s: float) -> None:
    """Against every way to cut a handful of spans, none of them too long for a window."""
    keep_s = 0.3
    pauses = [later.start - earlier.end for earlier, later in pairwise(said)]

    def cost(cuts: Sequence[int]) -> tuple[int, float] | None:
        bounds = [0, *cuts, len(said)]
        for first, last in pairwise(bounds):
            length = sum(s.end - s.start for s in said[first:last])
            length += sum(min(pause, keep_s) for pause in pauses[first : last - 1])
            if length > longest_s + 1e-6:
                return None
        return len(bounds) - 1, sum(1 / (1 + pauses[c - 1] / 0.5) for c in cuts)

    every = [[c for c in range(1, len(said)) if choice >> c & 1] for choice in range(0, 2 ** len(said), 2)]
    possible = [found for cuts in every if said and (found := cost(cuts)) is not None]
    packed = pack(said, longest_s=longest_s, keep_pause_s=keep_s)
    if not said:
        assert packed == []
        return
    starts = [s.start for s in said]
    own = cost([starts.index(min(starts, key=lambda t, w=w: abs(t - w.start))) for w in packed[1:]])
    assert own is not None
    windows, harm = min(possible)
    assert own[0] == windows == len(packed)
    assert own[1] == pytest.approx(harm)


# ── cut ──────────────────────────────────────────────────────────────────────────────────────


def test_the_sound_of_a_window_is_that_of_its_pieces() -> None:
    samples = np.arange(-32768, 32768, dtype=np.int16)
    window = Window(pieces=tuple(spans((0, 1), (2, 2.5))))
    sound = cut(samples, window)
    assert sound.dtype == np.float32
    assert len(sound) == 1.5 * SAMPLE_RATE
    assert (sound * 32768).tolist() == [*range(-32768, -16768), *range(-768, 7232)]
    assert sound.min() == -1.0


@given(speech())
def test_windows_have_as_many_samples_as_their_length_says(said: list[Span]) -> None:
    samples = np.zeros(round(max([s.end for s in said], default=0) * SAMPLE_RATE), dtype=np.int16)
    for window in pack(said, longest_s=3):
        assert len(cut(samples, window)) == round(window.length_s * SAMPLE_RATE) <= 3 * SAMPLE_RATE


# ── Times ────────────────────────────────────────────────────────────────────────────────────

JOINED = Window(pieces=tuple(spans((10, 12), (60, 63), (100, 101))))


@pytest.mark.parametrize(
    ("t", "as_start", "as_end"),
    [
        (-1, 10, 10),
        (0, 10, 10),
        (1, 11, 11),
        (2, 60, 12),
        (3.5, 61.5, 61.5),
        (5, 100, 63),
        (6, 101, 101),
        (9, 101, 101),
    ],
)
def test_a_time_at_a_joint_belongs_to_what_it_is_the_end_of(t: float, as_start: float, as_end: float) -> None:
    assert JOINED.at(t) == pytest.approx(as_start)
    assert JOINED.at(t, is_end=True) == pytest.approx(as_end)


@given(speech(), st.lists(st.floats(min_value=-1, max_value=40), max_size=20), st.booleans())
def test_time_in_the_recording_never_runs_back(said: list[Span], times: list[float], is_end: bool) -> None:
    for window in pack(said):
        found = [window.at(t, is_end=is_end) for t in sorted(times)]
        assert found == sorted(found)
        assert all(any(p.start <= t <= p.end for p in window.pieces) for t in found)


@given(speech(), st.floats(min_value=0.001, max_value=0.999))
def test_a_time_in_a_piece_is_found_again(said: list[Span], share: float) -> None:
    for window in pack(said):
        before = 0.0
        for piece in window.pieces:
            length = piece.end - piece.start
            assert window.at(before + share * length) == pytest.approx(piece.start + share * length)
            before += length


@pytest.mark.parametrize(
    ("start", "end", "as_line", "as_word"),
    [
        (0.5, 1.5, (10.5, 11.5), (10.5, 11.5)),
        (1.0, 4.0, (11, 62), (60, 62)),  # a line may hold a pause, a word does not
        (1.9, 4.0, (60, 62), (60, 62)),
        (1.0, 2.1, (11, 12), (11, 12)),
        (1.9, 5.1, (60, 63), (60, 63)),
        (2.0, 5.0, (60, 63), (60, 63)),
        (2.0, 2.0, (60, 60), (60, 60)),
        (3.0, 2.5, (61, 61), (61, 61)),
        (5.9, 6.3, (100.9, 101), (100.9, 101)),
        (7.0, 9.0, (101, 101), (101, 101)),
    ],
)
def test_slivers_across_a_joint_do_not_count(
    start: float, end: float, as_line: tuple[float, float], as_word: tuple[float, float]
) -> None:
    line, word = JOINED.place(start, end), JOINED.place(start, end, sliver_s=math.inf)
    assert (line.start, line.end) == pytest.approx(as_line)
    assert (word.start, word.end) == pytest.approx(as_word)


def test_what_a_decoder_left_is_a_window_of_its_own() -> None:
    assert JOINED.rest(0) == JOINED
    assert shown([w for t in (1.25, 2, 3) if (w := JOINED.rest(t))]) == [
        [(11.25, 12), (60, 63), (100, 101)],
        [(60, 63), (100, 101)],
        [(61, 63), (100, 101)],
    ]
    assert JOINED.rest(5.0) == Window(pieces=JOINED.pieces[2:])
    assert JOINED.rest(5.1) is None
    assert JOINED.rest(99) is None


@given(speech(), st.floats(min_value=0, max_value=29))
def test_the_rest_is_as_long_as_what_was_left(said: list[Span], t: float) -> None:
    for window in pack(said):
        rest = window.rest(t)
        if rest is None:
            assert window.length_s - t < 1
        else:
            assert rest.length_s == pytest.approx(window.length_s - t, abs=1 / SAMPLE_RATE)
            assert rest.end == window.end
