"""Cards of sessions, the topics that come back in them, and the page that tells of both."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import quote, unquote

import numpy as np
import pytest
from conftest import FIXTURES, transcript
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scribe.markdown import parts, to_html
from scribe.records import Claim, Coverage, Draft, Notes, Proposition, Recipe, Topic
from scribe.revise import split
from scribe.sequence import Card, CardLine, CardTopic, card_of, leaves, page, returning
from scribe.sequence.cards import MOST_CHARACTERS, MOST_LINES, MOST_SPEAKERS
from scribe.sequence.grouping import LEAST, groups
from scribe.sequence.nearness import FEWEST_WORDS, NEIGHBOURS, neighbours, vectors
from scribe.sequence.page import MOST_RETURNING, MOST_SESSIONS
from scribe.sequence.wording import MOST_WORDS, telling_words

RECIPE = Recipe(scribe="0", engine="test")
HOSTILE = (
    "](javascript:alert(1))", "<script>alert(1)</script>", "a\n\n## Mine\n\nb", "<!-- scribe: keep -->", "# x",
    "![x](http://elsewhere/x.png)", "[^1]", "`", "```", "- x", "1. x", "$x$", "*", "_x_", "| a | b |", "\\", "\ud800",
    "<!-- scribe: k7f2q1 -->\nx", "[x]: javascript:alert(1)", "&lt;b&gt;", "  ", "Ada & Jan (2)", "---", "~~x~~",
)  # fmt: skip


def usual(word: str) -> float:
    return 1e-3 if word in {"weeks", "time", "work"} else 1e-7


def words_of(seed: str, many: int = 30, count: int = 3) -> dict[str, int]:
    """Words that no other seed has."""
    return {f"{seed}{chr(97 + n // 26)}{chr(97 + n % 26)}x": count for n in range(many)}


def topic(title: str, words: dict[str, int], place: int = 0) -> CardTopic:
    return CardTopic(title=title, first=10 * place, last=10 * place + 10, start_s=60.0 * place, words=words)


def card(name: str, *topics: CardTopic, **fields: object) -> Card:
    told = {"title": name, "has_notes": True, "has_post": True, "duration_s": 3600.0, **fields}
    return Card.model_validate({"id": name, "topics": topics, **told})


def notes_of(*topics: Topic, title: str = "") -> Notes:
    return Notes(transcript_id="talk", title=title, topics=topics, coverage=Coverage(passages=()), recipe=RECIPE)


def draft_of(questions: Sequence[Claim] = (), statements: Sequence[str] = ()) -> Draft:
    propositions = tuple(Proposition(statement=Claim(kind="conjecture", text=text, cites=(1,))) for text in statements)
    return Draft(
        transcript_id="talk", title="x", open_questions=tuple(questions), propositions=propositions, recipe=RECIPE
    )


TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
IDS = st.from_regex(re.compile(r"[a-zA-Z0-9][\w .,()+&'-]{0,12}", re.ASCII), fullmatch=True).map(
    lambda name: name.removesuffix("\n")
)
LINES = st.lists(
    st.builds(
        CardLine,
        text=TEXTS,
        cites=st.tuples(st.integers(0, 90)),
        start_s=st.none() | st.floats(min_value=0, max_value=9e4),
    ),
    max_size=5,
)


@st.composite
def any_cards(draw: st.DrawFn) -> list[Card]:
    """Sessions with any texts at all; a few of their topics share words."""
    names = draw(st.lists(IDS, unique=True, max_size=6))
    found = []
    for name in names:
        topics = [
            topic(draw(TEXTS), words_of(draw(st.sampled_from("abcdef"))), place)
            for place in range(draw(st.integers(0, 3)))
        ]
        fields = {
            "title": draw(TEXTS),
            "date": draw(st.sampled_from([None, "2026-03-12", "2026-03", "20260101", "soon", "2025-01-01T10:00:00Z"])),
            "duration_s": draw(st.sampled_from([None, 0.0, 59.0, 4000.0])),
            "speakers": draw(st.lists(TEXTS, max_size=8)),
            "questions": draw(LINES),
            "propositions": draw(LINES),
            "has_notes": draw(st.booleans()),
            "has_post": draw(st.booleans()),
        }
        found.append(card(name, *topics, **fields))
    return found


# ── Telling words ────────────────────────────────────────────────────────────────────────────


def test_small_talk_numbers_and_fragments_tell_nothing() -> None:
    said = ["Okay so um the twenty weeks mmm think th wh it's seven hundred simulacra, 3.5 of them, you know."]
    assert list(telling_words(said, usual)) == ["simulacra", "weeks"]


def test_words_that_are_usual_in_english_come_last_and_few_are_kept() -> None:
    said = [" the ".join(["weeks time work", *(word for word in words_of("w", 60) for _ in range(2))])]
    found = telling_words(said, usual)
    assert len(found) == MOST_WORDS
    assert not {"weeks", "time", "work"} & set(found)


def test_a_language_that_nobody_here_knows_tells_nothing() -> None:
    german = ["Der Simulator und die Simulakra sind zwei verschiedene Dinge, und das Seminar spricht davon."]
    assert telling_words(german, usual) == {}
    assert telling_words([], usual) == {}


# ── Cards ────────────────────────────────────────────────────────────────────────────────────


def test_a_card_tells_of_its_session() -> None:
    talk = transcript(
        ["Ada: The simulator is a law.", "Jan: Is it a simulator, Ada?", "Ada: It is a simulator of physics."],
        seconds=61.0,
    )
    questions = [Claim(kind="question", text="Is it?", cites=(1,)), Claim(kind="question", text="Why?", left_open=(2,))]
    made = card_of(
        talk,
        notes_of(Topic(title="Laws", first=0, last=3), Topic(title="Beyond", first=3, last=9), title="Week 1"),
        draft_of(questions, ["It is a law."]),
        usual=usual,
    )
    assert (made.id, made.title, made.speakers, made.duration_s) == ("talk", "Week 1", ("Ada", "Jan"), 183.0)
    laws, beyond = made.topics
    assert (laws.title, laws.first, laws.last, laws.start_s) == ("Laws", 0, 3, 0.0)
    assert laws.words == {"simulator": 3, "physics": 1, "law": 1}
    assert (beyond.start_s, beyond.words) == (None, {})
    assert [(q.text, q.cites, q.start_s) for q in made.questions] == [("Why?", (), None), ("Is it?", (1,), 61.0)]
    assert [(p.text, p.start_s) for p in made.propositions] == [("It is a law.", 61.0)]
    assert made.has_notes
    assert made.has_post
    assert Card.model_validate_json(made.model_dump_json()) == made


def test_what_nobody_made_is_not_there() -> None:
    made = card_of(transcript(["Hello."]), None, None, usual=usual)
    assert (made.title, made.topics, made.questions, made.has_notes, made.has_post) == ("talk", (), (), False, False)
    titled = transcript(["Hello."]).model_copy(update={"title": "Of laws", "date": "2026-03-12"})
    made = card_of(titled, notes_of(title="Week 1"), None, usual=usual)
    assert (made.title, made.date) == ("Of laws", "2026-03-12")


def test_a_card_stays_small() -> None:
    talk = transcript([(f"Speaker {n}", " ".join(words_of(chr(97 + n % 26), 400))) for n in range(40)])
    questions = [Claim(kind="question", text=f"{n} " + "why " * 500, cites=(n,)) for n in range(40)]
    topics = [Topic(title="long " * 200, first=4 * n, last=4 * n + 4) for n in range(10)]
    made = card_of(talk, notes_of(*topics), draft_of(questions, ["law " * 400] * 20), usual=usual)
    assert (len(made.speakers), made.more_speakers) == (MOST_SPEAKERS, 40 - MOST_SPEAKERS)
    assert (len(made.questions), made.open_questions, made.stated) == (MOST_LINES, 40, 20)
    assert all(len(line.text) <= MOST_CHARACTERS for line in (*made.questions, *made.propositions))
    assert len(made.model_dump_json()) < 16_000


def test_doubtful_lines_tell_nothing() -> None:
    talk = transcript(["We spoke of the simulators.", "We spoke of the hallucinations."])
    doubted = tuple(s.model_copy(update={"doubt": "silence" if s.index else None}) for s in talk.segments)
    made = card_of(
        talk.model_copy(update={"segments": doubted}),
        notes_of(Topic(title="x", first=0, last=2)),
        None,
        usual=usual,
    )
    assert "simulators" in made.topics[0].words
    assert "hallucinations" not in made.topics[0].words


@pytest.mark.parametrize("name", ["../x", "", "_", "a/b", ".", "a\n"])
def test_a_card_of_what_cannot_name_a_folder_is_none(name: str) -> None:
    with pytest.raises(ValidationError, match="expected the id of a transcript"):
        Card(id=name, title="x")


# ── What is near ─────────────────────────────────────────────────────────────────────────────

BAGS = st.lists(
    st.dictionaries(st.sampled_from([f"{a}{b}" for a in "abcdef" for b in "klmnopq"]), st.integers(1, 9), min_size=12),
    max_size=12,
)


def dense(topics: list[dict[str, int]]) -> np.ndarray:
    known = vectors(topics)
    found = np.zeros((len(topics), max(1, len(known.stems))))
    for place in range(len(topics)):
        for number, weight in known.of(place).items():
            found[place, number] = weight
    return found


@given(BAGS, st.floats(0.01, 0.9))
def test_neighbours_are_all_pairs_that_are_near(topics: list[dict[str, int]], least: float) -> None:
    cosines = dense(topics) @ dense(topics).T
    found = {(a, b): cosine for a, b, cosine in neighbours(vectors(topics), least)}
    sure = {(a, b) for a, b in np.argwhere(cosines >= least + 1e-9).tolist() if a < b}
    maybe = {(a, b) for a, b in np.argwhere(cosines >= least - 1e-9).tolist() if a < b}
    assert sure <= set(found) <= maybe
    assert all(cosine == pytest.approx(cosines[pair]) for pair, cosine in found.items())


def test_of_many_neighbours_the_nearest_are_kept() -> None:
    topics = [{**words_of("same", 20), **words_of(f"own{n}q", n + 1)} for n in range(60)]
    cosines = dense(topics) @ dense(topics).T
    np.fill_diagonal(cosines, 0)
    found = {pair for a, b, _ in neighbours(vectors(topics), 0.01) for pair in ((a, b), (b, a))}
    for place in range(60):
        nearest = np.argsort(-cosines[place])[:NEIGHBOURS]
        assert set(nearest[cosines[place, nearest] > 0.0101].tolist()) <= {b for a, b in found if a == place}
    assert len(found) < 60 * 2 * NEIGHBOURS + 1


def test_a_topic_of_few_words_is_near_to_nothing() -> None:
    few, many = words_of("same", FEWEST_WORDS - 1), words_of("same", FEWEST_WORDS)
    assert list(neighbours(vectors([few, few, few]), 0.01)) == []
    assert [pair[:2] for pair in neighbours(vectors([many, few, many]), 0.01)] == [(0, 2)]
    assert list(neighbours(vectors([]), 0.01)) == []


@given(BAGS)
def test_groups_are_those_of_average_linkage(topics: list[dict[str, int]]) -> None:
    """Beside the same by the book: all pairs of groups, each time anew. Where a tie may go either way, let off."""
    cosines = dense(topics) @ dense(topics).T
    left = [[place] for place in range(len(topics))]
    while len(left) > 1:
        means = [
            (float(cosines[np.ix_(one, other)].mean()), one, other)
            for n, one in enumerate(left)
            for other in left[n + 1 :]
        ]
        best, one, other = max(means, key=lambda mean: mean[0])
        if abs(best - LEAST) < 1e-9 or sum(best - mean < 1e-9 for mean, _, _ in means) > 1:
            return
        if best < LEAST:
            break
        left = [group for group in left if group not in (one, other)] + [sorted(one + other)]
    known = vectors(topics)
    assert groups(known, neighbours(known, LEAST)) == sorted(group for group in left if len(group) > 1)


def test_a_chain_does_not_run_together() -> None:
    """Each topic shares half of its words with the next, and none with the one after."""
    halves = [words_of(f"h{n}", 15) for n in range(9)]
    known = vectors([{**a, **b} for a, b in pairwise(halves)])
    found = groups(known, neighbours(known, LEAST))
    assert sum(len(group) for group in found) == 8
    assert max(len(group) for group in found) <= 3


# ── What comes back ──────────────────────────────────────────────────────────────────────────


def test_a_topic_of_two_sessions_comes_back_and_is_named() -> None:
    about = {"noise": 9, "subtraction": 8, "spectrum": 5, **words_of("same", 10)}
    cards = [
        card(
            "one", topic("Budget", words_of("a")), topic("Spectral subtraction of noise", {**about, **words_of("b", 9)})
        ),
        card("two", topic("Meeting", {**about, **words_of("c", 9)}), topic("Travel", words_of("d"), 1)),
        card("three", topic("Lunch", words_of("e"))),
    ]
    (found,) = returning(cards)
    assert found.title == "Spectral subtraction of noise"
    assert [(m.session, m.topic) for m in found.members] == [("one", 1), ("two", 0)]
    assert found.words[0] == "spectrum"


def test_where_no_title_says_it_the_words_do() -> None:
    about = {"noise": 9, "subtraction": 8, "spectrum": 7, **words_of("same", 12, 1)}
    (found,) = returning([card("one", topic("Meeting", about)), card("two", topic("Project", about))])
    assert found.title == "Noise, subtraction, spectrum"
    assert "noise" not in found.words


def test_what_is_usual_does_not_come_back() -> None:
    """Two sessions that share a few words of many say nothing; nor does a session that repeats itself."""
    usual_words = {"meeting": 3, "project": 3, "week": 2, "problem": 2}
    cards = [card(name, topic(name, {**usual_words, **words_of(name, 36)})) for name in ("abc", "bcd", "cde")]
    assert returning(cards) == ()
    assert returning([card("one", topic("x", words_of("a")), topic("y", words_of("a"), 1))]) == ()
    assert returning([]) == ()


@given(any_cards(), st.randoms(use_true_random=False))
def test_the_order_of_sessions_is_of_no_account(cards: list[Card], chance: random.Random) -> None:
    found = returning(cards)
    mixed = list(cards)
    chance.shuffle(mixed)
    assert returning(mixed) == found
    members = [(m.session, m.topic) for group in found for m in group.members]
    assert len(set(members)) == len(members)
    for group in found:
        assert len({m.session for m in group.members}) >= 2
    assert [len({m.session for m in g.members}) for g in found] == sorted(
        (len({m.session for m in g.members}) for g in found), reverse=True
    )


def test_many_sessions_take_little_time_and_find_what_is_there() -> None:
    """Four hundred topics in a hundred sessions, of which every tenth pair is one."""
    cards = [
        card(f"s{n}", *(topic(f"t{k}", words_of(f"w{n if k else n // 2}k{k}"), k) for k in range(4)))
        for n in range(100)
    ]
    found = returning(cards)
    assert [
        [m.session for m in group.members] for group in sorted(found, key=lambda g: int(g.members[0].session[1:]))
    ] == [sorted([f"s{n}", f"s{n + 1}"]) for n in range(0, 100, 2)]


# ── The page ─────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_three_sessions() -> None:
    about = dict(zip("simulator simulacrum law physics prior token".split(), (9, 7, 5, 4, 3, 2), strict=True))
    about |= words_of("same", 7, 1)
    cards = [
        card(
            "week 2 (b)",
            topic("Laws, again", about),
            topic("Agents", words_of("a"), 1),
            date="2026-03-12T17:00:00",
            speakers=("Ada", "Jan"),
            questions=(CardLine(text="Is it *a* law?", cites=(12,), start_s=75.0), CardLine(text="Why?", cites=(3,))),
            open_questions=7,
            propositions=(CardLine(text="It is.", cites=(3,), start_s=9.5),),
            stated=1,
        ),
        card("week 10", topic("The law of a simulator", about), title="Of laws", has_post=False, duration_s=1800.0),
        card("week 9", has_notes=False, has_post=False, duration_s=None),
    ]
    found = returning(cards)
    assert page(cards, found, {"week 2 (b)": "../talk.m4a"}) == (FIXTURES / "sequence.md").read_text()


@given(any_cards())
def test_every_session_stands_once_whatever_was_said_there(cards: list[Card]) -> None:
    text = page(cards, returning(cards))
    _, found = parts(text, 2)
    headings = [part.heading for part in found]
    assert len(headings) == len(cards) + bool(returning(cards))
    for one in cards:
        if one.has_post:
            assert sum(heading.endswith(f"]({quote(one.id)}/post.md)") for heading in headings) == 1
    assert [part.line for part in parts(text, 1)[1]] == [1]


@given(any_cards())
def test_whatever_was_said_is_shown_as_text(cards: list[Card]) -> None:
    shown = to_html(page(cards, returning(cards)).encode(errors="replace").decode())
    assert not re.search(r"<(script|img|b\b)", shown)
    places = {unquote(place).partition("#")[0] for place in re.findall(r'href="([^"]*)"', shown)}
    assert places <= {f"{one.id}/{name}" for one in cards for name in ("notes.md", "post.md")}
    blocks = split(page(cards, returning(cards))).blocks
    assert not any(block.id or block.is_locked or block.label for block in blocks)


def test_hostile_titles_stay_titles() -> None:
    cards = [card(f"s{n}", topic(text, words_of("a")), title=text) for n, text in enumerate(HOSTILE)]
    shown = to_html(page(cards, returning(cards)).encode(errors="replace").decode())
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert "http://elsewhere" in shown
    assert "<img" not in shown
    assert "&lt;!-- scribe: keep --&gt;" in shown


def test_sessions_stand_by_date_and_then_by_name() -> None:
    dates = {
        "b": "2026-03-12", "a": "2026-03-12", "later": "2026-03-12T09:00", "old": "2025-12-31", "month": "2026-02",
        "basic": "20260301", "week 10": None, "week 2": None, "odd": "soon", "Week 1": None,
    }  # fmt: skip
    made = leaves([card(name, date=date) for name, date in dates.items()], ())
    order = [leaf.key[1] for leaf in made if leaf.key[0] == "session" and leaf.key[2] == "heading"]
    assert order == ["old", "month", "basic", "a", "b", "later", "odd", "Week 1", "week 2", "week 10"]
    assert made[1].text == "*10 sessions from 2025-12-31 to 2026-03-12, 10 h 00 min.*"
    assert leaves([], ())[1].text == "*No session yet.*"


@given(any_cards(), st.integers(0, 5))
def test_a_session_more_leaves_the_others_as_they_are(cards: list[Card], at: int) -> None:
    fewer = cards[:at] + cards[at + 1 :]
    before, after = ({leaf.key: leaf.text for leaf in leaves(some, returning(some))} for some in (fewer, cards))
    assert len(after) == len(leaves(cards, returning(cards)))
    for key, text in before.items():
        if key[0] == "session":
            assert after[key] == text


def test_a_long_session_and_a_long_list_are_cut() -> None:
    lines = tuple(CardLine(text=f"Question {n}?") for n in range(5))
    long = card(
        "long",
        *(topic(f"Topic {n}", words_of(chr(97 + n)), n) for n in range(20)),
        speakers=tuple("ABCDEFGHIJKL"),
        more_speakers=3,
        questions=lines,
        open_questions=30,
        propositions=lines,
        stated=9,
    )
    session = page([long], ()).partition("## ")[2]
    assert len([line for line in session.splitlines() if line]) <= 12
    assert " · and 8 more\n" in session
    assert "A, B, C, D, E, F and 9 others" in session
    assert "(4 of 30)" in session
    assert "(3 of 9)" in session


def test_of_many_returning_topics_the_widest_stand_on_the_page() -> None:
    cards = [card(f"s{n}", *(topic(f"t{k}", words_of(f"k{k}q"), k) for k in range(60))) for n in range(15)]
    found = returning(cards)
    assert len(found) == 60
    text = page(cards, found)
    assert f"*And {60 - MOST_RETURNING} other topics that two sessions or more return to.*" in text
    assert text.count(f" · and {15 - MOST_SESSIONS} more") == MOST_RETURNING


def test_sessions_of_one_name_are_told_apart() -> None:
    cards = [card(f"s{n}", topic("Laws", words_of("a")), title="The seminar") for n in range(2)]
    assert "[s0](s0/notes.md#1-laws) · [s1](s1/notes.md#1-laws)" in page(cards, returning(cards))
