"""Sound -> segments: the room's one door.

In: samples, spans of speech, a recogniser. Out: what was said, with times, words and doubts. This is the only room
that knows speech models; it knows nothing of files of its own, speakers or glossaries.

In reading order: `heard` (the nouns), `windows` (spans packed), `decoding` (Whisper's guards in batches), `on_torch`
and `on_ctranslate2` (the two engines), `weights`, `recognisers` (which one), `doubts`, `lines`, `transcribing` (the
loop).
"""

from scribe.speech.decoding import Guards
from scribe.speech.heard import Heard, Line, Recogniser, Task
from scribe.speech.recognisers import DEFAULT_MODEL, Setup, chosen, engines, open_recogniser
from scribe.speech.transcribing import Hearing, Kept, transcribe

__all__ = [
    "DEFAULT_MODEL",
    "Guards",
    "Heard",
    "Hearing",
    "Kept",
    "Line",
    "Recogniser",
    "Setup",
    "Task",
    "chosen",
    "engines",
    "open_recogniser",
    "transcribe",
]
