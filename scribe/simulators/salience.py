"""Which utterances tell most of what was said: a chance for each, by linear models over words, form and place.

In: utterances, and the question asked where there was one. Out: arrays, one number an utterance. The coefficients lie
in `scribe/coefficients/salience.json`; `benchmarks/train_salience.py` made them from meetings of which people wrote
summaries, marked what answers a question, or linked lines to what they wrote. This module chooses nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from scribe.evidence.features import expanded_features
from scribe.evidence.features import features as located_features
from scribe.evidence.finding import ASKING, topic_words
from scribe.evidence.locating import Index
from scribe.linear import load
from scribe.structure.kinds import BEGINS_ANEW
from scribe.utterances import Utterance

Features = dict[str, np.ndarray]

ABOUT_SCALE = 1.0
"""What the log-odds of being to the point weigh beside those of being telling."""

_BREAKS_OFF = re.compile(
    r"\b(?:the|a|an|and|or|but|of|to|that|if|is|are|was|with|for|in|on|at|by|we|I|you|they|he|she|it's|because|so|"
    r"like|um|uh|my|our|your|their|this|which|who|what|how|can|could|would|should|will|i'm|we're|you're|"
    r"they're)\s*[.…]$",
    re.I,
)
"""It ends on a word that ends no sentence."""

_FORMS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, flags)
    for name, pattern, flags in (
        (
            "gives a reason",
            r"\b(?:because|therefore|so that|in order to|the reason|which means|depends?|rather than|instead)\b",
            re.I,
        ),
        ("asks for action", r"\b(?:should|need(?:s|ed)? to|have to|has to|must|let's|would like|want to)\b", re.I),
        ("proposes", r"\b(?:propos\w*|suggest\w*|recommend\w*|idea|plan\w*|option|could)\b", re.I),
        ("decides", r"\b(?:decid\w*|decision|agree\w*|settle\w*|conclu\w*|go (?:for|with))\b", re.I),
        ("thinks", r"\bI (?:think|guess|believe|suppose|feel)\b", re.I),
        ("names a problem", r"\b(?:problem|issue|trouble|difficult\w*|concern\w*|wrong|hard|worr\w+)\b", re.I),
        ("weighs", r"\b(?:important|main(?:ly)?|key|better|best|worse|difference|goal|purpose|result\w*)\b", re.I),
        ("gives an example", r"\b(?:example|instance|such as|like a)\b", re.I),
        ("speaks of the group", r"\bwe(?:'re|'ve|'ll|'d)?\b", re.I),
        ("speaks of oneself", r"\bI(?:'m|'ve|'ll|'d)?\b", 0),
        ("speaks to somebody", r"\b(?:you|your|you're|you've)\b", re.I),
        (
            "talks of the talk",
            r"\b(?:can you hear|microphone|sorry|thank you|thanks|excuse me|hang on|hold on|just a (?:second|minute|"
            r"sec)|let me see|whatever|I don't know|I have no idea|what was I|where was I|good morning|hello|bye|"
            r"joking|kidding|never mind|go ahead|I forgot|oh my|shut up|ha ha)\b",
            re.I,
        ),
        (
            "points back at first",
            r"^(?:it|that|this|they|them|he|she|those|these|which|who|there|then|here|such|one|ones|it's|that's|"
            r"they're|he's|she's|there's|those're|because|to|of|with|for|than|not)\b",
            re.I,
        ),
        ("is a tail", r"^(?:That (?:we|you|they|he|she|it|[A-Z][a-z]+)\b|(?:Which|Whose|Whereas|Than|Of|Plus)\b)", 0),
        ("says a word again", r"\b(\w+) (?:\w+ )?\1\b(?! \1)", re.I),
        ("points back", r"\b(?:it|that|this|they|them|those|these|he|she|him|her|there)\b", re.I),
        ("holds a number", r"\b(?:\d[\d.,]*|two|three|four|five|six|ten|twenty|fifty|hundred|percent)\b", re.I),
    )
}
"""What the form of a sentence may show, each counted up to three times."""


def is_broken(utterance: Utterance) -> bool:
    """Whether a sentence breaks off or begins anew in the middle."""
    text = utterance.text
    return not utterance.is_whole or bool(_BREAKS_OFF.search(text) or BEGINS_ANEW.search(text))


def telling(said: Sequence[Utterance]) -> np.ndarray:
    """Log-odds that a person who sums up would use each utterance; those of the last stretches are kept."""
    return _telling(tuple(said)).copy()


@lru_cache(maxsize=8)
def _telling(said: tuple[Utterance, ...]) -> np.ndarray:
    return load("salience")["sentence"](features(said)) if said else np.zeros(0)


def located(said: Sequence[Utterance], about: str, *, is_stretch: bool = False) -> np.ndarray:
    """Log-odds that each utterance stands where a person would find what answers a question, and is used in the answer.

    `is_stretch`: all of what was read is to the point, so that it is only whether it is used.
    """
    if not said:
        return np.zeros(0)
    return load("salience")["useful" if is_stretch else "located"](features_about(said, about))


def salience(said: Sequence[Utterance], *, about: str | None = None) -> np.ndarray:
    """Score each utterance; about 0 for a middling one, and far below for one that no reader could follow.

    Without a question, one in ten of a meeting's sentences is above 1 and one in four above -0.3.
    """
    if not said:
        return np.zeros(0)
    scores = load("salience")["salience"]({"odds": telling(said)})
    if about and topic_words(about):
        scores = scores + ABOUT_SCALE * located(said, about)
    return scores - 3.0 * np.array([is_broken(u) for u in said], dtype=float)


def features(said: Sequence[Utterance]) -> Features:
    """Form, place, centrality and speaker of each utterance, and the same of its neighbours."""
    lengths = np.array([len(u.text.split()) for u in said], dtype=float)
    found: Features = {
        name: np.array([min(3, len(pattern.findall(u.text))) for u in said], dtype=float)
        for name, pattern in _FORMS.items()
    }
    found["asks"] = np.array([u.is_question for u in said], dtype=float)
    found["is broken"] = np.array([is_broken(u) for u in said], dtype=float)
    found |= _length(said, lengths)
    found |= _place(len(said))
    found |= _centrality(said, lengths)
    found |= _speaker(said, lengths)
    for name in ("density", "centrality", "log length", "speaker's share"):
        found[f"{name} nearby"] = _nearby(found[name])
    return found


def features_about(said: Sequence[Utterance], about: str) -> Features:
    """The same, and how well each utterance and what stands around it match a question."""
    worth = {stem: weight for stem, (_, _, weight) in load("evidence")["question_words"].terms.items()}
    index = Index([(u.speaker or "", u.text) for u in said])
    found = located_features(index, about, ASKING, worth) | expanded_features(index, about, ASKING, worth)
    return features(said) | {f"asked: {name}": values for name, values in found.items()}


def _length(said: Sequence[Utterance], lengths: np.ndarray) -> Features:
    content = np.array([len(u.stems) for u in said], dtype=float)
    found = {
        "log length": np.log(lengths + 1),
        "content": np.minimum(content, 20),
        "density": content / np.maximum(lengths, 1),
    }
    for low, high in ((0, 6), (6, 9), (9, 13), (24, 32), (32, 1000)):
        found[f"{low} to {high} words"] = ((lengths >= low) & (lengths < high)).astype(float)
    return found


def _place(size: int) -> Features:
    place = (np.arange(size) + 0.5) / max(size, 1)
    return {
        "place": place,
        "opening": np.exp(-place / 0.03),
        "beginning": np.exp(-place / 0.15),
        "closing": np.exp(-(1 - place) / 0.03),
    }


def _centrality(said: Sequence[Utterance], lengths: np.ndarray) -> Features:
    """How much an utterance holds of what all speak of: the log counts of its stems."""
    counts = Counter(stem for u in said for stem in set(u.stems))
    totals = np.array([sum(np.log1p(counts[s] - 1) for s in sorted(set(u.stems))) for u in said])
    rarest = np.array([min((counts[s] for s in u.stems), default=0) for u in said], dtype=float)
    return {
        "centrality": totals / np.sqrt(lengths + 4.0),
        "central words": totals,
        "log of rarest": np.log1p(rarest),
        "log sentences": np.full(len(said), np.log(max(1, len(said)))),
    }


def _speaker(said: Sequence[Utterance], lengths: np.ndarray) -> Features:
    spoken: Counter[str | None] = Counter()
    for u, length in zip(said, lengths.tolist(), strict=True):
        spoken[u.speaker] += length
    whole = max(1.0, float(lengths.sum()))
    before = [None, *(u.speaker for u in said)]
    return {
        "speaker's share": np.array([spoken[u.speaker] / whole for u in said]),
        "speaker goes on": np.array([float(u.speaker == last) for u, last in zip(said, before, strict=False)]),
    }


def _nearby(values: np.ndarray, reach: int = 4) -> np.ndarray:
    """The mean over some places to either side."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(len(values)) - reach, 0)
    last = np.minimum(np.arange(len(values)) + reach + 1, len(values))
    found: np.ndarray = (sums[last] - sums[first]) / (last - first)
    return found
