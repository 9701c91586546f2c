"""Claims as the frames' documents show them.

In: claims. Out: bullets, which `read_bullets` reads back, and the lines that they rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scribe.evidence import attributed
from scribe.records import Claim, Segment, Transcript


def minutes(claims: Iterable[Claim]) -> str:
    """Claims with their replies under them; what stands against a claim follows it.

    >>> print(minutes([Claim(kind="point", text="It is so.", cites=(3, 4), speaker="Ada")]))
    - Point: Ada: It is so. [3-4]
    """
    return "\n".join(line for claim in claims for line in _minute(claim))


def _minute(claim: Claim, *, indent: str = "") -> Iterator[str]:
    yield f"{indent}- {claim.kind.capitalize()}: {attributed(claim.speaker, claim.text, claim.cites)}"
    for reply in claim.replies:
        yield from _minute(reply, indent=indent + "  ")
    for other in claim.against:
        yield from _minute(other, indent=indent)


def minutes_by_topic(told: Iterable[tuple[str, Iterable[Claim]]]) -> str:
    """Claims under their topics' titles, as the frames' documents show them."""
    return "\n\n".join(f"### {title}\n{minutes(claims)}" for title, claims in told)


def flat(claims: Iterable[Claim]) -> Iterator[Claim]:
    """Each claim, followed by its reasons, its replies and what stands against it."""
    for claim in claims:
        yield claim
        yield from flat((*claim.reasons, *claim.replies, *claim.against))


def lines_of(claims: Iterable[Claim], transcript: Transcript) -> list[Segment]:
    """The lines that claims and what stands against them cite, each once, in order; not those of their replies."""
    cited = {i for claim in claims for one in (claim, *claim.against) for i in one.cites}
    return [transcript.segments[i] for i in sorted(cited)]
