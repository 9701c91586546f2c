"""Turns found against turns known -> the diarisation error rate.

In: two sets of turns. Out: how much of the speech was missed, invented, or given to the wrong speaker. It knows nothing
of how turns are found.

The measure is that of NIST's Rich Transcription evaluations (The 2009 (RT-09) Rich Transcription Meeting Recognition
Evaluation Plan, section 6.1), without a collar and with overlapping speech counted. At each moment N_ref people speak
and N_found are found, of whom N_right are the right ones under the one-to-one mapping that is best for the whole
recording: max(N_ref, N_found) - N_right of them are wrong. DER is the integral of that over the integral of N_ref, so
it may be above 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from scribe.records import Record, ScribeError, Span, Turn


class ErrorRate(Record):
    """A diarisation error rate, and its three parts, each as a fraction of the reference's speech."""

    der: float = Field(ge=0)
    missed: float = Field(ge=0)
    false_alarm: float = Field(ge=0)
    confusion: float = Field(ge=0)
    speech_s: float = Field(gt=0)
    """Seconds of speech in the reference; what two people say at once counts twice."""


def error_rate(reference: Sequence[Turn], found: Sequence[Turn], *, uem: Span | None = None) -> ErrorRate:
    """The diarisation error rate of `found`; with `uem` only that stretch is scored.

    A speaker's own turns may overlap and count once. Raises ScribeError where the reference holds no speech.

    >>> known = [Turn(speaker="Ada", start=0, end=6), Turn(speaker="Jan", start=6, end=10)]
    >>> rate = error_rate(known, [Turn(speaker="S1", start=0, end=9)])
    >>> rate.missed, rate.confusion, rate.der
    (0.1, 0.3, 0.4)
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    names = sorted({turn.speaker for turn in reference}), sorted({turn.speaker for turn in found})
    place = [{name: i for i, name in enumerate(own)} for own in names]
    together = np.zeros((len(names[0]), len(names[1])))
    speech = missed = false_alarm = both = 0.0
    for seconds, known, heard in _moments(reference, found, uem):
        speech += seconds * len(known)
        missed += seconds * max(0, len(known) - len(heard))
        false_alarm += seconds * max(0, len(heard) - len(known))
        both += seconds * min(len(known), len(heard))
        for name in known:
            for label in heard:
                together[place[0][name], place[1][label]] += seconds
    if speech <= 0:
        raise ScribeError("error rate: expected speech in the reference, found none; give it turns of some length")
    right = float(together[linear_sum_assignment(together, maximize=True)].sum())
    parts = [round(part / speech, 9) for part in (missed, false_alarm, max(0.0, both - right))]
    return ErrorRate(
        der=round(sum(parts), 9), missed=parts[0], false_alarm=parts[1], confusion=parts[2], speech_s=round(speech, 9)
    )


def _moments(
    reference: Sequence[Turn], found: Sequence[Turn], uem: Span | None
) -> Iterator[tuple[float, set[str], set[str]]]:
    """Stretches in which nobody begins or ends: seconds, who speaks, who is found to."""
    events = sorted(
        (time, change, side, turn.speaker)
        for side, turns in enumerate((reference, found))
        for turn in turns
        if (clipped := _clipped(turn, uem)).end > clipped.start
        for time, change in ((clipped.start, 1), (clipped.end, -1))
    )
    active: tuple[dict[str, int], dict[str, int]] = {}, {}
    ends = [*(time for time, *_ in events[1:]), 0.0]
    for (time, change, side, speaker), following in zip(events, ends, strict=True):
        count = active[side].get(speaker, 0) + change
        active[side][speaker] = count
        if count == 0:
            del active[side][speaker]
        if following > time:
            yield following - time, set(active[0]), set(active[1])


def _clipped(turn: Turn, uem: Span | None) -> Span:
    if uem is None:
        return Span(start=turn.start, end=turn.end)
    return Span(start=max(turn.start, uem.start), end=min(turn.end, uem.end))
