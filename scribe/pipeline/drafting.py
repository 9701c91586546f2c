"""One post, of one session or of a sequence: outline, draft, and the page that a person owns.

In: transcripts with their notes, a simulator and frames, and a workspace. Out: `outline.md` where a person asked for
it, `post.md` merged with what is there, `draft.json` behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from scribe import draft, lint, revise, shelf
from scribe.draft.page import META, STATUS, Known, leaves
from scribe.footnotes import Footnotes, Links, Part
from scribe.frames import Frame
from scribe.pipeline.proposing import open_proposals
from scribe.pipeline.remembering import remembered
from scribe.pipeline.revising import Origin, Revised, Seen, State, locked_blocks, put, read_state
from scribe.records import (
    Claim,
    Draft,
    Notes,
    Proposition,
    Record,
    ScribeError,
    Section,
    Segment,
    Session,
    Transcript,
    text_key,
)
from scribe.simulators import Simulator

_UNCOUNTED = frozenset({revise.id_of(STATUS), revise.id_of(META)})
"""Blocks that are about the post: they are in nobody's share."""


class Ground(NamedTuple):
    """What a post stands on."""

    transcript: Transcript
    sessions: tuple[Session, ...]
    """Of a sequence; none for a single session."""
    parts: tuple[Part, ...]
    """Where the footnotes of each session lead."""
    links: Links

    @property
    def name(self) -> str:
        """The folder in `drafts`."""
        return self.transcript.id


class Choice(Record):
    """One of several alternatives that a person put in."""

    key: str
    among: int
    slot: str
    """The heading of the section or proposition."""


class Choices(Record):
    """All choices for one post, in order."""

    choices: tuple[Choice, ...] = ()


class Drafted(NamedTuple):
    """What became of a post; no draft where only an outline was asked for."""

    draft: Draft | None
    pages: tuple[Revised, ...]
    findings: tuple[lint.Finding, ...] = ()


def ground_of(workspace: shelf.Workspace, name: str, transcripts: Sequence[Transcript]) -> Ground:
    """What a post of these sessions stands on; `name` is the sequence's where there are several."""
    if len(transcripts) == 1:
        return Ground(transcripts[0], (), (), links_of(workspace, transcripts[0], name))
    transcript, sessions = draft.join(name, transcripts)
    parts = tuple(
        Part(name=s.id, first=s.first, last=s.last, links=links_of(workspace, t, name))
        for s, t in zip(sessions, transcripts, strict=True)
    )
    return Ground(transcript, sessions, parts, parts[0].links)


def links_of(workspace: shelf.Workspace, transcript: Transcript, name: str) -> Links:
    """Where the citations of a page in `drafts/<name>` lead for one session."""
    folder = workspace.draft_folder(name)
    place = workspace.root / transcript.source
    return Links(
        recording=shelf.link(workspace.root / transcript.recording, folder) if transcript.recording else None,
        transcript=shelf.link(place if place.exists() else workspace.transcript_path(transcript.id), folder),
    )


def write_post(
    workspace: shelf.Workspace,
    ground: Ground,
    notes: Notes,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    *,
    wishes: draft.Wishes,
    only_outline: bool = False,
    dry_run: bool = False,
) -> Drafted:
    """Draft and merge; the outline is made where it is asked for, and followed where it lies."""
    name = ground.name
    pages: list[Revised] = []
    path = workspace.outline_path(name)
    plan = None
    if only_outline or path.exists():
        headings = draft.outline(ground.transcript, notes, simulator, frames["outline"])
        planned = draft.outline_page(notes.title, headings, ground.sessions)
        origin = Origin(ground.transcript, notes.recipe, ground.sessions)
        pages.append(put(workspace, path, lambda _: planned, origin, dry_run=dry_run))
        lines = len(ground.transcript.segments)
        plan = tuple(draft.read_outline_page(pages[0].text, lines, ground.sessions))
        if not any(planned.spans for planned in plan):
            raise ScribeError(f"{path}: expected headings `## …` with lines such as `- [0-12]` under them, found none")
        if only_outline:
            return Drafted(None, tuple(pages))
    post_path = workspace.post_path(name)
    choices = read_choices(workspace, name)
    wishes = wishes.model_copy(
        update={
            "plan": plan,
            "written": locked_blocks(workspace, post_path),
            "chosen": frozenset(choice.key for choice in choices),
            "before": _before(workspace, ground),
        }
    )
    post = draft.write(ground.transcript, notes, simulator, frames, wishes, ground.sessions)
    page, findings = put_post(workspace, ground, post, plan=plan, dry_run=dry_run)
    return Drafted(post, (*pages, page), findings)


