"""A score falls with every lie, and what was said outright keeps its verdict."""

from __future__ import annotations

import pytest
from conftest import segments

from scribe.evidence import SUPPORTED, judge
from scribe.evidence.naming import named_people
from scribe.evidence.spoken import spoken

SHOWN = {
    s.index: s
    for s in segments(
        [
            "Project Manager: Um so according to the brief we're gonna sell this for twenty five euro.",
            "Project Manager: and we don't want it to cost any more than twelve fifty.",
            "Industrial Designer: I think we could use a kinetic battery, like in a watch.",
            "Marketing: People in Paris and Milan said they don't like rubber.",
            "User Interface: We should put an L_C_D_ on it, and a scroll wheel.",
            "Industrial Designer: A liquid crystal display needs an advanced chip.",
            "Marketing: Okay.",
        ]
    )
}

TRUE = [
    ("The remote will sell for 25 euros.", (0,)),
    ("The production cost is at most 12.50.", (1,)),
    ("The Industrial Designer suggested a kinetic battery.", (2,)),
    ("Marketing said that people in Milan did not like rubber.", (3,)),
    ("The group discussed an LCD and a scroll wheel.", (4,)),
    ("An LCD needs an advanced chip.", (5,)),
]

LIES = [
    ("The remote will sell for 30 euros.", 0, "the number 30 is not in the lines"),
    ("The production cost is at most 12.80.", 1, "the number 12.8 is not in the lines"),
    ("The Project Manager suggested a kinetic battery.", 2, "the name Project Manager is not in the lines"),
    ("The Industrial Designer did not suggest a kinetic battery.", 2, "it denies something and the lines do not"),
    ("Marketing said that people in Berlin did not like rubber.", 3, "the name Berlin is not in the lines"),
    ("Marketing said that people in Milan liked rubber.", 3, "the lines deny something and it does not"),
    ("The group discussed a DVD and a scroll wheel.", 4, "the name Dvd is not in the lines"),
]


@pytest.mark.parametrize(("text", "cites"), TRUE)
def test_what_was_said_in_other_words_is_not_unsupported(text: str, cites: tuple[int, ...]) -> None:
    support = judge(text, cites, SHOWN)
    assert support.verdict != "unsupported"
    assert not any("number" in reason or "name" in reason for reason in support.reasons)


@pytest.mark.parametrize(("text", "place", "reason"), LIES)
def test_every_lie_scores_lower_and_is_named(text: str, place: int, reason: str) -> None:
    support, plain = judge(text, TRUE[place][1], SHOWN), judge(*TRUE[place], SHOWN)
    assert reason in support.reasons
    assert support.verdict != "supported"
    assert support.score < plain.score


def test_a_claim_about_other_lines_scores_lower() -> None:
    for text, cites in TRUE[:5]:
        assert judge(text, (6,), SHOWN).verdict != "supported"
        assert judge(text, (6,), SHOWN).score < judge(text, cites, SHOWN).score


def test_whoever_did_not_speak_said_nothing() -> None:
    own = judge("A kinetic battery could be used.", (2,), SHOWN, speaker="Industrial Designer")
    other = judge("A kinetic battery could be used.", (2,), SHOWN, speaker="Marketing")
    assert own.score > 0.5 > other.score
    assert other.reasons == ("Marketing did not say these lines",)


def test_reported_speech_is_supported() -> None:
    for text, cite in [
        ("The Industrial Designer said that they thought they could use a kinetic battery.", 2),
        ("Marketing said that people in Paris and Milan had said they did not like rubber.", 3),
        ("The User Interface said that they should put an LCD on it, and a scroll wheel.", 4),
    ]:
        support = judge(text, (cite,), SHOWN)
        assert (support.verdict, support.reasons) == ("supported", ())
        assert support.score >= SUPPORTED


def test_the_best_lines_come_first() -> None:
    assert judge("A kinetic battery, as in a watch.", (0, 2, 6), SHOWN).best[0] == 2
    assert judge("A kinetic battery, as in a watch.", (2,), SHOWN).best == ()


def test_one_speaker_is_named_in_many_ways() -> None:
    people = ["Mira Holm", "Jan Holm", "C", "Project Manager"]
    assert named_people("The project manager thanked Mira.", people) == ("Project Manager", "Mira Holm")
    assert named_people("C: a bound", people) == ("C",)
    assert named_people("C is a language of the Holm family.", people) == ()


def test_spellings_of_one_word_are_one() -> None:
    assert spoken("the colour of organised televisions").stems == spoken("the color of organized TVs").stems
    assert "lcd" in spoken("an L. C. D. screen").words
    assert spoken("It isn't, is it? Why don't we?").negations == 1
