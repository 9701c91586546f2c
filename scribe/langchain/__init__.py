"""Scribe's parts for LangChain: what runs in a chain, a retriever or a trace beside anybody else's.

In: values of LangChain and of Scribe. Out: the same. This room holds no method of its own: it hands on to the stages,
simulators and readers, and nothing of scribe but this room knows LangChain's runnables. Importing it imports
langchain-core; nothing else of scribe imports it.

In reading order: `documents` (transcripts and chunks as Documents, and back), `language_model` (a simulator as an LLM),
`stages` (the summariser and the drafter as Runnables). A model of LangChain as a simulator is in `scribe.simulators`.

>>> from scribe.langchain import Drafter, Session, Summariser, TranscriptLoader
>>> talk = TranscriptLoader("transcripts/simulators-1.vtt").load()
>>> talk[0].metadata["speaker"], talk[0].metadata["index"]
('Mira', 0)
>>> notes = Summariser(simulator="extract").invoke(talk)
>>> notes.coverage.fraction
1.0
>>> post = Drafter(simulator="extract").invoke(Session(transcript=talk, notes=notes))
>>> post.transcript_id, post.summary == notes.overview
('simulators-1', True)
"""

from scribe.langchain.documents import TranscriptLoader, chunk_documents, transcript_of
from scribe.langchain.language_model import SimulatorLLM
from scribe.langchain.stages import Drafter, Session, Summariser

__all__ = [
    "Drafter",
    "Session",
    "SimulatorLLM",
    "Summariser",
    "TranscriptLoader",
    "chunk_documents",
    "transcript_of",
]
