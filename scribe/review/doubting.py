"""What speaks against a line, or against a claim, and how likely something there is wrong.

In: segments, and notes. Out: chances with their reasons. What rests on a line is not looked at here.

The chances are choices, but for those that follow from what they stand for; `benchmarks/LOG.md` says what could be
measured. Reasons are taken as independent: together they leave it right with the product of what each leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import combinations
from typing import NamedTuple

from scribe.claims import contradiction, flat
from scribe.language import is_content, names, negations, numbers, words
from scribe.records import Claim, Notes, Segment, Topic, Transcript
from scribe.review.spots import Reason

DOUBTED = 0.9
"""A line that the recogniser doubts. Of 133,926 lines in people's own words 6 would be doubted: few doubts are idle."""

UNSURE = 0.5
"""A word below this probability is likelier wrong than right. Words above it are passed over: a recogniser's many nines
in ten add up to an error in every long line, and do not say in which word."""

UNSUPPORTED, WEAK, UNGROUNDED = 0.5, 0.2, 0.2
"""A claim with this verdict, or one that its own lines make no likelier than others do."""

DISPUTED = 0.5
"""Of two claims that cannot both be so, at least one is wrong."""

SHOWN_WORDS = 5
"""Unsure words that a reason lists."""

_VERDICTS = {"supported": 0.0, "weak": WEAK, "unsupported": UNSUPPORTED}
_LETTERS = 80


class DoubtedLine(NamedTuple):
    """What the recogniser itself says against a line."""

    chance: float
    """That something in it is wrong."""
    reasons: tuple[Reason, ...]
    is_exact: bool
    """Whether a number, a name or a negation is among its unsure words."""


class PlacedClaim(NamedTuple):
    """A claim, where it stands in the notes, and what speaks against it."""

    claim: Claim
    topic: Topic | None
    chance: float
    reasons: tuple[Reason, ...]


def doubted_line(segment: Segment) -> DoubtedLine:
    """What speaks against one line; chance 0 and no reason where nothing does.

    >>> doubted_line(Segment(index=0, text="Yes.", doubt="it repeats")).chance
    0.9
    """
    reasons: list[Reason] = []
    right = 1.0
    if segment.doubt is not None:
        right *= 1 - DOUBTED
        reasons.append(Reason(source="recogniser", says=segment.doubt))
    named = names(segment.text)
    unsure = [
        (said, word.probability, _is_exact(said, named))
        for word in segment.words
        if word.probability is not None and word.probability < UNSURE
        if (said := " ".join(words(word.text))) and (_is_exact(said, named) or any(map(is_content, said.split())))
    ]
    for _, probability, _ in unsure:
        right *= probability
    if unsure:
        shown = ", ".join(f"“{said}” ({probability:.0%})" for said, probability, _ in unsure[:SHOWN_WORDS])
        more = f" and {len(unsure) - SHOWN_WORDS} more words" if len(unsure) > SHOWN_WORDS else ""
        reasons.append(Reason(source="words", says=f"the recogniser is unsure of {shown}{more}"))
    return DoubtedLine(1 - right if reasons else 0.0, tuple(reasons), any(exact for *_, exact in unsure))


def placed_claims(notes: Notes, transcript: Transcript) -> list[PlacedClaim]:
    """Every claim of the notes, with its replies and what stands against it, in order, and what speaks against each.

    A claim that stands in the overview and under a topic is there twice.
    """
    placed = [(claim, None) for claim in flat(notes.overview)]
    found: list[tuple[Claim, Topic | None]] = [
        *placed,
        *((claim, topic) for topic in notes.topics for claim in flat(topic.claims)),
    ]
    rivals = _rivals([claim for claim, _ in found], {word for name in transcript.speakers for word in words(name)})
    made = []
    for (claim, topic), others in zip(found, rivals, strict=True):
        right, reasons = 1.0, []
        for chance, reason in _against_claim(claim, others):
            right *= 1 - chance
            reasons.append(reason)
        made.append(PlacedClaim(claim, topic, 1 - right, tuple(reasons)))
    return made


def shortened(text: str, letters: int = _LETTERS) -> str:
    """A text in one line, cut between words where it is longer than `letters`.

    >>> shortened("one two three", 9)
    'one two…'
    """
    text = " ".join(text.split())
    if len(text) <= letters:
        return text
    cut = text[:letters].rsplit(" ", 1)[0] if " " in text[:letters] else text[: letters - 1]
    return cut.rstrip(" ,;:.") + "…"


def _is_exact(said: str, named: Set[str]) -> bool:
    """Whether a word is one whose loss changes what was said: a number, a name, a negation."""
    return bool(numbers(said) or negations(said) or named & {word.removesuffix("'s") for word in said.split()})


def _against_claim(claim: Claim, rivals: Sequence[Claim]) -> Iterator[tuple[float, Reason]]:
    """Each chance that a claim is wrong, and its reason."""
    support = claim.support
    if support is not None and (chance := _VERDICTS[support.verdict]):
        why = f": {'; '.join(support.reasons)}" if support.reasons else ""
        yield chance, Reason(source="verdict", says=f"{_named(claim)} is {support.verdict}{why}")
    if support is not None and support.grounding is not None and support.grounding <= 0:
        yield UNGROUNDED, Reason(source="grounding", says=f"its lines make {_named(claim)} no likelier than others do")
    if rivals:
        others = " or ".join(f"“{shortened(other.text)}”" for other in rivals)
        yield DISPUTED, Reason(source="voices", says=f"voices disagree: “{shortened(claim.text)}” or {others}")


def _named(claim: Claim) -> str:
    article = "an" if claim.kind[0] in "aeiou" else "a"
    return f"{article} {claim.kind}, “{shortened(claim.text)}”,"


def _rivals(claims: Sequence[Claim], people: Set[str]) -> list[list[Claim]]:
    """For each claim, those that cannot be so beside it: what stands against it, and others of the same lines."""
    found: list[list[Claim]] = [[] for _ in claims]
    by_line: dict[int, list[int]] = {}
    places: dict[Claim, list[int]] = {}
    for place, claim in enumerate(claims):
        places.setdefault(claim, []).append(place)
        for line in claim.cites:
            by_line.setdefault(line, []).append(place)
    pairs = {pair for there in by_line.values() for pair in combinations(there, 2)}
    disputed = {
        (i, j)
        for i, j in pairs
        if not set(claims[i].voices) & set(claims[j].voices)
        and contradiction(claims[i], claims[j], people=people) is not None
    }
    disputed |= {(i, j) for i, claim in enumerate(claims) for other in claim.against for j in places[other]}
    for i, j in sorted({(min(pair), max(pair)) for pair in disputed}):
        for one, other in ((i, j), (j, i)):
            if claims[other] not in found[one]:
                found[one].append(claims[other])
    return found
