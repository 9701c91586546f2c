"""`parse` and `compose` are inverses, for each format over what it can hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe import transcripts
from scribe.records import Recipe, ScribeError, Segment, Transcript, Word

# Openings that readers treat as names, times, tags, entities or the marks of some format.
TRAPS = (
    "Note: this",
    "Ada: yes",
    "Ada Lovelace: and: so",
    "Date: today",
    "[00:00:12] hm",
    "(1:02) hm",
    "00:00:12 hm",
    "00:00:01.000 --> 00:00:02.000",
    "0:0:0.0 --> 0:0:1.510",
    "[laughs] well",
    "[Ada] 10:00:00",
    "Ada (0:12): hm",
    "{\\an8}top",
    '{"segments": []}',
    "<b>bold</b>",
    "<v Ada>hi",
    "<Ada> hi",
    "<00:00:01.000>one",
    "a < b & c > d",
    "&amp; &#58; AT&T",
    "**Ada:** hi",
    "__Ada__: hi",
    "*a* _b_ `c` \\* \\",
    "# heading",
    "- item",
    "> quote",
    "1. first",
    "---",
    "===",
    "WEBVTT",
    "NOTE this",
    "7",
    "start\tend\ttext",
    "Transcription ended after 00:10:00",
    "Transcribed by https://otter.ai",
    "see https://example.org: good",
    "<!doctype html>",
    "[x](y) ![z]",
    "—",
    "张三：你好",
    "<html><body>",
)
NAMES = (
    "Ada",
    "Bob",
    "Dr. Grace B. Hopper",
    "SPEAKER_00",
    "Note",
    "edwin",
    "Ada: the second",
    "<x>",
    "a*b_c\\",
    "[0:12] Ada",
)
NAMES += ("O'Neil, Mary (she/her)", "A", "张三", "(0:12) Zed", "Ada (0:12)", "#9 & co", "—", "Is it? Yes! No.")

texts = st.one_of(
    st.sampled_from(TRAPS),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text("ab :*<>[]&\\-#1.\n", max_size=12),
    st.lists(st.sampled_from("one two three four".split()), max_size=6).map(" ".join),
)
speakers = st.one_of(st.none(), st.sampled_from(NAMES), st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
seconds = st.one_of(
    st.integers(0, 50), st.floats(0, 1e5, allow_nan=False), st.integers(0, 359_999_000_000).map(lambda n: n / 1000)
)


@st.composite
def timed_segments(draw: st.DrawFn) -> tuple[str, float, float, str | None]:
    start = draw(seconds)
    return draw(texts), start, start + draw(st.floats(0, 900)), draw(speakers)


def untimed_segments() -> st.SearchStrategy[tuple[str, None, None, str | None]]:
    return st.tuples(texts, st.none(), st.none(), speakers)


@st.composite
def some_transcripts(draw: st.DrawFn, times: str = "any") -> Transcript:
    kinds = {"timed": timed_segments(), "any": timed_segments() | untimed_segments()}
    rows = draw(st.lists(kinds[times], min_size=1, max_size=8))
    if draw(st.booleans()):  # many transcripts have few speakers, and some have none
        names = draw(st.lists(speakers, min_size=1, max_size=2))
        rows = [(text, start, end, names[i % len(names)]) for i, (text, start, end, _) in enumerate(rows)]
    return make(rows)


def make(rows: list[tuple[str, float | None, float | None, str | None]]) -> Transcript:
    return Transcript(
        id="seminar",
        source="seminar.vtt",
        segments=tuple(
            Segment(index=i, text=text, start=start, end=end, speaker=name)
            for i, (text, start, end, name) in enumerate(rows)
        ),
        recipe=Recipe(scribe="0.1.0", engine="test"),
    )


def rows_of(transcript: Transcript) -> list[tuple[str, float | None, float | None, str | None]]:
    return [(s.text, s.start, s.end, s.speaker) for s in transcript.segments]


def squeezed(text: str | None) -> str:
    """The normal form of text: no control characters, whitespace collapsed."""
    printable = (c for c in text or "" if c.isspace() or not (c == "\ufeff" or c < " " or "\x7f" <= c <= "\x9f"))
    return " ".join("".join(printable).split())


def sorted_by_start(rows: list) -> list:
    """Stable; an untimed row stays behind the row before it."""
    keyed, last = [], 0.0
    for row in rows:
        last = row[1] if row[1] is not None else last
        keyed.append((last, row))
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]


def in_milliseconds(transcript: Transcript) -> list:
    return sorted_by_start(
        [
            (squeezed(s.text), round(s.start * 1000) / 1000, round(s.end * 1000) / 1000, squeezed(s.speaker) or None)
            for s in transcript.segments
            if squeezed(s.text) and s.start is not None and s.end is not None
        ]
    )


def in_whole_seconds(transcript: Transcript) -> list:
    return sorted_by_start(
        [
            (squeezed(s.text), None if s.start is None else float(int(s.start)), squeezed(s.speaker) or None)
            for s in transcript.segments
            if squeezed(s.text)
        ]
    )


def read_back(transcript: Transcript, form: str) -> Transcript:
    text = transcripts.compose(transcript, form)
    return transcripts.parse(text.encode(), name=f"seminar.{form}").transcript


@pytest.mark.parametrize("form", ["vtt", "srt"])
@settings(deadline=None, max_examples=200)
@given(transcript=some_transcripts("timed"))
def test_cue_formats_hold_text_speaker_and_milliseconds(form: str, transcript: Transcript) -> None:
    expected = in_milliseconds(transcript)
    if expected:
        assert rows_of(read_back(transcript, form)) == expected


@pytest.mark.parametrize("form", ["txt", "md"])
@settings(deadline=None, max_examples=200)
@given(transcript=some_transcripts())
def test_text_formats_hold_text_speaker_and_start_in_seconds(form: str, transcript: Transcript) -> None:
    expected = in_whole_seconds(transcript)
    if not expected:
        return
    back = read_back(transcript, form)
    assert [(s.text, s.start, s.speaker) for s in back.segments] == expected
    starts = [s.start for s in back.segments if s.start is not None]
    for segment in back.segments:
        if segment.start is not None and (later := [at for at in starts if at > segment.start]):
            assert segment.end == min(later)


@settings(deadline=None, max_examples=100)
@given(transcript=some_transcripts(), data=st.data())
def test_json_holds_everything(transcript: Transcript, data: st.DataObject) -> None:
    word = st.builds(
        Word, text=texts, start=st.none() | seconds, probability=st.none() | st.floats(0, 1, allow_nan=False)
    )
    rich = transcript.model_copy(
        update={
            "language": data.draw(st.none() | st.just("en")),
            "duration": data.draw(st.none() | seconds.map(float)),
            "recording": data.draw(st.none() | st.just("seminar.mp4")),
            "recipe": Recipe(scribe="0.1.0", engine="test", settings={"seed": 3, "vad": True, "beam": 1.0, "x": None}),
            "segments": tuple(
                s.model_copy(update={"words": tuple(data.draw(st.lists(word, max_size=2))), "doubt": "faint"})
                for s in transcript.segments
            ),
        }
    )
    assert transcripts.parse(transcripts.compose(rich, "json").encode(), name="other").transcript == rich


@pytest.mark.parametrize("form", ["vtt", "srt", "txt", "md"])
@settings(deadline=None, max_examples=50)
@given(transcript=some_transcripts("timed"))
def test_what_was_read_is_written_the_same_again(form: str, transcript: Transcript) -> None:
    if in_milliseconds(transcript):
        once = read_back(transcript, form)
        assert transcripts.compose(once, form) == transcripts.compose(read_back(once, form), form)


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_cue_formats_refuse_what_has_no_times(form: str) -> None:
    with pytest.raises(ScribeError, match=r"found 1 of 2 without; write json, txt or md"):
        transcripts.compose(make([("yes", 0, 1, "Ada"), ("no", None, None, "Bob")]), form)


def test_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ScribeError, match=r"\(json, vtt, srt, txt, md\), found 'docx'"):
        transcripts.compose(make([("yes", 0, 1, "Ada")]), "docx")