def _before(workspace: shelf.Workspace, ground: Ground) -> tuple[Section | Proposition, ...]:
    """What was written for the post before, less the texts that cite lines which were corrected since."""
    try:
        post = read_draft(workspace, ground.name)
    except ScribeError:
        return ()
    lines = read_state(workspace, workspace.post_path(ground.name)).lines
    now = Origin(ground.transcript, post.recipe, ground.sessions).state().lines
    if len(lines) != len(now):
        return ()
    changed = {n for n, (old, new) in enumerate(zip(lines, now, strict=True)) if old != new}
    sections = (
        section.model_copy(
            update={"alternatives": tuple(a for a in section.alternatives if not _cites(a.claims, changed))}
        )
        for section in post.sections
    )
    propositions = (
        proposition.model_copy(
            update={"alternatives": tuple(p for p in proposition.alternatives if not _cites(claims_of(p), changed))}
        )
        for proposition in post.propositions
    )
    return (*sections, *(p for p in propositions if not _cites(claims_of(p), changed)))


def claims_of(proposition: Proposition) -> list[Claim]:
    """All that a proposition says, in the order in which it is read."""
    steps = (step.claim for step in proposition.steps)
    return [*proposition.definitions, proposition.statement, *proposition.assumptions, *steps, *proposition.gaps]


def _cites(claims: Sequence[Claim], lines: Set[int]) -> bool:
    return any(not lines.isdisjoint(claim.cites) for claim in claims)


def put_post(
    workspace: shelf.Workspace,
    ground: Ground,
    post: Draft,
    *,
    plan: Sequence[draft.Planned] | None = None,
    as_before: State | None = None,
    dry_run: bool = False,
) -> tuple[Revised, tuple[lint.Finding, ...]]:
    """Merge a draft into its page, and keep it as `draft.json`; returns what the linter found on the merged page.

    `as_before` is what is remembered of the page, where nothing of the draft was made anew.
    """

    def compose(seen: Seen | None) -> str:
        known = None if seen is None else _known(seen, workspace, ground, post)
        made = leaves(post, ground.transcript, ground.links, known=known, parts=ground.parts)
        return "\n\n".join(_marked(leaf.text, leaf.key) for leaf in made) + "\n"

    path = workspace.post_path(ground.name)
    told = "" if plan is None else text_key(json.dumps(planned) for planned in plan)
    origin = Origin(ground.transcript, post.recipe, ground.sessions, told, as_before)
    page = put(workspace, path, compose, origin, slots=lambda new: _slots(new, ground, post), dry_run=dry_run)
    if not dry_run:
        workspace.save_record(workspace.draft_json_path(ground.name), post)
    return page, tuple(lint.lint(page.text, segments_of(origin)))


def segments_of(origin: Origin) -> lint.LinesOf:
    """The lines of a footnote's label, as the linter asks for them."""

    def lines(label: str) -> Sequence[Segment]:
        return [origin.transcript.segments[n] for n in origin.lines(label)]

    return lines


