"""The whole session in a paragraph, written from the first claims of every topic.

In: topics with their claims. Out: claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scribe.claims import lines_of, minutes_by_topic
from scribe.frames import Frame, prompts
from scribe.notes.asking import claims_of, frame_named, tokens_for
from scribe.records import Claim, ScribeError, Segment, Topic, Transcript
from scribe.simulators import Simulator

OVERVIEW_SHARE = 0.35
"""Part of a bound on the words that the overview may take."""


def overview_of(
    transcript: Transcript,
    topics: Sequence[Topic],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    words: int | None,
) -> list[Claim]:
    """The whole session in a paragraph; where the simulator fails, the first claim of every topic stands for it."""
    frame = frame_named(frames, "overview")
    sampling = frame.sampling
    if words is not None:
        sampling = sampling.model_copy(update={"max_tokens": tokens_for(max(12, int(words * OVERVIEW_SHARE)))})
    told = _what_fits(topics, transcript, simulator)
    if not told:
        return []
    made = prompts(frame, _sources(told, transcript), title=transcript.id, claims=minutes_by_topic(told))[:1]
    try:
        return claims_of(made, simulator, sampling)
    except ScribeError:
        return [claims[0] for _, claims in told]


def _what_fits(topics: Sequence[Topic], transcript: Transcript, simulator: Simulator) -> list[tuple[str, list[Claim]]]:
    """The first claims of every topic; fewer of each, then every other topic, until half the context holds them."""
    depth, step = 6, 1
    while True:
        telling = [
            (topic.title, [c for c in topic.claims if c.cites and c.kind != "action"]) for topic in topics[::step]
        ]
        told = [(title, claims[:depth]) for title, claims in telling if claims]
        shown = " ".join(s.text for s in _sources(told, transcript))
        if len(told) <= 1 or simulator.count(minutes_by_topic(told)) + simulator.count(shown) <= simulator.context // 2:
            return told
        depth, step = (depth // 2, step) if depth > 1 else (1, 2 * step)


def _sources(told: Sequence[tuple[str, list[Claim]]], transcript: Transcript) -> list[Segment]:
    return lines_of((claim for _, claims in told for claim in claims), transcript)
