"""What a person does in the studio: look, type, choose, correct, review, take back.

In: a workspace, and what a request asks. Out: plain values; files changed by `pipeline`, one step of undo for each act;
open pages told of it. It knows nothing of HTTP. Threads may share it: acts on one session wait for each other.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from scribe import frames, plots, revise, shelf
from scribe.frames import Frame
from scribe.pipeline import Pipeline, handwriting, queueing
from scribe.pipeline.blockwise import with_lock
from scribe.pipeline.editing import correct_line, corrected_lines, name_in_layer
from scribe.pipeline.handwriting import Pen, version_of
from scribe.pipeline.picturing import figures
from scribe.pipeline.proposing import take
from scribe.pipeline.refining import Desk
from scribe.pipeline.searching import Found, search
from scribe.pipeline.undoing import Undoing, Undone
from scribe.records import ScribeError
from scribe.rollouts import Rollouts
from scribe.studio import turns
from scribe.studio.asked import Asked, number
from scribe.studio.asked import text as text_of
from scribe.studio.blocks import blocks_of
from scribe.studio.events import Hub
from scribe.studio.listing import Listing
from scribe.studio.sessions import PAGES, Opened, Sessions, stamp

_MOST_TEXTS = 200
"""Texts of pages that open editors may have begun with, and pens, that are kept."""

Event = tuple[str, Mapping[str, Any]]


class Studio:
    """One workspace in the studio."""

    def __init__(
        self,
        workspace: shelf.Workspace,
        *,
        simulator: str = "extract",
        open_pipeline: Callable[[], Pipeline] | None = None,
        frames_folder: Path | None = None,
        folders: Sequence[Path] = (),
        reviewer: str = "",
    ) -> None:
        """`open_pipeline` opens what writes, when a person asks for the first text; None: nothing can be written.

        `folders` are those outside of the workspace from which recordings may be played.
        """
        self.workspace, self.simulator, self.reviewer = workspace, simulator, reviewer
        self.sessions = Sessions(workspace, folders)
        self.hub = Hub()
        self._open_pipeline, self._frames_folder = open_pipeline, frames_folder
        self._pipeline: Pipeline | None = None
        self._rollouts: Rollouts | None = None
        self._locks: dict[str, threading.RLock] = {}
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._texts: dict[str, str] = {}
        self._pens: dict[tuple[str, str, str], Pen] = {}
        self._listing = Listing(self.sessions)

    def close(self) -> None:
        """End the streams, and close what was opened."""
        self.hub.close()
        with self._opening:
            if self._pipeline is not None:
                self._pipeline.close()
            if self._rollouts is not None:
                self._rollouts.close()

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """The frames under which voices write; none where nothing can be written. Raises ScribeError."""
        if self._open_pipeline is None:
            return {}
        return frames.load_all(frames.folders(self._frames_folder, self.workspace.root))

    @property
    def pipeline(self) -> Pipeline:
        """What writes; opened when it is asked for, which a model can take minutes for. Raises ScribeError."""
        with self._opening:
            if self._pipeline is None:
                if self._open_pipeline is None:
                    raise ScribeError("this studio was started without a simulator; start it with --simulator")
                self._pipeline = self._open_pipeline()
            return self._pipeline

    @property
    def rollouts(self) -> Rollouts:
        """The store of completions, in which choices are entered; the pipeline's, where that is open."""
        with self._opening:
            if self._pipeline is not None:
                return self._pipeline.simulator.store
            if self._rollouts is None:
                self._rollouts = Rollouts(self.workspace.rollouts_path)
            return self._rollouts

    # ── Looking ──────────────────────────────────────────────────────────────────────────────

    def home(self) -> list[dict[str, Any]]:
        """All sessions, with what there is of each."""
        return self._listing.all()

    def transcript(self, opened: Opened) -> dict[str, Any]:
        """Turns and topics, for the pane of the transcript."""
        heard = {line: edit.before for line, edit in corrected_lines(self.workspace, opened.ground)}
        return {"turns": turns.turns_of(opened, heard), "topics": turns.topics_of(opened)}

    def page(self, name: str, page: str) -> dict[str, Any] | None:
        """A page's blocks and version; None where there is no such file."""
        opened = self.sessions.open(name)
        text = self.workspace.look(opened.page_path(page)).text
        if text is None:
            return None
        return {"name": page, "version": self._remember(text), "blocks": blocks_of(opened, page, text)}

    def figures(self, opened: Opened) -> list[dict[str, Any]]:
        """The plots of a session, as elements of a page."""
        return [
            {
                "name": figure.name,
                "title": figure.title,
                "svg": plots.inline(figure.panel, figure.description, figure.name, styled=False),
            }
            for figure in figures(opened.transcript, opened.notes)
        ]

    def search(self, query: str, session: str | None) -> Found:
        """What is found in all sessions, or in one."""
        return search(self.workspace, query, session=session)

    def looker(self, name: str) -> Callable[[], list[Event]]:
        """A function that says what changed on disk since it was asked before."""
        opened = self.sessions.open(name)
        places: dict[str, list[Path]] = {page: [opened.page_path(page)] for page in PAGES}
        for one in opened.ids:
            places.setdefault("transcript", []).extend(
                (self.workspace.transcript_path(one), self.workspace.corrections_path(one))
            )
        seen = {what: [stamp(path) for path in paths] for what, paths in places.items()}

        def look() -> list[Event]:
            found: list[Event] = []
            for what, paths in places.items():
                now = [stamp(path) for path in paths]
                if now != seen[what]:
                    seen[what] = now
                    found.append(("transcript", {}) if what == "transcript" else ("page", self._told(what, paths[0])))
            return found

        return look

    def _told(self, page: str, path: Path) -> dict[str, Any]:
        try:
            text = self.workspace.look(path).text
        except ScribeError as error:
            return {"page": page, "version": "", "error": str(error)}
        return {"page": page, "version": self._remember(text) if text is not None else ""}

    # ── Typing ───────────────────────────────────────────────────────────────────────────────

    def type(self, name: str, page: str, asked: Asked) -> dict[str, Any]:
        """Save what a person typed into a block; on disk when this returns."""
        typed, burst, at = text_of(asked, "text"), text_of(asked, "burst") or "typing", number(asked, "at")
        with self.act(name) as (opened, undoing):
            path = opened.page_path(page)
            key = (name, page, burst)
            pen = self._pens.get(key)
            is_first = pen is None
            pen = pen or self._pen(path, text_of(asked, "version"), at, asked)
            with undoing.typing(f"typed in {_heading(pen.text, at, page)}", path, pen, burst):
                made = handwriting.save(self.workspace, path, pen, typed, keeps=is_first)
            self._keep(self._pens, key, pen)
        version = self._remember(made.text)
        self.hub.tell(name, "page", {"page": page, "version": version})
        outcome = "written" if made.is_changed else "unchanged"
        return {"version": version, "at": made.at, "span": made.span, "is_merged": made.is_merged, "outcome": outcome}

    def _pen(self, path: Path, version: str, at: int, asked: Asked) -> Pen:
        """A pen on the page that the editor began with; on the page as it is, where that is not known any more."""
        present = self.workspace.look(path).text or ""
        known = self._texts.get(version)
        if known is None and version_of(present) == version:
            known = present
        before = asked.get("before")
        if before is None or at < 0:
            return Pen.between(known if known is not None else present, at if known is not None else -1)
        if known is not None:
            return Pen.on(known, at, number(asked, "span") if "span" in asked else 1)
        contents = [block.content.replace("\r\n", "\n") for block in revise.split(present).blocks]
        places = [place for place, content in enumerate(contents) if content == before]
        if not places:
            return Pen.between(present, -1)
        return Pen.on(present, min(places, key=lambda place: abs(place - at)))

    def delete(self, name: str, page: str, asked: Asked) -> dict[str, Any]:
        """Take a block out."""
        return self.type(name, page, {**asked, "text": "", "before": "", "burst": secrets.token_hex(8)})

    def settle(self, name: str) -> None:
        """Count anew who wrote what, when an editor was closed, and say so on the page."""
        with self.act(name):
            if queueing.refresh_status(self.workspace, name) is not None:
                self._tell_pages(name, ("post",))

    # ── Choosing ─────────────────────────────────────────────────────────────────────────────

    def desk(self, name: str) -> Desk:
        """The post of a session; raises ScribeError where there is none."""
        return Desk(self.workspace, name)

    def pick(self, name: str, block: str, number: int, *, over_own: bool) -> dict[str, Any]:
        """Put an alternative in; *kept* is a person's own text where there is nothing else to choose from."""
        with self.act(name) as (_, undoing), undoing.step(f"picked alternative {number}"):
            desk = self.desk(name)
            slot = desk.ways(block)
            if slot is not None and slot.is_own and len(slot.ways) == 1 and not over_own:
                return {"outcome": "kept", "proposals": 0}
            page, _ = desk.pick(block, number, rollouts=self.rollouts, over_own=over_own)
        self._tell_pages(name, ("post",))
        return {"outcome": page.written.outcome, "proposals": page.written.proposals}

    def lock(self, name: str, page: str, block: str, *, is_locked: bool) -> None:
        """Say that a block of a page is to stay as it is, or not."""
        told = "locked a block" if is_locked else "unlocked a block"
        with self.act(name) as (opened, undoing):
            path = opened.page_path(page)
            with undoing.step(told, page=path):
                self.workspace.retype(path, lambda text: with_lock(text or "", block, is_locked=is_locked))
        self._tell_pages(name, (page,))

    def take(self, name: str, page: str, key: str) -> None:
        """Take over what was proposed for a page."""
        with self.act(name) as (opened, undoing):
            path = opened.page_path(page)
            with undoing.step("took over a proposal", page=path):
                take(self.workspace, path, key)
        self._tell_pages(name, (page,))

    # ── Correcting, reviewing ────────────────────────────────────────────────────────────────

    def correct(self, name: str, line: int, text: str) -> None:
        """Say what was said in a line."""
        with self.act(name) as (opened, undoing):
            if not 0 <= line < len(opened.transcript.segments):
                raise ScribeError(f"expected a line from 0 to {len(opened.transcript.segments) - 1}, found {line}")
            part = opened.part_of(line)
            with undoing.step(f"corrected line {line}"):
                correct_line(self.workspace, part.id, line - part.first, text)
        self.hub.tell(name, "transcript", {})
        self._tell_pages(name, PAGES, is_marked=True)

    def name_speakers(self, name: str, names: Mapping[str, str]) -> dict[str, list[str]]:
        """Give speakers names, in all sessions of a sequence; tells which pages keep the old ones: a person's."""
        kept: list[str] = []
        with self.act(name) as (opened, undoing), undoing.step(f"named {', '.join(names.values())}"):
            for one in opened.ids:
                known = set(self.workspace.load_transcript(one).speakers)
                here = {old: new for old, new in names.items() if old in known}
                if here:
                    files = name_in_layer(self.workspace, one, here).files
                    kept += [file.path.name for file in files if file.outcome == "kept"]
        self.hub.tell(name, "transcript", {})
        self._tell_pages(name, PAGES, is_marked=True)
        return {"kept": kept}

    def queue(self, name: str) -> queueing.Queue:
        """What is worth looking at, most first."""
        return queueing.queue(self.workspace, name)

    def review(self, name: str, key: str, *, by: str, is_reviewed: bool) -> queueing.Queue:
        """Say that something was looked at."""
        with self.act(name) as (_, undoing), undoing.step("reviewed" if is_reviewed else "took a review back"):
            queue = queueing.mark(self.workspace, name, key, by=by, is_reviewed=is_reviewed)
            queueing.refresh_status(self.workspace, name)
        self.hub.tell(name, "queue", {"reviewed": queue.reviewed, "total": queue.total})
        self._tell_pages(name, ("post",))
        return queue

    def sign(self, name: str, block: str, by: str) -> None:
        """Sign a proposition."""
        with self.act(name) as (_, undoing), undoing.step(f"signed a proposition as {by}"):
            queueing.sign(self.workspace, name, block, by=by)
            queueing.refresh_status(self.workspace, name)
        self._tell_pages(name, ("post",))

    # ── Taking back ──────────────────────────────────────────────────────────────────────────

    def undo(self, name: str, *, again: bool = False) -> Undone | None:
        """Take the last step back, or again; an editor that is open begins anew."""
        with self.act(name) as (_, undoing):
            made = undoing.redo() if again else undoing.undo()
            for key in [key for key in self._pens if key[0] == name]:
                del self._pens[key]
        if made is not None:
            self.hub.tell(name, "transcript", {})
            self._tell_pages(name, PAGES, is_marked=True)
        return made

    def waiting(self, name: str) -> tuple[str | None, str | None]:
        """What undo and redo would do."""
        return Undoing(self.workspace, name).waiting()

    # ── Between threads ──────────────────────────────────────────────────────────────────────

    @contextmanager
    def act(self, name: str) -> Iterator[tuple[Opened, Undoing]]:
        """Do something to a session; nobody else does meanwhile."""
        opened = self.sessions.open(name)
        with self._lock:
            lock = self._locks.setdefault(name, threading.RLock())
        with lock:
            yield opened, Undoing(self.workspace, name, opened.ids)

    def _tell_pages(self, name: str, pages: Sequence[str], *, is_marked: bool = False) -> None:
        """Say which version the pages have; with `is_marked` they are to be shown anew, though the text be the same."""
        opened = self.sessions.open(name)
        for page in pages:
            path = opened.page_path(page)
            if path.is_file():
                told = self._told(page, path)
                self.hub.tell(name, "page", {**told, "version": ""} if is_marked else told)

    def _remember(self, text: str) -> str:
        version = version_of(text)
        self._keep(self._texts, version, text)
        return version

    def _keep(self, kept: dict[Any, Any], key: object, value: object) -> None:
        with self._lock:
            kept.pop(key, None)
            kept[key] = value
            while len(kept) > _MOST_TEXTS:
                kept.pop(next(iter(kept)))


def _heading(text: str, at: int, page: str) -> str:
    """The heading that a block stands under, for a person to know a step by."""
    blocks = revise.split(text).blocks
    above = [block for block in blocks[: max(at, 0) + 1] if block.level]
    title = above[-1].content.strip("# ") if above else page
    return f"“{title[:60]}”"
