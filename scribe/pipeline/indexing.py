"""The page of all sessions: what it tells of each, and how it gets onto the shelf.

In: a workspace, and the cards of its sessions. Out: `drafts/index.md`, a person's from the first write on like every
page there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from scribe import __version__, revise, shelf
from scribe.pipeline.proposing import open_proposals
from scribe.pipeline.revising import Origin, put, read_state
from scribe.pipeline.sameness import usual
from scribe.records import Draft, Notes, Recipe, Record, Transcript, text_key
from scribe.sequence import Card, card_of, leaves, returning

__all__ = ["Card", "read_card", "write_index"]

_T = TypeVar("_T", bound=Record)


def read_card(workspace: shelf.Workspace, transcript_id: str) -> Card:
    """The card of a session, from its transcript and what was made of it.

    Notes and a draft that are not there, or cannot be read, are left out. Raises ScribeError where there is no
    transcript that can be read.
    """
    transcript = workspace.load_transcript(transcript_id)
    notes = _read(workspace.notes_json_path(transcript_id), Notes)
    draft = _read(workspace.draft_json_path(transcript_id), Draft)
    return card_of(transcript, notes, draft, usual=usual)


def write_index(workspace: shelf.Workspace, cards: Sequence[Card]) -> shelf.Written:
    """Write the page of these sessions, merged with what a person made of it; of two cards with one id the last counts.

    Where the cards are those that it was last made from, and nothing is proposed that a person may have answered, it
    would come out as it stands and is not made again. Raises ScribeError as `put` does.
    """
    path = workspace.index_path
    told = {card.id: card for card in cards}
    origin = _origin([told[name] for name in sorted(told)])
    held = workspace.look(path)
    is_known = held.text is not None and held.base is not None
    if is_known and read_state(workspace, path).recipe == origin.state().recipe and not open_proposals(workspace, path):
        return shelf.Written(path=path, outcome="unchanged")
    page = _page(workspace, list(told.values()))
    return put(workspace, path, lambda _: page, origin, trusts_ids=True).written


def _origin(cards: Sequence[Card]) -> Origin:
    """What the page is made from: of no session alone, so of a transcript without lines, and of the cards."""
    recipe = Recipe(
        scribe=__version__,
        engine="sequence",
        settings={"scribe": __version__, "cards": text_key(card.model_dump_json() for card in cards)},
    )
    return Origin(Transcript(id="index", source="", segments=(), recipe=recipe), recipe)


def _page(workspace: shelf.Workspace, cards: Sequence[Card]) -> str:
    """The page as it is generated, with the ids that its blocks have by themselves."""
    folder = workspace.index_path.parent
    recordings = {card.id: shelf.link(workspace.root / card.recording, folder) for card in cards if card.recording}
    made = leaves(cards, returning(cards), recordings)
    return "\n\n".join(revise.marked([revise.id_of(*leaf.key)]) + leaf.text for leaf in made) + "\n"


def _read(path: Path, kind: type[_T]) -> _T | None:
    """The record at a place; None where there is none that can be read."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
