"""The files that were found -> items: one for each session, each under an id of its own.

In: a search that is over. Out: items. A recording and the transcripts beside it are one session, by the rules that
`pipeline.load` goes by.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePath

from scribe.batch import manifest
from scribe.batch.nouns import Item
from scribe.batch.searching import BY_ROW, BY_ROW_BELOW, FoundFile, Search, printable, suffix_of
from scribe.language import listed
from scribe.records import TRANSCRIPT_ID, ScribeError
from scribe.shelf import SIDECARS, Neighbours, stem_of
from scribe.transcripts import make_id

_MADE_FROM = re.compile(rb'"source":\s*"([^"]*)"')


class Sessions:
    """What of all that was found is one session: a recording, and the transcripts beside it."""

    def __init__(self, search: Search) -> None:
        search.look_at(find.path for find in search.finds.values())
        self.remarks: list[str] = []
        self._search, self._place = search, search.place
        self._near: dict[str, Neighbours] = {}
        self._finds = {real: find for real, find in search.finds.items() if search.is_source(find)}
        self._is_heard = search.is_recording
        unplayed = [find for find in self._finds.values() if not self._is_heard(find.path)]
        search.look_at(path for find in unplayed for path in self._recordings_beside(find))

    def items(self) -> tuple[Item, ...]:
        """An item for each session, each under an id of its own."""
        sessions: dict[str, list[FoundFile]] = {}
        for find in self._finds.values():
            if not self._is_spare(find):
                sessions.setdefault(self._session(find), []).append(find)
        chosen = {find.real: find for group in sessions.values() for find in self._chosen(group)}
        ids = {self._id(find) for find in chosen.values()}
        taken: dict[str, Item] = {}
        for real, find in self._finds.items():
            if real not in chosen and not (self._is_spare(find) and self._id(find) not in ids):
                continue
            with self._search.refusing(find.where, find.shown if find.row else ""):
                item = self._item(find)
                if (first := taken.setdefault(item.id, item)) is not item:
                    raise ScribeError(
                        f"the id {item.id!r} is taken by {first.shown} in this batch; give them different ids in the "
                        "column `id` of a manifest, or rename one"
                    )
        return tuple(taken.values())

    def _session(self, find: FoundFile) -> str:
        """What all files of a session have in common: their recording, else a folder and a name without suffix."""
        recording = find.path if self._is_heard(find.path) else self._recording(find)
        return self._place.real(recording) if recording else os.path.join(*find.beside([stem_of(find.name)]), "")

    def _chosen(self, group: Sequence[FoundFile]) -> list[FoundFile]:
        """Those that rows name, else the best: what a person named, a recording, a transcript that says most."""

        def rank(find: FoundFile) -> tuple[int, bool, int, int]:
            suffix = suffix_of(find.path)
            place = SIDECARS.index(suffix) if suffix in SIDECARS else len(SIDECARS)
            return find.by, not self._is_heard(find.path), place, len(find.name)

        chosen = [find for find in group if find.by == BY_ROW] or [min(group, key=rank)]
        rest = [find.name for find in group if find not in chosen]
        if rest and not any(self._is_heard(find.path) for find in group):
            are = "another transcript of that name is" if len(rest) == 1 else "other transcripts of that name are"
            self.remarks.append(printable(f"{chosen[0].shown}: {are} not read: {listed(rest)}"))
        return chosen

    def _is_spare(self, find: FoundFile) -> bool:
        """Whether it lies where scribe puts transcripts, and was not named: it is taken only for want of its source."""
        return find.by >= BY_ROW_BELOW and self._is_written_here(find.real)

    def _item(self, find: FoundFile) -> Item:
        is_heard = self._is_heard(find.path)
        other = self._sidecar(find) if is_heard else self._recording(find)
        said = find.row or manifest.Row(0, "")
        return Item(
            id=self._id(find),
            source=find.path,
            shown=printable(find.shown),
            beside=(other,) if other else (),
            recording=find.path if is_heard else other,
            is_unheard=is_heard and not other,
            title=said.title,
            date=said.date,
            speakers=said.speakers,
            names=said.names,
        )

    def _id(self, find: FoundFile) -> str:
        """What a row says, else what `pipeline.load` would call its transcript."""
        if find.row and find.row.id:
            return find.row.id
        recording = None if self._is_heard(find.path) else self._recording(find)
        stem = PurePath(recording or "").stem
        return stem if TRANSCRIPT_ID.fullmatch(stem) else make_id(find.name)

    # ── What lies beside it ──────────────────────────────────────────────────────────────────

    def _recording(self, find: FoundFile) -> str | None:
        """The recording beside a transcript, one that was found before others."""
        paths = [path for path in self._recordings_beside(find) if self._is_heard(path)]
        return next((path for path in paths if self._place.real(path) in self._finds), paths[0] if paths else None)

    def _sidecar(self, find: FoundFile) -> str | None:
        """The transcript beside a recording, unless it is what scribe heard in it."""
        paths = find.beside(self._neighbours(find).transcripts_of(find.name))
        return next((path for path in paths if self._is_file(path) and not self._was_made_of(path, find)), None)

    def _recordings_beside(self, find: FoundFile) -> list[str]:
        return find.beside(self._neighbours(find).recordings_of(find.name))

    def _neighbours(self, find: FoundFile) -> Neighbours:
        folder = os.path.dirname(find.path)
        if folder not in self._near:
            self._near[folder] = Neighbours(self._place.names(folder))
        return self._near[folder]

    def _is_file(self, path: str) -> bool:
        try:
            return self._place.kind(path) == "file"
        except ScribeError:
            return False

    def _is_written_here(self, real: str) -> bool:
        return real.endswith(".json") and os.path.dirname(real) == os.path.join(self._place.root, "transcripts")

    def _was_made_of(self, transcript: str, recording: FoundFile) -> bool:
        if not self._is_written_here(self._place.real(transcript)):
            return False
        source = _MADE_FROM.search(self._search.store.read(transcript) or b"")
        return source is not None and source[1] == f"transcripts/{recording.name}".encode()
