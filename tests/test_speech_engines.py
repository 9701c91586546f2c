"""Both engines on a real model: weights read from real files, the sample recording heard by the libraries' real code.

The model is made by `tiny_whisper.py` and knows the sample by heart; its word times mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from tiny_whisper import TinyWhisper, pack_each, sayable

from scribe import audio, transcripts
from scribe.records import ScribeError, Segment
from scribe.speech import Guards, Hearing, Recogniser, Setup, Task, open_recogniser, transcribe
from scribe.speech.heard import SAMPLE_RATE, Heard, Samples
from scribe.speech.windows import Window, cut, pack

SAMPLE = ROOT / "transcripts" / "simulators-1.m4a"

ENGLISH = Task(language="en")


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return audio.decode(SAMPLE)


@pytest.fixture(scope="module")
def cues() -> tuple[Segment, ...]:
    return transcripts.read(SAMPLE.with_suffix(".vtt")).transcript.segments


@pytest.fixture(scope="module", params=["whisper", "faster-whisper"])
def recogniser(request: pytest.FixtureRequest, tiny: TinyWhisper) -> Recogniser:
    model = tiny.checkpoint if request.param == "whisper" else tiny.converted
    return open_recogniser(Setup(engine=request.param, model=str(model)))


@pytest.fixture(scope="module")
def hearing(recogniser: Recogniser, sound: np.ndarray) -> Hearing:
    """The whole sample."""
    return transcribe(sound, audio.speech_spans(sound), recogniser, Task())


def said(cues: Sequence[Segment]) -> str:
    return " ".join(sayable(cue.text) for cue in cues)


# ── The whole sample ─────────────────────────────────────────────────────────────────────────


def test_the_sample_is_heard_word_for_word(hearing: Hearing, cues: tuple[Segment, ...]) -> None:
    assert " ".join(s.text for s in hearing.segments).split() == said(cues).split()
    assert hearing.language == "en"
    assert hearing.windows < 12
    assert [s.index for s in hearing.segments] == list(range(len(hearing.segments)))
    times = [t for s in hearing.segments for t in (s.start, s.end)]
    assert times == sorted(times)


def test_every_word_has_a_time_and_a_probability(hearing: Hearing) -> None:
    words = [word for segment in hearing.segments for word in segment.words]
    assert " ".join(s.text for s in hearing.segments).replace(" ", "") == "".join(w.text for w in words)
    for word in words:
        assert word.start is not None
        assert word.end is not None
        assert word.start <= word.end
        assert not word.interpolated
        assert 0 <= (word.probability or 0) <= 1
    probabilities = [word.probability or 0 for word in words]
    assert np.median(probabilities) > 0.9, "few are lower: words are aligned without times, which it never learnt"


def test_the_size_of_the_batch_changes_nothing(
    tiny: TinyWhisper, sound: np.ndarray, recogniser: Recogniser, hearing: Hearing
) -> None:
    model = tiny.checkpoint if recogniser.name == "whisper" else tiny.converted
    other = open_recogniser(Setup(engine=recogniser.name, model=str(model), batch=3))
    again = transcribe(sound, audio.speech_spans(sound), other, ENGLISH)
    assert [s.text for s in again.segments] == [s.text for s in hearing.segments]
    assert other.recipe == recogniser.recipe


# ── As the libraries have it ─────────────────────────────────────────────────────────────────


def windows_of(sound: np.ndarray, cues: Sequence[Segment]) -> list[Samples]:
    alone: list[Window] = [window for window, _ in pack_each(cues)]
    return [cut(sound, w) for w in [*alone[::4], *pack(audio.speech_spans(sound))[:3]]]


def test_the_text_is_that_of_whisper_transcribe(
    recogniser: Recogniser, tiny: TinyWhisper, sound: np.ndarray, cues: tuple[Segment, ...]
) -> None:
    """The same weights on the same sound: where no guard fires, not a letter differs."""
    import whisper

    model = whisper.load_model(str(tiny.checkpoint))
    windows = windows_of(sound, cues)
    heard = recogniser.hear(windows, Task(language="en", word_times=False))
    assert {h.temperature for h in heard} == {0.0}
    assert not any(h.failed for h in heard)
    for window, one in zip(windows, heard, strict=True):
        theirs = model.transcribe(window, language="en", fp16=False, condition_on_previous_text=False)
        assert one.text == " ".join(s["text"].strip() for s in theirs["segments"])
        times = [(line.start, line.end) for line in one.lines]
        # Where there is one line only, whisper.transcribe lets it begin where the window does.
        assert times[1:] == [pytest.approx((s["start"], s["end"]), abs=0.1) for s in theirs["segments"][1:]]
        assert times[0][1] == pytest.approx(theirs["segments"][0]["end"], abs=0.1)


def test_the_text_is_that_of_faster_whisper(
    tiny: TinyWhisper, recogniser: Recogniser, sound: np.ndarray, cues: tuple[Segment, ...]
) -> None:
    from faster_whisper import WhisperModel

    model = WhisperModel(str(tiny.converted), device="cpu", compute_type="int8")
    windows = windows_of(sound, cues)
    for window, one in zip(windows, recogniser.hear(windows, ENGLISH), strict=True):
        theirs, _ = model.transcribe(window, language="en", beam_size=1, condition_on_previous_text=False)
        assert one.text == " ".join(s.text.strip() for s in theirs)


def test_words_stand_where_each_library_puts_them(
    recogniser: Recogniser, tiny: TinyWhisper, sound: np.ndarray, cues: tuple[Segment, ...]
) -> None:
    """Where the tiny model aligns a word means nothing; that every window of a batch gets its own does."""
    import whisper
    from faster_whisper import WhisperModel

    if recogniser.name == "whisper":
        transcribed = whisper.load_model(str(tiny.checkpoint)).transcribe
        flags: dict[str, object] = {"fp16": False}
    else:
        transcribed = WhisperModel(str(tiny.converted), device="cpu", compute_type="int8").transcribe
        flags = {"beam_size": 1}
    windows = windows_of(sound, cues)[:6]
    for window, one in zip(windows, recogniser.hear(windows, ENGLISH), strict=True):
        theirs = transcribed(window, language="en", condition_on_previous_text=False, word_timestamps=True, **flags)
        found = theirs["segments"] if recogniser.name == "whisper" else [vars(s) for s in theirs[0]]
        words = [w if isinstance(w, dict) else vars(w) for s in found for w in s["words"]]
        own = [word for line in one.lines for word in line.words]
        assert [w.text.strip() for w in own] == [w["word"].strip() for w in words]
        # Its first words faster-whisper places by what was said before the window, which here is nothing.
        placed = 0 if recogniser.name == "whisper" else 2
        assert [w.start for w in own[placed:]] == pytest.approx([w["start"] for w in words[placed:]], abs=0.03)
        assert [w.probability for w in own] == pytest.approx([w["probability"] for w in words], abs=0.01)


def test_the_engines_agree_on_what_they_are_sure_of(tiny: TinyWhisper, sound: np.ndarray) -> None:
    spans = pack(audio.speech_spans(sound))[:3]
    heard: list[list[Heard]] = []
    for engine, model in (("whisper", tiny.checkpoint), ("faster-whisper", tiny.converted)):
        opened = open_recogniser(Setup(engine=engine, model=str(model)))
        heard.append(opened.hear([cut(sound, w) for w in spans], ENGLISH))
    for one, other in zip(*heard, strict=True):
        assert one.avg_logprob == pytest.approx(other.avg_logprob, abs=0.02)
        assert one.compression_ratio == other.compression_ratio
        assert one.no_speech_prob == pytest.approx(other.no_speech_prob, abs=0.02)
        mine, theirs = (np.array([w.probability for line in h.lines for w in line.words]) for h in (one, other))
        sure = (mine > 0.9) | (theirs > 0.9)
        assert sure.any()
        assert np.abs(mine - theirs)[sure].mean() < 0.02, "int8 rounds, most where a word hangs in the balance"


# ── Guards, on a real decoder ────────────────────────────────────────────────────────────────


def strict(name: str, tiny: TinyWhisper) -> Recogniser:
    """One to which a window of several lines repeats itself too much, and which then draws almost anything."""
    model = tiny.checkpoint if name == "whisper" else tiny.converted
    temperatures = (0.0, *map(float, range(3, 12)))
    guards = Guards(temperatures=temperatures, best_of=2, compression_ratio=1.4, logprob=-99.0, most_tokens=60)
    return open_recogniser(Setup(engine=name, model=str(model), guards=guards))


def test_only_the_window_that_fails_is_decoded_again(
    recogniser: Recogniser, tiny: TinyWhisper, sound: np.ndarray, cues: tuple[Segment, ...]
) -> None:
    lines = [cut(sound, window) for window, _ in pack_each(cues)[:9:3]]
    several = cut(sound, pack(audio.speech_spans(sound))[0])
    heard = strict(recogniser.name, tiny).hear([lines[0], several, *lines[1:]], ENGLISH)
    assert [bool(h.temperature) for h in heard] == [False, True, False, False]
    assert [h.text for h in (heard[0], *heard[2:])] == [sayable(cue.text) for cue in cues[:9:3]]


def test_what_is_drawn_is_drawn_again(recogniser: Recogniser, tiny: TinyWhisper, sound: np.ndarray) -> None:
    windows = [cut(sound, window) for window in pack(audio.speech_spans(sound))[:3:2]]
    drawn = strict(recogniser.name, tiny).hear(windows, ENGLISH)
    again = strict(recogniser.name, tiny).hear(windows, ENGLISH)
    assert all(h.temperature for h in drawn)
    assert [h.text for h in drawn] == [h.text for h in again]


def test_what_openai_whisper_draws_for_a_window_depends_on_no_other(tiny: TinyWhisper, sound: np.ndarray) -> None:
    """A run that is resumed comes out as one that was not."""
    windows = [cut(sound, window) for window in pack(audio.speech_spans(sound))[:3:2]]
    opened = strict("whisper", tiny)
    together = opened.hear(windows, ENGLISH)
    apart = [opened.hear([one], ENGLISH)[0] for one in windows[::-1]][::-1]
    assert [h.text for h in together] == [h.text for h in apart]


def test_silence_is_told_from_speech(recogniser: Recogniser, sound: np.ndarray, cues: tuple[Segment, ...]) -> None:
    nothing = np.zeros(8 * SAMPLE_RATE, dtype=np.float32)
    speech, silence = recogniser.hear([windows_of(sound, cues)[0], nothing], ENGLISH)
    assert (speech.no_speech_prob or 0) < 0.1
    assert (silence.no_speech_prob or 0) > 0.6


def test_a_prompt_is_read(recogniser: Recogniser, sound: np.ndarray, cues: tuple[Segment, ...]) -> None:
    """The tiny model never learnt to read one: that its confidence changes shows that the decoder did."""
    window = windows_of(sound, cues)[:1]
    without, prompted = (
        recogniser.hear(window, Task(language="en", prompt=p))[0] for p in ("", "Glossary: simulacra, mesa-optimiser.")
    )
    assert without.avg_logprob != prompted.avg_logprob
    assert recogniser.count("simulacra") < recogniser.count("simulacra and mesa-optimisers")


def test_beams_are_a_choice(tiny: TinyWhisper, recogniser: Recogniser, sound: np.ndarray) -> None:
    model = tiny.checkpoint if recogniser.name == "whisper" else tiny.converted
    beams = open_recogniser(Setup(engine=recogniser.name, model=str(model), guards=Guards(beam_size=3)))
    window = [cut(sound, pack(audio.speech_spans(sound))[0])]
    assert beams.hear(window, ENGLISH)[0].text == recogniser.hear(window, ENGLISH)[0].text
    assert beams.recipe != recogniser.recipe


def test_no_windows_no_work(recogniser: Recogniser) -> None:
    assert recogniser.hear([], ENGLISH) == []


def test_an_unknown_language_is_one_line(recogniser: Recogniser) -> None:
    with pytest.raises(ScribeError, match=r"unknown language 'xx'; expected a code such as en or de"):
        recogniser.hear([np.zeros(SAMPLE_RATE, dtype=np.float32)], Task(language="xx"))


# ── Which recogniser ─────────────────────────────────────────────────────────────────────────


def test_auto_takes_the_engine_that_the_weights_are_for(tiny: TinyWhisper) -> None:
    assert open_recogniser(Setup(model=str(tiny.checkpoint))).name == "whisper"
    assert open_recogniser(Setup(model=str(tiny.converted))).name == "faster-whisper"


def test_an_unknown_engine_names_the_known() -> None:
    with pytest.raises(ScribeError, match=r"unknown engine 'hearsay'; known: auto, faster-whisper, whisper"):
        open_recogniser(Setup(engine="hearsay"))


@pytest.mark.parametrize("engine", ["whisper", "faster-whisper"])
def test_a_device_that_is_not_there_names_those_that_are(engine: str, tiny: TinyWhisper) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one here")
    model = tiny.checkpoint if engine == "whisper" else tiny.converted
    with pytest.raises(ScribeError, match=r"--device: expected one of auto, cpu for this engine, found 'cuda'"):
        open_recogniser(Setup(engine=engine, model=str(model), device="cuda"))


def test_a_plug_in_is_opened_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with an entry point of the group, installed as pip leaves it."""
    (tmp_path / "parrot.py").write_text(
        "class Parrot:\n"
        "    name, recipe, longest_s, batch, prompt_tokens = 'parrot', 'parrot 1', 10.0, 2, 0\n"
        "    def count(self, text): return len(text)\n"
        "    def detect(self, windows): return 'en', 1.0\n"
        "    def hear(self, windows, task):\n"
        "        from scribe.speech import Heard, Line\n"
        "        return [Heard(lines=(Line(text='Polly.', start=0, end=1),), end=len(w) / 16000) for w in windows]\n"
        "def open(setup, on_fetch): return Parrot()\n"
    )
    info = tmp_path / "parrot-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[scribe.recognisers]\nparrot = parrot:open\nbroken = parrot:nothing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    parrot = open_recogniser(Setup(engine="parrot"))
    hearing = transcribe(
        np.zeros(60 * SAMPLE_RATE, dtype=np.int16), [audio.voice.Span(start=0, end=25)], parrot, Task()
    )
    assert [s.text for s in hearing.segments] == ["Polly."] * 3
    with pytest.raises(ScribeError, match=r"engine 'broken' cannot be loaded: .*; install its package again"):
        open_recogniser(Setup(engine="broken"))
