"""One stretch of talk, read once: what was said in it, what of that tells most, what answers and argues for what.

In: the segments a prompt shows, and the question asked where there was one. Out: utterances in order of worth. How
they are written down is the business of `extract`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from scribe.language import jaccard
from scribe.records import ClaimKind, Segment
from scribe.simulators.kinds import strength
from scribe.simulators.phrases import phrases
from scribe.simulators.salience import is_broken, salience
from scribe.utterances import Utterance, utterances

_PLAIN: dict[ClaimKind, float] = {
    "question": 0.6,
    "definition": 0.7,
    "conjecture": 0.8,
    "objection": 0.6,
    "decision": 0.7,
    "action": 0.7,
}
"""How plainly a sentence must be of a kind to be offered as one."""

_ALIKE = 0.5
"""Two sentences that share more of their content words than this say the same (Jaccard)."""

_LEAST_POINT = -0.3
"""Salience that a point needs; about one sentence in four of the ICSI meetings has it."""

_ANSWER_WITHIN = 6
"""Sentences after a question among which its answer is looked for; in AMI and ICSI most come within three."""

_ARGUE_WITHIN = 7
"""Sentences before and after a statement among which its argument is looked for."""

_STAYS_OPEN = re.compile(
    r"\b(?:open (?:question|problem)|won't settle|leave (?:it|that|this) open|remains? open)\b", re.I
)
_REPLIES = re.compile(r"(?:yes|no|yeah|because|well|I think|it's|the answer)\b", re.I)
_CLAIMS = re.compile(
    r"\b(?:(?:my|the|our) claim|I claim|therefore|hence|it follows|implies that|theorem|lemma)\b", re.I
)
_ARGUES = re.compile(
    r"\b(?:because|since|so|therefore|hence|thus|then|if|implies|follows|means|whenever|only|must|every|"
    r"minimi\w+|maximi\w+)\b",
    re.I,
)
_ASSUMES = re.compile(
    r"\b(?:assum\w+|suppose|supposing|given that|provided|as long as|in the limit|if we (?:have|take|fix))\b", re.I
)
_ANNOUNCES = re.compile(r"\b(?:today's|our (?:first|second|next|last)) (?:question|topic)\b", re.I)


class Argued(NamedTuple):
    """A statement, and what was said near it that assumes, argues for or doubts it."""

    statement: Utterance
    assumptions: list[Utterance]
    steps: list[Utterance]
    gaps: list[Utterance]


class Reading:
    """What can be quoted from one stretch of talk."""

    def __init__(self, sources: Sequence[Segment], about: str | None) -> None:
        self.said = utterances(sources)
        self.salience = salience(self.said, about=about)
        self.words = sum(len(s.text.split()) for s in sources)

    def ranked(self, kind: ClaimKind) -> list[Utterance]:
        """Utterances of a kind, best first; a point is any telling statement."""
        if kind == "point":
            return [self.said[i] for i in np.argsort(-self.salience, kind="stable") if self._is_point(int(i))]
        marked = [(strength(kind, u), u) for u in self.said]
        worth = {u.place: 2.0 * s + 0.6 * float(self.salience[u.place]) for s, u in marked}
        able = [u for s, u in marked if s >= _PLAIN.get(kind, 1.0) and self._is_clear(u) and worth[u.place] > 1.2]
        return sorted(able, key=lambda u: -worth[u.place])

    def answer_to(self, question: Utterance) -> Utterance | None:
        """The sentence by somebody else, soon after a question, that most looks like its answer, if one does."""
        after = self.said[question.place + 1 : question.place + 1 + _ANSWER_WITHIN]
        if any(_STAYS_OPEN.search(u.text) for u in after):
            return None
        asked = set(question.stems)
        best, best_worth = None, 0.9
        for distance, u in enumerate(after):
            is_same_speaker = u.speaker == question.speaker and u.speaker is not None
            is_clear = not is_broken(u) and len(u.text.split()) >= 5
            if u.is_question or is_same_speaker or not is_clear:
                continue
            worth = 1.2 / (1 + 0.6 * distance) + 0.25 * min(len(asked & set(u.stems)), 2)
            worth += 0.4 * bool(_REPLIES.match(u.text)) + 0.1 * max(-1.0, float(self.salience[u.place]))
            if worth > best_worth:
                best, best_worth = u, worth
        return best

    def titles(self, most: int) -> list[str]:
        """At most `most` titles of one or two phrases, best first."""
        found = phrases([u.text for u in self.said], most + 2)
        pairs = sorted(combinations(range(len(found)), 2), key=sum)
        made = [f"{found[a]} and {found[b]}" for a, b in pairs] or found
        return [title[:1].upper() + title[1:] for title in made[:most]]

    def propositions(self) -> list[Argued]:
        """What somebody claimed or conjectured and argued for, most telling first; no step serves two statements."""
        made: list[Argued] = []
        used: set[int] = set()
        claimed = [u for u in self.said if not u.is_question and self._is_clear(u)]
        claimed = [u for u in claimed if _CLAIMS.search(u.text) or strength("conjecture", u) >= _PLAIN["conjecture"]]
        for statement in sorted(claimed, key=lambda u: -self.salience[u.place]):
            argued = self._argument_for(statement)
            if statement.place not in used and len(argued.steps) >= 2:
                made.append(argued)
                used.update(u.place for u in (statement, *argued.steps))
        return made

    def _is_point(self, place: int) -> bool:
        said = self.said[place]
        return not said.is_question and self.salience[place] > _LEAST_POINT and len(said.text.split()) >= 4

    def _is_clear(self, utterance: Utterance) -> bool:
        """Whether somebody who was not there could make something of it."""
        return self.salience[utterance.place] > -1.5 and utterance.is_whole and len(utterance.text.split()) >= 5

    def _argument_for(self, statement: Utterance) -> Argued:
        topic = set(statement.stems)
        first = max(0, statement.place - _ARGUE_WITHIN)
        near = [
            u
            for u in self.said[first : statement.place + _ARGUE_WITHIN + 1]
            if u is not statement and u.is_whole and len(u.stems) >= 3 and not _ANNOUNCES.search(u.text)
        ]
        near = [u for u in near if topic & set(u.stems) or _is_next_to(statement, u)]
        assumptions = [u for u in near if _ASSUMES.search(u.text) and not u.is_question][:3]
        after = [u for u in near if u.place > statement.place and u not in assumptions]
        gaps = [u for u in after if u.is_question or strength("objection", u) >= _PLAIN["objection"]]
        steps = [u for u in near if not u.is_question and u not in assumptions and u not in gaps]
        steps = [u for u in steps if _ARGUES.search(u.text) or len(topic & set(u.stems)) >= 2]
        return Argued(statement, assumptions, steps[:6], gaps[:3])


def is_alike(one: Utterance, other: Utterance) -> bool:
    """Whether two sentences share most of their content words."""
    return jaccard(one.stems, other.stems) > _ALIKE


def _is_next_to(one: Utterance, other: Utterance) -> bool:
    """Whether one speaker said both in one breath."""
    return one.speaker == other.speaker and abs(one.place - other.place) <= 2
