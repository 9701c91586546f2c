"""The systems that are compared, each as its users call it, and how long each takes.

In: weights of `speech_weights` and a recording. Out: seconds, and the number of windows. Each system runs in a process
of its own, on two cores, and whatever writes other tokens than the weights were told to is an error: it would have
measured something else.
"""

from __future__ import annotations

import copy
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from speech_weights import Weights

from scribe import audio, speech
from scribe.shelf.journal import Journal
from scribe.speech import Setup, Task

THREADS = 2

T = TypeVar("T")
Kind = Literal["scribe", "transcribe", "batched"]
"""Scribe; openai-whisper's `transcribe`; faster-whisper's `BatchedInferencePipeline`."""


class System(NamedTuple):
    """One contender with its settings."""

    kind: Kind
    weights: Weights
    engine: Literal["whisper", "faster-whisper"]
    batch: int = 0
    """Windows decoded together; 0 is the default."""
    words: bool = False
    """Whether it finds times for words."""
    device: str = "cpu"


class Took(NamedTuple):
    """One recording, heard."""

    seconds: float
    cpu_seconds: float
    windows: int


class Written(NamedTuple):
    """What a system wrote for a window."""

    text: str
    tokens: Sequence[int] | None
    """None where it does not say."""
    temperature: float | None


Process = Callable[[str], Executor]
"""Starts a process to measure on a device in."""

Heard = Callable[[], list[Written]]
"""Reads what was written; not part of what is measured."""


def hear(system: System, sound: Path) -> Took:
    """Hear a recording with a system; raises RuntimeError where it writes what it should not."""
    listen = _opened(system)
    began, began_cpu = time.perf_counter(), time.process_time()
    heard = listen(sound)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    written = heard()
    _check(system, written)
    return Took(seconds, cpu_seconds, len(written))


def interleaved(
    systems: Mapping[str, System],
    sound: Path,
    *,
    warm_up: Path,
    repeat: int,
    say: Callable[[str], None],
    process: Process | None = None,
) -> dict[str, Took]:
    """The least seconds, and the least CPU seconds, of `repeat` runs of each system.

    They take turns, so that a busy minute does not hit one alone. What neighbours on the machine do is only ever added.
    Loading, and the first half minute that a process hears, are not measured.
    """
    took: dict[str, list[Took]] = {name: [] for name in systems}
    with ExitStack() as stack:
        pools = {
            name: stack.enter_context((process or fresh_process)(system.device)) for name, system in systems.items()
        }
        for name, system in systems.items():
            pools[name].submit(hear, system, warm_up).result()
        for n in range(repeat):
            for name, system in systems.items():
                took[name].append(pools[name].submit(hear, system, sound).result())
                say(f"{name}, {n + 1} of {repeat}: {took[name][-1].seconds:.1f} s")
    return {name: Took(*map(min, zip(*runs, strict=True))) for name, runs in took.items()}


def peak_mib(system: System, sound: Path) -> float:
    """Largest resident set of this process in MiB after it has heard a recording."""
    import resource

    hear(system, sound)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def apart(function: Callable[..., T], *arguments: Any, process: Process | None = None) -> T:
    """What `function` returns in a process of its own."""
    with (process or fresh_process)("cpu") as pool:
        return pool.submit(function, *arguments).result()


def fresh_process(device: str = "cpu") -> ProcessPoolExecutor:
    """A new interpreter that lives until it is closed; on the CPU it has two cores."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_settle, initargs=(device,))


def _settle(device: str) -> None:
    # As `scribe` does before it loads torch. Threads that spin while they wait take the cores from each other.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    if device == "cpu" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def _check(system: System, written: Sequence[Written]) -> None:
    wanted = system.weights
    if not written:
        raise RuntimeError(f"{system.kind} on {system.engine}: expected windows of speech, found none")
    for n, found in enumerate(written):
        if (found.text, found.temperature) != (wanted.text, 0.0) or found.tokens not in (None, wanted.tokens):
            raise RuntimeError(
                f"{system.kind} on {system.engine}, window {n}: expected {len(wanted.tokens)} tokens at temperature 0, "
                f"{wanted.text!r}, found {found}; what was measured is not what is compared"
            )


# ── How each is called ───────────────────────────────────────────────────────────────────────


def _opened(system: System) -> Callable[[Path], Heard]:
    """The system, loaded once in a process."""
    model = _model(system.kind, system.weights, system.engine, system.device)
    return {"scribe": _scribe, "transcribe": _transcribe, "batched": _batched}[system.kind](model, system)


@cache
def _model(kind: Kind, weights: Weights, engine: str, device: str) -> Any:
    path = weights.checkpoint if engine == "whisper" else weights.converted
    if kind == "scribe":
        return speech.open_recogniser(Setup(engine=engine, model=str(path), device=device, threads=THREADS))
    if engine == "whisper":
        import torch
        import whisper

        torch.set_num_threads(THREADS)
        return whisper.load_model(str(path), device=device)
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    compute_type = "int8" if device == "cpu" else "float16"
    model = WhisperModel(str(path), device=device, compute_type=compute_type, cpu_threads=THREADS)
    return BatchedInferencePipeline(model)


class _Seen(Journal):
    """The journal of `scribe run`, which also remembers what was put in."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.seen: list[str] = []

    def put(self, key: str, value: str) -> None:
        super().put(key, value)
        self.seen.append(value)


def _scribe(recogniser: Any, system: System) -> Callable[[Path], Heard]:
    """What `scribe run` does with a recording until it has segments."""
    recogniser = copy.copy(recogniser)
    recogniser.batch = system.batch or recogniser.batch
    task = Task(language="en", word_times=system.words)

    def listen(sound: Path) -> Heard:
        with tempfile.TemporaryDirectory() as folder:
            journal = _Seen(Path(folder) / "heard.jsonl")
            samples = audio.decode(sound)
            hearing = speech.transcribe(samples, audio.speech_spans(samples), recogniser, task, kept=journal)
        if hearing.resumed:
            raise RuntimeError(
                f"{sound}: expected windows that all differ, found {hearing.resumed} that had been heard"
            )
        return lambda: [_heard(json.loads(value)) for value in journal.seen]

    return listen


def _heard(value: dict[str, Any]) -> Written:
    """A window as the journal keeps it."""
    text = " ".join(line["text"].strip() for line in value.get("lines", ()))
    return Written(text, None, None if value.get("failed") else value.get("temperature"))


def _transcribe(model: Any, system: System) -> Callable[[Path], Heard]:
    """openai-whisper as it is, but for text before each window. It opens files by ffmpeg: it is given samples."""

    def listen(sound: Path) -> Heard:
        found = model.transcribe(
            _decoded(sound),
            language="en",
            condition_on_previous_text=False,
            word_timestamps=system.words,
            fp16=system.device != "cpu",
        )
        return lambda: [Written(s["text"].strip(), tuple(s["tokens"]), s["temperature"]) for s in found["segments"]]

    return listen


@lru_cache(maxsize=2)
def _decoded(sound: Path) -> Any:
    return audio.decode(sound).astype("float32") / 32768


def _batched(pipeline: Any, system: System) -> Callable[[Path], Heard]:
    """faster-whisper's batches as they are, but that they write timestamps and have one beam, as all do here."""

    def listen(sound: Path) -> Heard:
        segments, _ = pipeline.transcribe(
            str(sound),
            language="en",
            beam_size=1,
            without_timestamps=False,
            word_timestamps=system.words,
            batch_size=system.batch or 8,
        )
        found = list(segments)
        return lambda: [Written(s.text.strip(), tuple(s.tokens), s.temperature) for s in found]

    return listen
