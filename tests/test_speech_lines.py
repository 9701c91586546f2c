"""Nothing that was heard is lost, every word has its time, and a segment is a sentence."""

from __future__ import annotations

from itertools import pairwise

import pytest
from conftest import phrases
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import Segment, Span, Word
from scribe.speech.heard import Heard, Line
from scribe.speech.lines import LONGEST_PAUSE_S, LONGEST_S, LONGEST_TEXT, compose
from scribe.speech.windows import Window, pack

Part = tuple[Window, Heard]


def window(*pieces: tuple[float, float]) -> Window:
    return Window(pieces=tuple(Span(start=a, end=b) for a, b in pieces or [(0, 1000)]))


def timed(text: str, start: float = 0.0, *, word_s: float = 0.3, gap_s: float = 0.0) -> Line:
    """A line as Whisper writes it, each word with the space before it."""
    words = []
    here = start
    for word in text.split():
        words.append(Word(text=f" {word}", start=here, end=here + word_s, probability=0.9))
        here += word_s + gap_s
    return Line(
        text="".join(word.text for word in words), start=start, end=max(start, here - gap_s), words=tuple(words)
    )


def heard(*lines: Line, **known: float) -> Heard:
    return Heard(lines=lines, end=max((line.end for line in lines), default=0), **known)


def texts(*parts: Part) -> list[str]:
    return [segment.text for segment in compose(parts)]


def times(segment: Segment) -> list[tuple[float | None, float | None]]:
    return [(word.start, word.end) for word in segment.words]


# ── Sentences ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It is so. Is it? Yes!", ["It is so.", "Is it?", "Yes!"]),
        ("Dr. Hall took e.g. 3.5 of them. Then No. 4.", ["Dr. Hall took e.g. 3.5 of them.", "Then No. 4."]),
        ("In the U.S. they do. At 5 p.m. we stop.", ["In the U.S. they do.", "At 5 p.m. we stop."]),
        ("And then... we stopped. Well... So it is.", ["And then... we stopped.", "Well...", "So it is."]),
        ("no marks at all in here", ["no marks at all in here"]),
        ("“It is.” “Is it?”", ["“It is.”", "“Is it?”"]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
    ],
)
def test_a_segment_ends_where_a_sentence_does(text: str, sentences: list[str]) -> None:
    assert texts((window(), heard(timed(text)))) == sentences


def test_languages_without_spaces_are_joined_without() -> None:
    words = tuple(Word(text=t, start=i, end=i + 1) for i, t in enumerate(["今天", "我们", "看。", "损失", "函数。"]))
    (first, second) = compose([(window(), heard(Line(text="今天我们看。损失函数。", start=0, end=5, words=words)))])
    assert (first.text, second.text) == ("今天我们看。", "损失函数。")
    assert [word.text for word in first.words] == ["今天", "我们", "看。"]
    assert (second.start, second.end) == (3, 5)


def test_a_sentence_runs_on_over_lines_and_windows() -> None:
    one = window((0, 10)), heard(timed("The bound is", 8.0))
    two = window((10.4, 20)), heard(timed("not tight. It may be", 0.0), timed("one day.", 1.5))
    segments = compose([one, two])
    assert [s.text for s in segments] == ["The bound is not tight.", "It may be one day."]
    assert (segments[0].start, segments[0].end) == (8.0, 11.0)


def test_after_a_long_pause_something_new_begins() -> None:
    assert texts((window(), heard(timed("So we take the", 0.0), timed("loss of it", 1.2 + 2.1)))) == [
        "So we take the",
        "loss of it",
    ]
    assert texts((window(), heard(timed("So we take the", 0.0), timed("loss of it", 1.2 + 1.9)))) == [
        "So we take the loss of it"
    ]


def test_a_pause_within_a_line_counts_in_the_time_of_the_recording() -> None:
    """The window left out a minute of silence between the pieces; so the words are a minute apart."""
    line = timed("so we go on", 0.8, word_s=0.6)
    segments = compose([(window((5, 7), (67, 70)), heard(line))])
    assert [(s.text, s.start, s.end) for s in segments] == [("so we", 5.8, 7.0), ("go on", 67.0, 68.2)]


