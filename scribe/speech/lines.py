"""What was heard in all windows -> segments: in the time of the recording, one sentence each.

In: windows in order, and what was heard in each. Out: segments whose texts, joined by spaces, are the texts of all
lines, joined by spaces. It knows nothing of recognisers; why a line is doubtful, `doubts` says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from scribe.language import sentences
from scribe.records import Segment, Word
from scribe.speech.doubts import doubts
from scribe.speech.heard import Heard, Line
from scribe.speech.windows import Window

LONGEST_PAUSE_S = 2.0
"""After a longer pause something new begins, sentence or not."""

LONGEST_S, LONGEST_TEXT = 30.0, 400
"""A segment is what one citation plays and shows; a sentence longer than this is cut."""

_COMMA_S, _LINE_S = 0.5, 0.3
"""What a comma, and the end of a recogniser's line, are worth as seconds of pause where a long sentence is cut."""

_ENDS_SENTENCE = re.compile(r"[。！？｡؟۔।॥։][\"'”’»」』）)\]]*$")
"""Marks that `language.sentences` does not know: CJK, where no space follows, Arabic, Urdu, Devanagari, Armenian."""

_ENDS_CLAUSE = re.compile(r"[,;:、，；：،\-–—][\"'”’»」』）)\]]*$")

_CLOSES = re.compile(r"[^\s「『（《〈【¿¡«“„(\[{]*(?:\s+[.,;:!?…»”)\]}]+)*")
"""Marks after a word that go with it: those that follow at once, and closing ones after a space, as French has them."""

_INITIALISM = re.compile(r"(?:[^\W\d_]\.){2,}$|(?:\.\.\.|…)$")
"""`U.S.`, `a.m.` and an ellipsis end no sentence where a small letter follows."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word with the space before it, or a whole line that came without words."""

    text: str
    start: float
    end: float
    line: int
    doubt: str | None
    probability: float | None = None
    interpolated: bool = False
    is_line: bool = False


def compose(parts: Sequence[tuple[Window, Heard]], *, prompt: str = "") -> tuple[Segment, ...]:
    """Segments of all that was heard, in order; indices count from 0.

    A segment ends at the end of a sentence, before a pause of more than `LONGEST_PAUSE_S`, where lines begin or cease
    to be doubtful, and within sentences longer than `LONGEST_S` or `LONGEST_TEXT` characters, there at the best comma
    or pause. A sentence that runs on from one window to the next is one. A line without words is a segment of its own.
    Lines that hold no letter and no digit are left out; within a line such words go with their neighbour.

    Times never run backwards, and words lie within their segment. `prompt` is what the decoder read before each window.
    """
    groups = (sentence for stretch in _stretches(_in_order(_pieces(parts, prompt))) for sentence in _sentences(stretch))
    return tuple(_segment(index, group) for index, group in enumerate(groups))


# ── Lines into words ─────────────────────────────────────────────────────────────────────────


def _pieces(parts: Sequence[tuple[Window, Heard]], prompt: str) -> list[_Piece]:
    """The words of all lines, and the lines without words, in the time of the recording."""
    found: list[_Piece] = []
    count = 0
    for (window, heard), own in zip(parts, doubts(parts, prompt=prompt), strict=True):
        for line, doubt in zip(heard.lines, own, strict=True):
            if _says_something(line.text):
                found += _of_line(window, line, count, doubt)
                count += 1
    return found


def _of_line(window: Window, line: Line, number: int, doubt: str | None) -> Iterator[_Piece]:
    texts = _texts(line)
    if texts is None:
        span = window.place(line.start, line.end)
        yield _Piece(" " + line.text.strip(), span.start, span.end, number, doubt, is_line=True)
        return
    words = [word for word in line.words if _says_something(word.text)]
    for text, word, (start, end) in zip(texts, words, _times(line, words, texts), strict=True):
        span = window.place(start, end, sliver_s=math.inf)
        untimed = word.interpolated or word.start is None or word.end is None
        yield _Piece(text, span.start, span.end, number, doubt, word.probability, untimed)


def _texts(line: Line) -> list[str] | None:
    """The line cut into its words, each with the space and the marks around it; None where they are not its words.

    Recognisers write words with or without the space before them, and some leave marks out: the line's text decides.
    """
    cuts, end = [0], 0
    for word in line.words:
        if not _says_something(word.text):
            continue
        text = word.text.strip()
        begins = line.text.find(text, end)
        if begins < 0 or _says_something(line.text[end:begins]):
            return None
        if end:
            closing = _CLOSES.match(line.text, end, begins)
            cuts.append(closing.end() if closing else end)
        end = begins + len(text)
    if end == 0 or _says_something(line.text[end:]):
        return None
    texts = [line.text[a:b] for a, b in pairwise([*cuts, len(line.text)])]
    return [" " + texts[0].lstrip(), *texts[1:]]


def _says_something(text: str) -> bool:
    return any(map(str.isalnum, text))


