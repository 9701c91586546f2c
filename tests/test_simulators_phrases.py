"""Titles are noun phrases that were said, and what recurs comes first."""

from __future__ import annotations

import pytest
from conftest import bare_phrases, talks
from hypothesis import given
from hypothesis import strategies as st

from scribe.language import content_words
from scribe.records import Transcript
from scribe.simulators.nouns import noun_phrases
from scribe.simulators.phrases import described, phrases


def said_in(*texts: str) -> set[str]:
    return {place.written for places in noun_phrases(texts).values() for place in places}


# ── Noun phrases ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("We chose the shape of our remote control.", "shape of the remote control"),
        ("The energy source comes first.", "energy source"),
        ("So about buttons and batteries.", "buttons and batteries"),
        ("What is the impact on the wider economy?", "impact on the wider economy"),
        ("we were given the recorder for the meeting room", "recorder for the meeting room"),
    ],
)
def test_noun_phrases_are_found(text: str, phrase: str) -> None:
    assert phrase in said_in(text)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("They measured costs.", "measured costs"),
        ("You can model noise.", "model noise"),
        ("The government announced measures.", "government announced measures"),
        ("Transcribers providing digits.", "Transcribers providing"),
        ("The technical, the financial.", "technical"),
        ("The noise, the filter.", "noise filter"),
        ("Costs of the twelve.", "Costs of the twelve"),
        ("It is used in relation to mail.", "used in relation"),
    ],
)
def test_fragments_are_not(text: str, fragment: str) -> None:
    assert fragment not in said_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Yeah, okay, hello everybody.",
        "I'm gonna go, you know?",
        "It is really good, isn't it?",
        "Three or four of them.",
        "",
    ],
)
def test_small_change_of_talk_names_nothing(text: str) -> None:
    assert phrases([text], 4) == []


# ── The best of them ─────────────────────────────────────────────────────────────────────────


def test_phrases_are_what_recurs() -> None:
    texts = ["the scoring rule is proper", "a proper scoring rule helps", "the scoring rule again", "temperature"]
    assert phrases(texts, 1) == ["scoring rule"]


def test_a_phrase_is_written_as_it_was_said() -> None:
    assert phrases(["we train GPT models", "those GPT models", "GPT models again"], 1) == ["GPT models"]


def test_lower_case_text_without_punctuation_has_titles() -> None:
    texts = [
        "so the next thing is the noise estimation uh we ran the noise estimation on the digits",
        "and i think the noise estimation hurts the far field microphone",
        "the far field microphone is bad",
    ]
    assert phrases(texts, 2) == ["noise estimation", "far field microphone"]


@given(st.lists(bare_phrases(12) | st.text(max_size=40), max_size=10), st.integers(0, 6))
def test_phrases_are_made_of_what_was_said_and_share_no_word(texts: list[str], most: int) -> None:
    found = phrases(texts, most)
    assert len(found) <= most
    spoken = set(content_words(" ".join(texts)))
    taken: set[str] = set()
    for phrase in found:
        stems = set(content_words(phrase))
        assert stems
        assert stems <= spoken
        assert not stems & taken
        taken |= stems


@given(talks(most=25))
def test_each_candidate_has_every_feature(talk: Transcript) -> None:
    candidates, features = described([s.text for s in talk.segments], [s.speaker for s in talk.segments])
    assert all(values.shape == (len(candidates),) for values in features.values())
    assert bool(features) == bool(candidates)
