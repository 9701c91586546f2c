"""A post's Markdown -> its propositions, as a person may have left them.

In: the text of a post. Out: `Stated` propositions, in order, and what the post defines outside of them. Reading is
tolerant: parts may be missing, in another order or set in another way; what cannot be read as a proposition is none.
It never raises, and it knows nothing of rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from scribe.language import words
from scribe.lint.status import reviewer_of
from scribe.records import Record

Tag = Literal["said", "implied", "added"]


class Item(Record):
    """One entry of a part: a definition, an assumption, a gap, or the statement itself."""

    text: str
    """Markdown, less footnote marks, who said it and its tag."""
    labels: tuple[str, ...] = ()
    """Footnotes it carries, such as "7-8"."""
    speaker: str | None = None
    line: int = Field(ge=1)


class StatedStep(Item):
    """One step of a sketch."""

    tag: Tag | None = None


class Stated(Record):
    """A proposition as it stands in a post."""

    name: str
    """How a finding names it: "Proposition 2"."""
    heading: str
    line: int = Field(ge=1)
    """Its heading's line, counted from 1."""
    definitions: tuple[Item, ...] = ()
    statement: Item | None = None
    assumptions: tuple[Item, ...] = ()
    steps: tuple[StatedStep, ...] = ()
    gaps: tuple[Item, ...] = ()
    counterexample: tuple[Item, ...] = ()
    remarks: tuple[Item, ...] = ()
    """Parts that the form does not know, such as "**Remark.**"."""
    status: str = ""
    reviewer: str | None = None
    lines: Mapping[str, int] = Field(default_factory=dict)
    """Where each part that is there begins."""


class Row(NamedTuple):
    """A line of the post and its number, counted from 1."""

    line: int
    text: str


class _Section(NamedTuple):
    level: int
    title: str
    line: int
    rows: list[Row]


_PROPOSITION = re.compile(
    r"(?P<name>(?:proposition|conjecture|theorem|lemma|corollary)(?:\s+(?:\d+(?:\.\d+)*|[A-Z]|[ivx]+)\b)?)\s*(?:$|[:.,(–—-])",
    re.I,
)
_DEFINING = re.compile(r"(?:definitions?|notation|set-?up|preliminaries|terms|conventions)\b", re.I)
_DEFINITION = re.compile(r"\s*(?:\*\*|__)?(?:Definition|Notation|Throughout)\b[^*_:.]{0,20}[.:]?(?:\*\*|__)?\s*")
_PARTS: dict[str, str] = {
    "definitions": r"definitions?|notation|terms|set-?up",
    "statement": r"statement|claim|proposition|theorem|conjecture",
    "assumptions": r"assumptions?|hypothes[ei]s",
    "sketch": r"sketch|proof sketch|proof|sketch of (?:the|a) proof|proof idea|idea of (?:the|a) proof",
    "gaps": r"gaps?|open gaps|what is missing",
    "counterexample": r"counter-?examples?(?: sought| tried)?|attempts? (?:to break it|at a counter-?example)",
    "status": r"status",
    "lint": r"lint|findings",
}
_NAMES = "|".join(f"(?P<{part}>{names})" for part, names in _PARTS.items())
_HEAD = re.compile(
    rf"\s{{0,3}}(?:>\s?)?(?P<level>\#{{4,6}}\s+)?(?P<open>[*_]{{0,3}})(?:{_NAMES})(?P<inner>\s?[.:])?"
    r"(?P<close>[*_]{0,3})(?P<outer>\s?[.:])?(?=\s|$)",
    re.I,
)
_OTHER_HEAD = re.compile(r"\s{0,3}(?:\*\*|__)[A-Z][\w '-]{0,40}\.(?:\*\*|__)(?=\s|$)")
_BULLET = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•–]|\(?\d{1,3}[.)]|\(?[a-z]\))(?:[ \t]+|$)")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})[ \t]*(?P<kind>\w*)")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\s]{1,80}\]:")
_LABEL = re.compile(r"\s?\[\^([^\]\s]{1,80})\]")
_TAG = re.compile(
    r"\s*(?:[*_]{0,3}[(\[]\s*(?P<tag>said|implied|added)\b[^()\[\]]{0,60}[)\]][*_]{0,3}"
    r"|[*_]{1,3}(?P<emphasised>said|implied|added)\s?[:.]?[*_]{1,3}|(?P<bare>said|implied|added)\s?[:–—])[:,.]?\s*",
    re.I,
)
_LAST_TAG = re.compile(r"\s*[*_]{0,3}[(\[]\s*(?P<tag>said|implied|added)\s*[)\]][*_]{0,3}\s*[.]?$", re.I)
_SPEAKER = re.compile(r"\s*(?P<mark>\*\*|__|\*|_)(?P<name>[^*_\n:]{1,60}):(?P=mark)\s*")
_WARNING = re.compile(r"\s?\*\((?:weak|unsupported|borne out by its words, but)\b[^()]{0,300}\)\*")
_VOICES = re.compile(r"\s—\s\*[\w ,'-]{1,80}\*$")
_NOTHING = frozenset({"", "todo", "tbd", "tba", "n a", "na", "to do", "to be done", "to be added", "to be written"})


