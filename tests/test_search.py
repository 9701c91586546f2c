"""Whatever a person types is text to be found, and what is found is what was put in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import phrases
from hypothesis import given
from hypothesis import strategies as st

from scribe.search import Hit, Index, Kind, Passage

LINES = [
    "The expected log-loss is a bound.",
    "Simulators and simulacra of Tomás, naïvely.",
    "The loss is logged; no bound on it is known.",
    "模型的熵是重要的。",
    "This AND that, NEAR( the text:loss column.",
]


def passage(text: str, line: int = 0, *, session: str = "monday", kind: Kind = "transcript") -> Passage:
    return Passage(session=session, kind=kind, place=str(line), line=line, start=line * 4.0, speaker="Ada", text=text)


@pytest.fixture
def index() -> Iterator[Index]:
    made = Index(None)
    made.replace("monday", "transcript", "1", [passage(text, line) for line, text in enumerate(LINES)])
    yield made
    made.close()


def found(index: Index, query: str) -> list[int]:
    return sorted(hit.passage.line or 0 for hit in index.find(query))


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("loss bound", [0, 2]),
        ("log-loss", [0]),
        ('"loss bound"', []),
        ('"expected log loss"', [0]),
        ("“expected log loss”", [0]),
        ("bounds BOUND bounded", [0, 2]),
        ("tomas", [1]),
        ("Naïvely", [1]),
        ("simula*", [1]),
        ("simulato*", [1]),
        ("expec* bou*", [0]),
        ("熵", [3]),
        ("模型", [3]),
        ("型模", []),
        ("AND", [1, 4]),
        ("NEAR(", [4]),
        ("text:loss", [4]),
        ("speaker:Ada", []),
        ("loss NOT bound", []),
        ("loss OR entropy", []),
        ("-loss", [0, 2, 4]),
        ("^the (bound)", [0, 2]),
        ('"loss', [0, 2, 4]),
        ("", []),
        ('" - * ""', []),
    ],
)
def test_a_query_is_words_phrases_and_beginnings(index: Index, query: str, lines: list[int]) -> None:
    assert found(index, query) == lines


TYPED = st.text("ab\"*-:^(){}+, ANDORNEAR\x00\ud800'\\“熵", max_size=30) | st.text(max_size=30)


@given(TYPED)
def test_nothing_that_is_typed_is_an_error(query: str) -> None:
    made = Index(None)
    made.replace("monday", "transcript", "1", [passage(text) for text in LINES])
    assert len(made.find(query)) <= len(LINES)
    made.close()


@pytest.mark.parametrize("query", ["loss " * 5_000, " ".join(f"x{n}*" for n in range(500)), '"' * 9_999])
def test_a_query_may_be_as_long_as_it_likes(index: Index, query: str) -> None:
    assert found(index, query) in ([], [0, 2, 4])


@given(st.lists(phrases(12), min_size=1, max_size=6), st.data())
def test_every_passage_is_found_by_each_of_its_words(texts: list[str], data: st.DataObject) -> None:
    made = Index(None)
    made.replace("monday", "notes", "1", [passage(text, line, kind="notes") for line, text in enumerate(texts)])
    line = data.draw(st.integers(0, len(texts) - 1))
    words = [word for word in texts[line].split() if any(letter.isalnum() for letter in word)]
    word = data.draw(st.sampled_from(words))
    for query in (word, f"{word[:3]}*", f'"{texts[line]}"'.replace('" ', " ")):
        assert line in [hit.passage.line for hit in made.find(query, limit=99)], query
    made.close()


def pieced(hit: Hit) -> str:
    return "".join(text for text, _ in hit.pieces)


def test_pieces_are_the_text_with_what_matches_apart(index: Index) -> None:
    (hit,) = index.find("log-loss bounds")
    assert hit.pieces == (
        ("The expected ", False), ("log-loss", True), (" is a ", False), ("bound", True), (".", False),
    )  # fmt: skip
    assert pieced(hit) == hit.passage.text


def test_of_a_long_passage_a_stretch_around_the_match_is_shown(index: Index) -> None:
    text = f"{'before ' * 200}a needle in hay {'after ' * 200}"
    index.replace("long", "transcript", "1", [passage(text, session="long")])
    (hit,) = index.find("needle")
    assert ("needle", True) in hit.pieces
    assert 20 <= len(pieced(hit).split()) <= 32
    assert hit.passage.text == text.strip()


def test_markup_and_control_characters_are_no_more_than_text(index: Index) -> None:
    index.replace(
        "x", "post", "1", [passage("<b>bold</b>\x1b[31m\ue000 \ue001red\n\n\u200bzone", session="x", kind="post")]
    )
    (hit,) = index.find("zone")
    assert hit.passage.text == "<b>bold</b>[31m red zone"
    assert hit.pieces == (("<b>bold</b>[31m red ", False), ("zone", True))


def test_passages_come_back_as_they_were_put_in(index: Index) -> None:
    put = Passage(session="a b", kind="notes", place="k7f2q1", line=None, start=None, speaker=None, text="Zeta.")
    index.replace("a b", "notes", "1", [put])
    assert [hit.passage for hit in index.find("zeta")] == [put]


def test_the_passage_that_says_more_of_it_comes_first(index: Index) -> None:
    index.replace("t", "notes", "1", [passage(f"zeta {'and more ' * 20}", 1), passage("zeta of zeta", 2)])
    hits = index.find("zeta")
    assert [hit.passage.line for hit in hits] == [2, 1]
    assert hits[0].score > hits[1].score
    assert [hit.passage.line for hit in index.find("zeta", limit=1)] == [2]


def test_a_session_is_replaced_and_removed_alone(index: Index) -> None:
    index.replace("tuesday", "notes", "a", [passage("loss", 7, session="tuesday", kind="notes")])
    index.replace("monday", "transcript", "2", [passage("loss", 9)])
    assert found(index, "loss") == [7, 9]
    assert index.known() == {("monday", "transcript"): "2", ("tuesday", "notes"): "a"}
    assert [h.passage.line for h in index.find("loss", session="tuesday")] == [7]
    assert [h.passage.line for h in index.find("loss", kinds={"transcript", "post"})] == [9]
    assert index.find("loss", kinds=()) == []
    index.remove("monday", "transcript")
    index.remove("monday", "post")
    assert found(index, "loss") == [7]
    index.replace("tuesday", "notes", "b", [])
    index.replace("wednesday", "notes", "c", [passage("loss", 3)])
    index.replace("tuesday", "notes", "d", [])
    assert found(index, "loss") == [3]


def test_it_is_kept_and_others_see_it(tmp_path: Path) -> None:
    one, other = Index(tmp_path / "deep" / "search.db"), Index(tmp_path / "deep" / "search.db")
    one.replace("monday", "notes", "1", [passage("loss", 5)])
    assert found(other, "loss") == [5]
    one.close()
    one.close()
    other.close()
    again = Index(tmp_path / "deep" / "search.db")
    assert again.known() == {("monday", "notes"): "1"}
    again.close()


def test_threads_share_it(index: Index) -> None:
    def write(name: str) -> None:
        for turn in range(10):
            index.replace(name, "notes", str(turn), [passage(f"thread {name}", turn, session=name)])

    threads = [threading.Thread(target=write, args=(f"s{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {hit.passage.session: hit.passage.line for hit in index.find("thread")} == {f"s{n}": 9 for n in range(4)}


@pytest.mark.parametrize("damage", [b"no database at all " * 400, b"", b"SQLite format 3\0" + b"\xff" * 9_000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "search.db"
    path.write_bytes(damage)
    made = Index(path)
    assert made.known() == {}
    made.replace("monday", "notes", "1", [passage("loss", 5)])
    made.close()
    again = Index(path)
    assert found(again, "loss") == [5]
    again.close()


def test_damage_that_shows_late_empties_it(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    made = Index(path)
    made.replace("monday", "notes", "1", [passage(f"loss number {n} of many, {'so ' * 40}", n) for n in range(500)])
    made.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))
    damaged = Index(path)
    assert damaged.find("loss") == []
    assert damaged.known() == {}
    damaged.replace("monday", "notes", "2", [passage("loss", 5)])
    assert found(damaged, "loss") == [5]
    damaged.close()


def test_where_there_can_be_no_file_it_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    made = Index(tmp_path / "file" / "search.db")
    made.replace("monday", "notes", "1", [passage("loss", 5)])
    assert found(made, "loss") == [5]
    made.close()
    assert (tmp_path / "file").read_text() == "mine"
