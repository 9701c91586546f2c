"""Judging: whether the lines that a text cites bear it out.

In: a text, the lines it cites, and the segments that were shown. Out: `Support`. Code, not a model, decides; a
simulator's word counts for nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scribe.language import (
    STOP_WORDS,
    WORD,
    content_words,
    is_content,
    names,
    negations,
    numbers,
    stem,
    words,
)
from scribe.records import Segment, Support
from scribe.tidy import tidy

SUPPORTED, WEAK = 0.5, 0.2
"""Shares of a claim's content words that its lines must hold for each verdict.

In ten ICSI meetings the lines of another meeting hold more than 0.15 of a human sentence's content words once in a
hundred; its own lines hold 0.23 in the median, because people paraphrase freely. So *weak* says that the lines are its
own, *supported* that a reader will find its words there. `benchmarks/LOG.md` has the figures."""


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
