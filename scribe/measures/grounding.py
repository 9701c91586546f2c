"""Grounding by log-loss: how much likelier a claim's own lines make it than other lines of the session do.

In: a claim's text, its lines, other lines, a simulator that can score. Out: a gain in nats.

    gain = log p(claim | its lines) − mean_k log p(claim | other lines_k)

The other lines are stretches of the same session, as long in tokens and put into the same document, so that a gain is
owed to these lines and not to the subject or the people. It is evidence beside the words that a claim shares with its
lines, not in place of it: a paraphrase gains without sharing a word, and so does a claim that denies what its lines
say, since they speak of the same. Hence a verdict stays with code, and the gain stands beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from scribe.measures.documents import cut_alike, lines_told
from scribe.records import Claim, Notes, Record, Segment, Topic, Transcript
from scribe.simulators import Simulator

STRETCHES = 3
"""Other stretches that a claim's lines are compared with, where the session has as many."""

NO_LIKELIER = "its lines make it no likelier than others do"
"""The reason a claim is given where its gain is not above the rounding error."""

_DOCUMENT = "From the record of a session:\n{lines}\n\nWhat these lines say, in one sentence:\n"


class Grounding(Record):
    """What a claim's own lines do for it."""

    gain: float
    """Nats."""
    per_token: float
    """Nats per token of the claim."""
    noise: float
    """What `gain` may be off by from rounding, in nats."""
    tokens: int
    beaten: int
    """How many of the other stretches make the claim less likely, by more than rounding does."""
    others: int

    @property
    def is_grounded(self) -> bool:
        """Whether its lines make the claim likelier at all."""
        return self.gain > self.noise


def grounding(
    claim_text: str, own: Sequence[Segment], others: Sequence[Sequence[Segment]], simulator: Simulator
) -> Grounding | None:
    """Weigh a claim against its own lines and against each of `others`, all cut to one length; raises CannotScore.

    None where either has no line, or the claim no text.
    """
    told = [text for lines in others if (text := lines_told(lines))]
    own_text = lines_told(own)
    if not claim_text.strip() or not own_text or not told:
        return None
    scores = [
        simulator.score(_DOCUMENT.format(lines=lines), [claim_text.strip()])[0]
        for lines in cut_alike([own_text, *told], simulator.count)
    ]
    mine, *theirs = scores
    gain = mine.logprob - sum(score.logprob for score in theirs) / len(theirs)
    return Grounding(
        gain=gain,
        per_token=gain / max(mine.tokens, 1),
        noise=mine.noise + sum(score.noise for score in theirs) / len(theirs),
        tokens=mine.tokens,
        beaten=sum(mine.logprob - score.logprob > mine.noise + score.noise for score in theirs),
        others=len(theirs),
    )


def other_stretches(claim_text: str, cites: Sequence[int], transcript: Transcript) -> list[tuple[Segment, ...]]:
    """Up to STRETCHES stretches elsewhere in the session, none with a line of the claim's, as many characters long.

    Which they are depends on the claim's text alone, so that the same claim is weighed against the same lines again.
    """
    cited = set(cites)
    shown = [segment for segment in transcript.segments if segment.doubt is None]
    wanted = sum(len(segment.text) for segment in shown if segment.index in cited)
    starts = [place for place, segment in enumerate(shown) if segment.index not in cited]
    seed = int.from_bytes(hashlib.sha256(claim_text.encode("utf-8", "replace")).digest()[:8])
    found: list[tuple[Segment, ...]] = []
    used: set[int] = set()
    for start in np.random.default_rng(seed).permutation(starts).tolist():
        stretch = _stretch(shown, start, wanted, cited | used)
        if sum(len(segment.text) for segment in stretch) >= wanted:
            found.append(stretch)
            used |= {segment.index for segment in stretch}
        if len(found) == STRETCHES:
            break
    return found


def _stretch(shown: Sequence[Segment], start: int, characters: int, taken: set[int]) -> tuple[Segment, ...]:
    """Lines from `start` on until they hold so many characters, less those that are taken."""
    lines: list[Segment] = []
    held = 0
    for segment in shown[start:]:
        if segment.index in taken or held >= characters:
            break
        lines.append(segment)
        held += len(segment.text)
    return tuple(lines)


def grounded(
    notes: Notes, transcript: Transcript, simulator: Simulator, *, on_progress: Callable[[int, int], None] | None = None
) -> Notes:
    """Notes whose claims' support says what their own lines do for them, replies too; verdicts stay as they are.

    A claim that cites no line, or of a session too short for other lines, stays as it is. Raises CannotScore.
    """
    every = [*notes.overview, *(claim for topic in notes.topics for claim in topic.claims)]
    done = 0

    def weigh(claim: Claim) -> Claim:
        nonlocal done
        weighed = _weighed(claim, transcript, simulator)
        done += 1
        if on_progress:
            on_progress(done, len(every))
        return weighed

    def weigh_topic(topic: Topic) -> Topic:
        return topic.model_copy(update={"claims": tuple(weigh(claim) for claim in topic.claims)})

    overview = tuple(weigh(claim) for claim in notes.overview)
    return notes.model_copy(update={"overview": overview, "topics": tuple(map(weigh_topic, notes.topics))})


def _weighed(claim: Claim, transcript: Transcript, simulator: Simulator) -> Claim:
    nested = {
        name: tuple(_weighed(inner, transcript, simulator) for inner in getattr(claim, name))
        for name in ("reasons", "replies", "against")
    }
    own = [transcript.segments[i] for i in claim.cites if i < len(transcript.segments)]
    others = other_stretches(claim.text, claim.cites, transcript)
    found = grounding(claim.text, own, others, simulator)
    if claim.support is None or found is None:
        return claim.model_copy(update=nested)
    reasons = tuple(reason for reason in claim.support.reasons if reason != NO_LIKELIER)
    if not found.is_grounded:
        reasons = (*reasons, NO_LIKELIER)
    support = claim.support.model_copy(update={"grounding": found.per_token, "reasons": reasons})
    return claim.model_copy(update={**nested, "support": support})
