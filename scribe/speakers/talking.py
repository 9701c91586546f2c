"""A transcript's speakers: their turns, and how much each of them talks.

In: a transcript. Out: turns, or one `TalkTime` for each speaker.
"""

from __future__ import annotations

from pydantic import Field

from scribe.records import Record, Segment, Transcript, Turn

_PAUSE_S = 2.0
"""Lines of one speaker with a shorter pause between them, and nobody else's, are one turn."""


class TalkTime(Record):
    """How much one speaker talks."""

    speaker: str
    seconds: float = Field(ge=0)
    """0 where the transcript has no times."""
    share: float = Field(ge=0, le=1)
    """Of all that speakers say: of the seconds, or of the words where there are no times."""
    lines: int = Field(ge=1)
    example: int = Field(ge=0)
    """Index of the line that tells most: their longest without doubt, or else their longest."""


def talk_time(transcript: Transcript) -> list[TalkTime]:
    """Speakers with how much they talk, who talks most first; lines without a speaker do not count."""
    own: dict[str, list[Segment]] = {}
    for segment in transcript.segments:
        if segment.speaker:
            own.setdefault(segment.speaker, []).append(segment)
    seconds = {who: sum(_seconds(segment) for segment in lines) for who, lines in own.items()}
    amounts = seconds
    if not sum(seconds.values()):
        amounts = {who: float(sum(len(segment.text.split()) for segment in lines)) for who, lines in own.items()}
    every = sum(amounts.values())
    found = [
        TalkTime(
            speaker=who,
            seconds=round(seconds[who], 3),
            share=min(1.0, amounts[who] / every) if every else 0.0,
            lines=len(lines),
            example=max(lines, key=lambda segment: (not segment.doubt, len(segment.text), -segment.index)).index,
        )
        for who, lines in own.items()
    ]
    return sorted(found, key=lambda one: -one.share)


def from_sidecar(transcript: Transcript) -> tuple[Turn, ...]:
    """Turns of a transcript whose lines carry speakers and times, in order of time; none of another.

    Lines of one speaker that follow each other are one turn.
    """
    found: list[Turn] = []
    timed = (s for s in transcript.segments if s.speaker and s.start is not None and s.end is not None)
    for segment in sorted(timed, key=lambda s: (s.start or 0.0, s.end or 0.0)):
        turn = Turn(speaker=segment.speaker or "", start=segment.start or 0.0, end=segment.end or 0.0)
        if found and found[-1].speaker == turn.speaker and turn.start - found[-1].end < _PAUSE_S:
            found[-1] = found[-1].model_copy(update={"end": max(found[-1].end, turn.end)})
        else:
            found.append(turn)
    return tuple(turn for turn in found if turn.end > turn.start)


def _seconds(segment: Segment) -> float:
    return segment.end - segment.start if segment.start is not None and segment.end is not None else 0.0
