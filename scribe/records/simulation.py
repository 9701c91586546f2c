"""Documents that stop at a cue, and how they are continued."""

from __future__ import annotations

from typing import Literal

from scribe.records.nouns import Record
from scribe.records.transcripts import Segment

Yields = Literal["bullets", "paragraph", "title", "outline", "proposition"]


class Prompt(Record):
    """A document that stops at a cue, for a simulator to continue."""

    scene: str
    """What all voices share."""
    cue: str
    """Where this voice's text begins; the simulator continues right after its last byte."""
    voice: str
    sources: tuple[Segment, ...] = ()
    """The segments shown in the scene: only these may be cited."""
    yields: Yields
    about: str | None = None
    """The question that the reader asked, if there was one; the scene shows it too."""
    frame: str = ""
    """Name of the frame that rendered this prompt."""

    @property
    def text(self) -> str:
        """The document, byte for byte as a base model is given it."""
        return self.scene + self.cue


class Completion(Record):
    """What a simulator wrote after a prompt's last byte."""

    text: str
    finish: Literal["stop", "length", "end"]
    """A stop string was met, `max_tokens` was reached, or the simulator ended by itself."""
    token_logprobs: tuple[float, ...] | None = None
