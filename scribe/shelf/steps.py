"""What a person did, step by step, so that it can be taken back: after a minute, or after a restart.

In: bytes of files before and after a step. Out: steps, and those bytes again. Each step is a small file, each text is
kept once, by its digest. This module knows nothing of what the files say, and changes none of them.

A step is entered before it is taken (`begin`) and completed after (`finish`); one that a crash cut off is found without
its end, and whoever undoes it compares with what lies there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field, ValidationError

from scribe.records import Record
from scribe.shelf.files import one_line, read_or_none, write_atomic

MOST = 500
"""Steps that are kept; what was before them is in the history."""

_TIDIED_EACH = 20
"""After so many steps what is needed no longer is looked for."""

_LARGEST_BYTES = 64 * 1024 * 1024
"""A text that unfolds to more was not put there by us."""


class Step(Record):
    """One thing that a person did."""

    number: int = Field(ge=1)
    told: str
    """What it was, in words: "typed in “Simulator”"."""
    at: datetime
    burst: str | None = None
    """Saves of one opening of an editor are one step."""
    before: dict[str, str | None] = Field(default_factory=dict)
    """Digest of each file by its path from the workspace's root; None where there was no file."""
    after: dict[str, str | None] | None = None
    """The same after the step; None where it was cut off."""
    is_undone: bool = False


class Steps:
    """The steps taken in one folder of drafts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, told: str, before: Mapping[str, bytes | None], *, burst: str | None = None) -> Step:
        """Enter a step that is about to be taken; goes on with the last one where that is of the same burst.

        What was undone before it can no longer be redone.
        """
        last = self.last()
        is_on = burst is not None and last is not None and last.burst == burst and self.next() is None
        if is_on and last is not None:
            if before.keys() <= last.before.keys():
                return last
            step = last.model_copy(update={"before": {**self._all_kept(before), **last.before}})
        else:
            while (undone := self.next()) is not None:
                self._place(undone.number).unlink(missing_ok=True)
            number = last.number + 1 if last is not None else 1
            step = Step(number=number, told=told, at=datetime.now(UTC), burst=burst, before=self._all_kept(before))
        self._write(step)
        return step

    def finish(self, step: Step, after: Mapping[str, bytes | None]) -> Step | None:
        """Complete a step; None, and no step, where it changed nothing. Only what it changed is remembered."""
        digests = {**(step.after or {}), **self._all_kept(after)}
        changed = {path for path, digest in digests.items() if step.before.get(path) != digest}
        if not changed:
            self._place(step.number).unlink(missing_ok=True)
            return None
        whole = step.model_copy(
            update={
                "before": {path: step.before.get(path) for path in sorted(changed)},
                "after": {path: digests[path] for path in sorted(changed)},
            }
        )
        self._write(whole)
        for passed in set((step.after or {}).values()) - {*digests.values(), *step.before.values()}:
            self._text(passed or "").unlink(missing_ok=True)
        if step.after is None and step.number % _TIDIED_EACH == 0:
            self._forget_old()
        return whole

    def last(self) -> Step | None:
        """The step that undo takes back."""
        return next((step for step in self._from_last() if not step.is_undone), None)

    def next(self) -> Step | None:
        """The step that redo takes again: the first of those that were undone."""
        found = None
        for step in self._from_last():
            if not step.is_undone:
                break
            found = step
        return found

    def flag(self, step: Step, *, is_undone: bool) -> None:
        """Remember that a step was undone, or done again."""
        self._write(step.model_copy(update={"is_undone": is_undone, "burst": None}))

    def text(self, digest: str | None) -> bytes | None:
        """The bytes of a digest; None for None, and for what is there no more."""
        if digest is None or not digest.isalnum():
            return None
        data = read_or_none(self._text(digest))
        if data is None:
            return None
        try:
            unfolded = zlib.decompressobj().decompress(data, _LARGEST_BYTES)
        except zlib.error:
            return None
        return unfolded if hashlib.sha256(unfolded).hexdigest() == digest else None

    def _kept(self, data: bytes | None) -> str | None:
        if data is None:
            return None
        digest = hashlib.sha256(data).hexdigest()
        place = self._text(digest)
        if not place.is_file():
            write_atomic(place, zlib.compress(data, 1))
        return digest

    def _all_kept(self, files: Mapping[str, bytes | None]) -> dict[str, str | None]:
        return {path: self._kept(data) for path, data in files.items()}

    def _from_last(self) -> Iterator[Step]:
        """Steps from the last to the first; one that cannot be read is passed over."""
        for path in sorted(self._folder.glob("*.json"), reverse=True) if self._folder.is_dir() else ():
            with contextlib.suppress(ValidationError):
                yield Step.model_validate_json(read_or_none(path) or b"")

    def _text(self, digest: str) -> Path:
        return self._folder / "texts" / (digest or "none")

    def _place(self, number: int) -> Path:
        return self._folder / f"{number:08}.json"

    def _write(self, step: Step) -> None:
        text = json.dumps(step.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"
        write_atomic(self._place(step.number), text.encode(errors="replace"))

    def _forget_old(self) -> None:
        """Drop the steps beyond `MOST`, and the texts that none of the others needs."""
        needed: set[str | None] = set()
        for place, step in enumerate(self._from_last()):
            if place >= MOST:
                self._place(step.number).unlink(missing_ok=True)
            else:
                needed |= {*step.before.values(), *(step.after or {}).values()}
        with one_line("tidy", self._folder):
            for path in (self._folder / "texts").iterdir():
                if path.name not in needed and not path.name.startswith("."):
                    path.unlink(missing_ok=True)
