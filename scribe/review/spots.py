"""The nouns of a review.

In: nothing. Out: frozen records. They know nothing of how a spot is found or shown.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scribe.records import ClaimKind, Record

Source = Literal["recogniser", "words", "verdict", "grounding", "voices"]
"""Who doubts: the recogniser a whole line, the recogniser some words, the check of citations, log-loss, the voices."""


class Reason(Record):
    """Why a person should listen, in a short phrase."""

    source: Source
    says: str


class Dependent(Record):
    """A statement of the notes that rests on a spot."""

    kind: ClaimKind
    text: str


class Spot(Record):
    """A stretch worth hearing: segments `[first, last)`."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)
    start: float | None = Field(default=None, ge=0)
    """Seconds from the start of the recording; None in an untimed transcript."""
    end: float | None = Field(default=None, ge=0)
    seconds: float = Field(ge=0)
    """How long it takes to hear; reckoned from the number of words where the lines have no times."""
    speakers: tuple[str, ...] = ()
    text: str
    reasons: tuple[Reason, ...]
    rests: tuple[Dependent, ...] = ()
    """What rests on it, the weightiest first."""
    cost: float = Field(ge=0)
    """Statements of the notes expected to be wrong or missing because of it, each weighed by its kind."""
    priority: float = Field(ge=0)
    """`cost` for each second that a listener spends on it."""


class Adrift(Record):
    """A doubtful statement that cites no line, so that nothing can be listened to for it but its whole topic."""

    kind: ClaimKind
    text: str
    why: str
    topic: str | None = None
    """None for a statement of the overview."""
    first: int = Field(ge=0)
    last: int = Field(ge=0)


class Review(Record):
    """Everything in a session that a person should listen to, most worth hearing first."""

    transcript_id: str
    has_notes: bool
    """Whether there were notes to look at; without, only the recogniser's own doubts are known."""
    spots: tuple[Spot, ...] = ()
    adrift: tuple[Adrift, ...] = ()
    left_out: int = Field(default=0, ge=0)
    """Spots that `most` cut off."""

    @property
    def seconds(self) -> float:
        """How long it takes to hear all its spots."""
        return sum(spot.seconds for spot in self.spots)

    def most(self, number: int) -> Review:
        """The review with its first `number` spots, and how many that leaves out."""
        out = self.left_out + max(0, len(self.spots) - number)
        return self.model_copy(update={"spots": self.spots[:number], "left_out": out})
