"""Where things lie in a workspace, and how they get there unbroken.

In: a root folder, ids, records and texts. Out: paths, and files that are either the old bytes or the new
ones, never half of each. This room knows the layout on the design page; it knows nothing of what notes
and posts say, and it never changes what a person wrote.

In reading order: `files` (one atomic write), `owned` (what a person wrote stays), `history` (former versions),
`workspace` (the layout), `journal` (finished windows of a recording), `settings` (scribe.toml), `recordings` (is this
file a recording?), `beside` (which transcript belongs to which recording, and links between files).
"""

from scribe.shelf.beside import find_recording, find_sidecar, link
from scribe.shelf.files import write_atomic
from scribe.shelf.history import Version, chosen
from scribe.shelf.journal import Journal
from scribe.shelf.owned import Held, Update, Written
from scribe.shelf.recordings import is_recording
from scribe.shelf.settings import Settings, read_settings
from scribe.shelf.workspace import Workspace

__all__ = [
    "Held",
    "Journal",
    "Settings",
    "Update",
    "Version",
    "Workspace",
    "Written",
    "chosen",
    "find_recording",
    "find_sidecar",
    "is_recording",
    "link",
    "read_settings",
    "write_atomic",
]
