"""Whatever the context, no prompt exceeds it; what cannot fit is said before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import Scripted, curated, sample, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe import draft
from scribe.asking import MOST_SHOWN_TOKENS, fits
from scribe.chunks import split
from scribe.evidence import cite
from scribe.frames import prompts
from scribe.notes import answer, budget, summarise
from scribe.records import Chunk, Completion, Prompt, Sampling, ScribeError, Transcript
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample()
LONG = transcript([(s.speaker, s.text) for s in SEMINAR.segments] * 8)


class Strict(Scripted):
    """Refuses to be given more than its context holds, and writes as long as it may."""

    def __init__(self, context: int) -> None:
        super().__init__(write_much, context=context)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        assert fits(self, prompts, sampling)
        return super().sample(prompts, sampling)


def write_much(prompt: Prompt, k: int) -> str:
    """Every line shown, as a claim, in the grammar asked for."""
    said = [f"{s.text} {cite([s.index])}" for s in prompt.sources]
    if prompt.yields == "title":
        return f" {prompt.sources[0].text if prompt.sources else 'none'}"
    return " " + ("\n- Point: ".join(said) if prompt.yields == "bullets" else " ".join(said[:20]))


@settings(max_examples=10)
@given(st.integers(1_450, 4_000), st.sampled_from(["hierarchical", "incremental"]), st.sampled_from([SEMINAR, LONG]))
def test_no_prompt_exceeds_the_context(context: int, merge: str, talk: Transcript) -> None:
    simulator = Strict(context)
    chunks = split(talk, simulator.count, budget_tokens=budget(simulator, FRAMES, title=talk.id))
    notes = summarise(talk, chunks, simulator, FRAMES, merge=merge)  # type: ignore[arg-type]
    assert notes.coverage.fraction == 1.0
    assert notes.overview
    draft.write(talk, notes, simulator, FRAMES)
    answer(talk, "Summarise the meeting.", simulator, FRAMES)
    answer(talk, "What about temperature?", simulator, FRAMES)
    assert {p.frame for p in simulator.asked} >= {"key-points", "title", "overview", "section", "answer"}


def test_a_budget_is_what_the_frames_leave() -> None:
    simulator = Scripted(write_much, context=4_000)
    tokens = budget(simulator, FRAMES)
    largest = 0
    for name in ("key-points", "questions", "decisions", "proposition"):
        frame = FRAMES[name]
        bare = max(prompts(frame, ()), key=lambda p: len(p.cue.split()))
        largest = max(largest, len(bare.text.split()) + frame.sampling.max_tokens)
    assert 4_000 - largest - 150 < tokens < 4_000 - largest


def test_a_budget_for_one_voice_leaves_out_the_frames_it_is_not_in() -> None:
    small = {name: frame for name, frame in FRAMES.items() if name != "proposition"}
    assert budget(Extract(), small) == budget(Extract(), small, ["secretary"]) == MOST_SHOWN_TOKENS
    simulator = Scripted(write_much, context=4_000)
    assert budget(simulator, small, ["secretary"]) > budget(simulator, small)


def test_a_large_context_does_not_make_large_chunks() -> None:
    assert budget(Scripted(write_much, context=10**6), FRAMES) == MOST_SHOWN_TOKENS


def test_a_context_too_small_for_the_frames_is_one_line() -> None:
    with pytest.raises(ScribeError, match=r"scripted: a context of 900 tokens leaves 0 for the record, expected 200"):
        budget(Scripted(write_much, context=900), FRAMES)


def test_a_line_that_does_not_fit_is_an_error_before_anything_is_asked() -> None:
    talk = transcript(["Ada: Yes.", ("Wen", "and so on " * 1_000), "Ada: No."])
    simulator = Scripted(write_much, context=3_000)
    chunks = split(talk, simulator.count, budget_tokens=budget(simulator, FRAMES))
    with pytest.raises(ScribeError, match=r"line 1 has 3002 tokens, and scripted has room for \d+ of the record"):
        summarise(talk, chunks, simulator, FRAMES)
    with pytest.raises(ScribeError, match="line 1 has 3002 tokens"):
        answer(talk, "Summarise the meeting.", simulator, FRAMES)
    assert simulator.asked == []


def test_chunks_too_large_are_an_error_too() -> None:
    simulator = Scripted(write_much, context=3_000)
    with pytest.raises(ScribeError, match=r"lines 0-367 have \d+ tokens"):
        summarise(LONG, [Chunk(transcript_id=LONG.id, index=0, first=0, last=368)], simulator, FRAMES)


def test_extract_answers_the_whole_record_in_one_go() -> None:
    asked: list[int] = []

    class Watched(Extract):
        def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
            asked.extend(len(p.sources) for p in prompts)
            return super().sample(prompts, sampling)

    talk = transcript([(s.speaker, s.text) for s in SEMINAR.segments] * 60)
    assert answer(talk, "Summarise the meeting.", Watched(), FRAMES).overview
    assert asked == [46 * 60]


def test_a_record_too_long_is_answered_by_way_of_its_stretches() -> None:
    simulator = Scripted(lambda p, k: f" {p.sources[0].text} {cite([p.sources[0].index])}", context=2_000)
    notes = answer(LONG, "Summarise the meeting.", simulator, FRAMES)
    first = [p.sources[0].index for p in simulator.asked[:-1]]
    assert len(first) > 2
    assert [i for p in simulator.asked[:-1] for i in (s.index for s in p.sources)] == list(range(len(LONG.segments)))
    assert [s.index for s in simulator.asked[-1].sources] == first
    assert notes.coverage.fraction == 1.0
    assert [c.cites for c in notes.overview] == [(0,)]


def test_a_stretch_of_which_no_answer_can_be_read_is_in_the_ledger() -> None:
    def write(prompt: Prompt, k: int) -> str:
        first = prompt.sources[0]
        return "" if first.index == 0 and len(prompt.sources) > 5 else f" {first.text} {cite([first.index])}"

    simulator = Scripted(write, context=2_000)
    notes = answer(LONG, "Summarise the meeting.", simulator, FRAMES)
    first, *others = notes.coverage.passages
    assert (first.first, first.outcome, first.reason) == (0, "failed", "minute-taker wrote nothing, twice")
    assert [p.outcome for p in others] == ["summarised"]
    assert notes.overview


def test_where_the_last_answer_cannot_be_read_the_stretches_speak() -> None:
    def write(prompt: Prompt, k: int) -> str:
        first = prompt.sources[0]
        is_last = [s.index for s in prompt.sources] != list(range(first.index, first.index + len(prompt.sources)))
        return "" if is_last else f" {first.text} {cite([first.index])}"

    notes = answer(LONG, "Summarise the meeting.", Scripted(write, context=2_000), FRAMES)
    assert len(notes.overview) > 2
    assert notes.coverage.fraction == 1.0


def test_an_answer_that_cannot_be_read_is_an_error_and_not_silence() -> None:
    with pytest.raises(ScribeError, match="scripted: minute-taker wrote nothing, twice; use another"):
        answer(SEMINAR, "What about temperature?", Scripted(lambda p, k: ""), FRAMES)
    assert answer(SEMINAR, "What about temperature?", Scripted(lambda p, k: " none"), FRAMES).overview == ()
