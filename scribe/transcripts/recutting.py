"""Segments too long to read or to show a simulator -> shorter ones.

In: a transcript. Out: the same words in segments of bounded length. Times inside a cut segment are
shared out by characters, since most monsters (a file that is one paragraph) carry nothing better.
"""

from __future__ import annotations

import re

from scribe.records import ScribeError, Segment, Transcript, Word
from scribe.transcripts.turns import count_of

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]{0,3}\s|[。！？]")


def recut(transcript: Transcript, max_chars: int = 12_000) -> tuple[Transcript, str | None]:
    """The transcript with every segment at most `max_chars` long, and a sentence on what was cut, or None.

    Cuts fall at sentence ends, else between words, else anywhere. Indices count anew.
    """
    if max_chars < 1:
        raise ScribeError(f"recut: expected max_chars of at least 1, found {max_chars}")
    long = sum(len(segment.text) > max_chars for segment in transcript.segments)
    if not long:
        return transcript, None
    segments: list[Segment] = []
    for segment in transcript.segments:
        for piece in _cut(segment, max_chars) if len(segment.text) > max_chars else [segment]:
            segments.append(piece.model_copy(update={"index": len(segments)}))
    made = len(segments) - len(transcript.segments) + long
    note = f"{count_of(long, 'segment')} of more than {max_chars} characters cut into {made}"
    if transcript.is_timed:
        note += "; times in between are shared out by length"
    return transcript.model_copy(update={"segments": tuple(segments)}), note


def _cut(segment: Segment, max_chars: int) -> list[Segment]:
    edges = _edges(segment.text, max_chars)
    words = _split_words(segment, edges[1:])
    whole = len(segment.text)
    pieces: list[Segment] = []
    for first, last, own in zip(edges, edges[1:], words, strict=False):
        text = segment.text[first:last].strip()
        if not text and not own:
            continue
        update: dict[str, object] = {"text": text, "words": own}
        if segment.start is not None and segment.end is not None:
            length = segment.end - segment.start
            update["start"] = min(segment.end, segment.start + length * (first / whole))
            update["end"] = min(segment.end, segment.start + length * (last / whole))
        pieces.append(segment.model_copy(update=update))
    return pieces


def _edges(text: str, max_chars: int) -> list[int]:
    """Where to cut: 0, then the end of each piece."""
    edges = [0]
    while len(text) - edges[-1] > max_chars:
        at = edges[-1]
        window = text[at : at + max_chars + 1]
        ends = [match.end() for match in _SENTENCE_END.finditer(window)]
        cut = next((end for end in reversed(ends) if 0 < end <= max_chars + 1), 0)
        cut = cut or max(window.rfind(" "), window.rfind("\n")) + 1
        if cut > max_chars and not window[max_chars].isspace():
            cut = max_chars
        edge = at + (cut or max_chars)
        while edge < len(text) and text[edge].isspace():
            edge += 1
        edges.append(edge)
    edges.append(len(text))
    return edges


def _split_words(segment: Segment, ends: list[int]) -> list[tuple[Word, ...]]:
    """The words of each piece, by where each word stands in the text."""
    pieces: list[list[Word]] = [[] for _ in ends]
    cursor = 0
    piece = 0
    for word in segment.words:
        token = word.text.strip()
        at = segment.text.find(token, cursor, cursor + len(token) + 64) if token else -1
        if at >= 0:
            cursor = at + len(token)
        while piece < len(ends) - 1 and (at if at >= 0 else cursor) >= ends[piece]:
            piece += 1
        pieces[piece].append(word)
    return [tuple(words) for words in pieces]
