"""Chunk by chunk: each is read under every frame and voice, titled, and entered in the ledger.

In: a transcript and its chunks. Out: `Notes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from scribe.asking import ask
from scribe.claims import join_alike
from scribe.frames import Frame, prompts
from scribe.notes.budget import check
from scribe.notes.length import within_words
from scribe.notes.overview import Merge, overview_of
from scribe.notes.recipe import recipe_of, title_of
from scribe.notes.titles import Titles
from scribe.records import Chunk, Claim, Coverage, Notes, Passage, Record, ScribeError, Segment, Topic, Transcript
from scribe.simulators import Simulator
from scribe.structure import references, sentences_of, structured

Progress = Callable[[int, int], None]
"""Called with the chunks done and the chunks there are."""

WINDOW = 8
"""Chunks handed to the simulator in one call: enough to keep a server or a batch busy, and few to ask again singly."""


class Heard(Record):
    """What the voices made of one chunk."""

    claims: tuple[Claim, ...] = ()
    faults: tuple[str, ...] = ()
    """Voices that could not be read, and why."""
    is_heard: bool = False
    """Whether any voice could be read."""


def summarise(
    transcript: Transcript,
    chunks: Sequence[Chunk],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None = None,
    voices: Sequence[str] | None = None,
    merge: Merge = "hierarchical",
    on_progress: Progress | None = None,
) -> Notes:
    """Read every chunk and write the notes, at most `words` long where a bound is given.

    A chunk that the simulator fails on, or of which no voice can be read, is entered as failed and the others go on.
    Raises ScribeError for an unknown voice and, before anything is asked, for a chunk that the context does not hold.
    """
    readers = readers_of(frames, voices)
    check(transcript, chunks, simulator, frames, voices)
    titles = Titles(simulator, frames)
    topics: list[Topic] = []
    passages: list[Passage] = []
    for start in range(0, len(chunks), WINDOW):
        window = chunks[start : start + WINDOW]
        sources = [transcript.segments[chunk.first : chunk.last] for chunk in window]
        heard = _read(sources, simulator, readers, voices=voices, title=transcript.id)
        read = [(chunk, lines, one) for chunk, lines, one in zip(window, sources, heard, strict=True) if one.is_heard]
        named = titles.of([(lines, one.claims) for _, lines, one in read])
        for title, (chunk, _, one) in zip(named, read, strict=True):
            topics.append(Topic(title=title, first=chunk.first, last=chunk.last, claims=one.claims))
        for place, (lines, one) in enumerate(zip(sources, heard, strict=True), start=start + 1):
            reason = "; ".join(one.faults) or None
            passages.extend(_ledger_of(lines, "summarised" if one.is_heard else "failed", reason))
            if on_progress:
                on_progress(place, len(chunks))
    overview = overview_of(transcript, topics, simulator, frames, words=words, merge=merge)
    said = sentences_of(transcript)
    topics = structured(topics, transcript.segments, said)
    if words is not None:
        overview, topics = within_words(overview, topics, words)
    return Notes(
        transcript_id=transcript.id,
        title=title_of(transcript),
        overview=tuple(overview),
        topics=tuple(topics),
        references=tuple(references(transcript.segments, said)),
        coverage=Coverage(passages=tuple(passages)),
        recipe=recipe_of(transcript, simulator, frames, words=words, voices=voices, merge=merge),
    )


def readers_of(frames: Mapping[str, Frame], voices: Sequence[str] | None) -> list[Frame]:
    """The frames under which every chunk is read: those of stage notes that ask no question.

    Raises ScribeError for a voice that none of them has, and where there is no such frame.
    """
    readers = [f for f in frames.values() if f.stage == "notes" and "{about}" not in f.scene]
    known = {voice.name for frame in readers for voice in frame.voices}
    if strangers := [v for v in voices or () if v not in known]:
        raise ScribeError(f"unknown voice {strangers[0]!r}; known: {', '.join(sorted(known))}")
    if not readers:
        raise ScribeError("no frame of stage notes was found; expected key-points.md or another in prompts/")
    return readers


def _read(
    sources: Sequence[Sequence[Segment]],
    simulator: Simulator,
    readers: Sequence[Frame],
    *,
    voices: Sequence[str] | None,
    title: str,
) -> list[Heard]:
    """Read chunks under every frame and voice: all that one frame asks of them in one call."""
    claims: list[list[Claim]] = [[] for _ in sources]
    faults: list[list[str]] = [[] for _ in sources]
    heard: set[int] = set()
    failed = {place for place, lines in enumerate(sources) if all(line.doubt is not None for line in lines)}
    for frame in readers:
        wanted = [v.name for v in frame.voices if voices is None or v.name in voices]
        left = [place for place in range(len(sources)) if wanted and place not in failed]
        groups = [prompts(frame, sources[place], title=title, voices=wanted) for place in left]
        for place, answer in zip(left, ask(groups, simulator, frame.sampling), strict=True):
            if isinstance(answer, ScribeError):
                failed.add(place)
                faults[place] = [str(answer)]
                continue
            claims[place] += [claim for reading in answer for claim in reading.claims]
            faults[place] += [reading.fault for reading in answer if reading.fault]
            if not all(reading.fault for reading in answer):
                heard.add(place)
    return [
        Heard(
            claims=tuple(_interleaved(join_alike(claims[place]))),
            faults=tuple(faults[place]),
            is_heard=place in heard - failed,
        )
        for place in range(len(sources))
    ]


def _ledger_of(
    sources: Sequence[Segment], outcome: Literal["summarised", "failed"], reason: str | None = None
) -> list[Passage]:
    """What became of one chunk's lines: doubtful ones were hidden from it."""
    passages = []
    for is_hidden, run in groupby(sources, key=lambda segment: segment.doubt is not None):
        lines = list(run)
        passages.append(
            Passage(
                first=lines[0].index,
                last=lines[-1].index + 1,
                outcome="hidden" if is_hidden else outcome,
                reason=(lines[0].doubt or "")[:200] if is_hidden else reason,
            )
        )
    return passages


def _interleaved(claims: Sequence[Claim]) -> list[Claim]:
    """The first claim of every kind, then the second of every kind, and so on: what a shorter version would keep."""
    seen: Counter[str] = Counter()
    ranked = []
    for claim in claims:
        ranked.append((seen[claim.kind], claim))
        seen[claim.kind] += 1
    return [claim for _, claim in sorted(ranked, key=lambda one: one[0])]
