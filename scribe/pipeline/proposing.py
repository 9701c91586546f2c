"""What did not fit a person's pages lies beside them: in records for the machine, and as `proposals.md` for the person.

In: what a merge could not place. Out: the proposals that are open, and their page, which is a person's like any other:
what they delete there is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scribe import revise, shelf
from scribe.markdown import escape
from scribe.pipeline.remembering import remembered
from scribe.records import Record, ScribeError, text_key


class Open(Record):
    """A proposal that nobody has answered."""

    file: str
    kind: str
    id: str | None = None
    section: str = ""
    theirs: str = ""
    text: str = ""
    footnotes: tuple[str, ...] = ()


class Proposals(Record):
    """All open proposals of one folder of drafts."""

    proposals: tuple[Open, ...] = ()


def proposals_place(workspace: shelf.Workspace, page: Path) -> Path:
    """Where the open proposals of a page's folder are kept."""
    return workspace.base_path(page).with_name("proposals.json")


def known_proposals(workspace: shelf.Workspace, page: Path) -> Proposals:
    """All that are open in the folder of a page."""
    return remembered(proposals_place(workspace, page), Proposals())


def open_proposals(workspace: shelf.Workspace, path: Path) -> tuple[Open, ...]:
    """What was proposed for a page and nobody has answered."""
    return tuple(one for one in known_proposals(workspace, path).proposals if one.file == path.name)


class Placed(NamedTuple):
    """An open proposal, and which block of its page it is about, counted from 0."""

    at: int
    one: Open

    @property
    def key(self) -> str:
        """What it is named by: the same as long as it proposes the same."""
        return text_key([self.one.kind, self.one.id or "", self.one.theirs, self.one.text])


def placed_proposals(workspace: shelf.Workspace, path: Path, text: str) -> list[Placed]:
    """What is open for a page as it stands; what stands there by now, or has lost its block, is left out."""
    blocks = revise.split(text).blocks
    standing = {block.content for block in blocks}
    ids = {block.id: at for at, block in enumerate(blocks) if block.id}
    contents = {block.content: at for at, block in enumerate(blocks)}
    headings = {block.content.strip("# "): at for at, block in enumerate(blocks) if block.level}
    found = []
    for one in open_proposals(workspace, path):
        at = headings.get(one.section, 0) if one.kind == "new" else ids.get(one.id or "", contents.get(one.theirs))
        is_answered = one.text in standing or (one.kind == "new" and one.id in ids)
        if at is not None and at < len(blocks) and not is_answered:
            found.append(Placed(at, one))
    return found


def take(workspace: shelf.Workspace, path: Path, key: str) -> shelf.Written:
    """Put what is proposed into the page: in place of its block, out of it, or behind the block that it follows.

    It becomes the person's text, with the footnotes that it needs. Raises ScribeError for what is open no more.
    """

    def change(text: str | None) -> str:
        text = text or ""
        found = next((one for one in placed_proposals(workspace, path, text) if one.key == key), None)
        if found is None:
            raise ScribeError(f"{path}: that is proposed no more; the page was changed meanwhile: look again")
        return _taken(text, found)

    return workspace.retype(path, change)


def _taken(text: str, placed: Placed) -> str:
    newline = revise.Ending.of(text).newline
    page = revise.split(text)
    blocks = list(page.blocks)
    old, new = blocks[placed.at], placed.one.text.replace("\n", newline)
    if placed.one.kind == "new":
        mark = revise.marked([placed.one.id]).replace("\n", newline) if placed.one.id else ""
        blocks[placed.at] = old._replace(gap=2 * newline)
        blocks.insert(placed.at + 1, old._replace(mark=mark, content=new, gap=2 * newline))
    elif new:
        blocks[placed.at] = old._replace(content=new)
    else:
        del blocks[placed.at]
    defined = {block.label for block in blocks}
    notes = [note for note in placed.one.footnotes if revise.split(note).blocks[0].label not in defined]
    if notes and blocks:
        blocks[-1] = blocks[-1]._replace(gap=newline * (1 if blocks[-1].label else 2))
    return page._replace(blocks=tuple(blocks)).joined + "".join(f"{note}{newline}" for note in notes)


def open_after(known: Proposals, file: str, merged: revise.Merged, new: str) -> tuple[tuple[Open, ...], int]:
    """The proposals that are open after a merge, and how many of them are new."""
    others = [one for one in known.proposals if one.file != file]
    before = [one for one in known.proposals if one.file == file]
    now = [
        Open(file=file, kind=p.kind, id=p.id, section=p.section, theirs=p.theirs, text=p.text, footnotes=p.footnotes)
        for p in merged.proposals
    ]
    contents, ids = _told(new)
    standing, standing_ids = _told(merged.text)
    still = [
        one
        for one in before
        if one not in now
        and (
            one.text in contents and one.text not in standing
            if one.text
            else one.id not in ids and one.id in standing_ids
        )
    ]
    return (*others, *still, *now), len([one for one in now if one not in before])


def _told(text: str) -> tuple[set[str], set[str | None]]:
    blocks = revise.split(text).blocks
    return {block.content for block in blocks}, {block.id for block in blocks}


_HEAD = (
    "*What is generated now and does not fit what was written by hand. The pages stand as they are: take over what is "
    "wanted, and delete the rest here; what was deleted is not proposed again.*"
)


def proposals_page(proposals: Sequence[Open]) -> str:
    """All open proposals as Markdown, by file, each with its place."""
    parts = ["# Proposals", _HEAD if proposals else "*Nothing is open.*"]
    notes: dict[str, None] = {}
    for file in dict.fromkeys(one.file for one in proposals):
        parts.append(f"## {escape(file)}")
        for one in (p for p in proposals if p.file == file):
            parts += _proposal(one)
            notes |= dict.fromkeys(one.footnotes)
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])]) + "\n"


def _proposal(one: Open) -> list[str]:
    where = f"under “{escape(one.section)}”" if one.section else "at the top of the page"
    block = f", block `{one.id}`" if one.id else ""
    begins = " ".join(revise.without_marks(one.theirs).split())
    begins = f"{begins[:80].rsplit(' ', 1)[0]} …" if len(begins) > 80 else begins
    if one.kind == "left out":
        return [f"### {where[:1].upper()}{where[1:]}{block}", f"No longer generated: “{escape(begins)}”"]
    told = f"Instead of “{escape(begins)}”:" if begins else "New:"
    quoted = "\n".join(f"> {row}".rstrip() for row in one.text.splitlines())
    return [f"### {where[:1].upper()}{where[1:]}{block}", told, quoted]


def write_proposals(workspace: shelf.Workspace, page: Path) -> None:
    """Bring the `proposals.md` beside a page up to date; it is made when there is something to propose."""
    path = page.with_name("proposals.md")
    known = known_proposals(workspace, path)
    if not known.proposals and not path.exists():
        return

    def merged(held: shelf.Held) -> shelf.Update:
        new = revise.labelled(proposals_page(known.proposals), held.base or "")
        if held.text is None:
            return shelf.Update(new, new)
        return shelf.Update(revise.merge(held.base or "", held.text, new).text, new)

    workspace.write_owned(path, merged)
