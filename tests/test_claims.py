"""Whatever a simulator writes is read as claims that cite only what it was shown, each with its verdict."""

from __future__ import annotations

import pytest
from conftest import completion, phrases, prompt
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.claims import (
    make_claim,
    minutes,
    read_bullets,
    read_sentences,
    says_none,
    split_speaker,
    without_repeats,
)
from scribe.records import Claim, Prompt

LINES = [
    "Ada: The expected log-loss is smallest at the true distribution.",
    "Wen: What does that buy us over counting guesses?",
    "Ada: Counting top guesses can't tell sixty per cent from ninety-nine.",
    "Jan: A finite network after finite training isn't the minimiser.",
]
POINT = prompt(LINES)


def read(text: str, *, cue: str = "- Point:", finish: str = "end", voice: str = "minute-taker") -> list[Claim]:
    return read_bullets(prompt(LINES, cue=cue, voice=voice), completion(text, finish))


def texts(claims: list[Claim]) -> list[str]:
    return [c.text for c in claims]


# ── Bullets ──────────────────────────────────────────────────────────────────────────────────


def test_the_first_bullet_begins_in_the_cue() -> None:
    (claim,) = read(" Ada: log-loss is smallest at the true distribution [0]")
    assert (claim.kind, claim.text, claim.cites) == ("point", "log-loss is smallest at the true distribution", (0,))
    assert claim.speaker == "Ada"
    assert claim.voices == ("minute-taker",)
    assert claim.support is not None
    assert claim.support.verdict == "supported"


def test_a_label_of_the_cue_holds_for_bullets_without_one() -> None:
    claims = read(" one thing [0]\n- another thing [1]\n- Point: a point [2]", cue="### Sceptic\n\n- Objection:")
    assert [c.kind for c in claims] == ["objection", "objection", "point"]


def test_a_cue_without_a_bullet_leaves_it_to_the_completion() -> None:
    assert texts(read("\n- one [0]\n- two [1]", cue="Minutes:")) == ["one", "two"]


@pytest.mark.parametrize("mark", ["-", "*", "•", "2.", "3)"])
def test_marks_of_a_bullet(mark: str) -> None:
    assert texts(read(f" one [0]\n{mark} two [1]")) == ["one", "two"]


@pytest.mark.parametrize("label", ["Decision:", "**Decision:**", "**Decision**:", "decision:", "DECISION:"])
def test_labels_plain_and_bold(label: str) -> None:
    (_, claim) = read(f" one [0]\n- {label} we keep it [1]")
    assert (claim.kind, claim.text) == ("decision", "we keep it")


def test_a_word_and_a_colon_that_is_no_kind_stays_in_the_text() -> None:
    assert texts(read(" one [0]\n- Lemma: it holds [1]")) == ["one", "Lemma: it holds"]


def test_a_wrapped_line_belongs_to_its_bullet() -> None:
    claims = read(" log-loss is smallest\nat the true\n  distribution [0]\n- two [1]")
    assert texts(claims) == ["log-loss is smallest at the true distribution", "two"]
    assert claims[0].cites == (0,)


def test_a_nested_bullet_answers_the_one_above() -> None:
    (claim,) = read(
        " Wen: what does it buy us? [1]\n  - Answer: Ada: counting can't tell them apart [2]\n    - more [3]",
        cue="- Question:",
    )
    assert claim.kind == "question"
    assert [(r.kind, r.speaker, r.cites) for r in claim.replies] == [("answer", "Ada", (2,)), ("answer", None, (3,))]


def test_an_answer_need_not_be_indented() -> None:
    (claim,) = read(" what does it buy us? [1]\n- Answer: counting can't tell [2]", cue="- Question:")
    assert [r.text for r in claim.replies] == ["counting can't tell"]


def test_a_reply_to_an_objection_is_filed_with_the_answers() -> None:
    (claim,) = read(" it isn't the minimiser [3]\n  - Reply: Ada: right [2]", cue="- Objection:")
    assert (claim.kind, claim.replies[0].kind) == ("objection", "answer")


def test_an_answer_to_nothing_is_a_claim() -> None:
    assert [c.kind for c in read(" none\n  - Answer: counting can't tell [2]", cue="- Question:")] == ["answer"]


@pytest.mark.parametrize("text", [" none", " None.", " none [2]", "", "\n", " ...", " [1]", " Ada: [1]", "\n- \n- "])
def test_nothing_said_is_no_claim(text: str) -> None:
    assert read(text) == []


