"""What a recording holds: its headers, its sound, and where in it somebody speaks.

In: a path. Out: a `Recording`, samples, spans of speech. This is the only room that opens PyAV and the voice activity
detector, and it knows nothing of words.

In reading order: `probing` (headers), `decoding` (samples), `voice` (where somebody speaks).
"""

from scribe.audio.decoding import SAMPLE_RATE, decode
from scribe.audio.probing import Recording, probe, probe_sound
from scribe.audio.voice import speech_probabilities, speech_spans

__all__ = ["SAMPLE_RATE", "Recording", "decode", "probe", "probe_sound", "speech_probabilities", "speech_spans"]
