"""Who asked what, and who answered it: soon after, or minutes later.

In: utterances. Out: questions with their answers. A question that its speaker goes on to answer himself is rhetorical,
one that is left open on purpose or meets only "I don't know" stays open. It looks for little and is sure of it: an
answer is missed rather than guessed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

from scribe.language import words
from scribe.records import Segment
from scribe.structure.following import following
from scribe.structure.kinds import is_clear, strength
from scribe.utterances import Utterance

_SOON = 8
"""Sentences after a question among which its answer is looked for; in AMI and ICSI most come within three."""

_LEAST_WORTH = 0.9
"""What an answer must be worth; 1.2 is that of whatever somebody else says next."""

_OWN_WORDS = 12
"""Words in which a speaker goes on from his own question before it counts as rhetorical."""

_OWN_SPEECH_WORDS = 40
"""Words after which nobody who speaks then takes the question up."""

_PLAIN_QUESTION = 0.6
"""Strength that a question needs to be looked up later in the session."""

_HELD_LATER, _STEMS_LATER = 0.75, 4
"""Share of a question's words, rare ones counting for more, and the number of them, that a later answer holds which
does not say that it is one."""

_HELD_NAMED, _HELD_COMING_BACK = 0.2, 0.4
"""The same share where somebody says that he comes back to a question, and whose it is or not."""

_STAYS_OPEN = re.compile(
    r"\b(?:open (?:question|problem)|won't settle|(?:let's|let us) leave (?:it|that|this|the \w+)|leave (?:it|that|"
    r"this) open|(?:remains?|stays?) open|"
    r"(?:come|get) back to (?:it|that|this) (?:later|after|next)|take (?:it|that|this) off-?line)\b",
    re.I,
)
_KNOWS_NOT = re.compile(
    r"\b(?:(?:I|we) (?:don't|do not|didn't) (?:\w+ )?(?:know|remember)|no idea|(?:who|nobody) knows|I(?:'m|"
    r" am) not (?:\w+ )?sure|hard to say|"
    r"I can't (?:say|tell)|I forgot|not clear yet|I don't have (?:an? |any )?(?:\w+ )?(?:idea|information|answer))\b",
    re.I,
)
_WAVES_OFF = re.compile(
    rf"{_KNOWS_NOT.pattern}|\b(?:I (?:don't|do not|didn't) (?:understand|see what)|good question|what do you mean|"
    rf"^sorry|I just (?:realized|wanted)|that's (?:an? |the )?(?:important|good|interesting|great) (?:question|thing|"
    rf"point)|"
    r"(?:hang|hold) on|let me (?:see|think|check))\b",
    re.I,
)
_GIVES_FLOOR = re.compile(
    r"\b(?:point of order|(?:your|the) (?:hon\.|honourable|right hon)|(?:has|have) (?:\w+ )?seconds|unmute|"
    r"thank (?:you|the|my)|go ahead)\b",
    re.I,
)
"""What a chair says between a question and its answer."""

_REPLIES = re.compile(
    r"^(?:yes|no|yeah|nope|yep|because|well|I (?:don't )?think|I mean|it's|it is|the answer|exactly|right|not|only if|"
    r"depends|it (?:depends|does|doesn't)|that's|sure|absolutely|of course|in general|we (?:do|did|have)|"
    r"I (?:do|did|would))\b",
    re.I,
)
_POLAR = re.compile(
    r"(?:^|, |: )(?:\w+, )?(?:is|are|was|were|do|does|did|can|could|have|has|had|will|would|should|shall|"
    r"isn't|aren't|wasn't|don't|doesn't|didn't|can't|couldn't|haven't|hasn't|won't|wouldn't|shouldn't)\b",
    re.I,
)
"""A question that yes or no answers."""

_TO_SOMEBODY = re.compile(
    r"\b(?:you|your|anybody|anyone|somebody|someone|any other|(?:should|shall|can|could|do) we)\b", re.I
)
_INVERTED = re.compile(r"^(?:would|could|can|is|are|do|does|did|should|shall|what|why|how|who|where|when) ", re.I)
_YES_OR_NO = re.compile(
    r"^(?:yes|no|yeah|nope|yep|right|exactly|sure|not (?:really|yet|quite|at all)|of course|absolutely)\b[,.!]*"
    r"(?: [\w',]+){0,3}[.!]?$",
    re.I,
)
_SUPPOSES = re.compile(r"(?:if|maybe|perhaps|suppose|you (?:can|could)|we (?:can|could))\b", re.I)
"""How a sentence begins that says what might be, and so does not settle a question asked long ago."""

_COMES_BACK = re.compile(
    r"\b(?i:(?:com|go|gett)ing back to|(?:come|came|go|get) back to|to return to|returning to|to answer|the answer to|"
    r"as for) (?:your|the|that|his|her|[A-Z][\w-]+(?:'s|’s)) (?:\w+ )?question\b|"
    r"\b[Aa]s ([A-Z][\w-]+) (?:asked|was asking|wondered)|\b([A-Z][\w-]+) (?:asked|was asking|wondered) (?:earlier|"
    r"before|whether|if|how|why|what)|\b(?:[Ee]arlier you|[Yy]ou) (?:asked|were asking|wondered)(?: earlier| before|"
    r" whether| if| how| why| what)",
)
_NOD = re.compile(
    r"(?:(?:oh|well|um|uh)[, ]+)?(?:yes|yeah|yep|no|nope|right|exactly|sure|of course|absolutely)"
    r"(?:[, ]+(?:yes|yeah|no|right|exactly|sure))*[.!]*",
    re.I,
)
"""A line that says yes or no and nothing else; it is among the signs of listening, which are no utterances."""


class Asked(NamedTuple):
    """A question and what was answered; `is_rhetorical` where its speaker goes on to answer it himself."""

    question: Utterance
    answers: tuple[Utterance, ...]
    is_rhetorical: bool = False
    left_open: tuple[int, ...] = ()
    """The lines in which somebody says that it has no answer yet."""


def questions(said: Sequence[Utterance]) -> list[Asked]:
    """The plain questions of a session in order, each with its answer, soon or late."""
    found = [asked(u, said) for u in said if strength("question", u) >= _PLAIN_QUESTION]
    late = answers_later([one.question for one in found if not one.answers and not one.is_rhetorical], said)
    return [one._replace(answers=(late[p],)) if (p := one.question.place) in late else one for one in found]


def asked(question: Utterance, said: Sequence[Utterance]) -> Asked:
    """A question with the answer that somebody else gives soon after it."""
    if is_rhetorical(question, said):
        return Asked(question, (), is_rhetorical=True)
    until = _next_question(question, said)
    after = said[question.place + 1 : until]
    if (left := next((u for u in after if _STAYS_OPEN.search(u.text)), None)) is not None:
        return Asked(question, (), left_open=left.cites)
    best, best_worth = None, _LEAST_WORTH
    for distance, u in following(question, said, until - question.place - 1):
        if best is not None and u.speaker == best.speaker and _takes_up(best, question):
            continue
        if (worth := _worth(u, question, distance)) > best_worth:
            best, best_worth = u, worth
    doubt = next((u for d, u in following(question, said, 3) if d < 2 and _WAVES_OFF.search(u.text)), None)
    if doubt is not None and (best is None or doubt.place <= best.place or not _takes_up(best, question)):
        return Asked(question, (), left_open=doubt.cites if _KNOWS_NOT.search(doubt.text) else ())
    return Asked(question, (_in_full(best, said),) if best else ())


def _next_question(question: Utterance, said: Sequence[Utterance]) -> int:
    """The place up to which an answer is looked for: its asker's next question about something else, or soon."""
    last = min(len(said), question.place + 1 + _SOON)
    for u in said[question.place + 1 : last]:
        if u.is_question and u.speaker == question.speaker and len(u.stems) >= 2:
            is_reworded = u.place == question.place + 1 and bool(set(u.stems) & set(question.stems))
            if not is_reworded:
                return u.place
    return last


