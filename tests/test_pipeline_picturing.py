"""Plots of a session say its numbers to the eye and to the ear, whatever state its transcript and its notes are in."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from conftest import ROOT, talks, transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe import plots
from scribe.pipeline.picturing import Figure, figures
from scribe.records import Claim, Coverage, Notes, Recipe, Support, Topic, Transcript, Verdict

SVG = "{http://www.w3.org/2000/svg}"
LINES = ["Ada: One two three.", "Ada: Four.", "Ben: Five six.", "Seven.", "Ada: Eight."]


def claim(
    *cites: int, verdict: Verdict | None = "supported", voices: tuple[str, ...] = (), replies: tuple[Claim, ...] = ()
) -> Claim:
    support = Support(verdict=verdict, score=0.5) if verdict else None
    return Claim(kind="point", text=f"Of {cites}.", cites=cites, support=support, voices=voices, replies=replies)


def notes(*topics: Topic) -> Notes:
    made = Recipe(scribe="0", engine="test")
    return Notes(transcript_id="talk", title="Talk", topics=topics, coverage=Coverage(passages=()), recipe=made)


def named(found: list[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in found}


def drawn(figure: Figure) -> Element:
    return fromstring(plots.inline(figure.panel, figure.description, f"{figure.name}-"))


def tips(figure: Figure) -> list[str]:
    return [e.text or "" for e in drawn(figure).iter(f"{SVG}title")][1:]


def test_how_long_and_when_each_speaker_talks() -> None:
    found = named(figures(transcript(LINES, seconds=30.0), None))
    assert list(found) == ["talk", "turns"]
    assert found["talk"].description == (
        "Ada: 1.50 minutes, 60%; Ben: 0.50 minutes, 20%; nobody named: 0.50 minutes, 20%."
    )
    assert found["turns"].description == (
        "Ada: 2 turns within 0:00 to 2:30; Ben: 1 turn within 1:00 to 1:30; nobody named: 1 turn within 1:30 to 2:00."
    )
    assert tips(found["turns"]) == [
        "Ada: 0:00 to 1:00", "Ada: 2:00 to 2:30", "Ben: 1:00 to 1:30", "nobody named: 1:30 to 2:00",
    ]  # fmt: skip


def test_without_times_words_and_lines_are_counted() -> None:
    found = named(figures(transcript(LINES), notes(Topic(title="All", first=1, last=4, claims=(claim(2),)))))
    assert found["talk"].description == (
        "The transcript has no times, so words are counted. "
        "Ada: 5 words, 62%; Ben: 2 words, 25%; nobody named: 1 words, 12%."
    )
    assert "Ben: 1 turn within line 2" in found["turns"].description
    assert found["topics"].description == "All, lines 1–3: 1 supported."


def test_speakers_who_say_least_share_a_row() -> None:
    lines = [f"P{n}: {'word ' * (20 - n)}" for n in range(20)]
    talk = figures(transcript(lines), None)[0]
    assert "P15: 5 words" in talk.description
    assert "4 others: 10 words" in talk.description
    assert "P16" not in talk.description


def test_a_speaker_may_be_called_anything() -> None:
    talk = figures(transcript([("nobody named", "One two."), (None, "Three.")]), None)[0]
    assert "nobody named: 2 words, 67%; nobody named: 1 words, 33%." in talk.description


def test_each_topic_has_its_statements_by_verdict() -> None:
    first = Topic(title="First", first=0, last=2, claims=(claim(0, replies=(claim(1, verdict="unsupported"),)),))
    second = Topic(title="Second", first=2, last=5, claims=(claim(3, verdict=None), claim(), claim(99), claim(4)))
    figure = named(figures(transcript(LINES, seconds=30.0), notes(first, second)))["topics"]
    assert figure.description == (
        "First, 0:00 to 1:00: 1 supported and 1 unsupported; Second, 1:00 to 2:30: 3 supported and 1 not judged."
    )
    assert [tip for tip in tips(figure) if ": Of" in tip] == [
        "supported: Of (0,).", "unsupported: Of (1,).", "not judged: Of (3,).", "supported: Of (4,).",
    ]  # fmt: skip
    shapes = {
        (p.get("class"), re.sub(r"^M\S+ \S+?(?=[am l])", "", p.get("d", "")).lstrip("-0123456789."))
        for p in drawn(figure).iter(f"{SVG}path")
        if "fill" in p.get("class", "")
    }
    assert len({look for look, _ in shapes}) == len({shape for _, shape in shapes}) == 3, "never colour alone"


def test_voices_are_compared_by_what_they_noted() -> None:
    claims = (
        claim(0, voices=("a", "b")),
        claim(1, voices=("a",)),
        claim(2, voices=("b", "a")),
        claim(3, voices=("c",)),
    )
    figure = named(figures(transcript(LINES), notes(Topic(title="T", first=0, last=5, claims=claims))))["voices"]
    assert figure.description == (
        "a noted 3 statements; b noted 2 statements; c noted 1 statement; "
        "a and b agree on 2 of 3; a and c agree on 0 of 4; b and c agree on 0 of 3."
    )
    said = ["".join(e.itertext()) for e in drawn(figure).iter(f"{SVG}text")]
    assert said.count("0.67") == 2
    assert {"a (3)", "b (2)", "c (1)"} <= set(said)


@pytest.mark.parametrize("voices", [(), ("a",)])
def test_one_voice_has_nobody_to_agree_with(voices: tuple[str, ...]) -> None:
    made = notes(Topic(title="T", first=0, last=5, claims=(claim(0, voices=voices),)))
    assert "voices" not in named(figures(transcript(LINES), made))


def test_where_there_is_nothing_to_show_nothing_is_drawn() -> None:
    assert figures(transcript([]), None) == []
    assert figures(transcript(["Nobody is named."]), notes()) == []


@given(talks(), st.integers(0, 50), st.integers(0, 50))
def test_any_talk_is_drawn_within_its_panel(talk: Transcript, first: int, last: int) -> None:
    topic = Topic(title="T", first=first, last=last, claims=(claim(first, voices=("a", "b")),))
    for figure in figures(talk, notes(topic)):
        svg = drawn(figure)
        assert svg.find(f"{SVG}desc").text == " ".join(figure.description.split())  # type: ignore[union-attr]
        for rect in svg.iter(f"{SVG}rect"):
            assert float(rect.get("x", 0)) >= 0
            assert float(rect.get("x", 0)) + float(rect.get("width", 0)) <= plots.WIDTH + 0.01
        for text in svg.iter(f"{SVG}text"):
            assert 0 < float(text.get("y", 0)) < figure.panel.height


def test_the_sample_has_all_plots() -> None:
    talk = Transcript.model_validate_json(Path(ROOT / "transcripts" / "simulators-1.json").read_bytes())
    made = Notes.model_validate_json(Path(ROOT / "drafts" / "simulators-1" / "notes.json").read_bytes())
    found = named(figures(talk, made))
    assert list(found) == ["talk", "turns", "topics", "voices"]
    assert found["talk"].description.startswith("Ada: 1.38 minutes, 42%; Mira")
