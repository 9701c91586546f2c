"""Chunks -> Notes: every chunk read under every notes frame, then an overview of the whole.

In: a transcript, its chunks, a simulator and frames. Out: `Notes` with the ledger that says what became of every
chunk. It knows nothing of files: the pipeline hands it values and takes a record back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from scribe import __version__
from scribe.claims import join_alike, read_bullets, read_sentences
from scribe.evidence import cite, names_topic, relevance
from scribe.frames import Frame, prompts
from scribe.language import content_words
from scribe.notes.length import count_words, within_words
from scribe.records import (
    Chunk,
    Claim,
    Coverage,
    Notes,
    Passage,
    Prompt,
    Recipe,
    Sampling,
    ScribeError,
    Segment,
    Topic,
    Transcript,
)
from scribe.simulators import Simulator

__all__ = ["answer", "count_words", "named_title", "readers_of", "summarise"]

OVERVIEW_SHARE = 0.35
"""Part of a bound on the words that the overview may take."""

ANSWER_WORDS = 120
"""Length of an answer where no bound is given."""

SOURCE_WORDS_FOR_ANSWER = 3_000
"""Most words of lines shown to answer one question: about twenty minutes of talk."""

Progress = Callable[[int, int], None]


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
    passages: list[Passage] = []
    for done, chunk in enumerate(chunks):
        sources = transcript.segments[chunk.first : chunk.last]
        try:
            claims = _read(sources, simulator, readers, voices=voices, title=transcript.id)
            title = _title(sources, simulator, frames, taken={t.title for t in topics})
        except ScribeError as error:
            passages.append(Passage(first=chunk.first, last=chunk.last, outcome="failed", reason=str(error)))
        else:
            passages.append(Passage(first=chunk.first, last=chunk.last, outcome="summarised"))
            topics.append(Topic(title=title, first=chunk.first, last=chunk.last, claims=tuple(claims)))
        if on_progress:
            on_progress(done + 1, len(chunks))
    overview = _overview(transcript, topics, simulator, frames, words=words)
    if words is not None:
        overview, topics = within_words(overview, topics, words)
    return Notes(
        transcript_id=transcript.id,
        title=named_title(transcript.id),
        overview=tuple(overview),
        topics=tuple(topics),
        coverage=Coverage(passages=tuple(passages)),
        recipe=_recipe(transcript, simulator, frames, words=words, voices=voices),
    )


def answer(
    transcript: Transcript,
    question: str,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None = None,
) -> Notes:
    """Notes that answer one question from the lines most relevant to it, at most `words` long.

    A question that names no topic ("Summarise the meeting") is answered from the whole record.
    """
    sources = _relevant(transcript, question)
    frame = _frame(frames, "answer")
    sampling = frame.sampling.model_copy(update={"max_tokens": _tokens(words or ANSWER_WORDS)})
    claims: list[Claim] = []
    if sources:
        claims = _sample(prompts(frame, sources, title=transcript.id, about=question), simulator, sampling)
    if words is not None:
        claims, _ = within_words(claims, [], words)
    return Notes(
        transcript_id=transcript.id,
        title=named_title(transcript.id),
        about=question,
        overview=tuple(claims),
        coverage=Coverage(passages=_ledger_of(transcript, {s.index for s in sources})),
        recipe=_recipe(transcript, simulator, {"answer": frame}, words=words, about=question),
    )


def named_title(transcript_id: str) -> str:
    """A title made of a file's stem.

    >>> named_title("simulators-seminar_03")
    'Simulators seminar 03'
    """
    spaced = re.sub(r"[_\s-]+", " ", transcript_id).strip()
    return spaced[:1].upper() + spaced[1:]


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
            claims.extend(_sample(made, simulator, frame.sampling))
    return _interleaved(join_alike(claims))


def _interleaved(claims: Sequence[Claim]) -> list[Claim]:
    """The first claim of every kind, then the second of every kind, and so on: what a shorter version would keep."""
    seen: Counter[str] = Counter()
    ranked = []
    for claim in claims:
        ranked.append((seen[claim.kind], claim))
        seen[claim.kind] += 1
    return [claim for _, claim in sorted(ranked, key=lambda one: one[0])]


def _sample(made: Sequence[Prompt], simulator: Simulator, sampling: Sampling) -> list[Claim]:
    """Claims of all samples of all prompts, in order."""
    claims: list[Claim] = []
    for prompt, completions in zip(made, simulator.sample(made, sampling), strict=True):
        read = read_bullets if prompt.yields == "bullets" else read_sentences
        for completion in completions:
            claims.extend(read(prompt, completion))
    return claims


def _title(sources: Sequence[Segment], simulator: Simulator, frames: Mapping[str, Frame], *, taken: set[str]) -> str:
    """Of the titles offered, the first that shares least with those that other topics have."""
    frame = _frame(frames, "title")
    (offered,) = simulator.sample(prompts(frame, sources)[:1], frame.sampling)
    titles = [re.sub(r"\s+", " ", c.text.strip().split("\n")[0]).strip(' #*"“”.')[:120] for c in offered]
    titles = [t for t in titles if t and t.lower() != "none" and t not in taken]
    used = Counter(word for title in taken for word in content_words(title))
    return min(titles, key=lambda t: sum(used[word] for word in content_words(t)), default="Untitled stretch")


def _overview(
    transcript: Transcript,
    topics: Sequence[Topic],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None,
) -> list[Claim]:
    """The whole session in a paragraph, written from the first claims of every topic."""
    frame = _frame(frames, "overview")
    sampling = frame.sampling
    if words is not None:
        sampling = sampling.model_copy(update={"max_tokens": _tokens(max(12, int(words * OVERVIEW_SHARE)))})
    room = simulator.context // 2
    for depth in (6, 4, 2, 1):
        told = [(topic, [c for c in topic.claims if c.kind != "action"][:depth]) for topic in topics if topic.claims]
        written = _written(told)
        lines = sorted({i for _, claims in told for claim in claims for i in claim.cites})
        sources = [transcript.segments[i] for i in lines]
        if simulator.count(written) + simulator.count(" ".join(s.text for s in sources)) <= room:
            break
    else:
        step = max(1, len(told) * 40 // room)
        told = told[::step]
        written = _written(told)
        sources = [transcript.segments[i] for i in sorted({i for _, cs in told for c in cs for i in c.cites})]
    if not sources:
        return []
    made = prompts(frame, sources, title=transcript.id, claims=written)[:1]
    try:
        return _sample(made, simulator, sampling)
    except ScribeError:
        return []


def _written(told: Sequence[tuple[Topic, Sequence[Claim]]]) -> str:
    """Claims under their topics' titles, as a document."""
    parts = []
    for topic, claims in told:
        lines = [f"- {c.speaker + ': ' if c.speaker else ''}{c.text} {cite(c.cites)}" for c in claims]
        parts.append("\n".join([f"### {topic.title}", *lines]))
    return "\n\n".join(parts)


