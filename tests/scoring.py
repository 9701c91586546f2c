"""Simulators for the tests of measures, whose every probability is known."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from scribe.records import Completion, Prompt, Sampling
from scribe.simulators import Score

Words = Mapping[str, float]
"""A distribution over words."""


class Dice:
    """Each text is words drawn independently, from the distribution that belongs to the document's end.

    `dice` gives the distribution for each ending of a document (a voice's cue); the longest that fits is used.
    A word that a distribution does not have costs `impossible` nats.
    """

    context = 4096

    def __init__(self, dice: Mapping[str, Words], *, name: str = "dice", noise: float = 0.0, seed: int = 0) -> None:
        self._dice, self._noise, self._seed = dice, noise, seed
        self.name = self.recipe = name
        self.impossible = 1e4
        self.sampled: list[tuple[Prompt, Sampling]] = []
        self.scored = 0

    def count(self, text: str) -> int:
        return len(text.split())

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        rng = np.random.default_rng([sampling.seed, self._seed])
        made = []
        for prompt in prompts:
            self.sampled.append((prompt, sampling))
            words = self._of(prompt.text)
            drawn = rng.choice(list(words), p=list(words.values()), size=(sampling.samples, sampling.max_tokens))
            made.append([Completion(text="".join(f" {w}" for w in row), finish="length") for row in drawn])
        return made

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        self.scored += 1
        words = self._of(prefix)
        return [
            Score(
                token_logprobs=tuple(math.log(words[w]) if w in words else -self.impossible for w in text.split()),
                noise=self._noise,
            )
            for text in continuations
        ]

    def _of(self, document: str) -> Words:
        return self._dice[max((end for end in self._dice if document.endswith(end)), key=len)]


class Cache:
    """A unigram model that expects the words of the document so far: (count + a) / (all + a V), V = 5,000 words."""

    name = recipe = "cache"
    context = 4096

    def __init__(self, noise: float = 0.0) -> None:
        self._noise = noise
        self.prefixes: list[str] = []

    def count(self, text: str) -> int:
        return len(text.split())

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        raise NotImplementedError("the cache model only scores")

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        self.prefixes.append(prefix)
        seen = Counter(re.findall(r"\w+", prefix.lower()))
        total = sum(seen.values())
        return [
            Score(
                token_logprobs=tuple(
                    math.log((seen[w] + 0.01) / (total + 50.0)) for w in re.findall(r"\w+", text.lower())
                ),
                noise=self._noise,
            )
            for text in continuations
        ]


class Oracle:
    """Answers Yes with the log-odds that `odds(document)` gives, exactly."""

    name = recipe = "oracle"
    context = 4096

    def __init__(self, odds: Callable[[str], float], noise: float = 0.0) -> None:
        self._odds, self._noise = odds, noise

    def count(self, text: str) -> int:
        return len(text.split())

    def sample(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Completion]]:
        raise NotImplementedError("the oracle only scores")

    def score(self, prefix: str, continuations: Sequence[str]) -> list[Score]:
        odds = self._odds(prefix)
        yes = -math.log1p(math.exp(-odds))
        told = {"Yes": yes, "No": yes - odds}
        return [Score(token_logprobs=(told[answer],), noise=self._noise) for answer in continuations]