def _takes_up(answer: Utterance, question: Utterance) -> bool:
    """Whether an answer speaks of what the question does, or says outright that it is a reply."""
    return bool(set(answer.stems) & set(question.stems) or _REPLIES.match(answer.text))


def is_rhetorical(question: Utterance, said: Sequence[Utterance]) -> bool:
    """Whether a question's speaker goes on at some length and nobody else takes it up."""
    if question.speaker is None or _TO_SOMEBODY.search(question.text):
        return False
    own = 0
    for u in said[question.place + 1 : question.place + 1 + _SOON]:
        if u.speaker != question.speaker:
            is_taken_up = bool(
                _REPLIES.match(u.text) or set(u.stems) & set(question.stems) or _WAVES_OFF.search(u.text)
            )
            return own >= _OWN_SPEECH_WORDS or (own >= _OWN_WORDS and not is_taken_up)
        if u.is_question:
            return False
        own += len(u.text.split())
    return own >= _OWN_WORDS


def nod(question: Utterance, lines: Mapping[int, Segment]) -> Segment | None:
    """The line right after a question in which somebody else says yes or no; `lines` are segments by index."""
    line = lines.get(question.cites[-1] + 1)
    if line is None or None in (line.speaker, question.speaker) or line.speaker == question.speaker:
        return None
    return line if _POLAR.search(question.text) and _NOD.fullmatch(line.text.strip()) else None


