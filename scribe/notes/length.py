"""A bound on the length of notes, kept by leaving out what matters least.

In: claims, most telling first within each topic, and a number of words. Out: as many of them as fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scribe.records import Claim, Topic


def count_words(claims: Iterable[Claim]) -> int:
    """Words of the claims, their replies and what stands against them; speakers' names and footnotes do not count."""
    return sum(len(c.text.split()) + count_words((*c.replies, *c.reasons, *c.against)) for c in claims)


def within_words(overview: Sequence[Claim], topics: Sequence[Topic], words: int) -> tuple[list[Claim], list[Topic]]:
    """Keep the overview's first claims, then every topic's first claim, every topic's second, while they fit.

    What the overview says already is not said again, and topics left without a claim go. At most `words` words remain,
    unless not even one claim fits: then none does.
    """
    left = words
    kept_overview: list[Claim] = []
    for claim in overview:
        cost = count_words([claim])
        if cost <= left:
            kept_overview.append(claim)
            left -= cost
    said = {(c.text, c.cites) for c in kept_overview}
    new = [[c for c in topic.claims if (c.text, c.cites) not in said] for topic in topics]
    kept: list[list[Claim]] = [[] for _ in topics]
    for rank in range(max(map(len, new), default=0)):
        for place, claims in enumerate(new):
            if rank < len(claims) and (cost := count_words([claims[rank]])) <= left:
                kept[place].append(claims[rank])
                left -= cost
    shortened = [t.model_copy(update={"claims": tuple(k)}) for t, k in zip(topics, kept, strict=True) if k]
    return kept_overview, shortened
