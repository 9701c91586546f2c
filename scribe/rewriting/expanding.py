"""A sentence -> its words, contractions written out.

In: one tidied sentence. Out: tokens, each a word with the marks that stand before and after it. A contraction that may
stand for two things is left as it is; the rules that follow refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from scribe.rewriting.lexicon import PARTICIPLES


class Token(NamedTuple):
    """A word and its marks; `core` is empty for a mark that stands alone."""

    lead: str
    core: str
    tail: str

    @property
    def low(self) -> str:
        """The word in lower case."""
        return self.core.lower()


_TOKEN = re.compile(r"^([^\w]*)(.*?)([^\w]*)$", re.S)

_WRITTEN_OUT = tuple(
    (key, re.compile(pattern, re.I), replacement)
    for key, pattern, replacement in (
        ("won't", r"\bwon't\b", "will not"),
        ("can't", r"\bcan't\b", "can not"),
        ("cannot", r"\bcannot\b", "can not"),
        ("shan't", r"\bshan't\b", "shall not"),
        ("n't", r"(?<=\w)n't\b", " not"),
        ("'m", r"\b(i)'m\b", r"\1 am"),
        ("'re", r"'re\b", " are"),
        ("'ve", r"\b(i|we|you|they|who|would|could|should|might|must)'ve\b", r"\1 have"),
        ("'ll", r"'ll\b", " will"),
        ("gonna", r"\bgonna\b", "going to"),
        ("wanna", r"\bwanna\b", "want to"),
        ("gotta", r"\bgotta\b", "got to"),
        ("c", r"(?<!\w)(?:'cause|cuz|'cuz|cos)(?!\w)", "because"),
        ("kinda", r"\bkinda\b", "kind of"),
        ("sorta", r"\bsorta\b", "sort of"),
        ("'em", r"(?<!\w)'em\b", "them"),
        ("'d better", r"\b(i|we|you|he|she|they|it)'d better\b", r"\1 had better"),
        ("'d ", r"\b(i|we|you|they)'d (been|had|done)\b", r"\1 had \2"),
        ("'d ", r"\b(i|we|you|he|she|they|it|that|there|who)'d\b(?= \w)", r"\1 would"),
    )
)
"""What must be in the text, in small letters, for a pattern to be tried; the pattern; what it becomes."""

_MAY_BE_SHORT = re.compile(r"'|\b(?:cannot|gonna|wanna|gotta|cuz|cos|kinda|sorta)\b", re.I)
_LETS = re.compile(r"\b([Ll])et's\b")
_HAS_OR_IS = re.compile(
    r"\b(it|that|there|what|here|he|she|who|this|where|how|everybody|everyone|nobody|which)'s\b ?", re.I
)
_NOUN_IS = re.compile(
    r"(?<=[a-z])'s (?=(?:a|the|not|very|going|just|really|an|that|why|still|also|only|quite|in|on|been)\b)"
)
_HAS = re.compile(r"(?:(?:not|also|just|only|never|always|already|really|now|actually) )*(\w+)\b")


def expanded(text: str) -> str:
    """Write contractions out.

    >>> expanded("It's been clear that we can't, and that's why I'd say it won't work.")
    'It has been clear that we can not, and that is why I would say it will not work.'
    """
    text = text.replace("’", "'")
    if not _MAY_BE_SHORT.search(text):
        return text
    text = _LETS.sub(r"\1et us", text)
    low = text.lower()
    for key, pattern, replacement in _WRITTEN_OUT:
        if key in low:
            text = pattern.sub(replacement, text)
    if "'s" not in low:
        return text
    text = _HAS_OR_IS.sub(_has_or_is, text)
    return _NOUN_IS.sub(lambda m: " has " if text[m.end() :].startswith("been") else " is ", text)


def _has_or_is(match: re.Match[str]) -> str:
    after = _HAS.match(match.string, match.end())
    word = after.group(1).lower() if after else ""
    verb = "has" if word in _AFTER_HAS else "is"
    return f"{match.group(1)} {verb} " if match.group().endswith(" ") else f"{match.group(1)} {verb}"


_AFTER_HAS = (PARTICIPLES & {"been", "got", "had", "become", "gotten", "come"}) | {"got", "gotten"}
"""Participles that follow "has" and not "is"; after others "'s" is read as "is", which a passive has."""


def tokens(text: str) -> list[Token]:
    """Words of `text` with their marks.

    >>> tokens('He said "no".')[-1]
    Token(lead='"', core='no', tail='".')
    """
    return [Token(*match.groups()) for word in text.split() if (match := _TOKEN.match(word))]


def written(words: Sequence[Token]) -> str:
    """Tokens as text again."""
    return " ".join("".join(token) for token in words if any(token))
