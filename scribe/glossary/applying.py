"""Accepted corrections, made in a transcript: in the lines' text, and in their words with their times.

In: a transcript and corrections. Out: the transcript put right, and at how many places. Doing it again changes nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from scribe.glossary.replacing import Change, changes, replaced, settled
from scribe.glossary.terms import Correction
from scribe.records import Segment, Transcript, Word

_ROUNDS = 20
"""Times that a line is gone over: "the the the" becomes "the the" and that "the", halved each time."""

_Span = tuple[int, int]


def apply(transcript: Transcript, corrections: Sequence[Correction]) -> tuple[Transcript, int]:
    """The transcript with every mishearing replaced, and how many places were changed.

    Whole words are replaced, whatever their capitals, the longest `heard` first; nothing is corrected twice. Words keep
    their times: a run that becomes one word gets the time of all, words that become more share theirs by letters and
    are marked interpolated. What a person put right has no probability.
    """
    wanted = settled(corrections)
    if not wanted:
        return transcript, 0
    done = [_corrected(segment, wanted) for segment in transcript.segments]
    places = sum(count for _, count in done)
    if not places:
        return transcript, 0
    return transcript.model_copy(update={"segments": tuple(segment for segment, _ in done)}), places


def _corrected(segment: Segment, wanted: Sequence[Correction]) -> tuple[Segment, int]:
    text = unicodedata.normalize("NFC", segment.text)
    words = tuple(_composed(word) for word in segment.words)
    if _spans(text, words) is not None:
        text, words, places = _rewritten(text, words, wanted)
    else:  # the words are not the text's: each is put right by itself
        text, _, places = _rewritten(text, (), wanted)
        _, words, in_words = _rewritten(" ".join(word.text.strip() for word in words), words, wanted)
        places = max(places, in_words)
    if not places:
        return segment, 0
    return segment.model_copy(update={"text": text, "words": words}), places


def _composed(word: Word) -> Word:
    if unicodedata.is_normalized("NFC", word.text):
        return word
    return word.model_copy(update={"text": unicodedata.normalize("NFC", word.text)})


def _rewritten(text: str, words: tuple[Word, ...], wanted: Sequence[Correction]) -> tuple[str, tuple[Word, ...], int]:
    """Text, words and the number of places changed."""
    places = 0
    for _ in range(_ROUNDS):
        made = changes(text, wanted)
        if not made:
            break
        spans = _spans(text, words) or []
        words = tuple(_respelt(text, words, spans, made)) if spans else words
        text = replaced(text, made)
        places += len(made)
    return text, words, places


def _spans(text: str, words: Sequence[Word]) -> list[_Span] | None:
    """Where each word stands in its text; None where the text is not these words with spaces between."""
    spans: list[_Span] = []
    at = 0
    for word in words:
        own = word.text.strip()
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if not text.startswith(own, start):
            return None
        at = start + len(own)
        spans.append((start, at))
    return None if words and text[at:].strip() else spans


def _respelt(text: str, words: Sequence[Word], spans: Sequence[_Span], made: Sequence[Change]) -> Iterator[Word]:
    """The words after the changes; changes that touch the same word are made together."""
    at = 0
    for first, last, own in _touched(spans, made):
        yield from words[at:first]
        start, end = spans[first][0], spans[last - 1][1]
        piece = replaced(text[start:end], [Change(c.start - start, c.end - start, c.text) for c in own])
        yield from _timed(piece.split(), words[first:last])
        at = last
    yield from words[at:]


def _touched(spans: Sequence[_Span], made: Sequence[Change]) -> list[tuple[int, int, list[Change]]]:
    """Words `[first, last)` that changes touch, in order, none twice."""
    groups: list[tuple[int, int, list[Change]]] = []
    for change in made:
        touched = [i for i, (start, end) in enumerate(spans) if start < change.end and change.start < end]
        if groups and touched[0] < groups[-1][1]:
            first, _, own = groups.pop()
            groups.append((first, touched[-1] + 1, [*own, change]))
        else:
            groups.append((touched[0], touched[-1] + 1, [change]))
    return groups


def _timed(texts: Sequence[str], old: Sequence[Word]) -> Iterator[Word]:
    """New words with the times of the old ones: one for one, or all of the time shared out by letters."""
    lead = old[0].text[: len(old[0].text) - len(old[0].text.lstrip())]
    if len(texts) == len(old):
        for text, word in zip(texts, old, strict=True):
            yield (
                word
                if word.text.strip() == text
                else word.model_copy(update={"text": lead + text, "probability": None})
            )
        return
    start, end = old[0].start, old[-1].end
    guessed = any(word.interpolated for word in old)
    if len(texts) == 1:
        yield Word(text=lead + texts[0], start=start, end=end, interpolated=guessed)
        return
    letters = list(accumulate(map(len, texts), initial=0))
    for text, first, last in zip(texts, letters, letters[1:], strict=False):
        if start is None or end is None:
            yield Word(text=lead + text)
        else:
            begins, ends = (start + (end - start) * n / letters[-1] for n in (first, last))
            yield Word(text=lead + text, start=begins, end=ends, interpolated=True)
