"""A person's name in the status of a proposition, put there as they would write it.

In: a page's text, a block of the proposition, and a name. Out: the page's text. What else its status says stays, but
for what says that nobody reviewed it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from scribe import lint, revise
from scribe.language import sentences
from scribe.lint import Stated
from scribe.lint.status import reviewer_of
from scribe.pipeline.blockwise import PART, UNMARKED, with_lock
from scribe.pipeline.checking import placed_blocks
from scribe.records import ScribeError

_HEAD = re.compile(r"\s{0,3}(?:>\s?)?(?P<level>#{4,6}\s+)?[*_]{0,3}status\s?[.:]?[*_]{0,3}\s?[.:]?(?=\s|$)", re.I)
_OTHER = re.compile(r"\s*(?:#{1,6}\s|(?:\*\*|__)[A-Z]|\[\^|```|~~~)")
"""A line with which something else than a status begins."""

_COMMENT = re.compile(r"\s*<!--.*-->\s*")
_BULLET = re.compile(r"\s*(?:[-*+•]\s+)?")
_CLAUSE = re.compile(r"([;,]\s+|\.\s+|[.;]$)")
_REVIEWED = re.compile(r"\breviewed by:?\s+", re.I)
_NAMES = re.compile(r"[^;()\n]+?(?=\s(?:on|in|at)\s|,(?!\s*[^\W\d_a-z][^\d,;()]*(?:,|$|[.;(]))|[;(\n]|\.?\s*$)")
"""Names behind "reviewed by", up to when or where."""

_BETWEEN = re.compile(r",\s*|\s+and\s+")


class _Place(NamedTuple):
    """A proposition on a page: which of the blocks are its own."""

    stated: Stated
    first: int
    last: int


def with_signature(text: str, block: str, by: str) -> str:
    r"""The page with a name in the status of the proposition that holds a block, by its id.

    Raises ScribeError where there is no such block, or it belongs to no proposition.

    >>> page = "### Proposition 1\n\n**Statement.** So.\n\n<!-- scribe: k7f2q1 -->\n**Status.** sketch; not reviewed.\n"
    >>> with_signature(page, "k7f2q1", "Ada").splitlines()[-1]
    '**Status.** sketch; reviewed by Ada.'
    """
    ending = revise.Ending.of(text)
    text = ending.bare(text)
    place = _placed(text, block)
    line = place.stated.lines.get("status")
    new = _appended(text, place, by) if line is None else _rewritten(text, place, line, by)
    if not any(one.line == place.stated.line and one.reviewer for one in lint.read(new)):
        raise ScribeError(f"{place.stated.name}: its status cannot be signed as it stands; write your name there")
    return ending.whole(new)


def with_lock_of_all(text: str, block: str) -> str:
    """The page with all blocks locked of the proposition that holds a block: a name answers for the words it is put to.

    What the linter finds is left out; it is nobody's text. Raises ScribeError as `with_signature`.
    """
    ending = revise.Ending.of(text)
    text = ending.bare(text)
    place = _placed(text, block)
    blocks = revise.split(text).blocks
    part = ""
    for at in range(place.first, place.last):
        one = blocks[at]
        if named := PART.match(one.content):
            part = named[1]
        if not one.is_locked and part != "Lint" and one.kind not in UNMARKED:
            text = with_lock(text, at, is_locked=True)
    return ending.whole(text)


def signed(status: str, by: str) -> str:
    """A status with one more name in it.

    >>> signed("sketch; reviewed by nobody yet.", "Ada"), signed("sketch; reviewed by Ada.", "Jan")
    ('sketch; reviewed by Ada.', 'sketch; reviewed by Ada and Jan.')
    >>> signed("step 2 is wrong", "Ada"), signed("reviewed by Ada, 3 May", "Jan")
    ('step 2 is wrong; reviewed by Ada.', 'reviewed by Ada and Jan, 3 May')
    """
    status = status.strip()
    if _is_signed(status, by):
        return status
    pieces = [*_CLAUSE.split(status), ""]
    clauses = list(zip(pieces[::2], pieces[1::2], strict=True))
    kept = [(clause, end) for clause, end in clauses if not _says_nobody(clause)]
    told = "".join(clause + end for clause, end in kept)
    if found := _names_in(told):
        for between in (" and ", ", "):
            more = told[: found.end] + between + by + told[found.end :]
            if reviewer_of(more) is not None:
                return more
    told = told.rstrip(" ;,.")
    return f"{told}{'; ' if told else ''}reviewed by {by}{'' if by.endswith('.') else '.'}"


class _Names(NamedTuple):
    names: frozenset[str]
    end: int


def _names_in(status: str) -> _Names | None:
    """Who reviewed it by its own words, and where in it their names end."""
    head = _REVIEWED.search(status)
    if head is None or reviewer_of(status) is None:
        return None
    found = _NAMES.match(next(sentences(status[head.end() :]), ""))
    if found is None:
        return None
    end = head.end() + found.end()
    last = found[0].rsplit(" ", 1)[-1]
    if len(last) == 1 and last.isupper() and status[end : end + 1] == ".":
        end += 1
    return _Names(_apart(found[0].replace("*", "")), end)


def _apart(names: str) -> frozenset[str]:
    """Each name, without the point behind an initial, which may be the sentence's."""
    return frozenset(name.rstrip(".") for name in _BETWEEN.split(names))