def test_a_long_sentence_is_cut_at_a_comma() -> None:
    text = " ".join(f"w{i}" for i in range(65)) + ", " + " ".join(f"t{i}" for i in range(75)) + "."
    assert texts((window(), heard(timed(text, word_s=0.2)))) == [text.partition(", ")[0] + ",", text.partition(", ")[2]]


def test_a_long_sentence_without_marks_is_cut_at_its_longest_pause() -> None:
    lines = [timed(f"we go on to {i}", 2.0 * i + (0.4 if i >= 8 else 0)) for i in range(18)]
    segments = compose([(window(), heard(*lines))])
    assert [len(s.words) for s in segments] == [40, 50]


def test_a_long_sentence_without_pauses_is_cut_where_a_line_ends_or_else_in_the_middle() -> None:
    def sizes(*counts: int) -> list[int]:
        begins = [sum(counts[:i]) for i in range(len(counts))]
        texts = [" ".join(f"w{i:03}" for i in range(b, b + n)) for b, n in zip(begins, counts, strict=True)]
        lines = [timed(text, 0.2 * b, word_s=0.2) for b, text in zip(begins, texts, strict=True)]
        return [len(s.words) for s in compose([(window(), heard(*lines))])]

    assert sizes(40, 60) == [40, 60]
    assert sizes(100) == [50, 50]
    assert sizes(10, 90) == [50, 50]  # too near to the beginning


def test_an_endless_sentence_is_cut_between_words() -> None:
    """Ten thousand words without a mark or a pause."""
    line = timed(" ".join(f"w{i}" for i in range(10_000)))
    segments = compose([(window((0, 4000)), heard(line))])
    assert max(len(s.text) for s in segments) <= LONGEST_TEXT
    assert min(len(s.text) for s in segments) >= LONGEST_TEXT / 6
    assert all((s.end or 0) - (s.start or 0) <= LONGEST_S for s in segments)
    assert " ".join(s.text for s in segments) == line.text.strip()


def test_a_word_is_never_cut() -> None:
    line = timed("w" * 1000 + " " + "x" * 1000)
    assert texts((window(), heard(line))) == ["w" * 1000, "x" * 1000]


# ── Lines and words as they come ─────────────────────────────────────────────────────────────


def test_lines_without_words_keep_their_text_and_times() -> None:
    lines = [Line(text=" So it is. Is it?", start=1, end=4), Line(text="It is,", start=4, end=6)]
    segments = compose([(window((10, 15), (80, 90)), heard(timed("He said", 0.3), *lines, timed("he said.", 6.5)))])
    assert [(s.text, s.start, s.end, len(s.words)) for s in segments] == [
        ("He said", 10.3, 10.9, 2),
        ("So it is. Is it?", 11, 14, 0),
        ("It is,", 14, 81, 0),
        ("he said.", 81.5, 82.1, 2),
    ]
    assert [s.index for s in segments] == [0, 1, 2, 3]


def test_lines_that_say_nothing_are_left_out() -> None:
    lines = [Line(text=t, start=0, end=1) for t in ("", " ...", "♪♪", " - ")]
    assert compose([(window(), heard(*lines)), (window(), heard())]) == ()
    assert compose([]) == ()


def test_words_are_kept_without_their_space_and_with_what_is_known_of_them() -> None:
    words = (
        Word(text=" So", start=0.111, end=0.5, probability=0.75),
        Word(text=" it", start=0.5, end=0.7, probability=0.5, interpolated=True),
        Word(text=" is.", start=0.7, end=1.0),
    )
    (segment,) = compose([(window(), heard(Line(text=" So it is.", start=0, end=1, words=words)))])
    assert segment.words == (
        Word(text="So", start=0.11, end=0.5, probability=0.75),
        Word(text="it", start=0.5, end=0.7, probability=0.5, interpolated=True),
        Word(text="is.", start=0.7, end=1.0),
    )


