"""What recognisers make up is found, and what people really say is left alone."""

from __future__ import annotations

import itertools

import pytest
from conftest import sample
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import Span, Word
from scribe.speech.doubts import doubts, is_phantom
from scribe.speech.heard import Heard, Line
from scribe.speech.windows import Window

SURE = {"avg_logprob": -0.3, "no_speech_prob": 0.05}
GUESSING = {"avg_logprob": -1.4, "no_speech_prob": 0.8}


def window(length_s: float = 30.0, start: float = 0.0) -> Window:
    return Window(pieces=(Span(start=start, end=start + length_s),))


def spoken(*texts: str, gap_s: float = 0.3, **known: float | tuple[str, ...]) -> tuple[Window, Heard]:
    """Lines one after the other, at three words a second."""
    lines: list[Line] = []
    end = 0.0
    for text in texts:
        start = end + gap_s if lines else 0.0
        end = start + max(1, len(text.split()), len(text) / 6) / 3
        lines.append(Line(text=text, start=start, end=end))
    return window(end + 1), Heard.model_validate({"lines": lines, "end": end, **SURE, **known})


def reasons(*texts: str, prompt: str = "", **known: float | tuple[str, ...]) -> list[str | None]:
    (found,) = doubts([spoken(*texts, **known)], prompt=prompt)
    return found


# ── Loops ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "phrase", "times"),
    [
        ("And so, you know, you know, you know, you know, you know, you know, you know.", "you know", 7),
        ("I'm sorry. " * 12, "i'm sorry", 12),
        ("We take the log-loss of it. We take the log-loss of it. We take the log-loss of it.", None, 3),
        ("no " * 12, "no", 12),
        ("ha ha " * 20, "ha", 40),
        ("ありがとうございます" * 3, None, 3),
        ("これは、これは、これは、これは、これは、これは", "これは", 6),
    ],
)
def test_a_phrase_in_a_loop_is_doubted(text: str, phrase: str | None, times: int) -> None:
    (reason,) = reasons(text)
    assert reason is not None
    assert f"{times} times in a row" in reason
    assert phrase is None or f"“{phrase}”" in reason


@pytest.mark.parametrize(
    "text",
    [
        "No no no no, that is not it.",
        "No, no, no, no, no, no, no, no, no.",
        "Yeah, yeah, yeah. Yeah, yeah.",
        "I don't know, I don't know, I don't know, I don't know.",
        "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.",
        "Zero zero zero one zero one one zero zero zero.",
        "We shall fight on the beaches, we shall fight on the landing grounds, we shall fight in the fields.",
        "The first is a bound on the loss, the second is a bound on the loss of the sampler, the third is a bound.",
        "Is it, is it, is it the same? Very, very, very good.",
        "Blah blah blah, and so on and so on.",
        "はい、はい、はい。そうです、そうです。",
        "",
        "...",
    ],
)
def test_what_people_say_again_is_no_loop(text: str) -> None:
    assert reasons(text) == [None]


def test_a_loop_over_lines_is_doubted_from_its_first_repetition_on() -> None:
    line = "So we have to look at the data."
    assert [bool(r) for r in reasons("Right.", line, line, line, "And then we stop.")] == [
        False, False, True, True, False,
    ]  # fmt: skip


def test_lines_that_take_turns_are_a_loop_too() -> None:
    pair = ("So what is the loss here?", "It is the loss of the model.")
    assert [bool(r) for r in reasons(*pair * 3)] == [False, False, True, True, True, True]


def test_a_loop_runs_on_over_windows() -> None:
    line = "So we have to look at the data."
    parts = [(window(5, start), Heard(lines=(Line(text=line, start=0, end=3),), end=5)) for start in (0, 60, 120)]
    assert [bool(own[0]) for own in doubts(parts)] == [False, True, True]


def test_a_long_sentence_is_not_said_twice_in_the_same_words() -> None:
    long = "The conditional distribution of the next token given everything before it is all that the model knows."
    short = "It's in the conceptual design phase that we identify the"  # AMI ES2006a
    assert [bool(r) for r in reasons(long, long, short, short)] == [False, True, False, False]


def test_a_listener_may_agree_all_day() -> None:
    assert set(reasons(*["Yeah."] * 40, gap_s=5)) == {None}
    assert [bool(r) for r in reasons(*["Yeah."] * 40, gap_s=0.2)] == [False] + [True] * 39
    assert set(reasons(*["Mm-hmm."] * 10, gap_s=0.2)) == {None}  # AMI ES2002d: nine in a row


def test_a_line_with_other_things_to_say_is_left_alone_where_a_loop_begins_in_it() -> None:
    loop = "it is the same. " * 4
    assert [bool(r) for r in reasons("We looked at the loss and it is the same.", loop)] == [False, True]
    assert [bool(r) for r in reasons("We looked: it is the same, it is", "the same, " + loop)] == [False, True]


