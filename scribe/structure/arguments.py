"""What argues for what: objections with their replies, statements with their reasons.

In: utterances, and the lines that they came from. Out: for an utterance, the ones that answer it or give its reasons.
A reason is looked for only right beside a statement, from the same mouth, and only where a word says that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scribe.language import sentences
from scribe.records import Segment
from scribe.structure.following import following
from scribe.structure.kinds import is_clear, strength
from scribe.tidy import tidy, without_opener
from scribe.utterances import Utterance

_PLAIN_OBJECTION = 0.9
"""Strength from which an objection needs nobody to object to."""

_AFTER = 4
"""Sentences before an objection among which somebody else says what it is against."""

_REPLY_WITHIN = 5
_LEAST_WORTH = 0.9

_ANSWERS_BACK = re.compile(
    r"^(?:yes|no|yeah|right|true|well|sure|exactly|but|although|I (?:dis)?agree|that's (?:right|true|fair|why|"
    r"not)|fair|granted|"
    r"not (?:if|necessarily)|only if|you can|the answer)\b",
    re.I,
)
_UNSURE = re.compile(r"^(?:I(?:'m| am) not sure|I (?:don't|do not) know|I don't understand|sorry)\b", re.I)
_OPENING = r"^(?:(?:well|yeah|yes|no|and|so|mainly|partly|mostly)[,.]? )?"
_REASON = re.compile(
    rf"{_OPENING}(?:(?:that's |this is |it's |it is )?(?:just |mostly |only |simply |partly )?"
    r"(?:because|'cause|cuz)\b(?! of course)|since\b(?! then)(?=[^,]+$)|the reason (?:is|being)\b|after all\b|"
    r"for (?:one thing|the reason)\b)",
    re.I,
)
_TWO_CLAUSES = re.compile(
    rf"{_OPENING}(?:because|'cause|cuz)\b [^,]{{8,}}, (?:then )?(?:I|we|you|they|he|she|it|there|that|"
    rf"this)(?:'\w+)? \w+",
    re.I,
)
"""A sentence that gives a reason and what it is a reason for: it says nothing of the sentence before it."""

_TURNS = re.compile(r"^(?:however|but|although)\b", re.I)

_CONCLUDES = re.compile(
    r"^(?:(?:and|so)[, ]+)?(?:therefore|hence|thus|it follows|this (?:means|implies)|that (?:means|implies)|"
    r"that's why|which is why|consequently|this is why)\b",
    re.I,
)


def is_objection(utterance: Utterance, said: Sequence[Utterance]) -> bool:
    """Whether an utterance objects: it says so, or something is found wrong right after somebody else spoke."""
    if _UNSURE.match(utterance.text) or utterance.text.startswith(("If ", "Even if ", "Or ")):
        return False
    found = strength("objection", utterance)
    before = said[max(0, utterance.place - _AFTER) : utterance.place]
    is_reaction = any(u.speaker != utterance.speaker and len(u.stems) >= 2 for u in before)
    return found >= _PLAIN_OBJECTION or (found >= 0.6 and is_reaction)


def reply_to(objection: Utterance, said: Sequence[Utterance]) -> Utterance | None:
    """What somebody else answers to an objection, soon after it, where that is plain."""
    best, best_worth = None, _LEAST_WORTH
    for distance, u in following(objection, said, _REPLY_WITHIN):
        if u.is_question or not is_clear(u) or _UNSURE.match(u.text):
            continue
        shared = len(set(objection.stems) & set(u.stems))
        worth = 0.9 / (1 + 0.5 * distance) + 0.3 * min(shared, 2) + 0.4 * bool(_ANSWERS_BACK.match(u.text))
        if worth > best_worth:
            best, best_worth = u, worth
    return best


def reasons_for(statement: Utterance, said: Sequence[Utterance], lines: Mapping[int, Segment]) -> list[Utterance]:
    """What its speaker says right beside a statement as a reason for it; `lines` are segments by index."""
    if statement.is_question:
        return []
    after = said[statement.place + 1 : statement.place + 2]
    before = said[max(0, statement.place - 1) : statement.place]
    found = []
    if _CONCLUDES.match(_in_full(statement, lines)):
        found += [u for u in before if _is_own(u, statement) and not _is_no_premise(_in_full(u, lines))]
    found += [u for u in after if _is_own(u, statement) and _gives_reason(_in_full(u, lines))]
    return found


def _is_no_premise(text: str) -> bool:
    """Whether a sentence argues for the one before it or against it, and so not for the one after it."""
    return bool(_REASON.match(text) or _TURNS.match(text))


def _gives_reason(text: str) -> bool:
    return bool(_REASON.match(text)) and not _TWO_CLAUSES.match(text)


def _is_own(u: Utterance, statement: Utterance) -> bool:
    is_near = u.cites[0] - statement.cites[-1] <= 2 and statement.cites[0] - u.cites[-1] <= 2
    return u.speaker == statement.speaker and is_near and not u.is_question and is_clear(u)


def _in_full(u: Utterance, lines: Mapping[int, Segment]) -> str:
    """A sentence with the opener that utterances leave out: "because", "so", "therefore"."""
    spoken = " ".join(lines[i].text for i in u.cites if i in lines)
    for sentence in sentences(spoken):
        readable = tidy(sentence)
        rest = without_opener(readable)
        if rest and rest[:40].rstrip(" .,") == u.text[: len(rest[:40])].rstrip(" .,"):
            return readable
    return u.text
