"""The studio: a local page for listening, choosing and editing.

In: a workspace, and a browser on this machine. Out: the same files that an editor on disk would write. Nothing here
decides what a note or a post says: `pipeline` does what a person asks. Deleting this room breaks nothing else.

In reading order: `guard` (who may talk to it), `serving` (one socket, one token), `sessions` (what is open), `listing`
(all of them), `turns` and `blocks` (a transcript and a page as they are shown), `events` (what open pages are told),
`work` (what a person does), `writing` (texts written while they watch), `asked`, `pages` and `routes` (what can be
asked for).
"""

from scribe.studio.routes import application
from scribe.studio.serving import bound, hosts_of, new_token, run
from scribe.studio.work import Studio

__all__ = ["Studio", "application", "bound", "hosts_of", "new_token", "run"]
