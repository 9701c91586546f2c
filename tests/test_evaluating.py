"""What is measured of a text beside a reference, and how sure a mean of many is."""

from __future__ import annotations

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from scribe.evaluating.comparing import Scored, groups_of, rows_of
from scribe.evaluating.figures import MEASURES, Candidate, figures, redundancy
from scribe.evaluating.rouge import rouge, signature
from scribe.evaluating.sessions import Reference, Sentence, reference
from scribe.evaluating.tables import contrast, figure, is_sure, letters
from scribe.measures.bootstrap import Estimate
from scribe.records import Claim, Support

TALK = transcript(["Ada: The loss is a bound.", "Wen: Is it tight?", "Ada: It is not tight.", "Wen: Fine."])


def claim(text: str, *cites: int, verdict: str = "supported") -> Claim:
    support = Support.model_validate({"verdict": verdict, "score": 0.5})
    return Claim(kind="point", text=text, cites=cites, support=support)


def written(*sentences: str, linked: tuple[int, ...] = ()) -> Reference:
    return reference([Sentence(text=text) for text in sentences], linked=linked)


TEXTS = st.lists(
    st.lists(st.sampled_from("the loss is a bound not tight samplers slow".split()), min_size=1).map(" ".join),
    min_size=1,
    max_size=4,
)
LINES = st.sets(st.integers(0, 3))


@given(TEXTS, st.lists(LINES, min_size=4, max_size=4), LINES)
def test_every_figure_is_there_and_within_its_bounds(said: list[str], cited: list[set[int]], linked: set[int]) -> None:
    claims = tuple(claim(text, *sorted(lines)) for text, lines in zip(said, cited, strict=False))
    found = figures(Candidate(claims, 0.5), written("The loss is a bound.", linked=tuple(linked)), TALK)
    assert list(found) == [measure.name for measure in MEASURES]
    shares = [
        v for m in MEASURES if m.unit not in ("words", "s", "tokens", "% of words") and (v := found[m.name]) is not None
    ]
    assert all(0 <= value <= 100 for value in shares)
    assert (found["cite_f1"] is None) == (not linked)
    precision, recall, both = (found[f"cite_{name}"] for name in ("precision", "recall", "f1"))
    if precision and recall and both:
        assert both == pytest.approx(2 * precision * recall / (precision + recall))


@given(TEXTS)
def test_a_text_beside_itself_has_all_there_is_to_have(said: list[str]) -> None:
    found = rouge("\n".join(said), "\n".join(said))
    assert found["rouge1"] == found["rougeL"] == found["rougeLsum"] == 100
    assert found["rouge2"] == (100 if len(" ".join(said).split()) > 1 else 0)


def test_rouge_is_that_of_the_library() -> None:
    one, other = "The samplers were slow.\nThe loss is a bound.", "A loss bounds it.\nSampling is slow."
    library = RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer=True).score(other, one)
    found = rouge(one, other)
    assert {name: found[name] for name in library} == {name: 100 * s.fmeasure for name, s in library.items()}
    assert found["rougeLsum"] > found["rougeL"], "sentences are told apart"
    assert signature().startswith("rouge-score 0.")


def test_stop_words_are_no_content() -> None:
    assert rouge("It is what it is and it was not.", "It is what it is, and there it was.")["content1"] == 0
    assert rouge("There was the bound.", "A bound it is.")["content1"] == 100


def test_a_worked_example() -> None:
    """Two claims of five words each cite three lines, of which people linked one; they linked another one too."""
    candidate = Candidate(
        (claim("The loss is a bound.", 0, 1), claim("A bound is not tight.", 2, verdict="weak")), 0.75, 2.0, (100, 20)
    )
    found = figures(candidate, written("The loss is a bound.", linked=(0, 3)), TALK)
    assert found["cite_precision"] == pytest.approx(100 / 3)
    assert found["cite_recall"] == 50
    assert found["cite_f1"] == 40
    assert (found["unsupported"], found["weak"]) == (0, 50)
    assert found["coverage"] == 75
    assert found["words"] == 10
    assert found["compression"] == pytest.approx(100 * 10 / 13)
    assert found["redundancy"] == pytest.approx(100 / 3), "bound, of loss, bound and tight"
    assert (found["seconds"], found["tokens_read"], found["tokens_written"]) == (2, 100, 20)


def test_a_sentence_is_reached_by_any_of_its_lines() -> None:
    """Of three sentences two are linked to lines, of one of them one line is cited."""
    found = reference([Sentence(text="A.", cites=(0, 1)), Sentence(text="B.", cites=(2,)), Sentence(text="C.")])
    candidate = Candidate((claim("The loss is a bound.", 1, 3),), 1.0)
    assert figures(candidate, found, TALK)["reached"] == 50
    assert figures(candidate, written("No.", linked=(1,)), TALK)["reached"] is None, "no sentence has lines of its own"


