"""A person's steps in one folder of drafts: taken, taken back, taken again; also those from before the last start.

In: a workspace, the folder's name, and something that changes files. Out: the files changed, and a step that can be
undone. Undoing a step whose page somebody changed since takes back that step alone: nothing else of theirs is lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from scribe import revise, shelf
from scribe.pipeline.handwriting import Pen
from scribe.shelf import Step, encode


class Undone(NamedTuple):
    """What became of an undo or a redo."""

    told: str
    """The step that it was."""
    pages: tuple[str, ...]
    """Names of the pages that are other than before."""


class Undoing:
    """The steps of `drafts/<name>`; `sessions` are those that its post was made from."""

    def __init__(self, workspace: shelf.Workspace, name: str, sessions: Iterable[str] = ()) -> None:
        self.workspace, self.name = workspace, name
        self._folders = [workspace.draft_folder(one) for one in dict.fromkeys((name, *sessions))]
        self._steps = workspace.steps(name)

    @contextlib.contextmanager
    def step(self, told: str, *, page: Path | None = None) -> Iterator[None]:
        """Take a step in the block: everything that it changes is one step.

        `page` says that it is the only file that changes. After an error, what was changed before it is one.
        """
        places = [page] if page is not None else None
        with self._entered(told, lambda: self._seen(places)):
            yield

    @contextlib.contextmanager
    def typing(self, told: str, page: Path, pen: Pen, burst: str) -> Iterator[None]:
        """Save what a person typed in the block; saves of one `burst` that follow each other are one step.

        The step is what the pen changes on its own page: what others saved between two saves is no part of it.
        """
        name = page.relative_to(self.workspace.root).as_posix()
        with self._entered(told, lambda: {name: encode(pen.text)}, burst):
            yield

    @contextlib.contextmanager
    def _entered(
        self, told: str, seen: Callable[[], dict[str, bytes | None]], burst: str | None = None
    ) -> Iterator[None]:
        with self.workspace.locked():
            step = self._steps.begin(told, seen(), burst=burst)
        try:
            yield
        finally:
            with self.workspace.locked():
                self._steps.finish(step, seen())

    def waiting(self) -> tuple[str | None, str | None]:
        """What undo would take back, and what redo would take again."""
        last, following = self._steps.last(), self._steps.next()
        return (last.told if last else None, following.told if following else None)

    def undo(self) -> Undone | None:
        """Take the last step back; None where there is none left."""
        step = self._steps.last()
        while step is not None and step.after is None:  # it was cut off: what lies there is what it led to
            whole = self._steps.finish(step, self._seen(self.workspace.root / name for name in step.before))
            step = whole if whole is not None else self._steps.last()
        return self._turn(step, is_undone=True) if step is not None else None

    def redo(self) -> Undone | None:
        """Take again what was undone last; None where there is nothing."""
        step = self._steps.next()
        return self._turn(step, is_undone=False) if step is not None else None

    def _turn(self, step: Step, *, is_undone: bool) -> Undone:
        after = step.after or {}
        goal, left = (step.before, after) if is_undone else (after, step.before)
        pages = []
        for name in sorted(goal, key=lambda name: not _is_page(name)):
            path = self.workspace.root / name
            wanted, known = self._steps.text(goal[name]), self._steps.text(left.get(name))
            if (goal[name] is None) != (wanted is None):
                continue  # its text is there no more
            if _is_page(name):
                if wanted is not None and self._put_page(path, known, wanted):
                    pages.append(path.stem)
            elif self._bytes(path) == known:
                self.workspace.put_back(path, wanted)
        self._steps.flag(step, is_undone=is_undone)
        return Undone(step.told, tuple(pages))

    def _put_page(self, path: Path, known: bytes | None, wanted: bytes) -> bool:
        """Bring a page back to how it was; what was made of it meanwhile stays."""
        new = wanted.decode(errors="replace")

        def change(present: str | None) -> str:
            if present is None or known is None:
                return new if present is None else present
            return revise.reconcile(known.decode(errors="replace"), new, present).text

        return self.workspace.retype(path, change).outcome != "unchanged"

    def _seen(self, places: Iterable[Path] | None = None) -> dict[str, bytes | None]:
        """The bytes of all files that a step may change, by their paths from the root."""
        found = list(places) if places is not None else list(self._changeable())
        root = self.workspace.root
        return {path.relative_to(root).as_posix(): self._bytes(path) for path in found}

    def _changeable(self) -> Iterator[Path]:
        for folder in self._folders:
            base = self.workspace.base_path(folder / "post.md").parent
            for place in (folder, base):
                for pattern in ("*.md", "*.json"):
                    yield from sorted(place.glob(pattern))
            yield from (folder / name for name in ("corrections.json", "review.json") if not (folder / name).exists())
            if not (base / "choices.json").exists():
                yield base / "choices.json"

    def _bytes(self, path: Path) -> bytes | None:
        return path.read_bytes() if path.is_file() else None


def _is_page(name: str) -> bool:
    """Whether a path from the root is that of a text that belongs to a person."""
    return name.startswith("drafts/") and name.endswith(".md")
