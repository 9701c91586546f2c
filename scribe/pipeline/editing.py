"""What a person tells of a transcript, put wherever it stands: speakers' names, and what was said.

In: a workspace, a transcript, and what a person chose. Out: files rewritten, the history has the versions before; lines
put right, and names given on the page, lie as a layer over the transcript. And which blocks cite lines that changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from scribe import glossary, revise, shelf, speakers
from scribe.glossary import Correction
from scribe.markdown import escape
from scribe.pipeline.loading import CORRECTED, MERGED, RENAMED
from scribe.pipeline.reviewing import read_notes
from scribe.pipeline.revising import Origin, changes, read_state
from scribe.pipeline.standing import Ground, ground_of, read_draft
from scribe.records import Recipe, Record, ScribeError, Transcript
from scribe.shelf.corrections import Corrections, LineEdit, left_out

_LABEL = re.compile(r"S\d+|(?i:speaker)[ _]?\d+")
"""What a machine calls a speaker."""

_PERSONS = frozenset({"corrections.json", "review.json"})
"""Files of a folder of drafts that hold what a person decided; no name is put in there."""

LONGEST_LINE, LONGEST_NAME = 12_000, 80
"""Characters; a longer line would be cut when the transcript is read, and every line behind it counted anew."""


class Edited(Record):
    """What an edit changed."""

    transcript: Transcript
    """As it is shown now."""
    files: tuple[shelf.Written, ...]
    """*kept* are those that a person wrote in and that were therefore left as they are."""


# ── As a layer ───────────────────────────────────────────────────────────────────────────────


def correct_line(workspace: shelf.Workspace, transcript_id: str, line: int, text: str) -> Edited:
    """Say what was said in a line; the raw text takes the correction away.

    Raises ScribeError for a line that there is not, for no text, and for more than a line.
    """
    raw = workspace.load_raw(transcript_id)
    if not 0 <= line < len(raw.segments):
        raise ScribeError(f"{transcript_id}: expected a line from 0 to {len(raw.segments) - 1}, found {line}")
    after = " ".join(text.split())
    if not after or len(after) > LONGEST_LINE:
        found = f"{len(after)} characters" if after else "none"
        raise ScribeError(
            f"{transcript_id}, line {line}: expected a text of up to {LONGEST_LINE} characters, found {found}"
        )
    before = raw.segments[line].text
    new = [] if after == " ".join(before.split()) else [LineEdit(line=line, before=before, after=after)]

    def change(corrections: Corrections) -> Corrections:
        others = [edit for edit in corrections.lines if (edit.line, edit.before) != (line, before)]
        lines = sorted([*others, *new], key=lambda edit: edit.line)
        return corrections.model_copy(update={"lines": tuple(lines)})

    written = workspace.correct(transcript_id, change)
    return Edited(transcript=workspace.load_transcript(transcript_id), files=(written,))


def name_in_layer(workspace: shelf.Workspace, transcript_id: str, names: Mapping[str, str]) -> Edited:
    """Give speakers other names than those they are shown with; the transcript itself keeps its labels.

    In notes and posts the names are put in as `name_speakers` does. Raises ScribeError for a speaker that there is not,
    for no name, and for one that another speaker has.
    """
    shown = workspace.load_transcript(transcript_id)
    names = {old: _name(new) for old, new in names.items()}
    return _rename_in_layer(workspace, shown, speakers.rename(shown, names), names)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise ScribeError(f"expected a name of up to {LONGEST_NAME} characters, found {len(name)}; give a shorter one")
    return name


def _rename_in_layer(
    workspace: shelf.Workspace, shown: Transcript, renamed: Transcript, names: Mapping[str, str]
) -> Edited:
    raw = workspace.load_raw(shown.id)
    of_labels = {
        low.speaker: high.speaker
        for low, high in zip(raw.segments, renamed.segments, strict=True)
        if low.speaker and high.speaker
    }

    def change(corrections: Corrections) -> Corrections:
        given = {**corrections.speakers, **of_labels}
        return corrections.model_copy(update={"speakers": {old: new for old, new in given.items() if old != new}})

    written = workspace.correct(shown.id, change)
    files = _put_in_pages(workspace, shown, renamed, names)
    return Edited(transcript=workspace.load_transcript(shown.id), files=(written, *files))


# ── In the transcript itself ─────────────────────────────────────────────────────────────────


def name_speakers(workspace: shelf.Workspace, transcript: Transcript, names: Mapping[str, str]) -> Edited:
    """Give speakers the names that a person knows, in the transcript, the notes and the posts.

    A machine's label is replaced also where a person has edited the text; a name is not, for it may be part of what
    they wrote. Raises ScribeError for a speaker that there is not.
    """
    return _edit(workspace, transcript, speakers.rename(transcript, names), RENAMED, names)


def merge_speakers(workspace: shelf.Workspace, transcript: Transcript, merged: Mapping[str, str]) -> Edited:
    """Say that two labels are one speaker's: `{"S3": "S1"}` turns every S3 into S1."""
    return _edit(workspace, transcript, speakers.merge(transcript, merged), MERGED, merged)


