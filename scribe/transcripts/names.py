"""Which `Name: text` openings of a file are speakers.

In: lines or cues. Out: the names among them. One line alone cannot tell `Ada: yes` from
`Note: yes`, so the whole file decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_OPENING = re.compile(r"([^\W\d_][^:：\n]{0,79})(?::(?=\s|$)|：)\s*")
"""A letter first, so that `10:30 Meeting:` is none; a space after the colon, so that `https://` is none.
The full-width colon of Chinese and Japanese transcripts needs no space."""

_SENTENCE = re.compile(r"[!?;\"“”…=<>{}\\]|,.*,|[^\W\d_]{5,}\.|\.\.|://")
"""What no name holds. A point may follow a short word (`Dr.`, `J.`, `Prof.`)."""

_REMARKS = frozenset(
    {"note", "nb", "ps", "warning", "caution", "example", "update", "edit", "source", "url", "http", "https"}
    | {"link", "todo", "tip", "summary", "agenda", "topic", "topics", "title", "date", "time", "subject"}
    | {"duration", "location", "venue", "recording", "recorded", "attendees", "participants", "present"}
    | {"speakers", "keywords", "transcript", "transcribed", "language"}
)
"""Words that open a remark or a heading; nobody is called so."""

_MOST_WORDS = 6


def split(text: str) -> tuple[str, str] | None:
    """The name that may open this text, and the rest; or None.

    >>> split("Ada Lovelace: the engine"), split("see https://example.org"), split("So we ended. Ada: hm")
    (('Ada Lovelace', 'the engine'), None, None)
    """
    match = _OPENING.match(text)
    if match is None:
        return None
    name = match[1].strip()
    if len(name.split()) > _MOST_WORDS or _SENTENCE.search(name) or is_remark(name):
        return None
    return name, text[match.end() :]


def is_remark(name: str) -> bool:
    """Whether this word before a colon opens a remark or a heading, such as `Note` or `Date`."""
    return name.strip().casefold().replace(".", "") in _REMARKS


def accepted(candidates: Sequence[str | None], known: Iterable[str] = ()) -> frozenset[str]:
    """The candidates that are speakers, judged over the file; one entry per line or cue.

    Where half of the lines carry a name, a name counts if it recurs or is written like one (each word
    begins with a capital, a digit or a letter without case). Else it must do both, and such names
    must open a tenth of the lines.
    """
    counts = Counter(c for c in candidates if c is not None)
    known = frozenset(known)
    if not candidates:
        return known
    recurring = {n for n, count in counts.items() if count > 1 and is_written_as_name(n)}
    if 2 * counts.total() >= len(candidates):
        return known | {n for n, count in counts.items() if count > 1 or is_written_as_name(n)}
    if 10 * sum(counts[n] for n in recurring) >= len(candidates):
        return known | recurring
    return known


def is_written_as_name(name: str) -> bool:
    """Whether each word begins with a capital, a digit or a letter without case.

    >>> is_written_as_name("Ada Lovelace (she/her)"), is_written_as_name("We met at")
    (True, False)
    """
    bare = re.sub(r"\([^()]*\)", "", name)  # "(she/her)", "(Guest)"
    return all(not word.lstrip("'-&|/@")[:1].islower() for word in bare.split())
