"""Do two passages concern the same question? Told by a simulator: how much likelier one is after the other.

In: pairs of passages, foreign passages for each, and a simulator that can score. Out: a `Gain` for each pair. Whether a
gain is much depends on the simulator, so no probability is made of it here.

The gain of b after a is log p(b | a) − (1/K) Σ_k log p(b | f_k) over the tokens of b, in nats: the drop in log-loss
that a brings, against a null of foreign passages f_k, which bring what any talk would: its tone, its commonest words.
It is taken in both directions and averaged. A foreign passage is cut to the length of the one that it stands in for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from scribe.measures.documents import cut
from scribe.records import Record, ScribeError
from scribe.simulators import Score, Simulator

FOREIGN = 4
"""Foreign passages for each pair; scoring takes 2 · (1 + FOREIGN) passes over two passages."""

_STEP_TOKENS = 64
"""Foreign passages are cut to a multiple of this, so that passages of about one length share them, and their scores."""

_SPARE_TOKENS = 16
"""Left free of the context, for what a tokenizer adds or joins where texts meet."""


class Pairing(NamedTuple):
    """Two passages, and foreign ones, which concern neither's question."""

    first: str
    second: str
    foreign: Sequence[str]


class Gain(Record):
    """How much likelier two passages make each other."""

    value: float
    """Nats a token, mean of both directions."""
    noise: float
    """What it may be off by from rounding alone."""

    @property
    def is_below_noise(self) -> bool:
        """Whether rounding alone may have made it."""
        return abs(self.value) <= self.noise


def document(first: str) -> str:
    """The document that ends where its second passage begins."""
    return (
        "Two passages from records of meetings. Both are about the same question.\n\n"
        f"The first passage:\n\n{first}\n\nThe second passage:\n\n"
    )


def likelihood_gains(simulator: Simulator, pairings: Sequence[Pairing]) -> list[Gain]:
    """The gain of each pair, same order. Passages are cut to what two of them may have of the context.

    Raises CannotScore, and ScribeError for a passage without a token, a pair without a foreign passage, or a context in
    which two passages have no room.
    """
    room = (simulator.context - simulator.count(document("")) - _SPARE_TOKENS) // 2
    if room < _STEP_TOKENS:
        raise ScribeError(
            f"{simulator.name}: expected a context with room for two passages of {_STEP_TOKENS} tokens, found "
            f"{simulator.context} tokens in all; use a simulator with a longer one"
        )
    if not all(p.first.strip() and p.second.strip() and any(f.strip() for f in p.foreign) for p in pairings):
        raise ScribeError("expected two passages and at least one foreign passage, found an empty one")

    @cache
    def fitted(text: str, tokens: int = room) -> str:
        return cut(text, tokens, simulator.count)

    @cache
    def step(text: str) -> int:
        return min(room, -(-simulator.count(text) // _STEP_TOKENS) * _STEP_TOKENS)

    def directions(pairing: Pairing) -> Iterator[tuple[str, str, list[str]]]:
        """What is read, what is told after it, and what is read in its place."""
        both = fitted(pairing.first), fitted(pairing.second)
        for read, told in (both, both[::-1]):
            yield read, told, [fitted(f, step(read)) for f in pairing.foreign if f.strip()]

    needed: dict[str, dict[str, None]] = defaultdict(dict)
    for pairing in pairings:
        for read, told, foreign in directions(pairing):
            for prefix in (read, *foreign):
                needed[prefix][told] = None
    scores = {
        (prefix, told): score
        for prefix, tellings in needed.items()
        for told, score in zip(tellings, simulator.score(document(prefix), list(tellings)), strict=True)
    }
    return [_mean([_gain(scores, *direction) for direction in directions(pairing)]) for pairing in pairings]


def _gain(scores: dict[tuple[str, str], Score], read: str, told: str, foreign: Sequence[str]) -> Gain:
    """One direction."""
    after = scores[read, told]
    null = [scores[prefix, told] for prefix in foreign]
    tokens = max(after.tokens, 1)
    mean, noise = (sum(values) / len(null) for values in ([s.logprob for s in null], [s.noise for s in null]))
    return Gain(value=(after.logprob - mean) / tokens, noise=(after.noise + noise) / tokens)


def _mean(gains: Sequence[Gain]) -> Gain:
    return Gain(value=sum(g.value for g in gains) / len(gains), noise=sum(g.noise for g in gains) / len(gains))
