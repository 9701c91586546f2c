"""A workspace that lies elsewhere, one session of it at a time in a folder here.

In: a store, and an id. Out: a `Workspace` on this machine that holds what the store holds of that session, at the same
places relative to each other; and the store holding what was made of it. Pages that a person changed meanwhile are not
overwritten. This module does not know what is done in between.

A store may be anybody's: whatever it holds and says, nothing is written outside of it and of the folder here. It cannot
compare and write in one go, so what a person saves in the instant between the two is overwritten, as by any editor.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import posixpath
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from scribe.records import ScribeError
from scribe.shelf.files import one_line
from scribe.shelf.owned import pending
from scribe.shelf.scratch import Scratch
from scribe.shelf.store import Store
from scribe.shelf.workspace import Workspace

SEQUENCE = "_"
"""Stands for the pages of all sessions together, where an id of one is expected; no session can be called that."""

_TEXTS = (".md", ".json")
"""What scribe reads of a session's folder in drafts; a person may have put recordings and pictures there."""


class Overtaken(Exception):  # noqa: N818 (a reader's word)
    """Somebody changed a page after it was fetched."""


class Mirror:
    """Fetches and sends the files of one session after another; close it, and what lies here is gone."""

    def __init__(self, store: Store, scratch: Path | None = None) -> None:
        """`scratch` is where its folder shall lie, if not among the temporary ones."""
        self._store = store
        self._scratch = Scratch(scratch)
        self.workspace = Workspace(self.local(store.root))
        self._fetched: dict[str, bytes] = {}
        self._sent: dict[str, str] = {}
        self._clear()

    def close(self) -> None:
        """Remove the folder here."""
        self._scratch.close()

    def local(self, path: str) -> Path:
        """Where a file of the store lies here: below one folder, so that links between files stay as they are.

        Raises ScribeError for a path that would lead out of it.
        """
        return self._scratch.at(path)

    def told(self, text: str) -> str:
        """A message with the places in the store for those here, which nobody knows."""
        lead = self._store.url_of(self._store.root).removesuffix(self._store.root)
        slash = "/" if self._store.root.startswith("/") else ""
        return text.replace(f"{self._scratch.files}/", lead + slash)

    @contextlib.contextmanager
    def of(self, session: str) -> Iterator[None]:
        """Have what was paid for of a session here, and nothing of it after the block."""
        self._clear()
        try:
            for there, here in self._kept(session):
                if self._store.fetch(there, here):
                    self._sent[there] = hashlib.sha256(here.read_bytes()).hexdigest()
            yield
        finally:
            self._clear()

    def fetch(self, session: str, inputs: Sequence[str] = ()) -> None:
        """Bring the files of a session here as they are now, and what they are made from; nothing else of it stays.

        Whatever else its transcript names lies here empty: it is linked to, and not read.
        """
        for here in self._files(session).values():
            here.unlink()
        drafts = self._store.path("drafts", session) + "/"
        found = [path for folder in self._folders(session) for path in self._store.below(folder)]
        found = [path for path in found if not path.startswith(drafts) or path.endswith(_TEXTS)]
        wanted = [*self._singles(session), *found]
        for path in wanted:
            self._store.refuse_outside(path)
        self._fetched = self._store.read_all(wanted)
        for path, data in self._fetched.items():
            self._scratch.put(path, data)
            self._resemble(path)
        for path in inputs:
            if path not in self._fetched:
                self._fetch_input(path)
        self._stand_in(session)

    def send(self, session: str) -> None:
        """Put what was made of a session where it belongs.

        A page goes after its former version, and after its base, which waits under a name that says to which text it
        belongs, as when it is written here: whoever is cut off leaves the old page or the new one, and a base that goes
        with it. Raises Overtaken.
        """
        with self._alone():
            here = {path: file.read_bytes() for path, file in self._files(session).items()}
            made = {path: data for path, data in here.items() if self._fetched.get(path) != data}
            for path in made:
                self._store.refuse_outside(path)
                self._refuse_overtaken(path)
            pages = [path for path in made if self._is_page(path)]
            bases = {page: self._bases_of(page) & made.keys() for page in pages}
            for path, data in made.items():
                if path not in pages and not any(path in waiting for waiting in bases.values()):
                    self._refuse_overtaken(path)  # again: sending what goes before may take a while
                    self._store.write(path, data)
            for page, waiting in bases.items():
                self._send_page(page, made[page], {base: made[base] for base in sorted(waiting)})
            for path in self._fetched.keys() - here.keys():
                if ".next-" in path:
                    self._store.remove(path)
            self._fetched = here

    def keep(self, session: str, copy: Callable[[Path, Path], None]) -> None:
        """Send what was paid for of a session so far, if there is more of it; `copy` copies a store that is in use."""
        for there, here in self._kept(session):
            if not here.is_file():
                continue
            copied = here.with_name(f"{here.name}.copy")
            with one_line("copy", here):
                try:
                    (copy if here.suffix == ".db" else shutil.copyfile)(here, copied)
                    data = copied.read_bytes()
                finally:
                    copied.unlink(missing_ok=True)
            digest = hashlib.sha256(data).hexdigest()
            if self._sent.get(there) != digest:
                self._store.write(there, data)
                self._sent[there] = digest

    # ── One page, one input ──────────────────────────────────────────────────────────────────

    def _send_page(self, page: str, text: bytes, bases: Mapping[str, bytes]) -> None:
        """`bases` are the text last generated and what tells of it, those that are not there yet."""
        for base, data in bases.items():
            self._store.write(str(pending(Path(base), text)), data)
        self._refuse_overtaken(page)
        self._store.write(page, text)
        for base, data in bases.items():
            self._store.write(base, data)
            self._store.remove(str(pending(Path(base), text)))

    def _refuse_overtaken(self, path: str) -> None:
        if self._is_shared(path) and self._store.read(path) != self._fetched.get(path):
            raise Overtaken(path)

    def _alone(self) -> AbstractContextManager[None]:
        """Keep others from writing drafts in the store meanwhile; there are locks on disks only."""
        return Workspace(Path(self._store.root)).locked() if self._store.is_local else contextlib.nullcontext()

    def _fetch_input(self, path: str) -> None:
        """Links on its way lead the same way here: what is made of it says where it really lies."""
        real = self._real(path)
        if not self._store.fetch(real, self.local(real)):
            raise ScribeError(f"{self._store.url_of(path)}: expected a file, found none; was it moved away?")
        self._scratch.link(path, real)

    def _resemble(self, path: str) -> None:
        """Its time, which its history is named by, and that it is read-only if it is."""
        here = self.local(path)
        with contextlib.suppress(OSError):
            if self._store.is_local:
                shutil.copystat(path, here)
            elif self._is_shared(path) and (changed_s := self._store.changed_s(path)) is not None:
                os.utime(here, (changed_s, changed_s))

    # ── What belongs to a session ────────────────────────────────────────────────────────────

    def _kept(self, session: str) -> list[tuple[str, Path]]:
        """What was paid for, there and here: an object store cannot hold one database for all."""
        name = self.workspace.transcript_path(session).stem
        speech = self._store.path(".scribe", "speech", f"{name}.jsonl")
        return [
            (self._store.path(".scribe", "rollouts", f"{name}.db"), self.workspace.rollouts_path),
            (speech, self.local(speech)),
        ]

    def _singles(self, session: str) -> list[str]:
        if session == SEQUENCE:
            return [self._store.path("drafts", name) for name in ("index.md", "proposals.md")]
        return [self._store.path("transcripts", self.workspace.transcript_path(session).name)]

    def _folders(self, session: str) -> list[str]:
        base = self._store.path(".scribe", "base", session)
        return [base] if session == SEQUENCE else [base, self._store.path("drafts", session)]

    def _files(self, session: str) -> dict[str, Path]:
        """All that lies here of a session and belongs in the store, by its path there.

        Old versions come before what takes their place; of those only the new ones lie here.
        """
        files: list[Path] = []
        for folder in (self._store.path(".scribe", "history"), *reversed(self._folders(session))):
            files += [file for file in sorted(self.local(folder).rglob("*")) if not file.name.startswith(".scribe-")]
        files += [self.local(path) for path in self._singles(session)]
        lead = "/" if self._store.root.startswith("/") else ""
        root = self._scratch.files
        return {lead + file.relative_to(root).as_posix(): file for file in files if file.is_file()}

    def _is_page(self, path: str) -> bool:
        return path.startswith(self._store.path("drafts", "")) and path.endswith(".md")

    def _is_shared(self, path: str) -> bool:
        """Whether a person may have changed it: a page, or a transcript, in which they name speakers."""
        return self._is_page(path) or path.startswith(self._store.path("transcripts", ""))

    def _bases_of(self, page: str) -> set[str]:
        """Where the text last generated for a page lies, and what tells of it."""
        here = self.local(page)
        bases = (self.workspace.base_path(here), self.workspace.state_path(here))
        return {self._store.path(*base.relative_to(self.workspace.root).parts) for base in bases}

    def _stand_in(self, session: str) -> None:
        if session == SEQUENCE or not self.workspace.has_transcript(session):
            return
        with contextlib.suppress(ScribeError):  # a damaged transcript, which is made again, or one that leads nowhere
            transcript = self.workspace.load_transcript(session)
            for named in filter(None, (transcript.source, transcript.recording)):
                path = posixpath.normpath(self._store.path(named))
                if not self.local(path).exists() and self._store.is_there(path):
                    self._scratch.put(path, b"")

    def _clear(self) -> None:
        """Leave nothing but the root, which is a link here if it is one there."""
        self._fetched, self._sent = {}, {}
        self._scratch.clear()
        root = self._store.root
        self._scratch.make(self._real(root))
        self._scratch.link(root, self._real(root))

    def _real(self, path: str) -> str:
        return os.path.realpath(path) if self._store.is_local else path
