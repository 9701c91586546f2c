"""The outline as a page: what is written is read back, and what a person makes of it is followed."""

from __future__ import annotations

import pytest
from conftest import sample
from hypothesis import given
from hypothesis import strategies as st

from scribe.draft.outline import Heading, follow, outline_page, read_outline_page
from scribe.records import Claim, Coverage, Notes, Recipe, Session, Topic

SEMINAR = sample()
SESSIONS = (Session(id="monday", first=0, last=40), Session(id="week 2", first=40, last=90))


def heading(title: str, *spans: tuple[int, int]) -> Heading:
    claims = tuple(Claim(kind="point", text=f"What line {first} says.", cites=(first,)) for first, _ in spans)
    return Heading(title=title, spans=spans, claims=claims)


def notes_of(*topics: tuple[int, int]) -> Notes:
    made = [
        Topic(
            title=f"T{first}",
            first=first,
            last=last,
            claims=tuple(Claim(kind="point", text=f"Line {n}.", cites=(n,)) for n in range(first, last)),
        )
        for first, last in topics
    ]
    return Notes(
        transcript_id="talk",
        title="Talk",
        topics=tuple(made),
        coverage=Coverage(passages=()),
        recipe=Recipe(scribe="0", engine="test"),
    )


TITLES = st.text(alphabet="ab #*_[]()-3.:$<>`é", min_size=1, max_size=12).filter(lambda t: any(c.isalnum() for c in t))
SPANS = st.tuples(st.integers(0, 39), st.integers(1, 40)).map(lambda p: (min(p), max(p))).filter(lambda p: p[0] < p[1])


@given(st.lists(st.tuples(TITLES, st.lists(SPANS, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_what_is_written_is_read_back(told: list[tuple[str, list[tuple[int, int]]]]) -> None:
    headings = [heading(" ".join(title.split()), *spans) for title, spans in told]
    read = read_outline_page(outline_page("A *talk*", headings), 46)
    assert [(p.title, p.spans) for p in read] == [(h.title, h.spans) for h in headings]


def test_a_sequence_names_each_sessions_own_lines() -> None:
    headings = [heading("Log-loss", (3, 9), (40, 41), (50, 52))]
    page = outline_page("Both", headings, SESSIONS)
    assert "- monday [3-8] 1 statement" in page
    assert "- week 2 [0] 1 statement" in page
    assert "- week 2 [10-11] 1 statement" in page
    assert read_outline_page(page, 90, SESSIONS)[0].spans == headings[0].spans


@pytest.mark.parametrize(
    ("row", "span"),
    [
        ("- [3-8]", (3, 9)),
        ("* [8]", (8, 9)),
        ("[3–8] with a dash", (3, 9)),
        ("- [8-3]", (3, 9)),
        ("- see [3, 5-8]", (3, 9)),
        ("- [40-99]", (40, 46)),
        ("- [46]", None),
        ("- nothing", None),
        ("<!-- scribe: k7f2q1 -->", None),
    ],
)
def test_a_person_may_write_lines_in_many_ways(row: str, span: tuple[int, int] | None) -> None:
    (read,) = read_outline_page(f"# Outline\n\n## One\n{row}\n", 46)
    assert read.spans == ((span,) if span else ())


def test_lines_of_no_session_are_left_out() -> None:
    assert read_outline_page("## One\n- [3]\n- friday [3]\n", 90, SESSIONS)[0].spans == ()


def test_order_titles_and_what_is_left_out_are_a_persons() -> None:
    notes = notes_of((0, 10), (10, 20), (20, 30))
    plan = read_outline_page("## Last first\n- [20-29]\n## A little\n- [3-5]\n- [12]\n", 46)
    headings = follow(plan, notes)
    assert [(h.title, [c.cites[0] for c in h.claims]) for h in headings] == [
        ("Last first", list(range(20, 30))),
        ("A little", [3, 4, 5, 12]),
    ]
    assert headings[1].stretch(SEMINAR) == [3, 4, 5, 12]


def test_a_claim_is_told_once() -> None:
    plan = read_outline_page("## One\n- [0-9]\n## Two\n- [5-9]\n", 46)
    assert [len(h.claims) for h in follow(plan, notes_of((0, 10)))] == [10, 0]
