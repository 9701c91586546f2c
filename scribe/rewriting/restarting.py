"""Where a speaker broke off and began again: half words, words said twice, two words that never stand together.

In: the words of one sentence, contractions written out. Out: whether it starts over somewhere. It knows nothing of
what the sentence means.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from scribe.language import NUMBER_WORDS, STOP_WORDS
from scribe.rewriting.expanding import Token
from scribe.rewriting.lexicon import (
    ADVERBS,
    BASES,
    BE,
    DETERMINERS,
    FINITE,
    JOINTS,
    MODALS,
    NOUNISH,
    PARTICIPLES,
    PASTS,
    PREPOSITIONS,
    SUBJECTS,
    SUBORDINATORS,
    THINKING,
    base_of,
)

NOMINATIVES = frozenset("i we he she they".split())
BEFORE_SUBJECT = JOINTS | THINKING | ADVERBS | {"or", "and", "but", "nor", "either", "case", "where", "way", "time"}
_NOT_BEFORE_SUBJECT = (
    BE
    | MODALS
    | DETERMINERS
    | PREPOSITIONS
    | {"has", "had", "have", "to", "do", "does", "did", "very", "not", "be", "been"}
) - {
    "that",
    "which",
    "what",
    "than",
    "as",
    "like",
    "all",
    "this",
    "on",
    "in",
    "for",
    "about",
    "with",
    "no",
    "at",
    "her",
    "it",
}


def is_broken_off(words: Sequence[Token], low: Sequence[str]) -> bool:
    """Whether a word, or the first letters of one, were left behind: "the requir", "c can"."""
    count = len(low)
    for n, (lead, core, tail) in enumerate(words):
        one = low[n]
        if not one:
            if lead.strip("-–—"):
                return True
            continue
        if core in _VARIABLES and not any(after.startswith(one) for after in low[n + 1 : n + 3]):
            continue
        if n == 0 and len(one) == 1 and one.isalpha() and one not in ("a", "i"):
            return True
        if tail[:1] == "-" or lead[-1:] == "-" or one in _STUMPS:
            return True
        if len(one) < 3 and core.islower() and one.isalpha() and one not in _OF_TWO_LETTERS and one not in ("a", "i"):
            return True
        if one in _SHORT or one in NUMBER_WORDS or len(one) == 1:
            continue
        if n + 1 < count and low[n + 1] != one and low[n + 1].startswith(one):
            return True
        if n + 2 < count and len(one) > 2 and low[n + 2] != one and low[n + 2].startswith(one) and one not in _KNOWN:
            return True
    return False


_VARIABLES = frozenset("knpqxyz")
"""Letters that stand for numbers where no word after them begins so: "as p goes to zero"."""
_KNOWN = STOP_WORDS | BASES | frozenset(PASTS)
_OFTEN_LEFT = (
    "this these those there their they that what which where when with would could should because have really think "
    "something people from about want just also actually different maybe probably remote going know"
).split()
_STUMPS = (
    frozenset(word[:n] for word in _OFTEN_LEFT for n in range(2, len(word)))
    - _KNOWN
    - frozenset("rem wit thin real act pro bout some thi-".split())
)
"""Beginnings of common words that are no words themselves."""
_OF_TWO_LETTERS = frozenset(
    "am an as at be by do go he hi if in is it me my no of on or ox so to up us we pc tv cd dj id vs "
    "de la et al".split()
)
_SHORT = frozenset(
    "the then there a an i in is it no not to on so for be he she we they that all any some our you every as at with "
    "us her his him may can will out up over under by do go my or of one more time".split()
)


def is_restarted(low: Sequence[str]) -> bool:
    """Whether the sentence starts over: two words said again soon, two verbs or two articles in a row."""
    if len(low) > 2 and low[1] in NOMINATIVES and low[0] not in BEFORE_SUBJECT and not low[0].endswith(("s", "thing")):
        return True
    if any(
        a == b and len(a) > 3 and (a in ADVERBS or a not in STOP_WORDS) and m not in _BETWEEN
        for a, m, b in zip(low, low[1:], low[2:], strict=False)
    ):
        return True
    pairs = list(pairwise(low))
    for n, (one, two) in enumerate(pairs):
        if one == two and one not in ("that", "had", "very", "really"):
            return True
        if (one, two) in pairs[n + 2 : n + 5] and one not in _MAY_COME_AGAIN:
            return True
        if one == two == "that" and set(low[n + 2 : n + 3]) & SUBJECTS:
            return True
        if two in NOMINATIVES and one in _TAKES_NO_CLAUSE:
            return True
        late = BE if set(low[:n]) & JOINTS else FINITE
        if one in BE and set(low[n + 2 : n + 4]) & late and not set(low[n + 1 : n + 3]) & _MAY_STAND_BETWEEN:
            return True
        if two in _NEVER_AFTER.get(one, ()) or (one == "to" and two in _NO_INFINITIVES):
            return True
        if (one in NOMINATIVES or (n == 0 and one in SUBJECTS)) and _is_taken_up(low, n):
            return True
        if one in BE and n and low[n - 1] in SUBJECTS and set(_after_adverbs(low, n + 1)) & _NEVER_AFTER_BE:
            return True
        if one in MODALS and two in ADVERBS and set(_after_adverbs(low, n + 1)) & _NO_VERBS:
            return True
    return False


def starts_again(words: Sequence[Token]) -> bool:
    """Whether a common word inside the sentence has the capital of a new one: "it was At the beginning"."""
    return any(
        w.core[:1].isupper() and w.low in STOP_WORDS and w.core != "I" and len(w.low) > 1 and not w.core.isupper()
        for w in words[1:]
    )


def _is_taken_up(low: Sequence[str], n: int) -> bool:
    """Whether a subject is followed by another before its verb: "I just we", "he prefe he"."""
    at = n + 1
    while at < len(low) and low[at] in ADVERBS:
        at += 1
    if at >= len(low):
        return False
    if (
        low[at] in SUBJECTS
        or low[at] in ("and", "or")
        or (low[at] in _RESTARTING and set(low[at + 1 : at + 2]) & SUBJECTS)
    ):
        return True
    is_verb = low[at] in BASES or low[at] in PASTS or low[at] in FINITE or low[at] in _OTHER_VERBS or base_of(low[at])
    if not is_verb and not low[at].endswith("ed") and low[at] not in JOINTS and low[at] not in _MAY_FOLLOW:
        return True
    after = low[at + 1] if at + 1 < len(low) else ""
    return after in NOMINATIVES and low[at] not in THINKING and low[at] not in JOINTS and low[at] not in _OTHER_VERBS


def _after_adverbs(low: Sequence[str], at: int) -> Sequence[str]:
    """The first word from `at` that is no adverb."""
    while at < len(low) and low[at] in ADVERBS:
        at += 1
    return low[at : at + 1]


_NO_VERBS = DETERMINERS - {"all", "both", "each", "that", "no"} | SUBJECTS | FINITE
_NEVER_AFTER_BE = (
    BASES - NOUNISH - PARTICIPLES
    | {"have", "has", "do", "give", "get", "make", "take", "use", "want", "need", "put"} - PARTICIPLES
)
_TAKES_NO_CLAUSE = BASES - NOUNISH - THINKING
_RESTARTING = SUBORDINATORS | {"so", "but", "because", "then"}
_OTHER_VERBS = frozenset("have do need used ought be been".split())
_MAY_FOLLOW = frozenset("and or but to the a in on all both each as".split())
_MAY_STAND_BETWEEN = JOINTS | SUBJECTS | {"this", "that", "these", "those"}
_BETWEEN = frozenset("by and to after of or in for on with versus the".split())
_MAY_COME_AGAIN = frozenset("of in to by the a as".split())
_NO_INFINITIVES = frozenset(
    "going doing being having making getting saying trying is are was were has had does did".split()
)
_WH = frozenset("what how where who why when which".split())
_ARTICLES = frozenset("a an the".split())


def _pairs_that_never_stand_together() -> dict[str, frozenset[str]]:
    """For each word, the words that follow it only where a sentence starts over."""
    follows: dict[str, set[str]] = {}

    def never(first: frozenset[str], second: frozenset[str]) -> None:
        for word in first:
            follows.setdefault(word, set()).update(second)

    never(BE, BE | {"has", "does", "did"} | MODALS)
    never(
        _ARTICLES,
        DETERMINERS
        | FINITE
        | PREPOSITIONS - {"like"}
        | SUBJECTS
        | {"and", "or", "but", "if", "to", "away", "then"}
        | _WH,
    )
    never(frozenset("what how where who why when".split()), frozenset("what how where why when".split()))
    never(frozenset({"one"}), DETERMINERS - {"that", "all", "each", "another", "which", "what", "no", "this"})
    never(frozenset(_NOT_BEFORE_SUBJECT), NOMINATIVES)
    never(MODALS, MODALS | BE | {"has", "had", "to", "the", "a", "an"})
    never(
        NOMINATIVES,
        DETERMINERS - {"all", "both", "each", "no", "any"} | PREPOSITIONS - {"like"} | SUBJECTS | {"if", "because"},
    )
    never(
        frozenset("my our their your".split()),
        FINITE | PREPOSITIONS | {"i", "we", "it", "they", "you", "the", "a", "that", "this", "there"},
    )
    never(frozenset("he she it".split()), frozenset({"are", "were", "am"}))
    never(frozenset("this these those".split()), frozenset("a an the i we this these those".split()))
    never(frozenset("with to for from in at by".split()), frozenset({"if", "because"}))
    never(BE, frozenset({"you"}))
    never(frozenset({"well"}), frozenset("this it i we they that there".split()))
    never(frozenset({"going"}), BASES - NOUNISH)
    never(frozenset("how why where when".split()), BE | MODALS | {"do", "does", "did"})
    never(frozenset("we they".split()), frozenset("is am was has does".split()))
    never(frozenset({"very"}), FINITE | PREPOSITIONS | {"and", "the", "a"})
    return {word: frozenset(after) for word, after in follows.items()}


_NEVER_AFTER = _pairs_that_never_stand_together()