def correct(workspace: shelf.Workspace, transcript: Transcript, accepted: Sequence[Correction]) -> tuple[Edited, int]:
    """Apply corrections to the transcript; returns how many places were changed. Notes made of it are not touched."""
    corrected, places = glossary.apply(transcript, accepted)
    corrected = _noted(corrected, CORRECTED, {c.heard: c.meant for c in accepted})
    layer, corrected = _into_layer(workspace, corrected)
    path = workspace.save_transcript(corrected)
    return Edited(transcript=corrected, files=(shelf.Written(path=path, outcome="written"), *layer)), places


def _into_layer(workspace: shelf.Workspace, corrected: Transcript) -> tuple[list[shelf.Written], Transcript]:
    """Lines that a person put right before are put right further where they did that, and not in the raw text."""
    if not workspace.corrections(corrected.id).lines or not workspace.has_transcript(corrected.id):
        return [], corrected
    raw = workspace.load_raw(corrected.id)
    if len(raw.segments) != len(corrected.segments):
        return [], corrected

    def change(corrections: Corrections) -> Corrections:
        unfit = left_out(raw, corrections)
        lines = [
            e if e in unfit else e.model_copy(update={"after": corrected.segments[e.line].text})
            for e in corrections.lines
        ]
        return corrections.model_copy(update={"lines": tuple(lines)})

    written = workspace.correct(corrected.id, change)
    shown = workspace.load_transcript(corrected.id)
    edited = {edit.line for edit in workspace.corrections(corrected.id).lines}
    segments = tuple(shown.segments[s.index] if s.index in edited else s for s in corrected.segments)
    return [written], corrected.model_copy(update={"segments": segments})


def _noted(transcript: Transcript, edit: str, changes: Mapping[str, str]) -> Transcript:
    """The transcript with an edit entered in its recipe, after those before it."""
    before = transcript.recipe.settings.get(edit)
    told = "; ".join([*([str(before)] if before else []), *(f"{old} = {new}" for old, new in changes.items())])
    recipe = transcript.recipe.model_copy(update={"settings": {**transcript.recipe.settings, edit: told}})
    return transcript.model_copy(update={"recipe": recipe})


def _edit(
    workspace: shelf.Workspace, transcript: Transcript, renamed: Transcript, edit: str, names: Mapping[str, str]
) -> Edited:
    if workspace.corrections(transcript.id).speakers:  # a label put under this layer could be named by it
        workspace.save_transcript(transcript)
        return _rename_in_layer(workspace, transcript, renamed, names)
    renamed = _noted(renamed, edit, names)
    written = shelf.Written(path=workspace.save_transcript(renamed), outcome="written")
    return Edited(transcript=renamed, files=(written, *_put_in_pages(workspace, transcript, renamed, names)))


# ── In notes and posts ───────────────────────────────────────────────────────────────────────


