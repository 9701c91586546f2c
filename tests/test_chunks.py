"""Every line is in exactly one chunk, chunks fit, and they are cut where the talk turns."""

from __future__ import annotations

import random

import pytest
from conftest import bare_phrases, talks, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.chunks import split
from scribe.records import Chunk, ScribeError, Segment, Transcript

KITCHEN = (
    "flour oven bread butter recipe dough sugar kitchen baking yeast knead salt bowl crust pastry cake whisk "
    "cream vanilla cinnamon"
).split()
SPACE = (
    "rocket orbit planet telescope gravity launch satellite moon galaxy comet astronaut engine fuel crater "
    "mission lander solar asteroid probe spectrum"
).split()


def count(text: str) -> int:
    return len(text.split())


def cost(segment: Segment) -> int:
    return count(f"[{segment.index}] {segment.speaker or ''}: {segment.text}\n")


def is_turn(talk: Transcript, place: int) -> bool:
    """Whether somebody else begins to speak; each line may where nobody is named, or only one speaks."""
    speakers = [s.speaker for s in talk.segments]
    here = speakers[place]
    return here is None or here != speakers[place - 1] or len(set(speakers)) == 1


def two_topics(seed: int, *, lines: int, speakers: tuple[str | None, ...], mark: str = ".") -> Transcript:
    """Talk about baking, then about space; each line has ten words of its topic."""
    rng = random.Random(seed)
    topics = [KITCHEN] * lines + [SPACE] * lines
    return transcript([(rng.choice(speakers), " ".join(rng.choices(topic, k=10)) + mark) for topic in topics])


# ── Nothing lost ─────────────────────────────────────────────────────────────────────────────


@settings(max_examples=200)
@given(talks(), st.integers(min_value=1, max_value=400))
def test_every_segment_is_in_one_chunk_and_chunks_fit(talk: Transcript, budget: int) -> None:
    chunks = split(talk, count, budget_tokens=budget)
    assert [i for c in chunks for i in range(c.first, c.last)] == list(range(len(talk.segments)))
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert all(c.first < c.last and c.transcript_id == talk.id for c in chunks)
    for c in chunks:
        used = sum(map(cost, talk.segments[c.first : c.last]))
        assert used <= budget or c.last - c.first == 1


@settings(max_examples=200)
@given(talks(), st.integers(min_value=20, max_value=200))
def test_a_turn_is_cut_only_where_no_boundary_was_near(talk: Transcript, budget: int) -> None:
    """A chunk that ends inside a turn was full, and no turn began in its second half."""
    chunks = split(talk, count, budget_tokens=budget)
    for chunk in chunks[:-1]:
        if is_turn(talk, chunk.last):
            continue
        room = budget
        full = chunk.first
        while full < len(talk.segments) and (cost(talk.segments[full]) <= room or full == chunk.first):
            room -= cost(talk.segments[full])
            full += 1
        half = chunk.first + max(1, (full - chunk.first) // 2)
        assert not any(is_turn(talk, place) for place in range(half, min(full + 1, len(talk.segments))))


@given(talks(), st.integers(min_value=1, max_value=400))
def test_the_same_transcript_is_cut_alike(talk: Transcript, budget: int) -> None:
    assert split(talk, count, budget_tokens=budget) == split(talk, count, budget_tokens=budget)


def test_no_line_gives_no_chunk() -> None:
    assert split(transcript([]), count, budget_tokens=10) == []


def test_one_line_is_one_chunk() -> None:
    assert split(transcript(["Ada: Yes."]), count, budget_tokens=10) == [
        Chunk(transcript_id="talk", index=0, first=0, last=1)
    ]


def test_a_line_above_the_budget_stands_alone() -> None:
    talk = transcript(["Ada: Yes.", f"Wen: {'word ' * 500}", "Ada: No."])
    assert [(c.first, c.last) for c in split(talk, count, budget_tokens=20)] == [(0, 1), (1, 2), (2, 3)]


@pytest.mark.parametrize("budget", [0, -5])
def test_no_room_is_an_error(budget: int) -> None:
    with pytest.raises(ScribeError, match=f"found {budget}"):
        split(transcript(["Ada: Yes."]), count, budget_tokens=budget)


def test_a_short_session_is_one_chunk() -> None:
    assert len(split(transcript(["Ada: A simulator writes.", "Wen: Does it?"] * 5), count, budget_tokens=5000)) == 1


def test_thousands_of_one_word_turns() -> None:
    """Time grows linearly: ten thousand turns take about a second."""
    rng = random.Random(0)
    talk = transcript([(f"S{i % 3}", rng.choice(KITCHEN)) for i in range(10_000)])
    chunks = split(talk, count, budget_tokens=300)
    assert sum(c.last - c.first for c in chunks) == 10_000
    assert all(sum(map(cost, talk.segments[c.first : c.last])) <= 300 for c in chunks)


# ── Topics ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mark", [".", ""], ids=["punctuated", "bare"])
@pytest.mark.parametrize(
    "speakers", [("Ada", "Wen", "Mira"), (None,), ("Ada",)], ids=["a discussion", "nobody named", "a lecture"]
)
@pytest.mark.parametrize("seed", range(4))
def test_two_topics_are_parted_where_they_meet(seed: int, speakers: tuple[str | None, ...], mark: str) -> None:
    talk = two_topics(seed, lines=60, speakers=speakers, mark=mark)
    chunks = split(talk, count, budget_tokens=100_000)
    assert min(abs(c.first - 60) for c in chunks) <= 4
    assert len(chunks) <= 6


def test_an_announced_topic_is_believed() -> None:
    """The sample's second topic begins with "Let's turn to our second topic"."""
    lines = [(s, " ".join(random.Random(i).choices(KITCHEN, k=12))) for i, s in enumerate(["Ada", "Wen"] * 30)]
    lines[36] = ("Ada", "Let's turn to our second topic, which is " + " ".join(KITCHEN[:6]))
    assert 36 in [c.first for c in split(transcript(lines), count, budget_tokens=100_000)]


def test_the_sample_is_cut_at_its_second_topic(seminar: Transcript) -> None:
    chunks = split(seminar, count, budget_tokens=8000)
    assert [(c.first, c.last) for c in chunks] == [(0, 31), (31, 46)]
    assert seminar.segments[31].text.startswith("Let's turn to our second topic")


def test_a_tight_budget_still_cuts_at_turns() -> None:
    """Turns of four lines each, and room for ten: every cut is where the speaker changes."""
    talk = transcript([(("Ada", "Wen")[i // 4 % 2], "we look at it again") for i in range(80)])
    chunks = split(talk, count, budget_tokens=10 * cost(talk.segments[10]))
    assert len(chunks) >= 8
    assert all(c.first % 4 == 0 for c in chunks)


@given(st.lists(bare_phrases(8), min_size=2, max_size=30))
def test_names_alone_do_not_cut_more_than_the_budget_asks(lines: list[str]) -> None:
    """Under 220 words there are no two topics of the shortest length, so the budget alone decides."""
    talk = transcript([("Ada" if i % 2 else "Wen", line) for i, line in enumerate(lines[:25])])
    assert len(split(talk, count, budget_tokens=10_000)) == 1
