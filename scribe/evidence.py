"""Evidence: what a text cites, whether the lines cited bear it out, and which lines answer a question.

In: text with citations such as `[12]`, `[12-14]` or `[12, 15]`, and the segments that were shown. Out: cited
sentences, `Support`, rankings. Code, not a model, decides; a simulator's word counts for nothing here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scribe.language import (
    STOP_WORDS,
    WORD,
    content_words,
    is_content,
    names,
    negations,
    numbers,
    sentences,
    stem,
    words,
)
from scribe.records import Segment, Support
from scribe.tidy import tidy

CITATION = re.compile(r"\[\s*(\d{1,9}(?:\s*[-–]\s*\d{1,9})?(?:\s*[,;]\s*\d{1,9}(?:\s*[-–]\s*\d{1,9})?)*)\s*\]")
"""`[12]`, `[12-14]`, `[12, 15]`, and mixtures of them."""

WIDEST_RANGE = 200
"""A citation of more lines than this names nothing in particular; it is cut to its first and last line."""

SUPPORTED, WEAK = 0.5, 0.2
"""Shares of a claim's content words that its lines must hold for each verdict.

In ten ICSI meetings the lines of another meeting hold more than 0.15 of a human sentence's content words once in a
hundred; its own lines hold 0.23 in the median, because people paraphrase freely. So *weak* says that the lines are its
own, *supported* that a reader will find its words there. `benchmarks/LOG.md` has the figures."""

_ASKING = frozenset(
    content_words(
        "summarize summarise summary discussion discuss discussed discusses meeting session group team talk talked "
        "talks speak spoke opinion opinions view views mention mentioned describe described conclude concluded overall "
        "main general entire points point content topic topics idea ideas attitude regarding concerning"
    )
)
"""Words that ask for notes and name no topic."""


class Cited(NamedTuple):
    """A piece of text without its brackets, and the lines that they named."""

    text: str
    cites: tuple[int, ...]


def citations(text: str) -> tuple[int, ...]:
    """Line numbers that `text` cites, ascending, each once.

    >>> citations("So it is [12-14], or was [3, 12].")
    (3, 12, 13, 14)
    """
    found: set[int] = set()
    for match in CITATION.finditer(text):
        for part in re.split(r"[,;]", match.group(1)):
            ends = [int(n) for n in re.split(r"[-–]", part)]
            first, last = min(ends), max(ends)
            found.update(range(first, last + 1) if last - first <= WIDEST_RANGE else (first, last))
    return tuple(sorted(found))


def without_citations(text: str) -> str:
    """`text` without its citation brackets, spacing mended.

    >>> without_citations("It is so [12]. And more [3, 4] too.")
    'It is so. And more too.'
    """
    return re.sub(r"\s+([.,;:?!])", r"\1", re.sub(r"\s+", " ", CITATION.sub(" ", text))).strip()


def cited_sentences(text: str) -> list[Cited]:
    """Cut `text` into sentences, each with the lines it cites, before or after its full stop.

    >>> cited_sentences("One thing. [1] Another [2-3]. A third.")
    [Cited(text='One thing.', cites=(1,)), Cited(text='Another.', cites=(2, 3)), Cited(text='A third.', cites=())]
    """
    moved = re.sub(rf"([.?!…][\"'”’)]*)((?:\s*{CITATION.pattern})+)", _citation_first, text)
    return [Cited(without_citations(s), citations(s)) for s in sentences(moved) if without_citations(s)]


def _citation_first(match: re.Match[str]) -> str:
    """Put the citations that follow a full stop before it."""
    return f" {match.group(2).strip()}{match.group(1)} "


def cite(lines: Sequence[int]) -> str:
    """Write line numbers as one citation; `citations` reads it back.

    >>> cite([3, 12, 13, 14])
    '[3, 12-14]'
    """
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][-1] + 1 and line - runs[-1][0] <= WIDEST_RANGE:
            runs[-1].append(line)
        else:
            runs.append([line])
    return "[" + ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs) + "]"


def attributed(speaker: str | None, text: str, cites: Sequence[int]) -> str:
    """A sentence as records and frames show it: who said it, what, and its lines.

    >>> attributed("Ada", "It is so.", [3, 4]), attributed(None, "It is so.", [])
    ('Ada: It is so. [3-4]', 'It is so.')
    """
    return " ".join(part for part in (f"{speaker}:" if speaker else "", text, cite(cites) if cites else "") if part)


def judge(text: str, cites: Sequence[int], shown: Mapping[int, Segment], *, speaker: str | None = None) -> Support:
    """Judge whether the lines cited bear `text` out.

    `shown` holds the segments that the simulator saw, by index; `speaker` is whom the text is attributed to. The
    score is the share of the text's content words that the lines hold. A number, a name, a negation or a speaker
    that the lines do not hold makes the text unsupported however well its words fit.
    """
    lines = [shown[i] for i in cites if i in shown]
    strangers = [i for i in cites if i not in shown]
    if not lines:
        reason = f"cites line {strangers[0]}, which was not shown" if strangers else "cites no line"
        return Support(verdict="unsupported", score=0.0, reasons=(reason,))
    raw = " ".join(line.text for line in lines)
    spoken = f"{raw} . {tidy(raw)}"
    share = _share_held(text, spoken)
    present = {word for name in {line.speaker for line in shown.values() if line.speaker} for word in words(name)}
    faults = _faults(text, spoken, lines, speaker, present)
    reasons = list(faults)
    if strangers:
        reasons.append(f"cites line {strangers[0]}, which was not shown")
    if share < SUPPORTED:
        reasons.append(f"the lines hold {share:.0%} of its words")
    if faults or share < WEAK:
        return Support(verdict="unsupported", score=min(share, WEAK) if faults else share, reasons=tuple(reasons))
    return Support(verdict="weak" if reasons else "supported", score=share, reasons=tuple(reasons))


def _share_held(text: str, spoken: str) -> float:
    """Share of the distinct content words of `text` that `spoken` holds; of all words where there are none."""
    claimed, held = set(content_words(text)), set(content_words(spoken))
    if not claimed:
        claimed, held = set(words(text)), set(words(spoken))
    return len(claimed & held) / len(claimed) if claimed else 0.0


def _faults(text: str, spoken: str, lines: Sequence[Segment], speaker: str | None, present: set[str]) -> list[str]:
    """What the text says that its lines do not: numbers, names, negations, the speaker.

    A capital that begins a sentence makes a name only of who is `present`.
    """
    found = []
    speakers = {line.speaker for line in lines}
    if speaker is not None and speaker not in speakers:
        found.append(f"{speaker} did not say these lines")
    if missing := sorted(numbers(text) - numbers(spoken)):
        found.append(f"the number {missing[0]} is not in the lines")
    heard = set(words(spoken)) | {w for name in speakers if name for w in words(name)}
    heard |= {w.removesuffix("'s") for w in heard}
    written = {w.lower().replace("’", "'").removesuffix("'s") for w in WORD.findall(text) if w[0].isupper()}
    named = names(text) | (written & present - STOP_WORDS)
    if missing := sorted(named - heard):
        found.append(f"the name {missing[0].capitalize()} is not in the lines")
    if (fault := _negation_fault(text, spoken)) is not None:
        found.append(fault)
    return found


def _negation_fault(text: str, spoken: str) -> str | None:
    """Whether the text denies what the lines say, or says what they deny."""
    if negations(text) and not negations(spoken):
        return "it denies something and the lines do not"
    (said, denied), (heard, heard_denied) = _said_and_denied(text), _said_and_denied(spoken)
    if (said & heard_denied) - heard - denied:
        return "the lines deny something and it does not"
    return None


def _said_and_denied(text: str) -> tuple[set[str], set[str]]:
    """Content words outside the reach of every negation, and those within: up to five words on, in the same clause."""
    said: set[str] = set()
    denied: set[str] = set()
    for clause in re.split(r"[,;:.?!…]+[\"'”’)]*(?:\s|$)|\b(?:but|because|so)\b", text):
        reach = 0
        for word in words(clause):
            if negations(word):
                reach = 5
            elif is_content(word):
                (denied if reach else said).add(stem(word))
            reach = max(0, reach - 1)
    return said, denied


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