def _put_in_pages(
    workspace: shelf.Workspace, before: Transcript, after: Transcript, names: Mapping[str, str]
) -> Iterator[shelf.Written]:
    folder = workspace.draft_folder(after.id)
    in_text = _replacer({escape(old): escape(new) for old, new in names.items()})
    in_json = _replacer({_in_quotes(old): _in_quotes(new) for old, new in names.items()})
    edited = all(_LABEL.fullmatch(name) for name in names)
    for path in sorted(folder.glob("*.md")) + sorted(folder.glob("*.json")):
        if path.name in _PERSONS:
            continue
        is_json = path.suffix == ".json"
        written = workspace.rewrite(path, in_json if is_json else in_text, edited=edited or is_json)
        if not is_json and (written is None or written.outcome != "kept"):
            _remember(workspace, path, before, after)
        if written:
            yield written


def _remember(workspace: shelf.Workspace, path: Path, before: Transcript, after: Transcript) -> None:
    """A page that has the new names is up to date with the lines that have them, if it was with the old ones."""
    state = read_state(workspace, path)
    recipe = Recipe(scribe="", engine="")
    old, new = (Origin(transcript, recipe).state().lines for transcript in (before, after))
    if len(state.lines) != len(old):
        return
    lines = tuple(n if seen == o else seen for seen, o, n in zip(state.lines, old, new, strict=True))
    if lines != state.lines:
        workspace.save_record(workspace.state_path(path), state.model_copy(update={"lines": lines}))


def stale_blocks(workspace: shelf.Workspace, path: Path, ground: Ground | None = None) -> tuple[str, ...]:
    """Ids of the blocks of `notes.md` or `post.md` that cite lines corrected since they were generated.

    Where it is not known what they were generated from, as in a clone, those that cite any corrected line. `ground` is
    what the page stands on, where that was read already.
    """
    text, name = workspace.look(path).text, path.parent.name
    state = read_state(workspace, path)
    if text is None:
        return ()
    try:
        ground = ground or _ground_of(workspace, path, name)
        if state.lines:
            recipe = _recipe_of(workspace, path, ground)
            is_stale = changes(state, ground.origin(recipe, plan=state.plan)) if recipe is not None else None
        else:
            corrected = frozenset(line for line, _ in corrected_lines(workspace, ground))
            origin = ground.origin(ground.transcript.recipe)
            is_stale = (lambda label: not corrected.isdisjoint(origin.lines(label))) if corrected else None
    except ScribeError:
        return ()
    return tuple(block.id for block in revise.stale(text, is_stale) if block.id) if is_stale else ()


def _ground_of(workspace: shelf.Workspace, path: Path, name: str) -> Ground:
    ids = read_draft(workspace, name).session_ids if path.name == "post.md" else (name,)
    return ground_of(workspace, name, [workspace.load_transcript(one) for one in ids])


def _recipe_of(workspace: shelf.Workspace, path: Path, ground: Ground) -> Recipe | None:
    """How a page would be made now."""
    if path.name == "post.md":
        return read_draft(workspace, ground.name).recipe
    notes = read_notes(ground.transcript, workspace) if path.name == "notes.md" else None
    return notes.recipe if notes is not None else None


def corrected_lines(workspace: shelf.Workspace, ground: Ground) -> Iterator[tuple[int, LineEdit]]:
    """The lines that a person put right, as a page counts them, each with what was heard and what they wrote."""
    segments = ground.transcript.segments
    for name, first, last in [(s.id, s.first, s.last) for s in ground.sessions] or [(ground.name, 0, len(segments))]:
        for edit in workspace.corrections(name).lines:
            line = first + edit.line
            if line < last and segments[line].text == edit.after:
                yield line, edit


def _in_quotes(text: str) -> str:
    """A text as JSON has it between quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _replacer(names: Mapping[str, str]) -> Callable[[str], str]:
    """A function that puts all names in at once, at word boundaries, so that two speakers may change names."""
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first))
    return lambda text: pattern.sub(lambda match: names[match[0]], text)
