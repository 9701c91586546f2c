"""What kind of thing a sentence is: question, definition, conjecture, objection, decision or action.

In: an utterance. Out: a strength between 0 and 1 for a kind, from the phrases by which speakers of English mark what
they are doing (cue phrases: Hirschberg and Litman 1993). No phrase, no strength: better no claim than a guess.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scribe.records import ClaimKind
from scribe.utterances import Utterance


class _Cue(NamedTuple):
    strength: float
    pattern: re.Pattern[str]


def _cue(strength: float, *phrases: str) -> _Cue:
    """Any of some phrases, each a regular expression, whole words only."""
    return _Cue(strength, re.compile("|".join(rf"(?<![\w'])(?:{phrase})(?![\w'])" for phrase in phrases), re.I))


_SOME_NOUN = r"(?:an?|the|some|any|this|each|every)?\s*[\w'’-]+(?:\s+[\w'’-]+){0,3}"
_NO_TERM = r"first|second|third|last|other|only|same|whole|real|main|big|next|best"
_NO_GENUS = (
    r"thing|problem|issue|question|point|idea|"
    r"reason|answer|way|trouble|goal|difference|result|rest|case|one|fact|meeting"
)
_WEEKDAY = r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight"
_NO_PERSON = r"that|this|it|there|which|what|these|those|we|I"
_ASSIGNABLE = r"write|send|check|prepare|ask|email|finish|draft|fix|organi[sz]e|contact|collect|report|work (?:out|on)"
_DOABLE = (
    r"write|send|check|look|try|prepare|ask|talk|email|mail|make|run|put|set|find|work|finish|draft|do|read|"
    r"fix|add|organi[sz]e|contact|collect|report"
)

_CUES: dict[ClaimKind, tuple[_Cue, ...]] = {
    "definition": (
        _cue(
            1.0,
            rf"^by {_SOME_NOUN},? (?:I|we) (?:just )?mean",
            r"(?:is|are) (?:defined|known) as",
            r"the definition of",
        ),
        _cue(1.0, r"by definition"),
        _cue(
            0.9,
            r"(?<!as )(?<!what )(?:I|we|you|they|let us|let's) (?:will |would |can |could )?(?:call|define)"
            r"(?! (?:me|him|her|you|them|us|up|back)\b)",
        ),
        _cue(0.9, r"what (?:I|we) mean by", r"when (?:I|we) say .{3,40}(?:I|we) mean", r"stands for", r"refers to"),
        _cue(
            0.7,
            rf"^(?:an?|the) (?!(?:{_NO_TERM})\b)(?!(?:\w+ )?(?:{_NO_GENUS})\b)[\w'’-]+(?: [\w'’-]+)? is "
            r"(?:just |simply |basically )?(?:an?|any|the|something|anything|whatever|where|when) .{12,}",
        ),
        _cue(0.6, r"means that", r"which means", r"(?:is|are) called", r"so-called", r"in other words"),
    ),
    "conjecture": (
        _cue(1.0, r"conjectures?", r"hypothes[ie]s\w*", r"hypothesi[sz]e\w*"),
        _cue(0.8, r"(?:I|we) (?:would )?(?:suspect|expect|bet|predict)", r"I'd (?:expect|bet|predict)"),
        _cue(0.8, r"my (?:guess|hunch|intuition) is"),
        _cue(
            0.6,
            r"I (?:would )?(?:believe|suppose)",
            r"presumably",
            r"in principle",
            r"it (?:may|might|could) (?:well )?be that",
        ),
    ),
    "objection": (
        _cue(1.0, r"I (?:dis|don't )agree", r"I don't (?:buy|believe)", r"I object", r"objection", r"counter-?example"),
        _cue(
            0.9,
            r"(?:(?:the|one|another|my) (?:real |main |big |only |other )?|there(?:'s| is| was) (?:a|one|another) )"
            r"(?:problem|trouble|worry|concern|issue|difficulty|drawback|catch) (?:is|was|with|would|there)",
        ),
        _cue(
            0.8,
            r"(?:doesn't|does not|don't|won't|wouldn't|can't|cannot) (?:really |actually |necessarily )?"
            r"(?:work|follow|mean|hold|help|scale|make sense)",
            r"that's not (?:true|right|what|how|the)",
        ),
        _cue(0.6, r"not (?:clear|obvious|sure|convinced|necessarily)", r"unclear", r"(?:is|are) wrong", r"fails?"),
        _cue(0.6, r"I(?:'m| am) (?:worried|concerned|sceptical|skeptical)"),
        _cue(0.6, r"too (?:small|large|big|expensive|slow|hard|difficult)"),
        _cue(0.4, r"^however", r"unfortunately", r"problem", r"difficult"),
    ),
    "decision": (
        _cue(
            1.0, r"(?:we|we've|everybody|everyone|the group) (?:have |has |all )?(?:decided|agreed|settled|concluded)"
        ),
        _cue(1.0, r"(?:the decision|consensus) (?:is|was)"),
        _cue(
            0.9,
            r"let(?:'s| us) (?:all )?"
            r"(?:agree|decide|settle|go (?:with|for)|stick (?:with|to)|use|keep|drop|adopt|fix|take)",
        ),
        _cue(
            0.7,
            r"we(?:'ll| will|'re going to| are going to|'re gonna| should just) (?:just )?"
            r"(?:use|go (?:with|for)|keep|stick|do|have|make|adopt|drop|take|start with)",
        ),
        _cue(0.5, r"so (?:we|it)(?:'ll| will|'s going to).{10,}", r"go (?:with|for) the"),
    ),
    "action": (
        _cue(1.0, r"action item"),
        _cue(
            1.0,
            rf"(?:will|can|could|please|going to|gonna|to) [\w' ]{{2,60}} (?:by|before|until) "
            rf"(?:the )?(?:next|end of|first|{_WEEKDAY})",
        ),
        _cue(0.8, rf"I(?:'ll| will|'m going to| am going to) (?:just )?(?:{_DOABLE})"),
        _cue(
            0.7,
            rf"(?:you|he|she|(?!{_NO_PERSON})(?-i:[^\W\d_a-z])\w+)(?:'ll| will| should) (?:just )?(?:{_ASSIGNABLE})",
        ),
        _cue(0.5, rf"we (?:need|have|ought) to (?:figure|decide|{_DOABLE})", r"next (?:step|week|meeting|time)"),
    ),
}

_TAG = re.compile(
    r"\b(?:right|okay|ok|yeah|huh|no|you know|isn't it|is that right|is it|does it|know what I mean)\s*\?$", re.I
)
_CHAT = re.compile(
    r"\b(?:can you hear|how are you|is this on|what time|what's that|pardon|say that again|make sense|what do you mean|"
    r"are (?:you|we) (?:ready|done|okay|sure|recording)|do you (?:know|see|want|wanna|mean|think so)|"
    r"is that (?:okay|it|all|right))\b",
    re.I,
)
_ASKS = re.compile(
    r"^(?:\w+, )?(?:what|why|how|when|where|who|which|whether|can|could|is|are|does|do|did|should|would|"
    r"will|has|have|if)\b",
    re.I,
)
_WONDERS = re.compile(r"\b(?:open question|the question is|I wonder (?:if|whether|what|how|why))\b", re.I)


def strength(kind: ClaimKind, utterance: Utterance) -> float:
    """How plainly an utterance is of a kind, between 0 (it is not) and 1 (it says so)."""
    if kind == "question":
        return _question_strength(utterance)
    if utterance.is_question and kind != "objection":
        return 0.0
    return max((cue.strength for cue in _CUES.get(kind, ()) if cue.pattern.search(utterance.text)), default=0.0)


def _question_strength(utterance: Utterance) -> float:
    """A question that a reader of the notes could understand and somebody could answer."""
    text = utterance.text
    if not utterance.is_question:
        return 0.8 if _WONDERS.search(text) else 0.0
    if len(text.split()) < 6 or len(set(utterance.stems)) < 3 or _CHAT.search(text):
        return 0.0
    if _TAG.search(text):
        return 0.2
    return 1.0 if _ASKS.match(text) else 0.6