def _is_signed(status: str, by: str) -> bool:
    found = _names_in(status)
    return reviewer_of(status) == by or (found is not None and found.names.issuperset(_apart(by)))


def _says_nobody(clause: str) -> bool:
    return reviewer_of(f"reviewed by Ada; {clause}") is None or re.search(r"\bby\W*$", clause) is not None


# ── On the page ──────────────────────────────────────────────────────────────────────────────


def _placed(text: str, block: str) -> _Place:
    blocks = placed_blocks(text)
    at = next((n for n, (_, one) in enumerate(blocks) if one.id == block), None)
    if at is None:
        raise ScribeError(f"{block!r} is no block of the post; it may have been changed meanwhile: look again")
    stated = {one.line: one for one in lint.read(text)}
    heads = [n for n, (line, one) in enumerate(blocks) if 1 <= one.level <= 3 or line in stated]
    first = max((n for n in heads if n <= at), default=None)
    if first is None or blocks[first][0] not in stated:
        raise ScribeError(f"{block!r} belongs to no proposition, so there is no status to sign")
    return _Place(stated[blocks[first][0]], first, min((n for n in heads if n > first), default=len(blocks)))


def _appended(text: str, place: _Place, by: str) -> str:
    """A status for a proposition that has none, behind all else that it has."""
    page = revise.split(text)
    blocks = list(page.blocks)
    own = [n for n in range(place.first, place.last) if blocks[n].label is None]
    at, newline = own[-1], revise.Ending.of(text).newline
    status = f"**Status.** {signed('sketch', by)}"
    blocks[at] = blocks[at]._replace(content=blocks[at].content + 2 * newline + status)
    return page._replace(blocks=tuple(blocks)).joined


def _rewritten(text: str, place: _Place, line: int, by: str) -> str:
    """The page with another status, which is what follows its head on that line or below it."""
    pieces = [*re.split(r"(\r\n|\r|\n)", text), ""]
    rows, ends = pieces[::2], pieces[1::2]
    placed = placed_blocks(text)
    last = placed[place.last][0] - 1 if place.last < len(placed) else len(rows)
    at = line - 1
    head = _HEAD.match(rows[at])
    if head is None:
        return text
    before, status = head[0], rows[at][head.end() :].strip()
    first = at + 1
    while not status and first < last and (not rows[first].strip() or _COMMENT.fullmatch(rows[first])):
        first += 1
    end = first
    while end < last and rows[end].strip() and not _OTHER.match(rows[end]) and not _COMMENT.fullmatch(rows[end]):
        end += 1
    lines = [_BULLET.sub("", row, count=1).strip() for row in rows[first:end]]
    if status or not lines:
        whole = signed(" ".join([status, *lines]) or "sketch", by)
        between = 2 * revise.Ending.of(text).newline if head["level"] and not status else " "
        rows[at] = f"{before}{between}{whole}"
        first = at + 1
    else:
        lead = _BULLET.match(rows[first])
        rows[first] = (lead[0] if lead else "") + signed(" ".join(lines), by)
        first += 1
    gone = range(first, end) if lines else range(0)
    if gone:
        ends[gone.start - 1] = ends[gone.stop - 1]
    return "".join(row + end for n, (row, end) in enumerate(zip(rows, ends, strict=True)) if n not in gone)
