"""Chunks -> Notes: every chunk read under every notes frame, then an overview of the whole; or an answer.

In: a transcript, its chunks, a simulator and frames. Out: `Notes` with the ledger that says what became of every
chunk. It knows nothing of files: the pipeline hands it values and takes a record back.

In reading order: `budget` (how large a chunk may be), `summary` (chunk by chunk), `titles`, `overview`, `answering`,
`length` (a bound on the words), `recipe` (how they were made), `page` (the notes as Markdown).
"""

from scribe.notes.answering import answer
from scribe.notes.budget import budget
from scribe.notes.length import count_words
from scribe.notes.overview import Merge
from scribe.notes.recipe import title_of
from scribe.notes.summary import Progress, readers_of, summarise

__all__ = ["Merge", "Progress", "answer", "budget", "count_words", "readers_of", "summarise", "title_of"]
