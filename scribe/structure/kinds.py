"""What kind of thing a sentence is: question, definition, conjecture, objection, decision or action.

In: an utterance. Out: a strength between 0 and 1 for a kind, from the phrases by which speakers of English mark what
they are doing (cue phrases: Hirschberg and Litman 1993). No phrase, no strength: better no claim than a guess.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scribe.records import ClaimKind
from scribe.structure.promises import promised
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
_PRAISE = r"lot|bit|good|great|nice|bad|big|bigger|better|little|possible|different|very|really|pretty|kind of|sort of"

_CUES: dict[ClaimKind, tuple[_Cue, ...]] = {
    "definition": (
        _cue(
            1.0,
            rf"^by (?!(?:that|this|which)\b){_SOME_NOUN},? (?:I|we) (?:just )?mean",
            r"(?:is|are) (?:defined|known) as",
            r"the definition of",
        ),
        _cue(0.4, r"by definition", r"means that", r"which means", r"in other words", r"so-called"),
        _cue(
            0.9,
            r"(?<!as )(?<!what )(?<!whatever )(?<!what do )(?:I|we|let us|let's) "
            r"(?:just |also |usually |sometimes )?(?:will |would |can |could )?call "
            r"(?:(?:it|this|that|these|those|them|such) (?!(?:back|up|out|off|in|on|to|th|that|meeting|whether|again|"
            r"with|from|"
            r"and|by|"
            r"when)\b)[\w'’-]+"
            r"|(?:the|a|an) (?!(?:\w+ )?(?:break|meeting|vote|halt|recess|witness)\b).{3,40} (?:the|an?|as) \w+|"
            r"(?!(?:me|him|her|you|them|us|it|this|that|these|those|on|upon|for|in|into|the|a|an)\b)"
            r"[\w'’-]+(?: [\w'’-]+)? (?:the|an?|as|whatever|anything) \w+)",
        ),
        _cue(
            0.9,
            r"(?:I|we|let us|let's) (?:can |will |would )?define .{2,40} (?:as|to be (?:the|an?))",
            r"what (?:I|we) mean by",
            r"when (?:I|we) say .{3,40}(?:I|we) mean",
            r"(?<!it )(?<!that )(?<!this )(?<!which )(?<!is )(?<!what )(?<!probably )"
            r"(?<!know what \w\w\w )(?<!know what \w\w\w\w )(?:stands for|is short for)",
        ),
        _cue(
            0.7,
            rf"^an? (?!(?:{_NO_TERM})\b)(?!(?:\w+ )?(?:{_NO_GENUS})\b)[\w'’-]+(?: [\w'’-]+)? is "
            rf"(?:just |simply |basically )?(?:an?|any|something|anything|whatever) (?!(?:{_PRAISE})\b).{{12,}}",
        ),
        _cue(0.6, r"(?:is|are) called(?! (?:back|up|in)\b)", r"refers to (?:an?|the|any)"),
    ),
    "conjecture": (
        _cue(
            1.0,
            r"conjectures?(?! (?:is|was|of|by)\b)",
            r"(?:the|my|our) hypothesis (?:is|would be|here)",
            r"hypothesi[sz]e that",
        ),
        _cue(
            0.8,
            r"(?:I|we) (?:would )?(?:suspect|bet|predict)(?! (?:he|she|you)\b)",
            r"I'd (?:expect|bet|predict)",
            r"(?<!when )(?<!as )(?<!while )(?:I|we) expect that",
        ),
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
        _cue(
            1.0,
            r"I (?:dis|don't |do not |can't )agree",
            r"I (?:don't|do not) (?:buy|believe|think (?:that's|this is|it's|that is) (?:true|right|so|the))",
            r"I object",
            r"objections?",
            r"counter-?examples?",
        ),
        _cue(
            0.9,
            r"(?:(?:the|one|another|my) (?:real |main |big |only |other )?|there(?:'s| is) (?:a|one|another) )"
            r"(?:problem|trouble|worry|difficulty|drawback|catch) (?:is|with|there|I have)",
            r"my (?:problem|trouble|worry|concern) (?:is|with)",
        ),
        _cue(
            0.8,
            r"(?:doesn't|does not|don't|won't|wouldn't) (?:really |actually |necessarily )?"
            r"(?:work|follow|hold|scale|make sense)",
            r"(?:doesn't|does not) (?:really |actually |necessarily )?mean (?:that|it|we|you|they)",
            r"that's not (?:true|right|necessarily|quite)",
            r"(?:that's|it's|this is) not necessarily",
            r"not convinced",
        ),
        _cue(
            0.6, r"(?:is|are|it's|that's) wrong", r"fails to", r"not (?:clear|obvious) (?:that|to me|how|why|whether)"
        ),
        _cue(0.6, r"I(?:'m| am) (?:worried|concerned (?:that|about)|sceptical|skeptical)"),
        _cue(0.5, r"too (?:small|large|big|expensive|slow|hard|difficult)", r"unclear", r"not (?:clear|obvious|sure)"),
        _cue(0.4, r"^however", r"unfortunately", r"problem", r"difficult", r"(?:doesn't|don't) help"),
    ),
    "decision": (
        _cue(
            1.0, r"(?:we|we've|everybody|everyone|the group) (?:have |has |all )?(?:decided|agreed|settled|concluded)"
        ),
        _cue(1.0, r"(?:the decision|consensus) (?:is|was)"),
        _cue(
            0.9,
            r"let(?:'s| us) (?:all )?"
            r"(?:agree|decide|settle|go (?:with|for)|stick (?:with|to)|use|keep|drop|adopt|fix|take|scrap|leave out)"
            r"(?! (?:in mind|going|a (?:look|break|minute|second))\b)",
        ),
        _cue(
            0.7,
            r"(?<!if )(?<!because )(?<!'cause )(?<!since )(?<!while )(?<!when )(?<!what )(?<!before )"
            r"we(?:'ll| will|'re going to| are going to|'re gonna| should just) (?:just )?"
            r"(?:use|go (?:with|for)|keep|stick (?:with|to)|make|adopt|drop)(?! (?:sure|going|track|in mind)\b)",
        ),
        _cue(0.5, r"so (?:we|it)(?:'ll| will|'s going to).{10,}", r"go (?:with|for) the"),
    ),
}

_REQUEST = 0.7
"""A question that so plainly asks for something to be done is an action."""

_TAG = re.compile(
    r"\b(?:right|okay|ok|yeah|huh|no|you know|isn't it|is that right|is it|does it|know what I mean)\s*\?$", re.I
)
_CHAT = re.compile(
    r"\b(?:can you hear|how are you|is this on|what time|what's that|pardon|say that again|make sense|what do you mean|"
    r"are (?:you|we) (?:ready|done|okay|sure|recording)|do you (?:know|see|want|wanna|mean|think so)|"
    r"is that (?:okay|it|all|right)|(?:would|could|can|will) you,? (?:please |maybe )?(?:start|begin|continue|"
    r"take over|"
    r"go (?:on|ahead|first)|introduce|repeat))\b",
    re.I,
)
_ASKS = re.compile(
    r"^(?:\w+, )?(?:what|why|how|when|where|who|which|whether|can|could|is|are|does|do|did|should|would|"
    r"will|has|have|if)\b",
    re.I,
)
_QUOTES = re.compile(
    r"\b(?:said|says|thinking|(?:was|were|'re|'s) like|asks|asked),? [\"“]?(?:what|who|why|how|where|when|would|can|"
    r"could|do|does|did|is|are)\b",
    re.I,
)
"""A question that somebody is made to ask in a story."""

_WONDERS = re.compile(r"\b(?:open question|the question is|I wonder (?:if|whether|what|how|why))\b", re.I)


def strength(kind: ClaimKind, utterance: Utterance) -> float:
    """How plainly an utterance is of a kind, between 0 (it is not) and 1 (it says so)."""
    if kind == "question":
        return _question_strength(utterance)
    if kind == "action":
        return promised(utterance.text)
    if utterance.is_question and kind != "objection":
        return 0.0
    return max((cue.strength for cue in _CUES.get(kind, ()) if cue.pattern.search(utterance.text)), default=0.0)


def _question_strength(utterance: Utterance) -> float:
    """A question that a reader of the notes could understand and somebody could answer."""
    text = utterance.text
    if not utterance.is_question:
        is_full = is_clear(utterance) and len(set(utterance.stems)) >= 3
        return 0.8 if is_full and _WONDERS.search(text) else 0.0
    if (
        promised(text) >= _REQUEST
        or not is_clear(utterance)
        or len(text.split()) < 6
        or len(set(utterance.stems)) < 3
        or _CHAT.search(text)
    ):
        return 0.0
    if _TAG.search(text) or _QUOTES.search(text):
        return 0.2
    return 1.0 if _ASKS.match(text) else 0.6


_BREAKS_OFF = re.compile(
    r"\b(?:the|a|an|and|or|but|of|to|if|is|are|was|with|for|at|by|we|I|you|they|he|she|it's|because|like|my|our|your|"
    r"their|which|who|how|can|could|would|should|will|i'm|we're|you're|they're)\s*[.…]$",
    re.I,
)
BEGINS_ANEW = re.compile(
    r"[a-z'] (?:It|It's|We|But|And|The|Is|That|That's|They|You|So|If|What|He|She|There|This|At|In|No|Well|Now|Yeah|"
    r"Because|For|My)\b"
)
"""A capital in mid-sentence that belongs to no name: the speaker began again."""

_STRAY = re.compile(
    r"(?<=\s)(?:[b-hj-np-wz]|wha|tha|th|wh|beca|whe)\s(?!\s*[=<>+*/-])|\b\w+ [a-z]' |(?<=[a-z] )(?:Is|Are|Have|"
    r"That's|We|This) (?:we|it|I|the|that|is)\b"
)
"""A first sound of a word that another replaced, or a capital where somebody began again."""


def is_clear(utterance: Utterance, least_words: int = 5) -> bool:
    """Whether a sentence has an end and a body: it neither breaks off nor begins anew, and has so many words."""
    text = utterance.text
    is_broken = bool(_BREAKS_OFF.search(text) or BEGINS_ANEW.search(text))
    is_broken = is_broken or bool(_STRAY.search(text))
    return utterance.is_whole and not is_broken and len(text.split()) >= least_words
