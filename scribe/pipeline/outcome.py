"""What the pipeline hands back.

In: what the stages made. Out: records that say what became of a source.
"""

from __future__ import annotations

from scribe import shelf, transcripts
from scribe.lint import Finding
from scribe.notes.page import all_claims
from scribe.records import Coverage, Draft, Notes, Record, Transcript


class Loaded(Record):
    """A source as read: its transcript, and what a person should know of the reading."""

    transcript: Transcript
    format: str
    """Of the transcript file, or `recording` where the transcript was heard from it."""
    dropped: tuple[transcripts.Dropped, ...] = ()
    remarks: tuple[str, ...] = ()
    """One-line sentences: the sidecar used, repairs, what was dropped."""
    is_kept: bool = False
    """Whether it was read where the workspace keeps it, as it is."""


class Outcome(Record):
    """What became of one source."""

    source: str
    transcript: Transcript
    notes: Notes | None = None
    draft: Draft | None = None
    findings: tuple[Finding, ...] = ()
    """What the linter found in the propositions of the post, as it stands on disk."""
    files: tuple[shelf.Written, ...] = ()
    diffs: tuple[str, ...] = ()
    """What changed in each of the files, as a unified diff; same order."""
    remarks: tuple[str, ...] = ()

    @property
    def coverage(self) -> Coverage | None:
        """The ledger of the notes, where notes were made."""
        return self.notes.coverage if self.notes else None

    @property
    def doubtful(self) -> int:
        """How many lines of the transcript carry a doubt."""
        return self.transcript.doubtful

    @property
    def is_complete(self) -> bool:
        """Whether every line was read; an answer to a question need not read them all."""
        return self.notes is None or self.notes.about is not None or self.notes.coverage.fraction == 1

    def verdicts(self) -> dict[str, int]:
        """How many statements of the notes have each verdict."""
        found = [c.support.verdict for c in all_claims(self.notes) if c.support] if self.notes else []
        return {verdict: found.count(verdict) for verdict in ("supported", "weak", "unsupported")}
