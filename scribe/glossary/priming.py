"""The prompt: names and jargon that a recogniser reads before each window, as many as it can.

In: a glossary, a way to count tokens, and a budget. Out: the text, and the terms that did not fit.

The rank is the person's own order, but what English has no word for comes before what it has: a recogniser writes
"log loss" well unprompted and "mesa-optimiser" not. A term is rare where one of its words is, by its Zipf frequency.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from scribe.glossary.ordinary import zipf
from scribe.glossary.runs import parts
from scribe.glossary.terms import Glossary
from scribe.records import Record

RARE = 3.5
"""Below this Zipf frequency, three in a million words, a word is one that recognisers have seldom read."""

_HEADING, _BETWEEN, _END = "Glossary: ", ", ", "."


class Primed(Record):
    """What a recogniser is given to read."""

    prompt: str = ""
    left_out: tuple[str, ...] = ()
    """Terms that there was no room for, in the person's order."""


def prime(glossary: Glossary, count: Callable[[str], int], budget_tokens: int) -> Primed:
    """The prompt, of at most `budget_tokens` by `count`: the terms in the person's order, as many as fit.

    A term that is too long for what is left is passed over, and shorter ones behind it are taken.

    >>> prime(Glossary(terms=("log-loss", "simulacra", "mesa-optimiser")), lambda text: len(text.split()), 3)
    Primed(prompt='Glossary: simulacra, mesa-optimiser.', left_out=('log-loss',))
    """
    ranked = sorted(range(len(glossary.terms)), key=lambda place: not _is_rare(glossary.terms[place]))
    chosen = _affordable(glossary.terms, ranked, count, budget_tokens)
    # Together, terms cost a little more or less than one by one.
    prompts = range(len(chosen) + 1)
    fits = max(0, bisect_right(prompts, budget_tokens, key=lambda n: count(_prompt(glossary.terms, chosen[:n]))) - 1)
    kept = set(chosen[:fits])
    left_out = tuple(term for place, term in enumerate(glossary.terms) if place not in kept)
    return Primed(prompt=_prompt(glossary.terms, chosen[:fits]), left_out=left_out)


def _affordable(terms: Sequence[str], ranked: Sequence[int], count: Callable[[str], int], budget: int) -> list[int]:
    """Places of the terms that fit one after the other, each counted by itself."""
    left = budget - count(_HEADING.strip())
    chosen = []
    for place in ranked:
        if left <= 0:
            break
        cost = count(f" {terms[place]}{_BETWEEN.strip()}")
        if cost <= left:
            chosen.append(place)
            left -= cost
    return chosen


def _prompt(terms: Sequence[str], chosen: Sequence[int]) -> str:
    return f"{_HEADING}{_BETWEEN.join(terms[place] for place in sorted(chosen))}{_END}" if chosen else ""


def _is_rare(term: str) -> bool:
    return min(map(zipf, parts(term)), default=0.0) < RARE
