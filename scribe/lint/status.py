"""The status line of a proposition: whether a person answers for it, and who.

In: the line's text. Out: a name, or None. It takes a person's word for it, and asks no more.
"""

from __future__ import annotations

import re

from scribe.language import words

_NOBODY = re.compile(
    r"\b(?:nobody|no[\s-]one|none|not (?:yet )?(?:been )?(?:reviewed|checked|read)|unreviewed)\b", re.I
)
_REVIEWED_BY = re.compile(
    r"\b(?:reviewed|checked|verified|read|confirmed|approved|corrected|signed off)\s+by:?\s+", re.I
)
_BY = re.compile(r"\bby:?\s+(?=[^\W\d_a-z])")
_NAME = re.compile(r"[^\W\d_][^,;()\n]{0,80}?(?=$|[,;(\n]|\.(?:\s|$)|\s(?:on|in|at)\s)")
_UNREVIEWED = frozenset(
    "sketch draft open unreviewed unproved unproven conjecture conjectured not todo tbd none nobody no pending wip "
    "incomplete unchecked review".split()
)
"""First words of a status that nobody answers for; the generated one begins with the first of them."""


def reviewer_of(status: str) -> str | None:
    """Whom the status names as its reviewer; None where it names nobody.

    >>> reviewer_of("sketch; reviewed by nobody yet."), reviewer_of("Reviewed by Ada Lovelace.")
    (None, 'Ada Lovelace')
    >>> reviewer_of("proved, Ada L., 3 May"), reviewer_of("reviewed by —")
    ('Ada L.', None)
    """
    plain = status.replace("*", "").strip()
    if _NOBODY.search(plain):
        return None
    by = _REVIEWED_BY.search(plain) or _BY.search(plain)
    if by:
        return _name_at(plain[by.end() :])
    if not _begins_reviewed(plain):
        return None
    after = plain.partition(",")[2].strip()
    return _name_at(after) if after[:1].isupper() else None


def is_reviewed_status(status: str) -> bool:
    """Whether a person answers for a proposition of this status.

    >>> [is_reviewed_status(s) for s in ("sketch; nobody has checked it.", "proved on 3 May", "seen by Ada")]
    [False, True, True]
    """
    plain = status.replace("*", "").strip()
    if _NOBODY.search(plain):
        return False
    if reviewer_of(plain) is not None:
        return True
    return _begins_reviewed(plain) and not re.search(r"\bby\W*$", plain)


def _begins_reviewed(plain: str) -> bool:
    first = next(iter(words(plain[:80])), None)
    return first is not None and first not in _UNREVIEWED


def _name_at(text: str) -> str | None:
    match = _NAME.match(text)
    if match is None:
        return None
    name = match[0].strip()
    last = name.rsplit(" ", 1)[-1]
    is_initial = len(last) == 1 and last.isupper() and text[match.end() : match.end() + 1] == "."
    return f"{name}." if is_initial else name or None
