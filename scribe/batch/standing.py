"""How far each source has come, and what is still to be done of it.

In: a source, a setup, and the record that the workspace keeps of it. Out: for each stage why it must run, or that it
need not. A stage is known by all that it was made from; when that is the same, it is not run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pydantic import ValidationError

from scribe.batch.nouns import Finished, Input, Item, Stage, Standing
from scribe.batch.setup import Setup
from scribe.language import listed
from scribe.shelf import Stamp, Store

FOLDER = (".scribe", "batch")

NEW = "not made before"
"""Why a stage runs for the first time."""


class Looker:
    """Tells what files hold, reading only those that changed since they were last looked at."""

    def __init__(
        self, store: Store, known: Mapping[str, Input], stamp: Callable[[str], Stamp | None] | None = None
    ) -> None:
        self.store = store
        self.seen: dict[str, Input] = {}
        """What was looked at, for the next time."""
        self._known, self._stamp = known, stamp or store.stamp

    def is_there(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._stamp(path) is not None

    def digest(self, path: str) -> str:
        """SHA-256 of a file; empty where there is none. Raises ScribeError for one that cannot be read."""
        stamp = self._stamp(path)
        if stamp is None:
            return ""
        known = self.seen.get(path) or self._known.get(path)
        if known is None or known.stamp != stamp:
            known = Input(stamp=stamp, digest=self.store.digest(path))
        self.seen[path] = known
        return known.digest

    def size(self, path: str) -> str:
        """Its size in bytes, for what is too long to read; empty where there is none."""
        stamp = self._stamp(path)
        return "" if stamp is None else str(stamp.size)


def path_of(store: Store, item_id: str) -> str:
    """Where the standing of a source is kept."""
    return store.path(*FOLDER, f"{item_id}.json")


def read_standings(store: Store, ids: list[str]) -> dict[str, Standing]:
    """What is kept of sources, by id; one that was lost or damaged is as if nothing had been done."""
    places = {path_of(store, one): one for one in ids}
    found = {}
    for place, data in store.read_all(places).items():
        try:
            found[places[place]] = Standing.model_validate_json(data)
        except (ValidationError, KeyError):
            continue
    return found


def standing_of(store: Store, item: Item) -> Standing:
    """What is kept of a source, or that nothing was done."""
    return read_standings(store, [item.id]).get(item.id) or Standing(id=item.id, source=item.source)


def save_standing(store: Store, standing: Standing) -> None:
    """Keep it; raises ScribeError where the filesystem refuses."""
    store.write(path_of(store, standing.id), standing.model_dump_json(exclude_defaults=True).encode() + b"\n")


def outputs_of(stage: Stage, item_id: str, store: Store) -> tuple[str, ...]:
    """The files that a stage leaves; the first is the one that the next is made from."""
    if stage == "transcribe":
        return (store.path("transcripts", f"{item_id}.json"),)
    names = ("notes.json", "notes.md") if stage == "notes" else ("draft.json", "post.md")
    return tuple(store.path("drafts", item_id, name) for name in names)


def parts_of(stage: Stage, item: Item, setup: Setup, look: Looker) -> dict[str, str]:
    """All that a stage is made from, by the names that a person knows it by; raises ScribeError for unreadable files.

    What changes the speed alone, such as threads, is no part of it.
    """
    if stage == "transcribe":
        return _parts_of_transcript(item, setup, look)
    (transcript,) = outputs_of("transcribe", item.id, look.store)
    parts = {"the transcript": look.digest(transcript), "the simulator": setup.recipe}
    parts["the corrections"] = look.digest(look.store.path("drafts", item.id, "corrections.json"))
    if stage == "notes":
        told = {"the voices": ",".join(setup.voices or ()), "the merge": setup.merge}
        told |= {"the number of words": str(setup.words or ""), "who sees doubtful lines": str(setup.doubtful)}
        return parts | told | setup.digested_frames("notes", "overview", "title")
    parts["the notes"] = look.digest(outputs_of("notes", item.id, look.store)[0])
    parts["the outline"] = look.digest(outline_of(item.id, look.store))
    return parts | setup.digested_frames("outline", "section", "proposition")


def outline_of(item_id: str, store: Store) -> str:
    """Where a person may have put an outline."""
    return store.path("drafts", item_id, "outline.md")


def _parts_of_transcript(item: Item, setup: Setup, look: Looker) -> dict[str, str]:
    """A recording with a transcript beside it lends it only its length, so its bytes are not read."""
    parts = {"the title": item.title or "", "the date": item.date or ""}
    if not item.is_unheard:
        for path in item.inputs:
            if path == item.recording:
                parts["the recording"] = look.size(path)
            else:
                parts["the source"] = look.digest(path)
        return parts
    heard = setup.listening
    return parts | {
        "the recording": look.digest(item.source),
        "the engine": heard.setup.engine,
        "the model": heard.setup.model,
        "the language": heard.language or "",
        "the glossary": setup.glossary,
        "the speakers": str(item.speakers or heard.speakers),
        "the speakers' names": ", ".join(item.names),
    }


def why(
    stage: Stage, item: Item, setup: Setup, standing: Standing, look: Looker, *, retry_failed: bool = False
) -> str | None:
    """Why a stage must run; None where it need not, as its files are there and nothing that they are made of changed.

    One that failed does not run again until something changed, or it is asked for.
    """
    last = standing.stages.get(stage)
    if last is None:
        return NEW
    parts = parts_of(stage, item, setup, look)
    changed = [name for name in {**last.parts, **parts} if last.parts.get(name, "") != parts.get(name, "")]
    if changed:
        return f"{listed(changed)} changed"
    if last.outcome != "done":
        return f"{last.outcome} before" if retry_failed else None
    missing = [path for path in outputs_of(stage, item.id, look.store) if not look.is_there(path)]
    return f"{missing[0].rpartition('/')[2]} is missing" if missing else None


def first_due(
    item: Item, wanted: tuple[Stage, ...], setup: Setup, standing: Standing, look: Looker, *, retry_failed: bool = False
) -> tuple[Stage, str] | None:
    """The first of the stages that must run, and why; None where nothing is to be done, or a failure stands before."""
    for stage in wanted:
        reason = why(stage, item, setup, standing, look, retry_failed=retry_failed)
        if reason is not None:
            return stage, reason
        if is_stuck(standing, stage):
            return None
    return None


def is_stuck(standing: Standing, stage: Stage) -> bool:
    """Whether a stage failed, so that those after it have nothing to go on from."""
    last = standing.stages.get(stage)
    return last is not None and last.outcome == "failed"


def with_stage(standing: Standing, stage: Stage, finished: Finished) -> Standing:
    """A standing after a stage."""
    return standing.model_copy(update={"stages": {**standing.stages, stage: finished}})


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
