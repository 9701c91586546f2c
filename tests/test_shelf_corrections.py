"""What a person puts right in a transcript lies beside it, and the transcript stays as it was, byte for byte."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from conftest import talks, transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import ScribeError, Segment, Transcript, Word
from scribe.shelf import Workspace
from scribe.shelf.corrections import Corrections, LineEdit, apply, left_out

LINES = ["S1: The remote control is yellow.", "S2: It is.", "S1: We meet on Friday."]


def with_words(talk: Transcript) -> Transcript:
    """Every word of every line with a time and a probability, and a doubt on each line."""

    def timed(segment: Segment) -> Segment:
        said = segment.text.split()
        words = tuple(Word(text=f" {w}", start=n, end=n + 1, probability=0.5) for n, w in enumerate(said))
        return segment.model_copy(update={"words": words, "doubt": "it repeats"})

    return talk.model_copy(update={"segments": tuple(map(timed, talk.segments))})


def edit(talk: Transcript, line: int, after: str) -> LineEdit:
    return LineEdit(line=line, before=talk.segments[line].text, after=after)


@st.composite
def corrected_talks(draw: st.DrawFn) -> tuple[Transcript, Corrections]:
    """A transcript, and what a person says of it: other words for some lines, other names, edits that fit no more."""
    talk = with_words(draw(talks(12)))
    places = draw(st.lists(st.integers(0, 14), max_size=5, unique=True))
    edits = []
    for place in places:
        there = talk.segments[place].text if place < len(talk.segments) else "gone"
        before = draw(st.sampled_from([there, "other words"]))
        words = draw(st.permutations(there.split()))[: draw(st.integers(0, 6))]
        edits.append(LineEdit(line=place, before=before, after=" ".join([*words, draw(st.sampled_from("xyz"))])))
    names = draw(st.dictionaries(st.sampled_from(talk.speakers or ("S9",)), st.sampled_from(["Jan", "Wen"])))
    return talk, Corrections(speakers=names, lines=tuple(edits))


@given(corrected_talks())
def test_the_layer_goes_on_and_comes_off_without_a_trace(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[Transcript, Corrections]
) -> None:
    raw, corrections = made
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    before = workspace.save_transcript(raw).read_bytes()
    workspace.correct(raw.id, lambda _: corrections)
    shown = workspace.load_transcript(raw.id)
    assert workspace.save_transcript(shown).read_bytes() == before
    assert workspace.load_raw(raw.id) == raw
    assert len(shown.segments) == len(raw.segments)
    unfit = left_out(raw, corrections)
    for one in corrections.lines:
        assert (one in unfit) or shown.segments[one.line].text == one.after
    edited = {one.line for one in corrections.lines if one not in unfit}
    for old, new in zip(raw.segments, shown.segments, strict=True):
        assert new.speaker == corrections.speakers.get(old.speaker or "", old.speaker)
        assert (old.start, old.end) == (new.start, new.end)
        if old.index not in edited:
            assert (old.text, old.words, old.doubt) == (new.text, new.words, new.doubt)


@given(corrected_talks())
def test_the_words_of_a_corrected_line_are_some_of_its_own_in_order(made: tuple[Transcript, Corrections]) -> None:
    raw, corrections = made
    for old, new in zip(raw.segments, apply(raw, corrections).segments, strict=True):
        times = [word.start for word in new.words]
        assert times == sorted(times)
        assert {w.start for w in new.words} <= {w.start for w in old.words}
        rest = iter(new.text.split())
        assert all(word.text.strip() in rest for word in new.words)


def test_a_corrected_line_has_no_doubt_and_the_words_that_are_still_in_it() -> None:
    raw = with_words(transcript(LINES))
    shown = apply(raw, Corrections(speakers={"S1": "Ada"}, lines=(edit(raw, 0, "The Remote, too, is green."),)))
    line = shown.segments[0]
    assert (line.speaker, line.text, line.doubt) == ("Ada", "The Remote, too, is green.", None)
    assert [(w.text, w.start, w.probability) for w in line.words] == [
        (" The", 0, None), (" Remote,", 1, None), (" is", 3, None),
    ]  # fmt: skip
    assert shown.segments[1] == raw.segments[1]


def test_an_edit_made_on_other_words_is_left_out_and_told() -> None:
    raw = transcript(LINES)
    old = LineEdit(line=1, before="It was.", after="It isn't.")
    beyond = LineEdit(line=7, before="It is.", after="No.")
    corrections = Corrections(lines=(old, beyond, edit(raw, 2, "We meet on Monday.")))
    assert [s.text for s in apply(raw, corrections).segments][1:] == ["It is.", "We meet on Monday."]
    assert left_out(raw, corrections) == [old, beyond]


def test_what_another_edit_changes_is_saved_and_the_layer_is_not(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    raw = with_words(transcript(LINES))
    workspace.save_transcript(raw)
    workspace.correct(raw.id, lambda _: Corrections(speakers={"S1": "Ada"}, lines=(edit(raw, 0, "It is red."),)))
    shown = workspace.load_transcript(raw.id)
    one = shown.segments[1].model_copy(update={"text": "It is not."})
    other = shown.segments[0].model_copy(update={"speaker": "S3"})
    workspace.save_transcript(shown.model_copy(update={"segments": (other, one, shown.segments[2])}))
    kept = workspace.load_raw(raw.id)
    assert [(s.speaker, s.text) for s in kept.segments] == [
        ("S3", "The remote control is yellow."), ("S2", "It is not."), ("S1", "We meet on Friday."),
    ]  # fmt: skip
    assert kept.segments[0].words == raw.segments[0].words
    assert workspace.load_transcript(raw.id).segments[0].text == "It is red."


def test_where_the_raw_transcript_is_gone_the_edits_tell_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    raw = transcript(LINES)
    path = workspace.save_transcript(raw)
    workspace.correct(raw.id, lambda _: Corrections(speakers={"S1": "Ada"}, lines=(edit(raw, 0, "It is red."),)))
    shown = workspace.load_transcript(raw.id)
    path.unlink()
    workspace.save_transcript(shown)
    assert workspace.load_raw(raw.id) == raw


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"lines": [{"line": -1, "before": "", "after": ""}]}', '{"x": 1}'])
def test_a_broken_file_is_told_by_its_name_and_stays(tmp_path: Path, broken: str) -> None:
    workspace = Workspace(tmp_path)
    raw = transcript(LINES)
    workspace.save_transcript(raw)
    path = workspace.corrections_path(raw.id)
    path.parent.mkdir(parents=True)
    path.write_text(broken)
    for use in (
        lambda: workspace.load_transcript(raw.id),
        lambda: workspace.save_transcript(raw),
        lambda: workspace.correct(raw.id, lambda _: Corrections()),
    ):
        with pytest.raises(ScribeError, match=r"corrections\.json: expected corrections as scribe writes them, found"):
            use()
    assert path.read_text() == broken
    assert workspace.load_raw(raw.id) == raw


def test_without_a_correction_there_is_no_file(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    raw = transcript(LINES)
    workspace.save_transcript(raw)
    assert workspace.correct(raw.id, lambda before: before).outcome == "unchanged"
    workspace.correct(raw.id, lambda _: Corrections(speakers={"S1": "Ada"}))
    assert workspace.corrections_path(raw.id).is_file()
    workspace.correct(raw.id, lambda _: Corrections())
    assert not workspace.corrections_path(raw.id).exists()


def test_what_two_people_correct_at_once_is_kept(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    raw = transcript([f"S1: line {n}" for n in range(20)])
    workspace.save_transcript(raw)

    def put(n: int) -> None:
        def change(before: Corrections) -> Corrections:
            return before.model_copy(update={"lines": (*before.lines, edit(raw, n, f"said {n}"))})

        workspace.correct(raw.id, change)

    threads = [threading.Thread(target=put, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [s.text for s in workspace.load_transcript(raw.id).segments] == [f"said {n}" for n in range(20)]
