"""A page of drafts as the studio shows it: block by block, each with what is known of it.

In: an opened session and the text of a page. Out: plain values for a template or for JSON. All HTML is made by
`scribe.markdown`, which escapes it; where citations and links lead is said here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from markupsafe import Markup

from scribe import lint, revise
from scribe.footnotes import clock, lines_of
from scribe.language import span_of_lines
from scribe.markdown import Leads, fragments
from scribe.pipeline.checking import placed_blocks
from scribe.pipeline.editing import stale_blocks
from scribe.pipeline.proposing import placed_proposals
from scribe.pipeline.refining import Desk
from scribe.records import ScribeError
from scribe.studio.sessions import Opened

_HIDDEN = frozenset({"footnote_reference", "front_matter", "comment"})
"""Kinds of blocks that are kept and not shown, unless somebody asks to see all."""

_MOST_RENDERED = 5_000

_WARNING = re.compile(r"\*\((weak|unsupported):")
_SEEK = re.compile(r"#t=(\d+(?:\.\d+)?)$")
_WEB = re.compile(r"(?:https?|mailto):", re.I)
_PICTURES = frozenset({".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp"})


class Slots(NamedTuple):
    """What the blocks of a post belong to, and among how many texts a person can choose for each."""

    kinds: Mapping[str, str]
    ways: Mapping[str, int]
    own: frozenset[str]


_NO_SLOTS = Slots({}, {}, frozenset())


def blocks_of(opened: Opened, page: str, text: str) -> list[dict[str, Any]]:
    """All blocks of a page, in order; those that are not shown, too."""
    blocks = revise.split(text).blocks
    rendered = rendered_of(opened, [block.content for block in blocks])
    slots = _slots(opened) if page == "post" else _NO_SLOTS
    stale = set(stale_blocks(opened.workspace, opened.page_path(page), opened.ground))
    propositions = _propositions(text) if page == "post" else {}
    proposed = _proposed(opened, page, text)
    starts = _lines(text)
    spans = [(session.first, session.last) for session in opened.ground.sessions]
    found = []
    for at, (block, html) in enumerate(zip(blocks, rendered, strict=True)):
        is_shown = block.kind not in _HIDDEN
        warning = _WARNING.search(block.content)
        name, signed = _proposition_at(propositions, starts[at])
        known = block.id or ""
        found.append(
            {
                "at": at,
                "id": block.id,
                "kind": block.kind,
                "source": block.content.replace("\r\n", "\n"),
                "html": Markup(html),  # noqa: S704 (made by scribe.markdown)
                "lines": _cited(block.content, spans, opened) if is_shown else [],
                "is_locked": block.is_locked,
                "is_stale": block.id in stale,
                "is_shown": is_shown,
                "slot": slots.kinds.get(known, ""),
                "ways": slots.ways.get(known, 0),
                "is_own": known in slots.own,
                "warning": warning[1] if warning else None,
                "proposition": name,
                "signed": signed,
                "proposed": proposed.get(at, []),
            }
        )
    return found


def _proposed(opened: Opened, page: str, text: str) -> dict[int, list[dict[str, str]]]:
    """What was generated and did not fit what a person wrote, by the block that it is about."""
    found: dict[int, list[dict[str, str]]] = {}
    for placed in placed_proposals(opened.workspace, opened.page_path(page), text):
        (html,) = rendered_of(opened, [placed.one.text])
        found.setdefault(placed.at, []).append({"key": placed.key, "kind": placed.one.kind, "html": html})
    return found


def rendered_of(opened: Opened, texts: Sequence[str]) -> list[str]:
    """HTML of blocks, same order; what was rendered before is kept."""
    found = {text: opened.rendered.get(text) for text in texts}
    fresh = [text for text, html in found.items() if html is None]
    made = dict(zip(fresh, fragments(fresh, _leads_of(opened)), strict=True))
    if len(opened.rendered) > _MOST_RENDERED:
        opened.rendered = {}
    opened.rendered.update(made)
    return [made[text] if (html := found[text]) is None else html for text in texts]


def _leads_of(opened: Opened) -> Leads:
    """Where things on a page of a session lead within the studio."""
    spans = [(session.first, session.last) for session in opened.ground.sessions]
    segments = opened.transcript.segments

    def mark(label: str) -> tuple[dict[str, str], str] | None:
        lines = [n for n in lines_of(label, spans) if n < len(segments)]
        if not lines:
            return None
        first = segments[lines[0]]
        when = clock(first.start) if first.start is not None else span_of_lines(lines[0], lines[0] + 1, "–")
        told = ", ".join(part for part in (first.speaker, when) if part)
        text = label.replace("-", "–").replace("_", ", ")
        attributes = {
            "class": "cite",
            "href": f"#line-{lines[0]}",
            "data-lines": " ".join(map(str, lines)),
            "title": told,
            "aria-label": f"{text}: evidence, {told}",
        }
        return attributes, text

    def link(target: str) -> dict[str, str]:
        if (seek := _SEEK.search(target)) is not None:
            found = {"class": "seek", "href": f"#t={seek[1]}", "data-at": seek[1]}
            part = _part_at(opened, target)
            return {**found, "data-part": str(part)} if part else found
        if _WEB.match(target):
            return {"class": "away", "href": target, "target": "_blank", "rel": "noopener noreferrer"}
        return {"class": "file", "title": unquote(target)} if target else {}

    def image(source: str) -> str | None:
        name = unquote(source)
        is_ours = PurePosixPath(name).name == name and PurePosixPath(name).suffix.lower() in _PICTURES
        return f"/files/{quote(opened.name)}/{quote(name)}" if is_ours else None

    return Leads(mark, link, image)


def _part_at(opened: Opened, target: str) -> int:
    """The part of a sequence whose recording a link leads into; the first, where that cannot be told."""
    name = PurePosixPath(unquote(target.partition("#")[0])).name
    places = [n for n, part in enumerate(opened.parts) if part.recording is not None and part.recording.name == name]
    return places[0] if places else 0


def _slots(opened: Opened) -> Slots:
    """None where the draft behind the post is lost, or cannot be read."""
    try:
        desk = Desk(opened.workspace, opened.name, opened.ground)
        listed = desk.blocks()
    except ScribeError:
        return _NO_SLOTS
    kinds = {block: slot.partition(":")[0] for block, slot in desk.slots.items()}
    ways = {block.id: block.alternatives for block in listed if block.id}
    typed = {b.id: slot for b in listed if b.id and b.typed and (slot := desk.slots.get(b.id))}
    is_own = {slot: desk.is_own(slot) for slot in set(typed.values())}
    own = frozenset(block for block, slot in typed.items() if is_own[slot])
    return Slots(kinds, ways, own)


def _cited(content: str, spans: Sequence[tuple[int, int]], opened: Opened) -> list[int]:
    """The lines that a block's citations name, ascending."""
    most = len(opened.transcript.segments)
    return sorted({n for label in revise.labels(content) for n in lines_of(label, spans) if n < most})


def _propositions(text: str) -> dict[int, tuple[str, int | None, str | None]]:
    """Propositions by the line of their heading: the name, the line of the status, and who signed it."""
    return {s.line: (s.name, s.lines.get("status"), s.reviewer) for s in lint.read(text)}


def _proposition_at(
    propositions: Mapping[int, tuple[str, int | None, str | None]], span: tuple[int, int, int]
) -> tuple[str | None, str | None]:
    """The proposition that a block belongs to, and who signed it where the block is its status."""
    first, last, until = span
    heading = max((line for line in propositions if line <= first), default=None)
    if heading is None or heading < until:
        return None, None
    name, status, reviewer = propositions[heading]
    return name, reviewer if status is not None and first <= status < last else None


def _lines(text: str) -> list[tuple[int, int, int]]:
    """For each block its lines `[first, last)`, counted from 1, and the line of the last heading of rank 1 to 3."""
    heading, found = 0, []
    for first, block in placed_blocks(text):
        if 0 < block.level <= 3:
            heading = first
        found.append((first, first + block.content.count("\n") + 1, heading))
    return found