def _times(line: Line, words: Sequence[Word], texts: Sequence[str]) -> list[tuple[float, float]]:
    """Start and end of each word in the window; those without share the time between their neighbours by letters."""
    found: list[tuple[float, float]] = []
    i = 0
    while i < len(words):
        start, end = words[i].start, words[i].end
        if start is not None and end is not None:
            found.append((start, max(start, end)))
            i += 1
            continue
        last = i
        while last < len(words) and (words[last].start is None or words[last].end is None):
            last += 1
        begins = found[-1][1] if found else line.start
        following = words[last].start if last < len(words) else None
        length = max(0.0, (line.end if following is None else following) - begins)
        letters = list(accumulate((len(text.strip()) for text in texts[i:last]), initial=0))
        found += [(begins + length * a / letters[-1], begins + length * b / letters[-1]) for a, b in pairwise(letters)]
        i = last
    return found


def _in_order(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces rounded to hundredths of a second; none starts before the one before it, or ends after the next starts."""
    starts = list(accumulate((round(piece.start, 2) for piece in pieces), max))
    limits = [*starts, math.inf][1:]
    return [
        replace(piece, start=start, end=min(max(start, round(piece.end, 2)), limit))
        for piece, start, limit in zip(pieces, starts, limits, strict=True)
    ]


# ── Words into sentences ─────────────────────────────────────────────────────────────────────


def _stretches(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that may share a segment: no long pause between them, doubtful for the same reason or not at all."""
    stretch: list[_Piece] = []
    for piece in pieces:
        if stretch and (
            piece.is_line
            or stretch[-1].is_line
            or piece.doubt != stretch[-1].doubt
            or piece.start - stretch[-1].end > LONGEST_PAUSE_S
        ):
            yield stretch
            stretch = []
        stretch.append(piece)
    if stretch:
        yield stretch


def _sentences(stretch: Sequence[_Piece]) -> Iterator[Sequence[_Piece]]:
    """A stretch cut at the ends of its sentences, and those that are too long within."""
    for first, last in pairwise([0, *sorted(_sentence_ends(stretch)), len(stretch)]):
        yield from _short_enough(stretch[first:last])


def _sentence_ends(stretch: Sequence[_Piece]) -> set[int]:
    """Places of the pieces that a new sentence begins with; they are found by counting what is no space."""
    if stretch[0].is_line:
        return set()
    lengths = accumulate((sum(map(len, piece.text.split())) for piece in stretch), initial=0)
    place_of = {length: place for place, length in enumerate(lengths)}
    ends = set()
    length = 0
    for sentence in sentences("".join(piece.text for piece in stretch)):
        length += sum(map(len, sentence.split()))
        if (place := place_of.get(length)) is not None:
            ends.add(place)
    ends |= {place for place, piece in enumerate(stretch, start=1) if _ENDS_SENTENCE.search(piece.text)}
    return {place for place in ends if place < len(stretch) and not _runs_on(stretch[place - 1], stretch[place])}


def _runs_on(piece: _Piece, following: _Piece) -> bool:
    """Whether the full stop of a piece is one of an abbreviation."""
    return _INITIALISM.search(piece.text) is not None and following.text.lstrip()[:1].islower()


def _short_enough(sentence: Sequence[_Piece]) -> Iterator[Sequence[_Piece]]:
    """A sentence, cut in its middle third at the best comma or pause until every part is short enough."""
    waiting = [sentence]
    while waiting:
        part = waiting.pop()
        if len(part) == 1 or not _is_long(part):
            yield part
        else:
            cut = _best_cut(part)
            waiting += [part[cut:], part[:cut]]


def _is_long(part: Sequence[_Piece]) -> bool:
    return part[-1].end - part[0].start > LONGEST_S or len(_text(part)) > LONGEST_TEXT


def _best_cut(part: Sequence[_Piece]) -> int:
    """The place within the middle third of the text that is best to cut at: the longest pause, a comma counting as one.

    Of equal places the one nearest to the middle is taken; so is that one where no word ends in the middle third.
    """
    so_far = list(accumulate(len(piece.text) for piece in part))
    whole = so_far[-1]

    def worth(place: int) -> tuple[bool, float, float]:
        piece, following = part[place - 1], part[place]
        pause = following.start - piece.end
        pause += _COMMA_S * (_ENDS_CLAUSE.search(piece.text) is not None) + _LINE_S * (piece.line != following.line)
        is_central = 3 * so_far[place - 1] >= whole and 3 * so_far[place - 1] <= 2 * whole
        return is_central, round(pause, 2) if is_central else 0.0, -abs(2 * so_far[place - 1] - whole)

    return max(range(1, len(part)), key=worth)


def _text(pieces: Sequence[_Piece]) -> str:
    return " ".join("".join(piece.text for piece in pieces).split())


def _segment(index: int, pieces: Sequence[_Piece]) -> Segment:
    words = [
        Word(
            text=" ".join(piece.text.split()),
            start=piece.start,
            end=piece.end,
            probability=None if piece.probability is None else round(piece.probability, 3),
            interpolated=piece.interpolated,
        )
        for piece in pieces
        if not piece.is_line
    ]
    return Segment(
        index=index,
        text=_text(pieces),
        start=pieces[0].start,
        end=pieces[-1].end,
        words=tuple(words),
        doubt=pieces[0].doubt,
    )
