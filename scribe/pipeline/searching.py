"""Search across all sessions of a workspace: what was said, and what its notes and posts say.

In: a workspace, and what a person types. Out: hits. The index in `.scribe/search.db` is brought up to date first, for
which only what has changed is read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from scribe import revise, shelf
from scribe.footnotes import lines_of
from scribe.markdown import lines, parser
from scribe.pipeline.standing import read_draft
from scribe.records import TRANSCRIPT_ID, Record, ScribeError, Segment, Transcript
from scribe.search import Hit, Index, Kind, Passage


class Found(Record):
    """What a search found, the best first."""

    hits: tuple[Hit, ...]
    sessions: int
    """How many were searched."""
    remarks: tuple[str, ...] = ()
    """One-line sentences: what could not be read, and therefore not be searched."""


def search(workspace: shelf.Workspace, query: str, *, limit: int = 50, session: str | None = None) -> Found:
    """Find the passages of a workspace, or of one session or sequence, that have every word of a query.

    What cannot be read is named in the remarks, and the rest is searched. Raises ScribeError where the index cannot be
    written.
    """
    sources = _sources(workspace)
    names = {name for name, _ in sources if session in (None, name)}
    if not names:
        return Found(hits=(), sessions=0)
    with contextlib.closing(Index(index_path(workspace))) as index:
        remarks = _refresh(workspace, index, sources)
        hits = index.find(query, limit=limit, session=session)
        if not hits and not index.known():  # it was damaged, which showed only now
            remarks = _refresh(workspace, index, sources)
            hits = index.find(query, limit=limit, session=session)
    return Found(hits=tuple(hits), sessions=len(names), remarks=tuple(remarks))


def index_path(workspace: shelf.Workspace) -> Path:
    """`.scribe/search.db`: a cache, which may be deleted."""
    return workspace.root / ".scribe" / "search.db"


# ── What there is ────────────────────────────────────────────────────────────────────────────


class _Source(NamedTuple):
    """A transcript or a page: its file, and what its passages depend on, as a digest of times and sizes."""

    path: Path
    digest: str


_Sources = dict[tuple[str, Kind], _Source]


def _sources(workspace: shelf.Workspace) -> _Sources:
    """All that is to be searched, by session and kind."""
    found: _Sources = {}
    for path in sorted((workspace.root / "transcripts").glob("*.json")):
        if TRANSCRIPT_ID.fullmatch(path.stem):
            found[path.stem, "transcript"] = _Source(path, _stamp(path, workspace.corrections_path(path.stem)))
    everything = " ".join(source.digest for source in found.values())
    for folder in sorted(workspace.index_path.parent.glob("*/")):
        name = folder.name
        if not TRANSCRIPT_ID.fullmatch(name):
            continue
        own = found.get((name, "transcript"))
        # Which sessions a sequence is made of is told by its draft, which is not read for a digest.
        rest = own.digest if own else f"{_stamp(workspace.draft_json_path(name))} {everything}"
        pages: list[tuple[Kind, Path]] = [("notes", workspace.notes_path(name)), ("post", workspace.post_path(name))]
        found.update({(name, kind): _Source(path, f"{_stamp(path)} {rest}") for kind, path in pages if path.is_file()})
    return found


def _stamp(*paths: Path) -> str:
    """Times and sizes of files, "-" for one that is not there: cheap to have, and other after every change."""
    stamps = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            stamps.append("-")
        else:
            stamps.append(f"{status.st_mtime_ns}:{status.st_size}")
    return " ".join(stamps)


def _refresh(workspace: shelf.Workspace, index: Index, sources: _Sources) -> list[str]:
    """Bring an index up to date; returns what could not be read, which is tried again the next time."""
    known = index.known()
    load = cache(workspace.load_transcript)
    remarks = []
    for name, kind in known.keys() - sources.keys():
        index.remove(name, kind)
    for (name, kind), source in sources.items():
        if known.get((name, kind)) == source.digest:
            continue
        try:
            workspace.confined(source.path)
            passages = (
                _spoken(load(name))
                if kind == "transcript"
                else _written(name, kind, workspace.look(source.path).text or "", _ground(workspace, name, load))
            )
        except ScribeError as error:
            remarks.append(f"not searched: {error}")
            index.remove(name, kind)
        else:
            index.replace(name, kind, source.digest, passages)
    return remarks


# ── What it says ─────────────────────────────────────────────────────────────────────────────


def _spoken(transcript: Transcript) -> list[Passage]:
    return [
        Passage(
            session=transcript.id,
            kind="transcript",
            place=str(line.index),
            line=line.index,
            start=line.start,
            speaker=line.speaker,
            text=line.text,
        )
        for line in transcript.segments
    ]


class _Ground(NamedTuple):
    """The lines that a page cites: of its session, or of all sessions of its sequence, one after the other."""

    segments: Sequence[Segment]
    """As their own session counts them."""
    sessions: Sequence[tuple[int, int]] = ()
    """Of a sequence: the lines `[first, last)` of each."""


def _ground(workspace: shelf.Workspace, name: str, load: Callable[[str], Transcript]) -> _Ground:
    """What a page stands on; nothing where its transcripts or its draft are gone: what it says can still be found."""
    try:
        if workspace.has_transcript(name):
            return _Ground(load(name).segments)
        sessions = read_draft(workspace, name).sessions
        spans = [(session.first, session.last) for session in sessions]
        loaded = [load(session.id).segments for session in sessions]
    except ScribeError:
        return _Ground(())
    if [last - first for first, last in spans] != list(map(len, loaded)):
        return _Ground(())  # a session has other lines by now than when the draft was made
    return _Ground([segment for segments in loaded for segment in segments], spans)


def _written(name: str, kind: Kind, text: str, ground: _Ground) -> list[Passage]:
    """A page's blocks, and of its lists each item."""
    plain = _Plain()
    found = []
    for block in revise.split(text).blocks:
        if block.kind in _UNREAD:
            continue
        for piece in plain.pieces(block):
            line = _first_cited(piece, ground)
            found.append(
                Passage(
                    session=name,
                    kind=kind,
                    place=block.id or "",
                    line=line.index if line else None,
                    start=line.start if line else None,
                    speaker=None,
                    text=plain.text(piece),
                )
            )
    return found


