"""Chunk by chunk: each is read under every frame and voice, titled, and entered in the ledger.

In: a transcript and its chunks. Out: `Notes`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Literal

from scribe.claims import join_alike
from scribe.frames import Frame, prompts
from scribe.language import content_words
from scribe.notes.asking import claims_of, frame_named, named_title, recipe_of
from scribe.notes.length import within_words
from scribe.notes.overview import overview_of
from scribe.records import Chunk, Claim, Coverage, Notes, Passage, ScribeError, Segment, Topic, Transcript
from scribe.simulators import Simulator

Progress = Callable[[int, int], None]
"""Called with the chunks done and the chunks there are."""

UNTITLED = "Untitled stretch"


def summarise(
    transcript: Transcript,
    chunks: Sequence[Chunk],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None = None,
    voices: Sequence[str] | None = None,
    on_progress: Progress | None = None,
) -> Notes:
    """Read every chunk and write the notes, at most `words` long where a bound is given.

    A chunk that the simulator fails on is entered as failed and the others go on; an unknown voice is a ScribeError.
    """
    readers = readers_of(frames, voices)
    topics: list[Topic] = []
    taken: set[str] = set()
    used: Counter[str] = Counter()
    passages: list[Passage] = []
    for done, chunk in enumerate(chunks):
        sources = transcript.segments[chunk.first : chunk.last]
        try:
            claims = _read(sources, simulator, readers, voices=voices, title=transcript.id)
        except ScribeError as error:
            passages.extend(_ledger_of(sources, "failed", str(error)))
        else:
            passages.extend(_ledger_of(sources, "summarised"))
            title = _title(sources, simulator, frames, taken=taken, used=used)
            if title not in taken:
                taken.add(title)
                used.update(content_words(title))
            topics.append(Topic(title=title, first=chunk.first, last=chunk.last, claims=tuple(claims)))
        if on_progress:
            on_progress(done + 1, len(chunks))
    overview = overview_of(transcript, topics, simulator, frames, words=words)
    if words is not None:
        overview, topics = within_words(overview, topics, words)
    return Notes(
        transcript_id=transcript.id,
        title=named_title(transcript.id),
        overview=tuple(overview),
        topics=tuple(topics),
        coverage=Coverage(passages=tuple(passages)),
        recipe=recipe_of(transcript, simulator, frames, words=words, voices=voices),
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
    sources: Sequence[Segment],
    simulator: Simulator,
    readers: Sequence[Frame],
    *,
    voices: Sequence[str] | None,
    title: str,
) -> list[Claim]:
    """Read one chunk under every frame and voice."""
    claims: list[Claim] = []
    for frame in readers:
        wanted = [v.name for v in frame.voices if voices is None or v.name in voices]
        if wanted:
            made = prompts(frame, sources, title=title, voices=wanted)
            claims.extend(claims_of(made, simulator, frame.sampling))
    return _interleaved(join_alike(claims))


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


def _title(
    sources: Sequence[Segment],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    taken: set[str],
    used: Counter[str],
) -> str:
    """Of the titles offered, the first whose words other titles have `used` least; a plain one where none is."""
    frame = frame_named(frames, "title")
    try:
        (offered,) = simulator.sample(prompts(frame, sources)[:1], frame.sampling)
    except ScribeError:
        return UNTITLED
    titles = [re.sub(r"\s+", " ", c.text.strip().split("\n")[0]).strip(' #*"“”.')[:120] for c in offered]
    titles = [t for t in titles if t and t.lower() != "none" and t not in taken]
    return min(titles, key=lambda t: sum(used[word] for word in content_words(t)), default=UNTITLED)
