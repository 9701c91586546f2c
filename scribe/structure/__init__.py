"""The structure of a session: who presents, asks, answers, objects, promises, and what is referred to.

In: segments, and the sentences read from them. Out: forms, kinds, pairs, owners, references. Everything goes by phrases
and by whose turn it is; no model, no guess where nothing says so.

In reading order: `forms` (talk or discussion), `kinds` (what a sentence does), `promises` and `actions` (who will do
what by when), `following` (what others say next), `questions` (with answers soon and late), `arguments` (objections,
replies, reasons), `references`, and `notes` (all of it put to the claims that a simulator wrote).
"""

from scribe.structure.actions import Task, task_of
from scribe.structure.arguments import is_objection, reasons_for, reply_to
from scribe.structure.forms import form_of, forms, presenter
from scribe.structure.kinds import is_clear, strength
from scribe.structure.notes import sentences_of, structured
from scribe.structure.questions import Asked, answers_later, asked, is_rhetorical, nod, own_answer, questions
from scribe.structure.references import references

__all__ = [
    "Asked",
    "Task",
    "answers_later",
    "asked",
    "form_of",
    "forms",
    "is_clear",
    "is_objection",
    "is_rhetorical",
    "nod",
    "own_answer",
    "presenter",
    "questions",
    "reasons_for",
    "references",
    "reply_to",
    "sentences_of",
    "strength",
    "structured",
    "task_of",
]
