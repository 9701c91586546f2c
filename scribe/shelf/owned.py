"""Files that belong to a person from the first write on.

In: a path, the new text, and where the last generated text of a path is kept (its *base*). Out: a
`Written` that says what became of it. A file is the machine's to replace only while its bytes are those
of its base; anything else is a person's, stays as it is, and the new text is laid beside it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from scribe.records import Record
from scribe.shelf.files import one_line, prepared, put_in_place, read_or_none, write_atomic


class Written(Record):
    """What became of a new text.

    *written*: the file holds it now. *unchanged*: it held it already. *kept*: a person changed the file and
    there is nothing new to tell them. *proposed*: a person changed the file, so
    the text lies at `path`, beside it.
    """

    path: Path
    outcome: Literal["written", "unchanged", "kept", "proposed"]


def write_beside_edits(path: Path, new: bytes, base_of: Callable[[Path], Path]) -> Written:
    """Write `new` at `path` unless a person has changed that file; then at the first free proposal beside it.

    A proposal is guarded like the file itself, so an edited proposal stays too and the next one is numbered.
    A deleted file is written afresh; a deleted proposal was turned down, and comes back only in other words.
    """
    for place in _places(path):
        became = _write_one(place, base_of(place), new, is_proposal=place != path)
        if became == "kept":
            return Written(path=path, outcome="kept")
        if became != "edited":
            return Written(path=place, outcome=became if place == path else "proposed")
    raise AssertionError("there is always one more place")


def _places(path: Path) -> Iterator[Path]:
    """`notes.md`, `notes.proposed.md`, `notes.proposed-2.md`, …"""
    yield path
    for number in itertools.count(1):
        tail = f"-{number}" if number > 1 else ""
        yield path.with_name(f"{path.stem}.proposed{tail}{path.suffix}")


def _write_one(
    path: Path, base: Path, new: bytes, *, is_proposal: bool
) -> Literal["written", "unchanged", "kept", "edited"]:
    """Apply the rule to one place.

    The order of writes, which a kill may cut anywhere: (1) `new` goes to `<base>.next`, (2) `path` is
    replaced, (3) `<base>.next` becomes the base. Until (2) the file equals the old base; between (2) and (3)
    it equals `.next`; after (3) it equals the new base. So a file that equals the base *or* `.next` is the
    machine's, at every moment, and one that equals neither is a person's. If a person edits a file that was
    cut between (2) and (3), the older base stays: then the new text is offered once too often, never lost.
    """
    pending = base.with_name(f"{base.name}.next")
    while True:
        present, last = read_or_none(path), read_or_none(base)
        if present == new:
            if last != new:
                write_atomic(base, new)
            return "unchanged"
        if present is None and is_proposal and new == last:
            return "kept"
        if present is not None and present not in (last, read_or_none(pending)):
            return "kept" if new == last else "edited"
        with one_line("write", path), prepared(path, new) as finished:
            write_atomic(pending, new)
            if read_or_none(path) != present:
                continue  # a person saved while we were writing: look again
            put_in_place(finished, path)
            os.replace(pending, base)
            return "written"
