"""What a person put right in a transcript, as a layer over what was read or heard, which stays as it is.

In: a raw transcript, and corrections. Out: the transcript as a person says it was; and, on the way back, the raw one.
This module knows nothing of why a line was wrong, and reads and writes no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pydantic import Field

from scribe.records import Record, Segment, Transcript, Word

_EDGE = re.compile(r"^\W+|\W+$")


class LineEdit(Record):
    """One line put right."""

    line: int = Field(ge=0)
    before: str
    """The raw text that it was made on."""
    after: str
    """What the person says was said."""


class Corrections(Record):
    """All that a person put right in one transcript."""

    speakers: dict[str, str] = Field(default_factory=dict)
    """The raw label of a speaker -> their name."""
    lines: tuple[LineEdit, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.speakers and not self.lines


def apply(transcript: Transcript, corrections: Corrections) -> Transcript:
    """A raw transcript with its corrections; an edit that was made on other words than a line's is left out.

    A corrected line has no doubt, as a person listened to it. It keeps those of its words that are still in the text,
    with their times.
    """
    texts = {edit.line: edit.after for edit in corrections.lines if _fits(edit, transcript)}
    if not texts and not corrections.speakers:
        return transcript
    shown = tuple(_shown(segment, texts.get(segment.index), corrections) for segment in transcript.segments)
    return transcript.model_copy(update={"segments": shown})


def left_out(transcript: Transcript, corrections: Corrections) -> list[LineEdit]:
    """The edits that do not fit a raw transcript: it was heard anew, or has fewer lines."""
    return [edit for edit in corrections.lines if not _fits(edit, transcript)]


def taken_off(transcript: Transcript, raw: Transcript | None, corrections: Corrections) -> Transcript:
    """The raw transcript behind one that is to be kept: what it has from the layer is as `raw` has it.

    Speakers, and what was said, are looked at apart: whoever changes the one of a line does not make the other raw.
    Where no raw one lies there, the edits tell it, but for the words that they replaced.
    """
    if raw is None:
        return transcript.model_copy(update={"segments": tuple(_told_raw(transcript, corrections))})
    layered = apply(raw, corrections)
    pairs = [*zip(raw.segments, layered.segments, strict=True), *[None] * len(transcript.segments)]
    segments = tuple(
        segment if pair is None else _bared(segment, *pair)
        for segment, pair in zip(transcript.segments, pairs, strict=False)
    )
    return transcript.model_copy(update={"segments": segments})


def _told_raw(transcript: Transcript, corrections: Corrections) -> Iterator[Segment]:
    texts = {(edit.line, edit.after): edit.before for edit in corrections.lines}
    labels = {name: label for label, name in corrections.speakers.items()}
    for segment in transcript.segments:
        speaker = labels.get(segment.speaker or "", segment.speaker)
        text = texts.get((segment.index, segment.text), segment.text)
        is_same = (speaker, text) == (segment.speaker, segment.text)
        yield segment if is_same else segment.model_copy(update={"speaker": speaker, "text": text})


def _fits(edit: LineEdit, transcript: Transcript) -> bool:
    return edit.line < len(transcript.segments) and transcript.segments[edit.line].text == edit.before


def _shown(segment: Segment, text: str | None, corrections: Corrections) -> Segment:
    update: dict[str, object] = {}
    if segment.speaker is not None and (name := corrections.speakers.get(segment.speaker)):
        update["speaker"] = name
    if text is not None:
        update |= {"text": text, "doubt": None, "words": _still_said(segment.words, text)}
    return segment.model_copy(update=update) if update else segment


def _still_said(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words that a text still has, in order, spelt as it spells them; how sure a recogniser was is past."""
    tokens = text.split()
    same = SequenceMatcher(None, [_bare(w.text) for w in words], [_bare(t) for t in tokens], autojunk=False)
    return tuple(
        _respelt(words[block.a + n], tokens[block.b + n])
        for block in same.get_matching_blocks()
        for n in range(block.size)
    )


def _respelt(word: Word, token: str) -> Word:
    lead = word.text[: len(word.text) - len(word.text.lstrip())]
    return word.model_copy(update={"text": lead + token, "probability": None})


def _bare(word: str) -> str:
    """A word to be compared, without capitals and marks around it; what is nothing but marks stays."""
    word = word.strip()
    return _EDGE.sub("", word).casefold() or word


def _bared(segment: Segment, raw: Segment, layered: Segment) -> Segment:
    update: dict[str, object] = {}
    if segment.speaker == layered.speaker:
        update["speaker"] = raw.speaker
    if (segment.text, segment.words, segment.doubt) == (layered.text, layered.words, layered.doubt):
        update |= {"text": raw.text, "words": raw.words, "doubt": raw.doubt}
    return segment.model_copy(update=update) if update else segment
