"""How large a chunk may be, and whether all of them fit, before anything is spent.

In: a simulator, frames, chunks. Out: a number of tokens, or a ScribeError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scribe.asking import MOST_SHOWN_TOKENS, SPARE_TOKENS, room_tokens
from scribe.frames import Frame, prompts, render_record
from scribe.records import Chunk, Prompt, Sampling, ScribeError, Segment, Transcript
from scribe.simulators import Simulator

LEAST_CHUNK_TOKENS = 200
"""A simulator whose context leaves less than this for a chunk cannot read a conversation."""


def budget(
    simulator: Simulator, frames: Mapping[str, Frame], voices: Sequence[str] | None = None, *, title: str = ""
) -> int:
    """Tokens of the record that a chunk may have, by the simulator's own count.

    The context, less the longest frame around the record and what it is to yield; at most `MOST_SHOWN_TOKENS`. A
    fiftieth is kept for what lines have more joined than apart. Raises ScribeError where hardly anything is left.
    """
    room = _room(simulator, frames, voices, title)
    if room < LEAST_CHUNK_TOKENS:
        raise ScribeError(
            f"{simulator.name}: a context of {simulator.context} tokens leaves {room} for the record, expected "
            f"{LEAST_CHUNK_TOKENS} at least; use a simulator with a larger context or shorter frames"
        )
    return min(room - max(SPARE_TOKENS, room // 50), MOST_SHOWN_TOKENS)


def check(
    transcript: Transcript,
    chunks: Sequence[Chunk],
    simulator: Simulator,
    frames: Mapping[str, Frame],
    voices: Sequence[str] | None = None,
) -> None:
    """Raise ScribeError for the first chunk that does not fit the simulator's context with what is around it."""
    room = _room(simulator, frames, voices, transcript.id)
    for chunk in chunks:
        check_lines(transcript.segments[chunk.first : chunk.last], room, simulator)


def check_lines(lines: Sequence[Segment], room: int, simulator: Simulator) -> None:
    """Raise ScribeError where `room` tokens do not hold the lines as a record."""
    shown = [line for line in lines if line.doubt is None]
    if (found := simulator.count(render_record(shown))) > room:
        what = f"line {shown[0].index} has" if len(shown) == 1 else f"lines {shown[0].index}-{shown[-1].index} have"
        raise ScribeError(
            f"{what} {found} tokens, and {simulator.name} has room for {room} of the record beside its frames; cut "
            "them into shorter ones in the transcript, or use a simulator with a larger context"
        )


def _room(simulator: Simulator, frames: Mapping[str, Frame], voices: Sequence[str] | None, title: str) -> int:
    """Tokens left for the record under the longest frame that shows one to every chunk."""
    around = _around(frames, voices, title)
    return min((room_tokens(simulator, made, sampling) for made, sampling in around), default=simulator.context)


def _around(
    frames: Mapping[str, Frame], voices: Sequence[str] | None, title: str
) -> Iterator[tuple[list[Prompt], Sampling]]:
    """What stands around the record: every frame that each chunk is shown in, less the record."""
    for frame in frames.values():
        if frame.stage not in ("notes", "proposition") or "{about}" in frame.scene or "{record}" not in frame.scene:
            continue
        reads = [v.name for v in frame.voices if frame.stage == "proposition" or voices is None or v.name in voices]
        yield prompts(frame, (), title=title, voices=reads), frame.sampling
