"""The nouns of Scribe, and its errors.

In: values from a reader, a simulator or a file. Out: frozen records, validated once on the way in.
This module knows nothing of files, models or Markdown, and imports nothing of scribe.

Times are seconds from the start of the recording and intervals are half-open. A segment's
`index` is its place in the transcript; it is the stable id that citations name.

In reading order: `nouns` (what all records are), `transcripts`, `simulation`, `notes`, `drafts`.
"""

from scribe.records.drafts import Alternative, Draft, Proposition, Section, Session, Step, text_key
from scribe.records.notes import (
    Claim,
    ClaimKind,
    Coverage,
    Form,
    Notes,
    Passage,
    Reference,
    ReferenceKind,
    Support,
    Topic,
    Verdict,
)
from scribe.records.nouns import Record, ScribeError
from scribe.records.simulation import Completion, Prompt, Yields
from scribe.records.transcripts import TRANSCRIPT_ID, Chunk, Recipe, Sampling, Segment, Span, Transcript, Turn, Word

__all__ = [
    "TRANSCRIPT_ID",
    "Alternative",
    "Chunk",
    "Claim",
    "ClaimKind",
    "Completion",
    "Coverage",
    "Draft",
    "Form",
    "Notes",
    "Passage",
    "Prompt",
    "Proposition",
    "Recipe",
    "Record",
    "Reference",
    "ReferenceKind",
    "Sampling",
    "ScribeError",
    "Section",
    "Segment",
    "Session",
    "Span",
    "Step",
    "Support",
    "Topic",
    "Transcript",
    "Turn",
    "Verdict",
    "Word",
    "Yields",
    "text_key",
]
