"""Spoken sentences -> sentences of a report: "Ada said that they had a bound."

In: utterances in the order in which they were said. Out: one sentence of running text for each, in the third person and
the past tense, its speaker named. Numbers, names, negation and modality stay as they were said: a sentence in which
the rules would change one of them, or that they cannot take apart, is quoted instead. It draws
nothing from the sentences around it but who spoke before and which words are names, and knows nothing of what is worth
reporting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scribe.rewriting.refusing import is_fragment as is_fragment
from scribe.rewriting.reporting import report, spelt_inside
from scribe.rewriting.speakers import speaker_of, speakers_of
from scribe.utterances import Utterance

_ASKS_WHAT_THEY_THINK = re.compile(r"\b(?:think|thought|thoughts|opinions?|views?|feel|believe|attitudes?)\b", re.I)


class Reported(NamedTuple):
    """A sentence of a report."""

    text: str
    is_rewritten: bool
    """False: the cleaned quote, because it could not be reported cleanly."""


def reported(
    said: Sequence[Utterance], *, within: Sequence[Utterance] | None = None, apart: bool = False, asked: str = ""
) -> list[Reported]:
    """Report each sentence: one for each, same order.

    `within` is all the talk that the sentences are from, whose spelling tells names from other words; the sentences
    themselves where it is not given. `apart`: each names its speaker, as if it stood alone.
    `asked` is the question that the report answers: people are called as it calls them, and think where it asks what
    they think.
    """
    found: list[Reported] = []
    talk = said if within is None else within
    inside = spelt_inside(utterance.text for utterance in talk)
    saying = "thought" if _ASKS_WHAT_THEY_THINK.search(asked) else "said"
    called = speakers_of((u.speaker for u in (*talk, *said) if u.speaker), asked)
    before: str | None = None
    turn = 0
    for utterance in said:
        label = utterance.speaker
        turn = turn + 1 if label == before and not apart else 0
        told = report(utterance.text, called[label], turn=turn, inside=inside, saying=saying) if label else None
        name = called[label].name if label else None
        found.append(Reported(told or _quote(utterance.text, name), is_rewritten=told is not None))
        before = label
    return found


def quoted(utterance: Utterance) -> str:
    """The sentence in quotation marks, its speaker before it; bare where nobody is named."""
    return _quote(utterance.text, speaker_of(utterance.speaker).name if utterance.speaker else None)


def _quote(text: str, name: str | None) -> str:
    inner = text.replace('"', "'")
    return f'{name} said: "{inner}"' if name else text