def test_replies_are_part_of_the_text() -> None:
    question = claim("Is it tight?", 1).model_copy(update={"replies": (claim("It is not.", 2, verdict="unsupported"),)})
    candidate = Candidate((question,), 1.0)
    assert candidate.text == "Is it tight?\nIt is not."
    assert figures(candidate, written("No.", linked=(2,)), TALK)["unsupported"] == 50


def test_an_empty_text_has_no_rates() -> None:
    found = figures(Candidate((), 1.0), written("The loss is a bound.", linked=(0,)), TALK)
    assert found["rouge1"] == found["words"] == found["cite_precision"] == found["cite_f1"] == 0
    assert found["unsupported"] is found["redundancy"] is None


def test_a_sentence_that_nobody_judged_counts_as_unsupported() -> None:
    unjudged = Claim(kind="point", text="The loss is a bound.", cites=(0,))
    assert figures(Candidate((unjudged,), 1.0), written("A bound."), TALK)["unsupported"] == 100


def test_what_is_said_again_is_redundant() -> None:
    assert redundancy(["The loss is a bound."]) is None
    assert redundancy(["Samplers are slow.", "The loss is a bound.", "Samplers are slow."]) == 50


# ── Many texts ───────────────────────────────────────────────────────────────────────────────


def scored(session: str, *values: float, kind: str | None = None, place: int = 0) -> Scored:
    """A reference with the same value in every figure, for simulators A, B, …"""
    names = {m.name: 0.0 for m in MEASURES}
    by_simulator = {name: dict.fromkeys(names, value) for name, value in zip("ABC", values, strict=False)}
    return Scored(session=session, reference=place, kind=kind, question=None, figures=by_simulator)


def test_a_mean_is_over_references_and_its_interval_over_sessions() -> None:
    ones = [scored("one", 10.0), *(scored("two", 20.0, place=n) for n in range(3)), scored("three", 30.0)]
    (group,) = groups_of(ones, ["A"])
    estimate = group.means["A"]["rouge1"]
    assert estimate is not None
    assert (group.sessions, group.references) == (3, 5)
    assert estimate.value == 20
    assert estimate.low is None, "three sessions make no interval"
    (group,) = groups_of([*ones, scored("four", 40.0)], ["A"])
    estimate = group.means["A"]["rouge1"]
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    assert 10 <= estimate.low < estimate.value < estimate.high <= 40
    assert [(session, references) for session, references, _ in rows_of(ones, ["A"])] == [
        ("one", 1),
        ("two", 3),
        ("three", 1),
    ]


def test_a_difference_is_of_the_same_reference() -> None:
    """Sessions differ far more than simulators do; the pairs show it, the means do not."""
    ones = [scored(f"s{n}", 10.0 * n, 10.0 * n + 1 + 0.1 * (n % 3)) for n in range(8)]
    (group,) = groups_of(ones, ["A", "B"])
    first, second = group.means["A"]["rouge2"], group.means["B"]["rouge2"]
    difference = group.differences["B"]["rouge2"]
    assert first is not None
    assert second is not None
    assert difference is not None
    assert difference.value == pytest.approx(second.value - first.value)
    assert first.high is not None
    assert second.low is not None
    assert second.low < first.high
    assert is_sure(difference)
    assert contrast(difference).endswith("★")
    (group,) = groups_of([scored(f"s{n}", 10.0, 10.0 + (-1) ** n) for n in range(8)], ["A", "B"])
    difference = group.differences["B"]["rouge2"]
    assert difference is not None
    assert not is_sure(difference)


def test_kinds_are_measured_by_themselves_too() -> None:
    ones = [scored("one", 1.0, kind="general"), scored("one", 3.0, kind="specific", place=1), scored("two", 5.0)]
    groups = groups_of(ones, ["A"])
    assert [(group.kind, group.references) for group in groups] == [("all", 3), ("general", 1), ("specific", 1)]
    assert len(groups_of(ones[:1], ["A"])) == 1, "one kind is all there is"


def test_a_figure_that_no_text_has_is_none() -> None:
    one = Scored(session="s", reference=0, kind=None, question=None, figures={"A": {m.name: None for m in MEASURES}})
    (group,) = groups_of([one], ["A"])
    assert set(group.means["A"].values()) == {None}


@given(st.floats(-1e6, 1e6))
def test_a_figure_is_read_back_as_it_was(value: float) -> None:
    told = figure(value)
    read = float(told.replace("−", "-").replace(",", ""))
    assert read == pytest.approx(value, abs=0.5 if abs(value) >= 999.5 else 0.051)
    assert "-0" not in told.replace("−", "-").replace("-0.", "")


def test_a_difference_without_an_interval_is_not_sure() -> None:
    assert contrast(Estimate(value=4.0)) == "+4.00"
    assert contrast(None) == "–"


def test_every_simulator_has_a_letter_of_its_own() -> None:
    names = [f"hf:{n}" for n in range(30)]
    assert len(set(letters(names).values())) == 30