@pytest.mark.parametrize(
    ("text", "words", "kept"),
    [
        ("So, it is.", ["So", "it", "is"], ["So,", "it", "is."]),  # some recognisers leave the marks out
        ("Pourquoi ? Parce que.", [" Pourquoi", " ?", " Parce", " que."], ["Pourquoi ?", "Parce", "que."]),
        ("- Yes - no.", [" -", " Yes", " -", " no."], ["- Yes", "- no."]),
        ("¿Qué? ¡Sí!", ["¿Qué?", "¡Sí!"], ["¿Qué?", "¡Sí!"]),
        ("He said “no” “so”.", ["He", "said", "no", "so"], ["He", "said", "“no”", "“so”."]),
        ("ice-cream", ["ice", "-cream"], ["ice", "-cream"]),
        ("So it is.", ["So", "was", "is."], []),  # not the line's words: it stands without
        ("So it is.", ["So", "is."], []),
        ("So it is.", ["So", "it"], []),
    ],
)
def test_the_text_of_a_line_decides_how_its_words_are_written(text: str, words: list[str], kept: list[str]) -> None:
    line = Line(text=text, start=0, end=9, words=tuple(Word(text=w, start=i, end=i + 1) for i, w in enumerate(words)))
    segments = compose([(window(), heard(line))])
    assert [word.text for s in segments for word in s.words] == kept
    assert " ".join(s.text for s in segments) == text


def test_words_without_times_share_those_between_their_neighbours_by_letters() -> None:
    """WhisperX aligns no digits: `2014` and `37` come without times."""
    words = (
        Word(text=" In", start=1.0, end=1.4),
        Word(text=" 2014"),
        Word(text=" 37"),
        Word(text=" came", start=2.6, end=3.0),
        Word(text=" up."),
    )
    (segment,) = compose([(window(), heard(Line(text=" In 2014 37 came up.", start=0.5, end=3.6, words=words)))])
    assert times(segment) == [(1.0, 1.4), (1.4, 2.2), (2.2, 2.6), (2.6, 3.0), (3.0, 3.6)]
    assert [word.interpolated for word in segment.words] == [False, True, True, False, True]


def test_a_line_of_words_without_times_shares_its_span() -> None:
    line = Line(text="ab abcd", start=1, end=4, words=(Word(text="ab"), Word(text="abcd", start=3)))
    (segment,) = compose([(window((10, 20)), heard(line))])
    assert times(segment) == [(11, 12), (12, 14)]
    assert all(word.interpolated for word in segment.words)


def test_a_word_lies_on_one_side_of_a_joint() -> None:
    """Cross-attention puts the end of "on" into the next piece, which is a minute away."""
    words = (Word(text=" go", start=1.0, end=1.5), Word(text=" on.", start=1.5, end=2.3))
    (segment,) = compose([(window((5, 7), (67, 70)), heard(Line(text=" go on.", start=1, end=2.3, words=words)))])
    assert times(segment) == [(6.0, 6.5), (6.5, 7.0)]


def test_times_that_run_backwards_are_mended() -> None:
    words = (
        Word(text=" a", start=1.0, end=3.0),
        Word(text=" b", start=2.0, end=1.5),
        Word(text=" c", start=1.8, end=2.4),
    )
    (segment,) = compose([(window(), heard(Line(text=" a b c", start=1, end=0.5, words=words)))])
    assert times(segment) == [(1.0, 2.0), (2.0, 2.0), (2.0, 2.4)]


# ── Doubts ───────────────────────────────────────────────────────────────────────────────────


def test_a_doubtful_line_stands_alone() -> None:
    lines = [timed("So then we"), timed("Thanks for watching!", 1.0), timed("go on.", 2.0)]
    assert [(s.text, bool(s.doubt)) for s in compose([(window(), heard(*lines))])] == [
        ("So then we", False),
        ("Thanks for watching!", True),
        ("go on.", False),
    ]


