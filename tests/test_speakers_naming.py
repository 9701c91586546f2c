"""Names that a person gives: put in all at once, never one for two people, and kept when a recording is heard again."""

from __future__ import annotations

import pytest
from conftest import talks, transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import ScribeError, Segment, Transcript, Turn
from scribe.speakers import carry_names, from_sidecar, merge, rename, talk_time


def speakers(told: Transcript) -> list[str | None]:
    return [segment.speaker for segment in told.segments]


def timed(*rows: tuple[str | None, float, float], **settings: str) -> Transcript:
    """Lines of speakers with their times."""
    made = [
        Segment(index=i, text=f"line {i}", speaker=who, start=start, end=end)
        for i, (who, start, end) in enumerate(rows)
    ]
    told = transcript([])
    recipe = told.recipe.model_copy(update={"settings": settings})
    return told.model_copy(update={"segments": tuple(made), "recipe": recipe})


# ── Renaming and merging ─────────────────────────────────────────────────────────────────────


def test_names_are_given_all_at_once() -> None:
    told = transcript(["S1: a", "S2: b", "c", "S3: d"])
    assert speakers(rename(told, {"S1": " Jan ", "S3": "Ada"})) == ["Jan", "S2", None, "Ada"]
    assert speakers(rename(told, {"S1": "S2", "S2": "S1"})) == ["S2", "S1", None, "S3"]
    assert speakers(rename(told, {"S1": "S2", "S2": "Ada"})) == ["S2", "Ada", None, "S3"]
    assert rename(told, {"S1": "S1"}) == told


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"S4": "Jan"}, "talk: expected one of its speakers, found 'S4'; it has S1, S2"),
        ({"S1": "S2"}, "found 'S2', as S2 is called; if they are one person, say --merge S1=S2"),
        ({"S1": "Jan", "S2": "Jan"}, "if they are one person, say --merge S1=S2"),
        ({"S1": "  "}, "expected a name for S1, found none"),
    ],
)
def test_names_that_cannot_be_given(names: dict[str, str], message: str) -> None:
    with pytest.raises(ScribeError) as caught:
        rename(transcript(["S1: a", "S2: b"]), names)
    assert message in str(caught.value)


def test_a_transcript_without_speakers_says_so() -> None:
    with pytest.raises(ScribeError, match="none: its lines carry no speaker"):
        rename(transcript(["a"]), {"S1": "Jan"})


@given(talks())
def test_renaming_there_and_back_changes_nothing(told: Transcript) -> None:
    there = {name: f"{name} x" for name in told.speakers}
    renamed = rename(told, there)
    assert rename(renamed, {new: old for old, new in there.items()}) == told
    assert [s.text for s in renamed.segments] == [s.text for s in told.segments]


def test_merging_follows_chains() -> None:
    told = transcript(["S1: a", "S2: b", "S3: c"])
    assert speakers(merge(told, {"S3": "S1"})) == ["S1", "S2", "S1"]
    assert speakers(merge(told, {"S3": "S2", "S2": "S1"})) == ["S1", "S1", "S1"]


@pytest.mark.parametrize(
    ("merged", "message"),
    [
        ({"S9": "S1"}, "found 'S9'"),
        ({"S1": "Jan"}, "found 'Jan'"),
        ({"S1": "S1"}, "go in a circle"),
        ({"S1": "S2", "S2": "S1"}, "go in a circle"),
        ({"S3": "S1", "S1": "S2", "S2": "S1"}, "go in a circle"),
    ],
)
def test_merges_that_cannot_be_made(merged: dict[str, str], message: str) -> None:
    with pytest.raises(ScribeError) as caught:
        merge(transcript(["S1: a", "S2: b", "S3: c"]), merged)
    assert message in str(caught.value)


# ── Heard again ──────────────────────────────────────────────────────────────────────────────

THERE = (("Ada", 0, 10), ("Jan", 10, 20), ("S3", 20, 26))


