"""What a person tells of a transcript, put wherever it stands: speakers' names, and corrections of jargon.

In: a workspace, a transcript, and what a person chose. Out: files rewritten; the history has the versions before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from scribe import glossary, shelf, speakers
from scribe.glossary import Correction
from scribe.pipeline.loading import CORRECTED, MERGED, RENAMED
from scribe.records import Record, Transcript

_LABEL = re.compile(r"S\d+|(?i:speaker)[ _]?\d+")
"""What a machine calls a speaker."""


class Edited(Record):
    """What an edit changed."""

    transcript: Transcript
    files: tuple[shelf.Written, ...]
    """*kept* are those that a person wrote in and that were therefore left as they are."""


def name_speakers(workspace: shelf.Workspace, transcript: Transcript, names: Mapping[str, str]) -> Edited:
    """Give speakers the names that a person knows, in the transcript, the notes and the posts.

    A machine's label is replaced also where a person has edited the text; a name is not, for it may be part of what
    they wrote. Raises ScribeError for a speaker that there is not.
    """
    renamed = _noted(speakers.rename(transcript, names), RENAMED, names)
    return _edit(workspace, renamed, names)


def merge_speakers(workspace: shelf.Workspace, transcript: Transcript, merged: Mapping[str, str]) -> Edited:
    """Say that two labels are one speaker's: `{"S3": "S1"}` turns every S3 into S1."""
    return _edit(workspace, _noted(speakers.merge(transcript, merged), MERGED, merged), merged)


def correct(workspace: shelf.Workspace, transcript: Transcript, accepted: Sequence[Correction]) -> tuple[Edited, int]:
    """Apply corrections to the transcript; returns how many places were changed. Notes made of it are not touched."""
    corrected, places = glossary.apply(transcript, accepted)
    corrected = _noted(corrected, CORRECTED, {c.heard: c.meant for c in accepted})
    path = workspace.save_transcript(corrected)
    return Edited(transcript=corrected, files=(shelf.Written(path=path, outcome="written"),)), places


def _noted(transcript: Transcript, edit: str, changes: Mapping[str, str]) -> Transcript:
    """The transcript with an edit entered in its recipe, after those before it."""
    before = transcript.recipe.settings.get(edit)
    told = "; ".join([*([str(before)] if before else []), *(f"{old} = {new}" for old, new in changes.items())])
    recipe = transcript.recipe.model_copy(update={"settings": {**transcript.recipe.settings, edit: told}})
    return transcript.model_copy(update={"recipe": recipe})


def _edit(workspace: shelf.Workspace, transcript: Transcript, names: Mapping[str, str]) -> Edited:
    files = [shelf.Written(path=workspace.save_transcript(transcript), outcome="written")]
    folder = workspace.draft_folder(transcript.id)
    in_text = _replacer(names)
    in_json = _replacer({_in_quotes(old): _in_quotes(new) for old, new in names.items()})
    edited = all(_LABEL.fullmatch(name) for name in names)
    for path in sorted(folder.glob("*.md")) + sorted(folder.glob("*.json")):
        is_json = path.suffix == ".json"
        written = workspace.rewrite(path, in_json if is_json else in_text, edited=edited or is_json)
        files += [written] if written else []
    return Edited(transcript=transcript, files=tuple(files))


def _in_quotes(text: str) -> str:
    """A text as JSON has it between quotes."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _replacer(names: Mapping[str, str]) -> Callable[[str], str]:
    """A function that puts all names in at once, at word boundaries, so that two speakers may change names."""
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first))
    return lambda text: pattern.sub(lambda match: names[match[0]], text)
