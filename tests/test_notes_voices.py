"""Many chunks in one call, voices that keep to no form, and what the page and the ledger say of both."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import Scripted, curated, sample, transcript
from test_notes import LINKS, echo, in_chunks, noted

from scribe.evidence import cite
from scribe.notes import summarise
from scribe.notes.page import all_claims, coverage_line, page
from scribe.notes.summary import WINDOW
from scribe.records import Completion, Prompt, Sampling, ScribeError

FRAMES = curated()
SEMINAR = sample()


class Called(Scripted):
    """Remembers every call: the frame, the lines each chunk begins with, the voices."""

    def __init__(self, write: object, *, fails: int | None = None) -> None:
        super().__init__(write)  # type: ignore[arg-type]
        self.fails = fails
        self.calls: list[tuple[str, list[int]]] = []

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        firsts = [p.sources[0].index for p in prompts if p.sources]
        self.calls.append((prompts[0].frame, firsts))
        if self.fails in firsts and prompts[0].frame != "overview":
            raise ScribeError("the server is down")
        return super().sample(prompts, sampling)


def test_a_window_of_chunks_is_asked_in_one_call_for_each_frame() -> None:
    simulator = Called(echo)
    noted(simulator)
    assert [(frame, len(firsts)) for frame, firsts in simulator.calls] == [
        ("decisions", 5),
        ("key-points", 20),
        ("questions", 5),
        ("title", 5),
        ("overview", 1),
    ]


def test_there_are_as_many_windows_as_it_takes() -> None:
    simulator = Called(echo)
    told: list[int] = []
    talk = transcript([(s.speaker, s.text) for s in SEMINAR.segments] * 4)
    summarise(talk, in_chunks(talk), simulator, FRAMES, on_progress=lambda done, of: told.append(done))
    assert [len(firsts) for frame, firsts in simulator.calls if frame == "decisions"] == [WINDOW, WINDOW, 3]
    assert told == list(range(1, 20))


def test_where_a_window_fails_its_chunks_are_asked_one_by_one() -> None:
    simulator = Called(echo, fails=20)
    notes = noted(simulator)
    assert [(p.first, p.outcome) for p in notes.coverage.passages] == [
        (0, "summarised"), (10, "summarised"), (20, "failed"), (30, "summarised"), (40, "summarised"),
    ]  # fmt: skip
    assert [len(firsts) for frame, firsts in simulator.calls if frame == "decisions"] == [5, 1, 1, 1, 1, 1]
    assert [len(firsts) for frame, firsts in simulator.calls if frame == "key-points"] == [16]


def silent(*voices: str) -> Scripted:
    """A simulator of which some voices write nothing."""
    return Scripted(lambda p, k: "" if p.voice in voices and p.yields == "bullets" else echo(p, k))


def test_a_voice_that_keeps_to_no_form_is_in_the_ledger() -> None:
    simulator = silent("sceptic")
    notes = noted(simulator)
    assert {(p.outcome, p.reason) for p in notes.coverage.passages} == {("summarised", "sceptic wrote nothing, twice")}
    assert notes.coverage.fraction == 1.0
    assert "sceptic" not in {v for c in all_claims(notes) for v in c.voices}
    assert len([p for p in simulator.asked if p.voice == "sceptic"]) == 10
    assert len([p for p in simulator.asked if p.voice == "newcomer"]) == 5
    assert "- Read in part: lines 0–9 (0:00–" in coverage_line(notes, SEMINAR)
    assert coverage_line(notes, SEMINAR) in page(notes, SEMINAR, LINKS)


def test_a_chunk_that_no_voice_could_be_read_of_failed() -> None:
    def write(prompt: Prompt, k: int) -> str:
        return " I cannot." if prompt.yields == "bullets" and prompt.sources[0].index == 10 else echo(prompt, k)

    voices = ["sceptic", "newcomer"]
    notes = summarise(
        SEMINAR, in_chunks(SEMINAR), Scripted(lambda p, k: "" if p.yields == "bullets" else echo(p, k)), FRAMES
    )
    assert {p.outcome for p in notes.coverage.passages} == {"failed"}
    assert notes.topics == ()
    read = noted(Scripted(write), voices=voices)
    assert [p.outcome for p in read.coverage.passages] == ["summarised"] * 5
    assert read.topics[1].claims[0].support is not None
    assert read.topics[1].claims[0].support.verdict == "unsupported"


def test_voices_that_all_say_none_have_read_the_chunk() -> None:
    notes = noted(Scripted(lambda p, k: " none"))
    assert notes.coverage.fraction == 1.0
    assert {p.reason for p in notes.coverage.passages} == {None}
    assert all(t.claims == () for t in notes.topics)


def test_a_title_is_made_from_the_minutes() -> None:
    simulator = Called(echo)
    notes = noted(simulator)
    for shown, topic in zip([p for p in simulator.asked if p.frame == "title"], notes.topics, strict=True):
        assert topic.claims[0].text in shown.scene


def test_lines_that_are_all_doubtful_are_shown_to_nobody() -> None:
    doubted = tuple(s.model_copy(update={"doubt": "phantom"} if s.index < 10 else {}) for s in SEMINAR.segments)
    simulator = Called(echo)
    notes = noted(simulator, SEMINAR.model_copy(update={"segments": doubted}))
    assert [t.first for t in notes.topics] == [10, 20, 30, 40]
    assert notes.coverage.passages[0].outcome == "hidden"
    assert notes.coverage.fraction == 1.0


# ── The page ─────────────────────────────────────────────────────────────────────────────────


def two(prompt: Prompt, k: int) -> str:
    """Minute-taker and sceptic agree on one line, disagree on the next, and each has a line of its own."""
    first = prompt.sources[0].index if prompt.sources else 0
    mine = {"minute-taker": 2, "sceptic": 3}.get(prompt.voice)
    if prompt.yields != "bullets" or mine is None:
        return " none" if prompt.yields == "bullets" else echo(prompt, k)
    rises = "rises" if mine == 2 else "falls"
    own = prompt.sources[mine].text
    return (
        f" {prompt.sources[0].text} {cite([first])}\n"
        f"- Point: the loss {rises} with the length {cite([first + 1])}\n- Point: {own} {cite([first + mine])}"
    )


def test_the_page_shows_who_saw_what() -> None:
    notes = noted(Scripted(two), voices=["minute-taker", "sceptic"])
    text = page(notes, SEMINAR, LINKS)
    assert "Several voices read the session; after each point stand those that saw it" in text
    assert "[^0] — *minute-taker, sceptic*\n" in text
    assert "[^3] — *sceptic*\n" in text
    overview = text.partition("## Overview")[2].partition("## 1.")[0]
    assert " — *" not in overview


def test_what_cannot_both_be_so_stands_side_by_side_on_the_page() -> None:
    notes = noted(Scripted(two), voices=["minute-taker", "sceptic"])
    text = page(notes, SEMINAR, LINKS)
    lines = text.splitlines()
    (place, *_) = [n for n, line in enumerate(lines) if line.startswith("- the loss rises with the length[^1]")]
    assert lines[place].endswith("— *minute-taker*")
    assert lines[place + 1].startswith("  - *but:* the loss falls with the length[^1]")
    assert lines[place + 1].endswith("— *sceptic*")
    told = [c for t in notes.topics for c in t.claims]
    assert sum(len(c.against) for c in told) == len(notes.topics)
    assert "the loss falls with the length" in [c.text for c in all_claims(notes)]


def test_one_voice_needs_no_names() -> None:
    text = page(noted(Scripted(echo), voices=["sceptic"]), SEMINAR, LINKS)
    assert "Several voices" not in text
    assert " — *" not in text


@pytest.mark.parametrize("words", [5, 20, 60])
def test_what_stands_against_a_claim_counts_as_words(words: int) -> None:
    notes = noted(Scripted(two), voices=["minute-taker", "sceptic"], words=words)
    assert sum(len(c.text.split()) for c in all_claims(notes)) <= words
