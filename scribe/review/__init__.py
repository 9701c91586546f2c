"""Doubt: the passages of a session most worth a person's ear.

In: a transcript, and its notes where there are any. Out: a `Review`, whose spots are stretches of lines with the
reasons to listen to each, most worth hearing first. This room knows nothing of recognisers or simulators beyond what
they wrote into the records, and nothing of files.

In reading order: `spots` (the nouns), `doubting` (what speaks against a line or a claim), `resting` (what rests on a
line), `finding` (doubtful lines become spots, in order), `page` (the list as Markdown).
"""

from scribe.review.doubting import shortened
from scribe.review.finding import LEAD_S, LONGEST_S, NEAR_LINES, NEAR_S, review
from scribe.review.page import ON_PAGE, worth_hearing
from scribe.review.spots import Adrift, Dependent, Reason, Review, Spot

__all__ = [
    "LEAD_S",
    "LONGEST_S",
    "NEAR_LINES",
    "NEAR_S",
    "ON_PAGE",
    "Adrift",
    "Dependent",
    "Reason",
    "Review",
    "Spot",
    "review",
    "shortened",
    "worth_hearing",
]
