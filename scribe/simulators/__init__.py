"""Simulators continue documents: prompts in, completions and log-probabilities out.

Each simulator lives in a module of its own, imported when its spec is opened. They are handed
prompts and know nothing of files, transcripts or notes.

In reading order: this file (what a simulator is), `specs` (how one is named), `extract` and what it reads with
(`reading`, `utterances`, `salience`, `phrases`, `kinds`), `hf` (models of transformers), `openai_api` (servers),
`langchain_models` with `integrations` and `langchain_results`; for the last two `answers` (what of a reply is text) and
`counting` (tokens where no tokenizer is at hand).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from scribe.records import Completion, Prompt, Record, Sampling, ScribeError
from scribe.simulators.specs import SPECS, OnProgress, Spec, destination, parse_spec

__all__ = [
    "SPECS",
    "Branching",
    "CannotScore",
    "Metered",
    "OnProgress",
    "Piece",
    "Score",
    "Simulator",
    "Spec",
    "Streaming",
    "Usage",
    "branched",
    "destination",
    "draw_of",
    "open_simulator",
    "parse_spec",
]


class CannotScore(ScribeError):  # noqa: N818 (the name on the design page)
    """The simulator has no log-probabilities to give."""


class Score(Record):
    """Log-probabilities of one continuation after a prefix."""

    token_logprobs: tuple[float, ...]
    """Of each token given the prefix and the tokens before it, in nats, at temperature 1."""
    noise: float = 0.0
    """What `logprob` may be off by, in nats, from rounding alone: a difference below it means nothing."""

    @property
    def logprob(self) -> float:
        """Log-probability of the whole continuation, in nats."""
        return sum(self.token_logprobs)

    @property
    def tokens(self) -> int:
        """How many tokens it has."""
        return len(self.token_logprobs)


class Usage(Record):
    """What simulation took, summed over calls."""

    requests: int = 0
    retries: int = 0
    """Requests sent again after the server refused or failed."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Those of `prompt_tokens` that the server had read before, where it says so."""
    completion_tokens: int = 0
    cost_usd: float | None = None
    """US dollars, where the spec gave prices."""


class Piece(NamedTuple):
    """A part of a completion, as it is written. The last of each carries the whole."""

    prompt: int
    """Which of the prompts."""
    sample: int
    """Which of its completions."""
    text: str
    """What was written since the last piece."""
    completion: Completion | None = None
    """The completion, when it is finished; its text is that of all pieces joined."""


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


@runtime_checkable
class Streaming(Protocol):
    """A simulator that can be watched while it writes."""

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        """Continue each prompt as `sample` does, piece by piece, in whatever order pieces come.

        What one prompt raises does not stop the others: it is raised when they are finished.
        """


@runtime_checkable
class Metered(Protocol):
    """A simulator that counts what it takes."""

    @property
    def usage(self) -> Usage:
        """All of it, since it was opened."""


@runtime_checkable
class Branching(Protocol):
    """A simulator that remembers what it drew, and which completion another branched from."""

    def draw_of(self, prompt: Prompt, sampling: Sampling) -> str:
        """The name of what a prompt got, or would get: the same for the same prompt, recipe and sampling."""

    def after(self, draw: str, sample: int) -> Simulator:
        """The same simulator; what it draws from now on branched from a completion drawn before."""


def draw_of(simulator: Simulator, prompt: Prompt, sampling: Sampling) -> str:
    """The name of what a simulator drew; empty where it keeps no tree."""
    return simulator.draw_of(prompt, sampling) if isinstance(simulator, Branching) else ""


def branched(simulator: Simulator, draw: str, sample: int) -> Simulator:
    """The simulator as it goes on after a completion drawn before; itself, where it keeps no tree."""
    return simulator.after(draw, sample) if draw and isinstance(simulator, Branching) else simulator


def collected(pieces: Iterator[Piece], prompts: int, samples: int) -> list[list[Completion]]:
    """The completions of a stream: one list of `samples` for each of `prompts`, same order."""
    found: list[list[Completion | None]] = [[None] * samples for _ in range(prompts)]
    for piece in pieces:
        if piece.completion is not None:
            found[piece.prompt][piece.sample] = piece.completion
    return [[completion for completion in drawn if completion is not None] for drawn in found]


def open_simulator(
    spec: str,
    *,
    device: str = "auto",
    quantise: str | None = None,
    requests: int | None = None,
    on_progress: OnProgress | None = None,
) -> Simulator:
    """Open the simulator that `spec` names; raise ScribeError for a spec nobody knows, or one that cannot be opened.

    `device` (`cpu`, `cuda`, `mps` or `auto`) and `quantise` (`int8` or `int4`) hold for models that run here, where
    the spec does not say otherwise. `requests` is how many may be sent to a server at once, whatever the spec says,
    where several processes share it. `on_progress` is told of weights that are fetched. A model is loaded when it is
    first asked for something, not here.
    """
    parsed = parse_spec(spec)
    if parsed.kind == "hf":
        from scribe.simulators.hf import HF

        return HF.open(parsed, device=device, quantise=quantise, on_progress=on_progress)
    if parsed.kind == "openai":
        from scribe.simulators.openai_api import OpenAI

        return OpenAI.open(parsed, concurrency=requests)
    if parsed.kind == "langchain":
        from scribe.simulators.langchain_models import LangChain

        return LangChain.open(parsed, concurrency=requests)
    from scribe.simulators.extract import Extract

    return Extract()
