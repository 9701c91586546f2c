"""What a post stands on: the lines of its sessions, and where its citations lead; the draft behind it, and the choices.

In: a workspace and the name of a post. Out: records, read and written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, ValidationError

from scribe import draft, shelf
from scribe.footnotes import Footnotes, Links, Part
from scribe.pipeline.remembering import remembered
from scribe.pipeline.revising import Origin, State
from scribe.records import TRANSCRIPT_ID, Draft, Recipe, Record, ScribeError, Session, Transcript


class Ground(NamedTuple):
    """What a post stands on."""

    transcript: Transcript
    sessions: tuple[Session, ...]
    """Of a sequence; none for a single session."""
    parts: tuple[Part, ...]
    """Where the footnotes of each session lead."""
    links: Links

    @property
    def name(self) -> str:
        """The folder in `drafts`."""
        return self.transcript.id

    def footnotes(self) -> Footnotes:
        """None yet; they will lead from its page to its lines."""
        return Footnotes(self.transcript, self.links, self.parts)

    def origin(self, recipe: Recipe, *, plan: str = "", as_before: State | None = None) -> Origin:
        """What a page of it is made from."""
        return Origin(self.transcript, recipe, self.sessions, plan, as_before)


class Choice(Record):
    """One of several alternatives that a person put in."""

    key: str
    among: int = Field(ge=1)
    slot: str
    """The heading of the section or proposition."""
    draw: str = ""
    """The draw that it was read from, and which text of it; empty where that is not known."""
    sample: int = 0


class Choices(Record):
    """All choices for one post, in order."""

    choices: tuple[Choice, ...] = ()


def bits(choices: Iterable[Choice]) -> float:
    """What choices told, were all texts of each as likely: the sum of log2 of how many there were.

    >>> bits([Choice(key="a", among=8, slot="One"), Choice(key="b", among=2, slot="Two")])
    4.0
    """
    return sum(math.log2(choice.among) for choice in choices)


def ground_of(workspace: shelf.Workspace, name: str, transcripts: Sequence[Transcript]) -> Ground:
    """What a post of these sessions stands on; `name` is the sequence's where there are several."""
    if len(transcripts) == 1:
        return Ground(transcripts[0], (), (), links_of(workspace, transcripts[0], name))
    transcript, sessions = draft.join(name, transcripts)
    parts = tuple(
        Part(name=s.id, first=s.first, last=s.last, links=links_of(workspace, t, name))
        for s, t in zip(sessions, transcripts, strict=True)
    )
    return Ground(transcript, sessions, parts, parts[0].links)


def links_of(workspace: shelf.Workspace, transcript: Transcript, name: str) -> Links:
    """Where the citations of a page in `drafts/<name>` lead for one session."""
    folder = workspace.draft_folder(name)
    place = workspace.root / transcript.source
    return Links(
        recording=shelf.link(workspace.root / transcript.recording, folder) if transcript.recording else None,
        transcript=shelf.link(place if place.exists() else workspace.transcript_path(transcript.id), folder),
    )


def sessions_of(workspace: shelf.Workspace, name: str) -> list[str]:
    """The sessions of a sequence that was drafted before under a name; none for any other source."""
    if not TRANSCRIPT_ID.fullmatch(name) or workspace.has_transcript(name):
        return []
    try:
        return [session.id for session in read_draft(workspace, name).sessions]
    except ScribeError:
        return []


def read_draft(workspace: shelf.Workspace, name: str) -> Draft:
    """The draft behind a post; raises ScribeError where there is none, or it cannot be read."""
    path = workspace.draft_json_path(name)
    try:
        return Draft.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScribeError(
            f"{path}: expected the draft behind the post, found none; make it with: scribe draft {name}"
        ) from error
    except ValidationError as error:
        raise ScribeError(f"{path}: not a draft of this scribe; make it again with: scribe draft {name}") from error


def read_choices(workspace: shelf.Workspace, name: str) -> tuple[Choice, ...]:
    """The choices made for a post; none where they were lost or damaged."""
    return remembered(_choices_path(workspace, name), Choices()).choices


def save_choices(workspace: shelf.Workspace, name: str, choices: Sequence[Choice]) -> None:
    """Keep them beside the text last generated."""
    workspace.save_record(_choices_path(workspace, name), Choices(choices=tuple(choices)))


def _choices_path(workspace: shelf.Workspace, name: str) -> Path:
    return workspace.base_path(workspace.post_path(name)).with_name("choices.json")
