"""Stance: what each voice would answer if it were asked whether a claim is so.

In: a prompt of each voice and the claims made of its stretch. Out: calibrated log-odds of yes, in nats, and how far
voices agree over claims.

Under the voice's own heading stands a question that the answer's line follows; the log-odds are log p("Yes") −
log p("No"). Less the same for content-free claims, averaged, because a model leans to one word whatever it is asked
(Zhao et al. 2021, "Calibrate before use"): the record, heading and question stay, only the claim is empty. The
averaging is of log-odds, so a leaning that adds the same to every question goes out exactly.

Limits. It is the voice's belief as the simulator plays it, about the words of the claim; whether the claim is true, or
borne out by its lines, is another question (`grounding`, and the verdicts of code). A long or negated claim may move
both words. With a base model that was shown no questions before, the odds are rough: read signs and orders.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from scribe.measures.bootstrap import Estimate, statistic_of
from scribe.records import Prompt, Record
from scribe.simulators import Simulator

CONTENT_FREE = ("N/A", "something or other", "this and that")
"""Claims that say nothing: the first is Zhao et al.'s; several are averaged, as there."""

ANSWERS = ("Yes", "No")
FEWEST = 8
"""Claims that an interval for a correlation needs: fewer are often in one order by chance, and so is every resample."""

_QUESTION = "\n\nIs it so that {claim}? One word, yes or no:\n"


class Stance(Record):
    """What one voice would answer about one claim."""

    claim: str
    log_odds: float
    """Of yes, calibrated, in nats: 0 is undecided, 0.7 is two to one, 2.3 is ten to one."""
    uncalibrated: float
    noise: float


class Agreement(Record):
    """How far two voices answer alike over the claims."""

    voices: tuple[str, str]
    correlation: Estimate | None
    """Spearman's, of their log-odds; None where either answers all claims alike."""
    same_sign: Estimate | None
    """Share of the claims on which both are decided and decide alike; by chance about a half. None without any."""


class Stances(Record):
    """What every voice would answer about every claim."""

    by_voice: Mapping[str, tuple[Stance, ...]]
    """In the claims' order, the same for all voices."""
    agreement: tuple[Agreement, ...]


def stances(
    asked: Sequence[tuple[Sequence[Prompt], Sequence[str]]],
    simulator: Simulator,
    *,
    on_scored: Callable[[], None] = lambda: None,
) -> Stances:
    """Ask every voice about every claim.

    Each item of `asked` is one stretch: a prompt for each voice, the voices the same in all, and the claims made of it.
    """
    by_voice: dict[str, list[Stance]] = {}
    for prompts, claims in asked:
        for prompt in prompts:
            by_voice.setdefault(prompt.voice, []).extend(_voice_stances(prompt, claims, simulator, on_scored))
    return Stances(
        by_voice={voice: tuple(found) for voice, found in by_voice.items()},
        agreement=tuple(_agreement(one, other, by_voice) for one, other in combinations(by_voice, 2)),
    )


def questions(claims: Sequence[str], stretches: int, voices: int) -> int:
    """How many questions `stances` puts to the simulator."""
    return voices * (len(claims) + stretches * len(CONTENT_FREE))


def _voice_stances(
    prompt: Prompt, claims: Sequence[str], simulator: Simulator, on_scored: Callable[[], None]
) -> list[Stance]:
    if not claims:
        return []
    opening = prompt.scene + heading(prompt)
    empty = [_odds(opening, claim, simulator, on_scored) for claim in CONTENT_FREE]
    lean = sum(odds for odds, _ in empty) / len(empty)
    lean_noise = sum(noise for _, noise in empty) / len(empty)
    found = []
    for claim in claims:
        odds, noise = _odds(opening, claim, simulator, on_scored)
        found.append(Stance(claim=claim, log_odds=odds - lean, uncalibrated=odds, noise=noise + lean_noise))
    return found


def heading(prompt: Prompt) -> str:
    r"""What a cue says before the line that its text begins on; the voice's name where that is all of it.

    >>> heading(Prompt(scene="", cue="### Sceptic: doubts\n\n- Objection:", voice="sceptic", yields="bullets"))
    '### Sceptic: doubts'
    """
    before = prompt.cue.rpartition("\n")[0].rstrip()
    return before or f"### {prompt.voice}"


def _odds(opening: str, claim: str, simulator: Simulator, on_scored: Callable[[], None]) -> tuple[float, float]:
    """Log-odds of yes, and their rounding error."""
    yes, no = simulator.score(opening + _QUESTION.format(claim=_clause(claim)), ANSWERS)
    on_scored()
    return yes.logprob - no.logprob, yes.noise + no.noise


def _clause(claim: str) -> str:
    """A claim as it stands inside a question.

    >>> _clause("The bound is  loose.")
    'the bound is loose'
    """
    text = " ".join(claim.split()).rstrip(" .!?…")
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in ("The", "A", "An", "It", "This", "That", "There", "We") else text


def _agreement(one: str, other: str, by_voice: Mapping[str, Sequence[Stance]]) -> Agreement:
    first, second = by_voice[one], by_voice[other]
    a, b = (np.array([stance.log_odds for stance in found]) for found in (first, second))
    decided = [
        (x.log_odds > 0) == (y.log_odds > 0)
        for x, y in zip(first, second, strict=True)
        if abs(x.log_odds) > x.noise and abs(y.log_odds) > y.noise
    ]
    alike = np.array(decided, dtype=float)
    return Agreement(
        voices=(one, other),
        correlation=_correlation(a, b),
        same_sign=statistic_of(lambda drawn: float(alike[drawn].mean()) if len(drawn) else None, len(alike)),
    )


def _correlation(a: np.ndarray, b: np.ndarray) -> Estimate | None:
    if len(a) >= FEWEST:
        return statistic_of(lambda drawn: spearman(a[drawn], b[drawn]), len(a))
    value = spearman(a, b)
    return None if value is None else Estimate(value=value, values=len(a))


def spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's rank correlation, ties at their mean rank; None where it is not defined.

    >>> spearman(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.2, 0.3]))
    1.0
    """
    a, b = _ranks(one), _ranks(other)
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(np.clip(a @ b / spread, -1, 1)) if spread > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks less their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[place]
    return ranks - ranks.mean() if len(ranks) else ranks