def test_reading_stops_at_the_next_heading() -> None:
    assert texts(read(" one [0]\n\n### Sceptic\n\n- two [1]")) == ["one"]


def test_a_bullet_cut_off_before_its_citation_is_left_out() -> None:
    cut = " one thing [0]\n- another thi"
    assert texts(read(cut, finish="length")) == ["one thing"]
    assert texts(read(cut, finish="stop")) == ["one thing", "another thi"]


def test_a_bullet_that_ends_with_its_citation_was_not_cut_off() -> None:
    assert texts(read(" one thing [0]\n- another [1]", finish="length")) == ["one thing", "another"]


def test_the_only_bullet_cut_off_leaves_nothing() -> None:
    assert read(" one thi", finish="length") == []


def test_lines_of_the_example_are_no_evidence() -> None:
    """A frame's example is numbered from 9001; a model that copies it cites what it was not shown."""
    (claim,) = read(" Ilse: log-loss is smallest only at the truth [9001]")
    assert claim.cites == ()
    assert claim.support is not None
    assert claim.support.verdict == "unsupported"
    assert claim.support.reasons[0] == "cites line 9001, which was not shown"


# ── Sentences ────────────────────────────────────────────────────────────────────────────────


def paragraph(text: str, finish: str = "end") -> list[Claim]:
    return read_sentences(prompt(LINES, cue="Overview:", yields="paragraph"), completion(text, finish))


def test_every_sentence_is_a_claim() -> None:
    claims = paragraph(" Ada: Log-loss is smallest at the true\ndistribution [0]. Jan isn't sure. [3] And so on")
    assert [(c.text, c.cites) for c in claims] == [
        ("Log-loss is smallest at the true distribution.", (0,)),
        ("Jan isn't sure.", (3,)),
        ("And so on", ()),
    ]
    assert claims[0].speaker == "Ada"


def test_a_sentence_cut_off_is_left_out() -> None:
    assert texts(paragraph(" One thing. [0] Another thi", "length")) == ["One thing."]
    assert texts(paragraph(" One thing. [0] Another one. [1]", "length")) == ["One thing.", "Another one."]
    assert paragraph(" One thi", "length") == []


# ── One claim ────────────────────────────────────────────────────────────────────────────────


def test_the_longest_name_that_fits_is_the_speaker() -> None:
    sources = prompt([("Ada", "Yes."), ("Ada: B", "No.")]).sources
    assert split_speaker("Ada: B: so", sources) == ("Ada: B", "so")
    assert split_speaker("**Ada:** so", sources) == ("Ada", "so")
    assert split_speaker("**Ada**: so", sources) == ("Ada", "so")
    assert split_speaker("Adaeze: so", sources) == (None, "Adaeze: so")


def test_a_claim_put_in_the_wrong_mouth_is_marked() -> None:
    claim = make_claim("Wen: the expected log-loss is smallest at the true distribution [0]", POINT)
    assert claim is not None
    assert claim.speaker == "Wen"
    assert claim.support is not None
    assert claim.support.reasons == ("Wen did not say these lines",)


# ── Garbage ──────────────────────────────────────────────────────────────────────────────────

CUES = ["- Point:", "### Minutes\n\n- Question:", "Overview:", "##", "-", "Answer:"]
SCRAPS = (
    "- ", "\n- ", "\n  - ", "\n", "Point:", "Answer:", "**", "[0]", "[2-3]", "[9001]", "[", "#", "none", "Ada:",
    "log-loss", "1.", ". ", "\u2028", "\x0c", "\t", "”", "…", "isn't",
)  # fmt: skip
GARBAGE = st.text(max_size=120) | st.lists(st.sampled_from(SCRAPS), max_size=20).map("".join)


def flat(claims: list[Claim]) -> list[Claim]:
    return [one for c in claims for one in (c, *flat(list(c.replies)))]


@settings(max_examples=300)
@given(GARBAGE, st.sampled_from(CUES), st.sampled_from(["stop", "length", "end"]))
def test_no_completion_upsets_the_reader(text: str, cue: str, finish: str) -> None:
    shown: Prompt = prompt(LINES, cue=cue)
    for reader in (read_bullets, read_sentences):
        for claim in flat(reader(shown, completion(text, finish))):
            assert set(claim.cites) <= {s.index for s in shown.sources}
            assert list(claim.cites) == sorted(set(claim.cites))
            assert any(c.isalnum() or c == "_" for c in claim.text)
            assert claim.support is not None
            assert claim.cites or claim.support.verdict == "unsupported"


