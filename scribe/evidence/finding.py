"""Finding: which lines speak of what is asked or claimed.

In: a question or a claim, and texts. Out: a score for each text. It knows nothing of citations.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from scribe.language import content_words

_ASKING = frozenset(
    content_words(
        "summarize summarise summary discussion discuss discussed discusses meeting session group team talk talked "
        "talks speak spoke opinion opinions view views mention mentioned describe described conclude concluded overall "
        "main general entire points point content topic topics idea ideas attitude regarding concerning"
    )
)
"""Words that ask for notes and name no topic."""


def names_topic(question: str) -> bool:
    """Whether a question asks about something in particular.

    >>> names_topic("Summarize the whole meeting."), names_topic("What was said about log-loss?")
    (False, True)
    """
    return bool(topic_words(question))


def topic_words(question: str) -> list[str]:
    """Stems of the words that say what a question is about."""
    return [w for w in content_words(question) if w not in _ASKING]


def relevance(question: str, texts: Sequence[str], *, spread: float = 4.0) -> np.ndarray:
    """Relevance of each text to a question: BM25, each text lent some of its neighbours' score.

    Okapi BM25 (Robertson and Zaragoza 2009) with k1 = 1.2 and b = 0.5; neighbours count by a Gaussian of `spread`
    texts, because an answer is seldom one line and repeats few of the question's words. Array of `len(texts)`, ≥ 0.
    """
    return smoothed(bm25(topic_words(question), [content_words(t) for t in texts]), spread)


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> np.ndarray:
    """Okapi BM25 of each document (a sequence of terms) for a query of terms."""
    wanted = set(query)
    counts = [Counter(term for term in document if term in wanted) for document in documents]
    lengths = np.array([len(document) for document in documents], dtype=float)
    average = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
    scores = np.zeros(len(documents))
    for term in wanted:
        tf = np.array([count[term] for count in counts], dtype=float)
        df = int((tf > 0).sum())
        idf = math.log(1 + (len(documents) - df + 0.5) / (df + 0.5))
        scores += idf * tf * 2.2 / (tf + 1.2 * (0.5 + 0.5 * lengths / average))
    return scores


def smoothed(scores: np.ndarray, spread: float) -> np.ndarray:
    """Each score plus those of its neighbours, weighted by a Gaussian whose standard deviation is `spread` places."""
    reach = int(3 * spread)
    if reach == 0 or len(scores) == 0:
        return scores
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    return np.convolve(np.pad(scores, reach), kernel, mode="valid")
