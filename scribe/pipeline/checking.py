"""The places of a session, or of a sequence's post, that a person should check, and which of them somebody did check.

In: a workspace, the lines and the draft that a post stands on, and the post. Out: items, the most worth checking first:
doubtful passages, then claims that nothing bears out, then what the linter finds; and marks, kept in `review.json`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from scribe import lint, revise, shelf
from scribe.claims import flat
from scribe.footnotes import clock, lines_of
from scribe.language import listed, span_of_lines
from scribe.lint.status import reviewer_of
from scribe.markdown import escape
from scribe.notes.page import all_claims
from scribe.pipeline.reviewing import LookedThrough, look_through
from scribe.records import Claim, Draft, Notes, Record, ScribeError, Transcript, text_key
from scribe.review import Spot, shortened
from scribe.review.resting import WEIGHTS, weight

LONGEST_NAME = 80
"""Characters."""

_WHY_LETTERS = 240
_MARKUP = re.compile(r"[*_`\[\]<>|\\#~$^{}]")
_ROW_END = re.compile(r"\r\n|\r|\n")
_FOOTNOTE = re.compile(r"\s?\[\^[^\]\s]+\]")

Kind = Literal["doubt", "claim", "lint"]
Page = Literal["notes", "post"]


class Item(Record):
    """One place to check."""

    key: str
    """Digest of what it is about: the same as long as its words are."""
    kind: Kind
    title: str
    """Where it is, in a few words."""
    why: str
    """One line."""
    text: str
    """The words to look at."""
    first: int | None = None
    last: int | None = None
    """The lines that it is about lie in `[first, last)`."""
    lines: tuple[int, ...] = ()
    page: Page | None = None
    block: str | None = None
    """Where it stands, by the id of a block, where that is known."""
    cost: float
    """What an error there costs a reader; a plain statement is 1."""
    is_reviewed: bool = False
    by: str | None = None
    at: str | None = None


class Mark(Record):
    """Somebody's word that they checked a place."""

    key: str
    by: str = Field(min_length=1, max_length=LONGEST_NAME)
    at: str = Field(max_length=40)
    """UTC, ISO 8601."""


class Marks(Record):
    """All marks of one folder of drafts."""

    marks: tuple[Mark, ...] = ()


class Subject(NamedTuple):
    """What is to be checked."""

    name: str
    """The folder in `drafts`."""
    sessions: Sequence[Transcript]
    post: Draft | None = None
    text: str | None = None
    """The post as it stands."""
    findings: Sequence[lint.Finding] = ()
    """What the linter finds in it."""

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Lines `[first, last)` of each session among those of all, where there are several."""
        return [(session.first, session.last) for session in self.post.sessions] if self.post else []


def name_of(by: str) -> str:
    """A person's name as it can stand on a page; raises ScribeError for what is none.

    >>> name_of(" Ada  Lovelace ")
    'Ada Lovelace'
    """
    name = re.sub(r" +", " ", by.strip())
    is_plain = name.isprintable() and not _MARKUP.search(name) and len(name) <= LONGEST_NAME
    if not is_plain or reviewer_of(f"reviewed by {name}") is None:
        raise ScribeError(
            f"expected your name, one line of up to {LONGEST_NAME} characters without Markdown, found {shortened(by)!r}"
        )
    return name


def marks_path(workspace: shelf.Workspace, name: str) -> Path:
    """`drafts/<name>/review.json`, a person's: what they checked."""
    return workspace.draft_folder(name) / "review.json"


def read_marks(workspace: shelf.Workspace, name: str) -> Marks:
    """What was checked; raises ScribeError for a file that cannot be read as that, and leaves it as it is."""
    return workspace.load_decided(marks_path(workspace, name), Marks())


def marked(items: Iterable[Item], marks: Marks) -> list[Item]:
    """Items with who checked them, and when last."""
    found: dict[str, list[Mark]] = {}
    for mark in marks.marks:
        found.setdefault(mark.key, []).append(mark)
    made = []
    for item in items:
        if own := found.get(item.key):
            by = listed(list(dict.fromkeys(mark.by for mark in own)))
            item = item.model_copy(update={"is_reviewed": True, "by": by, "at": max(mark.at for mark in own)})
        made.append(item)
    return made


def places(workspace: shelf.Workspace, subject: Subject) -> tuple[list[Item], list[str]]:
    """All that is worth checking, in order, and what a person should know of how it was found."""
    doubts: list[Item] = []
    remarks: list[str] = []
    notes = None
    spans = subject.spans
    for number, transcript in enumerate(subject.sessions):
        try:
            found = look_through(transcript, workspace)
        except ScribeError as error:
            remarks.append(str(error))
            continue
        remarks += found.remarks
        doubts += _doubts(found, transcript, at=spans[number][0] if spans else 0, is_one_of_several=bool(spans))
        notes = found.notes
    claims = _claims(workspace, subject, None if spans else notes)
    return [*sorted(doubts, key=lambda item: -item.cost), *claims, *_findings(subject)], remarks


def placed_blocks(text: str) -> list[tuple[int, revise.Block]]:
    """The blocks of a page, each with the line, from 1, on which its content begins."""
    page = revise.split(text)
    line = 1 + page.lead.count("\n")
    found = []
    for block in page.blocks:
        found.append((line + block.mark.count("\n"), block))
        line += (block.mark + block.content + block.gap).count("\n")
    return found


# ── Doubtful passages ────────────────────────────────────────────────────────────────────────


