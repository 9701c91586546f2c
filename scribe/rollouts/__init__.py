"""Every completion ever made, in SQLite: cache, resume and tree in one; every score, and every choice.

In: prompts and what a simulator wrote after them, continuations and what it thought of them; what a person chose. Out:
the same when the same is asked again.
This room knows the Simulator protocol and no simulator; it knows nothing of frames, notes or drafts.

In reading order: `store` (what is kept, and under which key), `recorded` (a simulator that asks the store
first), `database` (an SQLite file that never stands in the way).
"""

from scribe.rollouts.database import copy_store
from scribe.rollouts.recorded import Recorded
from scribe.rollouts.store import Choice, Rollout, Rollouts, digest

__all__ = ["Choice", "Recorded", "Rollout", "Rollouts", "copy_store", "digest"]
