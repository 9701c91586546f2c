"""Which utterances tell most of what was said: a score for each, from words and place alone.

In: utterances, and the question asked where there was one. Out: an array of scores, comparable within one call.
The weights are set by hand on the QMSum validation meetings (`benchmarks/notes.py`); a learned ranking is the
next step and would replace this module alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from scribe.evidence import bm25, smoothed, topic_words
from scribe.utterances import Utterance

_BREAKS_OFF = (
    r"\b(?:the|a|an|and|or|but|of|to|that|if|is|are|was|with|for|in|on|at|by|we|I|you|they|he|she|it's|because|so|"
    r"like|um|uh|my|our|your|their|this|which|who|what|how|can|could|would|should|will|i'm|we're|you're|"
    r"they're)\s*[.…]$"
)
"""It ends on a word that ends no sentence."""

_BEGINS_ANEW = (
    r"[a-z'] (?:It|It's|We|But|And|The|Is|That|That's|They|You|So|If|What|He|She|There|This|At|In|No|Well|Now|"
    r"Yeah|Because|For|My)\b"
)
"""A capital in mid-sentence that belongs to no name: the speaker began again."""

_MANNER: tuple[tuple[float, int, re.Pattern[str]], ...] = tuple(
    (weight, most, re.compile(pattern, flags))
    for weight, most, pattern, flags in (
        # What tells: reasons, problems, proposals, comparisons.
        (
            0.35,
            2,
            r"\b(?:because|therefore|so that|in order to|the reason|which means|important|main(?:ly)?|key|result|"
            r"show(?:s|ed)|found|problem|issue|question|idea|propos\w*|suggest\w*|should|need(?:s|ed)? to|have to|"
            r"must|decid\w*|agree\w*|better|difference|instead|rather than|depends?|example|instance|purpose|goal|"
            r"plan\w*|would like)\b",
            re.I,
        ),
        # Talk about the talk itself.
        (
            -1.5,
            1,
            r"\b(?:can you hear|microphone|sorry|thank you|thanks|excuse me|hang on|hold on|just a (?:second|"
            r"minute|sec)|let me see|whatever|I don't know|I have no idea|what was I|where was I|good morning|"
            r"hello|bye|joking|kidding|never mind|go ahead|I forgot|oh my|shut up|ha ha)\b",
            re.I,
        ),
        # It begins with a word that points back to what the reader has not seen.
        (
            -0.5,
            1,
            r"^(?:it|that|this|they|them|he|she|those|these|which|who|there|then|here|such|one|ones|it's|that's|"
            r"they're|he's|she's|there's|those're|because|to|of|with|for|than|not)\b",
            re.I,
        ),
        # It is the tail of a sentence that began elsewhere.
        (
            -1.0,
            1,
            r"^(?:That (?:we|you|they|he|she|it|[A-Z][a-z]+)\b|(?:Which|Whose|Whereas|Than|Of|Plus|Package)\b)",
            0,
        ),
        (-2.0, 1, _BREAKS_OFF, re.I),
        (-0.9, 1, _BEGINS_ANEW, 0),
        # A word again after one other.
        (-0.4, 1, r"\b(\w+) (?:\w+ )?\1\b(?! \1)", re.I),
        # Words that stand for something said elsewhere, and words to the people in the room.
        (-0.12, 9, r"\b(?:it|that|this|they|them|those|these|he|she|him|her|there)\b", re.I),
        (-0.08, 9, r"\b(?:you|your|you're|you've)\b", re.I),
    )
)
"""What the form of a sentence adds to its score: a weight, how many times it may count, and the words."""


def is_broken(utterance: Utterance) -> bool:
    """Whether a sentence breaks off or begins anew in the middle."""
    text = utterance.text
    return not utterance.is_whole or bool(re.search(_BREAKS_OFF, text, re.I) or re.search(_BEGINS_ANEW, text))


def salience(said: Sequence[Utterance], *, about: str | None = None) -> np.ndarray:
    """Score each utterance; those that no reader could follow score far below the rest."""
    if not said:
        return np.zeros(0)
    scores: np.ndarray = _centrality(said) + np.array([_manner(u) for u in said]) + 0.4 * _share_of_talk(said)
    if about and (wanted := topic_words(about)):
        own = bm25(wanted, [u.stems for u in said])
        near, far = _scaled(smoothed(own, 6.0)), _scaled(smoothed(own, 15.0))
        scores = 0.45 * scores + 2.0 * _scaled(own) + 0.9 * near + 0.6 * far + 0.8 * _is_named(said, about)
    return scores


def _centrality(said: Sequence[Utterance]) -> np.ndarray:
    """How much an utterance holds of what all speak of: the log counts of its stems, summed and standardised."""
    counts = Counter(stem for u in said for stem in set(u.stems))
    totals = np.array([sum(np.log1p(counts[s] - 1) for s in set(u.stems)) for u in said])
    lengths = np.array([len(u.text.split()) for u in said], dtype=float)
    return 0.9 * _standard(totals / np.sqrt(lengths + 4.0))


def _manner(utterance: Utterance) -> float:
    """What an utterance's form says about its worth to a reader who was not there."""
    text = utterance.text
    length = len(text.split())
    density = len(utterance.stems) / length
    score = 1.2 * min(density, 0.55) - abs(np.log((length + 1) / 18.0)) * 0.8
    for weight, most, pattern in _MANNER:
        score += weight * min(sum(1 for _ in pattern.finditer(text)), most)
    score -= 1.2 * (not utterance.is_whole)
    if length < 6 or len(set(utterance.stems)) < 3:
        score -= 2.0
    return float(score)


def _share_of_talk(said: Sequence[Utterance]) -> np.ndarray:
    """The speaker's share of the words, relative to the one who speaks most."""
    spoken: Counter[str | None] = Counter()
    for u in said:
        spoken[u.speaker] += len(u.text.split())
    most = max(spoken.values())
    return np.array([spoken[u.speaker] / most for u in said])


def _is_named(said: Sequence[Utterance], about: str) -> np.ndarray:
    """1 where the question names the utterance's speaker."""
    asked = about.lower()
    return np.array([float(bool(u.speaker) and str(u.speaker).lower() in asked) for u in said])


def _standard(values: np.ndarray) -> np.ndarray:
    """Values with mean 0 and standard deviation 1; zeros where they do not vary."""
    spread = float(values.std())
    scaled: np.ndarray = (values - values.mean()) / spread if spread > 1e-12 else np.zeros_like(values)
    return scaled


def _scaled(values: np.ndarray) -> np.ndarray:
    """Values divided by their maximum; zeros where there is none above 0."""
    top = values.max(initial=0.0)
    return values / top if top > 0 else values
