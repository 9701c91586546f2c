"""The arrows, written once: a source becomes a transcript, notes and a draft post in a workspace.

In: paths and settings. Out: files in the workspace and an `Outcome` that says what happened. This is the only room
where stages meet; it knows nothing of terminals.

In reading order: `outcome` (what is handed back), `loading` (a source becomes a transcript), `listening` (a recording
is heard), `running` (notes and posts), with `revising` (a page and what a person made of it), `proposing` (what did not
fit), `remembering`, `standing` (what a post stands on), `telling` (what it tells of itself), `drafting` (a post) and
`indexing` (the page of all sessions); `refining` (choosing, checking) with `blockwise` (a person's changes of one
block) and `branching` (another voice writes), `exporting`, `editing` (speakers' names and corrections, wherever they
stand), `handwriting` (a text saved as it is typed), `undoing` (steps taken back), `reviewing` (what is worth hearing),
`queueing` with `checking` and `signing` (what a person looked at, and answers for), `searching` (all sessions at once),
`picturing` (a session in plots), `measuring` (how voices differ), `sameness` (passages about the same question),
`evaluating` (notes beside what people wrote), `warming` (loading kept out of the time), `embedding` (a model that joins
where it helps), `forgetting` (many sessions in one process).
"""

from scribe.pipeline.editing import correct, merge_speakers, name_speakers
from scribe.pipeline.forgetting import forget
from scribe.pipeline.listening import Listener, Listening, read_glossary
from scribe.pipeline.loading import Described, load, unheard
from scribe.pipeline.outcome import Loaded, Outcome
from scribe.pipeline.running import Pipeline, Stage, take_in, transcribe

__all__ = [
    "Described",
    "Listener",
    "Listening",
    "Loaded",
    "Outcome",
    "Pipeline",
    "Stage",
    "correct",
    "forget",
    "load",
    "merge_speakers",
    "name_speakers",
    "read_glossary",
    "take_in",
    "transcribe",
    "unheard",
]
