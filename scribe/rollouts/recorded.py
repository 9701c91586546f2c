"""A simulator that asks the store first.

In: prompts, or a prefix with continuations. Out: their completions or scores, from the store where it has them and from
the simulator where not.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Generator, Iterator, Sequence
from typing import TypeVar

from scribe.records import Completion, Prompt, Sampling, ScribeError
from scribe.rollouts.store import Rollouts, digest, draw_of
from scribe.simulators import Metered, Piece, Score, Simulator, Streaming, Usage, collected

_COMPLETIONS = "completions of {} prompts"

_T = TypeVar("_T")


class Recorded:
    """A simulator that never draws the same twice: what the store has is answered from there.

    Of the simulator it touches only `name` and `recipe` until there is something to ask. The rest of a call
    is asked for in one call, each different prompt once, and kept before it is handed on: one that streams has each
    prompt's completions kept as soon as they are all finished, so that nothing of them is lost with the others.
    """

    def __init__(self, simulator: Simulator, store: Rollouts) -> None:
        self.simulator = simulator
        self.store = store
        self._counts = {"hits": 0, "misses": 0}
        self._parent: int | None = None

    def draw_of(self, prompt: Prompt, sampling: Sampling) -> str:
        """What the store keeps the completions of a prompt under."""
        return draw_of(self.recipe, sampling, prompt)

    def after(self, draw: str, sample: int) -> Recorded:
        """The same, whose new completions are kept as branches of one drawn before; of none, where that is not kept."""
        branch = copy.copy(self)
        branch._parent = self.store.find(draw, sample)
        return branch

    def anew(self, prompt: Prompt, sampling: Sampling) -> Sampling:
        """The sampling with a seed that no completion of the prompt was drawn with."""
        drawn = [r.sampling for r in self.store.rollouts(prompt) if r.recipe == self.recipe]
        seed = max((sampling.seed, *(before.seed + before.samples for before in drawn)))
        return sampling.model_copy(update={"seed": seed})

    @property
    def hits(self) -> int:
        """Prompts answered without asking, by this one and all its branches."""
        return self._counts["hits"]

    @property
    def misses(self) -> int:
        """Prompts asked, by this one and all its branches."""
        return self._counts["misses"]

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

    @property
    def usage(self) -> Usage | None:
        """What the simulator took, which is nothing for what was kept; None where it does not count."""
        return self.simulator.usage if isinstance(self.simulator, Metered) else None

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return self.simulator.count(text)

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """Continue each prompt, or repeat what it got before: one list per prompt, same order.

        Where another process was first with the same draw, its completions are returned, so that what is
        returned is always what will be returned next time.
        """
        kept, wanted = self._ask_store(prompts, sampling)
        if not wanted:
            return [found or [] for found in kept]
        drawn = dict(zip(wanted, self._draw(list(wanted.values()), sampling), strict=True))
        return [drawn[digest(p)] if found is None else found for p, found in zip(prompts, kept, strict=True)]

    def stream(self, prompts: Sequence[Prompt], sampling: Sampling) -> Generator[Piece]:
        """Continue each prompt as `sample` does, piece by piece; closing it ends the simulator's work.

        What was kept comes first, each completion in one piece; then the rest, as the simulator writes it, or when all
        is written where that does not stream. It is what was drawn here even if another process was first.
        """
        kept, wanted = self._ask_store(prompts, sampling)
        places: dict[str, list[int]] = {key: [] for key in wanted}
        for place, (prompt, found) in enumerate(zip(prompts, kept, strict=True)):
            if found is None:
                places[digest(prompt)].append(place)
            else:
                yield from _pieces(place, found)
        if wanted:
            alike = list(places.values())
            with _closed(self._watch(list(wanted.values()), sampling)) as pieces:
                for piece in pieces:
                    for place in alike[piece.prompt]:
                        yield piece._replace(prompt=place)

    def keep(self, prompt: Prompt, sampling: Sampling, completions: Sequence[Completion]) -> None:
        """Keep what was drawn elsewhere, or only in part, as if it had been asked for here."""
        self.store.put(self.name, self.recipe, sampling, [prompt], [completions], parent=self._parent)

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        """Score each continuation, or repeat what it scored before: same order. Raises what the simulator raises."""
        kept = self.store.get_scores(self.recipe, prefix, continuations)
        wanted = list(dict.fromkeys(text for text, found in zip(continuations, kept, strict=True) if found is None))
        if not wanted:
            return [found for found in kept if found is not None]
        fresh = self._all_of(self.simulator.score(prefix, wanted), len(wanted), "scores of {} continuations")
        if self.store.put_scores(self.recipe, prefix, wanted, fresh) < len(wanted):
            first = self.store.get_scores(self.recipe, prefix, wanted)
            fresh = [theirs or ours for theirs, ours in zip(first, fresh, strict=True)]
        scored = dict(zip(wanted, fresh, strict=True))
        return [scored[text] if found is None else found for text, found in zip(continuations, kept, strict=True)]

    def _ask_store(
        self, prompts: Sequence[Prompt], sampling: Sampling
    ) -> tuple[list[list[Completion] | None], dict[str, Prompt]]:
        """What each prompt got before, and the prompts that got nothing, by their digest."""
        kept = self.store.get(self.recipe, sampling, prompts)
        wanted = {digest(p): p for p, found in zip(prompts, kept, strict=True) if found is None}
        self._counts["hits"] += len(prompts) - len(wanted)
        self._counts["misses"] += len(wanted)
        return kept, wanted

    def _draw(self, prompts: list[Prompt], sampling: Sampling) -> list[list[Completion]]:
        """New completions of each prompt, or those of whoever kept some first."""
        drawn = collected(self._watch(prompts, sampling), len(prompts), sampling.samples)
        first = self.store.get(self.recipe, sampling, prompts)
        return [theirs or ours for theirs, ours in zip(first, drawn, strict=True)]

    def _watch(self, prompts: list[Prompt], sampling: Sampling) -> Iterator[Piece]:
        """New completions in pieces; each prompt's are kept before the last piece of them is handed on."""
        if not isinstance(self.simulator, Streaming):
            answers = self._all_of(self.simulator.sample(prompts, sampling), len(prompts), _COMPLETIONS)
            fresh = [completions[: sampling.samples] for completions in answers]
            self.store.put(self.name, self.recipe, sampling, prompts, fresh, parent=self._parent)
            for place, completions in enumerate(fresh):
                yield from _pieces(place, completions)
            return
        drawn: list[dict[int, Completion]] = [{} for _ in prompts]
        with _closed(self.simulator.stream(prompts, sampling)) as pieces:
            for piece in pieces:
                found = drawn[piece.prompt]
                if piece.completion is not None:
                    found[piece.sample] = piece.completion
                    if len(found) == sampling.samples:
                        self.keep(prompts[piece.prompt], sampling, _in_order(found))
                yield piece
        for prompt, found in zip(prompts, drawn, strict=True):
            if len(found) < sampling.samples:
                self.keep(prompt, sampling, _in_order(found))
        self._all_of([found for found in drawn if found], len(prompts), _COMPLETIONS)

    def _all_of(self, answers: list[_T], asked: int, what: str) -> list[_T]:
        """The answers, if there is one to each; raises ScribeError if the simulator lost some."""
        if len(answers) != asked:
            raise ScribeError(f"{self.name}: expected {what.format(asked)}, got {len(answers)}")
        return answers


@contextlib.contextmanager
def _closed(pieces: Iterator[Piece]) -> Iterator[Iterator[Piece]]:
    """Pieces that nobody goes on writing when the block is left, where their simulator can be told."""
    try:
        yield pieces
    finally:
        if isinstance(pieces, Generator):
            pieces.close()


def _in_order(found: dict[int, Completion]) -> list[Completion]:
    return [found[sample] for sample in sorted(found)]


def _pieces(place: int, completions: Sequence[Completion]) -> Iterator[Piece]:
    """Whole completions of one prompt as pieces."""
    for sample, completion in enumerate(completions):
        yield Piece(place, sample, completion.text, completion)
