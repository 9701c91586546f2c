"""Pages in other formats, beside the pages.

In: a page in `drafts/<id>` and a format. Out: the file's bytes and place. A file that somebody changed since it was
exported is not written over.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import Field

from scribe import export, shelf
from scribe.markdown import parts
from scribe.pipeline.remembering import remembered
from scribe.pipeline.standing import read_draft
from scribe.records import Record, ScribeError
from scribe.revise import without_marks

FORMATS = export.FORMATS
"""Formats of pages, each with the suffix of its files."""


class Exports(Record):
    """Digests of the files last exported from a folder, by name."""

    digests: dict[str, str] = Field(default_factory=dict)


def pages_of(workspace: shelf.Workspace, name: str) -> list[Path]:
    """The post and the notes of a folder in `drafts`, those that are there; raises ScribeError where neither is."""
    found = [path for path in (workspace.post_path(name), workspace.notes_path(name)) if path.is_file()]
    if not found:
        raise ScribeError(f"{name}: expected a post or notes in {workspace.draft_folder(name)}, found neither")
    return found


def export_page(
    workspace: shelf.Workspace, page: Path, to: str, *, output: Path | None = None, force: bool = False
) -> Path:
    """Write a page in another format and return the file's path: beside the page, or at `output`.

    Raises ScribeError where the converter is missing or fails, and for a file that is there and was not exported from
    this page, or was changed since, unless `force`.
    """
    text = workspace.look(page).text
    if text is None:
        raise ScribeError(f"{page}: expected a page, found none")
    target = output or page.with_name(page.stem + FORMATS[to])
    data = export.convert(text, to, title=_title(text, page), recordings=_recordings(workspace, page))
    memory = workspace.base_path(page).with_name("exports.json")
    known = remembered(memory, Exports())
    old = target.read_bytes() if target.is_file() else None
    if old not in (None, data) and not force and known.digests.get(str(target)) != _digest(old or b""):
        raise ScribeError(
            f"{target}: a different file is there already; name another with -o, or replace it with --force"
        )
    shelf.write_atomic(target, data)
    workspace.save_record(memory, Exports(digests={**known.digests, str(target): _digest(data)}))
    return target


def _title(text: str, page: Path) -> str:
    """The page's first heading, else its name."""
    _, found = parts(without_marks(text), 1)
    return found[0].heading if found else page.parent.name


def _recordings(workspace: shelf.Workspace, page: Path) -> list[str]:
    """Links from the page to those recordings of its sessions that are there."""
    name = page.parent.name
    try:
        ids = read_draft(workspace, name).session_ids
    except ScribeError:
        ids = (name,)
    found = []
    for one in ids:
        recording = workspace.load_transcript(one).recording if workspace.has_transcript(one) else None
        if recording and (workspace.root / recording).is_file():
            found.append(shelf.link(workspace.root / recording, page.parent))
    return found


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
