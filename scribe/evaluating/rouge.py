"""ROUGE of a text beside a reference, by Google's `rouge-score`.

In: two texts, a sentence a line. Out: F1 × 100 of each variant. It counts nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from scribe.language import is_content, words

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

VARIANTS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
"""Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries". L takes a text for one sentence; Lsum takes the
union over its sentences, as the paper's section 3.2 has it."""


def rouge(candidate: str, reference: str) -> dict[str, float]:
    """F1 × 100 of every variant, and `content1`: ROUGE-1 of the words that carry a topic alone.

    >>> found = rouge("The loss is a bound.", "Loss is the bound.")
    >>> {name: round(found[name], 1) for name in ("rouge1", "rouge2", "content1")}
    {'rouge1': 88.9, 'rouge2': 28.6, 'content1': 100.0}
    """
    found = _scorer(VARIANTS).score(reference, candidate)
    told = _scorer(("rouge1",)).score(_content(reference), _content(candidate))
    return {name: 100 * found[name].fmeasure for name in VARIANTS} | {"content1": 100 * told["rouge1"].fmeasure}


def signature() -> str:
    """What counted, and how, such as `rouge-score 0.1.2, stemmed`."""
    return f"rouge-score {version('rouge-score')}, stemmed"


def _content(text: str) -> str:
    return " ".join(word for word in words(text) if is_content(word))


@lru_cache(maxsize=2)
def _scorer(variants: tuple[str, ...]) -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(variants), use_stemmer=True)


Figures = Mapping[str, float | None]
"""A figure by the name of its measure; None where it is undefined."""
