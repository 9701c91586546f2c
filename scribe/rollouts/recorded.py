"""A simulator that asks the store first.

In: prompts. Out: their completions, from the store where it has them and from the simulator where not.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.rollouts.store import Rollouts, digest
from scribe.simulators import Score, Simulator


class Recorded:
    """A simulator that never draws the same twice: what the store has is answered from there.

    Of the simulator it touches only `name` and `recipe` until there is something to ask. The rest of a call
    is asked for in one call, each different prompt once, and kept before it is handed on.
    """

    def __init__(self, simulator: Simulator, store: Rollouts) -> None:
        self.simulator = simulator
        self.store = store
        self.hits = 0
        """Prompts answered without asking."""
        self.misses = 0
        """Prompts asked."""

    @property
    def name(self) -> str:
        """The simulator's."""
        return self.simulator.name

    @property
    def recipe(self) -> str:
        """The simulator's, since its completions are."""
        return self.simulator.recipe

    @property
    def context(self) -> int:
        """The simulator's."""
        return self.simulator.context

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return self.simulator.count(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt, or repeat what it got before: one list per prompt, same order.

        Where another process was first with the same draw, its completions are returned, so that what is
        returned is always what will be returned next time.
        """
        kept = self.store.get(self.recipe, sampling, prompts)
        wanted = {digest(p): p for p, found in zip(prompts, kept, strict=True) if found is None}
        self.hits += len(prompts) - len(wanted)
        self.misses += len(wanted)
        if not wanted:
            return [found or [] for found in kept]
        drawn = dict(zip(wanted, self._draw(list(wanted.values()), sampling), strict=True))
        return [drawn[digest(p)] if found is None else found for p, found in zip(prompts, kept, strict=True)]

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """The simulator's scores; these are not kept."""
        return self.simulator.score(prefix, continuations)

    def _draw(self, prompts: list[Prompt], sampling: Sampling) -> list[list[Completion]]:
        fresh = self.simulator.sample(prompts, sampling)
        if len(fresh) != len(prompts):
            raise ScribeError(f"{self.name}: expected completions of {len(prompts)} prompts, got {len(fresh)}")
        if self.store.put(self.name, self.recipe, sampling, prompts, fresh) == len(prompts):
            return fresh
        first = self.store.get(self.recipe, sampling, prompts)
        return [theirs or ours for theirs, ours in zip(first, fresh, strict=True)]
