"""Hearing side by side with peers: how fast, how large, and who spoke when.

    python benchmarks/speech.py --json

In: nothing but Scribe for speed and memory: weights are random (`speech_weights`) and the sound is synthetic
(`speech_sound`); a folder of recordings with their speakers for diarisation. Out: a table, and with `--json` one object
of named figures as the last line. With `--device cuda` only the real-time factor on a GPU is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import speech_sound
import speech_weights
from speech_systems import Process, System, Took, apart, fresh_process, hear, interleaved, peak_mib
from speech_weights import SHAPES, Weights

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DATA = ROOT.parent / "shared" / "data" / "audio"

PARTS = ("speed", "words", "memory", "diarisation")

HEADLINE = "base"
"""The shape whose figures have plain names; those of others begin with the shape's."""

PEER_BATCHES = (8, 16)
"""Of faster-whisper's pipeline, which is given the better one."""

GPU_SHAPE, GPU_BATCHES = "large-v3", (1, 2, 4, 8, 16, 32)

MEMORY_TOKENS = 20
"""Written for each window of the long recording, to be done soon."""

WARM_UP_S = 30

Figures = dict[str, float]


def measure_speed(
    shape: str, weights: Weights, folder: Path, *, repeat: int, words: bool = False, process: Process | None = None
) -> tuple[Figures, list[str]]:
    """Seconds of every system for the same recording, and how they compare; with `words` all find times for words."""
    systems = {
        "scribe_whisper": System("scribe", weights, "whisper", words=words),
        "scribe_faster_whisper": System("scribe", weights, "faster-whisper", words=words),
    } | {f"batched_{n}": System("batched", weights, "faster-whisper", n, words=words) for n in PEER_BATCHES}
    if not words:
        systems["whisper_transcribe"] = System("transcribe", weights, "whisper")
    sound, warm_up = folder / "short.wav", folder / "warm-up.wav"
    took = interleaved(
        systems, sound, warm_up=warm_up, repeat=repeat, say=lambda line: say(f"{shape}: {line}"), process=process
    )
    title = f"{shape}, {len(weights.tokens)} tokens a window{', with times of words' if words else ''}"
    lines = ["", title, *(_row(name, one) for name, one in took.items())]
    took["faster_whisper_batched"] = min(took.pop(f"batched_{n}") for n in PEER_BATCHES)
    prefix = "" if shape == HEADLINE else f"{shape}_"
    figures = compared(took)
    return {f"{prefix}{'words_' * words}{name}": round(value, 3) for name, value in figures.items()}, lines


def compared(took: Mapping[str, Took]) -> Figures:
    """The figures of one recording heard by all."""
    figures: Figures = {}
    for name, one in took.items():
        figures |= {f"{name}_seconds": one.seconds, f"{name}_cpu_seconds": one.cpu_seconds}
        figures[f"{name}_windows"] = one.windows
    peer, ours = took["faster_whisper_batched"], took["scribe_faster_whisper"]
    figures["ratio_to_faster_whisper_batched"] = ours.seconds / peer.seconds
    figures["cpu_ratio_to_faster_whisper_batched"] = ours.cpu_seconds / peer.cpu_seconds
    if whisper := took.get("whisper_transcribe"):
        best = min(ours, took["scribe_whisper"])
        figures["speedup_over_whisper"] = whisper.seconds / best.seconds
        figures["cpu_speedup_over_whisper"] = whisper.cpu_seconds / best.cpu_seconds
        figures["speedup_over_whisper_on_whisper"] = whisper.seconds / took["scribe_whisper"].seconds
    return figures


