import doctest
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from scribe import audio
from scribe.records import Span, Turn

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

TOKENS = 12
SECONDS = 6.0

CONTENDERS = [
    ("scribe", "whisper", False),
    ("scribe", "whisper", True),
    ("scribe", "faster-whisper", False),
    ("scribe", "faster-whisper", True),
    ("batched", "faster-whisper", False),
    ("batched", "faster-whisper", True),
    ("transcribe", "whisper", False),
]


class Here(Executor):
    """Runs at once, in this process: what is measured is of no interest here."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def here(_device: str) -> Here:
    return Here()


@pytest.fixture(scope="module")
def bench() -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield importlib.import_module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, bench: Callable[[str], ModuleType]) -> Path:
    """Recordings as the benchmark makes them, but short."""
    made = tmp_path_factory.mktemp("sound")
    sound = bench("speech_sound")
    for name in ("short.wav", "warm-up.wav"):
        sound.write_speech(made / name, SECONDS)
    sound.write_repeated(made / "long.wav", made / "short.wav", 2.5 * SECONDS)
    return made


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, bench: Callable[[str], ModuleType]) -> Any:
    module = bench("speech_weights")
    return module.write(module.SHAPES["micro"], TOKENS, tmp_path_factory.mktemp("weights"))


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, BENCHMARKS / "speech.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)


# ── What the weights write ───────────────────────────────────────────────────────────────────


def test_a_script_is_timestamps_around_text_that_whisper_may_write(bench: Callable[[str], ModuleType]) -> None:
    tokenizer = bench("speech_weights").whisper_tokenizer()
    for count in (3, 100, 220):
        first, *text, last = bench("speech_weights").script(count)
        assert len(text) == count - 2
        assert tokenizer.decode_with_timestamps([first, last]) == "<|0.00|><|29.00|>"
        assert max(text) < tokenizer.eot
        assert not set(text) & set(tokenizer.non_speech_tokens)
    with pytest.raises(ValueError, match="expected 3 to 220 tokens"):
        bench("speech_weights").script(221)


@pytest.mark.parametrize(("kind", "engine", "words"), CONTENDERS)
def test_every_system_writes_exactly_what_it_is_told_to(
    kind: str, engine: str, words: bool, weights: Any, folder: Path, bench: Callable[[str], ModuleType]
) -> None:
    systems = bench("speech_systems")
    system = systems.System(kind, weights, engine, words=words)
    took = systems.hear(system, folder / "short.wav")
    assert took.windows == 1
    assert took.seconds > 0
    other = system._replace(weights=bench("dataclasses").replace(weights, text="Something else."))
    with pytest.raises(RuntimeError, match=f"expected {TOKENS} tokens at temperature 0, 'Something else.', found"):
        systems.hear(other, folder / "short.wav")


def test_the_weights_are_heard_by_the_real_code_in_int8_with_guards(
    weights: Any, folder: Path, bench: Callable[[str], ModuleType]
) -> None:
    from scribe.speech import Setup, Task, open_recogniser

    recogniser = open_recogniser(Setup(engine="faster-whisper", model=str(weights.converted)))
    assert "int8" in recogniser.recipe
    sound = audio.decode(folder / "short.wav").astype(np.float32) / 32768
    assert recogniser.detect([sound])[0] == "en"
    (heard,) = recogniser.hear([sound], Task(language="en", word_times=False))
    assert heard.text == weights.text
    assert heard.avg_logprob == pytest.approx(0, abs=0.1)
    assert heard.no_speech_prob == pytest.approx(0, abs=0.1)
    assert 0 < (heard.compression_ratio or 0) < 2.4


# ── Figures ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("shape", "words", "prefix"), [("base", False, ""), ("tiny", True, "tiny_words_")])
def test_speed_has_its_figures(
    shape: str, words: bool, prefix: str, weights: Any, folder: Path, bench: Callable[[str], ModuleType]
) -> None:
    figures, lines = bench("speech").measure_speed(shape, weights, folder, repeat=1, words=words, process=here)
    names = {"scribe_whisper", "scribe_faster_whisper", "faster_whisper_batched"}
    expected = {"ratio_to_faster_whisper_batched", "cpu_ratio_to_faster_whisper_batched"}
    if not words:
        names |= {"whisper_transcribe"}
        expected |= {"speedup_over_whisper", "cpu_speedup_over_whisper", "speedup_over_whisper_on_whisper"}
    expected |= {f"{name}_{what}" for name in names for what in ("seconds", "cpu_seconds", "windows")}
    assert set(figures) == {f"{prefix}{name}" for name in expected}
    assert figures[f"{prefix}scribe_whisper_windows"] == 1
    assert figures[f"{prefix}ratio_to_faster_whisper_batched"] > 0
    assert [line.split()[0] for line in lines[2:]][:3] == ["scribe_whisper", "scribe_faster_whisper", "batched_8"]


def test_systems_are_compared_by_seconds_and_by_cpu_seconds(bench: Callable[[str], ModuleType]) -> None:
    took = bench("speech_systems").Took
    figures = bench("speech").compared(
        {
            "scribe_whisper": took(30.0, 60.0, 21),
            "scribe_faster_whisper": took(20.0, 36.0, 21),
            "whisper_transcribe": took(75.0, 90.0, 20),
            "faster_whisper_batched": took(25.0, 40.0, 19),
        }
    )
    assert figures["speedup_over_whisper"] == 3.75
    assert figures["speedup_over_whisper_on_whisper"] == 2.5
    assert figures["cpu_speedup_over_whisper"] == 2.5
    assert figures["ratio_to_faster_whisper_batched"] == 0.8
    assert figures["cpu_ratio_to_faster_whisper_batched"] == 0.9
    assert figures["faster_whisper_batched_windows"] == 19


def test_memory_has_its_figures(weights: Any, folder: Path, bench: Callable[[str], ModuleType]) -> None:
    figures, _ = bench("speech").measure_memory(weights, folder, minutes=0.1, hours=0.1, process=here)
    assert 0 < figures["memory_ratio_0.1h_to_0.1min"] < 1.01
    assert figures["memory_ratio_0.1h_to_0.1min"] == max(
        figures[f"{e}_memory_ratio"] for e in ("whisper", "faster_whisper")
    )
    assert figures["whisper_peak_mib_short"] > 50


def test_real_time_factors_have_their_figures(weights: Any, folder: Path, bench: Callable[[str], ModuleType]) -> None:
    figures, _ = bench("speech").measure_real_time(
        "large-v3", weights, folder, device="cpu", batches=(1, 2), seconds=SECONDS, process=here
    )
    names = ("scribe_whisper", "scribe_faster_whisper", "faster_whisper_batched")
    assert set(figures) == {f"large_v3_{name}_rtf_{batch}" for name in names for batch in (1, 2)}
    assert min(figures.values()) > 0


def test_the_long_recording_repeats_the_short_one_but_never_the_same(
    folder: Path, bench: Callable[[str], ModuleType]
) -> None:
    short, long = (audio.decode(folder / name).astype(float) for name in ("short.wav", "long.wav"))
    assert len(long) / audio.SAMPLE_RATE == 2.5 * SECONDS
    assert np.array_equal(long[: len(short)], short)
    second = long[len(short) : 2 * len(short)]
    assert np.abs(second - 0.99 * short).max() <= 1
    assert not np.array_equal(second, short)


# ── Speakers ─────────────────────────────────────────────────────────────────────────────────


def test_recordings_are_marked_by_their_rttm(tmp_path: Path, bench: Callable[[str], ModuleType]) -> None:
    speakers = bench("speech_speakers")
    assert speakers.marked(tmp_path) == []
    rows = ["SPEAKER b 1 0.5 1.25 <NA> <NA> Ada <NA> <NA>", "SPKR-INFO b 1", "SPEAKER c 1 0 1 <NA> <NA> Jan <NA> <NA>"]
    (tmp_path / "speakers.rttm").write_text("\n".join(rows), encoding="utf-8")
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).touch()
    (found,) = speakers.marked(tmp_path)
    assert found.path.name == "b.wav"
    assert found.turns == [Turn(speaker="Ada", start=0.5, end=1.75)]


def test_rates_add_seconds_over_recordings(bench: Callable[[str], ModuleType]) -> None:
    long, short = [Turn(speaker="A", start=0, end=9)], [Turn(speaker="A", start=0, end=1)]
    wrong = [Turn(speaker="x", start=0, end=0.5)]
    rates = bench("speech_speakers").rate([long, short], [long, wrong])
    assert rates.der == pytest.approx(0.05)
    assert rates.missed == pytest.approx(0.05)
    # Whoever is called A here is not who is called A there.
    assert bench("speech_speakers").rate([long, long], [long, long]).der == 0


def test_known_speech_is_the_union_of_turns(bench: Callable[[str], ModuleType]) -> None:
    turns = [Turn(speaker="A", start=4, end=5), Turn(speaker="A", start=0, end=2), Turn(speaker="B", start=1, end=3)]
    assert bench("speech_speakers").union(turns) == [Span(start=0, end=3), Span(start=4, end=5)]


# ── The program ──────────────────────────────────────────────────────────────────────────────


def test_absent_recordings_are_one_line_and_no_failure(tmp_path: Path) -> None:
    done = run("--json", "--data", tmp_path / "nowhere", "--skip", "speed,words,memory")
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stdout.splitlines() if str(tmp_path / "nowhere") in line]) == 1
    assert set(json.loads(done.stdout.splitlines()[-1])) == {"sample_der", "sample_der_single_speaker"}


def test_without_a_gpu_one_line_says_so() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is one")
    done = run("--json", "--device", "cuda")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["benchmarks/speech.py: no engine has cuda here; nothing measured"]


@pytest.mark.parametrize(
    ("flag", "known"), [("--skip", "speed, words, memory, diarisation"), ("--shapes", "micro, ti")]
)
def test_an_unknown_part_or_shape_is_named(flag: str, known: str) -> None:
    done = run(flag, "rogue")
    assert done.returncode == 2
    assert f"{flag}: unknown 'rogue'; known: {known}" in done.stderr


@pytest.mark.parametrize("name", ["speech_weights", "speech_sound", "speech_systems", "speech_speakers", "speech"])
def test_examples(name: str, bench: Callable[[str], ModuleType]) -> None:
    assert doctest.testmod(bench(name)).failed == 0
