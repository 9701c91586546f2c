"""Near misses: what is offered, and above all what is not."""

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe.glossary import Candidate, Correction, Glossary, apply, near_misses
from scribe.glossary.families import is_family
from scribe.glossary.ordinary import is_english

TERMS = (
    "simulacra", "semiotic physics", "mesa-optimiser", "RLHF", "log-loss", "Jan Kulveit", "waluigi", "shoggoth",
    "LessWrong", "Aurora", "GPT-4", "Tomás", "Gaussian mixture", "Wiener filter", "TIMIT", "base model",
)  # fmt: skip
GLOSSARY = Glossary(terms=TERMS)


def offered(line: str, glossary: Glossary = GLOSSARY, language: str | None = "en") -> list[tuple[str, str]]:
    talk = transcript([(None, line)]).model_copy(update={"language": language})
    return [(one.heard, one.meant) for one in near_misses(talk, glossary)]


@pytest.mark.parametrize(
    ("line", "heard", "meant"),
    [
        ("We saw the similar cra at work.", "similar cra", "simulacra"),
        ("the simulakra, plainly", "simulakra", "simulacra"),
        ("So you sim you lack ra in tandem", "sim you lack ra", "simulacra"),
        ("a mesa optimizer wants", "mesa optimizer", "mesa-optimiser"),
        ("a misa optimizer wants", "misa optimizer", "mesa-optimiser"),
        ("May's optimiser wants", "May's optimiser", "mesa-optimiser"),
        ("two mesa optimizers want", "mesa optimizers", "mesa-optimisers"),
        ("the mesa optimizer's goal", "mesa optimizer", "mesa-optimiser"),
        ("then R L H F came", "R L H F", "RLHF"),
        ("then r. l. h. f. came", "r. l. h. f", "RLHF"),
        ("then are LHF came", "are LHF", "RLHF"),
        ("then G P T four came", "G P T four", "GPT-4"),
        ("Semi attic physics is new", "Semi attic physics", "semiotic physics"),
        ("and semiotic fizzics", "semiotic fizzics", "semiotic physics"),
        ("pays the log loss", "log loss", "log-loss"),
        ("as jan coolveit said", "jan coolveit", "Jan Kulveit"),
        ("a show goth", "show goth", "shoggoth"),
        ("on less wrong", "less wrong", "LessWrong"),
        ("tomas asked", "tomas", "Tomás"),
        ("a guassian mixture", "guassian mixture", "Gaussian mixture"),
        ("that winner filter", "winner filter", "Wiener filter"),
        ("trained on timid data", "timid", "TIMIT"),
    ],
)
def test_a_mishearing_is_offered(line: str, heard: str, meant: str) -> None:
    assert offered(line) == [(heard, meant)]


@pytest.mark.parametrize(
    "line",
    [
        "Simulacra, simulacrum's and the simulacrum.",
        "A simulator simulates; a simulation is similar to a simulated one.",
        "Mesa-optimisers, the mesa-optimiser's goal, and a mesa-optimiser.",
        "RLHF, rlhf, the RLHF's reward.",
        "Are you a human? You are, LHF.",
        "The log, the loss, a lot less, lost logs.",
        "Gaussian mixtures and a Gaussian model of the mixture",
        "The semiotics of physics is semantic.",
        "our aura is a row of errors",
        "base models, based models, the best model and a basic model",
        "The winner is wrong; that is less strong, unless one winds up.",
        "Tomás and Aurora read LessWrong about shoggoths and GPT-4.",
        "simu- simul- simulac",
        "similar, cra",
        "",
    ],
)
def test_what_was_said_is_left_alone(line: str) -> None:
    assert offered(line) == []


def test_a_candidate_says_where_and_why() -> None:
    talk = transcript(["A similar cra.", "Nothing.", "Similar cra and the similar cra.", "A misa optimizer."])
    assert near_misses(talk, GLOSSARY) == [
        Candidate(heard="misa optimizer", meant="mesa-optimiser", why="sounds alike (96 %)", cites=(3,)),
        Candidate(heard="similar cra", meant="simulacra", why="sounds alike (82 %)", cites=(0, 2)),
    ]


def test_ordinary_words_come_last() -> None:
    assert offered("a show goth and a simulakra, May's optimiser and arora") == [
        ("simulakra", "simulacra"),
        ("arora", "Aurora"),
        ("show goth", "shoggoth"),
        ("May's optimiser", "mesa-optimiser"),
    ]


