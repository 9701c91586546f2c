"""Many sources: this machine's cores, or Ray.

In: sources in any number, and a setup. Out: their transcripts, notes and posts in a workspace, the page of all
sessions, and a report of how it went. It has each source taken through the pipeline and knows nothing of what the
stages do.

In reading order: `nouns`, `manifest`, `searching`, `sessions` and `finding` (what a person names becomes items),
`setup` (what workers are given, and how many there are), `standing` (what is due of each), `working` (one worker),
`crew` (what runs workers), `local`, `cluster` and `on_ray` (the two that do, and where Ray runs), `driving` (who does
what next), `locking`, `table` (how it went), `batching` (all of it).
"""

from scribe.batch.batching import Manner, Plan, carry_out, plan
from scribe.batch.crew import Event, Executor
from scribe.batch.driving import Due, Result, Watcher
from scribe.batch.local import Local
from scribe.batch.locking import alone
from scribe.batch.nouns import STAGES, Done, Item, Stage, Standing, Step, Task
from scribe.batch.setup import Crew, Setup, crew_of, usable_cores
from scribe.batch.standing import NEW
from scribe.batch.table import Report, Row, page, table
from scribe.batch.working import Worker

__all__ = [
    "NEW",
    "STAGES",
    "Crew",
    "Done",
    "Due",
    "Event",
    "Executor",
    "Item",
    "Local",
    "Manner",
    "Plan",
    "Report",
    "Result",
    "Row",
    "Setup",
    "Stage",
    "Standing",
    "Step",
    "Task",
    "Watcher",
    "Worker",
    "alone",
    "carry_out",
    "crew_of",
    "page",
    "plan",
    "table",
    "usable_cores",
]
