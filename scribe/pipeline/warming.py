"""A simulator that loads what it needs before it is first asked in earnest, so that loading is not taken for work.

In: a simulator. Out: the same, which knows how long its loading took. It knows nothing of what is asked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from scribe.records import Completion, Prompt, Sampling
from scribe.simulators import Metered, Piece, Score, Simulator, Streaming, Usage, collected

_PROMPT = Prompt(scene="A: Good morning.\n", cue="B:", voice="nobody", yields="paragraph")
_LOADED_LATE = "hf:"
"""How the specs begin of simulators that load a model when they are first asked."""


class Warmed:
    """A simulator whose model, if it runs here, is loaded by one token of its own before the first question.

    It is not loaded for what is never asked, as where all completions were kept.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.loading_s = 0.0
        """Seconds that loading took; 0 while nothing was asked, and where there is nothing to load."""
        self._is_ready = not simulator.name.startswith(_LOADED_LATE)
        self._aside = Usage()

    @property
    def name(self) -> str:
        """The simulator's."""
        return self._simulator.name

    @property
    def recipe(self) -> str:
        """The simulator's."""
        return self._simulator.recipe

    @property
    def context(self) -> int:
        """The simulator's."""
        return self._simulator.context

    @property
    def usage(self) -> Usage | None:
        """What the simulator took, less what loading did; None where it does not count."""
        if (found := self._counted) is None:
            return None
        names = ("requests", "prompt_tokens", "cached_tokens", "completion_tokens")
        return found.model_copy(update={name: getattr(found, name) - getattr(self._aside, name) for name in names})

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return self._simulator.count(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt: one list per prompt, same order."""
        return collected(self.stream(prompts, sampling), len(prompts), sampling.samples)

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Piece]:
        """Continue each prompt, piece by piece; each completion is one piece where the simulator does not stream."""
        self._get_ready()
        if isinstance(self._simulator, Streaming):
            yield from self._simulator.stream(prompts, sampling)
            return
        for place, completions in enumerate(self._simulator.sample(prompts, sampling)):
            for sample, completion in enumerate(completions[: sampling.samples]):
                yield Piece(place, sample, completion.text, completion)

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """Score each continuation after `prefix`, same order; raises CannotScore where that is impossible."""
        self._get_ready()
        return self._simulator.score(prefix, continuations)

    def _get_ready(self) -> None:
        if self._is_ready:
            return
        self._is_ready = True
        began = time.perf_counter()
        self._simulator.sample([_PROMPT], Sampling(max_tokens=1))
        self.loading_s = time.perf_counter() - began
        self._aside = self._counted or Usage()

    @property
    def _counted(self) -> Usage | None:
        return self._simulator.usage if isinstance(self._simulator, Metered) else None
