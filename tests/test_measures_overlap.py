"""What notes tell of their stretch, under a model that expects the words it has seen."""

from __future__ import annotations

import pytest
from conftest import segments
from hypothesis import given
from hypothesis import strategies as st
from scoring import Cache

from scribe.measures.documents import cut, cut_alike, lines_told, notes_told
from scribe.measures.overlap import Overlap, Stretch, documents, overlap
from scribe.records import Claim

PARTS = [
    ("gradient descent lowers the loss", "every step costs one pass"),
    ("chess engines search a tree", "alpha prunes what cannot matter"),
    ("the whale dives below the ice", "its breath lasts an hour"),
    ("bread rises when yeast ferments", "warm dough takes two hours"),
]


def stretches(first: int, second: int) -> list[Stretch]:
    """Each voice notes one of the two halves of each stretch."""
    return [Stretch(text=" ".join(halves), notes={"left": halves[first], "right": halves[second]}) for halves in PARTS]


def measured(made: list[Stretch]) -> Overlap:
    return overlap(made, ["left", "right"], Cache())


def test_own_notes_tell_of_their_stretch_and_foreign_ones_do_not() -> None:
    found = measured(stretches(0, 1))
    for voice in ("left", "right"):
        assert found.gains[voice].value > 0.5
        assert not found.gains[voice].is_below_noise
        assert found.gains[voice].values == 4
        assert found.nats[voice] == pytest.approx(found.gains[voice].value * 10, rel=0.2)


def test_notes_of_the_wrong_stretch_tell_less_than_nothing() -> None:
    """A voice that notes the stretch after: its foreign notes hold the stretch that its own do not."""
    made = [
        Stretch(text=" ".join(halves), notes={"left": PARTS[(i + 1) % 4][0], "right": PARTS[(i + 1) % 4][1]})
        for i, halves in enumerate(PARTS)
    ]
    assert measured(made).gains["left"].value <= 0


def test_two_voices_that_tell_the_same_share_all_of_it_and_those_that_do_not_share_nearly_nothing() -> None:
    (same,) = measured(stretches(0, 0)).shared
    (apart,) = measured(stretches(0, 1)).shared
    alone = measured(stretches(0, 0)).gains["left"].value
    assert same.voices == ("left", "right")
    assert same.per_token.value == pytest.approx(alone, rel=0.25)
    assert not same.per_token.is_below_noise
    assert abs(apart.per_token.value) < 0.15 * alone
    assert apart.together.value > 1.5 * alone


def test_voices_that_noted_nothing_are_not_measured() -> None:
    made = [s.model_copy(update={"notes": {"left": s.notes["left"], "right": ""}}) for s in stretches(0, 1)]
    found = measured(made)
    assert set(found.gains) == {"left"}
    assert found.shared == ()
    assert measured(made[:1]).gains == {}, "one stretch has no foreign notes"


def test_foreign_notes_are_as_long_as_ones_own() -> None:
    simulator = Cache()
    told = []
    made = stretches(0, 1)
    made[0] = made[0].model_copy(update={"notes": {"left": " ".join(PARTS[0]), "right": "every step"}})
    overlap(made, ["left", "right"], simulator, on_scored=lambda: told.append(1))
    assert len(told) == documents(4, 2) == len(simulator.prefixes)
    openings = [prefix.removeprefix("Minutes of a session:\n") for prefix in simulator.prefixes]
    notes = [opening.partition("\n\nThe record")[0] for opening in openings]
    assert all(prefix.endswith(":\n") for prefix in simulator.prefixes)
    own, *foreign = notes[:3]
    assert own == " ".join(PARTS[0])
    assert [len(text.split()) for text in foreign] == [10, 10]
    assert foreign[0] != foreign[1]
    assert not set(own.split()) & set(foreign[0].split()) - {"the", "a"}


def test_rounding_is_carried_to_the_estimate() -> None:
    found = overlap(stretches(0, 1), ["left", "right"], Cache(noise=100.0))
    assert found.gains["left"].noise == pytest.approx(200 / 10, rel=0.1)
    assert found.gains["left"].is_below_noise
    assert found.shared[0].per_token.noise == pytest.approx(600 / 10, rel=0.1)


def test_numbers_of_lines_are_told_by_neither_side() -> None:
    claim = Claim(
        kind="question", text="Is it?", cites=(411,), replies=(Claim(kind="answer", text="It is.", cites=(412,)),)
    )
    assert notes_told([claim]) == "- Question: Is it?\n  - Answer: It is."
    lines = segments(["Ada: Is it  so?", "It is."])
    hidden = lines[1].model_copy(update={"doubt": "no speech"})
    assert lines_told(lines) == "Ada: Is it so?\nIt is."
    assert lines_told([lines[0], hidden]) == "Ada: Is it so?"


@given(st.lists(st.text("ab \n", max_size=30), min_size=1, max_size=4), st.integers(0, 12))
def test_what_is_cut_is_a_beginning_in_whole_words(texts: list[str], tokens: int) -> None:
    def count(text: str) -> int:
        return len(text.split())

    for text in texts:
        short = cut(text, tokens, count)
        assert text.startswith(short)
        assert short.split() == text.split()[:tokens]
    alike = cut_alike(texts, count)
    assert {count(text) for text in alike} == {min(map(count, texts))}
