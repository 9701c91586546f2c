"""Doubt: nothing that is doubtful is lost, and what costs a reader most for a listener's time comes first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from conftest import transcript
from hypothesis import given
from hypothesis import strategies as st

from scribe.claims import flat
from scribe.footnotes import Links
from scribe.records import Claim, Coverage, Notes, Recipe, ScribeError, Segment, Support, Topic, Transcript, Word
from scribe.review import (
    LEAD_S,
    LONGEST_S,
    NEAR_LINES,
    NEAR_S,
    ON_PAGE,
    Adrift,
    Review,
    Spot,
    review,
    worth_hearing,
)

LINES = 24
UNSUPPORTED = Support(verdict="unsupported", score=0.1, reasons=("the number 7 is not in the lines",))
WEAK = Support(verdict="weak", score=0.3, reasons=("the lines hold 30% of its words",))
PLAIN = Support(verdict="supported", score=1.0)


def notes(*claims: Claim, overview: Sequence[Claim] = (), last: int = LINES) -> Notes:
    """Notes with one topic that holds these claims."""
    topics = (Topic(title="The bound", first=0, last=last, claims=claims),)
    recipe = Recipe(scribe="0", engine="test")
    return Notes(
        transcript_id="talk",
        title="Talk",
        overview=tuple(overview),
        topics=topics,
        coverage=Coverage(passages=()),
        recipe=recipe,
    )


def talk(
    *, doubts: dict[int, str] | None = None, words: dict[int, Sequence[tuple[str, float]]] | None = None, s: float = 5.0
) -> Transcript:
    """A transcript of `LINES` lines, some of them doubtful or with words that have a probability."""
    made = transcript([f"Ada: Line {n} of the talk." for n in range(LINES)], seconds=s)
    lines = list(made.segments)
    for n, doubt in (doubts or {}).items():
        lines[n] = lines[n].model_copy(update={"doubt": doubt})
    for n, heard in (words or {}).items():
        text = " ".join(word for word, _ in heard)
        tokens = tuple(Word(text=word, probability=probability) for word, probability in heard)
        lines[n] = lines[n].model_copy(update={"text": text, "words": tokens})
    return made.model_copy(update={"segments": tuple(lines)})


def point(*cites: int, text: str = "it holds", support: Support | None = PLAIN, **fields: object) -> Claim:
    return Claim.model_validate({"kind": "point", "text": text, "cites": cites, "support": support, **fields})


def at(found: Review, line: int) -> Spot:
    """The spot that a line is in."""
    (spot,) = (spot for spot in found.spots if spot.first <= line < spot.last)
    return spot


def rank(found: Review, line: int) -> int:
    return found.spots.index(at(found, line))


# ── Any session ──────────────────────────────────────────────────────────────────────────────

chances = st.sampled_from([0.05, 0.3, 0.49, 0.5, 0.9])
heard_words = st.lists(st.tuples(st.sampled_from(["the", "lemma", "seventeen", "not", "it"]), chances), max_size=4)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Lines of any length, with or without times and pauses, some doubted, some with unsure words."""
    is_timed = draw(st.booleans())
    now, lines = 0.0, []
    for index in range(draw(st.integers(1, LINES))):
        words = tuple(Word(text=word, probability=chance) for word, chance in draw(heard_words))
        text = " ".join(word.text for word in words) or "so it goes"
        length = draw(st.sampled_from([0.0, 1.0, 6.0, 20.0, 45.0]))
        times = {"start": now, "end": now + length} if is_timed else {}
        now += length + draw(st.sampled_from([0.0, 1.0, 10.0]))
        doubt = draw(st.none() | st.just("it stands there 9 times in a row"))
        lines.append(Segment.model_validate({"index": index, "text": text, "words": words, "doubt": doubt, **times}))
    return Transcript(id="talk", source="talk.vtt", segments=tuple(lines), recipe=Recipe(scribe="0", engine="test"))


