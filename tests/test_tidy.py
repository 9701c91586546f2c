"""Tidied speech says what was said: nothing added or reordered, no number, name, negation or modal verb lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import pytest
from conftest import bare_phrases, phrases, table
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scribe.language import NEGATIONS, names, negations, numbers, words
from scribe.tidy import tidy, without_opener

MODALS = frozenset("can could may might must shall should will would cannot".split())

CASES = list(table("tidy.md"))

DISFLUENT = (
    "um uh er hm the the a an I mean, you know, , we have we they can cannot not- never 3 40 .5 Mira GPT HMM"
    " - -- , . ? ! : ; \" ' {x} [laughs] @ T_V_ x_i th- Th w what so and or? $ 5 like; Al Alan AI aims may- maybe ten- "
    "tend no no, sort of like or whatever. und É ß ﬁ"
).split(" ")


def disfluent(most: int = 12) -> st.SearchStrategy[str]:
    """Speech at its worst, as the corpora write it down."""
    asides = ["you know", ", you know ,", ", I mean,", "I mean uh", "is n't", "Mira 's", "and stuff like that."]
    return st.lists(st.sampled_from([*DISFLUENT, *asides]), max_size=most).map(" ".join)


ANY = disfluent() | phrases() | bare_phrases() | st.text(max_size=60)


def letters(text: str) -> list[str]:
    return [c for c in text.casefold() if c.isalnum()]


def is_within(few: Iterable[str], many: Iterable[str]) -> bool:
    """Whether the items of `few` stand in `many`, in the same order."""
    left = iter(many)
    return all(item in left for item in few)


def said_once(text: str) -> str:
    """`text` without transcribers' marks: what stands in them was not said."""
    return re.sub(r"\{[^{}]*\}|\[laughs\]", " ", text)


@pytest.mark.parametrize(("said", "tidied", "why"), CASES, ids=[why for _, _, why in CASES])
def test_what_the_table_says(said: str, tidied: str, why: str) -> None:
    assert tidy(said) == tidied


def test_the_table_is_read() -> None:
    assert len(CASES) > 30
    assert ["", "", "nothing"] in CASES


@settings(max_examples=400)
@given(ANY)
@example("I mean uh")
@example("is -- ,")
@example("or? but? um.")
@example('one" two two" two')
def test_tidying_twice_is_tidying_once(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@settings(max_examples=400)
@given(ANY)
def test_no_letter_is_added_or_moved(text: str) -> None:
    """Letters, not words: a spelt `T_V_` and a cut `is n't` are joined, and nothing else is."""
    assert is_within(letters(tidy(text)), letters(text))


@settings(max_examples=200)
@given(phrases() | bare_phrases())
@example('one" two two" two')
def test_no_word_is_added_or_moved(text: str) -> None:
    assert is_within(words(tidy(text)), words(text))


@settings(max_examples=400)
@given(disfluent() | phrases())
def test_numbers_names_and_modal_verbs_stay(text: str) -> None:
    said, tidied = said_once(text), tidy(text)
    assert numbers(said) <= numbers(tidied)
    assert Counter(w for w in words(said) if w.isdigit()) == Counter(w for w in words(tidied) if w.isdigit())
    assert MODALS & set(words(said)) <= set(words(tidied))
    known = {"mira", "gpt", "hmm", "al", "alan", "ai", "ada", "tomás", "wen"}
    assert names(said) & known <= {w.removesuffix("'s") for w in words(tidied)}


@settings(max_examples=400)
@given(disfluent() | phrases())
def test_negations_stay(text: str) -> None:
    """A negation said twice in a restart is said once; none of its kind is lost, and none appears."""
    said = [w for w in words(said_once(text).replace(" n't", "n't")) if w in NEGATIONS or w.endswith("n't")]
    kept = [w for w in words(tidy(text)) if w in NEGATIONS or w.endswith("n't")]
    assert set(kept) == set(said)
    assert is_within(kept, said)
    assert bool(negations(tidy(text))) == bool(said)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("And so, well, the model is not an agent.", "The model is not an agent."),
        ("You know, I guess it works here.", "It works here."),
        ("No, it does not.", "No, it does not."),
        ("So it is.", "So it is."),
        ("Okay.", "Okay."),
        ("Android is one of them.", "Android is one of them."),
        ("", ""),
    ],
)
def test_an_opener_goes_where_enough_remains(said: str, left: str) -> None:
    assert without_opener(said) == left


@given(ANY)
def test_without_its_opener_a_sentence_keeps_its_end(text: str) -> None:
    left = without_opener(text)
    assert text.casefold().endswith(left.casefold()) or left == text
    assert negations(left) == negations(text)
    assert numbers(left) == numbers(text)
    assert bool(left.split()) == bool(text.split())
