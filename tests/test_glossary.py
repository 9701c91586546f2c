"""The glossary's file, its nouns, and the prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scribe.glossary import Correction, Glossary, compose_line, joined, parse, prime
from scribe.records import ScribeError

FILE = """\
# Seminar on simulators, spring
simulacra
semiotic physics            # Jan's
- mesa-optimiser
C#
Simulacra

similar cra = simulacra
lock loss=log-loss
similar cry != simulacra
"Kulveit, Jan"
"a = b" = "E = mc2"
"""

ALPHABET = st.sampled_from(' aZé=!#",-*•\u00ad字') | st.characters(exclude_categories=["Cs", "Cc"])
TEXTS = st.text(ALPHABET, min_size=1, max_size=12).filter(lambda text: any(map(str.isalnum, text)))
CORRECTIONS = st.builds(Correction, heard=TEXTS, meant=TEXTS)


def pairs(corrections: tuple[Correction, ...]) -> list[tuple[str, str]]:
    return [(c.heard, c.meant) for c in corrections]


def refusal(text: str) -> str | None:
    try:
        parse(text, "glossary.txt")
    except ScribeError as error:
        return str(error)
    return None


# ── The file ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_read() -> None:
    read = parse(FILE, "glossary.txt")
    assert read.terms == ("simulacra", "semiotic physics", "mesa-optimiser", "C#", "Kulveit, Jan")
    assert pairs(read.corrections) == [
        ("similar cra", "simulacra"),
        ("lock loss", "log-loss"),
        ("a = b", "E = mc2"),
    ]
    assert pairs(read.refused) == [("similar cry", "simulacra")]


@pytest.mark.parametrize("text", ["", "\n\n", "# only this", "   # and this", "\ufeff", "\r\n \r\n"])
def test_nothing_is_an_empty_glossary(text: str) -> None:
    assert parse(text, "glossary.txt") == Glossary()


def test_line_ends_and_byte_order_marks_are_no_matter() -> None:
    assert parse("\ufeff" + FILE.replace("\n", "\r\n"), "g") == parse(FILE, "g") == parse(FILE.replace("\n", "\r"), "g")


def test_letters_composed_or_not_are_the_same() -> None:
    assert parse("Toma\u0301s", "g") == parse("Tomás", "g")


@given(CORRECTIONS, st.booleans())
def test_a_composed_line_is_read_back(correction: Correction, refused: bool) -> None:
    read = parse(compose_line(correction, refused=refused), "g")
    assert (read.refused if refused else read.corrections) == (correction,)
    assert not (read.corrections if refused else read.refused)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    told = refusal(text)
    assert told is None or (told.startswith("glossary.txt:") and "\n" not in told)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("simulacra, RLHF", "expected one term, found a comma in 'simulacra, RLHF'"),
        ("a = b = c", "expected a term, or heard = meant, or heard != meant, found 'a = b = c'"),
        ("= simulacra", "found '= simulacra'"),
        ("similar cra =", "found 'similar cra ='"),
        ('"simulacra', "expected a second quotation mark"),
        ("—", "expected a word, found '—'"),
        ("PK\x03\x04", "control character"),
        ("word " * 30, "at most 100 letters, found 149"),
        ("x" * 1_000_000, "found a line of 1000000 letters"),
        ('"' * 999, "second quotation mark"),
    ],
)
def test_a_malformed_line_is_named(line: str, told: str) -> None:
    with pytest.raises(ScribeError, match=r"^glossary\.txt:2: ") as caught:
        parse(f"simulacra\n{line}\n", "glossary.txt")
    assert told in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_huge_file_is_refused_at_once() -> None:
    with pytest.raises(ScribeError, match=r"^words:5001: expected at most 5000 terms"):
        parse("\n".join(f"word{i}" for i in range(100_000)), "words")
    assert parse("# megabytes of comments\n" * 100_000, "g") == Glossary()


# ── The nouns ────────────────────────────────────────────────────────────────────────────────


def test_the_last_word_on_a_mishearing_counts() -> None:
    read = parse("lhf = LHF\nlhf = RLHF\ncra != CRA\ncra = CRA\nloss = log-loss\nloss != log-loss", "g")
    assert pairs(read.corrections) == [("lhf", "RLHF"), ("cra", "CRA")]
    assert pairs(read.refused) == [("loss", "log-loss")]


def test_glossaries_are_joined_in_order() -> None:
    one = parse("simulacra\nlhf = LHF\nloss = log-loss", "one")
    other = parse("RLHF\nSimulacra\nlhf = RLHF\nloss != log-loss", "other")
    both = joined(one, other)
    assert both.terms == ("simulacra", "RLHF")
    assert pairs(both.corrections) == [("lhf", "RLHF")]
    assert pairs(both.refused) == [("loss", "log-loss")]
    assert joined(Glossary(), one) == joined(one, Glossary()) == one


def test_the_digest_changes_with_what_changes_a_transcript() -> None:
    one = parse("a1\nb2\nc = d", "g")
    assert one.digest == parse("# comment\na1\nb2\nc = d\n", "other").digest
    assert one.digest == parse("a1\nb2\nc = d\nx != y", "g").digest
    assert len({one.digest, parse("b2\na1\nc = d", "g").digest, parse("a1\nb2\nc = e", "g").digest}) == 3


def test_a_correction_of_nothing_is_refused() -> None:
    with pytest.raises(ScribeError, match="expected a word, found '='"):
        Correction(heard="=", meant="simulacra")


# ── The prompt ───────────────────────────────────────────────────────────────────────────────


def by_words(text: str) -> int:
    return len(text.split())


def test_all_terms_are_in_the_prompt_in_the_persons_order() -> None:
    primed = prime(Glossary(terms=("log-loss", "simulacra", "mesa-optimiser")), by_words, 223)
    assert primed.prompt == "Glossary: log-loss, simulacra, mesa-optimiser."
    assert primed.left_out == ()


def test_what_english_has_no_word_for_comes_first() -> None:
    terms = ("general model", "simulacra", "high reward", "Kulveit", "semiotic physics")
    primed = prime(Glossary(terms=terms), by_words, 4)
    assert primed.prompt == "Glossary: simulacra, Kulveit."
    assert primed.left_out == ("general model", "high reward", "semiotic physics")


@pytest.mark.parametrize("budget", [-1, 0, 1])
def test_no_budget_leaves_all_out(budget: int) -> None:
    primed = prime(Glossary(terms=("simulacra",)), by_words, budget)
    assert (primed.prompt, primed.left_out) == ("", ("simulacra",))


def test_no_terms_make_no_prompt() -> None:
    assert prime(Glossary(), by_words, 223).prompt == ""


COUNTS = [by_words, len, lambda text: len(text.encode()) // 4, lambda text: (len(text) + len(text.split())) // 3]


@given(st.lists(TEXTS, max_size=20), st.integers(0, 60), st.sampled_from(COUNTS))
def test_a_prompt_is_never_longer_than_the_budget(terms, budget, count) -> None:
    glossary = parse(
        "\n".join(compose_line(Correction(heard=t, meant=t)).split(" = ")[0] for t in terms if "=" not in t), "g"
    )
    primed = prime(glossary, count, budget)
    assert not primed.prompt or count(primed.prompt) <= budget
    inside = [term for term in glossary.terms if term not in primed.left_out]
    assert primed.prompt == (f"Glossary: {', '.join(inside)}." if inside else "")
    assert list(primed.left_out) == [term for term in glossary.terms if term in primed.left_out]


def test_thousands_of_terms_are_counted_few_times() -> None:
    asked: list[int] = []

    def count(text: str) -> int:
        asked.append(len(text))
        return by_words(text)

    primed = prime(Glossary(terms=tuple(f"jargon{i}" for i in range(5_000))), count, 223)
    assert len(primed.left_out) == 5_000 - 222
    assert len(asked) < 300
    assert sum(asked) < 50_000