def measure_memory(
    weights: Weights, folder: Path, *, minutes: float, hours: float, process: Process | None = None
) -> tuple[Figures, list[str]]:
    """Peak memory of both engines for a short and a long recording; the samples of the long one are taken off.

    Every recording is heard in a process of its own; this one stays small, for Linux hands its size down to them.
    """
    figures: Figures = {}
    lines = ["", f"peak memory for {minutes:g} min and {hours:g} h"]
    samples_mib = hours * 3600 * 16_000 * 2 / 2**20
    ratios = {}
    for engine in ("faster-whisper", "whisper"):
        system = System("scribe", weights, engine)
        say(f"memory: {engine}, {minutes:g} min")
        short = apart(peak_mib, system, folder / "short.wav", process=process)
        say(f"memory: {engine}, {hours:g} h")
        long = apart(peak_mib, system, folder / "long.wav", process=process)
        ratios[engine] = (long - samples_mib) / short
        name = engine.replace("-", "_")
        figures |= {f"{name}_peak_mib_short": round(short, 1), f"{name}_peak_mib_long": round(long, 1)}
        figures[f"{name}_memory_ratio"] = round(ratios[engine], 3)
        lines.append(f"{name:24} {short:8.0f} MiB {long:8.0f} MiB, {samples_mib:.0f} of it samples")
    return figures | {f"memory_ratio_{hours:g}h_to_{minutes:g}min": round(max(ratios.values()), 3)}, lines


def measure_real_time(
    shape: str,
    weights: Weights,
    folder: Path,
    *,
    device: str,
    batches: Sequence[int],
    seconds: float,
    process: Process = fresh_process,
) -> tuple[Figures, list[str]]:
    """Seconds needed for a second of sound, by batch size. An engine that has no such device is left out."""
    figures: Figures = {}
    lines = ["", f"{shape} on {device}: seconds for a second of sound, by batch", f"{'':24}" + _cells(batches, "d")]
    for name, kind, engine in (
        ("scribe_whisper", "scribe", "whisper"),
        ("scribe_faster_whisper", "scribe", "faster-whisper"),
        ("faster_whisper_batched", "batched", "faster-whisper"),
    ):
        if not has_device(engine, device):
            say(f"benchmarks/speech.py: {engine} has no {device} here; {name} left out")
            continue
        system = System(kind, weights, engine, device=device)
        with process(device) as pool:
            pool.submit(hear, system, folder / "warm-up.wav").result()
            took = [pool.submit(hear, system._replace(batch=n), folder / "short.wav").result() for n in batches]
        factors = [one.seconds / seconds for one in took]
        prefix = shape.replace("-", "_")
        figures |= {f"{prefix}_{name}_rtf_{n}": round(f, 5) for n, f in zip(batches, factors, strict=True)}
        lines.append(f"{name:24}" + _cells(factors, ".4f"))
    return figures, lines


def has_device(engine: str, device: str) -> bool:
    """Whether an engine can use a device here."""
    if device == "cpu":
        return True
    if engine == "whisper":
        import torch

        return torch.cuda.is_available()
    import ctranslate2

    return bool(ctranslate2.get_cuda_device_count())


def main() -> None:
    """Measure the parts asked for and print them."""
    options = parse_arguments()
    figures: Figures = {}
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        for part in (_on_gpu,) if options.device != "cpu" else (_memory, _speed, _diarisation):
            found, shown = part(options, Path(made))
            figures |= found
            lines += shown
    print("\n".join([*lines, *(["", *table(figures)] if figures else [])]).lstrip("\n"))
    if options.json and figures:
        print(json.dumps(figures))


def _speed(options: argparse.Namespace, folder: Path) -> tuple[Figures, list[str]]:
    figures: Figures = {}
    lines: list[str] = []
    parts = [words for words, part in ((False, "speed"), (True, "words")) if part not in options.skip]
    for shape in options.shapes if parts else ():
        weights = _prepared(options, folder, shape, options.tokens)
        for words in parts:
            if not words or shape == options.shapes[-1]:
                repeat = 1 if words else options.repeat
                found, shown = measure_speed(shape, weights, folder, repeat=repeat, words=words)
                figures |= found
                lines += shown
    return figures, lines


