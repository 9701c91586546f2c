"""The layout of a workspace.

In: a root folder, and ids. Out: paths below it, and the few files that scribe itself keeps there. Nothing
is written outside the root, whatever an id says and wherever a link leads.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from scribe import transcripts
from scribe.records import TRANSCRIPT_ID, Record, ScribeError, Transcript
from scribe.shelf.corrections import Corrections, apply, taken_off
from scribe.shelf.files import locked, one_line, read_or_none, write_atomic
from scribe.shelf.history import Version, keep, versions
from scribe.shelf.journal import Journal
from scribe.shelf.owned import Held, Revise, Update, Written, encode, look, pending, type_in, update_owned
from scribe.shelf.steps import Steps

_Decided = TypeVar("_Decided", bound=Record)

_OF_ALL = frozenset({"index.md", "proposals.md"})
"""Pages that are of all sessions, and lie beside their folders."""


@dataclass(frozen=True)
class Workspace:
    """A root folder with `transcripts/`, `drafts/` and `.scribe/`; making one touches no disk."""

    root: Path

    @classmethod
    def find(cls, start: Path) -> Workspace:
        """The nearest folder at or above `start` with a `scribe.toml` or `.scribe/`; else `start` itself."""
        here = Path(os.path.abspath(start))
        for folder in (here, *here.parents):
            if (folder / "scribe.toml").is_file() or (folder / ".scribe").is_dir():
                return cls(folder)
        return cls(here)

    # ── Where things lie ─────────────────────────────────────────────────────────────────────

    def transcript_path(self, transcript_id: str) -> Path:
        """`transcripts/<id>.json`; raise ScribeError for an id that cannot name a file (all of these do)."""
        return self.root / "transcripts" / f"{_checked(transcript_id)}.json"

    def corrections_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/corrections.json`, a person's: what they put right in the transcript."""
        return self.draft_folder(transcript_id) / "corrections.json"

    def draft_folder(self, transcript_id: str) -> Path:
        """`drafts/<id>`."""
        return self.root / "drafts" / _checked(transcript_id)

    def notes_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/notes.md`, a person's."""
        return self.draft_folder(transcript_id) / "notes.md"

    def notes_json_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/notes.json`, the machine's."""
        return self.draft_folder(transcript_id) / "notes.json"

    def draft_json_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/draft.json`, the machine's."""
        return self.draft_folder(transcript_id) / "draft.json"

    def post_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/post.md`, a person's."""
        return self.draft_folder(transcript_id) / "post.md"

    def outline_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/outline.md`, a person's."""
        return self.draft_folder(transcript_id) / "outline.md"

    def proposals_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/proposals.md`: what did not fit what a person wrote."""
        return self.draft_folder(transcript_id) / "proposals.md"

    @property
    def index_path(self) -> Path:
        """`drafts/index.md`, a person's: all sessions."""
        return self.root / "drafts" / "index.md"

    def state_path(self, path: Path) -> Path:
        """`.scribe/base/<id>/<name>.json`: what the machine remembers of `drafts/<id>/<name>`."""
        base = self.base_path(path)
        return base.with_name(f"{base.name}.json")

    def base_path(self, path: Path) -> Path:
        """`.scribe/base/<id>/<name>`: the last generated text of `drafts/<id>/<name>`; of `drafts/<name>` in `_`."""
        return self.root / ".scribe" / "base" / self._folder(path) / os.path.basename(os.path.abspath(path))

    @property
    def rollouts_path(self) -> Path:
        """`.scribe/rollouts.db`."""
        return self.root / ".scribe" / "rollouts.db"

    @property
    def embeddings_path(self) -> Path:
        """`.scribe/embeddings.json`: which embeddings were measured here, and whether they help."""
        return self.root / ".scribe" / "embeddings.json"

    @property
    def glossary_path(self) -> Path:
        """`glossary.txt`, a person's: names and jargon, and the corrections that were accepted."""
        return self.root / "glossary.txt"

    def journal(self, transcript_id: str) -> Journal:
        """`.scribe/speech/<id>.jsonl`: what a recogniser heard in a recording, window by window."""
        return Journal(self.confined(self.root / ".scribe" / "speech" / f"{_checked(transcript_id)}.jsonl"))

    def steps(self, name: str) -> Steps:
        """`.scribe/steps/<name>/`: what a person did in `drafts/<name>`, to be taken back."""
        return Steps(self.confined(self.root / ".scribe" / "steps" / _checked(name)))

    # ── What is kept there ───────────────────────────────────────────────────────────────────

    def has_transcript(self, transcript_id: str) -> bool:
        """Whether `transcripts/<id>.json` is there."""
        return self.transcript_path(transcript_id).is_file()

    def save_transcript(self, transcript: Transcript) -> Path:
        """Write the canonical JSON and return its path; where the bytes are the same, write nothing.

        What the transcript has from its corrections is not written: they stay a layer over it. A version that is
        replaced is first copied to `.scribe/history/transcripts/<id>/`.
        """
        path = self.transcript_path(transcript.id)
        corrections = self.corrections(transcript.id)
        if not corrections.is_empty:
            raw = None
            with contextlib.suppress(ScribeError):  # none, or a damaged one, which this one takes the place of
                raw = self.load_raw(transcript.id)
            transcript = taken_off(transcript, raw, corrections)
        self._save(path, transcripts.compose(transcript, "json"), history=path.parent.name)
        return path

    def load_transcript(self, transcript_id: str) -> Transcript:
        """Read `transcripts/<id>.json` with its corrections; raises ScribeError for either that cannot be read."""
        return apply(self.load_raw(transcript_id), self.corrections(transcript_id))

    def load_raw(self, transcript_id: str) -> Transcript:
        """Read `transcripts/<id>.json` as it was read or heard, without its corrections.

        A file that was renamed by hand has the id that its name says.
        """
        path = self.transcript_path(transcript_id)
        if not path.is_file():
            raise ScribeError(f"no transcript {transcript_id!r} at {path}; make it with: scribe transcribe")
        transcript = transcripts.read(path).transcript
        return transcript.model_copy(update={"id": transcript_id})

    def corrections(self, transcript_id: str) -> Corrections:
        """What a person put right in a transcript; raises ScribeError for a file that cannot be read as that."""
        return self.load_decided(self.corrections_path(transcript_id), Corrections())

    def load_decided(self, path: Path, empty: _Decided) -> _Decided:
        """The record at `path` of what a person decided; `empty` where there is no file.

        Raises ScribeError for a file that cannot be read as that, and leaves it as it is.
        """
        data = read_or_none(self.confined(path))
        try:
            return empty if data is None else type(empty).model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            what, where = type(empty).__name__.lower(), ".".join(map(str, first["loc"])) or "its start"
            raise ScribeError(
                f"{path}: expected {what} as scribe writes them, found at {where}: {first['msg']}; mend the file, "
                "or move it away"
            ) from error

    def correct(self, transcript_id: str, change: Callable[[Corrections], Corrections]) -> Written:
        """Change what was put right in a transcript; other processes wait. Without a correction there is no file."""
        path = self.corrections_path(transcript_id)
        with one_line("write", path), self.locked():
            before = self.corrections(transcript_id)
            after = change(before)
            if after == before:
                return Written(path=path, outcome="unchanged")
            if after.is_empty:
                path.unlink(missing_ok=True)
            else:
                self.save_record(path, after)
        return Written(path=path, outcome="written")

    def save_record(self, path: Path, record: Record) -> Path:
        """Write a record as readable JSON; for files that belong to the machine. Return `path`."""
        self._save(path, json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n")
        return path

    def write_owned(self, path: Path, revise: Revise) -> Written:
        """Write a text that belongs to a person from now on, at `drafts/<id>/<name>`.

        `revise` makes it from what lies there; it may be asked again if the person saves meanwhile. Other processes
        wait. The version before is kept in the history.
        """
        self.confined(path)
        base = self.confined(self.base_path(path))
        history = self.confined(self._history(path))
        with one_line("write", path), self.locked():
            state = self.confined(self.state_path(path))
            return update_owned(
                path, base, revise, lambda old, last: keep(history, path, old, last, read_or_none(state))
            )

    def look(self, path: Path) -> Held:
        """What lies at `drafts/<id>/<name>`, and the text last generated for it; touches nothing.

        Raises ScribeError for what is not UTF-8.
        """
        self.confined(path)
        return look(path, self.confined(self.base_path(path)))

    def waiting(self, place: Path, page: Path) -> Path | None:
        """What waits to take a place with a page's base, where the page is there and a run was cut off before that."""
        text = read_or_none(page)
        found = pending(place, text) if text is not None else place
        return found if found != place and found.is_file() else None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes of scribe's from writing drafts in this workspace."""
        with locked(self.confined(self.root / ".scribe" / "lock")):
            yield

    def put_back(self, path: Path, data: bytes | None) -> None:
        """Give a file of the machine's the bytes that it had before, or take it away for None."""
        self.confined(path)
        if data is not None:
            write_atomic(path, data)
        else:
            with one_line("remove", path):
                path.unlink(missing_ok=True)

    def versions(self, path: Path) -> list[Version]:
        """Former versions of `drafts/<id>/<name>`, the newest first."""
        self.base_path(path)
        return versions(self.confined(self._history(path)), path.suffix)

    def restore(self, path: Path, version: Version) -> Written:
        """Bring a former version back, with the generated text that it went with; the present one is kept."""

        def old(place: Path) -> str | None:
            data = read_or_none(place)
            return None if data is None else data.decode("utf-8", errors="replace")

        def revise(held: Held) -> Update:
            base = old(version.base)
            state = (self.state_path(path), old(version.state) or "")
            return Update(old(version.path) or "", base if base is not None else held.base or "", state=state)

        return self.write_owned(path, revise)

    def retype(self, path: Path, change: Callable[[str | None], str], *, keeps: bool = True) -> Written:
        """Put what a person typed at `drafts/<id>/<name>`, and leave what was last generated for it as it is.

        `change` makes it from what lies there, None where there is no file; it may be asked again if they save
        elsewhere meanwhile. With `keeps` the version before goes into the history.
        """
        self.confined(path)
        base = self.confined(self.base_path(path))
        history = self.confined(self._history(path))
        state = self.confined(self.state_path(path))

        def kept(old: bytes, last: bytes | None) -> None:
            if keeps:
                keep(history, path, old, last, read_or_none(state))

        with one_line("write", path), self.locked():
            return type_in(path, base, change, kept)

    def rewrite(self, path: Path, change: Callable[[str], str], *, edited: bool) -> Written | None:
        """Change the text of `drafts/<id>/<name>` as a person asked; None where the change leaves it as it is.

        The last generated text is changed alike, so that a file is a person's after if it was so before. One that a
        person wrote in is changed only if `edited`, and *kept* else. The version before is kept in the history.
        """
        self.confined(path)
        base = self.confined(self.base_path(path))
        with one_line("write", path), self.locked():
            old, last = read_or_none(path), read_or_none(base)
            if old is None or change(text := old.decode(errors="surrogateescape")) == text:
                return None
            if old != last and not edited:
                return Written(path=path, outcome="kept")
            if last is not None:
                write_atomic(base, change(last.decode(errors="surrogateescape")).encode(errors="surrogateescape"))
            keep(self.confined(self._history(path)), path, old, last)
            write_atomic(path, change(text).encode(errors="surrogateescape"))
        return Written(path=path, outcome="written")

    def confined(self, path: Path) -> Path:
        """Return `path`; raise ScribeError if it or a link on the way leads out of the workspace."""
        root, real = os.path.realpath(self.root), os.path.realpath(path)
        if not Path(real).is_relative_to(root):
            raise ScribeError(f"{path} leads out of the workspace, to {real}; put a real file or folder there")
        return path

    def _save(self, path: Path, text: str, *, history: str | None = None) -> None:
        self.confined(path)
        new, old = encode(text), read_or_none(path)
        if old == new:
            return
        if old is not None and history is not None:
            keep(self.confined(self.root / ".scribe" / "history" / history / path.stem), path, old)
        write_atomic(path, new)

    def _history(self, path: Path) -> Path:
        """`.scribe/history/drafts/<id>/<stem>`; of a page of all sessions in `_`."""
        return self.root / ".scribe" / "history" / "drafts" / self._folder(path) / path.stem

    def _folder(self, path: Path) -> str:
        """The id of the session that a page belongs to; `_`, which is none's, for `index.md` and its proposals."""
        drafts = os.path.abspath(self.root / "drafts")
        folder, name = os.path.split(os.path.abspath(path))
        if folder == drafts and name in _OF_ALL:
            return "_"
        if os.path.dirname(folder) != drafts:
            raise ScribeError(f"expected a file in a folder of {drafts}, found {path}")
        return _checked(os.path.basename(folder))


def _checked(transcript_id: str) -> str:
    if not TRANSCRIPT_ID.fullmatch(transcript_id):
        raise ScribeError(f"{transcript_id!r} cannot name a transcript; use letters, digits, spaces and - . _")
    return transcript_id
