"""What the simulator without weights sees in talk: whole sentences, their kinds, what tells, what answers what."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import segments, table, talks
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.language import words
from scribe.records import Segment, Transcript
from scribe.simulators.reading import Reading, is_alike
from scribe.simulators.salience import salience
from scribe.structure.kinds import strength
from scribe.tidy import tidy
from scribe.utterances import LONGEST_WORDS, Utterance, is_backchannel, utterances

KINDS = ("point", "question", "definition", "conjecture", "objection", "decision", "action")


def said(*lines: str, seconds: float | None = None) -> list[Utterance]:
    return utterances(segments(lines, seconds=seconds))


def heard(*lines: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(u.text, u.cites) for u in said(*lines)]


# ── Utterances ───────────────────────────────────────────────────────────────────────────────


def test_a_sentence_over_two_lines_cites_both() -> None:
    assert heard("Ada: The loss is smallest", "Ada: at the true distribution.") == [
        ("The loss is smallest at the true distribution.", (0, 1))
    ]


def test_two_sentences_in_a_line_are_two_utterances() -> None:
    assert heard("Ada: The loss is small. The bound is empty.") == [
        ("The loss is small.", (0,)),
        ("The bound is empty.", (0,)),
    ]


def test_a_sentence_that_ends_in_a_quotation_has_its_stop() -> None:
    assert heard('B: You would be at the "bike"', "A: Where is that?")[0][0] == 'You would be at the "bike".'


def test_somebody_listening_does_not_part_a_sentence() -> None:
    assert heard("Ada: The loss is smallest", "Wen: Mm-hmm.", "Ada: at the true distribution.") == [
        ("The loss is smallest at the true distribution.", (0, 2))
    ]


def test_somebody_speaking_does() -> None:
    assert [u.speaker for u in said("Ada: The loss is", "Wen: The bound is empty.", "Ada: small.")] == [
        "Ada",
        "Wen",
        "Ada",
    ]


def test_lines_left_out_part_a_sentence() -> None:
    lines = segments(["Ada: The loss is smallest", "Ada: um", "Ada: at the true distribution."])
    assert [u.cites for u in utterances([lines[0], lines[2]])] == [(0,), (2,)]


def test_a_long_pause_ends_a_sentence() -> None:
    made = (
        Segment(index=0, text="the loss is smallest", start=0, end=1, speaker="Ada"),
        Segment(index=1, text="and the bound is empty.", start=60, end=61, speaker="Ada"),
    )
    assert [u.cites for u in utterances(made)] == [(0,), (1,)]


def test_an_unfinished_sentence_is_not_whole() -> None:
    assert [u.is_whole for u in said("Ada: The loss is small.", "Ada: The loss is", "Wen: Why is it small?")] == [
        True,
        False,
        True,
    ]


def test_text_without_punctuation_is_cut_at_the_ends_of_lines() -> None:
    lines = [f"Ada: the loss of the model number {i} is smallest at the true distribution" for i in range(6)]
    found = said(*lines)
    assert [i for u in found for i in u.cites] == list(range(6))
    assert all(u.is_whole and 12 <= len(u.text.split()) <= 48 for u in found)


def test_an_endless_sentence_is_cut_at_its_clauses() -> None:
    clause = "the loss of the model is smallest at the true distribution of the corpus it was trained on"
    found = said("Ada: " + ", and ".join([clause] * 8) + ".")
    assert len(found) > 2
    assert all(len(u.text.split()) <= 2 * LONGEST_WORDS for u in found)
    assert all(u.cites == (0,) for u in found)


@pytest.mark.parametrize("text", ["Yeah.", "Mm-hmm, right.", "Okay.", "", "uh", "I see."])
def test_backchannels(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["No.", "Right?", "Entropy.", "Yeah, but the bound is empty."])
def test_what_looks_like_a_backchannel_and_is_none(text: str) -> None:
    assert not is_backchannel(text)


@settings(max_examples=150)
@given(talks(most=25))
def test_utterances_say_what_their_lines_say(talk: Transcript) -> None:
    found = utterances(talk.segments)
    assert [u.place for u in found] == list(range(len(found)))
    assert [u.cites[0] for u in found] == sorted(u.cites[0] for u in found)
    for u in found:
        lines = [talk.segments[i] for i in u.cites]
        assert {line.speaker for line in lines} == {u.speaker}
        raw = " ".join(line.text for line in lines)
        letters = iter(c for c in raw.casefold() if c.isalnum())
        assert all(c in letters for c in u.text.casefold() if c.isalnum())
        assert re.search(r"\w", u.text)
        assert u.text[-1] in '.?!…"”'


@given(talks(most=25))
def test_every_line_that_says_something_is_heard(talk: Transcript) -> None:
    """A line is in no utterance only if all it holds is a sign of listening, or nothing once tidied."""
    cited = {i for u in utterances(talk.segments) for i in u.cites}
    for line in talk.segments:
        if line.index not in cited and re.search(r"\w", tidy(line.text)):
            assert is_backchannel(line.text) or not words(line.text), line.text


# ── Kinds ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("sentence", "kind", "how", "why"), list(table("kinds.md")))
def test_how_plainly_a_sentence_is_of_a_kind(sentence: str, kind: str, how: str, why: str) -> None:
    (utterance,) = said(f"Ada: {sentence}")
    found = strength(kind, utterance)  # type: ignore[arg-type]
    assert {"plainly": found >= 0.6, "faintly": 0 < found < 0.6, "not": found == 0}[how], (why, found)


@given(talks(most=10), st.sampled_from(KINDS))
def test_a_strength_is_between_none_and_all(talk: Transcript, kind: str) -> None:
    for u in utterances(talk.segments):
        assert 0.0 <= strength(kind, u) <= 1.0  # type: ignore[arg-type]


# ── Salience ─────────────────────────────────────────────────────────────────────────────────


@given(talks(most=25), st.sampled_from([None, "What about entropy?", "Summarise it.", ""]))
def test_salience_is_one_number_an_utterance(talk: Transcript, about: str | None) -> None:
    found = utterances(talk.segments)
    scores = salience(found, about=about)
    assert scores.shape == (len(found),)
    assert np.all(np.isfinite(scores))


def test_what_tells_stands_above_talk_about_the_talk(seminar: Transcript) -> None:
    found = utterances(seminar.segments)
    scores = salience(found)
    of = {u.text: scores[u.place] for u in found}
    claim = next(text for text in of if text.startswith("Therefore training pushes"))
    assert of[claim] > np.quantile(scores, 0.8)
    for text in ("Thank you all, and see you next week.", "Agreed.", "In general it does not."):
        assert of[text] < of[claim] - 1.0


def test_a_question_brings_its_lines_to_the_front(seminar: Transcript) -> None:
    found = utterances(seminar.segments)
    asked = salience(found, about="What does temperature do to a simulator?")
    assert "temperature" in found[int(np.argmax(asked))].text
    plain = salience(found)
    assert "temperature" not in found[int(np.argmax(plain))].text


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def test_the_answer_is_somebody_elses() -> None:
    reading = Reading(
        segments(
            [
                "Tomás: Does a fine-tuned model still count as a simulator of the corpus?",
                "Tomás: I keep asking myself about a fine-tuned model.",
                "Jan: No, a fine-tuned model does not count as a simulator.",
                "Ada: The weather was good at the lake that day.",
            ]
        ),
        None,
    )
    answer = reading.answer_to(reading.said[0])
    assert answer is not None
    assert answer.speaker == "Jan"


def test_a_question_left_open_has_no_answer() -> None:
    reading = Reading(
        segments(
            [
                "Mira: Can we tell from two texts whether one simulacrum wrote them?",
                "Tomás: One measure is how many bits the model saves on the second text.",
                "Mira: We won't settle this today, so it stays an open problem.",
            ]
        ),
        None,
    )
    assert reading.answer_to(reading.said[0]) is None


@settings(max_examples=100)
@given(talks(most=25), st.sampled_from(KINDS))
def test_a_reading_quotes_only_what_was_said(talk: Transcript, kind: str) -> None:
    reading = Reading(talk.segments, None)
    ranked = reading.ranked(kind)  # type: ignore[arg-type]
    assert len({u.place for u in ranked}) == len(ranked)
    assert all(reading.said[u.place] is u for u in ranked)
    if kind == "point":
        assert not any(u.is_question for u in ranked)
        assert [reading.salience[u.place] for u in ranked] == sorted(reading.salience[[u.place for u in ranked]])[::-1]
    for argued in reading.propositions():
        parts = [argued.statement, *argued.steps, *argued.assumptions, *argued.gaps]
        assert len(argued.steps) >= 2
        assert argued.statement not in [*argued.steps, *argued.assumptions, *argued.gaps]
        assert not {u.place for u in argued.steps} & {u.place for u in (*argued.assumptions, *argued.gaps)}
        assert {u.place for u in parts} <= {u.place for u in reading.said}


def test_a_sentence_serves_one_part_of_a_proposition() -> None:
    lines = [
        "Ada: I conjecture that the loss of every simulator is bounded by its entropy.",
        "Wen: The loss of the simulator follows because its entropy bounds the corpus.",
        "Ada: The entropy of the simulator bounds the loss because it is proper.",
        "Jan: Suppose the simulator has no such loss, then it doesn't follow that the entropy is small.",
    ]
    (argued,) = Reading(segments(lines), None).propositions()
    assert not set(argued.assumptions) & set(argued.gaps)


def test_alike_is_symmetric_and_needs_words() -> None:
    one, two, three = said("Ada: The loss of the model is small.", "Wen: The small loss of a model!", "Jan: Agreed.")
    assert is_alike(one, two)
    assert is_alike(two, one)
    assert not is_alike(one, three)
    assert not is_alike(three, three) or three.stems


# ── What stands by itself ────────────────────────────────────────────────────────────────────


PIECES = (
    "Preparation of the test data for the French network.",
    "Which was the list of contact information for authors.",
    "Welcome to the first session of the seminar on simulators.",
    "It is like this.",
)


@pytest.mark.parametrize("piece", PIECES)
def test_no_piece_and_no_courtesy_is_a_point_where_statements_are(piece: str) -> None:
    statements = ["Ada: The expected loss of the simulator is smallest at the true distribution."] * 6
    reading = Reading(segments([f"Wen: {piece}", *statements, f"Wen: {piece}"]), None)
    points = [u.text for u in reading.ranked("point")]
    assert points
    assert piece not in points


def test_where_only_pieces_were_said_they_are_the_points() -> None:
    lines = ["Wen: Preparation of the training data for the French network of the simulator."] * 3
    points = Reading(segments(lines), None).ranked("point")
    assert [u.text for u in points] == [lines[0].removeprefix("Wen: ")] * 3


def test_an_answer_uses_the_words_of_the_question() -> None:
    lines = ["Professor B: The expected loss is smallest at the true distribution."]
    told = Reading(segments(lines), "What did the professor think of the expected loss?").best(60)
    assert [text for text, _ in told] == [
        "The professor thought that the expected loss was smallest at the true distribution."
    ]
