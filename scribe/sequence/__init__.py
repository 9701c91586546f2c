"""The sequence page: all sessions of a seminar, and what comes back in them.

In: transcripts with their notes and drafts, one session at a time. Out: a small card of each; which topics of several
sessions are one; and the page, as Markdown. This room knows nothing of files, merges or models, and once the cards are
made it needs nothing else.

In reading order: `wording` (a topic's telling words), `cards` (what the page tells of a session), `nearness` (topics
that are near), `grouping` (near topics as groups), `returning` (the groups of several sessions, and their names),
`page`.
"""

from scribe.sequence.cards import Card, CardLine, CardTopic, card_of
from scribe.sequence.page import leaves, page
from scribe.sequence.returning import Returning, returning

__all__ = ["Card", "CardLine", "CardTopic", "Returning", "card_of", "leaves", "page", "returning"]