def _memory(options: argparse.Namespace, folder: Path) -> tuple[Figures, list[str]]:
    if "memory" in options.skip:
        return {}, []
    weights = _prepared(options, folder, options.shapes[0], min(options.tokens, MEMORY_TOKENS))
    apart(speech_sound.write_repeated, folder / "long.wav", folder / "short.wav", options.hours * 3600)
    found = measure_memory(weights, folder, minutes=options.minutes, hours=options.hours)
    (folder / "long.wav").unlink()
    return found


def _diarisation(options: argparse.Namespace, _: Path) -> tuple[Figures, list[str]]:
    if "diarisation" in options.skip:
        return {}, []
    import speech_speakers

    figures, lines = speech_speakers.measure_sample()
    if not speech_speakers.marked(options.data):
        left_out = f"benchmarks/speech.py: no WAV files with a {speech_speakers.RTTM} in {options.data}; left out"
        return figures, ["", *lines, left_out]
    found, shown = speech_speakers.measure(options.data, say)
    return found | figures, ["", *shown, *lines]


def _on_gpu(options: argparse.Namespace, folder: Path) -> tuple[Figures, list[str]]:
    if not any(has_device(engine, options.device) for engine in ("whisper", "faster-whisper")):
        return {}, [f"benchmarks/speech.py: no engine has {options.device} here; nothing measured"]
    weights = _prepared(options, folder, GPU_SHAPE, options.tokens)
    return measure_real_time(
        GPU_SHAPE, weights, folder, device=options.device, batches=GPU_BATCHES, seconds=options.minutes * 60
    )


def _prepared(options: argparse.Namespace, folder: Path, shape: str, tokens: int) -> Weights:
    """Weights for a shape, and the sound, made in other processes."""
    if not (folder / "short.wav").exists():
        made_by = apart(speech_sound.write_speech, folder / "short.wav", options.minutes * 60)
        say(f"{options.minutes:g} min of speech by {made_by}")
        apart(speech_sound.write_speech, folder / "warm-up.wav", min(WARM_UP_S, options.minutes * 60))
    say(f"weights of {shape}")
    return apart(speech_weights.write, SHAPES[shape], tokens, Path(tempfile.mkdtemp(dir=folder)))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="folder of WAV files with a speakers.rttm")
    parser.add_argument("--skip", default="", help=f"parts to leave out: {','.join(PARTS)}")
    parser.add_argument("--shapes", default="tiny,base", help=f"smallest first: {','.join(SHAPES)}")
    parser.add_argument("--minutes", type=float, default=10, help="length of the short recording")
    parser.add_argument("--hours", type=float, default=4, help="length of the long recording")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each system for the part speed")
    parser.add_argument("--tokens", type=int, default=100, help="written for each window")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help=f"cuda: {GPU_SHAPE} on a GPU")
    options = parser.parse_args()
    options.skip, options.shapes = options.skip.split(","), options.shapes.split(",")
    for flag, given, known in (("--skip", options.skip, ("", *PARTS)), ("--shapes", options.shapes, tuple(SHAPES))):
        if strangers := set(given) - set(known):
            parser.error(f"{flag}: unknown {min(strangers)!r}; known: {', '.join(filter(None, known))}")
    return options


def table(figures: Figures) -> list[str]:
    """The figures for a reader, one a line."""
    return [f"{name:48} {value:12.3f}" for name, value in figures.items()]


def _row(name: str, took: Took) -> str:
    each = took.seconds / took.windows
    return (
        f"{name:24} {took.seconds:8.1f} s {took.cpu_seconds:8.1f} s of CPU {took.windows:4} windows {each:7.2f} s each"
    )


def _cells(values: Sequence[float], form: str) -> str:
    return "".join(f"{value:>9{form}}" for value in values)


def say(line: str) -> None:
    """Tell a person who waits; the figures go to standard output."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
