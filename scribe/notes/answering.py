"""Notes that answer one question, from the lines most relevant to it.

In: a transcript and a question. Out: `Notes` whose overview is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from scribe.evidence import names_topic, relevance
from scribe.frames import Frame, prompts
from scribe.notes.asking import claims_of, frame_named, named_title, recipe_of, tokens_for
from scribe.notes.length import within_words
from scribe.records import Claim, Coverage, Notes, Passage, Segment, Transcript
from scribe.simulators import Simulator

ANSWER_WORDS = 120
"""Length of an answer where no bound is given."""

SOURCE_WORDS_FOR_ANSWER = 3_000
"""Most words of lines shown to answer one question: about twenty minutes of talk."""


_REASONS = {
    "summarised": None,
    "skipped": "not among the lines most relevant to the question",
    "hidden": "doubtful",
}


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
    frame = frame_named(frames, "answer")
    sampling = frame.sampling.model_copy(update={"max_tokens": tokens_for(words or ANSWER_WORDS)})
    claims: list[Claim] = []
    if sources:
        claims = claims_of(prompts(frame, sources, title=transcript.id, about=question), simulator, sampling)
    if words is not None:
        claims, _ = within_words(claims, [], words)
    return Notes(
        transcript_id=transcript.id,
        title=named_title(transcript.id),
        about=question,
        overview=tuple(claims),
        coverage=Coverage(passages=_ledger_of(transcript, {s.index for s in sources})),
        recipe=recipe_of(transcript, simulator, {"answer": frame}, words=words, about=question),
    )


def _relevant(transcript: Transcript, question: str) -> list[Segment]:
    """The lines to answer a question from, in order: the most relevant, as many as may be shown."""
    segments = [segment for segment in transcript.segments if segment.doubt is None]
    if not names_topic(question):
        return segments
    scores = relevance(question, [f"{s.speaker or ''} {s.text}" for s in segments])
    chosen: list[int] = []
    used = 0
    for i in sorted((i for i in range(len(segments)) if scores[i] > 0), key=lambda i: (-scores[i], i)):
        used += len(segments[i].text.split())
        if used > SOURCE_WORDS_FOR_ANSWER and chosen:
            break
        chosen.append(i)
    return [segments[i] for i in sorted(chosen)]


def _ledger_of(transcript: Transcript, shown: set[int]) -> tuple[Passage, ...]:
    """Stretches shown and stretches skipped, in order."""
    passages: list[Passage] = []
    for segment in transcript.segments:
        outcome: Literal["summarised", "skipped", "hidden"] = "summarised" if segment.index in shown else "skipped"
        if segment.doubt is not None:
            outcome = "hidden"
        if passages and passages[-1].outcome == outcome:
            passages[-1] = passages[-1].model_copy(update={"last": segment.index + 1})
        else:
            reason = _REASONS[outcome]
            passages.append(Passage(first=segment.index, last=segment.index + 1, outcome=outcome, reason=reason))
    return tuple(passages)
