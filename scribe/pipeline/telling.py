"""What a post tells of itself: who wrote it, what the linter finds, who reviewed it, and what its blocks belong to.

In: a draft, what it stands on, and the page as it would stand. Out: Markdown with ids, and what is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe import lint, revise, shelf
from scribe.draft.page import META, STATUS, Known, Leaf, is_status, leaves, status
from scribe.pipeline.checking import Subject, marked, placed_blocks, places, read_marks
from scribe.pipeline.proposing import open_proposals
from scribe.pipeline.revising import Origin, Seen
from scribe.pipeline.standing import Ground, read_choices, read_draft
from scribe.records import Draft, ScribeError, Segment

_UNCOUNTED = frozenset({revise.id_of(STATUS), revise.id_of(META)})
"""Blocks that are about the post: they are in nobody's share."""


def page_of(ground: Ground, post: Draft, known: Known | None = None) -> str:
    """The generated page, with the ids that its leaves have by themselves."""
    return _joined(leaves(post, ground.transcript, ground.links, known=known, parts=ground.parts))


def recalled(workspace: shelf.Workspace, ground: Ground) -> str:
    """The page of the draft that lies there, as it was when nobody had edited it; empty where there is none.

    What the status counts is taken from the page that stands, unless somebody wrote in it. Raises IndexError where it
    cites more lines than there are.
    """
    try:
        post = read_draft(workspace, ground.name)
    except ScribeError:
        return ""
    page = page_of(ground, post)
    standing = standing_status(workspace.look(workspace.post_path(ground.name)).text or "", ground, post)
    if standing is None:
        return page
    return page.replace(status(post, ground.transcript, Known()), standing.content, 1)


def standing_status(text: str, ground: Ground, post: Draft) -> revise.Block | None:
    """The block of a page that is its epistemic status, if it is as it was generated, whatever it counted then."""
    return next((b for b in revise.split(text).blocks if is_status(b.content, post, ground.transcript)), None)


def _joined(made: Sequence[Leaf]) -> str:
    return "\n\n".join(_marked(leaf.text, leaf.key) for leaf in made) + "\n"


def _marked(text: str, key: tuple[str, ...]) -> str:
    return text if key == ("footnotes",) else revise.marked([revise.id_of(*key)]) + text


def slots_of(new: str, ground: Ground, post: Draft) -> dict[str, str]:
    """What the blocks of a generated page belong to, by their ids: the blocks stand there in the leaves' order."""
    made = leaves(post, ground.transcript, ground.links, parts=ground.parts)
    own = {revise.id_of(*leaf.key): leaf.slot for leaf in made if leaf.slot}
    bare = _joined(made)
    pairs = zip(revise.split(bare).blocks, revise.split(revise.labelled(bare, new)).blocks, strict=True)
    return {after.id: own[before.id] for before, after in pairs if before.id in own and after.id is not None}


def known_of(seen: Seen, workspace: shelf.Workspace, ground: Ground, post: Draft) -> Known:
    """Who wrote what, what the linter finds, and what was reviewed, on the page as it would stand."""
    stated = lint.read(seen.merged)
    slots = slots_of(seen.generated, ground, post)
    belongs = {line: slots.get(block.id or "", "") for line, block in placed_blocks(seen.merged)}
    linted = lint.lint(seen.merged, segments_of(ground.origin(post.recipe)))
    findings: dict[int, list[str]] = {}
    for finding in linted:
        heading = max((s.line for s in stated if s.line <= finding.line), default=0)
        kind, _, number = belongs.get(heading, "").partition(":")
        if kind == "proposition":
            where = finding.where.partition(", ")[2]
            findings.setdefault(int(number), []).append(f"{where}: {finding.message}" if where else finding.message)
    choices = read_choices(workspace, ground.name)
    checked, to_check, checkers = _checked(workspace, ground, post, seen.merged, linted)
    return Known(
        written_by_people=ledger_of(workspace, ground, post, seen).written_by_people,
        choices=len(choices),
        among=sum(choice.among for choice in choices),
        propositions=len(stated),
        reviewed=sum(map(lint.is_reviewed, stated)),
        findings=findings,
        checked=checked,
        to_check=to_check,
        checkers=checkers,
    )


def _checked(
    workspace: shelf.Workspace, ground: Ground, post: Draft, text: str, findings: Sequence[lint.Finding]
) -> tuple[int, int, list[str]]:
    """How many places of the review queue were checked, of how many, and by whom; nothing where nobody did."""
    marks = read_marks(workspace, ground.name)
    if not marks.marks:
        return 0, 0, []
    is_kept = [workspace.has_transcript(one) for one in post.session_ids]
    sessions = [workspace.load_transcript(one) for one in post.session_ids] if all(is_kept) else [ground.transcript]
    items, _ = places(workspace, Subject(ground.name, sessions, post, text, findings))
    done = {item.key for item in marked(items, marks) if item.is_reviewed}
    by = dict.fromkeys(mark.by for mark in marks.marks if mark.key in done)
    return sum(item.key in done for item in items), len(items), list(by)


def ledger_of(workspace: shelf.Workspace, ground: Ground, post: Draft, seen: Seen) -> revise.Ledger:
    """Who wrote what of a post, less the blocks that are about it.

    What was taken over by hand from a proposal or an alternative, word for word, nobody typed.
    """
    offered = [proposal.text for proposal in open_proposals(workspace, workspace.post_path(ground.name))]
    footnotes = ground.footnotes()
    for section in post.sections:
        offered += [text for way in section.alternatives for text in footnotes.paragraphs(way.claims)]
    return revise.ledger(
        seen.generated, seen.merged, without=_UNCOUNTED, offered=frozenset(offered), origins=seen.origins
    )


def segments_of(origin: Origin) -> lint.LinesOf:
    """The lines of a footnote's label, as the linter asks for them."""

    def lines(label: str) -> Sequence[Segment]:
        return [origin.transcript.segments[n] for n in origin.lines(label)]

    return lines
