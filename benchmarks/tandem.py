"""Many voices after one scene: what they cost beside one voice, and beside as many calls of `generate()`.

    python benchmarks/tandem.py --json

In: nothing but Scribe: a model of a real shape with random weights is made here (`tandem_model`), and so are scenes,
cues and continuations. Out: a table, and with `--json` one object of named figures as the last line. With `--device
cuda` tokens per second and the memory bandwidth that decoding makes use of are measured, too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tandem_model import SHAPES, continuations, prompts, save_model, scene

from scribe.records import Prompt, Sampling
from scribe.simulators import open_simulator
from scribe.simulators.hf import HF

VOICES = 8
CONTINUATION_TOKENS = 30

PARTS = ("voices", "memory", "scoring")

Figures = dict[str, float | bool]


@dataclass(frozen=True)
class Size:
    """How much is written after how much."""

    scene: int = 2200
    """Tokens."""
    tokens: int = 64
    """Written by each voice."""
    continuations: int = 64
    full: int = 8
    """Continuations that are also scored by full passes; the time for all is reckoned from theirs."""


def measure_voices(simulator: HF, size: Size, *, repeat: int) -> Figures:
    """Seconds for eight voices in tandem, for one, and for eight calls of `generate()`; the best of `repeat` each.

    No two measurements share a scene, so none finds it read already; all but the first of each kind are warm.
    """
    how = Sampling(max_tokens=size.tokens, temperature=0)
    tandem, one, calls, same = [], [], [], True
    for run in range(repeat):
        say(f"voices: run {run + 1} of {repeat}")
        asked = prompts(scene(simulator, size.scene, seed=2 * run), VOICES)
        began = time.perf_counter()
        drawn = simulator.sample(asked, how)
        tandem.append(time.perf_counter() - began)
        alone = prompts(scene(simulator, size.scene, seed=2 * run + 1), 1)
        began = time.perf_counter()
        simulator.sample(alone, how)
        one.append(time.perf_counter() - began)
        took, texts = generate_each(simulator, asked, size.tokens)
        calls.append(took)
        same &= texts == [completion.text for (completion,) in drawn]
    return {
        "voices8_seconds": min(tandem),
        "voice1_seconds": min(one),
        "generate8_seconds": min(calls),
        "voices8_over_voice1": min(tandem) / min(one),
        "separate_over_tandem": min(calls) / min(tandem),
        "same_tokens": same,
    }


def generate_each(simulator: HF, asked: Sequence[Prompt], tokens: int) -> tuple[float, list[str]]:
    """Seconds for a call of transformers' `generate()` for each prompt, and the texts; with torch's own attention."""
    import torch

    shared = simulator.model.config._attn_implementation
    simulator.model.set_attn_implementation("sdpa")
    texts = []
    began = time.perf_counter()
    for one in asked:
        before, after = simulator.tokens.prompt(one)
        ids = torch.tensor([[*before, *after]], device=simulator.model.device)
        out = simulator.model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False, pad_token_id=1
        )
        texts.append(simulator.tokens.text(out[0, ids.shape[1] :].tolist()).rstrip("\N{REPLACEMENT CHARACTER}"))
    took = time.perf_counter() - began
    simulator.model.set_attn_implementation(shared)
    return took, texts


def peak_mib(folder: str, device: str, voices: int, size: Size) -> float:
    """Largest resident set of this process, or largest allocation on a GPU, after so many voices."""
    import resource

    import torch

    simulator = opened(folder, device)
    simulator.sample(
        prompts(scene(simulator, size.scene, seed=0), voices),
        Sampling(max_tokens=size.tokens, temperature=0),
    )
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure_memory(folder: Path, device: str, size: Size) -> Figures:
    """Peak memory of eight voices and of one, each in a process of its own."""
    peaks = {}
    for voices in (1, VOICES):
        say(f"memory: {voices} voices")
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks[voices] = pool.submit(peak_mib, str(folder), device, voices, size).result()
    return {
        "voice1_peak_mib": peaks[1],
        "voices8_peak_mib": peaks[VOICES],
        "memory_ratio_to_one_voice": peaks[VOICES] / peaks[1],
    }


def measure_scoring(simulator: HF, size: Size, *, repeat: int) -> Figures:
    """Seconds to score continuations after a scene read once, and by a full pass for each; and how far they differ.

    A full pass gives logits at every token, as a model does unless told otherwise; a *trimmed* one only where they are
    needed.
    """
    texts = continuations(simulator, size.continuations, CONTINUATION_TOKENS)
    share = len(texts) / min(size.full, len(texts))
    took: dict[str, list[float]] = {"scoring": [], "full_passes": [], "trimmed_passes": []}
    of_token, of_text, tokens = 0.0, 0.0, 0
    for run in range(repeat):
        say(f"scoring: run {run + 1} of {repeat}")
        prefix = scene(simulator, size.scene, seed=100 + run)
        began = time.perf_counter()
        scores = simulator.score(prefix, texts)
        took["scoring"].append(time.perf_counter() - began)
        tokens = sum(score.tokens for score in scores)
        for name in ("full_passes", "trimmed_passes"):
            began = time.perf_counter()
            passed = pass_each(simulator, prefix, texts[: size.full], trimmed=name == "trimmed_passes")
            took[name].append((time.perf_counter() - began) * share)
        for found, score in zip(passed, scores, strict=False):
            differences = [a - b for a, b in zip(found, score.token_logprobs, strict=True)]
            of_token = max(of_token, *map(abs, differences))
            of_text = max(of_text, abs(sum(differences)))
    best = {f"{name}_seconds": min(seconds) for name, seconds in took.items()}
    return best | {
        "scoring_speedup": best["full_passes_seconds"] / best["scoring_seconds"],
        "scoring_speedup_over_trimmed": best["trimmed_passes_seconds"] / best["scoring_seconds"],
        "scored_tokens": tokens,
        "score_noise_floor": of_token,
        "score_noise_of_a_text": of_text,
    }


def pass_each(simulator: HF, prefix: str, texts: Sequence[str], *, trimmed: bool) -> list[list[float]]:
    """Log-probabilities of each text's tokens, by one pass over prefix and text each, with torch's own attention."""
    import torch

    shared = simulator.model.config._attn_implementation
    simulator.model.set_attn_implementation("sdpa")
    before = simulator.tokens.document(prefix)
    found = []
    for text in texts:
        after = simulator.tokens.after_newline(text)
        ids = torch.tensor([[*before, *after]], device=simulator.model.device)
        with torch.inference_mode():
            logits = simulator.model(ids, use_cache=False, logits_to_keep=len(after) + 1 if trimmed else 0).logits
        told = torch.log_softmax(logits[0, -len(after) - 1 : -1].float(), -1)
        found.append(told.gather(-1, ids[0, len(before) :, None])[:, 0].tolist())
    simulator.model.set_attn_implementation(shared)
    return found


def measure_bandwidth(simulator: HF, size: Size, *, rows: int = 64) -> Figures:
    """On a GPU: tokens per second of many rows, beside `generate()` with a padded batch, and the bandwidth made use of.

    Bandwidth utilisation is the bytes that decoding must read (all weights and the scene's keys and values once a step,
    each row's own once) a second, over the bytes a second of a plain copy on the same card.
    """
    import torch

    how = Sampling(max_tokens=size.tokens, temperature=0)
    asked = prompts(scene(simulator, size.scene, seed=500), rows)
    simulator.sample(prompts(scene(simulator, 200, seed=501), 2), how)
    torch.cuda.synchronize()
    began = time.perf_counter()
    simulator.sample(asked, how)
    took = time.perf_counter() - began
    weights = sum(p.numel() * p.element_size() for p in simulator.model.parameters())
    shown = simulator._read_scene(tuple(simulator.tokens.prompt(asked[0])[0]))
    one = shown.size / len(shown.ids)
    read = weights + shown.size + rows * (CONTINUATION_TOKENS + size.tokens / 2) * one
    began = time.perf_counter()
    padded(simulator, asked, size.tokens)
    plain = time.perf_counter() - began
    return {
        "tandem_tokens_per_second": rows * size.tokens / took,
        "generate_tokens_per_second": rows * size.tokens / plain,
        "bandwidth_utilisation": read * size.tokens / took / _copied_a_second(),
    }


def padded(simulator: HF, asked: Sequence[Prompt], tokens: int) -> None:
    """One call of `generate()` with all prompts, padded on the left."""
    import torch

    rows = [[*before, *after] for before, after in map(simulator.tokens.prompt, asked)]
    longest = max(map(len, rows))
    ids = torch.tensor([[1] * (longest - len(row)) + row for row in rows], device=simulator.model.device)
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=simulator.model.device)
    shared = simulator.model.config._attn_implementation
    simulator.model.set_attn_implementation("sdpa")
    simulator.model.generate(ids, attention_mask=mask, max_new_tokens=tokens, do_sample=False, pad_token_id=1)
    simulator.model.set_attn_implementation(shared)


def _copied_a_second() -> float:
    """Bytes read and written a second by copying a gibibyte on the GPU."""
    import torch

    source = torch.empty(2**30, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    target.copy_(source)
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(20):
        target.copy_(source)
    torch.cuda.synchronize()
    return 20 * 2 * 2**30 / (time.perf_counter() - began)


def opened(folder: str, device: str) -> HF:
    """The simulator as users open it, its model loaded."""
    simulator = open_simulator(f"hf:{folder}?as=base", device=device)
    assert isinstance(simulator, HF)
    _ = simulator.model
    return simulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, and print it."""
    options = _parser().parse_args(arguments)
    size = Size(options.scene, options.tokens, options.continuations, options.full)
    figures: Figures = {}
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as scribe sets it, before torch is loaded to make the model
    with tempfile.TemporaryDirectory() as made:
        folder = save_model(Path(made) / options.shape, options.shape, context=options.scene + 1024)
        if "memory" not in options.skip:
            figures |= measure_memory(folder, options.device, size)
        simulator = opened(str(folder), options.device)
        # Libraries set themselves up in the first call.
        simulator.sample(prompts(scene(simulator, 50, seed=999), 2), Sampling(max_tokens=2))
        if "voices" not in options.skip:
            figures |= measure_voices(simulator, size, repeat=options.repeat)
        if "scoring" not in options.skip:
            figures |= measure_scoring(simulator, size, repeat=options.repeat)
        if options.device == "cuda":
            figures |= measure_bandwidth(simulator, size)
    rounded = {name: value if isinstance(value, bool) else _rounded(value) for name, value in figures.items()}
    for name, value in rounded.items():
        print(f"{name:28} {value}")
    if options.json:
        print(json.dumps({"shape": options.shape, "device": options.device, **rounded}))
    return 0


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    parser.add_argument("--shape", choices=SHAPES, default="120m", help="of the model")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), default="cpu")
    parser.add_argument("--scene", type=int, default=Size.scene, help="tokens that all voices share")
    parser.add_argument("--tokens", type=int, default=Size.tokens, help="tokens that each voice writes")
    parser.add_argument("--continuations", type=int, default=Size.continuations, help="how many are scored")
    parser.add_argument("--full", type=int, default=Size.full, help="how many of them are also scored by full passes")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each; the best counts")
    parser.add_argument("--skip", type=lambda text: text.split(","), default=[], help=f"any of {','.join(PARTS)}")
    return parser


def say(line: str) -> None:
    """Tell a person how far it is."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