def claims_about(lines: int) -> st.SearchStrategy[Claim]:
    """Claims that cite lines, or none; some with another against them."""
    plain = st.builds(
        Claim,
        kind=st.sampled_from(["point", "decision", "question", "definition"]),
        text=st.sampled_from(["the lemma holds for 7", "Mira will write it", "it does not hold", "what is next"]),
        cites=st.sets(st.integers(0, lines - 1), max_size=4).map(lambda cites: tuple(sorted(cites))),
        support=st.sampled_from([None, PLAIN, WEAK, UNSUPPORTED, PLAIN.model_copy(update={"grounding": -0.1})]),
        voices=st.sampled_from([("sceptic",), ("minute-taker",)]),
    )
    return plain | st.tuples(plain, plain).map(lambda two: two[0].model_copy(update={"against": (two[1],)}))


@st.composite
def sessions(draw: st.DrawFn) -> tuple[Transcript, Notes]:
    said = draw(transcripts())
    claims = st.lists(claims_about(len(said.segments)), max_size=5)
    return said, notes(*draw(claims), overview=draw(claims), last=len(said.segments))


def is_doubtful(claim: Claim) -> bool:
    support = claim.support
    return bool(claim.against) or (
        support is not None and (support.verdict != "supported" or (support.grounding or 1.0) <= 0)
    )


@given(sessions())
def test_nothing_doubtful_is_lost_and_nothing_is_heard_twice(session: tuple[Transcript, Notes]) -> None:
    said, made = session
    found = review(said, made)
    everything = [*flat(made.overview), *flat(c for topic in made.topics for c in topic.claims)]
    doubtful = {line.index for line in said.segments if line.doubt is not None}
    doubtful |= {line for claim in everything if is_doubtful(claim) for line in claim.cites}
    doubtful |= {line for claim in everything for other in claim.against for line in other.cites}
    heard = [line for spot in found.spots for line in range(spot.first, spot.last)]
    assert len(heard) == len(set(heard))
    assert doubtful <= set(heard)
    adrift = {(one.kind, one.text) for one in found.adrift}
    assert {(c.kind, c.text) for c in everything if is_doubtful(c) and not c.cites} <= adrift


@given(sessions())
def test_spots_are_in_order_bounded_and_begin_and_end_in_doubt(session: tuple[Transcript, Notes]) -> None:
    said, made = session
    found = review(said, made)
    order = [(-spot.priority, spot.first) for spot in found.spots]
    assert order == sorted(order)
    for spot in found.spots:
        assert spot.last - spot.first == 1 or spot.seconds <= LONGEST_S
        assert spot.reasons
        assert spot.priority == pytest.approx(spot.cost / (spot.seconds + LEAD_S))
    assert review(said, made) == found


@given(sessions(), st.integers(1, 6))
def test_the_list_is_cut_only_at_its_end_and_says_how_much_is_left_out(
    session: tuple[Transcript, Notes], most: int
) -> None:
    found = review(*session)
    cut = found.most(most)
    assert cut.spots == found.spots[:most]
    assert len(cut.spots) + cut.left_out == len(found.spots)
    assert cut.adrift == found.adrift


MATTERS = ("lemma", "seventeen", "not")


def unsure(word: Word) -> bool:
    return word.probability is not None and word.probability < 0.5


@given(sessions(), st.data())
def test_more_doubt_never_lowers_a_spot(session: tuple[Transcript, Notes], data: st.DataObject) -> None:
    """An unsure word becomes less sure, or the recogniser doubts its whole line: its spot only rises."""
    said, made = session
    found = review(said, made)
    listed = [s for s in said.segments if any(spot.first <= s.index < spot.last for spot in found.spots)]
    doubted = [s for s in listed if s.doubt is not None or any(w.text in MATTERS and unsure(w) for w in s.words)]
    if doubted:
        before = data.draw(st.sampled_from(doubted))
        words = tuple(w.model_copy(update={"probability": 0.01}) if unsure(w) else w for w in before.words)
        worse = before.model_copy(update={"words": words, "doubt": "a loop"})
        lines = tuple(worse if segment.index == before.index else segment for segment in said.segments)
        after, line = review(said.model_copy(update={"segments": lines}), made), before.index
        assert rank(after, line) <= rank(found, line)
        assert at(after, line).priority >= at(found, line).priority


