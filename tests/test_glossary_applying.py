"""Corrections made in a transcript: in its text and in its words."""

from __future__ import annotations

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe.glossary import Correction, apply
from scribe.records import Segment, Transcript, Word


def corrections(*lines: str) -> tuple[Correction, ...]:
    return tuple(Correction(heard=heard, meant=meant) for heard, _, meant in (line.partition(" = ") for line in lines))


def corrected(text: str, *lines: str) -> str:
    return apply(transcript([(None, text)]), corrections(*lines))[0].segments[0].text


def timed(*words: str, seconds: float = 1.0) -> Transcript:
    """One segment whose words last a second each."""
    made = tuple(Word(text=w, start=i * seconds, end=(i + 1) * seconds, probability=0.9) for i, w in enumerate(words))
    one = Segment(index=0, text=" ".join(words), start=0, end=len(words) * seconds, words=made)
    return transcript(["x"]).model_copy(update={"segments": (one,)})


# ── Text ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "line", "becomes"),
    [
        ("We saw the similar cra, twice.", "similar cra = simulacra", "We saw the simulacra, twice."),
        ("Similar cra came. Similar  CRA left.", "similar cra = simulacra", "Simulacra came. Simulacra left."),
        ("A Similar Cra came.", "similar cra = simulacra", "A simulacra came."),
        ("similar cra came", "similar cra = simulacra", "simulacra came"),
        ("“Similar cra”, he said", "similar cra = simulacra", "“Simulacra”, he said"),
        ("Are LHF works. rlhf", "are LHF = RLHF", "RLHF works. rlhf"),
        ("rlhf works", "rlhf = RLHF", "RLHF works"),
        ("The misa optimizer's goal", "misa optimizer = mesa-optimiser", "The mesa-optimiser's goal"),
        ("You can, but I can't; cancan", "can = CAN", "You CAN, but I can't; cancan"),
        ("3.5 and 5, and 5.", "5 = five", "3.5 and five, and five."),
        ("then toma\u0301s asked", "tomás = Tomás", "then Tomás asked"),
        ("l'aurore", "aurore = Aurore", "l'Aurore"),
        ("симулкяр, Симулкяр.", "симулкяр = симулякр", "симулякр, симулякр."),
        ("これはシュミレーターです", "シュミレーター = シミュレーター", "これはシミュレーターです"),
        ("हिन्दी ह", "ह = है", "हिन्दी है"),
    ],
)
def test_a_mishearing_is_put_right(text: str, line: str, becomes: str) -> None:
    assert corrected(text, line) == becomes
    assert corrected(becomes, line) == becomes


def test_the_longest_comes_first() -> None:
    lines = ("cra = CRA", "similar cra = simulacra", "similar = like")
    assert corrected("similar cra, cra, similar", *lines) == "simulacra, CRA, like"


def test_what_is_meant_may_hold_what_is_heard() -> None:
    line = "optimizer = mesa optimizer"
    assert corrected("The optimizer, a mesa optimizer, an optimizer.", line) == (
        "The mesa optimizer, a mesa optimizer, an mesa optimizer."
    )


def test_what_is_heard_may_hold_what_is_meant() -> None:
    assert corrected("RLHF F F", "RLHF F = RLHF") == "RLHF"


def test_nothing_is_corrected_twice() -> None:
    """A later correction is the better one: what leads to it leads to what it means."""
    assert corrected("one two three", "one = two", "two = three") == "three three three"
    assert corrected("one two three", "two = three", "one = two") == "two two three"
    assert corrected("one two", "one = two", "two = one") == "one one"


def test_places_are_counted_and_nothing_else_is_touched() -> None:
    talk = transcript(["A similar cra.", "Nothing.", "Similar cra, similar cra."])
    done, places = apply(talk, corrections("similar cra = simulacra"))
    assert places == 3
    assert [s.text for s in done.segments] == ["A simulacra.", "Nothing.", "Simulacra, simulacra."]
    assert done.segments[1] is talk.segments[1]


@pytest.mark.parametrize("made", [(), corrections("absent = gone"), corrections("cra = cra")])
def test_without_a_mishearing_the_transcript_is_the_same(made: tuple[Correction, ...]) -> None:
    talk = transcript(["A similar cra."])
    assert apply(talk, made) == (talk, 0)


# ── Words ────────────────────────────────────────────────────────────────────────────────────


