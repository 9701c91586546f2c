"""A bound on the length of notes, kept by leaving out what matters least.

In: claims, most telling first within each topic, and a number of words. Out: as many of them as fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scribe.records import Claim, Topic


def count_words(claims: Iterable[Claim]) -> int:
    """Words of the claims and their replies; speakers' names and footnotes do not count."""
    return sum(len(c.text.split()) + count_words(c.replies) for c in claims)


def within_words(overview: Sequence[Claim], topics: Sequence[Topic], words: int) -> tuple[list[Claim], list[Topic]]:
    """Keep the overview's first claims, then every topic's first claim, every topic's second, while they fit.

    Topics left without a claim go. At most `words` words remain, unless not even one claim fits: then none does.
    """
    left = words
    kept_overview: list[Claim] = []
    for claim in overview:
        cost = count_words([claim])
        if cost <= left:
            kept_overview.append(claim)
            left -= cost
    kept: list[list[Claim]] = [[] for _ in topics]
    for rank in range(max((len(t.claims) for t in topics), default=0)):
        for place, topic in enumerate(topics):
            if rank < len(topic.claims) and (cost := count_words([topic.claims[rank]])) <= left:
                kept[place].append(topic.claims[rank])
                left -= cost
    shortened = [t.model_copy(update={"claims": tuple(k)}) for t, k in zip(topics, kept, strict=True) if k]
    return kept_overview, shortened
