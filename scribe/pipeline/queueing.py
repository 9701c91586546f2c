"""The review queue of a session or a sequence, and a person's name under a proposition.

In: a workspace, the name of a folder of drafts, and what somebody checked. Out: the queue with its marks, kept in
`review.json`; a status signed; the post's epistemic status brought up to date. A name is taken on a person's word.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from scribe import lint, revise, shelf
from scribe.draft.page import status
from scribe.pipeline.checking import Item, Mark, Marks, Subject, marked, marks_path, name_of, places, read_marks
from scribe.pipeline.revising import Revised, Seen, read_state
from scribe.pipeline.signing import with_lock_of_all, with_signature
from scribe.pipeline.standing import Ground, ground_of, read_draft
from scribe.pipeline.telling import known_of, recalled, segments_of, standing_status
from scribe.records import Draft, Record, ScribeError

__all__ = ["Item", "Queue", "mark", "queue", "refresh_status", "sign"]


class Queue(Record):
    """All that is to be checked, the most worth it first, and what was checked of it."""

    items: tuple[Item, ...]
    reviewed: int
    total: int
    remarks: tuple[str, ...] = ()
    """One-line sentences: what could not be looked at."""


def queue(workspace: shelf.Workspace, name: str) -> Queue:
    """The review queue of a session, or of a sequence: doubtful passages, unsupported claims, findings of the linter.

    Lines are those of the post's sessions behind each other. Raises ScribeError where there is no transcript, and for
    marks or corrections that cannot be read.
    """
    marks = read_marks(workspace, name)
    items, remarks = places(workspace, _subject(workspace, name))
    return _queue(items, marks, remarks)


def mark(workspace: shelf.Workspace, name: str, key: str, *, by: str, is_reviewed: bool = True) -> Queue:
    """Say that a place was checked, or that it was not, whoever said so; returns the queue after.

    Raises ScribeError for a place that is not in the queue, and for what is no name.
    """
    by = name_of(by)
    with workspace.locked():
        before = read_marks(workspace, name)
        items, remarks = places(workspace, _subject(workspace, name))
        known = {item.key for item in items} | {one.key for one in before.marks}
        if key not in known:
            raise ScribeError(f"{name}: that place is no more in the review queue; its words were changed: look again")
        new = Mark(key=key, by=by, at=datetime.now(UTC).isoformat(timespec="seconds"))
        others = [one for one in before.marks if one.key != key or (is_reviewed and one.by != by)]
        after = Marks(marks=(*others, *([new] if is_reviewed else [])))
        workspace.save_record(marks_path(workspace, name), after)
    return _queue(items, after, remarks)


def sign(workspace: shelf.Workspace, name: str, block: str, *, by: str) -> Revised:
    """Put a name into the status of the proposition that holds a block of the post, and lock what the name answers for.

    Signing twice changes nothing.
    What was generated, and is remembered of it, stays: the page is the person's. Raises ScribeError for a block that
    there is not, for one of no proposition, and for what is no name.
    """
    by = name_of(by)
    path = workspace.post_path(name)
    seen: list[str] = []

    def change(text: str | None) -> str:
        if text is None:
            raise ScribeError(f"{path}: expected a post, found none; make it with: scribe draft {name}")
        seen[:] = [text, with_lock_of_all(with_signature(text, block, by), block)]
        return seen[1]

    written = workspace.retype(path, change)
    base = workspace.look(path).base or ""
    return Revised(written, seen[1], seen[0], base, base)


def refresh_status(workspace: shelf.Workspace, name: str) -> Revised | None:
    """Bring up to date what a post counts of itself in its epistemic status, and nothing else.

    A status that a person wrote in, or locked, stays. None where there is no post, or its draft cannot be read.
    """
    path = workspace.post_path(name)
    held, post = workspace.look(path), _draft_of(workspace, name)
    if held.text is None or post is None:
        return None
    ground = ground_of(workspace, name, [workspace.load_transcript(one) for one in post.session_ids])
    try:
        new = _status(workspace, ground, post, held)
    except IndexError:  # of a transcript that has fewer lines by now
        return None

    def change(text: str) -> str:
        return _with_status(text, ground, post, new)

    if change(held.text) == held.text:
        unchanged = shelf.Written(path=path, outcome="unchanged")
        return Revised(unchanged, held.text, held.text, held.base or "", held.base or "")
    return _put(workspace, held, change, path)


def _subject(workspace: shelf.Workspace, name: str) -> Subject:
    text = workspace.look(workspace.post_path(name)).text
    post = _draft_of(workspace, name)
    sessions = [workspace.load_transcript(one) for one in (post.session_ids if post is not None else (name,))]
    if text is None:
        return Subject(name, sessions, post)
    if post is None:
        return Subject(name, sessions, None, text, lint.lint(text))
    ground = ground_of(workspace, name, sessions)
    return Subject(name, sessions, post, text, lint.lint(text, segments_of(ground.origin(post.recipe))))


def _draft_of(workspace: shelf.Workspace, name: str) -> Draft | None:
    try:
        return read_draft(workspace, name)
    except ScribeError:
        return None


def _queue(items: list[Item], marks: Marks, remarks: list[str]) -> Queue:
    items = marked(items, marks)
    reviewed = sum(item.is_reviewed for item in items)
    return Queue(items=tuple(items), reviewed=reviewed, total=len(items), remarks=tuple(remarks))


def _status(workspace: shelf.Workspace, ground: Ground, post: Draft, held: shelf.Held) -> str:
    """The status as it would be now."""
    base = held.base if held.base is not None else revise.labelled(recalled(workspace, ground))
    state = read_state(workspace, workspace.post_path(ground.name))
    known = known_of(Seen(base, held.text or "", state.origins), workspace, ground, post)
    return status(post, ground.transcript, known)


def _with_status(text: str, ground: Ground, post: Draft, new: str) -> str:
    page = revise.split(text)
    old = standing_status(text, ground, post)
    blocks = (b._replace(content=new) if b is old and not b.is_locked else b for b in page.blocks)
    return page._replace(blocks=tuple(blocks)).joined


def _put(workspace: shelf.Workspace, held: shelf.Held, change: Callable[[str], str], path: Path) -> Revised:
    """Write the page; with it the text last generated, where that is known, so that the status is nobody's edit."""
    seen: list[str] = []

    def revise_held(now: shelf.Held) -> shelf.Update:
        seen[:] = [now.text or "", change(now.text or ""), change(now.base or "")]
        return shelf.Update(seen[1], seen[2])

    def retype(text: str | None) -> str:
        seen[:] = [text or "", change(text or ""), ""]
        return seen[1]

    written = workspace.retype(path, retype) if held.base is None else workspace.write_owned(path, revise_held)
    return Revised(written, seen[1], seen[0], seen[2], held.base or "")