@given(st.lists(st.integers(min_value=0, max_value=10**6), max_size=60, unique=True))
def test_what_never_comes_again_is_no_loop(numbers: list[int]) -> None:
    assert reasons(" ".join(f"w{n}" for n in numbers), gap_s=0) == [None]


@given(st.sampled_from(["bound", "so we", "the loss is it", "a b c d e"]), st.integers(12, 40))
def test_what_comes_a_dozen_times_is_one(phrase: str, times: int) -> None:
    assert reasons(" ".join([phrase] * times)) != [None]


# ── Silence ──────────────────────────────────────────────────────────────────────────────────


def test_a_guess_over_silence_is_doubted() -> None:
    (reason,) = reasons("And so it goes.", **GUESSING)
    assert reason == "text over what sounds like silence (no-speech probability 0.80)"
    assert reasons("And so it goes.", avg_logprob=-1.4, no_speech_prob=0.1) == [None]
    assert reasons("And so it goes.", avg_logprob=-0.2, no_speech_prob=0.9) == [None]


@pytest.mark.parametrize(
    ("start", "end", "is_doubted"), [(8, 10, False), (9, 10.9, False), (9.5, 14, True), (10, 10, True)]
)
def test_a_line_after_the_end_of_the_sound_is_doubted(start: float, end: float, is_doubted: bool) -> None:
    heard = Heard(lines=(Line(text="And so it goes.", start=start, end=end),), end=10)
    ((reason,),) = doubts([(window(10), heard)])
    assert (reason == "it stands after the end of the sound") == is_doubted


# ── Phantoms ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you so much for watching, and I'll see you in the next video.",
        "Please subscribe to my channel.",
        "Don't forget to like and subscribe!",
        "I'll see you in the next video.",
        "Subtitles by the Amara.org community",
        "Transcription by CastingWords",
        "Transcript Emily Beynon",
        "www.mooji.org",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Untertitelung aufgrund der Amara.org-Community",
        "Copyright WDR 2021",
        "Vielen Dank fürs Zuschauen!",
        "Sous-titres réalisés para la communauté d'Amara.org",
        "Sous-titrage Société Radio-Canada",
        "Merci d'avoir regardé cette vidéo !",
        "Subtítulos realizados por la comunidad de Amara.org",
        "¡Gracias por ver el video!",
        "Sottotitoli creati dalla comunità Amara.org",
        "Legendas pela comunidade Amara.org",
        "Ondertitels ingediend door de Amara.org gemeenschap",
        "Napisy stworzone przez społeczność Amara.org",
        "Dziękuję za oglądanie.",
        "Undertexter från Amara.org-gemenskapen",
        "Titulky vytvořil JohnyX.",
        "Altyazı M.K.",
        "İzlediğiniz için teşekkür ederim.",
        "Субтитры сделал DimaTorzok",
        "Редактор субтитров А.Семкин Корректор А.Егорова",
        "Продолжение следует...",
        "字幕由Amara.org社区提供",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "ご視聴ありがとうございました。",
        "시청해주셔서 감사합니다.",
        "MBC 뉴스 이덕영입니다.",
        "ترجمة نانسي قنقر",
        "اشتركوا في القناة",
    ],
)
def test_a_phrase_known_to_be_made_up_is_doubted(text: str) -> None:
    assert is_phantom(text)
    assert reasons(text) == ["a phrase that recognisers make up where nobody speaks"]


@pytest.mark.parametrize(
    "text",
    [
        "So thank you for watching the door while I was out.",
        "Thank you for your attention.",
        "I'll see you next week.",
        "We subscribe to the view that log-loss is proper.",
        "Translation by hand is slow.",
        "Captions by themselves are a weak signal.",
        "It said: subtitles by the Amara.org community, which nobody had said at all in that recording.",
        "Danke fürs Zuhören.",
        "Im Untertitel steht etwas anderes.",
        "Thank you.",
        "Okay.",
        "Merci.",
    ],
)
def test_what_people_do_say_is_no_phantom(text: str) -> None:
    assert reasons(text) == [None]


def test_thanks_are_believed_where_the_recogniser_is_sure() -> None:
    known = window(), {"end": 2.0, "avg_logprob": -0.5, "no_speech_prob": 0.1}

    def thanks(probability: float) -> str | None:
        words = (
            Word(text=" Thank", start=0, end=0.4, probability=probability),
            Word(text=" you.", start=0.4, end=0.8, probability=probability),
        )
        line = Line(text=" Thank you.", start=0, end=1, words=words)
        return doubts([(known[0], Heard.model_validate({"lines": [line], **known[1]}))])[0][0]

    assert thanks(0.9) is None
    assert thanks(0.3) == "a phrase that recognisers make up where nobody speaks, and this one was not sure"
    assert reasons("Thank you.", no_speech_prob=0.7) != [None]
    assert reasons("Thank you.", avg_logprob=-1.2) != [None]