def test_words_that_become_one_get_all_of_the_time() -> None:
    done, _ = apply(timed("The", "similar", "cra,", "twice"), corrections("similar cra = simulacra"))
    assert done.segments[0].words == (
        Word(text="The", start=0, end=1, probability=0.9),
        Word(text="simulacra,", start=1, end=3),
        Word(text="twice", start=3, end=4, probability=0.9),
    )


def test_a_word_that_becomes_more_shares_its_time_by_letters() -> None:
    done, _ = apply(timed("(semiotik)", seconds=12), corrections("semiotik = semiotics era"))
    assert done.segments[0].words == (
        Word(text="(semiotics", start=0, end=12 * 10 / 14, interpolated=True),
        Word(text="era)", start=12 * 10 / 14, end=12, interpolated=True),
    )


def test_as_many_words_as_before_keep_their_times() -> None:
    done, _ = apply(timed("semiotic", "fizzics."), corrections("semiotic fizzics = semiotic physics"))
    assert done.segments[0].words == (
        Word(text="semiotic", start=0, end=1, probability=0.9),
        Word(text="physics.", start=1, end=2),
    )


def test_two_changes_in_one_word_are_both_made() -> None:
    done, places = apply(timed("cra-cra", "cra"), corrections("cra = sim ra"))
    assert places == 3
    assert done.segments[0].text == " ".join(w.text for w in done.segments[0].words) == "sim ra-sim ra sim ra"


def test_words_without_times_stay_without() -> None:
    one = Segment(index=0, text="similar cra", words=(Word(text="similar"), Word(text="cra")))
    talk = transcript(["x"]).model_copy(update={"segments": (one,)})
    done, _ = apply(talk, corrections("similar cra = a b c"))
    assert done.segments[0].words == (Word(text="a"), Word(text="b"), Word(text="c"))


def test_words_that_are_not_the_texts_are_put_right_by_themselves() -> None:
    words = tuple(Word(text=w) for w in ("uh", "similar", "cra"))
    one = Segment(index=0, text="A similar cra!", words=words)
    done, places = apply(
        transcript(["x"]).model_copy(update={"segments": (one,)}), corrections("similar cra = simulacra")
    )
    assert places == 1
    assert done.segments[0].text == "A simulacra!"
    assert [w.text for w in done.segments[0].words] == ["uh", "simulacra"]


def test_signs_written_without_spaces() -> None:
    words = tuple(Word(text=w, start=i, end=i + 1) for i, w in enumerate(("これは", "シュミ", "レーター", "です")))
    one = Segment(index=0, text="これはシュミレーターです", start=0, end=4, words=words)
    done, _ = apply(
        transcript(["x"]).model_copy(update={"segments": (one,)}), corrections("シュミレーター = シミュレーター")
    )
    assert done.segments[0].text == "これはシミュレーターです" == "".join(w.text for w in done.segments[0].words)
    assert done.segments[0].words[1] == Word(text="シミュレーター", start=1, end=3)


# ── Whatever is said ─────────────────────────────────────────────────────────────────────────

VOICE = st.sampled_from("a b A ab a-b a' a's can't B. a, é E\u0301 c".split())
SAID = st.lists(VOICE, min_size=1, max_size=10)
WRITTEN = st.lists(st.sampled_from("a b A ab c é B's x-a".split()), min_size=1, max_size=3).map(" ".join)
MADE = st.lists(st.builds(Correction, heard=WRITTEN, meant=WRITTEN), max_size=4)


@given(SAID, MADE)
def test_correcting_again_changes_nothing(said: list[str], made: list[Correction]) -> None:
    once, _ = apply(timed(*said), made)
    twice, places = apply(once, made)
    assert (twice, places) == (once, 0)


@given(SAID, MADE)
def test_words_stay_the_words_of_the_text(said: list[str], made: list[Correction]) -> None:
    done, places = apply(timed(*said), made)
    one = done.segments[0]
    assert [w.text for w in one.words] == one.text.split()
    times = [t for w in one.words for t in (w.start, w.end)]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, len(said))
    assert (places == 0) == (done == timed(*said))


@given(SAID, MADE, st.integers(0, 9))
def test_text_alone_and_text_with_words_become_the_same(said: list[str], made: list[Correction], at: int) -> None:
    with_words, _ = apply(timed(*said), made)
    alone, _ = apply(transcript([(None, " ".join(said))]), made)
    assert with_words.segments[0].text == alone.segments[0].text
