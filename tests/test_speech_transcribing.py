"""The loop over windows: order, what is kept, what memory cannot hold, and what a decoder leaves over."""

from collections.abc import Sequence

import numpy as np
import pytest

from scribe.records import ScribeError, Segment, Span, Word
from scribe.speech.heard import SAMPLE_RATE, Heard, Line, Samples, Task
from scribe.speech.transcribing import Hearing, transcribe


class Ear:
    """A recogniser of sound whose samples count seconds: it names the seconds that it was given."""

    name, longest_s, batch, prompt_tokens = "ear", 30.0, 4, 0

    def __init__(self, *, recipe: str = "ear 1", most: int = 99, listens_s: float = 99.0, sure: float = 0.9) -> None:
        self.recipe, self.most, self.listens_s, self.sure = recipe, most, listens_s, sure
        self.batches: list[int] = []
        self.tasks: list[Task] = []

    def count(self, text: str) -> int:
        return len(text)

    def detect(self, windows: Sequence[Samples]) -> tuple[str, float]:
        return "en", self.sure

    def hear(self, windows: Sequence[Samples], task: Task) -> list[Heard]:
        self.batches.append(len(windows))
        self.tasks.append(task)
        if len(windows) > self.most:
            raise MemoryError
        return [self._one(window) for window in windows]

    def _one(self, window: Samples) -> Heard:
        length = len(window) / SAMPLE_RATE
        end = min(length, self.listens_s)
        texts = [f"s{round(float(window[int(i * SAMPLE_RATE)]) * 32768)}." for i in range(int(end))]
        words = tuple(Word(text=f" {t}", start=i, end=i + 0.9, probability=0.9) for i, t in enumerate(texts))
        return Heard(lines=(Line(text=" ".join(texts), start=0, end=end, words=words),), end=end, language="en")


class Memory(dict[str, str]):
    """What was kept, in memory."""

    def put(self, key: str, value: str) -> None:
        self[key] = value


SOUND = np.repeat(np.arange(300, dtype=np.int16), SAMPLE_RATE)
"""Five minutes, each second its own number."""

SPANS = [Span(start=s, end=s + 20) for s in range(0, 280, 25)]
"""Twelve stretches of twenty seconds: a window each."""

SAID = [f"s{second}." for span in SPANS for second in range(int(span.start), int(span.end))]


def run(ear: Ear, kept: Memory | None = None, task: Task | None = None) -> Hearing:
    return transcribe(SOUND, SPANS, ear, task or Task(language="en"), kept=kept)


def texts(segments: Sequence[Segment]) -> list[str]:
    return " ".join(s.text for s in segments).split()


def test_every_second_is_heard_once_and_in_order() -> None:
    ear = Ear()
    hearing = run(ear)
    assert texts(hearing.segments) == SAID
    assert ear.batches == [4, 4, 4]
    assert (hearing.windows, hearing.resumed, hearing.language) == (12, 0, "en")
    for segment in hearing.segments:
        assert segment.start == int(segment.text[1:-1]), "times are those of the recording"


def test_no_speech_asks_nobody() -> None:
    ear = Ear()
    hearing = transcribe(SOUND, [], ear, Task())
    assert (hearing.segments, hearing.language, ear.batches) == ((), None, [])


def test_what_was_heard_is_not_heard_again() -> None:
    kept, first, second = Memory(), Ear(), Ear()
    whole = run(first, kept)
    assert len(kept) == 12
    for key in list(kept)[5:9]:
        del kept[key]
    again = run(second, kept)
    assert sum(second.batches) == 4
    assert again.segments == whole.segments
    assert again.resumed == 8


@pytest.mark.parametrize("other", [Ear(recipe="ear 2"), Ear()])
def test_another_recogniser_or_task_hears_anew(other: Ear) -> None:
    kept = Memory()
    run(Ear(), kept)
    run(other, kept, Task(language="en", prompt="" if other.recipe == "ear 2" else "simulacra"))
    assert sum(other.batches) == 12


@pytest.mark.parametrize("damage", ["", "{", '{"lines": 3}', '{"end": 1, "of": "a later version"}'])
def test_what_cannot_be_read_is_heard_anew(damage: str) -> None:
    kept, ear = Memory(), Ear()
    whole = run(Ear(), kept)
    kept.put(list(kept)[3], damage)
    assert run(ear, kept).segments == whole.segments
    assert sum(ear.batches) == 1


def test_a_run_that_is_stopped_goes_on_where_it_stopped() -> None:
    kept = Memory()

    def stop(done: float, total: float) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcribe(SOUND, SPANS, Ear(), Task(language="en"), kept=kept, on_progress=stop)
    assert len(kept) == 8, "whole batches are kept"
    ear = Ear()
    assert texts(run(ear, kept).segments) == SAID
    assert sum(ear.batches) == 4


def test_what_memory_cannot_hold_is_halved_and_goes_on_so() -> None:
    ear = Ear(most=2)
    assert texts(run(ear).segments) == SAID
    assert ear.batches == [4, 2, 2, 2, 2, 2, 2]


def test_where_not_even_one_window_fits_it_is_one_line() -> None:
    with pytest.raises(ScribeError, match=r"not enough memory to hear 20 s with ear 1; .* smaller --model"):
        run(Ear(most=0))


def test_what_a_decoder_leaves_over_is_heard_too() -> None:
    ear = Ear(listens_s=8.0)
    assert texts(run(ear).segments) == SAID
    assert len(ear.batches) > 3


def test_a_decoder_that_gets_nowhere_does_not_keep_us() -> None:
    class Deaf(Ear):
        def _one(self, window: Samples) -> Heard:
            return Heard(end=0.0)

    hearing = run(Deaf())
    assert hearing.segments == ()


def test_the_language_is_found_once_and_given_to_every_window() -> None:
    ear = Ear(sure=0.3)
    hearing = run(ear, task=Task())
    assert {task.language for task in ear.tasks} == {"en"}
    assert hearing.remarks == ("the language is taken for en (30% sure); --language says it for certain",)


def test_progress_and_lines_come_as_they_are_heard() -> None:
    told: list[tuple[float, float]] = []
    lines: list[str] = []
    transcribe(
        SOUND,
        SPANS,
        Ear(listens_s=8.0),
        Task(language="en"),
        on_progress=lambda done, total: told.append((done, total)),
        on_lines=lambda segments: lines.extend(texts(segments)),
    )
    assert lines == SAID
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (240.0, 240.0)


def test_windows_can_be_kept_short() -> None:
    ear = Ear()
    hearing = transcribe(SOUND, SPANS, ear, Task(language="en"), longest_s=10.0)
    assert hearing.windows == 24
    assert texts(hearing.segments) == SAID