# ── Speed ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "seconds", "reason"),
    [
        ("so then we took the whole of it and wrote it down", 0.8, "12 words in 0.8 s are faster than speech"),
        ("so then we took the whole of it and wrote it down", 1.2, None),
        ("semiotic physics overdetermines mesa-optimisation", 0.9, "45 letters in 0.9 s are faster than speech"),
        ("semiotic physics overdetermines mesa-optimisation", 1.4, None),
        ("Oh, I see what you mean.", 0.5, None),  # ICSI Bmr003: people do
        ("Yes.", 0.0, None),
        ("- - - - - - - - - -", 0.1, None),
    ],
)
def test_nobody_speaks_that_fast(text: str, seconds: float, reason: str | None) -> None:
    heard = Heard(lines=(Line(text=text, start=3, end=3 + seconds),), end=30)
    assert doubts([(window(), heard)]) == [[reason]]


def test_words_without_length_in_a_row_are_doubted() -> None:
    def line(lengths: list[float]) -> Line:
        starts = itertools.accumulate((max(length, 0.3) for length in lengths), initial=0.0)
        words = tuple(
            Word(text=f" w{i}", start=t, end=t + s) for i, (t, s) in enumerate(zip(starts, lengths, strict=False))
        )
        return Line(text="".join(w.text for w in words), start=0, end=9, words=words)

    def reason(lengths: list[float]) -> str | None:
        return doubts([(window(), Heard(lines=(line(lengths),), end=9))])[0][0]

    assert reason([0.3, 0, 0, 0.02, 0, 0, 0.3]) == "5 words or more in a row at one moment"
    assert reason([0.3, 0, 0, 0.3, 0, 0, 0.3, 0, 0]) is None


def test_words_with_shared_out_times_say_nothing_about_speed() -> None:
    words = tuple(Word(text=f" w{i}", start=2, end=2, interpolated=True) for i in range(6))
    heard = Heard(lines=(Line(text="".join(w.text for w in words), start=0, end=3, words=words),), end=9)
    assert doubts([(window(), heard)]) == [[None]]


def test_words_know_better_how_long_a_line_lasts() -> None:
    words = tuple(Word(text=f" w{i}", start=2 + i, end=2.5 + i) for i in range(6))
    heard = Heard(lines=(Line(text="".join(w.text for w in words), start=2, end=2, words=words),), end=9)
    assert doubts([(window(), heard)]) == [[None]]


# ── What was given, and what the recogniser says itself ──────────────────────────────────────

PROMPT = "Glossary: simulacra, semiotic physics, mesa-optimiser, Mira Voss. Notes of a seminar on predictive models."


@pytest.mark.parametrize(
    ("text", "is_echo"),
    [
        ("Simulacra, semiotic physics, mesa-optimiser.", True),
        ("Glossary: simulacra, semiotic physics, mesa-optimiser, Mira Voss.", True),
        ("mesa-optimiser, simulacra, Mira Voss", True),
        ("Notes of a seminar on predictive models.", True),
        ("physics, mesa optimiser, Mira Voss", True),
        ("Simulacra.", False),
        ("Semiotic physics?", False),
        ("Mira Voss.", False),
        ("Mesa-optimiser, simulacra, and so on.", False),
        ("We talked of simulacra, semiotic physics, mesa-optimiser and Mira Voss.", False),
    ],
)
def test_a_prompt_read_back_is_doubted(text: str, is_echo: bool) -> None:
    assert reasons(text, prompt=PROMPT) == [
        "it repeats the glossary that the recogniser was given" if is_echo else None
    ]
    assert reasons(text) == [None]


def test_checks_that_the_recogniser_failed_are_passed_on() -> None:
    failed = ("repeats itself (compression ratio 3.1)", "another")
    assert reasons("And so it goes.", failed=failed) == ["repeats itself (compression ratio 3.1); another"]


def test_every_reason_is_named() -> None:
    (reason,) = reasons("Thanks for watching!", failed=("it was guessing",), **GUESSING)
    assert reason is not None
    assert reason.count("; ") == 2


def test_there_is_an_entry_for_every_line() -> None:
    parts = [spoken("Yes.", "No."), spoken(), spoken("Maybe.")]
    assert doubts(parts) == [[None, None], [], [None]]
    assert doubts([]) == []


def test_nothing_in_the_sample_is_doubted() -> None:
    talk = sample()
    lines = tuple(Line(text=s.text, start=s.start or 0, end=s.end or 0) for s in talk.segments)
    length = max(line.end for line in lines)
    assert doubts([(window(length), Heard.model_validate({"lines": lines, "end": length, **SURE}))]) == [
        [None] * len(lines)
    ]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_any_text_is_read(texts: list[str]) -> None:
    assert len(reasons(*texts, prompt=" ".join(texts))) == len(texts)
