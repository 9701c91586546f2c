"""What running text is made of: how telling sentences are, what a summary would hold, and the choice of sentences."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import pytest
from conftest import segments, talks
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.language import words
from scribe.records import Transcript
from scribe.rewriting import quoted
from scribe.simulators.choosing import ANSWER, OVERVIEW, choose
from scribe.simulators.concepts import FINER, Text, expected, features, features_of_pairs
from scribe.simulators.reading import STRETCH_WORDS, Reading
from scribe.simulators.salience import is_broken, located, salience, telling
from scribe.utterances import utterances

TALK = (
    "Ada: We decided to use the rubber case because it survives a fall.",
    "Wen: The rubber case costs two euros more than the plastic one.",
    "Ada: Yeah.",
    "Jan: I think the battery should last for a year at least.",
    "Wen: The solar cell is too expensive for this remote control.",
    "Ada: So the the.",
    "Jan: My train leaves at six, so I'll have to go soon.",
)


def test_sentences_that_break_off_are_far_below_the_rest() -> None:
    said = utterances(segments([*TALK, "Wen: And the rubber case would then be of the"]))
    scores = salience(said)
    broken = [u.place for u in said if is_broken(u)]
    assert broken
    assert max(scores[broken]) < np.median(scores)


@pytest.mark.parametrize("score", [telling, salience, lambda said: located(said, "What about the case?")])
def test_nothing_said_has_no_scores(score) -> None:  # type: ignore[no-untyped-def]
    assert score([]).shape == (0,)


def test_a_question_brings_its_sentences_to_the_front() -> None:
    said = utterances(segments(TALK))
    assert "case" in said[int(np.argmax(located(said, "What was said about the rubber case?")))].text
    assert "battery" in said[int(np.argmax(located(said, "How long should the battery last?")))].text


def test_case_and_full_stops_are_not_needed(seminar: Transcript) -> None:
    """Recognisers write neither; what is said of the question is found all the same."""
    heard = [f"{s.speaker}: {' '.join(words(s.text))}" for s in seminar.segments if words(s.text)]
    told = Reading(segments(heard), "What does temperature do to a simulator?").best(80)
    assert any("temperature" in text for text, _ in told)


def test_what_nobody_punctuated_is_quoted(seminar: Transcript) -> None:
    heard = [f"{s.speaker}: {' '.join(words(s.text))}" for s in seminar.segments if words(s.text)]
    told = Reading(segments(heard), "What does temperature do to a simulator?").best(80)
    assert told
    assert all(text == quoted(u) for text, u in told)
    written = Reading(seminar.segments, "What does temperature do to a simulator?").best(80)
    assert any(text != quoted(u) for text, u in written)


# ── Concepts ─────────────────────────────────────────────────────────────────────────────────


def test_concepts_are_stems_and_their_pairs_with_how_often_each_sentence_holds_them() -> None:
    text = Text(["The case is the best case.", "Cases break."], ["Ada", "Wen"])
    every = np.array([True, True])
    single = text.single(every)
    held = {
        (single.names()[concept], sentence): times for concept, sentence, times in zip(*single.entries, strict=True)
    }
    assert held == {("the", 0): 2, ("case", 0): 2, ("is", 0): 1, ("best", 0): 1, ("case", 1): 1, ("break", 1): 1}
    assert sorted(text.pairs(every).names()) == ["best case", "case break", "case is", "is the", "the best", "the case"]


def test_pairs_do_not_reach_over_sentences_and_those_left_out_only_count() -> None:
    text = Text(["The case.", "The case breaks."], ["Ada", "Wen"])
    first = text.pairs(np.array([True, False]))
    assert first.names() == ["the case"]
    assert first.everywhere.tolist() == [2.0]


def test_what_is_asked_said_often_and_usual_in_summaries_is_likelier() -> None:
    text = Text(["The battery lasts.", "The battery is cheap.", "A penguin sleeps."], ["Ada", "Wen", "Jan"])
    made = text.single(np.ones(3, dtype=bool))
    every = np.ones(3, dtype=bool)
    (words, (likely, _)), (pairs, _) = expected(text, every, np.full(3, 0.5), "Which battery?", "answer")
    once = dict(zip(words.names(), likely, strict=True))
    assert pairs.names() == text.pairs(every).names()
    assert once["batteri"] > once["penguin"]
    assert once["the"] > once["a"]
    found = features(made, np.full(3, 0.5), "Which battery?", {"penguin": 0.5})
    assert dict(zip(made.names(), found["rate"], strict=True))["penguin"] == 0.5


def test_of_a_stretch_a_pair_is_known_by_its_words_too() -> None:
    text = Text(["The battery lasts.", "A penguin sleeps."], ["Ada", "Wen"])
    every = np.ones(2, dtype=bool)
    words, pairs = text.single(every), text.pairs(every)
    odds = np.array([float(name == "batteri") for name in words.names()])
    found = features_of_pairs(pairs, words, odds, np.full(2, 0.5), None, {}, FINER[0])
    by_name = {name: (found["first word"][n], found["second word"][n]) for n, name in enumerate(pairs.names())}
    assert by_name == {"the batteri": (0, 1), "batteri last": (1, 0), "a penguin": (0, 0), "penguin sleep": (0, 0)}
    assert found["rarer word"].max() == 0
    assert "first word" not in features_of_pairs(pairs, words, odds, np.full(2, 0.5), None, {}, "answer")


# ── Choosing ─────────────────────────────────────────────────────────────────────────────────


def test_what_was_said_is_not_said_again() -> None:
    lines = ["The rubber case survives a fall.", "The rubber case survives a fall.", "The battery lasts for a year."]
    text = Text(lines, ["Ada", "Ada", "Jan"])
    chosen = choose(text, np.ones(3, bool), np.full(3, 0.3), np.zeros(3), None, OVERVIEW)
    assert len({lines[place] for place in chosen}) == len(chosen)


@settings(max_examples=60)
@given(talk=talks(most=25), most=st.integers(1, 200), about=st.sampled_from([None, "What was said about the loss?"]))
def test_a_text_keeps_to_its_bound_and_to_the_order_of_speaking(talk: Transcript, most: int, about: str | None) -> None:
    told = Reading(talk.segments, about).best(most)
    assert sum(len(text.split()) for text, _ in told) <= most
    places = [u.place for _, u in told]
    assert places == sorted(set(places))
    assert told == Reading(talk.segments, about).best(most)


def test_quotes_are_left_as_they_are_without_rewriting() -> None:
    plain = Reading(segments(TALK), "What about the case?", rewrites=False).best(100)
    assert plain
    assert all(text == u.text for text, u in plain)
    assert any(text != u.text for text, u in Reading(segments(TALK), "What about the case?").best(100))


def test_little_is_taken_to_be_to_the_point_throughout() -> None:
    whole = segments(TALK)
    assert not Reading(whole, "What about the case?").is_stretch, "a record of few lines"
    assert Reading(whole[1:], "What about the case?").is_stretch
    many = [f"Ada: Sentence {n} is about the loss of the model." for n in range(STRETCH_WORDS // 8)]
    assert not Reading(segments(many)[1:], "What about the case?").is_stretch


def test_the_coefficients_are_few_and_readable() -> None:
    text = resources.files("scribe").joinpath("coefficients", "salience.json").read_text(encoding="utf-8")
    assert len(text) < 40_000
    models = json.loads(text)["models"]
    assert {"sentence", "salience", "located", "useful", "rates"} < set(models)
    assert all(len(term) == 3 for model in models.values() for term in model["features"].values())
    assert ANSWER.kind in {name.partition(":")[0] for name in models}
