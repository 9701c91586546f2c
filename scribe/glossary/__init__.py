"""Names and jargon: the room's one door.

In: a file that a person writes, and transcripts. Out: a prompt for the recogniser, what it may have misheard, and
transcripts put right. Nothing is put right that a person did not accept. This room knows nothing of recognisers or
of where files lie.

In reading order: `terms` (the nouns), `written` (the file), `ordinary` (common English), `priming` (the prompt);
`families`, `sounds`, `letters` (how words are alike), `runs`, `judging`, `mishearing` (near misses); `replacing` (in a
text), `applying` (in a transcript).
"""

from scribe.glossary.applying import apply
from scribe.glossary.mishearing import Candidate, near_misses
from scribe.glossary.priming import Primed, prime
from scribe.glossary.terms import Correction, Glossary, joined, tidied
from scribe.glossary.written import compose_line, parse

__all__ = [
    "Candidate",
    "Correction",
    "Glossary",
    "Primed",
    "apply",
    "compose_line",
    "joined",
    "near_misses",
    "parse",
    "prime",
    "tidied",
]
