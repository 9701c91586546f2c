"""Words get speakers, lines are cut where these change, and nothing that was heard is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import Segment, Turn, Word
from scribe.speakers import assign


def turns(*rows: tuple[str, float, float]) -> list[Turn]:
    return [Turn(speaker=who, start=start, end=end) for who, start, end in rows]


def line(text: str, start: float = 0.0, *, word_s: float = 1.0, index: int = 0, **more: object) -> Segment:
    """A line whose words, those between spaces, last a second each."""
    words = tuple(
        Word(text=word, start=start + i * word_s, end=start + (i + 1) * word_s, probability=0.9)
        for i, word in enumerate(text.split())
    )
    times = {"start": start, "end": start + len(words) * word_s}
    return Segment.model_validate({"index": index, "text": text, "words": words, **times, **more})


def told(segments: tuple[Segment, ...]) -> list[tuple[str | None, str, float | None, float | None]]:
    return [(s.speaker, s.text, s.start, s.end) for s in segments]


def test_a_line_is_cut_where_the_speaker_changes() -> None:
    heard = [line("so it holds no it does not", doubt="low confidence")]
    found = assign(heard, turns(("S1", 0, 3.1), ("S2", 3.1, 7)))
    assert told(found) == [("S1", "so it holds", 0, 3), ("S2", "no it does not", 3, 7)]
    assert [s.index for s in found] == [0, 1]
    assert {s.doubt for s in found} == {"low confidence"}
    assert found[0].words + found[1].words == heard[0].words


@pytest.mark.parametrize(
    ("text", "rows", "expected"),
    [
        pytest.param("we do not know that", [("S1", 0, 2), ("S2", 2, 3), ("S1", 3, 5)], ["S1"], id="a single word"),
        pytest.param("well we do know it", [("S1", 0, 1), ("S2", 1, 5)], ["S2"], id="a single first word"),
        pytest.param("Yes. So. And on", [("S1", 0, 1), ("S2", 1, 2), ("S1", 2, 4)], ["S1", "S2", "S1"], id="sentence"),
        pytest.param("we do oh no I", [("S1", 0, 2), ("S2", 2, 4), ("S2", 4, 5)], ["S1", "S2"], id="several words"),
        pytest.param("we do oh no do we", [("S1", 0, 2), ("S2", 2, 4), ("S1", 4, 6)], ["S1", "S2", "S1"], id="two"),
        pytest.param("we do know it", [("S1", 0, 4), ("S2", 1, 2)], ["S1"], id="who talks over another does not cut"),
        pytest.param("a b c d", [("S1", 10, 11), ("S2", 40, 50)], ["S1"], id="the nearest turn, where there is none"),
        pytest.param("a b c d", [("S1", 0, 1.2), ("S2", 2.9, 4)], ["S1", "S2"], id="the nearest turn in a gap"),
        pytest.param("self - driving cars here", [("S1", 0, 2), ("S2", 2, 5)], ["S1", "S2"], id="spaces may be cut"),
    ],
)  # fmt: skip
def test_speakers_of_words(text: str, rows: list[tuple[str, float, float]], expected: list[str]) -> None:
    assert [s.speaker for s in assign([line(text)], turns(*rows))] == expected


def test_a_word_given_in_parts_is_not_cut() -> None:
    words = tuple(Word(text=t, start=i, end=i + 1) for i, t in enumerate(["a", "self", "-driving", "car", "here"]))
    heard = Segment(index=0, text="a self-driving car here", start=0, end=5, words=words)
    found = assign([heard], turns(("S1", 0, 2), ("S2", 2, 5)))
    assert [(s.speaker, s.text) for s in found] == [("S1", "a self-driving"), ("S2", "car here")]


def test_scripts_without_spaces_are_cut_between_words() -> None:
    words = tuple(Word(text=t, start=i, end=i + 1) for i, t in enumerate(["今天", "我们", "看。", "损失", "函数。"]))
    heard = Segment(index=0, text="今天我们看。损失函数。", start=0, end=5, words=words)
    found = assign([heard], turns(("S1", 0, 3), ("S2", 3, 5)))
    assert [(s.speaker, s.text) for s in found] == [("S1", "今天我们看。"), ("S2", "损失函数。")]


def test_words_without_times_go_with_the_word_before() -> None:
    heard = line("one two three four five six", 0)
    words = tuple(
        w.model_copy(update={"start": None, "end": None}) if i in (0, 2) else w for i, w in enumerate(heard.words)
    )
    found = assign([heard.model_copy(update={"words": words})], turns(("S1", 0, 3), ("S2", 3, 6)))
    assert [(s.speaker, s.text) for s in found] == [("S1", "one two three"), ("S2", "four five six")]


@pytest.mark.parametrize("words", [(), (Word(text="other", start=0, end=1),)])
def test_a_line_without_its_words_goes_whole_to_whoever_talks_most(words: tuple[Word, ...]) -> None:
    heard = Segment(index=0, text="all of this", start=0, end=10, words=words)
    (found,) = assign([heard], turns(("S1", 0, 3), ("S2", 3, 6), ("S1", 8, 10)))
    assert found == heard.model_copy(update={"speaker": "S1"})


def test_without_turns_or_times_speakers_stay() -> None:
    untimed = Segment(index=0, text="as it is", speaker="Ada")
    assert assign([untimed], turns(("S1", 0, 3))) == (untimed,)
    assert assign([line("as it is", speaker="Ada")], []) == (line("as it is", speaker="Ada"),)


# ── Nothing is lost ──────────────────────────────────────────────────────────────────────────

TIMES = st.floats(0, 60, allow_nan=False).map(lambda t: round(t, 2))


@st.composite
def heard_lines(draw: st.DrawFn) -> list[Segment]:
    """Lines as a recogniser may write them: times may be missing, or run backwards within a line."""
    found, at = [], 0.0
    for index in range(draw(st.integers(0, 5))):
        texts = draw(
            st.lists(st.sampled_from(["it", "is.", "so", "Right.", "self-made", "今天", "«", "a"]), max_size=9)
        )
        start = at + draw(st.sampled_from([0.0, 0.5, 3.0]))
        at = start + draw(st.sampled_from([0.0, 0.3, 2.0, 9.0]))
        words = []
        for text in texts:
            begins = draw(st.one_of(st.none(), st.floats(start, at)))
            ends = None if begins is None else begins + draw(st.sampled_from([0.0, 0.2, 1.0]))
            words.append(Word(text=text, start=begins, end=ends, interpolated=draw(st.booleans())))
        kept = words if draw(st.integers(0, 4)) else words[1:]
        text = draw(st.sampled_from([" ", " ", "", "  "])).join(texts)
        found.append(Segment(index=index, text=text, start=start, end=at, words=tuple(kept), doubt=f"line {index}"))
    return found


SOME_TURNS = st.lists(
    st.builds(
        lambda who, start, length: Turn(speaker=who, start=start, end=start + length),
        st.sampled_from(["S1", "S2", "S3"]), TIMES, st.sampled_from([0.0, 0.1, 0.4, 2.0, 20.0]),
    ),
    max_size=12,
)  # fmt: skip


@given(heard_lines(), SOME_TURNS)
def test_nothing_is_lost_and_times_never_run_backwards(heard: list[Segment], some: list[Turn]) -> None:
    found = assign(heard, some)
    assert [s.index for s in found] == list(range(len(found)))
    assert [w for s in found for w in s.words] == [w for s in heard for w in s.words]
    assert "".join("".join(s.text.split()) for s in found) == "".join("".join(s.text.split()) for s in heard)
    for segment in heard:
        parts = [s for s in found if s.doubt == segment.doubt]
        assert [w for s in parts for w in s.words] == list(segment.words)
        assert (parts[0].start, parts[-1].end) == (segment.start, segment.end)
    starts = [s.start for s in found if s.start is not None]
    assert all(a <= b for a, b in pairwise(starts))
    assert all(s.start <= s.end for s in found if s.start is not None and s.end is not None)
    assert {s.speaker for s in found} <= {t.speaker for t in some} | {None}


@given(
    st.lists(st.lists(st.sampled_from(["it", "is.", "so", "Right."]), min_size=1, max_size=9), max_size=5), SOME_TURNS
)
def test_joined_texts_stay_the_same(lines: list[list[str]], some: list[Turn]) -> None:
    heard = [line(" ".join(words), start=10.0 * i, word_s=0.7, index=i) for i, words in enumerate(lines)]
    found = assign(heard, some)
    assert " ".join(s.text for s in found) == " ".join(s.text for s in heard)
    assert all(s.text == " ".join(w.text for w in s.words) for s in found)
    if any(turn.end > turn.start for turn in some):
        assert all(s.speaker for s in found)
