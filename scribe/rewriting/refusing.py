"""Why a sentence cannot be reported: it is no sentence, or more than one, or speaks to somebody.

In: the tokens of one sentence, contractions written out. Out: a reason of a word or two, or nothing. Rules err on the
side of refusing: the quote of a good sentence is good English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scribe.language import ABBREVIATIONS
from scribe.rewriting.expanding import Token, expanded, tokens, written
from scribe.rewriting.lexicon import (
    ADVERBS,
    BASES,
    DANGLING,
    DETERMINERS,
    FINITE,
    JOINTS,
    MODALS,
    NOUNISH,
    PARTICIPLES,
    PASTS,
    PLURALS,
    PREPOSITIONS,
    SUBJECTS,
    SUBORDINATORS,
    base_of,
)
from scribe.rewriting.restarting import BEFORE_SUBJECT, NOMINATIVES, is_broken_off, is_restarted, starts_again

FEWEST_WORDS = 3
MOST_WORDS = 45
"""A longer sentence is read as a quote or not at all."""

_TALK = frozenset(
    "yeah yep yup yes okay ok oh ah hey hi hello wow hmm huh alright nah nope bye thanks please sorry cool gosh god "
    "damn anyways um uh er blah mm dunno gimme lemme ain't y'all whatnot".split()
)
"""Words that belong to talk and not to a report of it."""

_TO_SOMEBODY = re.compile(
    r"\b(?:you know|I mean|mr\.? ?speaker|madam|mr\.? ?chair\w*|thank you|excuse me|by the way|what is called|"
    r"or whatever|or something|and stuff|as you|I tell you|or so to speak|you guys|so to say|whatever it is|"
    r"how do you|what do you call it|you said|do not you|did not you)\b",
    re.I,
)
_MARKS = re.compile(r"[\"“”()\[\]{}…—–]|\.\.|--|[;:](?!\d)|[.?!] |(?<!\w)'\w")
"""Marks that quote, set aside or join: what stands beside them is not one plain sentence."""

_OPENS_BADLY = frozenset(
    "be been being how which whom whose versus whereas than like or and but nor because of not to that's plus else "
    "especially including such also then so cause where who".split()
)
_CLAUSE_AFTER_COMMA = re.compile(
    r", (?:i|we|they|he|she|it|there|this|that|these|those|you) (?:\w+ ){0,1}?(?:am|is|are|was|were|have|has|had|"
    r"do|does|did|can|could|will|would|should|may|might|must)\b",
    re.I,
)
_SPLICED = re.compile(
    r", (?:i|we|they|he|she) (?!(?:think|guess|suppose|believe|hope|mean|say|know|said|would say)\b)", re.I
)
_TAKEN_UP = re.compile(r"^(?:\w+ )?\w+, (?:they|he|she|it) ", re.I)


def obstacle(words: Sequence[Token], *, is_question: bool = False) -> str | None:
    """What stands in the way of reporting this sentence, or None; of a question its indirect form is asked for.

    >>> from scribe.rewriting.expanding import tokens
    >>> [obstacle(tokens(s)) for s in ("A bunch of libraries.", "It is a you know a bound.", "We have a bound.")]
    ['no verb', 'talk', None]
    """
    text = written(words)
    low = [word.low for word in words]
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS + 10:
        return "length"
    said = set(low)
    if said & _TALK or _TO_SOMEBODY.search(text):
        return "talk"
    if is_broken_off(words, low):
        return "broken off"
    if is_restarted(low) or starts_again(words):
        return "restart"
    if _MARKS.search(_without_points(text)) or "?" in text[:-1]:
        return "marks"
    if _TAG.search(text):
        return "tag"
    if low[-1] in DANGLING:
        return "left open"
    if said & _YOU and (is_question or not _is_general(low)):
        return "addressed"
    return None if is_question or low[:2] == ["let", "us"] else _clauses(words, low, text)


def is_fragment(text: str) -> bool:
    """Whether a sentence is only a piece of one: a clause about what stood before it, or nothing that could be a verb.

    It takes more for one than for `obstacle`, which need not be sure.

    >>> [is_fragment(text) for text in ("Preparation of the test data actually.", "Log-loss scores the text.")]
    [True, False]
    >>> is_fragment("Which was just contact information.")
    True
    """
    low = [word.low for word in tokens(expanded(text))]
    if not low or low[0] in _HANGS_ON:
        return True
    return NOMINATIVES.isdisjoint(low) and not any(_may_be_verb(word, n == 0) for n, word in enumerate(low))


_HANGS_ON = frozenset("which whose whereas than versus including especially".split())


def _may_be_verb(low: str, is_first: bool) -> bool:
    if low in FINITE or low in PASTS or low in MODALS or low in ("have", "do", "let", "be"):
        return True
    if low in BASES:
        return is_first or low not in NOUNISH
    return base_of(low) is not None or (low.endswith("ed") and len(low) > 4)


_YOU = frozenset("you your yours yourself yourselves".split())


def _is_general(low: Sequence[str]) -> bool:
    """Whether every "you" is anybody: a condition is put to it, or what it can do is told."""
    pairs = [(low[n - 1] if n else "", *low[n + 1 : n + 4]) for n, word in enumerate(low) if word == "you"]
    if not pairs or {"yourself", "yours"} & set(low):
        return False
    is_conditional = any(before in _CONDITIONS for before, *_ in pairs)
    for before, *after in pairs:
        if set(after[:1]) & _TO_YOU:
            return False
        verb = after[0] if after else ""
        if verb in ("have", "want", "like") and (len(after) < 2 or _is_told(after[1:])):
            return False
        if not is_conditional and before not in ("so", "that", "how") and verb not in _ANYBODY_DOES:
            return False
    return True


def _is_told(after: Sequence[str]) -> bool:
    """Whether a participle follows "you have": what somebody did."""
    verb = next((word for word in after if word not in ADVERBS), "")
    return verb.endswith("ed") or verb in PARTICIPLES - {"read", "put", "set"}


_CONDITIONS = frozenset("if when whenever once because".split())
_TO_YOU = frozenset(
    "said were did had are am mentioned know mean think guys all should would might remember like tell two".split()
)
_ANYBODY_DOES = frozenset("can could have need get want".split())


def _without_points(text: str) -> str:
    """`text` without the points of abbreviations."""
    return re.sub(r"\b(\w+)\.", lambda m: m[1] if m[1].lower() in ABBREVIATIONS else m[0], text)


_TAG = re.compile(
    r", no(?=[,.?]|$)|\b(?:is|was|does|did|has) (?:it|he|she)$|, of (?!course)|, no (?:i|we|they|it|he|she|there)\b|"
    r",? i would (?:say|think|guess|suppose)$|"
    r"\bnot know, (?!but|and|because|if|when|so)|"
    r"(?:, |(?= \w+ not \w+\W*$) )"
    r"(?:am|is|are|was|were|has|have|had|do|does|did|can|could|will|would|should)(?: not)? "
    r"(?:i|you|he|she|it|we|they|there)(?: not)?(?=[,.?]|$)",
    re.I,
)


def _clauses(words: Sequence[Token], low: Sequence[str], text: str) -> str | None:
    """Whether it is one statement: a subject, a finite verb, and no second statement spliced on."""
    if (
        low[0] in _OPENS_BADLY
        or (low[0] == "that" and low[1] in _AFTER_CONJUNCTION)
        or (low[0] == "no" and low[1] in _STARTS | {"but", "because"})
    ):
        return "opening"
    if low[:2] == ["just", "to"]:
        return "opening"
    is_asking = low[0] in FINITE | {"do", "have"}
    if (
        is_asking
        or (low[0] == "that" and low[1] in ("are", "were"))
        or (low[0] == "that" and low[1].endswith("ly") and low[2] not in FINITE)
    ):
        return "opening"
    verb = finite_verb(words, low)
    if verb is None:
        return "no verb"
    if _is_order(low, verb):
        return "order"
    if _has_no_subject(words, low, verb):
        return "no subject"
    joint = next((n for n in range(1, len(low)) if "," in words[n - 1].tail and low[n] in ("but", "and", "so")), None)
    if (
        joint is not None
        and verb >= joint
        and low[0] not in SUBORDINATORS
        and set(low[joint + 1 : joint + 2]) & _STARTS
    ):
        return "no verb"
    if _TAKEN_UP.match(text) and low[0] not in BEFORE_SUBJECT | PREPOSITIONS and not low[0].endswith("ly"):
        return "run-on"
    for spliced in (*_CLAUSE_AFTER_COMMA.finditer(text), *_SPLICED.finditer(text)):
        before = text[: spliced.start()]
        if verb < len(before.split()) and low[0] not in SUBORDINATORS and not _LEADS_IN.search(before):
            return "run-on"
    return None


_AFTER_CONJUNCTION = frozenset("i we you he she they it there the a an then that if when".split())
_LEADS_IN = re.compile(r"\b(?:if|when|because|since|once|while|where)\b", re.I)


def _is_order(low: Sequence[str], verb: int) -> bool:
    """Whether the sentence opens with an imperative."""
    return low[0] in BASES and (
        low[0] not in NOUNISH
        or verb > 6
        or verb == 0
        or low[1] in DETERMINERS | PREPOSITIONS | SUBJECTS | {"me", "them", "us"}
    )


def _has_no_subject(words: Sequence[Token], low: Sequence[str], verb: int) -> bool:
    """Whether what stands before the verb cannot be its subject."""
    first = low[0]
    if first.endswith("ing") and first not in _NOT_GERUNDS and low[verb - 1] not in PREPOSITIONS and verb > 5:
        return True
    is_opened = any("," in word.tail for word in words[:verb])
    if first in PREPOSITIONS and not is_opened and not set(low[1:verb]) & _STARTS:
        return True
    return base_of(first) is not None and low[1] not in FINITE


_NOT_GERUNDS = frozenset("everything nothing something anything thing".split())
_STARTS = frozenset("i we you they he she it there this that these those the".split())


def finite_verb(words: Sequence[Token], low: Sequence[str]) -> int | None:
    """Where the main clause has its verb: the first that no subordinate clause has taken."""
    is_led_in = low[0] in SUBORDINATORS
    is_opened = is_led_in or low[0] in PREPOSITIONS or low[0] in ADVERBS
    waiting, joint = 0, ""
    for n in range(len(low)):
        before = low[n - 1] if n else ""
        if n and (low[n] in FINITE or _may_be_finite(low, n)) and before not in JOINTS - _MAY_BE_SUBJECTS:
            if waiting:
                waiting -= 1
            elif not (is_led_in and joint in ("and", "or", "but")):
                return n
        elif low[n] in ("and", "or", "but"):
            joint = low[n]
        elif low[n] in _OPENS_CLAUSE and not (low[n] == "that" and before in PREPOSITIONS):
            is_short = n + 1 < len(low) and low[n + 1].endswith("ing") and low[n] in SUBORDINATORS
            waiting += not is_short and not (low[n] == "that" and n == 0)
            joint = low[n]
        elif n > 1 and not is_opened and low[n] in NOMINATIVES and not waiting and before not in _BEFORE_ANOTHER:
            waiting += "," not in words[n - 1].tail
        if "," in words[n].tail and n + 1 < len(low) and low[n + 1] not in JOINTS:
            joint = ""
    return None


_OPENS_CLAUSE = JOINTS - {"so", "then", "than"}
_BEFORE_ANOTHER = ADVERBS | {"and", "or", "but", "so"}
_MAY_BE_SUBJECTS = frozenset("that what who which and this then so".split())


_COMPLEMENTS = (DETERMINERS | PREPOSITIONS | {"to", "it", "them", "something", "everything", "more"}) - {"of", "that"}
_TAKES_BARE = MODALS | frozenset("to do does did let help make and or".split())


def _may_be_finite(low: Sequence[str], n: int) -> bool:
    before = low[n - 1]
    if low[n] == "have" and n + 1 < len(low) and not set(low[max(0, n - 3) : n]) & _TAKES_BARE:
        after = next((word for word in low[n + 1 :] if word not in ADVERBS), "")
        if after in PARTICIPLES or after in ("to", "a", "the", "an") or after.endswith("ed"):
            return True
    k = n - 1
    while k > 0 and low[k] in ADVERBS:
        k -= 1
    subject = low[k]
    word = low[n]
    is_base = word in BASES or word in ("have", "do")
    if subject in ("i", "we", "you", "they", "these", "those") and (is_base or word in PASTS):
        return True
    if subject in PLURALS or (subject.endswith("s") and len(subject) > 3 and not subject.endswith(("ss", "us", "is"))):
        is_verb = word not in NOUNISH or (n + 1 < len(low) and low[n + 1] in _COMPLEMENTS)
        return (is_base and is_verb) or word == "have" or (word in PASTS and word.endswith("ed") is False)
    base = base_of(word)
    if subject in ("he", "she", "it", "this", "that", "everyone", "everybody", "nobody", "someone", "somebody"):
        return base is not None or word in PASTS
    if before in DETERMINERS | PREPOSITIONS or subject in DETERMINERS:
        return False
    return base is not None and base not in NOUNISH
