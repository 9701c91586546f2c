"""What was remembered of a session's sentences, so that none is read twice, is let go when the session is done with.

In: nothing. Out: nothing, but that a process which takes many sessions through the stages needs no more memory for the
hundredth than for the first. Words are remembered on: all sessions share them.
"""

from __future__ import annotations

from scribe import utterances
from scribe.evidence import naming, spoken
from scribe.revise.blocks import words_of


def forget() -> None:
    """Let go of all of it."""
    utterances.forget()
    naming.forget()
    for remembered in (spoken.spoken, spoken.words_and_stems, words_of):
        remembered.cache_clear()
