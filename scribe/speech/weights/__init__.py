"""Whisper's weights: where they lie, how they are fetched, how they are opened.

In: a name such as `small`, or a path. Out: a model of openai-whisper or of faster-whisper, loaded by the library's own
code. It knows nothing of sound, and which of the two engines to use is decided elsewhere.

In reading order: `places` (what is here), `download` (one file over HTTP), `hub` (a folder of the model hub),
`fetching` (found, else fetched), `opening_torch` and `opening_ctranslate2` (files that nobody vouches for).
"""

from scribe.speech.weights.fetching import fetch, find
from scribe.speech.weights.opening_ctranslate2 import open_on_ctranslate2
from scribe.speech.weights.opening_torch import open_on_torch
from scribe.speech.weights.places import ENGINES, Engine, Place, Weights, folder, known, listed, usable

__all__ = [
    "ENGINES",
    "Engine",
    "Place",
    "Weights",
    "fetch",
    "find",
    "folder",
    "known",
    "listed",
    "open_on_ctranslate2",
    "open_on_torch",
    "usable",
]
