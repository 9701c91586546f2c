"""What rests on a line: the claims that cite it, each by its weight.

In: claims and lines. Out: weights in points: a plain statement of the notes is one. Whether a line or a claim is right
is not asked here.

The weights say what an error costs a reader. They are choices, in this order: what people will act on, what others
build on, what was said.
"""

from __future__ import annotations

from scribe.language import names, numbers
from scribe.records import Claim, ClaimKind, Segment
from scribe.review.doubting import DoubtedLine, PlacedClaim

WEIGHTS: dict[ClaimKind, float] = {
    "decision": 3.0,
    "action": 3.0,
    "definition": 2.0,
    "conjecture": 2.0,
    "answer": 1.5,
    "objection": 1.0,
    "point": 1.0,
    "question": 0.5,
}

SPECIFIC = 1.5
"""Times as much for a claim that gives a number or a name: it is quoted on."""

EXACT = 2.0
"""Times as much for a line whose unsure words hold a number, a name or a negation: nobody can guess it right."""

POINTS_PER_S = 0.0093
"""Statements that a second of talk yields, so much rests on a line that nothing cites: people wrote 2,658 sentences of
summary for 285,472 s of talk in the 134 meetings of ICSI and AMI."""

AROUND_LINES, AROUND = 2, 0.5
"""A doubtful line is hidden from whoever writes notes, so nothing cites it: half the share that claims have in lines so
near to it rests on it."""

WORDS_PER_S = 2.5
"""Of talk; for lines without times."""


def weight(claim: Claim) -> float:
    """What an error in a claim costs, in points.

    >>> weight(Claim(kind="decision", text="we meet again")), weight(Claim(kind="point", text="there are 7"))
    (3.0, 1.5)
    """
    return WEIGHTS[claim.kind] * (SPECIFIC if numbers(claim.text) or names(claim.text) else 1.0)


def seconds_of(segment: Segment) -> float:
    """How long a line takes to hear."""
    if segment.start is not None and segment.end is not None:
        return segment.end - segment.start
    return len(segment.text.split()) / WORDS_PER_S


class Rests:
    """What rests on each line of a transcript."""

    def __init__(self, claims: list[PlacedClaim]) -> None:
        self._by_line: dict[int, list[PlacedClaim]] = {}
        for placed in claims:
            for line in placed.claim.cites:
                self._by_line.setdefault(line, []).append(placed)

    def on(self, line: int) -> list[PlacedClaim]:
        """The claims that cite a line, in the notes' order."""
        return self._by_line.get(line, [])

    def around(self, line: int) -> list[PlacedClaim]:
        """The claims that cite lines close to a line, once for each such line."""
        near = range(max(0, line - AROUND_LINES), line + AROUND_LINES + 1)
        return [placed for other in near if other != line for placed in self.on(other)]

    def cost(self, segment: Segment, doubted: DoubtedLine) -> float:
        """What is expected to be lost to a reader by whatever is wrong in a line, in points.

            exact × (p × (seconds × POINTS_PER_S + around) + Σ_c (1 − (1 − p)(1 − q_c)) w_c / n_c)

        p is the chance that something in the line is wrong, q_c that claim c of those that cite it is, w_c the claim's
        weight and n_c the number of lines that share it. It never falls when p or a q_c rises.
        """
        p = doubted.chance
        around = sum(_share(placed) for placed in self.around(segment.index)) if segment.doubt is not None else 0.0
        own = p * (seconds_of(segment) * POINTS_PER_S + AROUND * around)
        claimed = sum((1 - (1 - p) * (1 - placed.chance)) * _share(placed) for placed in self.on(segment.index))
        return (EXACT if doubted.is_exact else 1.0) * (own + claimed)


def _share(placed: PlacedClaim) -> float:
    """How much of a claim rests on each of its lines."""
    return weight(placed.claim) / len(placed.claim.cites)
