"""Many voices, one list: what several saw becomes one claim, and what cannot both be so stands side by side.

In: claims of any number of voices and samples. Out: fewer claims, none of them lost: each is there, or the claim that
it was joined to is, with its voice; and a claim that another contradicts stands under that one, as `against`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache
from itertools import combinations

from scribe.claims.contradicting import asks, contradiction, differs
from scribe.language import content_words, jaccard, names, words
from scribe.records import Claim, ClaimKind

_SPECIFIC: tuple[ClaimKind, ...] = (
    "decision",
    "action",
    "definition",
    "question",
    "answer",
    "objection",
    "conjecture",
    "point",
)
"""When voices give one statement different kinds, the first of these is kept."""

_VERDICTS = ("supported", "weak", "unsupported")
"""When voices word one statement differently, the first words are kept of those that the lines bear out best."""

_SAME = 0.6
"""Claims that share this much of their content words (Jaccard), and a line, say the same, whoever wrote them."""

_ALIKE = 0.5
"""So much is enough between two voices that have `_FEW` words in common: each has its own words for what it heard."""

_HELD, _HELD_ALIKE = 0.8, 0.4
"""Or so much of the shorter one's words in the longer, where that is not much longer: then its words are kept."""

_FEW = 4

_NEXT_LINE = 0.75
"""Voices that cite neighbouring lines, and none in common, must agree in so many words."""

_NEIGHBOURS = 2
"""Lines apart at most: a sentence often runs over the end of a line, or past somebody's "yes"."""


def join_alike(claims: Iterable[Claim]) -> list[Claim]:
    """One list of all claims: those that say the same are one, with all voices; those in conflict stand together.

    The likeliest pairs are joined first, so that a claim goes to the one nearest to it and not to the first that would
    do. Order is that of the first of each. Joining again changes nothing.
    """
    everything = list(claims)
    people = {word for c in everything if c.speaker for word in words(c.speaker)}
    return _align(everything, people.union(*(names(c.text) for c in everything)))


def _align(claims: Sequence[Claim], people: Set[str]) -> list[Claim]:
    """`join_alike`, knowing who is named in the whole list."""
    found: list[Claim | None] = list(claims)
    changed = [0] * len(found)
    waiting: list[_Pair] = []

    def look(i: int, j: int) -> None:
        one, other = found[i], found[j]
        if one is not None and other is not None and (likeness := _likeness(one, other, people)) is not None:
            first, second = sorted((one.text, other.text))
            heapq.heappush(waiting, (-likeness, first, second, i, j, changed[i], changed[j]))

    for i, j in combinations(range(len(found)), 2):
        look(i, j)
    while waiting:
        *_, i, j, then, there = heapq.heappop(waiting)
        one, other = found[i], found[j]
        if one is None or other is None or (then, there) != (changed[i], changed[j]):
            continue
        found[i], found[j] = _joined(one, other, people), None
        changed[i] += 1
        for k in range(len(found)):
            if k != i:
                look(min(i, k), max(i, k))
    return _side_by_side(_without_repeated_replies([c for c in found if c is not None], people), people)


def is_same(one: Claim, other: Claim) -> bool:
    """Whether two claims rest on a common line and say nearly the same."""
    if not set(one.cites) & set(other.cites):
        return False
    return one.text == other.text or jaccard(_stems(one.text), _stems(other.text)) >= _SAME


def is_alike(one: Claim, other: Claim, *, people: Set[str] = frozenset()) -> bool:
    """Whether two claims are one point, said by two voices or twice by one; near lines will do for two voices."""
    return _likeness(one, other, people) is not None


_Pair = tuple[float, str, str, int, int, int, int]
"""How unlike two claims are, their texts, their places, and how often each was joined to another before."""


def _likeness(one: Claim, other: Claim, people: Set[str]) -> float | None:
    """How like two claims are, from 0.5 to 2; None where they are two."""
    if not one.cites or not other.cites:
        return None
    lines, others = set(one.cites), set(other.cites)
    shared = len(lines & others) / len(lines | others)
    is_one_voice = bool(set(one.voices) & set(other.voices))
    if not shared and (is_one_voice or _gap(one, other) > _NEIGHBOURS):
        return None
    if one.speaker != other.speaker and one.speaker is not None and other.speaker is not None:
        return None
    if one.text == other.text:
        return 1 + shared
    stems = _stems(one.text), _stems(other.text)
    alike, common = jaccard(*stems), len(stems[0] & stems[1])
    is_enough = alike >= (_SAME if shared else _NEXT_LINE)
    if shared and not is_one_voice and common >= _FEW:
        is_held = common >= _HELD * min(map(len, stems))
        is_enough = alike >= (_HELD_ALIKE if is_held else _ALIKE)
    if not is_enough:
        return None
    return None if asks(one) != asks(other) or differs(one.text, other.text, people=people) else alike + shared


def _gap(one: Claim, other: Claim) -> int:
    """How many lines on the nearest cited line of the other is."""
    return min(abs(a - b) for a in (one.cites[0], one.cites[-1]) for b in (other.cites[0], other.cites[-1]))


@lru_cache(maxsize=4096)
def _stems(text: str) -> frozenset[str]:
    return frozenset(content_words(text))


def _joined(first: Claim, second: Claim, people: Set[str]) -> Claim:
    """One claim of two, in the words that are better borne out; else in the longer's where it holds the other."""
    said = second if _rank(second) < _rank(first) else first
    stems = _stems(first.text), _stems(second.text)
    if _rank(second) == _rank(first) and len(stems[1]) > len(stems[0]) and jaccard(*stems) < _ALIKE:
        said = second
    return said.model_copy(
        update={
            "kind": min(first.kind, second.kind, key=_SPECIFIC.index),
            "voices": tuple(dict.fromkeys((*first.voices, *second.voices))),
            "replies": tuple(_align((*first.replies, *second.replies), people)),
            "against": tuple(dict.fromkeys((*first.against, *second.against))),
        }
    )


def _rank(claim: Claim) -> int:
    return _VERDICTS.index(claim.support.verdict) if claim.support else 0


def _without_repeated_replies(claims: list[Claim], people: Set[str]) -> list[Claim]:
    """Drop a plain point that already stands as the reply to a question; the reply keeps its voices."""
    points = [c for c in claims if c.kind == "point" and not c.replies]
    replies = [reply for claim in claims for reply in claim.replies]
    said = {id(c): r for c in points for r in replies if is_alike(c, r, people=people)}
    if not said:
        return claims

    def heard(reply: Claim) -> Claim:
        voices = (v for c in points if said.get(id(c)) is reply for v in c.voices)
        return reply.model_copy(update={"voices": tuple(dict.fromkeys((*reply.voices, *voices)))})

    left = [c for c in claims if id(c) not in said]
    return [c.model_copy(update={"replies": tuple(map(heard, c.replies))}) if c.replies else c for c in left]


def _side_by_side(claims: list[Claim], people: Set[str]) -> list[Claim]:
    """Put a claim under the one it contradicts: the better borne out stands first, else the earlier."""
    left: list[Claim | None] = list(claims)
    for i in range(len(left)):
        for j in range(i + 1, len(left)):
            one, other = left[i], left[j]
            if one is None or other is None or set(one.voices) & set(other.voices):
                continue
            if contradiction(one, other, people=people) is None:
                continue
            above, below = (other, one) if _rank(other) < _rank(one) else (one, other)
            left[i] = above.model_copy(update={"against": (*above.against, below)})
            left[j] = None
    return [claim for claim in left if claim is not None]