def ledger_of(workspace: shelf.Workspace, ground: Ground, post: Draft, seen: Seen) -> revise.Ledger:
    """Who wrote what of a post, less the blocks that are about it.

    What was taken over by hand from a proposal or an alternative, word for word, nobody typed.
    """
    offered = [proposal.text for proposal in open_proposals(workspace, workspace.post_path(ground.name))]
    footnotes = Footnotes(ground.transcript, ground.links, ground.parts)
    for section in post.sections:
        offered += [text for way in section.alternatives for text in footnotes.paragraphs(way.claims)]
    return revise.ledger(
        seen.generated, seen.merged, without=_UNCOUNTED, offered=frozenset(offered), origins=seen.origins
    )


def read_draft(workspace: shelf.Workspace, name: str) -> Draft:
    """The draft behind a post; raises ScribeError where there is none, or it cannot be read."""
    path = workspace.draft_json_path(name)
    try:
        return Draft.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ScribeError(
            f"{path}: expected the draft behind the post, found none; make it with: scribe draft {name}"
        ) from error
    except ValidationError as error:
        raise ScribeError(f"{path}: not a draft of this scribe; make it again with: scribe draft {name}") from error


def read_choices(workspace: shelf.Workspace, name: str) -> tuple[Choice, ...]:
    """The choices made for a post; none where they were lost or damaged."""
    return remembered(_choices_path(workspace, name), Choices()).choices


def save_choices(workspace: shelf.Workspace, name: str, choices: Sequence[Choice]) -> None:
    """Keep them beside the text last generated."""
    workspace.save_record(_choices_path(workspace, name), Choices(choices=tuple(choices)))


def _choices_path(workspace: shelf.Workspace, name: str) -> Path:
    return workspace.base_path(workspace.post_path(name)).with_name("choices.json")


# ── What a page tells of itself ──────────────────────────────────────────────────────────────


def _marked(text: str, key: tuple[str, ...]) -> str:
    return text if key == ("footnotes",) else revise.marked([revise.id_of(*key)]) + text


def _slots(new: str, ground: Ground, post: Draft) -> dict[str, str]:
    """What the blocks of a generated page belong to, by their ids: the blocks stand there in the leaves' order."""
    made = leaves(post, ground.transcript, ground.links, parts=ground.parts)
    own = {revise.id_of(*leaf.key): leaf.slot for leaf in made if leaf.slot}
    bare = "\n\n".join(_marked(leaf.text, leaf.key) for leaf in made) + "\n"
    pairs = zip(revise.split(bare).blocks, revise.split(revise.labelled(bare, new)).blocks, strict=True)
    return {after.id: own[before.id] for before, after in pairs if before.id in own and after.id is not None}


def _known(seen: Seen, workspace: shelf.Workspace, ground: Ground, post: Draft) -> Known:
    """Who wrote what, what the linter finds, and what was reviewed, on the page as it would stand."""
    stated = lint.read(seen.merged)
    origin = Origin(ground.transcript, post.recipe, ground.sessions)
    slots = _slots(seen.generated, ground, post)
    places = {line: slots.get(found or "", "") for line, found in _ids_by_line(seen.merged).items()}
    findings: dict[int, list[str]] = {}
    for finding in lint.lint(seen.merged, segments_of(origin)):
        heading = max((s.line for s in stated if s.line <= finding.line), default=0)
        kind, _, number = places.get(heading, "").partition(":")
        if kind == "proposition":
            where = finding.where.partition(", ")[2]
            findings.setdefault(int(number), []).append(f"{where}: {finding.message}" if where else finding.message)
    choices = read_choices(workspace, ground.name)
    return Known(
        written_by_people=ledger_of(workspace, ground, post, seen).written_by_people,
        choices=len(choices),
        among=sum(choice.among for choice in choices),
        reviewed=sum(map(lint.is_reviewed, stated)),
        findings=findings,
    )


def _ids_by_line(text: str) -> dict[int, str | None]:
    """The ids of blocks by the line, from 1, on which their content begins."""
    page = revise.split(text)
    line = 1 + page.lead.count("\n")
    found = {}
    for block in page.blocks:
        found[line + block.mark.count("\n")] = block.id
        line += (block.mark + block.content + block.gap).count("\n")
    return found
