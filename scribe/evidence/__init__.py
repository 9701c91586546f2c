"""Evidence: what a text cites, whether the lines cited bear it out, and which lines answer a question.

In: text with citations such as `[12]`, `[12-14]` or `[12, 15]`, and the segments that were shown. Out: cited
sentences, `Support`, rankings. Code, not a model, decides; a simulator's word counts for nothing here.
"""

from scribe.evidence.citing import (
    CITATION,
    WIDEST_RANGE,
    Cited,
    attributed,
    citations,
    cite,
    cited_sentences,
    without_citations,
)
from scribe.evidence.finding import (
    DISCUSSED,
    best_lines,
    best_passages,
    bm25,
    discussed,
    is_discussed,
    names_topic,
    passages,
    relevance,
    smoothed,
    support_scores,
    topic_words,
)
from scribe.evidence.judging import SUPPORTED, WEAK, judge

__all__ = [
    "CITATION",
    "DISCUSSED",
    "SUPPORTED",
    "WEAK",
    "WIDEST_RANGE",
    "Cited",
    "attributed",
    "best_lines",
    "best_passages",
    "bm25",
    "citations",
    "cite",
    "cited_sentences",
    "discussed",
    "is_discussed",
    "judge",
    "names_topic",
    "passages",
    "relevance",
    "smoothed",
    "support_scores",
    "topic_words",
    "without_citations",
]
