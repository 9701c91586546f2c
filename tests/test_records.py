"""Records are checked on the way in, frozen afterwards, and the same after a trip through JSON."""

from __future__ import annotations

import re

import pytest
from conftest import prompt, sample, talks, transcript
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scribe import records
from scribe.records import (
    TRANSCRIPT_ID,
    Chunk,
    Claim,
    Completion,
    Coverage,
    Notes,
    Passage,
    Recipe,
    Record,
    Sampling,
    Segment,
    Step,
    Support,
    Topic,
    Transcript,
    Word,
)

ALL = [r for r in vars(records).values() if isinstance(r, type) and issubclass(r, Record) and r is not Record]


def test_the_nouns_are_found() -> None:
    assert {Word, Segment, Transcript, Claim, Notes} <= set(ALL)
    assert len(ALL) >= 18


@pytest.mark.parametrize("record", ALL)
def test_every_record_is_frozen_and_closed(record: type[Record]) -> None:
    assert record.model_config.get("frozen") is True
    assert record.model_config.get("extra") == "forbid"
    assert record.__doc__


# ── Segments and transcripts ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"start": 1.0}, "both be given"),
        ({"end": 1.0}, "both be given"),
        ({"start": 2.0, "end": 1.0}, "ends at 1.0 before it starts at 2.0"),
        ({"start": -1.0, "end": 1.0}, "greater than or equal to 0"),
        ({"start": 0.0, "end": float("inf")}, "finite"),
        ({"start": float("nan"), "end": 1.0}, "finite"),
        ({"index": -1}, "greater than or equal to 0"),
        ({"speakers": "Ada"}, "Extra inputs"),
    ],
)
def test_a_segment_that_cannot_be_is_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Segment.model_validate({"index": 0, "text": "x", **fields})


def test_a_segment_may_take_no_time() -> None:
    assert Segment(index=0, text="", start=1.0, end=1.0).end == 1.0


def test_nothing_can_be_changed() -> None:
    segment = Segment(index=0, text="x")
    with pytest.raises(ValidationError, match="frozen"):
        segment.text = "y"  # type: ignore[misc]


@pytest.mark.parametrize("indices", [(1,), (0, 2), (0, 0), (1, 0)])
def test_indices_count_from_nought(indices: tuple[int, ...]) -> None:
    made = tuple(Segment(index=i, text="x") for i in indices)
    with pytest.raises(ValidationError, match="indices count from 0"):
        Transcript(id="a", source="a", segments=made, recipe=Recipe(scribe="0", engine="t"))


@pytest.mark.parametrize("name", ["talk", "Talk 3, part (1)", "séance_2", "7", "a&b's+c", "x" * 200])
def test_what_may_name_a_transcript(name: str) -> None:
    assert transcript([], name=name).id == name


@pytest.mark.parametrize("name", ["", ".hidden", "..", "a/b", "a\\b", "a:b", "a\nb", "-x", "_x", "a\0", "x" * 201, "~"])
def test_what_may_not(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot name a file"):
        transcript([], name=name)


@given(st.text(max_size=20))
def test_an_id_never_leads_out_of_its_folder(name: str) -> None:
    if TRANSCRIPT_ID.fullmatch(name):
        assert not re.search(r"[/\\:\x00-\x08]", name)
        assert not name.startswith((".", "-", "~"))


def test_speakers_stand_in_the_order_in_which_they_spoke() -> None:
    talk = transcript(["Wen: a", "b", "Ada: c", "Wen: d"])
    assert talk.speakers == ("Wen", "Ada")
    assert not talk.is_timed
    assert transcript(["Wen: a"], seconds=1).is_timed


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────


@given(talks())
def test_a_transcript_survives_json(talk: Transcript) -> None:
    assert Transcript.model_validate_json(talk.model_dump_json()) == talk


def test_the_sample_survives_json() -> None:
    talk = sample()
    assert Transcript.model_validate_json(talk.model_dump_json(indent=1)) == talk


CLAIMS = st.recursive(
    st.builds(
        Claim,
        kind=st.sampled_from(["point", "question", "answer", "definition"]),
        text=st.text(max_size=20),
        cites=st.sets(st.integers(0, 99), max_size=3).map(lambda found: tuple(sorted(found))),
        speaker=st.none() | st.text(max_size=8),
        support=st.none() | st.builds(Support, verdict=st.just("weak"), score=st.floats(0, 1)),
        voices=st.lists(st.text(max_size=5), max_size=2).map(tuple),
        replies=st.just(()),
    ),
    lambda inner: st.builds(
        Claim, kind=st.just("question"), text=st.text(max_size=9), replies=inner.map(lambda c: (c,))
    ),
    max_leaves=4,
)


@settings(max_examples=100)
@given(st.lists(CLAIMS, max_size=4))
def test_notes_survive_json(claims: list[Claim]) -> None:
    notes = Notes(
        transcript_id="talk",
        title="Talk",
        overview=tuple(claims),
        topics=(Topic(title="T", first=0, last=9, claims=tuple(claims)),),
        coverage=Coverage(passages=(Passage(first=0, last=9, outcome="failed", reason="x"),)),
        recipe=Recipe(scribe="0", engine="t", settings={"words": 3, "about": None}),
    )
    assert Notes.model_validate_json(notes.model_dump_json()) == notes


# ── The rest ─────────────────────────────────────────────────────────────────────────────────


def test_a_prompt_is_its_scene_and_its_cue() -> None:
    assert prompt(scene="Minutes.\n\n", cue="- Point:").text == "Minutes.\n\n- Point:"


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (Sampling, {"max_tokens": 0}),
        (Sampling, {"temperature": -0.1}),
        (Sampling, {"top_p": 0.0}),
        (Sampling, {"top_p": 1.1}),
        (Sampling, {"samples": 0}),
        (Word, {"text": "a", "probability": 1.5}),
        (Chunk, {"transcript_id": "a", "index": 0, "first": -1, "last": 0}),
        (Completion, {"text": "a", "finish": "tired"}),
        (Support, {"verdict": "supported", "score": 1.2}),
        (Support, {"verdict": "proved", "score": 1.0}),
        (Claim, {"kind": "rumour", "text": "a"}),
        (Step, {"tag": "proved", "claim": {"kind": "point", "text": "a"}}),
        (Passage, {"first": 0, "last": 1, "outcome": "lost"}),
    ],
)
def test_values_out_of_bounds_are_refused(record: type[Record], fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        record.model_validate(fields)


def test_a_ledger_adds_up() -> None:
    passages = (
        Passage(first=0, last=6, outcome="summarised"),
        Passage(first=6, last=8, outcome="failed", reason="x"),
        Passage(first=8, last=10, outcome="skipped", reason="y"),
    )
    ledger = Coverage(passages=passages)
    assert (ledger.segments, ledger.summarised, ledger.fraction) == (10, 6, 0.6)
    assert Coverage(passages=()).fraction == 1.0
