"""Where things lie in a workspace, and how they get there unbroken.

In: a root folder, ids, records and texts. Out: paths, and files that are either the old bytes or the new
ones, never half of each. This room knows the layout on the design page; it knows nothing of what notes
and posts say, and it never changes what a person wrote.

In reading order: `files` (one atomic write), `owned` (what a person wrote stays), `history` (former versions), `steps`
(what a person did, to be taken back), `corrections` (a layer over a transcript), `workspace` (the layout), `journal`
(finished windows of a recording), `settings` (scribe.toml), `recordings` (is this file a recording?), `beside` (which
transcript belongs to which recording).

For what lies elsewhere: `filesystems` (disks and all that has a URL, seen alike), `store` (a folder there), `places`
(what lies in and below it), `scratch` (a folder here that goes when its process does), `mirror` (a workspace in a
store, one session of it at a time here).
"""

from scribe.shelf.beside import SIDECARS, Neighbours, find_recording, find_sidecar, link, stem_of
from scribe.shelf.files import write_atomic
from scribe.shelf.filesystems import Stamp
from scribe.shelf.history import Version, chosen
from scribe.shelf.journal import Journal
from scribe.shelf.mirror import SEQUENCE, Mirror, Overtaken
from scribe.shelf.owned import Held, Update, Written, encode
from scribe.shelf.places import Entry, place_of
from scribe.shelf.recordings import Looked, is_recording, look_at
from scribe.shelf.settings import Settings, read_settings
from scribe.shelf.steps import Step, Steps
from scribe.shelf.store import Store, is_full
from scribe.shelf.workspace import Workspace

__all__ = [
    "SEQUENCE",
    "SIDECARS",
    "Entry",
    "Held",
    "Journal",
    "Looked",
    "Mirror",
    "Neighbours",
    "Overtaken",
    "Settings",
    "Stamp",
    "Step",
    "Steps",
    "Store",
    "Update",
    "Version",
    "Workspace",
    "Written",
    "chosen",
    "encode",
    "find_recording",
    "find_sidecar",
    "is_full",
    "is_recording",
    "link",
    "look_at",
    "place_of",
    "read_settings",
    "stem_of",
    "write_atomic",
]
