"""Completions -> Claims: read what simulators wrote, judge each claim, make one list of what many voices saw.

In: prompts and their completions. Out: claims with their citations and support. This room knows nothing of how
completions are drawn.

In reading order: `reading` (bullets and sentences become claims), `contradicting` (which two cannot both be so),
`aligning` (one list of many voices' claims), `minutes` (claims as frames show them).
"""

from scribe.claims.aligning import is_alike, is_same, join_alike
from scribe.claims.contradicting import contradiction
from scribe.claims.minutes import flat, lines_of, minutes, minutes_by_topic
from scribe.claims.reading import (
    make_claim,
    read_bullets,
    read_sentences,
    says_none,
    split_speaker,
    without_repeats,
)

__all__ = [
    "contradiction",
    "flat",
    "is_alike",
    "is_same",
    "join_alike",
    "lines_of",
    "make_claim",
    "minutes",
    "minutes_by_topic",
    "read_bullets",
    "read_sentences",
    "says_none",
    "split_speaker",
    "without_repeats",
]