def _doubts(found: LookedThrough, transcript: Transcript, *, at: int, is_one_of_several: bool) -> Iterator[Item]:
    claims = all_claims(found.notes) if found.notes is not None else []
    weak = {line for claim in claims if claim.support and claim.support.verdict == "weak" for line in claim.cites}
    for spot in found.review.spots:
        is_for_claims = all(reason.source == "verdict" for reason in spot.reasons)
        if is_for_claims and weak.isdisjoint(range(spot.first, spot.last)):
            continue  # the claims that its lines do not bear out are listed themselves
        yield Item(
            key=text_key(["doubt", transcript.id, str(spot.first), spot.text]),
            kind="doubt",
            title=f"{transcript.id}, {_title(spot)}" if is_one_of_several else _title(spot),
            why=shortened("; ".join(reason.says for reason in spot.reasons), _WHY_LETTERS),
            text=spot.text,
            first=spot.first + at,
            last=spot.last + at,
            lines=tuple(range(spot.first + at, spot.last + at)),
            cost=spot.cost,
        )


def _title(spot: Spot) -> str:
    """When a spot was said, and by whom."""
    when = span_of_lines(spot.first, spot.last)
    if spot.start is not None and spot.end is not None:
        when = f"{clock(spot.start)}–{clock(spot.end)}"
    return f"{when} {', '.join(spot.speakers)}".strip()


# ── Claims ───────────────────────────────────────────────────────────────────────────────────


def _claims(workspace: shelf.Workspace, subject: Subject, notes: Notes | None) -> list[Item]:
    """Claims that nothing bears out and that still stand on a page, each once: in the post rather than the notes."""
    found: dict[str, Item] = {}
    if subject.post is not None and subject.text is not None:
        _add(found, _of_draft(subject.post), "post", subject.text)
    if notes is not None:
        text = workspace.look(workspace.notes_path(subject.name)).text
        _add(found, _of_notes(notes), "notes", text)
    return sorted(found.values(), key=lambda item: -item.cost)


def _add(found: dict[str, Item], claims: Iterable[tuple[str, Claim]], page: Page, text: str | None) -> None:
    """The unsupported ones of some claims; all of them where there is no page to stand on."""
    blocks: list[tuple[str, str | None]] | None = None
    for title, claim in claims:
        support = claim.support
        key = text_key(["claim", claim.text, *map(str, claim.cites)])
        if support is None or support.verdict != "unsupported" or key in found:
            continue
        if blocks is None:
            split = revise.split(text or "").blocks
            blocks = [(" ".join(block.content.split()), block.id) for block in split if block.label is None]
        words = escape(claim.text)
        stands = [block for content, block in blocks if words in content]
        if text is not None and not stands:
            continue
        found[key] = Item(
            key=key,
            kind="claim",
            title=title,
            why=shortened("; ".join(support.reasons), _WHY_LETTERS) or "its lines do not bear it out",
            text=claim.text,
            first=min(claim.cites, default=None),
            last=max(claim.cites) + 1 if claim.cites else None,
            lines=claim.cites,
            page=page if stands else None,
            block=next((block for block in stands if block), None),
            cost=weight(claim),
        )


def _of_notes(notes: Notes) -> Iterator[tuple[str, Claim]]:
    yield from (("Overview", claim) for claim in flat(notes.overview))
    yield from ((topic.title, claim) for topic in notes.topics for claim in flat(topic.claims))


def _of_draft(post: Draft) -> Iterator[tuple[str, Claim]]:
    yield from (("TL;DR", claim) for claim in post.summary)
    yield from (("Definitions", claim) for claim in post.definitions)
    yield from ((section.heading, claim) for section in post.sections for claim in section.claims)
    for number, stated in enumerate(post.propositions, start=1):
        steps = (step.claim for step in stated.steps)
        own = (stated.statement, *stated.definitions, *stated.assumptions, *steps, *stated.gaps)
        yield from ((f"Proposition {number}", claim) for claim in (*own, *stated.counterexamples))
    yield from (("Open questions", claim) for claim in post.open_questions)


# ── What the linter finds ────────────────────────────────────────────────────────────────────


def _findings(subject: Subject) -> Iterator[Item]:
    if not subject.findings or subject.text is None:
        return
    rows = _ROW_END.split(subject.text)
    stated = lint.read(subject.text)
    heads = [one.line for one in stated]
    blocks = placed_blocks(subject.text)
    starts = [line for line, _ in blocks]
    many = sum(len(transcript.segments) for transcript in subject.sessions)
    for finding in subject.findings:
        place = bisect_right(heads, finding.line) - 1
        statement = stated[place].statement if place >= 0 else None
        said = statement.text if statement else ""
        row = rows[finding.line - 1]
        is_heading = row.lstrip().startswith("#")
        text = said if is_heading else " ".join(_FOOTNOTE.sub("", row).split())
        labels = statement.labels if statement and is_heading else revise.labels(row)
        lines = sorted({n for label in labels for n in lines_of(label, subject.spans) if n < many})
        at = bisect_right(starts, finding.line) - 1
        yield Item(
            key=text_key(["lint", finding.rule, finding.message, said, text]),
            kind="lint",
            title=finding.where,
            why=finding.message,
            text=text,
            first=lines[0] if lines else None,
            last=lines[-1] + 1 if lines else None,
            lines=tuple(lines),
            page="post",
            block=blocks[at][1].id if at >= 0 else None,
            cost=WEIGHTS["conjecture"],
        )
