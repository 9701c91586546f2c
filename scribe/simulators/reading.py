"""One stretch of talk, read once: what was said in it, what of that tells most, what answers and argues for what.

In: the segments a prompt shows, and the question asked where there was one. Out: utterances in order of worth. How
they are written down is the business of `extract`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from scribe.evidence import topic_words
from scribe.language import jaccard
from scribe.linear import chances
from scribe.records import ClaimKind, Segment
from scribe.rewriting import Reported, is_fragment, quoted, reported
from scribe.rewriting.expanding import expanded, tokens
from scribe.rewriting.restarting import is_broken_off, is_restarted, starts_again
from scribe.simulators.choosing import ANSWER, OVERVIEW, STRETCH, choose
from scribe.simulators.concepts import Text
from scribe.simulators.phrases import phrases
from scribe.simulators.salience import is_broken, located, salience, telling
from scribe.structure import asked, is_clear, is_objection, is_rhetorical, reply_to, strength
from scribe.utterances import Utterance, is_punctuated, utterances

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

_SHORTEST = 5
"""Words of a sentence in running text."""

_REPORTED, _LEANS, _READS_ILL = 0.1, 0.3, 1.0
"""What it adds to a sentence's worth to be reported, and what it takes to lean on another, or to be a quote that runs
on, asks or begins again. Without such sentences at all ROUGE-2 falls by 1 where there is little to choose from."""

_FEWEST_STEMS = 3
"""Content words of a sentence that tells something by itself."""

_STEMS_WITH_POINTER = 5
"""The same of a sentence that begins with a word for what was said before it."""

_LONGEST_QUOTE = 40
"""Words of a sentence that is quoted."""

_POINTS_BACK = re.compile(
    r"(?:(?:so|and|but) )?(?:it|that|this|they|them|he|she|those|these|it's|that's|they're|he's|she's)\b", re.I
)

_COURTESY = re.compile(r"(?:welcome|thanks?|good (?:morning|afternoon|evening)|hello|hi|good-?bye|bye|cheers)\b", re.I)

STRETCH_WORDS = 1_500
"""Of nine in ten questions of QMSum, what people marked as answering is shorter; a meeting seldom is."""

_LEAST_POINT = -0.3
"""Salience that a point needs; about one sentence in four of the ICSI meetings has it."""

_ARGUE_WITHIN = 7
"""Sentences before and after a statement among which its argument is looked for."""

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

    def __init__(self, sources: Sequence[Segment], about: str | None, *, rewrites: bool = True) -> None:
        self.said = utterances(sources)
        self.about = about if about and topic_words(about) else None
        self.words = sum(len(s.text.split()) for s in sources)
        self._begins = sources[0].index if sources else 0
        self.rewrites = rewrites
        self._is_punctuated = is_punctuated(sources)

    @cached_property
    def salience(self) -> np.ndarray:
        """How much each utterance tells, of the question where there is one."""
        return salience(self.said, about=self.about)

    @cached_property
    def _reported(self) -> list[Reported]:
        """Each utterance as running text has it, by itself."""
        return self._report(self.said, apart=True)

    def _report(self, said: Sequence[Utterance], *, apart: bool = False) -> list[Reported]:
        """Sentences as running text has them: what nobody punctuated is quoted, for nobody can tell its clauses."""
        if not self.rewrites:
            return [Reported(u.text, is_rewritten=False) for u in said]
        if not self._is_punctuated:
            return [Reported(quoted(u), is_rewritten=False) for u in said]
        return reported(said, within=self.said, apart=apart, asked=self.about or "")

    @cached_property
    def text(self) -> Text:
        """The same, as words to choose by."""
        return Text([one.text for one in self._reported], [u.speaker for u in self.said])

    @property
    def is_stretch(self) -> bool:
        """Whether so little was read, from the midst of a record, that all of it was picked as to the point."""
        return self._begins > 0 and self.words <= STRETCH_WORDS

    @cached_property
    def chance(self) -> np.ndarray:
        """How likely each utterance is to the point: of the question, where there is one."""
        odds = located(self.said, self.about, is_stretch=self.is_stretch) if self.about else telling(self.said)
        return chances(odds)

    @cached_property
    def able(self) -> np.ndarray:
        """Which utterances could stand in running text: whole ones of some length that are more than courtesies."""
        return np.array([len(u.text.split()) >= _SHORTEST and _tells(u) for u in self.said], dtype=bool)

    @cached_property
    def manner(self) -> np.ndarray:
        """What the form of each utterance adds to its worth in running text."""
        return np.array([self._manner(u) for u in self.said], dtype=float)

    def _manner(self, utterance: Utterance) -> float:
        """More for being reported; less where a sentence leans on another, or would be quoted and reads ill."""
        is_reported = self._reported[utterance.place].is_rewritten
        reads_ill = not is_reported and not self._reads_well(utterance)
        return _REPORTED * is_reported - _LEANS * _leans(utterance) - _READS_ILL * reads_ill

    def _reads_well(self, utterance: Utterance) -> bool:
        """Whether a quote does; where nobody punctuated, what a whole sentence is cannot be told."""
        return _is_quotable(utterance) and not (self._is_punctuated and is_fragment(utterance.text))

    def best(self, most_words: float) -> list[tuple[str, Utterance]]:
        """The sentences that together make the best text of at most so many words, in order, and what they report."""
        aim = OVERVIEW if not self.about else STRETCH if self.is_stretch else ANSWER
        bound = min(most_words, aim.most_words)
        while True:
            places = choose(self.text, self.able, self.chance, self.manner, self.about, aim.within(bound))
            told = self.told([self.said[place] for place in places])
            over = sum(len(text.split()) for text, _ in told) - most_words
            if over <= 0 or not told:
                return told
            bound -= max(1.0, over)

    def told(self, chosen: Sequence[Utterance]) -> list[tuple[str, Utterance]]:
        """Utterances as running text has them, each with what it reports."""
        return [(one.text, u) for one, u in zip(self._report(chosen), chosen, strict=True)]

    def ranked(self, kind: ClaimKind) -> list[Utterance]:
        """Utterances of a kind, best first; a point is any telling statement, one that stands by itself if there is."""
        if kind == "point":
            points = [self.said[i] for i in np.argsort(-self.salience, kind="stable") if self._is_point(int(i))]
            return [u for u in points if self._stands_alone(u)] or points
        marked = [(strength(kind, u), u) for u in self.said]
        worth = {u.place: 2.0 * s + 0.3 * float(self.salience[u.place]) for s, u in marked}
        able = [u for s, u in marked if s >= _PLAIN.get(kind, 1.0) and is_clear(u)]
        if kind == "objection":
            able = [u for u in able if is_objection(u, self.said)]
        if kind == "question":
            able = [u for u in able if not is_rhetorical(u, self.said)]
        return sorted(able, key=lambda u: -worth[u.place])

    def answer_to(self, question: Utterance) -> Utterance | None:
        """What somebody else answers to a question within this stretch, soon after it, where that is plain."""
        return next(iter(asked(question, self.said).answers), None)

    def reply_to(self, objection: Utterance) -> Utterance | None:
        """What somebody else answers to an objection, soon after it, where that is plain."""
        return reply_to(objection, self.said)

    def titles(self, most: int) -> list[str]:
        """At most `most` titles, each a noun phrase, best first."""
        found = phrases([u.text for u in self.said], most, speakers=[u.speaker for u in self.said])
        return [title[:1].upper() + title[1:] for title in found]

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

    def _stands_alone(self, utterance: Utterance) -> bool:
        """Whether somebody who was not there reads a whole statement; where nobody punctuated, that is not known."""
        if not self._is_punctuated:
            return True
        return not _leans(utterance) and _tells(utterance) and self._reads_well(utterance)

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


def _tells(utterance: Utterance) -> bool:
    """Whether a sentence reaches its end and is no greeting."""
    return not is_broken(utterance) and not _COURTESY.match(utterance.text)


def _leans(utterance: Utterance) -> bool:
    """Whether a sentence tells little without those before it."""
    told = len(utterance.stems)
    return told < _FEWEST_STEMS or (told < _STEMS_WITH_POINTER and bool(_POINTS_BACK.match(utterance.text)))


def _is_quotable(utterance: Utterance) -> bool:
    """Whether a sentence reads well as it was said: not long, and the speaker did not begin again."""
    if utterance.is_question or len(utterance.text.split()) > _LONGEST_QUOTE:
        return False
    spoken = tokens(expanded(utterance.text))
    low = [token.low for token in spoken]
    return bool(low) and not (is_broken_off(spoken, low) or is_restarted(low) or starts_again(spoken))


def is_alike(one: Utterance, other: Utterance) -> bool:
    """Whether two sentences share most of their content words."""
    return jaccard(one.stems, other.stems) > _ALIKE


def _is_next_to(one: Utterance, other: Utterance) -> bool:
    """Whether one speaker said both in one breath."""
    return one.speaker == other.speaker and abs(one.place - other.place) <= 2