def own_answer(question: Utterance, said: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """What somebody who asked a rhetorical question says next himself."""
    after = said[question.place + 1 : question.place + 4]
    return tuple(u for u in after if u.speaker == question.speaker and not u.is_question and is_clear(u))[:1]


def answers_later(open_questions: Sequence[Utterance], said: Sequence[Utterance]) -> dict[int, Utterance]:
    """Answers that come after the talk has moved on, by the place of their question; only where that is plain.

    Either somebody says that he comes back to a question, or names who asked it, and speaks of the same things; or a
    sentence by somebody else holds nearly all that the question is about.
    """
    frequency = Counter(stem for u in said for stem in set(u.stems))
    weight = {stem: math.log(1 + len(said) / count) for stem, count in frequency.items()}
    found: dict[int, tuple[float, Utterance]] = {}
    for u in said:
        comes_back = _COMES_BACK.search(u.text)
        near = {s for v in said[u.place : u.place + 3] if v.speaker == u.speaker for s in v.stems}
        answer = _first_clear(u, said) if comes_back else u if _settles(u) else None
        if answer is None:
            continue
        for question in open_questions:
            if u.place <= question.place + _SOON or answer.speaker in (None, question.speaker):
                continue
            if comes_back is not None:
                held = _held(question, near, weight)
                is_plain = _is_meant(comes_back, u.text, question, held)
                held += 1.0
            else:
                held = _held(question, set(u.stems), weight)
                is_plain = held >= _HELD_LATER and len(set(question.stems) & set(u.stems)) >= _STEMS_LATER
            if is_plain and held > found.get(question.place, (0.0, u))[0]:
                found[question.place] = (held, answer)
    return {place: answer for place, (_, answer) in found.items()}


def _settles(u: Utterance) -> bool:
    """Whether a sentence states something and could answer what was asked long before it."""
    return not u.is_question and is_clear(u) and not _SUPPOSES.match(u.text) and not _KNOWS_NOT.search(u.text)


def _held(question: Utterance, stems: Set[str], weight: Mapping[str, float]) -> float:
    """Share of a question's words that are among `stems`, each by its weight, which is higher for a rare one."""
    total = sum(weight[s] for s in set(question.stems))
    return sum(weight[s] for s in set(question.stems) & stems) / total if total else 0.0


def _is_meant(comes_back: re.Match[str], text: str, question: Utterance, held: float) -> bool:
    """Whether a question is the one that somebody comes back to, of whose words he says such a share."""
    named = next((name for name in comes_back.groups() if name), None) or _owner_of_question(text)
    if named is None:
        return held >= _HELD_COMING_BACK
    return held >= _HELD_NAMED and named.lower() in words(question.speaker or "")


def _worth(u: Utterance, question: Utterance, distance: float) -> float:
    """How much an utterance looks like the answer to a question some sentences before it; 0 where it cannot be."""
    is_short = distance < 1 and bool(_YES_OR_NO.match(u.text)) and bool(_POLAR.search(question.text))
    if u.is_question or not (is_clear(u) or is_short) or _WAVES_OFF.search(u.text) or _GIVES_FLOOR.search(u.text):
        return 0.0
    shared = len(set(question.stems) & set(u.stems))
    replies = bool(_REPLIES.match(u.text))
    if _INVERTED.match(u.text) or (distance >= 1 and not shared and not replies) or (distance >= 2 and shared < 2):
        return 0.0
    return 1.2 / (1 + 0.6 * distance) + 0.25 * min(shared, 2) + 0.4 * replies + 0.1 * (len(u.stems) > 3)


def _in_full(answer: Utterance, said: Sequence[Utterance]) -> Utterance:
    """An answer with the "yes" or "no" that the same speaker said right before it, or with what he said after it."""
    if _YES_OR_NO.match(answer.text):
        pair = (answer, *said[answer.place + 1 : answer.place + 2])
    else:
        pair = (*said[answer.place - 1 : answer.place], answer)
        if not _YES_OR_NO.match(pair[0].text):
            return answer
    if len(pair) < 2 or pair[0].speaker != pair[1].speaker or pair[1].is_question or not is_clear(pair[1]):
        return answer
    first, second = pair
    cites = tuple(sorted({*first.cites, *second.cites}))
    return replace(answer, text=f"{first.text} {second.text}", cites=cites, stems=first.stems + second.stems)


def _first_clear(u: Utterance, said: Sequence[Utterance]) -> Utterance | None:
    """The utterance in which somebody comes back to a question, or where it says no more than that, his next."""
    rest = _COMES_BACK.sub("", u.text)
    for v in (u, *said[u.place + 1 : u.place + 3]):
        if v.speaker == u.speaker and not v.is_question and is_clear(v) and (v is not u or len(rest.split()) >= 6):
            return v
    return None


def _owner_of_question(text: str) -> str | None:
    match = re.search(r"\b([A-Z][\w-]+)(?:'s|’s) (?:\w+ )?question\b", text)
    return match.group(1) if match else None
