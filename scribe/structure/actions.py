"""Who took on what, and by when.

In: utterances, and the lines that they came from. Out: for an utterance that says something will be done, its owner and
its date. An owner is named, promises it himself, or takes on what he was asked to do; where none of these was said,
there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scribe.records import Segment
from scribe.structure.promises import due_of, is_own, is_request, named_in
from scribe.utterances import Utterance

_REPLY_WITHIN = 3
"""Lines after a request among which it is taken on."""

_ACCEPTS = re.compile(
    r"^(?:(?:oh|um|uh|well|and|okay|ok)[,.]? )*(?:yes|yeah|yep|sure|okay|ok|alright|all right|of course|will do|"
    r"no problem|fine|"
    r"absolutely|certainly|I can|I will|I'll|with pleasure|gladly|happy to)\b",
    re.I,
)
_DECLINES = re.compile(r"\b(?:can't|cannot|won't|no time|not me|I don't|rather not|but)\b", re.I)
_TAKES_ON = re.compile(
    r"^(?:(?:okay|ok|yes|yeah|sure|well|oh|and)[,.]? )*I(?:'ll| will| can) (?:take|do|handle) (?:it|that|this|"
    r"care of (?:it|that))\b",
    re.I,
)


_SEVERAL = re.compile(r"\b(?:you (?:two|three|both|all|guys)|all of you|both of you|each of you)\b", re.I)
"""Asked of more than one, and the yes of one is not that of the others."""


class Task(NamedTuple):
    """Who is to do something, None where that was not said, and by when in the words that were said."""

    owner: str | None
    due: str | None
    taken_on: Segment | None = None
    """The line in which the owner says yes to it, where he did not say it himself."""


def task_of(utterance: Utterance, lines: Sequence[Segment]) -> Task:
    """Owner and date of something that is to be done; `lines` are all lines of the session or of its stretch.

    Where an utterance asks somebody who is not named, its owner is the next speaker, if that one says yes.
    """
    text = utterance.text
    due, named = due_of(text), named_in(text)
    if named is None and is_own(text):
        return Task(utterance.speaker, due)
    taker = None if _SEVERAL.search(text) else _taker(utterance, lines, is_asked=named is not None or is_request(text))
    owner = _full_name(named, lines) if named is not None else taker.speaker if taker else None
    if taker is None or taker.speaker != owner:
        return Task(owner, due)
    return Task(owner, due or due_of(taker.text), taker)


def _taker(utterance: Utterance, lines: Sequence[Segment], *, is_asked: bool) -> Segment | None:
    """The line in which somebody else takes on what an utterance asks for."""
    first = lines[0].index if lines else 0
    start = utterance.cites[-1] + 1 - first
    for line in lines[max(start, 0) : start + _REPLY_WITHIN]:
        if line.speaker is None or line.speaker == utterance.speaker:
            continue
        if _DECLINES.search(line.text):
            return None
        if _TAKES_ON.match(line.text) or (is_asked and _ACCEPTS.match(line.text)):
            return line
        if is_asked:
            return None
    return None


def _full_name(said: str, lines: Sequence[Segment]) -> str:
    """The speaker whom a first name or a surname means, where there is just one; else the name as it was said."""
    speakers = {line.speaker for line in lines if line.speaker}
    if said in speakers:
        return said
    meant = [name for name in speakers if said in name.split()]
    return meant[0] if len(meant) == 1 else said[:1].lower() + said[1:] if said.startswith(("The ", "Our ")) else said
