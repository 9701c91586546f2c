"""Whisper's guards in batches, on a decoder that says what the test wants it to say."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from scribe.records import ScribeError, Word
from scribe.speech import decoding
from scribe.speech.decoding import Decoded, Guards, TokenLine, token_lines
from scribe.speech.heard import SAMPLE_RATE, Line, Samples, Task

BEGIN = 1000
"""The fake decoder's `<|0.00|>`; tokens below it are characters."""

GUARDS = Guards()


def at(seconds: float) -> int:
    return BEGIN + round(seconds * 50)


def said(text: str, *, logprob: float = -0.2, no_speech: float = 0.0, temperature: float = 0.0) -> Decoded:
    return Decoded((at(0), *map(ord, text), at(2)), text, logprob, no_speech, temperature)


class Script:
    """A decoder whose windows, by their first sample, say what a script has for them at each temperature."""

    timestamp_begin = BEGIN

    def __init__(self, script: dict[int, dict[float, Decoded]]) -> None:
        self.script = script
        self.asked: list[tuple[tuple[int, ...], float]] = []
        self.seeds: list[int] = []

    def encode(self, windows: Sequence[Samples]) -> list[int]:
        return [int(window[0]) for window in windows]

    def alone(self, encoded: list[int], row: int) -> list[int]:
        return encoded[row : row + 1]

    def decode(self, encoded: list[int], task: Task, guards: Guards, *, temperature: float, seed: int) -> list[Decoded]:
        self.asked.append((tuple(encoded), temperature))
        self.seeds.append(seed)
        return [self.script[which][temperature] for which in encoded]

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(chr(t) for t in tokens if t < BEGIN)

    def align(self, encoded: Any, lines: Sequence[Sequence[TokenLine]], seconds: Sequence[float]) -> list[list[Line]]:
        assert len(encoded) == len(lines) == len(seconds)
        return [
            [
                Line(text=self.text(t.tokens), start=t.start, end=t.end, words=(Word(text=self.text(t.tokens)),))
                for t in own
            ]
            for own in lines
        ]


def windows(count: int, seconds: float = 3.0) -> list[Samples]:
    return [np.full(int(seconds * SAMPLE_RATE), number, dtype=np.float32) for number in range(count)]


# ── Guards ───────────────────────────────────────────────────────────────────────────────────


def test_windows_that_pass_are_decoded_once_and_together() -> None:
    decoder = Script({i: {0.0: said(f"line {i}")} for i in range(5)})
    heard = decoding.hear(decoder, windows(5), Task(language="en"), GUARDS)
    assert [h.text for h in heard] == [f"line {i}" for i in range(5)]
    assert decoder.asked == [((0, 1, 2, 3, 4), 0.0)]
    assert {h.temperature for h in heard} == {0.0}


def test_only_what_fails_is_decoded_again_and_alone() -> None:
    loop = said("and so on " * 30)
    decoder = Script(
        {
            0: {0.0: said("fine")},
            1: {0.0: loop, 0.2: loop, 0.4: said("the real words", temperature=0.4)},
            2: {0.0: said("fine too")},
            3: {0.0: said("guess", logprob=-1.5), 0.2: said("sure", temperature=0.2)},
        }
    )
    heard = decoding.hear(decoder, windows(4), Task(language="en"), GUARDS)
    assert [h.text for h in heard] == ["fine", "the real words", "fine too", "sure"]
    assert decoder.asked == [((0, 1, 2, 3), 0.0), ((1,), 0.2), ((1,), 0.4), ((3,), 0.2)]
    assert not any(h.failed for h in heard)


def test_a_guess_over_silence_is_not_tried_again_but_kept_for_a_person_to_judge() -> None:
    decoder = Script({0: {0.0: said("Thank you.", logprob=-1.4, no_speech=0.9)}})
    (heard,) = decoding.hear(decoder, windows(1), Task(language="en"), GUARDS)
    assert len(decoder.asked) == 1
    assert heard.text == "Thank you."
    assert heard.no_speech_prob == 0.9
    assert heard.failed


