"""Many voices make one list: nothing and nobody is lost, and what cannot both be so stands side by side."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import phrases, table
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.claims import contradiction, flat, is_alike, is_same, join_alike, minutes
from scribe.evidence import citations
from scribe.records import Claim, Support

PEOPLE = ("Ada", "Jan", "Tomás", "Wen", "Ilse")


def claim(text: str, *cites: int, kind: str = "point", voices: tuple[str, ...] = ("a",), **more: object) -> Claim:
    return Claim.model_validate({"kind": kind, "text": text, "cites": cites, "voices": voices, **more})


def bears_out(verdict: str) -> Support:
    return Support.model_validate({"verdict": verdict, "score": 0.5})


# ── Pairs that a person has judged ───────────────────────────────────────────────────────────

PAIRS = list(table("pairs.md"))


def judged(text: str, lines: str, voice: str) -> Claim:
    name, colon, rest = text.partition(": ")
    speaker, said = (name, rest) if colon and name in PEOPLE else (None, text)
    kind = "question" if said.endswith("?") else "point"
    return claim(said, *citations(lines), kind=kind, voices=(voice,), speaker=speaker)


def found(one: Claim, other: Claim) -> str:
    people = {name.lower() for name in PEOPLE}
    if contradiction(one, other, people=people):
        return "contradiction"
    return "same" if is_alike(one, other, people=people) else "different"


@pytest.mark.parametrize("row", PAIRS, ids=[f"{row[0][:30]} / {row[2][:30]}" for row in PAIRS])
def test_pairs(row: list[str]) -> None:
    one, other = judged(row[0], row[1], "a"), judged(row[2], row[3], "b")
    assert found(one, other) == (row[5] or row[4])
    assert found(other, one) == found(one, other)


def test_of_the_pairs_most_is_found_and_nothing_is_found_that_is_not_there() -> None:
    counts = Counter((row[4], row[5] or row[4]) for row in PAIRS)
    false_alarms = sum(n for (true, said), n in counts.items() if said != true and said != "different")
    assert false_alarms == 0
    assert counts["contradiction", "contradiction"] == 19
    assert counts["contradiction", "different"] == 3
    assert counts["same", "same"] == 14
    assert counts["same", "different"] == 6
    assert counts["different", "different"] == 24


# ── Joining ──────────────────────────────────────────────────────────────────────────────────


def test_two_voices_that_say_the_same_are_one_claim() -> None:
    one = claim("Log-loss is smallest at the true distribution", 0, voices=("a",))
    two = claim("The log-loss is smallest at the true distribution.", 0, 1, voices=("b", "a"), kind="definition")
    assert join_alike([one, two]) == [one.model_copy(update={"voices": ("a", "b"), "kind": "definition"})]


def test_the_same_words_on_other_lines_are_two_claims() -> None:
    both = [claim("It works", 0), claim("It works", 1), claim("It works"), claim("It works")]
    assert join_alike(both) == both


def test_two_voices_may_cite_neighbouring_lines() -> None:
    one, two = (
        claim("The bound holds for rare prefixes", 12),
        claim("the bound holds for rare prefixes", 13, voices=("b",)),
    )
    assert [c.voices for c in join_alike([one, two])] == [("a", "b")]
    far = two.model_copy(update={"cites": (15,)})
    assert join_alike([one, far]) == [one, far]


def test_samples_of_one_voice_are_one_voice() -> None:
    samples = [claim("The bound holds for rare prefixes", 12)] * 3
    assert [c.voices for c in join_alike(samples)] == [("a",)]


def test_a_claim_goes_to_the_one_that_is_nearest() -> None:
    far = claim("the loss on texts with a long context rises", 3)
    near = claim("the loss rises steadily with context length", 3, 4)
    theirs = claim("the loss rises steadily with the length of a long context", 3, 4, voices=("b",))
    assert [c.voices for c in join_alike([far, near, theirs])] == [("a",), ("a", "b")]


def test_the_words_that_are_borne_out_are_kept_in_the_place_of_the_first() -> None:
    weak = claim("the bound holds for all rare prefixes", 3, support=bears_out("weak"))
    other = claim("nobody came", 9)
    good = claim("the bound holds for rare prefixes", 3, 4, voices=("b",), support=bears_out("supported"))
    first, second = join_alike([weak, other, good])
    assert (first.text, first.cites, first.support, first.voices) == (good.text, (3, 4), good.support, ("a", "b"))
    assert second == other


def test_of_one_claim_that_holds_another_the_longer_words_are_kept() -> None:
    short = claim("the distance goes like the square root of the excess loss", 3)
    long = claim(
        "average distance in total variation over contexts is the square root of excess loss by Pinsker's inequality",
        3,
        voices=("b",),
    )
    assert [c.text for c in join_alike([short, long])] == [long.text]


def test_a_joined_question_keeps_its_answer() -> None:
    answer = claim("It tells them apart", 2, kind="answer")
    bare = claim("What does counting buy?", 1, kind="question")
    answered = bare.model_copy(update={"replies": (answer,), "voices": ("b",)})
    (joined,) = join_alike([bare, answered])
    assert joined.replies == (answer,)
    assert joined.voices == ("a", "b")


def test_answers_of_two_voices_are_joined_too() -> None:
    def asked(voice: str, answer: str) -> Claim:
        reply = claim(answer, 2, kind="answer", voices=(voice,))
        return claim("What does counting buy?", 1, kind="question", voices=(voice,), replies=(reply,))

    (same,) = join_alike(
        [asked("a", "it tells sixty from ninety-nine"), asked("b", "It tells sixty from ninety-nine.")]
    )
    assert [r.voices for r in same.replies] == [("a", "b")]
    (torn,) = join_alike(
        [asked("a", "the bound holds for rare ones"), asked("b", "the bound does not hold for rare ones")]
    )
    assert [(r.text, [o.text for o in r.against]) for r in torn.replies] == [
        ("the bound holds for rare ones", ["the bound does not hold for rare ones"])
    ]


def test_a_point_that_answers_itself_stays() -> None:
    odd = claim("It works", 2, replies=(claim("It works", 2, kind="answer"),))
    assert join_alike([odd]) == [odd]


def test_a_point_that_stands_as_an_answer_is_not_said_twice() -> None:
    answer = claim("It tells sixty from ninety-nine", 2, kind="answer")
    question = claim("What does it buy?", 1, kind="question", replies=(answer,))
    point = claim("It tells sixty from ninety-nine.", 2, voices=("b",))
    heard = answer.model_copy(update={"voices": ("a", "b")})
    assert join_alike([point, question]) == [question.model_copy(update={"replies": (heard,)})]


# ── Side by side ─────────────────────────────────────────────────────────────────────────────


def test_what_cannot_both_be_so_stands_side_by_side() -> None:
    one = claim("the loss rises with the length of the context", 7)
    other = claim("the loss falls with the length of the context", 7, 8, voices=("b",))
    assert join_alike([one, other]) == [one.model_copy(update={"against": (other,)})]


def test_what_the_lines_bear_out_stands_above() -> None:
    wrong = claim("Jan will write up the lemma", 29, support=bears_out("unsupported"))
    right = claim("Tomás will write up the lemma", 29, voices=("b",), support=bears_out("supported"), speaker="Tomás")
    elsewhere = claim("so much for now", 40, speaker="Jan")
    first, _ = join_alike([wrong, right, elsewhere])
    assert (first.text, first.against) == (right.text, (wrong,))


def test_one_voice_does_not_contradict_itself() -> None:
    both = [claim("the loss rises with the context", 7), claim("the loss falls with the context", 7)]
    assert join_alike(both) == both


def test_what_stands_against_a_claim_is_in_the_minutes() -> None:
    other = claim("the loss falls", 7, voices=("b",))
    assert (
        minutes([claim("the loss rises", 7, against=(other,))])
        == "- Point: the loss rises [7]\n- Point: the loss falls [7]"
    )


# ── Whatever the voices say ──────────────────────────────────────────────────────────────────

TEXTS = [
    "the loss is small", "the loss is very small", "the loss is not small", "the loss is large", "a bound holds",
    "it is", "gradient bound lemma", "does a bound hold?", "40 lines were read", "50 lines were read",
    "the bound holds for all of the rare prefixes", "the bound holds for rare prefixes",
]  # fmt: skip


def claims(most: int = 12) -> st.SearchStrategy[list[Claim]]:
    one = st.builds(
        lambda text, cites, kind, voice, verdict, reply: claim(
            text,
            *sorted(cites),
            kind=kind,
            voices=(voice,),
            support=verdict and bears_out(verdict),
            replies=(claim(reply, 2, kind="answer", voices=(voice,)),) if reply else (),
        ),
        st.sampled_from(TEXTS) | phrases(4),
        st.sets(st.integers(0, 4), max_size=2),
        st.sampled_from(["point", "question", "definition", "objection"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([None, "supported", "weak", "unsupported"]),
        st.none() | st.sampled_from(TEXTS),
    )
    return st.lists(one, max_size=most)


@settings(max_examples=300)
@given(claims())
def test_nothing_and_nobody_is_lost(said: list[Claim]) -> None:
    joined = list(flat(join_alike(said)))
    assert {v for c in joined for v in c.voices} == {v for c in said for v in c.voices}
    assert {(c.text, c.cites) for c in joined} <= {(c.text, c.cites) for c in flat(said)}
    for c in said:
        alone = not any(o is not c and (is_alike(o, c) or contradiction(o, c) or is_same(o, c)) for o in flat(said))
        assert not alone or any(k.text == c.text and k.cites == c.cites for k in joined)


@settings(max_examples=300)
@given(claims())
def test_joining_twice_is_joining_once(said: list[Claim]) -> None:
    assert join_alike(join_alike(said)) == join_alike(said)


@given(claims())
def test_order_is_that_of_the_first(said: list[Claim]) -> None:
    plain = [c.model_copy(update={"support": None, "replies": ()}) for c in said if c.kind != "point"]
    order = iter(c.voices[0] + str(c.cites) for c in plain)
    kept = join_alike(plain)
    if len(kept) == len(plain):
        assert all(c.voices[0] + str(c.cites) in order for c in kept)
    assert len(kept) + sum(len(c.against) for c in kept) <= len(plain)


GROUPS = {
    0: ["Log-loss is smallest at the true distribution", "the log-loss is smallest at the true distribution"],
    4: ["Jan will write up the lemma on rare prefixes", "Jan writes up the lemma on the rare prefixes"],
    8: ["temperature zero is an argmax and no sample", "Temperature zero is no sample but an argmax"],
    12: ["two simulacra in tandem share fewer mistakes", "Fewer mistakes are shared by two simulacra in tandem"],
}
"""Claims that are plainly four, each in two wordings, on lines far apart."""


@given(st.permutations([(line, which, voice) for line in GROUPS for which, voice in ((0, "a"), (1, "b"), (0, "c"))]))
def test_where_it_is_plain_the_order_of_voices_does_not_matter(order: list[tuple[int, int, str]]) -> None:
    said = [claim(GROUPS[line][which], line, line + which, voices=(voice,)) for line, which, voice in order]
    joined = join_alike(said)
    assert sorted((c.cites[0], "".join(sorted(c.voices))) for c in joined) == [(line, "abc") for line in GROUPS]
    assert [c.cites[0] for c in joined] == list(dict.fromkeys(line for line, _, _ in order))
