"""Monster segments are cut, and nothing is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.records import Recipe, ScribeError, Segment, Transcript, Word
from scribe.transcripts import recut


def of(*segments: Segment) -> Transcript:
    return Transcript(id="a", source="a", segments=segments, recipe=Recipe(scribe="0.1.0", engine="test"))


def test_cuts_fall_at_sentence_ends_and_times_are_shared_out() -> None:
    text = "One two. Three four. Five six."
    words = tuple(Word(text=w) for w in text.split())
    short = Segment(index=0, text="Hi.", start=0, end=10)
    cut, note = recut(of(short, Segment(index=1, text=text, start=10, end=40, speaker="Ada", words=words)), 21)
    assert [(s.index, s.text, s.start, s.end, s.speaker) for s in cut.segments] == [
        (0, "Hi.", 0, 10, None),
        (1, "One two. Three four.", 10.0, 31.0, "Ada"),
        (2, "Five six.", 31.0, 40.0, "Ada"),
    ]
    assert [w.text for w in cut.segments[2].words] == ["Five", "six."]
    assert note == ("1 segment of more than 21 characters cut into 2; times in between are shared out by length")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("aaa bbb ccc", ["aaa bbb", "ccc"]),
        ("aaaaaaaaaaaaaaaaaaaa", ["aaaaaaaa", "aaaaaaaa", "aaaa"]),
        ("一二三。四五六。七八九。", ["一二三。四五六。", "七八九。"]),
        ("aaaaaaa. bbb", ["aaaaaaa.", "bbb"]),
    ],
)
def test_else_between_words_else_anywhere(text: str, pieces: list[str]) -> None:
    cut, _ = recut(of(Segment(index=0, text=text)), 8)
    assert [s.text for s in cut.segments] == pieces


def test_what_is_short_enough_is_returned_as_it_is() -> None:
    transcript = of(Segment(index=0, text="a" * 12_000))
    assert recut(transcript) == (transcript, None)


def test_bound_must_be_positive() -> None:
    with pytest.raises(ScribeError, match="at least 1, found 0"):
        recut(of(), 0)


@settings(deadline=None, max_examples=150)
@given(
    tokens=st.lists(st.text("ab。.!", min_size=1, max_size=30), max_size=40),
    max_chars=st.integers(1, 50),
    timed=st.booleans(),
)
def test_nothing_is_lost_and_every_piece_is_bounded(tokens: list[str], max_chars: int, timed: bool) -> None:
    start, end = (3.7, 1234.567) if timed else (None, None)
    words = tuple(Word(text=t) for t in tokens)
    cut, _ = recut(of(Segment(index=0, text=" ".join(tokens), start=start, end=end, words=words)), max_chars)
    assert "".join("".join(s.text for s in cut.segments).split()) == "".join(tokens)
    assert all(len(s.text) <= max_chars for s in cut.segments)
    assert [w for s in cut.segments for w in s.words] == list(words)
    assert Transcript.model_validate(cut.model_dump()) == cut
    if timed:
        edges = [(s.start, s.end) for s in cut.segments]
        assert edges[0][0] == start
        assert edges[-1][1] == end
        assert all(a[1] == b[0] for a, b in pairwise(edges))