def test_where_nothing_passes_the_likeliest_that_does_not_loop_is_kept_and_says_so() -> None:
    tries = {t: said(f"try {t}", logprob=-3 + t, temperature=t) for t in (0.2, 0.4, 0.6)}
    tries |= {0.0: said("la " * 99, logprob=-0.1), 0.8: said("ha " * 99, logprob=-0.1), 1.0: said("x", logprob=-4)}
    decoder = Script({0: tries})
    (heard,) = decoding.hear(decoder, windows(1), Task(language="en"), GUARDS)
    assert heard.text == "try 0.6"
    assert heard.failed == ("the recogniser was guessing (mean log-probability -2.4)",)
    assert [t for _, t in decoder.asked] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_what_is_drawn_for_a_window_does_not_depend_on_its_neighbours() -> None:
    guess = {t: said("guess", logprob=-2) for t in GUARDS.temperatures}
    together, apart = Script({0: guess, 1: guess}), Script({0: guess, 1: guess})
    decoding.hear(together, windows(2), Task(language="en"), GUARDS)
    for window in windows(2):
        decoding.hear(apart, [window], Task(language="en"), GUARDS)
    drawn = [seed for seed, (_, t) in zip(together.seeds, together.asked, strict=True) if t > 0]
    assert drawn == [seed for seed, (_, t) in zip(apart.seeds, apart.asked, strict=True) if t > 0]
    assert len(set(drawn)) == len(drawn)


def test_windows_without_text_are_not_aligned() -> None:
    empty = Decoded((), "", -0.1, 0.9, 0.0)
    decoder = Script({0: {0.0: said("one")}, 1: {0.0: empty}, 2: {0.0: said("three")}})
    heard = decoding.hear(decoder, windows(3), Task(language="en"), GUARDS)
    assert [h.text for h in heard] == ["one", "", "three"]
    assert [len(h.lines) for h in heard] == [1, 0, 1]


def test_without_word_times_lines_carry_no_words() -> None:
    decoder = Script({0: {0.0: said("one")}})
    (heard,) = decoding.hear(decoder, windows(1), Task(language="en", word_times=False), GUARDS)
    assert [(line.text, line.start, line.end, line.words) for line in heard.lines] == [("one", 0.0, 2.0, ())]


# ── Lines between timestamps ─────────────────────────────────────────────────────────────────


def tokens(*parts: float | str) -> list[int]:
    return [t for p in parts for t in ([at(p)] if isinstance(p, float) else list(map(ord, p)))]


@pytest.mark.parametrize(
    ("written", "expected", "end"),
    [
        ((0.0, "ab", 2.0), [("ab", 0.0, 2.0)], 2.0),
        ((0.0, "ab", 2.0, 2.5, "cd", 4.0), [("ab", 0.0, 2.0), ("cd", 2.5, 4.0)], 4.0),
        ((0.0, "ab", 2.0, 2.0), [("ab", 0.0, 2.0)], 2.0),
        ((0.0, "ab", 8.0), [("ab", 0.0, 8.0)], 10.0),
        ((0.0, "ab", 8.0, 8.0), [("ab", 0.0, 8.0)], 8.0),
        ((0.0, "ab", 6.0), [("ab", 0.0, 6.0)], 6.0),
        ((0.0, "ab", 2.0, 2.0, "cd"), [("ab", 0.0, 2.0), ("cd", 2.0, 10.0)], 10.0),
        ((0.0, "ab"), [("ab", 0.0, 10.0)], 10.0),
        (("ab",), [("ab", 0.0, 10.0)], 10.0),
        ((0.0, "ab", 29.0), [("ab", 0.0, 10.0)], 10.0),
        ((), [], 10.0),
        ((0.0, 0.0), [], 10.0),
    ],
)
def test_lines_end_where_timestamps_meet(
    written: tuple[float | str, ...], expected: list[tuple[str, float, float]], end: float
) -> None:
    lines, listened = token_lines(tokens(*written), BEGIN, 10.0, GUARDS)
    assert [("".join(map(chr, line.tokens)), line.start, line.end) for line in lines] == expected
    assert listened == end


def test_a_line_in_which_the_tokens_ran_out_is_left_to_be_heard_again() -> None:
    written = tokens(0.0, "a" * 100, 4.0, 4.0, "b" * 200)[: GUARDS.most_tokens]
    lines, listened = token_lines(written, BEGIN, 10.0, GUARDS)
    assert [line.end for line in lines] == [4.0]
    assert listened == 4.0


def test_text_without_times_that_fills_the_decoder_is_kept() -> None:
    lines, listened = token_lines(tokens("a" * 224), BEGIN, 10.0, GUARDS)
    assert (len(lines), listened) == (1, 10.0)


# ── Tasks that a model cannot do ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("task", [Task(language="de"), Task(language="en", translate=True)])
def test_an_english_model_is_asked_for_english_only(task: Task) -> None:
    with pytest.raises(ScribeError, match=r"'base\.en' knows English only"):
        decoding.check_language(task, multilingual=False, known=["en"], model="base.en")


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ScribeError, match=r"unknown language 'englsh'; expected a code .* de, en"):
        decoding.check_language(Task(language="englsh"), multilingual=True, known=["en", "de"], model="base")


def test_a_guards_digest_tells_choices_apart() -> None:
    assert Guards().digest == Guards().digest != Guards(logprob=-2).digest