# ── What models do that extract does not ─────────────────────────────────────────────────────

SCENE = "Minutes.\n\n- Point: Ilse: a point of the example [9001]\n- Question: none\n\n[0] Ada: So it is.\n\n"
SHOWN = prompt(["Ada: So it is."], scene=SCENE)


def test_the_prompt_said_again_is_no_claim() -> None:
    said = " Ada: so it is [0]\n- Point: more [0]"
    echo = "\n- Point: Ilse: a point of the example [9001]\n[0] Ada: So it is.\nMinutes."
    assert texts(read_bullets(SHOWN, completion(said + echo))) == ["so it is", "more"]
    assert read_bullets(SHOWN, completion(SHOWN.scene)) == []


@pytest.mark.parametrize("again", [SHOWN.text, SHOWN.cue, "\n\n" + SHOWN.cue, " " + SHOWN.cue])
def test_what_stands_before_the_completion_again_is_passed_over(again: str) -> None:
    (claim,) = read_bullets(SHOWN, completion(again + " Ada: so it is [0]"))
    assert (claim.kind, claim.text, claim.speaker, claim.cites) == ("point", "so it is", "Ada", (0,))


def test_a_paragraph_that_begins_with_its_cue_again() -> None:
    (claim,) = paragraph("Overview: Log-loss is smallest at the true distribution. [0]")
    assert claim.text == "Log-loss is smallest at the true distribution."


@pytest.mark.parametrize("text", [" none", " None.", "\n- none", " none [0]", "\n- Objection: none\n", " *none*"])
def test_none_is_an_answer(text: str) -> None:
    assert says_none(SHOWN, completion(text))
    assert read_bullets(SHOWN, completion(text)) == []


@pytest.mark.parametrize("text", ["", "\n\n", " nonetheless it is so [0]", " Sorry, I cannot help with that."])
def test_what_is_not_none(text: str) -> None:
    assert not says_none(SHOWN, completion(text))


def test_none_in_the_example_is_still_an_answer() -> None:
    asked = prompt(["Ada: So it is."], cue="- Question:", scene=SCENE)
    assert says_none(asked, completion(" none"))


def test_a_loop_is_said_once() -> None:
    looping = " the loss is small [0]\n" + "- Point: The loss is small. [1]\n" * 40 + "- Point: a bound holds [2]"
    assert texts(without_repeats(read(looping))) == ["the loss is small", "a bound holds"]


def test_a_loop_of_answers_is_said_once() -> None:
    (question,) = without_repeats(read(" why? [1]" + "\n  - Answer: because [2]" * 9, cue="- Question:"))
    assert [r.text for r in question.replies] == ["because"]


def test_a_bullet_cut_off_after_its_citation_is_left_out() -> None:
    assert texts(read(" one thing [0]\n- another [1] and yet ano", finish="length")) == ["one thing"]


def test_a_line_that_was_never_shown_is_marked() -> None:
    (claim,) = read(" the loss is small [9999]")
    assert claim.cites == ()
    assert claim.support is not None
    assert claim.support.reasons == ("cites line 9999, which was not shown",)


# ── Minutes ──────────────────────────────────────────────────────────────────────────────────


def claim(text: str, *cites: int, kind: str = "point", voices: tuple[str, ...] = ("a",), **more: object) -> Claim:
    return Claim.model_validate({"kind": kind, "text": text, "cites": cites, "voices": voices, **more})


MINUTED = st.lists(
    st.builds(
        lambda text, cites, kind, speaker, reply: claim(
            text,
            *sorted(cites),
            kind=kind,
            speaker=speaker,
            replies=(claim(reply, 2, kind="answer", speaker="Ada"),) if reply and kind == "question" else (),
        ),
        phrases(6),
        st.sets(st.integers(0, 3), max_size=3),
        st.sampled_from(["point", "question", "definition", "conjecture", "objection", "decision", "action"]),
        st.sampled_from([None, "Ada", "Wen"]),
        st.none() | phrases(4),
    ),
    max_size=6,
)


@settings(max_examples=150)
@given(MINUTED)
def test_minutes_are_read_back(claims: list[Claim]) -> None:
    def facts(c: Claim) -> tuple[object, ...]:
        return c.kind, c.text, c.cites, c.speaker, tuple(map(facts, c.replies))

    found = read("\n" + minutes(claims), cue="The minutes:")
    assert [facts(c) for c in found] == [facts(c) for c in claims]
