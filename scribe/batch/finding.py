"""What a person names -> items: one for each session, each under an id of its own.

In: files, folders, globs, manifests and ids, as typed. Out: `Found`; what cannot be taken is told apart, with a reason,
and stops nothing else. Only names and first bytes are looked at: what a file says is found out when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from scribe.batch.nouns import Item, Refused
from scribe.batch.searching import Search
from scribe.batch.sessions import Sessions
from scribe.shelf import Store


class Found(NamedTuple):
    """Items in the order in which they were named, those of a folder by path."""

    items: tuple[Item, ...]
    refused: tuple[Refused, ...]
    """Each reason is to be read after what was named."""
    remarks: tuple[str, ...]


def find(sources: Sequence[str], store: Store, *, saved: Callable[[str], bool]) -> Found:
    """Find all that `sources` name; `saved` tells whether the workspace, which is `store`, has a transcript of an id.

    Sources lie where the workspace does: on this machine, or both elsewhere.
    """
    search = Search(store, saved)
    for source in sources:
        search.add(source)
    sessions = Sessions(search)
    items = sessions.items()
    told = dict.fromkeys(search.remarks + sessions.remarks)
    return Found(items, tuple(dict.fromkeys(search.refused)), tuple(told))
