"""The layout of a workspace.

In: a root folder, and ids. Out: paths below it, and the few files that scribe itself keeps there. Nothing
is written outside the root, whatever an id says and wherever a link leads.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scribe import transcripts
from scribe.records import TRANSCRIPT_ID, Record, ScribeError, Transcript
from scribe.shelf.files import locked, one_line, read_or_none, write_atomic
from scribe.shelf.journal import Journal
from scribe.shelf.owned import Written, write_beside_edits


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

    def draft_folder(self, transcript_id: str) -> Path:
        """`drafts/<id>`."""
        return self.root / "drafts" / _checked(transcript_id)

    def notes_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/notes.md`, a person's."""
        return self.draft_folder(transcript_id) / "notes.md"

    def notes_json_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/notes.json`, the machine's."""
        return self.draft_folder(transcript_id) / "notes.json"

    def post_path(self, transcript_id: str) -> Path:
        """`drafts/<id>/post.md`, a person's."""
        return self.draft_folder(transcript_id) / "post.md"

    def base_path(self, path: Path) -> Path:
        """`.scribe/base/<id>/<name>`: the last generated text of `drafts/<id>/<name>`."""
        drafts = os.path.abspath(self.root / "drafts")
        folder, name = os.path.split(os.path.abspath(path))
        if os.path.dirname(folder) != drafts:
            raise ScribeError(f"expected a file in a folder of {drafts}, found {path}")
        return self.root / ".scribe" / "base" / _checked(os.path.basename(folder)) / name

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
        return Journal(self._confine(self.root / ".scribe" / "speech" / f"{_checked(transcript_id)}.jsonl"))

    # ── What is kept there ───────────────────────────────────────────────────────────────────

    def has_transcript(self, transcript_id: str) -> bool:
        """Whether `transcripts/<id>.json` is there."""
        return self.transcript_path(transcript_id).is_file()

    def save_transcript(self, transcript: Transcript) -> Path:
        """Write the canonical JSON and return its path; where the bytes are the same, write nothing.

        A version that is replaced is first copied to `.scribe/history/transcripts/<id>/`.
        """
        path = self.transcript_path(transcript.id)
        self._save(path, transcripts.compose(transcript, "json"), history=path.parent.name)
        return path

    def load_transcript(self, transcript_id: str) -> Transcript:
        """Read `transcripts/<id>.json`. A file that was renamed by hand has the id that its name says."""
        path = self.transcript_path(transcript_id)
        if not path.is_file():
            raise ScribeError(f"no transcript {transcript_id!r} at {path}; make it with: scribe transcribe")
        transcript = transcripts.read(path).transcript
        return transcript.model_copy(update={"id": transcript_id})

    def save_record(self, path: Path, record: Record) -> Path:
        """Write a record as readable JSON; for files that belong to the machine. Return `path`."""
        self._save(path, json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=2) + "\n")
        return path

    def write_owned(self, path: Path, text: str) -> Written:
        """Write a text that belongs to a person from now on, at `drafts/<id>/<name>`.

        What a person changed stays as it is, and `text` goes beside it (`owned` has the rules). Bytes are
        compared, so that an editor that only changes line endings has changed the file too.
        """
        self._confine(path)
        with one_line("write", path), locked(self._confine(self.root / ".scribe" / "lock")):
            return write_beside_edits(
                path, _encode(text), lambda place: self._confine(self.base_path(self._confine(place)))
            )

    def rewrite(self, path: Path, change: Callable[[str], str], *, edited: bool) -> Written | None:
        """Change the text of `drafts/<id>/<name>` as a person asked; None where the change leaves it as it is.

        The last generated text is changed alike, so that a file is a person's after if it was so before. One that a
        person wrote in is changed only if `edited`, and *kept* else. The version before is kept in the history.
        """
        self._confine(path)
        base = self._confine(self.base_path(path))
        with one_line("write", path), locked(self._confine(self.root / ".scribe" / "lock")):
            old, last = read_or_none(path), read_or_none(base)
            if old is None or change(text := old.decode(errors="surrogateescape")) == text:
                return None
            if old != last and not edited:
                return Written(path=path, outcome="kept")
            if last is not None:
                write_atomic(base, change(last.decode(errors="surrogateescape")).encode(errors="surrogateescape"))
            self._keep(path, old, f"drafts/{path.parent.name}")
            write_atomic(path, change(text).encode(errors="surrogateescape"))
        return Written(path=path, outcome="written")

    def _save(self, path: Path, text: str, *, history: str | None = None) -> None:
        self._confine(path)
        new, old = _encode(text), read_or_none(path)
        if old == new:
            return
        if old is not None and history is not None:
            self._keep(path, old, history)
        write_atomic(path, new)

    def _keep(self, path: Path, old: bytes, history: str) -> None:
        """Copy what is about to be replaced to the history."""
        with one_line("read", path):
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        name = f"{changed:%Y%m%dT%H%M%SZ}-{hashlib.sha256(old).hexdigest()[:8]}{path.suffix}"
        write_atomic(self._confine(self.root / ".scribe" / "history" / history / path.stem / name), old)

    def _confine(self, path: Path) -> Path:
        """Return `path`; raise ScribeError if it or a link on the way leads out of the workspace."""
        root, real = os.path.realpath(self.root), os.path.realpath(path)
        if not Path(real).is_relative_to(root):
            raise ScribeError(f"{path} leads out of the workspace, to {real}; put a real file or folder there")
        return path


def _checked(transcript_id: str) -> str:
    if not TRANSCRIPT_ID.fullmatch(transcript_id):
        raise ScribeError(f"{transcript_id!r} cannot name a transcript; use letters, digits, spaces and - . _")
    return transcript_id


def _encode(text: str) -> bytes:
    # Half a surrogate pair, which some models write in place of an emoji, becomes "?" rather than a crash.
    return text.encode("utf-8", errors="replace")
