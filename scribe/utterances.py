"""Segments -> Utterances: whole sentences of one speaker, put together from the lines they were spoken over.

In: the segments a prompt shows. Out: sentences made readable, each with the lines it came from. A line is often
half a sentence, and another speaker's "mm-hmm" often stands between two halves; both are seen through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scribe.language import content_words, is_content, sentences, words
from scribe.records import Segment
from scribe.tidy import tidy, without_opener

LONGEST_WORDS = 42
"""A spoken sentence above this is cut at a clause; the mean written sentence has about 20 words."""

_JOIN_WITHIN_S = 6.0
"""A speaker who pauses longer than this begins a new sentence even where no full stop stands."""

_UNPUNCTUATED_WORDS = 24
"""Recogniser text without punctuation is cut after about this many words, at the end of a line."""

_LONGEST_MEAN_WORDS = 40
"""Text with fewer sentence ends than one in this many words was not punctuated by anybody."""

_SENTENCE_END = re.compile(r"[.?!…][\"'”’)]*(?=\s|$)")
_CLAUSE = re.compile(r",\s+(?=(?:and|but|so|because|'cause|cuz|which|then|or|whereas|although)\b)")


@dataclass(frozen=True)
class Utterance:
    """One sentence somebody said."""

    text: str
    cites: tuple[int, ...]
    speaker: str | None
    place: int
    """Its rank in the order of speaking."""
    is_whole: bool
    """Whether it reached its end: a full stop, a question mark, or the end of an unpunctuated line."""
    stems: tuple[str, ...] = field(repr=False)

    @property
    def is_question(self) -> bool:
        """Whether it ends in a question mark."""
        return self.text.endswith("?")


def utterances(segments: Sequence[Segment]) -> list[Utterance]:
    """Whole sentences in the order of their first line."""
    is_written = is_punctuated(segments)
    found: list[tuple[str, tuple[int, ...], str | None, bool]] = []
    for run in _runs(segments, is_written=is_written):
        found.extend(_sentences_of(run, is_written=is_written))
    found.sort(key=lambda one: one[1][0])
    return [
        Utterance(text, cites, speaker, place, is_whole, tuple(content_words(text)))
        for place, (text, cites, speaker, is_whole) in enumerate(found)
    ]


def is_punctuated(segments: Sequence[Segment]) -> bool:
    """Whether somebody, or a recogniser that can, put the sentence ends in."""
    ends = sum(len(_SENTENCE_END.findall(s.text)) for s in segments)
    return ends * _LONGEST_MEAN_WORDS >= sum(len(s.text.split()) for s in segments)


def is_backchannel(text: str) -> bool:
    """Whether a line only says that its speaker is listening: "Yeah.", "Mm-hmm, right."."""
    said = words(text)
    return len(said) <= 4 and not any(is_content(word) for word in said) and "?" not in text and "no" not in said


def _runs(segments: Sequence[Segment], *, is_written: bool) -> Iterator[list[Segment]]:
    """Group the lines of one speaker that belong together; others' backchannels do not part them, lines left out do."""
    run: list[Segment] = []
    before = -1
    for segment in segments:
        if run and segment.index != before + 1:
            yield run
            run = []
        before = segment.index
        if run and is_backchannel(segment.text):
            if segment.speaker != run[-1].speaker or not is_written:
                continue
        elif run and not _goes_on(run, segment, is_written=is_written):
            yield run
            run = []
        if run or not is_backchannel(segment.text):
            run.append(segment)
    if run:
        yield run


def _goes_on(run: Sequence[Segment], segment: Segment, *, is_written: bool) -> bool:
    """Whether `segment` continues the sentence that `run` has left open."""
    last = run[-1]
    if segment.speaker != last.speaker or len(run) >= 12:
        return False
    if segment.start is not None and last.end is not None and segment.start - last.end > _JOIN_WITHIN_S:
        return False
    if not is_written:
        return sum(len(s.text.split()) for s in run) < _UNPUNCTUATED_WORDS
    if re.match(r"[A-Z](?!['’]|\s|$)", segment.text) and not last.text.rstrip().endswith((",", "-")):
        return False
    return not _is_ended(last.text)


def _sentences_of(
    run: Sequence[Segment], *, is_written: bool
) -> Iterator[tuple[str, tuple[int, ...], str | None, bool]]:
    """Cut a run at its sentence ends and say which lines each piece came from."""
    joined = " ".join(s.text for s in run)
    starts: list[int] = []
    at = 0
    for segment in run:
        starts.append(at)
        at += len(segment.text) + 1
    at = 0
    for sentence in sentences(joined) if is_written else [joined]:
        at = joined.index(sentence, at)
        is_whole = not is_written or _is_ended(sentence)
        for piece, offset in _clauses(sentence):
            first, last = at + offset, at + offset + len(piece)
            cites = tuple(
                s.index for s, start in zip(run, starts, strict=True) if start < last and start + len(s.text) > first
            )
            text = _readable(piece)
            if re.search(r"\w", text) and cites:
                yield text, cites, run[0].speaker, is_whole
        at += len(sentence)


def _clauses(sentence: str) -> Iterator[tuple[str, int]]:
    """Cut an over-long sentence before clause openers; each piece with its offset."""
    if len(sentence.split()) <= LONGEST_WORDS:
        yield sentence, 0
        return
    start = 0
    for match in _CLAUSE.finditer(sentence):
        piece = sentence[start : match.start()]
        if len(piece.split()) >= 0.5 * LONGEST_WORDS:
            yield piece, start
            start = match.end()
    yield sentence[start:], start


def _is_ended(text: str) -> bool:
    """Whether a stretch of text ends where a sentence does."""
    return bool(re.search(r"[.?!…][\"'”’)]*\s*$", text))


@lru_cache(maxsize=8192)  # five hours of talk: a section of the post reads again what its notes have read
def _readable(text: str) -> str:
    """Tidy a sentence and close it with a full stop where it has no ending."""
    tidied = tidy(text)
    text = without_opener(tidied)
    if text != tidied:
        text = tidy(text)
    if text and not _is_ended(text):
        text = text.rstrip(",;:-") + "."
    return text


def forget() -> None:
    """Let go of what was remembered of sentences, when their session is done with."""
    _readable.cache_clear()