def read(text: str) -> list[Stated]:
    r"""Propositions of a post, in order.

    >>> [stated] = read("### Proposition 1\n\n**Statement.** **Ada:** $q = p$.[^3]\n\n**Sketch.**\n\n1. *(said)* Yes.")
    >>> stated.statement.text, stated.statement.labels, stated.steps[0].tag, stated.steps[0].line
    ('$q = p$.', ('3',), 'said', 7)
    """
    found = (_stated(section) for section in _sections(text))
    return [stated for stated in found if stated is not None]


def post_definitions(text: str) -> list[Item]:
    """What a post defines outside of its propositions: its section of definitions, and single ones."""
    items: list[Item] = []
    for section in _sections(text):
        if _stated(section) is not None:
            continue
        is_all = bool(_DEFINING.match(section.title))
        for item in _items(section.rows):
            head = _DEFINITION.match(item.text)
            if is_all or head:
                items.append(_item(item.text[head.end() if head else 0 :], item.line))
    return items


def is_nothing(text: str) -> bool:
    """Whether a text is a place holder: no word at all, or "TODO".

    >>> is_nothing(" … "), is_nothing("*TODO*"), is_nothing("None found.")
    (True, True, False)
    """
    return " ".join(words(text)) in _NOTHING


# ── Lines and sections ───────────────────────────────────────────────────────────────────────


def _rows(text: str) -> list[Row]:
    """Lines, less comments, code and footnotes; a fence of maths is a displayed formula."""
    fence, is_maths, is_note = "", False, False
    rows: list[Row] = []
    for number, line in enumerate(_uncommented(text), start=1):
        if line is None:
            continue
        match = _FENCE.match(line)
        if fence:
            if match and match["mark"].startswith(fence) and not match["kind"]:
                rows.append(Row(number, "$$" if is_maths else ""))
                fence = ""
            elif is_maths:
                rows.append(Row(number, line))
            continue
        if match:
            fence, is_maths = match["mark"][:3], match["kind"] == "math"
            rows.append(Row(number, "$$" if is_maths else ""))
            continue
        is_note = bool(_FOOTNOTE.match(line)) or (is_note and line.startswith(("    ", "\t")))
        rows.append(Row(number, "" if is_note else line))
    return rows


def _uncommented(text: str) -> Iterator[str | None]:
    """Lines without HTML comments; None for a line that held nothing else."""
    inside = False
    closes_until = text.rfind("-->")
    at = 0
    for line in re.split(r"(\r\n|\r|\n)", text)[::2]:
        start, at = at, at + len(line)
        at += 2 if text.startswith("\r\n", at) else 1
        kept, place, had = [], 0, inside
        while place < len(line):
            sought = "-->" if inside else "<!--"
            found = line.find(sought, place)
            if found < 0 or (not inside and start + found + 4 > closes_until):
                break
            had = True
            if not inside:
                kept.append(line[place:found])
            place, inside = found + len(sought), not inside
        if not inside:
            kept.append(line[place:])
        left = "".join(kept).removeprefix("\ufeff")
        yield None if had and not left.strip() else left


def _sections(text: str) -> list[_Section]:
    """The post, cut at headings of level 3 or less and at those that open a proposition."""
    sections = [_Section(0, "", 1, [])]
    for row in _rows(text):
        level, title = _heading(row.text)
        if 0 < level <= 3 or (level and _PROPOSITION.match(title)):
            sections.append(_Section(level, title, row.line, []))
        else:
            sections[-1].rows.append(row)
    return sections


def _heading(line: str) -> tuple[int, str]:
    bare = line.strip()
    title = bare.lstrip("#")
    level = len(bare) - len(title)
    if not 0 < level <= 6 or line.startswith(("    ", "\t")) or (title and not title[0].isspace()):
        return 0, ""
    return level, title.strip().rstrip("#").strip().strip("*_").strip()


# ── Propositions ─────────────────────────────────────────────────────────────────────────────