# ── What comes first ─────────────────────────────────────────────────────────────────────────


def test_a_session_without_a_doubt_has_no_spot() -> None:
    found = review(talk(), notes(point(3)))
    assert (found.spots, found.adrift, found.seconds) == ((), (), 0)
    assert worth_hearing(found, talk(), Links()) == ""


def test_a_doubtful_line_that_a_decision_rests_on_comes_before_one_that_nothing_cites() -> None:
    said = talk(words={4: [("lemma", 0.3)], 16: [("lemma", 0.3)]})
    assert rank(review(said, None), 4) == 0, "equal but for their places: the earlier first"
    found = review(said, notes(point(16, kind="decision")))
    assert rank(found, 16) == 0
    assert [rest.kind for rest in at(found, 16).rests] == ["decision"]


def test_more_rests_on_what_many_statements_cite() -> None:
    said = talk(words={4: [("lemma", 0.3)], 16: [("lemma", 0.3)]})
    assert rank(review(said, notes(point(4), point(16), point(16, text="it helps"))), 16) == 0


@pytest.mark.parametrize("word", ["seventeen", "Mira", "not"])
def test_an_unsure_number_name_or_negation_comes_before_another_unsure_word(word: str) -> None:
    said = talk(words={4: [("so", 1.0), ("lemma", 0.3)], 16: [("so", 1.0), (word, 0.3)]})
    assert rank(review(said, None), 16) == 0


def test_of_equal_worth_the_shorter_comes_first() -> None:
    said = talk(words={4: [("lemma", 0.3)], 16: [("lemma", 0.3)]})
    made = notes(point(4), point(16))
    lines = [s if s.index != 4 else s.model_copy(update={"end": (s.start or 0) + 25}) for s in said.segments]
    assert rank(review(said.model_copy(update={"segments": tuple(lines)}), made), 16) == 0


def test_a_hidden_line_between_the_lines_of_a_decision_comes_before_one_that_stands_alone() -> None:
    found = review(talk(doubts={4: "a loop", 16: "a loop"}), notes(point(15, 17, kind="decision")))
    assert rank(found, 16) == 0


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (UNSUPPORTED, WEAK),
        (WEAK.model_copy(update={"grounding": -0.2}), WEAK),
        (UNSUPPORTED.model_copy(update={"grounding": -0.2}), UNSUPPORTED),
    ],
)
def test_the_worse_borne_out_statement_comes_first(worse: Support, better: Support) -> None:
    assert rank(review(talk(), notes(point(4, support=better), point(16, support=worse))), 16) == 0


def test_small_words_that_are_unsure_are_nobodys_worry() -> None:
    assert review(talk(words={4: [("the", 0.1), ("lemma", 0.9)]}), None).spots == ()


@given(sessions(), st.data())
def test_less_support_never_lowers_a_spot(session: tuple[Transcript, Notes], data: st.DataObject) -> None:
    said, made = session
    weak = [c for c in made.overview if c.cites and c.support == WEAK]
    if weak:
        claim = data.draw(st.sampled_from(weak))
        worse = claim.model_copy(update={"support": UNSUPPORTED})
        overview = tuple(worse if one is claim else one for one in made.overview)
        before, after = review(said, made), review(said, made.model_copy(update={"overview": overview}))
        for line in claim.cites:
            assert at(after, line).priority >= at(before, line).priority


# ── What a spot holds ────────────────────────────────────────────────────────────────────────


def test_near_lines_are_heard_together_and_far_ones_apart() -> None:
    doubts = dict.fromkeys([3, 4, 6, 12, 20], "a loop")
    found = review(talk(doubts=doubts, s=2.0), None)
    assert sorted((spot.first, spot.last) for spot in found.spots) == [(3, 7), (12, 13), (20, 21)]
    assert at(found, 5).seconds == 8
    assert (NEAR_LINES, NEAR_S) == (2, 4.0), "the example above is of these bounds"