def test_ordinary_words_said_often_were_meant() -> None:
    talk = transcript(["a show goth"] * 5 + ["the simulakra"] * 5)
    assert [one.meant for one in near_misses(talk, GLOSSARY)] == ["simulacra"]


def test_what_was_decided_is_not_offered_again() -> None:
    line = "similar cra, misa optimizer, simulakra"
    decided = GLOSSARY.model_copy(
        update={
            "corrections": (Correction(heard="Similar Cra", meant="simulacra"),),
            "refused": (
                Correction(heard="misa optimizer", meant="mesa-optimiser"),
                Correction(heard="simulakra", meant="another"),
            ),
        }
    )
    assert offered(line, decided) == [("simulakra", "simulacra")]


def test_another_term_is_no_mishearing() -> None:
    assert offered("the simulakra", Glossary(terms=("simulacra", "simulakra"))) == []


@pytest.mark.parametrize("glossary", [Glossary(), Glossary(terms=("BP", "go", "字"))])
def test_without_terms_long_enough_nothing_is_offered(glossary: Glossary) -> None:
    assert offered("We go to B and to a simulakra.", glossary) == []


@pytest.mark.parametrize(
    ("language", "line", "terms", "found"),
    [
        (
            "de",
            "Der Simulakrenbergriff ist alt.",
            ("Simulakrenbegriff",),
            [("Simulakrenbergriff", "Simulakrenbegriff")],
        ),
        ("de", "Die Simulatoren, des Simulators, dem Simulator", ("Simulator",), []),
        ("ru", "Этот симулкяр нов, симулякры и симулякром тоже.", ("симулякр",), [("симулкяр", "симулякр")]),
        ("fr", "Le simulâcre existe.", ("simulacre",), [("simulâcre", "simulacre")]),
        ("ja", "シミュレーターとシュミレーターの話です", ("シミュレーター",), []),
        ("hi", "यह सिमुलेटर है", ("सिमुलेशन",), []),
    ],
)
def test_other_languages_go_by_letters(language: str, line: str, terms: tuple[str, ...], found: list) -> None:
    assert offered(line, Glossary(terms=terms), language) == found


def test_without_a_language_the_text_tells() -> None:
    assert is_english("So we have that, and what I mean is the loss.")
    assert not is_english("Der Verlust ist so gering, dass man ihn kaum in Nats misst.")
    assert offered("So that is the similar cra, and what is it?", language=None) == [("similar cra", "simulacra")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("optimiser", "optimisers"), ("criteria", "criterion"), ("phonetic", "phonetics"), ("trained", "retrained")],
)
def test_a_family_of_words(one: str, other: str) -> None:
    assert is_family(one, other)
    assert is_family(other, one)


WORDS = st.sampled_from(
    "similar cra simulacra simu the R L H F are LHF rlhf tomas TOMA\u0301S ſt ﬁ ß' x²- 字字 İi".split()
)
SIGNS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(
    st.lists(st.lists(WORDS | SIGNS, max_size=8).map(" ".join), max_size=4),
    st.lists(WORDS | SIGNS, max_size=3).filter(lambda terms: all(any(map(str.isalnum, term)) for term in terms)),
    st.sampled_from(["en", "de", None]),
)
def test_what_is_offered_stands_there_and_is_gone_once_accepted(lines, terms, language) -> None:
    talk = transcript([(None, line) for line in lines]).model_copy(update={"language": language})
    glossary = Glossary(terms=("simulacra", "RLHF", "Tomás", *terms))
    found = near_misses(talk, glossary)
    for one in found:
        assert all(one.heard.lower() in unicodedata.normalize("NFC", talk.segments[i].text).lower() for i in one.cites)
    accepted = tuple(Correction(heard=one.heard, meant=one.meant) for one in found)
    assert near_misses(talk, glossary.model_copy(update={"corrections": accepted})) == []
    assert bool(apply(talk, accepted)[1]) == bool(accepted)


def test_a_long_seminar_takes_seconds() -> None:
    """Two hours of talk and 200 terms: seconds on one core, and hardly anything offered."""
    rng = random.Random(1)
    said = "the loss of a model is what we think about when training data has been seen by simulators like this".split()
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "en", "i", "or", "u")]
    rare, terms = ({"".join(rng.choices(syllables, k=4)) for _ in range(200)} for _ in range(2))
    lines = [
        " ".join(rng.choice(said if rng.random() < 0.97 else sorted(rare)) for _ in range(20)) for _ in range(2_000)
    ]
    started = time.process_time()
    found = near_misses(transcript(lines), Glossary(terms=tuple(sorted(terms))))
    assert time.process_time() - started < 8
    assert len(found) < 20
