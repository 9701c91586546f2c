"""Citations are read and written alike, and a claim is believed only as far as its lines bear it out."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import phrases, segments, talks
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.evidence import (
    CITATION,
    SUPPORTED,
    WEAK,
    WIDEST_RANGE,
    bm25,
    citations,
    cite,
    cited_sentences,
    judge,
    names_topic,
    smoothed,
    topic_words,
    without_citations,
)
from scribe.records import Support, Transcript

# ── Citations ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("so [12]", (12,)),
        ("so [12-14]", (12, 13, 14)),
        ("so [12–14]", (12, 13, 14)),
        ("so [12, 15]", (12, 15)),
        ("so [12; 15]", (12, 15)),
        ("so [ 12 - 13 , 20 ]", (12, 13, 20)),
        ("[3] and [1]. [3]", (1, 3)),
        ("[14-12]", (12, 13, 14)),
        ("[0]", (0,)),
        ("[2][4]", (2, 4)),
        ("", ()),
        ("[]", ()),
        ("[a]", ()),
        ("[12a]", ()),
        ("[-3]", ()),
        ("[1-]", ()),
        ("[1,,2]", ()),
        ("[1-2-3]", ()),
        ("[^12]", ()),
        ("12", ()),
        ("[12", ()),
        ("[1.5]", ()),
        ("[x](y)", ()),
        ("[1234567890]", ()),
    ],
)
def test_the_forms_of_a_citation(text: str, lines: tuple[int, ...]) -> None:
    assert citations(text) == lines


@given(st.sets(st.integers(min_value=0, max_value=99_999), max_size=40))
def test_what_is_cited_is_read_back(lines: set[int]) -> None:
    assert citations(cite(sorted(lines))) == tuple(sorted(lines))
    assert citations(f"It is so {cite(list(lines))}.") == tuple(sorted(lines))


@given(st.integers(min_value=0, max_value=5000), st.integers(min_value=1, max_value=900))
def test_long_stretches_are_read_back_too(first: int, length: int) -> None:
    stretch = range(first, first + length)
    assert citations(cite(stretch)) == tuple(stretch)


@given(st.integers(min_value=0, max_value=10**9 - 1), st.integers(min_value=0, max_value=10**9 - 1))
def test_a_range_too_wide_to_mean_anything_names_its_ends(first: int, last: int) -> None:
    found = citations(f"[{first}-{last}]")
    assert len(found) <= WIDEST_RANGE + 1
    assert {found[0], found[-1]} == {min(first, last), max(first, last)}


@settings(max_examples=300)
@given(st.text(alphabet='[]0123456789-–,; .?!ab\n"”)', max_size=60))
def test_no_bracket_upsets_the_reader(text: str) -> None:
    found = citations(text)
    assert list(found) == sorted(set(found))
    assert len(without_citations(text)) <= len(text)


@given(phrases(), st.sets(st.integers(0, 300), max_size=8))
def test_taking_citations_out_leaves_the_text(text: str, lines: set[int]) -> None:
    assert without_citations(f"{text} {cite(sorted(lines))}" if lines else text) == without_citations(text)
    assert citations(without_citations(text)) == ()


CITED = st.lists(
    st.tuples(phrases(6), st.sampled_from(["", " [1]", " [2-3].", ". [4]", "? [5, 6] [7]", "[8]. "])), max_size=6
).map(lambda pairs: " ".join(text + mark for text, mark in pairs))


@settings(max_examples=300)
@given(CITED | st.text(alphabet="ab .?![1]2-”)", max_size=40))
def test_cited_sentences_keep_every_word(text: str) -> None:
    found = cited_sentences(text)
    kept = "".join(c for sentence in found for c in sentence.text if c.isalnum())
    assert kept == "".join(c for c in CITATION.sub("", text) if c.isalnum())


@settings(max_examples=300)
@given(CITED)
def test_cited_sentences_keep_every_citation(text: str) -> None:
    assert {i for sentence in cited_sentences(text) for i in sentence.cites} == set(citations(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One [1]. Two [2].", [("One.", (1,)), ("Two.", (2,))]),
        ("One. [1] Two. [2]", [("One.", (1,)), ("Two.", (2,))]),
        ("One.[1][2] Two.", [("One.", (1, 2)), ("Two.", ())]),
        ('"One." [1] Two', [('"One."', (1,)), ("Two", ())]),
        ("Why? [1, 3] So!", [("Why?", (1, 3)), ("So!", ())]),
        ("One [1], and two [2].", [("One, and two.", (1, 2))]),
        ("", []),
    ],
)
def test_citations_go_with_their_sentence(text: str, found: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited_sentences(text) == found


# ── Judging ──────────────────────────────────────────────────────────────────────────────────

SHOWN = {
    s.index: s
    for s in segments(
        [
            "Ada: The expected log-loss is smallest at the true distribution, and nowhere else.",
            "Jan: A model that says 0.9 pays about twenty-one nats more on average.",
            "Tomás: So, um, a fine-tuned model does not count as a simulator, I think.",
            "Mira: Jan will write up the lemma on rare prefixes before Thursday.",
            "Wen: We asked GPT about it, and Mira wrote the answer down.",
            "Wen: He said that it is certainly not so. Therefore the bound is tight for rare prefixes.",
            'Wen: He said "certainly not." The bound holds for rare prefixes.',
        ]
    )
}
"""Lines of a session, by index."""


def judged(text: str, *cites: int, speaker: str | None = None) -> Support:
    return judge(text, cites, SHOWN, speaker=speaker)


@pytest.mark.parametrize("line", SHOWN)
def test_a_quotation_is_supported(line: int) -> None:
    support = judged(SHOWN[line].text, line, speaker=SHOWN[line].speaker)
    assert support == Support(verdict="supported", score=1.0)


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("Log-loss is smallest at the true distribution.", (0,)),
        ("A fine-tuned model doesn't count as a simulator.", (2,)),
        ("A model that says 0.9 pays 21 nats more.", (1,)),
        ("Jan will write up the lemma before Thursday.", (3,)),
        ("Tomás said that a fine-tuned model does not count.", (2,)),
        ("The bound holds for rare prefixes.", (6,)),
        ("The bound is tight.", (5,)),
    ],
)
def test_a_faithful_account_is_supported(text: str, cites: tuple[int, ...]) -> None:
    assert judged(text, *cites).verdict == "supported"


@pytest.mark.parametrize(
    ("text", "cites", "speaker", "reason"),
    [
        ("A model that says 0.8 pays about twenty-one nats more.", (1,), None, "the number 0.8 is not in the lines"),
        ("A model that says 0.9 pays about twenty-two nats more.", (1,), None, "the number 22 is not in the lines"),
        ("A model that says 0.9 pays about 21 million nats more.", (1,), None, "the number 21000000 is"),
        ("We asked Turing about it, and Mira wrote it down.", (4,), None, "the name Turing is not in the lines"),
        ("We asked GPT about it, and Tomás wrote it down.", (4,), None, "the name Tomás is not in the lines"),
        ("Ada will write up the lemma on rare prefixes before Thursday.", (3,), None, "the name Ada is not"),
        ("Ada's bound is tight for rare prefixes.", (5,), None, "the name Ada is not in the lines"),
        ("A fine-tuned model does count as a simulator.", (2,), None, "the lines deny something and it does not"),
        ("The expected log-loss is not smallest at the true distribution.", (0,), None, "it denies something"),
        ("Jan will write up the lemma on rare prefixes before Thursday.", (3,), "Jan", "Jan did not say these lines"),
        ("Log-loss is smallest at the true distribution.", (), None, "cites no line"),
        ("Log-loss is smallest at the true distribution.", (99,), None, "cites line 99, which was not shown"),
        ("Bread needs flour, water, salt and a hot oven.", (0,), None, "the lines hold 0% of its words"),
    ],
)
def test_what_the_lines_do_not_say_is_unsupported(
    text: str, cites: tuple[int, ...], speaker: str | None, reason: str
) -> None:
    support = judged(text, *cites, speaker=speaker)
    assert support.verdict == "unsupported"
    assert support.score <= WEAK
    assert any(r.startswith(reason) for r in support.reasons)


def test_an_account_half_in_other_words_is_weak() -> None:
    support = judged("Honesty pays, and log-loss teaches every bluffing forecaster so.", 0)
    assert support.verdict == "weak"
    assert support.reasons == ("the lines hold 29% of its words",)
    assert WEAK <= support.score < 1.0


def test_a_stranger_among_the_lines_makes_a_claim_weak() -> None:
    support = judged("Log-loss is smallest at the true distribution.", 0, 99)
    assert support == Support(verdict="weak", score=1.0, reasons=("cites line 99, which was not shown",))


def test_two_lines_bear_a_claim_out_together() -> None:
    text = "Log-loss is smallest at the true distribution, and Jan will write the lemma up."
    assert judged(text, 0).verdict == "unsupported"
    assert judged(text, 0, 3).verdict == "supported"


def test_a_claim_without_a_word_is_unsupported() -> None:
    assert judged("…", 0).verdict == "unsupported"


@given(talks(most=6), st.text(max_size=40) | phrases(), st.lists(st.integers(0, 8), max_size=3))
def test_no_claim_upsets_the_judge(talk: Transcript, text: str, cites: list[int]) -> None:
    support = judge(text, cites, {s.index: s for s in talk.segments})
    assert (support.verdict == "supported") == (not support.reasons)
    if support.verdict == "supported":
        assert support.score >= SUPPORTED
    if not set(cites) & {s.index for s in talk.segments}:
        assert support.verdict == "unsupported"


# ── Relevance ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "names_one"),
    [
        ("Summarise the meeting.", False),
        ("What did they talk about?", False),
        ("What was said about log-loss?", True),
        ("Why did the group discuss batteries?", True),
        ("", False),
    ],
)
def test_whether_a_question_names_a_topic(question: str, names_one: bool) -> None:
    assert names_topic(question) is names_one
    assert bool(topic_words(question)) is names_one


def test_bm25_prefers_rare_words_and_short_texts() -> None:
    scores = bm25(["loss", "sampler"], [["loss"], ["loss", *"abcdefgh"], ["sampler"], ["a"]])
    assert scores[2] > scores[0] > scores[1] > scores[3] == 0.0


def test_bm25_by_hand() -> None:
    """Two texts of one length, the word in one: idf = ln(1 + 1.5/1.5), tf part = 2.2/(1 + 1.2) = 1."""
    assert bm25(["x"], [["x", "y"], ["y", "y"]]) == pytest.approx([np.log(2.0), 0.0])


def test_smoothing_lends_to_neighbours_evenly() -> None:
    lent = smoothed(np.array([0.0, 0.0, 1.0, 0.0, 0.0]), 1.0)
    assert lent == pytest.approx(lent[::-1])
    assert lent[2] == 1.0
    assert lent[1] == pytest.approx(np.exp(-0.5))
    assert smoothed(np.array([1.0, 2.0]), 0.0) == pytest.approx([1.0, 2.0])
