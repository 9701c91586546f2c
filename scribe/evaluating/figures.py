"""What is measured of one text: how near to a person's, how well cited, how long, how repetitive, how dear.

In: the claims that a simulator wrote of a session, and a reference. Out: a figure for each of `MEASURES`, None where
it is undefined. Shares and F1 are × 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from scribe.claims import flat
from scribe.evaluating.rouge import Figures, rouge
from scribe.evaluating.sessions import Reference
from scribe.language import content_words, jaccard
from scribe.records import Claim, Transcript, Verdict


class Measure(NamedTuple):
    """One measure, as tables and pages name it."""

    name: str
    label: str
    unit: str
    better: Literal["higher", "lower"] | None
    told: str
    """What it is, in a sentence, with its source."""


MEASURES: tuple[Measure, ...] = (
    Measure("rouge1", "ROUGE-1", "F1 × 100", "higher", "Words in common with the reference, stemmed (Lin 2004)."),
    Measure("rouge2", "ROUGE-2", "F1 × 100", "higher", "Pairs of neighbouring words in common."),
    Measure("rougeL", "ROUGE-L", "F1 × 100", "higher", "Longest common subsequence of words, all in one sentence."),
    Measure("rougeLsum", "ROUGE-Lsum", "F1 × 100", "higher", "The same, as the union over sentences."),
    Measure("content1", "content words", "F1 × 100", "higher", "ROUGE-1 without stop words."),
    Measure(
        "cite_precision",
        "citation precision",
        "% of lines cited",
        "higher",
        "Lines cited that people linked to the reference, as a share of all lines cited; 0 for a text that cites none.",
    ),
    Measure(
        "cite_recall",
        "citation recall",
        "% of lines linked",
        "higher",
        "Lines cited that people linked to the reference, as a share of all lines linked.",
    ),
    Measure("cite_f1", "citation F1", "F1 × 100", "higher", "Harmonic mean of the two."),
    Measure(
        "reached",
        "sentences reached",
        "% of the reference's",
        "higher",
        "Sentences of the reference of whose linked lines at least one is cited, as a share of those that have any.",
    ),
    Measure(
        "unsupported", "unsupported", "% of sentences", "lower", "Sentences that their lines do not bear out, by code."
    ),
    Measure("weak", "weak", "% of sentences", "lower", "Sentences that their lines bear out in part."),
    Measure(
        "coverage",
        "coverage",
        "% of lines",
        None,
        "Lines of the record that the simulator read; an answer to a question reads those that seem to concern it.",
    ),
    Measure(
        "compression",
        "compression",
        "% of words",
        None,
        "Words written, as a share of those said (Grusky et al. 2018).",
    ),
    Measure(
        "redundancy",
        "redundancy",
        "Jaccard × 100",
        "lower",
        "Content words that a sentence shares with the earlier one most like it (the redundancy that maximal marginal "
        "relevance takes off, Carbonell and Goldstein 1998), in the mean from the second sentence on.",
    ),
    Measure("words", "words", "words", None, "Length of the text."),
    Measure(
        "seconds",
        "time",
        "s",
        "lower",
        "Seconds that the text took on this machine; not told where completions were kept from an earlier run.",
    ),
    Measure("tokens_read", "tokens read", "tokens", "lower", "Tokens of prompts, where the simulator counts them."),
    Measure("tokens_written", "tokens written", "tokens", "lower", "Tokens of completions, likewise."),
)


class Candidate(NamedTuple):
    """What a simulator wrote, and what it took."""

    claims: tuple[Claim, ...]
    """In reading order, replies and contradictions nested."""
    coverage: float
    """Share of the record's lines that were read."""
    seconds: float | None = None
    """None where completions were kept from an earlier run: then it says nothing."""
    tokens: tuple[int, int] | None = None
    """Read and written; None where nobody counted, or where completions were kept."""

    @property
    def sentences(self) -> tuple[Claim, ...]:
        """Every claim as a sentence of the text."""
        return tuple(claim for claim in flat(self.claims) if claim.text.strip())

    @property
    def text(self) -> str:
        """The text that is measured, a sentence a line, without speakers and citations."""
        return "\n".join(claim.text for claim in self.sentences)


def figures(candidate: Candidate, reference: Reference, transcript: Transcript) -> dict[str, float | None]:
    """Every measure of a candidate beside a reference, by name, in the order of `MEASURES`."""
    said = candidate.sentences
    length = len(candidate.text.split())
    heard = sum(len(segment.text.split()) for segment in transcript.segments)
    found: dict[str, float | None] = {
        **rouge(candidate.text, reference.text),
        **_citations(cited := {line for claim in said for line in claim.cites}, set(reference.linked)),
        "reached": _reached(cited, reference),
        "unsupported": _share_of("unsupported", said),
        "weak": _share_of("weak", said),
        "coverage": 100 * candidate.coverage,
        "compression": 100 * length / heard if heard else None,
        "redundancy": redundancy([claim.text for claim in said]),
        "words": float(length),
        "seconds": candidate.seconds,
        "tokens_read": float(candidate.tokens[0]) if candidate.tokens else None,
        "tokens_written": float(candidate.tokens[1]) if candidate.tokens else None,
    }
    return {measure.name: found[measure.name] for measure in MEASURES}


def redundancy(sentences: Sequence[str]) -> float | None:
    """Mean over all sentences but the first of their largest Jaccard index with an earlier one, × 100.

    None for fewer than two sentences.

    >>> redundancy(["A loss is a bound.", "Each loss is a bound.", "Samplers are slow."])
    50.0
    """
    told = [content_words(sentence) for sentence in sentences]
    if len(told) < 2:
        return None
    nearest = [max(jaccard(words, earlier) for earlier in told[:place]) for place, words in enumerate(told) if place]
    return 100 * sum(nearest) / len(nearest)


def _citations(cited: set[int], linked: set[int]) -> Figures:
    """Precision, recall and F1 of lines; undefined where nobody linked any."""
    if not linked:
        return {"cite_precision": None, "cite_recall": None, "cite_f1": None}
    common = len(cited & linked)
    return {
        "cite_precision": 100 * common / len(cited) if cited else 0.0,
        "cite_recall": 100 * common / len(linked),
        "cite_f1": 200 * common / (len(cited) + len(linked)),
    }


def _reached(cited: set[int], reference: Reference) -> float | None:
    """Sentences with a line among those cited, as a share of the sentences that have lines, × 100."""
    linked = [sentence.cites for sentence in reference.sentences if sentence.cites]
    return 100 * sum(not cited.isdisjoint(lines) for lines in linked) / len(linked) if linked else None


def _share_of(verdict: Verdict, said: Sequence[Claim]) -> float | None:
    """Sentences of a verdict as a share of all, × 100; one that nobody judged counts as unsupported."""
    found: list[Verdict] = [claim.support.verdict if claim.support else "unsupported" for claim in said]
    return 100 * found.count(verdict) / len(found) if found else None