def test_names_are_carried_over_to_whoever_talks_at_their_time() -> None:
    there = timed(*THERE, renamed="S1 = Ada; S2 = Jan")
    new = timed(("S1", 10, 19), ("S2", 0.5, 9), ("S3", 21, 26), ("S2", 9, 10))
    carried = carry_names(there, new)
    assert speakers(carried) == ["Jan", "Ada", "S3", "Ada"]
    assert carried.recipe.settings["renamed"] == "S1 = Ada; S2 = Jan"
    assert carry_names(carried, new) == carried


def test_without_names_given_nothing_is_carried() -> None:
    new = timed(("S1", 10, 19))
    assert carry_names(timed(*THERE), new) == new
    nameless = timed((None, 0, 10))
    assert carry_names(timed(*THERE, renamed="x"), nameless) == nameless


def test_nobody_gets_the_label_of_another() -> None:
    there = timed(*THERE, renamed="x")
    new = timed(("S1", 20, 26), ("S2", 100, 120), ("S3", 130, 140), ("S4", 20, 21))
    carried = speakers(carry_names(there, new))
    assert carried[0] == "S3"
    assert len(set(carried)) == 4


def test_a_moment_together_is_no_match() -> None:
    assert speakers(carry_names(timed(("Ada", 0, 10), renamed="x"), timed(("S1", 9, 60)))) == ["S1"]


ROWS = st.lists(
    st.tuples(st.sampled_from(["S1", "S2", "S3", "S4"]), st.integers(0, 50), st.integers(0, 9)).map(
        lambda row: (row[0], float(row[1]), float(row[1] + row[2]))
    ),
    max_size=12,
)


@given(ROWS, ROWS)
def test_carrying_keeps_speakers_apart(
    old: list[tuple[str, float, float]], new: list[tuple[str, float, float]]
) -> None:
    there, heard = timed(*old, renamed="x"), timed(*new)
    carried = carry_names(there, heard)
    pairs = set(zip(speakers(heard), speakers(carried), strict=True))
    assert len(pairs) == len(heard.speakers) == len(carried.speakers)


# ── Who talks how much ───────────────────────────────────────────────────────────────────────


def test_talk_time() -> None:
    told = timed(("Ada", 0, 3), ("Jan", 3, 4), ("Ada", 4, 9), (None, 9, 30), ("Ada", 30, 30))
    doubted = tuple(
        s.model_copy(update={"doubt": "x", "text": s.text * 9}) if s.index == 2 else s for s in told.segments
    )
    ada, jan = talk_time(told.model_copy(update={"segments": doubted}))
    assert (ada.speaker, ada.seconds, ada.lines, ada.example) == ("Ada", 8, 3, 0)
    assert (jan.speaker, jan.seconds, jan.lines, jan.example) == ("Jan", 1, 1, 1)
    assert ada.share == pytest.approx(8 / 9)


def test_without_times_words_are_counted() -> None:
    ada, jan = talk_time(transcript(["Jan: one", "Ada: two three four"]))
    assert (ada.speaker, ada.seconds, ada.share) == ("Ada", 0, 0.75)
    assert jan.share == 0.25
    assert talk_time(transcript(["nobody"])) == []


@given(talks())
def test_shares_are_parts_of_one(told: Transcript) -> None:
    found = talk_time(told)
    assert {one.speaker for one in found} == set(told.speakers)
    assert sum(one.share for one in found) == pytest.approx(1) or not sum(one.share for one in found)
    assert all(told.segments[one.example].speaker == one.speaker for one in found)


# ── Turns of a transcript beside the recording ───────────────────────────────────────────────


def test_lines_of_one_speaker_are_one_turn() -> None:
    told = timed(
        ("Ada", 0, 3), ("Ada", 3.5, 4), (None, 4, 5), ("Jan", 5, 6), ("Ada", 6, 7), ("Ada", 60, 61), ("Jan", 8, 8)
    )
    assert from_sidecar(told) == (
        Turn(speaker="Ada", start=0, end=4),
        Turn(speaker="Jan", start=5, end=6),
        Turn(speaker="Ada", start=6, end=7),
        Turn(speaker="Ada", start=60, end=61),
    )
    assert from_sidecar(transcript(["Ada: untimed"])) == ()
