"""Files <-> `Transcript`: the room's one door.

In: files that people have, from Zoom, Teams, Meet, Otter, YouTube, Whisper, or plain text. Out: transcripts,
with an account of what was left out and what was put right; and transcripts as files again. This room imports
`records` and nothing else of scribe.

In reading order: `turns` (what every reader hands over), `formats` (which reader), `reading`, `composing`.
"""

from scribe.transcripts.composing import WRITABLE, compose
from scribe.transcripts.formats import FORMATS
from scribe.transcripts.reading import Reading, make_id, parse, read
from scribe.transcripts.recutting import recut
from scribe.transcripts.turns import Dropped

__all__ = ["FORMATS", "WRITABLE", "Dropped", "Reading", "compose", "make_id", "parse", "read", "recut"]
