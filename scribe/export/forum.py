r"""Markdown for a forum: the person's own text, less what a forum cannot use or should not be given.

In: a bare text. Out: the same characters but for these edits. Comments are gone. HTML is text (`\<b>`). A link to a
file beside the page, which a forum does not have, is its own words: "0:04", "line 12". Footnotes and formulas stay as
they are typed: LessWrong's Markdown editor, GitHub and Discourse all read `[^1]`, `$…$` and, set apart, `$$…$$`.

pandoc says where each of these stands, so that nothing in code is touched; the result is read again until there is
nothing left to do, because what stood in HTML is Markdown afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scribe.export.cleaning import COMMENT, scheme_of
from scribe.export.reading import read_with_places
from scribe.export.tree import Element, elements
from scribe.records import ScribeError

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_POSITION = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")
_PASSES = 20
_TAB = 4


class _Edit(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


def to_forum(text: str) -> str:
    """`text` as a forum can take it. Raises ScribeError when HTML in it is so tangled that it cannot be made text."""
    for _ in range(_PASSES):
        edits = sorted(set(_edits(text)))
        if not edits:
            return text
        text = _edited(text, edits)
    raise ScribeError(
        "export: expected HTML that can be written as text, found a tangle of it; remove it from the page"
    )


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    """`text` after `edits`, which are in order; one that reaches into an earlier one waits for the next pass."""
    kept: list[str] = []
    done = 0
    for edit in edits:
        if edit.start >= done:
            kept += [text[done : edit.start], edit.new]
            done = edit.end
    return "".join(kept) + text[done:]


def _edits(text: str) -> Iterator[_Edit]:
    places = _Places(text)
    for element in elements(read_with_places(text)):
        if element["t"] in ("Div", "Span"):
            for inner in element["c"][1]:
                if inner["t"] in ("RawBlock", "RawInline"):
                    yield from _as_text(text, places.of(element))
        elif element["t"] == "Link" and not _leads_out(element["c"][2][0]):
            yield from _unlinked(text, element, places)


def _leads_out(target: str) -> bool:
    return target.startswith("#") or scheme_of(target) in ("http", "https", "mailto")


def _as_text(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[_Edit]:
    """Take the comments out of some HTML and put a backslash before each of its tags."""
    where = [place for start, end in spans for place in range(start, end)]
    html = "".join(text[place] for place in where)
    if not COMMENT.sub("", html).strip() and len(spans) == 1 and _is_line(text, *spans[0]):
        yield _without_line(text, *spans[0])
        return
    inside: set[int] = set()
    for comment in COMMENT.finditer(html):
        inside.update(range(*comment.span()))
        yield from (_Edit(where[at], where[at] + 1, "") for at in range(*comment.span()) if html[at] != "\n")
    for tag in _TAG.finditer(html):
        if tag.start() not in inside:
            yield _Edit(where[tag.start()], where[tag.start()] + 1, "\\<")


def _is_line(text: str, start: int, end: int) -> bool:
    """Whether a stretch is whole lines."""
    return (start == 0 or text[start - 1] == "\n") and (end == len(text) or text[end - 1] == "\n")


def _without_line(text: str, start: int, end: int) -> _Edit:
    """Take whole lines out; an empty one stays where they parted one paragraph from another."""
    above = text[:start].rpartition("\n")[0].rpartition("\n")[2] if start else ""
    return _Edit(start, end, "\n" if above.strip() else "")


def _unlinked(text: str, link: Element, places: _Places) -> Iterator[_Edit]:
    """Leave of a link what a reader sees of it: what stands in its brackets, or in the angles of `<address>`."""
    spans = places.of(link)
    start, end = spans[0][0], spans[-1][1]
    if text[start : start + 1] == "<":
        shown = [(start + 1, end - 1)]
    else:
        shown = [span for inline in link["c"][1] for span in places.of(inline)] or [(end, end)]
    yield _Edit(start, shown[0][0], "")
    yield _Edit(shown[-1][1], end, "")


class _Places:
    """Where in a text the lines and columns lie that pandoc names."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._length = len(text)

    def of(self, element: Element) -> list[tuple[int, int]]:
        """The stretches of text that an element takes up, each as its start and its end."""
        named = dict(element["c"][0][2])["data-pos"]
        found = [[int(number) for number in part] for part in _POSITION.findall(named)]
        return [(self._offset(*part[:2]), self._offset(*part[2:])) for part in found]

    def _offset(self, line: int, column: int) -> int:
        if line > len(self._lines):
            return self._length
        return min(self._starts[line - 1] + _characters(self._lines[line - 1], column), self._length)


def _characters(line: str, column: int) -> int:
    """How many characters of `line` stand before `column`, which counts from 1 and counts a tab up to the next stop."""
    reached = 1
    for place, character in enumerate(line):
        if reached >= column:
            return place
        reached = (reached - 1) // _TAB * _TAB + _TAB + 1 if character == "\t" else reached + 1
    return len(line) + max(0, column - reached)
