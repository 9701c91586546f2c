"""Stances of voices whose odds are known."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import prompt
from hypothesis import given
from hypothesis import strategies as st
from scoring import Oracle

from scribe.measures.stance import CONTENT_FREE, Stances, heading, questions, spearman, stances
from scribe.records import Prompt

TRUTHS = {"the bound holds": 2.0, "ice floats": 1.0, "pigs can fly": -3.0, "chess is solved": -0.5}
LEAN = {"believer": 4.0, "doubter": -1.5}


def odds(document: str) -> float:
    """Each voice leans to one word whatever it is asked; the doubter believes the contrary of each claim."""
    voice = "believer" if "### Believer" in document else "doubter"
    truth = sum(value for claim, value in TRUTHS.items() if f"that {claim}?" in document)
    return LEAN[voice] + (truth if voice == "believer" else -truth)


def voices() -> list[Prompt]:
    return [
        prompt(cue="### Believer: what is so\n\n- Point:", voice="believer"),
        prompt(cue="### Doubter: what is not\n\n- Objection:", voice="doubter"),
    ]


def asked(claims: list[str], noise: float = 0.0) -> Stances:
    return stances([(voices(), claims)], Oracle(odds, noise))


def test_a_leaning_to_one_word_goes_out() -> None:
    found = asked(list(TRUTHS))
    believer, doubter = found.by_voice["believer"], found.by_voice["doubter"]
    assert [s.log_odds for s in believer] == pytest.approx(list(TRUTHS.values()))
    assert [s.log_odds for s in doubter] == pytest.approx([-value for value in TRUTHS.values()])
    assert believer[2].uncalibrated == pytest.approx(1.0), "uncalibrated, it would seem to believe that pigs can fly"
    assert [s.claim for s in believer] == list(TRUTHS)


def test_voices_of_opposite_mind_are_seen_to_be() -> None:
    (pair,) = asked(list(TRUTHS)).agreement
    assert pair.voices == ("believer", "doubter")
    assert pair.correlation is not None
    assert pair.correlation.value == pytest.approx(-1)
    assert pair.same_sign is not None
    assert (pair.same_sign.value, pair.same_sign.values) == (0.0, 4)


def test_claims_within_the_rounding_error_are_undecided() -> None:
    (pair,) = asked(list(TRUTHS), noise=0.2).agreement
    assert pair.same_sign is not None
    assert pair.same_sign.values == 3, "four scores of 0.2 each: 0.5 is not above 0.8"
    (pair,) = asked(["nothing that is known"]).agreement
    assert pair.same_sign is None
    assert pair.correlation is None


def test_a_question_stands_under_the_voices_heading_and_ends_its_line() -> None:
    seen: list[str] = []

    def watch(document: str) -> float:
        seen.append(document)
        return 0.0

    stances([(voices(), ["The bound is  loose."])], Oracle(watch))
    assert len(seen) == questions(["one"], 1, 2) == 2 * (1 + len(CONTENT_FREE))
    assert seen[3] == (
        "Minutes.\n\n### Believer: what is so\n\nIs it so that the bound is loose? One word, yes or no:\n"
    )
    assert heading(prompt(cue="- Point:", voice="scribe")) == "### scribe"


def test_a_stretch_without_a_claim_is_not_asked_about() -> None:
    found = stances([(voices(), []), (voices(), ["ice floats"])], Oracle(odds))
    assert [s.claim for s in found.by_voice["doubter"]] == ["ice floats"]


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=12))
def test_rank_correlation_is_scipys(pairs: list[tuple[int, int]]) -> None:
    from scipy.stats import spearmanr

    one, other = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    found = spearman(one, other)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(one, other).statistic)
