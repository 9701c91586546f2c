"""Doubtful lines become spots: near ones are heard together, and the dearest for a listener's time come first.

In: a transcript, and its notes or None. Out: a `Review`; every doubtful line and every line of a doubtful claim is in
exactly one spot.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scribe.records import Notes, ScribeError, Segment, Transcript
from scribe.review.doubting import DoubtedLine, PlacedClaim, doubted_line, placed_claims
from scribe.review.resting import Rests, seconds_of, weight
from scribe.review.spots import Adrift, Dependent, Reason, Review, Spot

NEAR_S, NEAR_LINES = 4.0, 2
"""Doubtful lines with no more than this between them are one spot: a listener hears on rather than seeks."""

LONGEST_S = 30.0
"""A spot is no longer than this, unless it is one line: an ear that is given more listens for nothing in particular."""

LEAD_S = 3.0
"""What it costs to find a place and to hear into it, however short it is."""


def review(transcript: Transcript, notes: Notes | None) -> Review:
    """All that is worth hearing, best first; raises ScribeError for notes that cite lines the transcript lacks.

    A spot comes before another where its expected cost for each second of listening is greater, the lead of `LEAD_S`
    counted; the earlier comes first where they are equal.
    """
    claims = placed_claims(notes, transcript) if notes is not None else []
    _check_lines(transcript, notes, claims)
    rests = Rests(claims)
    doubted = [doubted_line(segment) for segment in transcript.segments]
    wanted = {place for place, line in enumerate(doubted) if line.reasons}
    wanted |= {line for placed in claims if placed.reasons for line in placed.claim.cites}
    spots = [_spot(transcript, lines, doubted, rests) for lines in _grouped(sorted(wanted), transcript.segments)]
    adrift = [_adrift(placed, transcript) for placed in claims if placed.reasons and not placed.claim.cites]
    return Review(
        transcript_id=transcript.id,
        has_notes=notes is not None,
        spots=tuple(sorted(spots, key=lambda spot: (-spot.priority, spot.first))),
        adrift=tuple(dict.fromkeys(adrift)),
    )


def _check_lines(transcript: Transcript, notes: Notes | None, claims: Sequence[PlacedClaim]) -> None:
    if notes is None:
        return
    many = len(transcript.segments)
    ends = [topic.last for topic in notes.topics] + [line + 1 for placed in claims for line in placed.claim.cites]
    if (end := max(ends, default=0)) > many:
        raise ScribeError(
            f"expected notes of the {many} lines of {transcript.id}, found line {end - 1} in them; "
            f"make them again with: scribe notes '{transcript.id}'"
        )


def _grouped(wanted: Sequence[int], segments: Sequence[Segment]) -> list[list[int]]:
    """Lines that are heard together, in order; which they are does not depend on how doubtful each is."""
    groups = [[line] for line in wanted[:1]]
    for before, line in pairwise(wanted):
        is_near = line - before - 1 <= NEAR_LINES and _length(segments[before + 1 : line]) <= NEAR_S
        is_near = is_near and _gap(segments[before], segments[line]) <= NEAR_S
        if is_near and _length(segments[groups[-1][0] : line + 1]) <= LONGEST_S:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _gap(before: Segment, after: Segment) -> float:
    """Seconds between two lines; 0 where they overlap or have no times."""
    return max(0.0, after.start - before.end) if after.start is not None and before.end is not None else 0.0


def _length(lines: Sequence[Segment]) -> float:
    """Seconds that it takes to hear lines in a row, the pauses between them too."""
    if (span := _span(lines)) is not None:
        return span[1] - span[0]
    return sum(map(seconds_of, lines))


def _span(lines: Sequence[Segment]) -> tuple[float, float] | None:
    """From when to when lines were spoken; None where one of them has no time, or there are none."""
    starts = [line.start for line in lines if line.start is not None]
    ends = [line.end for line in lines if line.end is not None]
    return (min(starts), max(ends)) if lines and len(starts) == len(lines) else None


def _spot(transcript: Transcript, lines: Sequence[int], doubted: Sequence[DoubtedLine], rests: Rests) -> Spot:
    """The stretch from the first to the last of its doubtful lines."""
    first, last = lines[0], lines[-1] + 1
    heard = transcript.segments[first:last]
    span = _span(heard)
    seconds = _length(heard)
    on_it = list(dict.fromkeys(placed for line in lines for placed in rests.on(line)))
    cost = sum(rests.cost(transcript.segments[line], doubted[line]) for line in lines)
    return Spot(
        first=first,
        last=last,
        start=span[0] if span else None,
        end=span[1] if span else None,
        seconds=seconds,
        speakers=tuple(dict.fromkeys(line.speaker for line in heard if line.speaker)),
        text=" ".join(" ".join(line.text for line in heard).split()),
        reasons=_reasons([doubted[line] for line in lines], on_it),
        rests=_dependents(on_it),
        cost=cost,
        priority=cost / (seconds + LEAD_S),
    )


def _reasons(lines: Sequence[DoubtedLine], claims: Sequence[PlacedClaim]) -> tuple[Reason, ...]:
    """Each reason once: the recogniser's in order, then those against claims."""
    return tuple(dict.fromkeys(reason for found in (lines, claims) for doubted in found for reason in doubted.reasons))


def _dependents(claims: Sequence[PlacedClaim]) -> tuple[Dependent, ...]:
    """Each statement once, the weightiest first."""
    ordered = sorted(claims, key=lambda placed: -weight(placed.claim))
    return tuple(dict.fromkeys(Dependent(kind=p.claim.kind, text=p.claim.text) for p in ordered))


def _adrift(placed: PlacedClaim, transcript: Transcript) -> Adrift:
    topic = placed.topic
    return Adrift(
        kind=placed.claim.kind,
        text=placed.claim.text,
        why="; ".join(reason.says for reason in placed.reasons),
        topic=topic.title if topic else None,
        first=topic.first if topic else 0,
        last=topic.last if topic else len(transcript.segments),
    )
