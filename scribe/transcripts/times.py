"""Clock strings <-> seconds.

In: `01:02:03.450`, `2:03`, `00:02:03,450`, and what Teams writes. Out: seconds, and back.
This module knows nothing of cues or turns.
"""

from __future__ import annotations

import re

CLOCK = r"-?(?:\d{1,5}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,9})?"
"""A time of day or of a recording. Teams writes a minus for speech before its own start:
"Negative offsets indicate that the transcription began while the conversation was ongoing"
(Microsoft Graph, callTranscript)."""

UNPADDED = re.compile(r"\d:\d:\d{1,2}\.\d|\d:\d{1,2}:\d\.\d")
"""Teams' older times, `0:0:6.90 --> 0:0:6.500`: no field is padded, so `.90` is 90 milliseconds."""

_PARTS = re.compile(r"(-?)(?:(\d{1,5}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?")

LONGEST_S = 100_000 * 3600.0
"""Times beyond five digits of hours are mistakes."""


def seconds(clock: str, *, unpadded: bool = False) -> float:
    """Seconds of one `CLOCK`; with `unpadded`, the fraction is a count of milliseconds.

    >>> seconds("1:02:03.5"), seconds("2:03"), seconds("0:0:6.90", unpadded=True)
    (3723.5, 123.0, 6.09)
    """
    match = _PARTS.fullmatch(clock)
    if match is None:
        raise ValueError(f"not a time: {clock}")
    sign, hours, minutes, whole, fraction = match.groups()
    total = int(hours or 0) * 3600 + int(minutes) * 60 + int(whole)
    digits = fraction or "0"
    milliseconds = int(digits) if unpadded and len(digits) <= 3 else int(digits[:3].ljust(3, "0"))
    value = (total * 1000 + milliseconds) / 1000
    return -value if sign else value


def milliseconds_clock(at: float, point: str = ".") -> str:
    """`HH:MM:SS.mmm`, rounded to the millisecond.

    >>> milliseconds_clock(3723.4567)
    '01:02:03.457'
    """
    whole, milliseconds = divmod(round(at * 1000), 1000)
    return f"{seconds_clock(whole)}{point}{milliseconds:03d}"


def seconds_clock(at: float) -> str:
    """`HH:MM:SS`, rounded down.

    >>> seconds_clock(3723.9)
    '01:02:03'
    """
    minutes, whole = divmod(int(at), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{whole:02d}"