def _stated(section: _Section) -> Stated | None:
    named = _PROPOSITION.match(section.title)
    before, parts, others = _parted(section.rows)
    if not (named or "statement" in parts) or not (parts or others or any(row.text.strip() for row in before)):
        return None
    items = {part: _items(rows) for part, (_, rows) in parts.items()}
    stated = items.get("statement") if "statement" in parts else _items(before)
    status = " ".join(item.text for item in items.get("status", ()))
    return Stated(
        name=named["name"] if named else section.title[:60] or "Proposition",
        heading=section.title,
        line=section.line,
        definitions=_read_items(items.get("definitions", ())),
        statement=_whole(stated or ()),
        assumptions=_read_items(items.get("assumptions", ())),
        steps=tuple(_step(raw.text, raw.line) for raw in items.get("sketch", ()) if not is_nothing(raw.text)),
        gaps=_read_items(items.get("gaps", ())),
        counterexample=_read_items(items.get("counterexample", ())),
        remarks=_read_items([*_items(others), *(_items(before) if "statement" in parts else ())]),
        status=_WARNING.sub("", _LABEL.sub("", status)).strip(),
        reviewer=reviewer_of(status),
        lines={part: line for part, (line, _) in parts.items()},
    )


def _parted(rows: Sequence[Row]) -> tuple[list[Row], dict[str, tuple[int, list[Row]]], list[Row]]:
    """Rows before the first part, the parts that the form knows, and the rows of others; a part may be continued."""
    before: list[Row] = []
    others: list[Row] = []
    parts: dict[str, tuple[int, list[Row]]] = {}
    into = before
    for row in rows:
        part, rest = _part_head(row.text)
        if part == "other":
            into = others
        elif part:
            into = parts.setdefault(part, (row.line, []))[1]
            into.append(Row(row.line, ""))
        into.append(Row(row.line, rest))
    parts.pop("lint", None)
    return before, parts, others


def _part_head(line: str) -> tuple[str, str]:
    """Which part begins on a line, "other" if none of the form's, and what follows the head there."""
    match = _HEAD.match(line)
    if match:
        is_set = bool(match["open"]) and bool(match["close"])
        is_plain = not match["open"] and (match["inner"] or match["outer"]) and match[0].strip()[0].isupper()
        is_heading = match["level"] and not line[match.end() :].strip()
        if is_set or is_plain or is_heading:
            return next(part for part in _PARTS if match[part]), line[match.end() :]
    other = _OTHER_HEAD.match(line)
    return ("other", line[other.end() :]) if other else ("", line)


def _items(rows: Sequence[Row]) -> list[Row]:
    """Entries of a part: list items and paragraphs, each with its wrapped lines and nested lists joined."""
    items: list[tuple[int, list[str]]] = []
    indent: int | None = None
    was_blank = False
    for row in rows:
        bare = row.text.strip()
        if not bare:
            was_blank = True
            continue
        match = _BULLET.match(row.text)
        if match and (indent is None or len(match["indent"]) <= indent + 1):
            if indent is None and items and items[-1][1][-1].endswith(":"):
                items.pop()
            indent = len(match["indent"])
            items.append((row.line, [row.text[match.end() :].strip()]))
        elif items and (match or not was_blank or row.text[0].isspace() or _goes_on(bare)):
            items[-1][1].append(row.text[match.end() :].strip() if match else bare)
        else:
            items.append((row.line, [bare]))
        was_blank = False
    return [Row(line, " ".join(pieces)) for line, pieces in items]


def _goes_on(line: str) -> bool:
    """Whether a paragraph goes on with the one before it: a displayed formula, or a small letter after one."""
    return line.startswith(("$$", "\\[")) or line[0].islower()


def _read_items(items: Sequence[Row]) -> tuple[Item, ...]:
    return tuple(_item(raw.text, raw.line) for raw in items if not is_nothing(raw.text))


def _whole(items: Sequence[Row]) -> Item | None:
    """The statement, all its paragraphs in one."""
    text = " ".join(raw.text for raw in items)
    if not items or is_nothing(_LABEL.sub("", text)):
        return None
    item = _item(text, items[0].line)
    return None if is_nothing(item.text) else item


def _item(text: str, line: int) -> Item:
    labels = tuple(_LABEL.findall(text))
    bare = _VOICES.sub("", _LABEL.sub("", _WARNING.sub("", text)).strip())
    speaker = _SPEAKER.match(bare)
    return Item(
        text=bare[speaker.end() if speaker else 0 :].strip(),
        labels=labels,
        speaker=speaker["name"].strip() if speaker and speaker["mark"] in ("**", "__") else None,
        line=line,
    )


def _step(text: str, line: int) -> StatedStep:
    tag: str | None = None
    match = _TAG.match(text)
    if match:
        tag = match["tag"] or match["emphasised"] or match["bare"]
        text = text[match.end() :]
    item = _item(text, line)
    last = _LAST_TAG.search(item.text[-30:]) if tag is None else None
    if last:
        tag, item = last["tag"], item.model_copy(update={"text": item.text[: len(item.text) - len(last[0])]})
    return StatedStep.model_validate({**item.model_dump(), "tag": tag and tag.lower()})
