"""The documents that log-loss is measured on: lines and notes without their numbers, cut to one length.

In: segments, claims, a token counter. Out: text. Line numbers are left out of both: notes that cite line 412 would
make a record that begins with line 410 likelier whatever they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from scribe.claims import minutes
from scribe.records import Claim, Segment

Count = Callable[[str], int]
"""Tokens in a text; a simulator's `count`."""


def lines_told(segments: Iterable[Segment]) -> str:
    """Lines as they were said, one each, with who said them; doubtful ones are left out, as from every prompt.

    >>> lines_told([Segment(index=12, text="So it is a  limit?", speaker="Wen")])
    'Wen: So it is a limit?'
    """
    lines = (f"{s.speaker}: {s.text}" if s.speaker else s.text for s in segments if s.doubt is None)
    return "\n".join(" ".join(line.split()) for line in lines)


def notes_told(claims: Iterable[Claim]) -> str:
    """Claims as minutes that cite nothing.

    >>> notes_told([Claim(kind="point", text="It is so.", cites=(3, 4), speaker="Ada")])
    '- Point: Ada: It is so.'
    """
    return minutes([_uncited(claim) for claim in claims])


def cut(text: str, tokens: int, count: Count) -> str:
    """The longest beginning of `text`, in whole words, of at most `tokens` tokens.

    >>> cut("one two  three four", 3, lambda text: len(text.split()))
    'one two  three'
    """
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    fits, too_many = 0, len(ends) + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if count(text[: ends[middle - 1]]) <= tokens:
            fits = middle
        else:
            too_many = middle
    return text[: ends[fits - 1]] if fits else ""


def cut_alike(texts: Sequence[str], count: Count) -> list[str]:
    """Texts cut to the length of the shortest, in tokens, each less at most a word."""
    shortest = min((count(text) for text in texts), default=0)
    return [cut(text, shortest, count) for text in texts]


def _uncited(claim: Claim) -> Claim:
    nested = {name: tuple(map(_uncited, getattr(claim, name))) for name in ("reasons", "replies", "against")}
    return claim.model_copy(update={"cites": (), **nested})
