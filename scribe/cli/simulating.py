"""A simulator is opened for a person, who is told what is fetched, who is shown the text, and what it took.

In: a spec, or all settings; a simulator's meter before and after a source. Out: the simulator, or the stages with it;
the difference, in words and as object.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from scribe.cli.sources import outcome_json, print_findings, print_json, print_outcome, progress, tell

if TYPE_CHECKING:
    from scribe.cli.options import Settings
    from scribe.pipeline import Outcome, Pipeline
    from scribe.simulators import Simulator, Usage


def opened(spec: str, settings: Settings) -> Simulator:
    """Open a simulator, showing how its weights come along if they are fetched; raises ScribeError.

    Where what it is shown leaves this machine, that is said: a spec may stand in a scribe.toml of somebody else's.
    """
    from scribe.simulators import destination, open_simulator

    with progress(spec) as shown:
        simulator = open_simulator(spec, device=settings.device, quantise=settings.quantise, on_progress=shown.step)
    if place := destination(spec):
        tell(f"  what is read goes to {place}")
    return simulator


def pipeline_of(settings: Settings, *, doubtful: bool) -> Pipeline:
    """The stages with what the settings name, open; raises ScribeError."""
    from scribe.pipeline import Listener, Pipeline

    return Pipeline(
        settings.workspace,
        simulator=opened(settings.simulator, settings),
        merge=settings.merge,
        frames_folder=settings.frames,
        voices=settings.voices,
        listener=Listener(settings.workspace, settings.listening()),
        doubtful=doubtful,
        embeddings=settings.embeddings,
        warn=tell,
    )


def specs_of(text: str) -> list[str]:
    """The specs of a list such as `--simulators`: a comma ends one where a kind of simulator follows it.

    >>> specs_of("extract, hf:folder?device=cpu,dtype=bfloat16")
    ['extract', 'hf:folder?device=cpu,dtype=bfloat16']
    """
    from scribe.simulators import SPECS

    return [spec.strip() for spec in re.split(rf",(?=\s*(?:{'|'.join(SPECS)})(?:[:,]|\s*$))", text)]


def spent(before: Usage | None, after: Usage | None) -> dict[str, Any] | None:
    """What was counted in between, by the names of `Usage`; None for a simulator that counts nothing."""
    if after is None:
        return None
    counted = after.model_dump()
    for name, value in before.model_dump().items() if before else ():
        if value is not None and counted[name] is not None:
            counted[name] -= value
    return counted


def print_made(outcome: Outcome, usage: dict[str, Any] | None, *, as_json: bool) -> None:
    """Say what was made, what the linter found in it, and what that took; for machines as one object."""
    if as_json:
        print_json({**outcome_json(outcome), "usage": usage})
        return
    print_outcome(outcome)
    print_findings(outcome)
    tell_usage(usage)


def tell_usage(usage: dict[str, Any] | None) -> None:
    """Say what the simulator took, where it counts that and was asked anything."""
    if usage and usage["requests"]:
        tell(f"  {in_words(usage)}")


def in_words(usage: dict[str, Any]) -> str:
    """One line for a person.

    >>> in_words({"requests": 9, "retries": 3, "prompt_tokens": 12300, "cached_tokens": 9000,
    ...           "completion_tokens": 2100, "cost_usd": 0.0123})
    '12,300 tokens read (9,000 of them from a cache), 2,100 written, 3 retries, $0.012'
    """
    read = f"{usage['prompt_tokens']:,} tokens read"
    if usage["cached_tokens"]:
        read += f" ({usage['cached_tokens']:,} of them from a cache)"
    parts = [read, f"{usage['completion_tokens']:,} written"]
    if usage["retries"]:
        parts.append(f"{usage['retries']:,} {'retry' if usage['retries'] == 1 else 'retries'}")
    if usage["cost_usd"] is not None:
        parts.append(f"${usage['cost_usd']:.3f}")
    return ", ".join(parts)
