"""Who speaks when, and what the speakers are called.

In: samples with spans of speech, segments, transcripts. Out: turns, segments with speakers, transcripts with names. It
is the only room that knows pyannote, and it knows nothing of recognisers and files.

In reading order: `frames` (what a voice sounds like), `windows` (points among voices), `separability` (one speaker or
two), `clustering` (which windows have one speaker), `mixtures` and `following` (who speaks in each frame), `neural`
(the door to pyannote), `diarising` (all of it together); `assigning` (turns to words), `naming` (what a person says of
speakers), `talking` (who talks how much), `error_rate` (how wrong turns are).
"""

from scribe.speakers.assigning import assign
from scribe.speakers.diarising import EMBEDDED, Told, diarise
from scribe.speakers.error_rate import ErrorRate, error_rate
from scribe.speakers.naming import RENAMED, carry_names, merge, rename
from scribe.speakers.neural import Diariser, Pyannote, open_pyannote
from scribe.speakers.talking import TalkTime, from_sidecar, talk_time

__all__ = [
    "EMBEDDED",
    "RENAMED",
    "Diariser",
    "ErrorRate",
    "Pyannote",
    "TalkTime",
    "Told",
    "assign",
    "carry_names",
    "diarise",
    "error_rate",
    "from_sidecar",
    "merge",
    "open_pyannote",
    "rename",
    "talk_time",
]