_UNREAD = frozenset({"footnote_reference", "comment", "front_matter"})
"""Blocks that are no passages: a footnote's words are those of a line, which is found itself."""


def _first_cited(piece: str, ground: _Ground) -> Segment | None:
    """The line that the first mark in a piece leads to; the first of several."""
    for label in revise.labels(piece):
        cited = lines_of(label, ground.sessions)
        if cited and cited[0] < len(ground.segments):
            return ground.segments[cited[0]]
    return None


class _Plain:
    """Markdown as a person reads it. One parser serves for a whole page: making one takes longer than a block."""

    def __init__(self) -> None:
        self._parser = parser()

    def pieces(self, block: revise.Block) -> Iterable[str]:
        """A list's items, or the whole block."""
        if not block.kind.endswith("_list"):
            return [block.content]
        rows = lines(block.content)
        tokens = self._parser.parse(block.content)
        return ["".join(rows[slice(*t.map)]) for t in tokens if t.type == "list_item_open" and t.level == 1 and t.map]

    def text(self, piece: str) -> str:
        """The words, without marks of Markdown and of footnotes and without comments."""
        said = []
        for token in self._parser.parse(_MARK.sub("", _without_comments(piece))):
            if token.type != "inline":
                said.append(token.content if token.type in _LITERAL else "")
                continue
            said.append("".join(" " if t.type in _BREAKS else t.content for t in token.children or ()))
        return " ".join(" ".join(said).split())


_LITERAL = frozenset({"fence", "code_block", "math_block", "math_block_label"})
_BREAKS = frozenset({"softbreak", "hardbreak"})
_MARK = re.compile(r"\[\^[^\]\[\s]+\]:?")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def _without_comments(text: str) -> str:
    """The text without comments; one that nobody closed is text. What ends none is not looked through for its end."""
    end = text.rfind("-->") + len("-->")
    return _COMMENT.sub("", text[:end]) + text[end:] if end >= len("-->") else text
