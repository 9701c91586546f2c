"""Simulators continue documents: prompts in, completions and log-probabilities out.

Each simulator lives in a module of its own, imported when its spec is opened. They are handed
prompts and know nothing of files, transcripts or notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from scribe.records import Completion, Prompt, Record, Sampling, ScribeError

SPECS = ("extract",)
"""The specs that `open_simulator` knows."""


class CannotScore(ScribeError):  # noqa: N818 (the name on the design page)
    """The simulator has no log-probabilities to give."""


class Score(Record):
    """Log-probability of one continuation, in nats, summed over its tokens."""

    logprob: float
    tokens: int


@runtime_checkable
class Simulator(Protocol):
    """Something that continues documents."""

    @property
    def name(self) -> str:
        """The spec it was opened with."""

    @property
    def recipe(self) -> str:
        """Everything that changes its outputs, in one line."""

    @property
    def context(self) -> int:
        """How many tokens a prompt and its completion may have together."""

    def count(self, text: str) -> int:
        """Tokens in `text`."""

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt `sampling.samples` times: one list per prompt, same order."""

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """Score each continuation after `prefix`, same order; raise CannotScore if that is impossible."""


def open_simulator(spec: str) -> Simulator:
    """Open the simulator that `spec` names; raise ScribeError for a spec nobody knows."""
    if spec == "extract":
        from scribe.simulators.extract import Extract

        return Extract()
    raise ScribeError(f"unknown simulator {spec!r}; known: {', '.join(SPECS)}")