def test_a_long_run_of_doubtful_lines_is_cut_into_spots_of_thirty_seconds() -> None:
    found = review(talk(doubts=dict.fromkeys(range(LINES), "a loop"), s=4.0), None)
    spots = sorted(found.spots, key=lambda spot: spot.first)
    assert [spot.seconds for spot in spots] == [28.0, 28.0, 28.0, 12.0]
    assert all(one.last == other.first for one, other in pairwise(spots))


def test_lines_without_times_are_reckoned_by_their_words() -> None:
    said = transcript([f"Ada: line {n} of the whole long talk of today and tomorrow" for n in range(4)])
    lines = [s.model_copy(update={"doubt": "a loop"} if s.index == 2 else {}) for s in said.segments]
    (spot,) = review(said.model_copy(update={"segments": tuple(lines)}), None).spots
    assert (spot.start, spot.end, spot.seconds) == (None, None, 11 / 2.5)


def test_the_reasons_are_the_recognisers_the_checks_and_the_voices() -> None:
    said = talk(doubts={4: "“yes” stands there 9 times in a row"}, words={4: [("seventeen", 0.31), ("lemmas", 0.9)]})
    rival = point(4, text="it fails", voices=("sceptic",))
    made = notes(
        point(4, text="it holds", voices=("minute-taker",), against=(rival,)),
        point(4, text="7 will do", support=UNSUPPORTED, voices=("sceptic",)),
    )
    (spot,) = review(said, made).spots
    assert [(reason.source, reason.says) for reason in spot.reasons] == [
        ("recogniser", "“yes” stands there 9 times in a row"),
        ("words", "the recogniser is unsure of “seventeen” (31%)"),
        ("voices", "voices disagree: “it holds” or “it fails”"),
        ("voices", "voices disagree: “it fails” or “it holds”"),
        ("verdict", "a point, “7 will do”, is unsupported: the number 7 is not in the lines"),
    ]


def test_other_voices_of_the_same_lines_that_say_otherwise_are_a_disagreement() -> None:
    """Also where nobody laid them side by side: one stands in the overview, one under its topic."""
    one = point(4, text="The sampler keeps the bound on every prefix.", voices=("minute-taker",))
    other = point(4, text="The sampler never keeps the bound on every prefix.", voices=("sceptic",))
    (spot,) = review(talk(), notes(one, overview=[other])).spots
    assert (spot.first, spot.last) == (4, 5)
    assert {reason.source for reason in spot.reasons} == {"voices"}


def test_a_statement_that_cites_nothing_is_listed_apart_with_its_topic() -> None:
    nothing = Support(verdict="unsupported", score=0.0, reasons=("cites no line",))
    found = review(talk(), notes(point(text="it holds", support=nothing)))
    assert found.spots == ()
    why = "a point, “it holds”, is unsupported: cites no line"
    assert found.adrift == (Adrift(kind="point", text="it holds", why=why, topic="The bound", first=0, last=LINES),)


def test_notes_of_lines_that_are_not_there_are_refused() -> None:
    with pytest.raises(ScribeError, match=r"expected notes of the 24 lines of talk, found line 99 in them"):
        review(talk(), notes(point(99)))


# ── The page ─────────────────────────────────────────────────────────────────────────────────


def test_the_page_names_the_first_spots_with_their_places_and_reasons() -> None:
    said = talk(doubts=dict.fromkeys(range(0, LINES, 4), "a *loop*"))
    part = worth_hearing(review(said, None), said, Links(recording="../talk.m4a"))
    head, items, more = part.split("\n\n")
    assert head == "## Worth a listen"
    assert items.splitlines()[1] == "- [0:20](../talk.m4a#t=20) (5 s), line 4, **Ada**: a \\*loop\\*"
    assert len(items.splitlines()) == ON_PAGE
    assert more == "*And 1 more: `scribe review 'talk'` lists them.*"
