"""All sessions of a workspace on one page: what each is called, how long it is, how far it has come.

In: the sessions. Out: plain values for a template. What was told of a session is kept until its files change.
"""

from __future__ import annotations

import time
from typing import Any

from scribe.footnotes import clock
from scribe.pipeline import queueing
from scribe.records import ScribeError
from scribe.studio.sessions import Sessions, stamp

_LONGEST_S = 1.0
"""How long sessions are looked at for one page."""

_FILES = ("corrections.json", "draft.json", "notes.md", "post.md", "review.json")
"""Of a folder of drafts: what is told depends on them."""


class Listing:
    """What was told of each session, and what it was told from."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._told: dict[str, tuple[list[object], dict[str, Any]]] = {}

    def all(self) -> list[dict[str, Any]]:
        """All sessions; one that cannot be read says so.

        Where many were not looked at before, some are listed by their names alone: the next time there are more.
        """
        until = time.monotonic() + _LONGEST_S
        workspace = self._sessions.workspace
        found = []
        for name in self._sessions.names():
            folder = workspace.draft_folder(name)
            places = (workspace.transcript_path(name), *(folder / file for file in _FILES))
            stamps: list[object] = [stamp(path) for path in places]
            known = self._told.get(name)
            if known is not None and known[0] == stamps:
                found.append(known[1])
            elif time.monotonic() < until:
                self._told[name] = (stamps, self._look_at(name))
                found.append(self._told[name][1])
            else:
                found.append(_nothing(name))
        return found

    def _look_at(self, name: str) -> dict[str, Any]:
        folder = self._sessions.workspace.draft_folder(name)
        told = _nothing(name)
        told |= {"has_notes": (folder / "notes.md").is_file(), "has_post": (folder / "post.md").is_file()}
        try:
            opened = self._sessions.read(name)
            if (folder / "review.json").is_file():
                queue = queueing.queue(self._sessions.workspace, name)
                told |= {"reviewed": queue.reviewed, "total": queue.total}
        except ScribeError as error:
            return {**told, "trouble": str(error)}
        transcript = opened.transcript
        return {
            **told,
            "title": opened.title,
            "date": transcript.date,
            "length": clock(opened.length) if transcript.duration or len(opened.parts) > 1 else None,
            "lines": len(transcript.segments),
            "speakers": list(transcript.speakers),
            "is_sequence": len(opened.parts) > 1,
        }


def _nothing(name: str) -> dict[str, Any]:
    """What is told of a session that was not looked at."""
    return {
        "id": name,
        "title": name,
        "date": None,
        "length": None,
        "lines": None,
        "speakers": [],
        "has_notes": False,
        "has_post": False,
        "reviewed": 0,
        "total": 0,
        "is_sequence": False,
        "trouble": None,
    }
