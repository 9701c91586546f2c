"""Chunks -> Notes: every chunk read under every notes frame, then an overview of the whole; or an answer.

In: a transcript, its chunks, a simulator and frames. Out: `Notes` with the ledger that says what became of every
chunk. It knows nothing of files: the pipeline hands it values and takes a record back.

In reading order: `asking` (claims from a simulator), `summary` (chunk by chunk), `overview`, `answering`, `length` (a
bound on the words), `page` (the notes as Markdown).
"""

from scribe.notes.answering import answer
from scribe.notes.asking import named_title
from scribe.notes.length import count_words
from scribe.notes.summary import Progress, readers_of, summarise

__all__ = ["Progress", "answer", "count_words", "named_title", "readers_of", "summarise"]