def _relevant(transcript: Transcript, question: str) -> list[Segment]:
    """The lines to answer a question from, in order: the most relevant, as many as may be shown."""
    segments = transcript.segments
    if not segments:
        return []
    if names_topic(question):
        scores = relevance(question, [f"{s.speaker or ''} {s.text}" for s in segments])
        order = sorted(range(len(segments)), key=lambda i: (-scores[i], i))
        order = [i for i in order if scores[i] > 0]
        bound = SOURCE_WORDS_FOR_ANSWER
    else:
        order, bound = list(range(len(segments))), 10**9
    chosen: list[int] = []
    used = 0
    for i in order:
        used += len(segments[i].text.split())
        if used > bound and chosen:
            break
        chosen.append(i)
    return [segments[i] for i in sorted(chosen)]


def _ledger_of(transcript: Transcript, shown: set[int]) -> tuple[Passage, ...]:
    """Stretches shown and stretches skipped, in order."""
    passages: list[Passage] = []
    for segment in transcript.segments:
        outcome: Literal["summarised", "skipped"] = "summarised" if segment.index in shown else "skipped"
        if passages and passages[-1].outcome == outcome:
            passages[-1] = passages[-1].model_copy(update={"last": segment.index + 1})
        else:
            reason = None if outcome == "summarised" else "not among the lines most relevant to the question"
            passages.append(Passage(first=segment.index, last=segment.index + 1, outcome=outcome, reason=reason))
    return tuple(passages)


def _frame(frames: Mapping[str, Frame], name: str) -> Frame:
    if name not in frames:
        raise ScribeError(f"no frame {name!r} was found; known: {', '.join(sorted(frames))}")
    return frames[name]


def _tokens(words: int) -> int:
    """Tokens that hold `words` words of English: about 1.35 each with its punctuation."""
    return max(1, round(words * 1.35))


def _recipe(
    transcript: Transcript,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None,
    voices: Sequence[str] | None = None,
    about: str | None = None,
) -> Recipe:
    settings: dict[str, str | int | float | bool | None] = {"words": words, "about": about}
    settings["voices"] = ",".join(voices) if voices else None
    return Recipe(
        scribe=__version__,
        engine=simulator.recipe,
        source_digest=transcript.recipe.source_digest,
        frames={name: frame.digest for name, frame in frames.items() if frame.stage in ("notes", "overview", "title")},
        settings={key: value for key, value in settings.items() if value is not None},
    )
