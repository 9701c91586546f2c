"""What did not fit a person's pages lies beside them: in records for the machine, and as `proposals.md` for the person.

In: what a merge could not place. Out: the proposals that are open, and their page, which is a person's like any other:
what they delete there is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scribe import revise, shelf
from scribe.markdown import escape
from scribe.pipeline.remembering import remembered
from scribe.records import Record


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
