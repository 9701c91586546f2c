"""A person's text on a page, saved while they type.

In: a page as their editor showed it, the block they work on, and what it says now. Out: the file on disk, with what
others made of it meanwhile. What was last generated for the page is not touched: the merge must know later what is
theirs.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from scribe import revise, shelf
from scribe.records import ScribeError

_NOTE = re.compile(r"[ ]{0,3}\[\^[^\]\s]+\]:")
"""Footnotes stand on lines that follow each other."""


class Typed(NamedTuple):
    """What became of a save."""

    text: str
    """The page as it lies on disk."""
    at: int
    """The first of the blocks that hold what was typed, among all of the page; where it would be, for none."""
    span: int
    """How many they are."""
    is_merged: bool
    """Whether the file was not as the editor had it: both changes are kept."""
    is_changed: bool


class Pen:
    """One opening of an editor: the page as the person sees it, and the stretch of it that is theirs.

    What others change on disk does not enter it: each save is put together with the file anew.
    """

    def __init__(self, text: str, before: str, mark: str, gap: str, after: str) -> None:
        self.text = text
        self._before, self._mark, self._gap, self._after = before, mark, gap, after

    @classmethod
    def on(cls, text: str, at: int, span: int = 1) -> Pen:
        """On block `at` of a page, counted from 0, or on `span` that follow each other; raises ScribeError for none."""
        page = revise.split(text)
        if not 0 <= at < at + span <= len(page.blocks):
            raise ScribeError(f"expected a block from 0 to {len(page.blocks) - 1}, found {at}; reload the page")
        ahead = page.lead + "".join(b.text + b.gap for b in page.blocks[:at])
        own = page.blocks[at : at + span]
        after = text[len(ahead) + sum(len(b.text) + len(b.gap) for b in own) :]
        return cls(text, ahead, own[0].mark, own[-1].gap, after)

    @classmethod
    def between(cls, text: str, at: int) -> Pen:
        """On a new block before block `at`; behind the last that is no footnote, for -1."""
        page = revise.split(text)
        if at < 0:
            own = [n for n, block in enumerate(page.blocks) if block.label is None]
            at = own[-1] + 1 if own else 0
        ahead = page.lead + "".join(b.text + b.gap for b in page.blocks[:at])
        return cls(text, ahead, "", "", text[len(ahead) :])

    def write(self, typed: str) -> str:
        """The page with what was typed in its place; nothing typed takes the block out."""
        newline = revise.Ending.of(self.text).newline
        typed = re.sub(r"\r\n|\r|\n", newline, typed).strip("\r\n")
        if not typed.strip():
            return self._before + self._after
        ahead = self._before
        if ahead.strip():
            ahead += newline * max(0, 2 - _newlines_at_end(ahead))
        needed = 1 if _NOTE.match(typed) or not self._after.strip() else 2
        gap = self._gap if self._gap.count("\n") >= needed else newline * needed
        return f"{ahead}{self._mark}{typed}{gap}{self._after}"

    def place(self, typed: str, text: str) -> tuple[int, int]:
        """Which blocks of a page hold what was typed: the first, and how many."""
        starts = _starts(text)
        if not typed.strip():
            return sum(start < len(self._before) for start, _ in starts), 0
        begins = typed.strip().split("\n", 1)[0].strip()
        near = [place for place, (start, content) in enumerate(starts) if content.startswith(begins)]
        if not near:
            return sum(start < len(self._before) for start, _ in starts), 1
        first = min(near, key=lambda place: abs(starts[place][0] - len(self._before)))
        return first, max(1, len(revise.split(typed.strip("\r\n")).blocks))


def save(workspace: shelf.Workspace, path: Path, pen: Pen, typed: str, *, keeps: bool) -> Typed:
    """Put what a person typed on disk; with `keeps` the version before goes into the history.

    Raises ScribeError where the file is read-only or not UTF-8, or the disk refuses; the pen is then as it was.
    """
    known, mine = pen.text, pen.write(typed)
    seen: list[tuple[str, bool]] = []

    def change(present: str | None) -> str:
        if present is None or present == known:
            seen.append((mine, False))
        else:
            seen.append((revise.reconcile(known, mine, present).text, present != mine))
        return seen[-1][0]

    written = workspace.retype(path, change, keeps=keeps)
    pen.text = mine
    text, is_merged = seen[-1]
    at, span = pen.place(typed, text)
    return Typed(text, at, span, is_merged, written.outcome != "unchanged")


def version_of(text: str) -> str:
    """What a page's text is called: the first 16 digits of its SHA-256."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _starts(text: str) -> list[tuple[int, str]]:
    """Where each block begins, its mark included, and what it says."""
    page = revise.split(text)
    found, start = [], len(page.lead)
    for block in page.blocks:
        found.append((start, block.content))
        start += len(block.text) + len(block.gap)
    return found


def _newlines_at_end(text: str) -> int:
    return len(text[len(text.rstrip("\r\n")) :].replace("\r", ""))
