"""English without a model: nothing lost when text is cut, and what counts as a number, a name, a negation."""

from __future__ import annotations

import pytest
from conftest import bare_phrases, phrases
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.language import content_words, is_content, names, negations, numbers, sentences, stem, words

# ── Sentences ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=300)
@given(st.text() | phrases() | bare_phrases() | st.text(alphabet='ab. ?!…"”’)]\n\tI1DrMe', max_size=40))
def test_sentences_joined_are_the_text(text: str) -> None:
    pieces = list(sentences(text))
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert " ".join(" ".join(pieces).split()) == " ".join(text.split())
    assert all(piece == piece.strip() and piece for piece in pieces)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Dr. Hall met Prof. Ng, i.e. the chair. Good.", ["Dr. Hall met Prof. Ng, i.e. the chair.", "Good."]),
        ("It fell by 3.5 bits. Then by 4.", ["It fell by 3.5 bits.", "Then by 4."]),
        ('"It is so." He left.', ['"It is so."', "He left."]),
        ("Really?! Yes… well.", ["Really?!", "Yes…", "well."]),
        ("J. R. Firth said it. So did I. And you?", ["J. R. Firth said it.", "So did I.", "And you?"]),
        ("see example.org for it", ["see example.org for it"]),
        ("(See fig. 3.) Now go.", ["(See fig. 3.)", "Now go."]),
        ("no mark at all", ["no mark at all"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_where_sentences_end(text: str, pieces: list[str]) -> None:
    assert list(sentences(text)) == pieces


# ── Words ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Log-loss isn’t 3.5.", ["log-loss", "isn't", "3.5"]),
        ("Tomás, naïve; x_1", ["tomás", "naïve", "x", "1"]),
        ("'quoted' end-", ["quoted", "end"]),
        ("...", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_one_word_in_its_forms_has_one_stem() -> None:
    assert len({stem(w) for w in ("simulate", "simulated", "simulating", "simulates")}) == 1
    assert stem("ada's") == stem("ada")


def test_small_talk_carries_no_topic() -> None:
    assert content_words("Yeah, I mean, you know, it's okay, right?") == []
    assert not is_content("x")
    assert is_content("7")


@given(phrases())
def test_content_words_are_stems_of_words(text: str) -> None:
    assert set(content_words(text)) <= {stem(w) for w in words(text)}


# ── Numbers, names, negations ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,024 and 3.5 and 40%", {"1024", "3.5", "40"}),
        ("seven, Eleven", {"7", "11"}),
        ("one of them", set()),
        ("twenty-one, forty two", {"21", "42"}),
        ("a two-layer model", {"2"}),
        ("two hundred", {"2", "100"}),
        ("two thousand", {"2", "1000"}),
        ("12,5", {"12", "5"}),
        ("GPT-4 on the 3rd", {"4", "3"}),
        ("none", set()),
    ],
)
def test_numbers(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@given(st.integers(min_value=0, max_value=10**12))
def test_a_number_is_found_with_and_without_separators(number: int) -> None:
    assert numbers(f"about {number:,} of them") == numbers(f"{number}") == {str(number)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Then Mira met Tomás’s friend", {"mira", "tomás"}),
        ("GPT is one. So is McKay.", {"gpt", "mckay"}),
        ("She left. He stayed.", set()),
        ("then I said I'm here", set()),
        ("(Ada said so", set()),
        ("by Jean-Luc", {"jean-luc"}),
    ],
)
def test_names(text: str, found: set[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    ("text", "count"),
    [("It isn’t, never, without", 3), ("cannot can't can", 2), ("nothing hardly none", 3), ("knot another", 0)],
)
def test_negations(text: str, count: int) -> None:
    assert negations(text) == count
