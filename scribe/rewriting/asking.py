"""Questions and proposals -> what was asked and proposed.

In: the tokens of a question, or of a sentence that begins with "let us". Out: the clause that follows "asked" or
"suggested that", still in the speaker's own person and tense; nothing where its parts cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe.rewriting.expanding import Token
from scribe.rewriting.lexicon import (
    ADVERBS,
    BASES,
    BE,
    DETERMINERS,
    JOINTS,
    MODALS,
    NOUNISH,
    PREPOSITIONS,
    third,
)

_AUXILIARIES = BE | MODALS | {"do", "does", "did", "have", "has", "had"}
_SUBJECTS = frozenset(
    "i we he she it they there this that these those people everyone everybody anyone anybody".split()
)
_WH = frozenset("what how why when where who which whose".split())


def is_inverted(words: Sequence[Token]) -> bool:
    """Whether a question has the order of one: "is it", "what do we"."""
    return words[0].low in _AUXILIARIES | _WH


def asked(words: Sequence[Token]) -> list[Token] | None:
    """The indirect question, "whether" or its question word first; None where the order cannot be undone.

    >>> from scribe.rewriting.expanding import tokens, written
    >>> [written(asked(tokens(s)) or ()) for s in ("Is it red?", "How many do we need?", "It is red?", "Red?")]
    ['whether it is red', 'how many we need', 'whether it is red', '']
    """
    low = [word.low for word in words]
    body = [*words[:-1], words[-1]._replace(tail=words[-1].tail.rstrip("?.!, "))]
    body[0] = body[0]._replace(
        core=body[0].core if body[0].core == "I" else body[0].core[:1].lower() + body[0].core[1:]
    )
    whether = Token("", "whether", "")
    if low[0] in _AUXILIARIES:
        undone = _undone(body, 0)
        return None if undone is None else [whether, *undone]
    if low[0] in _WH:
        for n in range(1, min(len(low) - 1, 7)):
            if low[n] in _AUXILIARIES:
                if low[0] == "who" and n == 1 and low[n] not in ("do", "does", "did"):
                    return body
                is_there = low[n + 1] == "there" and low[n] not in BE
                return None if is_there else _undone(body, n)
        return None
    return [whether, *body] if low[0] in _SUBJECTS else None


def _undone(words: Sequence[Token], n: int) -> list[Token] | None:
    """Auxiliary and subject in the order of a statement; "do" goes."""
    helper = words[n]
    end = _subject_end(words, n + 1, is_be=helper.low in BE)
    if end is None or helper.tail:
        return None
    subject, rest, before = words[n + 1 : end], list(words[end:]), list(words[:n])
    if helper.low not in ("do", "does", "did"):
        return [*before, *subject, helper, *rest]
    verb = next((k for k, word in enumerate(rest) if word.low not in ADVERBS), None)
    if any(word.low == "not" for word in rest[:verb]):
        return [*before, *subject, helper, *rest]
    if helper.low == "did" or verb is None:
        return None
    if helper.low == "does":
        base = rest[verb].low
        if base not in BASES | {"have"}:
            return [*before, *subject, helper, *rest]
        rest[verb] = rest[verb]._replace(core="has" if base == "have" else third(base))
    return [*before, *subject, *rest]


def _subject_end(words: Sequence[Token], start: int, *, is_be: bool) -> int | None:
    """Where the subject of a question ends that begins at `start`: a pronoun, or a noun phrase before a sure verb."""
    low = [word.low for word in words]
    if start + 1 >= len(low) or words[start].tail:
        return None
    after = low[start + 1]
    if low[start] in _SUBJECTS - _DEMONSTRATIVES or (
        low[start] in _DEMONSTRATIVES
        and (after in _SURE_VERBS or (is_be and after in _AFTER_DEMONSTRATIVE) or after in ADVERBS)
    ):
        return start + 1
    if low[start] not in _ARTICLES:
        return None
    for end in range(start + 2, min(len(low), start + 9)):
        if words[end - 1].tail or low[end] in JOINTS:
            return None
        if low[end - 1] in PREPOSITIONS | DETERMINERS:
            continue
        if low[end] in ADVERBS or low[end : end + 2] == ["at", "least"]:
            return end
        if low[end].endswith("ing") and len(low[end]) > 5 if is_be else low[end] in _SURE_VERBS:
            return end
        if not is_be and low[end] in NOUNISH:
            after = low[end + 1] if end + 1 < len(low) else "it"
            return end if after in DETERMINERS | PREPOSITIONS | _SUBJECTS | {"us", "them", "me"} else None
    return None


_ARTICLES = DETERMINERS - {"that", "this", "these", "those", "what", "which"}
_DEMONSTRATIVES = frozenset("this that these those people".split())
_AFTER_DEMONSTRATIVE = (
    DETERMINERS | PREPOSITIONS | frozenset("part okay right clear correct going what how where why".split())
)
_SURE_VERBS = (BASES - NOUNISH) | {"have", "be", "do", "need", "want", "get", "mean", "look", "work", "use"}