def test_the_doubts_of_a_window_go_to_all_its_segments_and_no_other() -> None:
    guessed = heard(timed("It is so. Or not,"), avg_logprob=-1.5, no_speech_prob=0.9)
    segments = compose([(window((0, 9)), guessed), (window((9, 20)), heard(timed("they said.")))])
    assert [s.text for s in segments if s.doubt] == ["It is so.", "Or not,"]
    assert [s.text for s in segments if not s.doubt] == ["they said."]


def test_the_prompt_is_known() -> None:
    line = timed("Simulacra, Mira Voss, log-loss.")
    prompt = "Glossary: simulacra, Mira Voss, log-loss."
    assert [bool(s.doubt) for s in compose([(window(), heard(line))], prompt=prompt)] == [True]
    assert [bool(s.doubt) for s in compose([(window(), heard(line))])] == [False]


# ── Nothing is lost ──────────────────────────────────────────────────────────────────────────


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A line with whatever times, and with all, some or none of its words timed."""
    text = draw(phrases(12) | st.text(alphabet="ab .,?!-…“”「」我们。 ", max_size=30))
    times = st.floats(min_value=0, max_value=40)
    start = draw(times)
    words = []
    if draw(st.booleans()):
        here = start
        for word in text.split():
            begins = here + draw(st.floats(min_value=0, max_value=4))
            here = draw(st.sampled_from([begins, begins + 0.3, begins - 0.2 if begins > 0.2 else begins]))
            times_of = draw(st.sampled_from([(begins, here), (begins, here), (None, None), (begins, None)]))
            words.append(Word(text=draw(st.sampled_from([" ", ""])) + word, start=times_of[0], end=times_of[1]))
    return Line(text=draw(st.sampled_from(["", " "])) + text, start=start, end=draw(times), words=tuple(words))


@st.composite
def hearings(draw: st.DrawFn) -> list[Part]:
    """Windows packed from spans, each with any lines, some of them guessed."""
    found, here = [], 0.0
    for pause, length in draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)), max_size=12)):
        found.append(Span(start=here + pause, end=here + pause + length))
        here += pause + length
    known = st.sampled_from([{}, {"avg_logprob": -2.0, "no_speech_prob": 0.9}])
    return [(w, heard(*draw(st.lists(lines(), max_size=4)), **draw(known))) for w in pack(found)]


@given(hearings())
def test_the_text_of_all_segments_is_that_of_all_lines(parts: list[Part]) -> None:
    said = [line.text for _, own in parts for line in own.lines if any(map(str.isalnum, line.text))]
    assert " ".join(texts(*parts)).split() == " ".join(said).split()


@given(hearings())
def test_times_never_run_backwards(parts: list[Part]) -> None:
    segments = compose(parts)
    assert [s.index for s in segments] == list(range(len(segments)))
    moments = [t for s in segments for t in (s.start, s.end)]
    assert moments == sorted(moments, key=float)
    for s in segments:
        assert s.start is not None
        assert s.end is not None
        inside = [s.start, *(t for word in s.words for t in (word.start, word.end)), s.end]
        assert inside == sorted(inside, key=float)
        assert all(t == round(t, 2) for t in inside if t is not None)


@given(hearings())
def test_segments_are_short_and_hold_no_long_pause(parts: list[Part]) -> None:
    for s in compose(parts):
        assert any(map(str.isalnum, s.text))
        if len(s.words) > 1:
            assert s.end is not None
            assert s.start is not None
            assert s.end - s.start <= LONGEST_S
            assert len(s.text) <= LONGEST_TEXT
            pauses = [b.start - a.end for a, b in pairwise(s.words) if a.end is not None and b.start is not None]
            assert max(pauses) <= LONGEST_PAUSE_S + 0.001
            assert "".join(w.text for w in s.words).replace(" ", "") == s.text.replace(" ", "")


@given(hearings())
def test_each_window_alone_says_what_all_say_together(parts: list[Part]) -> None:
    alone = [segment for part in parts for segment in compose([part])]
    assert " ".join(s.text for s in alone) == " ".join(texts(*parts))
