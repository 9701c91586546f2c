"""One post, of one session or of a sequence: outline, draft, and the page that a person owns.

In: transcripts with their notes, a simulator and frames, and a workspace. Out: `outline.md` where a person asked for
it, `post.md` merged with what is there, `draft.json` behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from scribe import draft, lint, shelf
from scribe.frames import Frame
from scribe.pipeline.revising import Revised, Seen, State, changed_lines, locked_blocks, put, read_state
from scribe.pipeline.standing import Ground, read_choices, read_draft
from scribe.pipeline.telling import known_of, page_of, recalled, segments_of, slots_of
from scribe.records import Claim, Draft, Notes, Proposition, ScribeError, Section, text_key
from scribe.simulators import Simulator


class Drafted(NamedTuple):
    """What became of a post; no draft where only an outline was asked for."""

    draft: Draft | None
    pages: tuple[Revised, ...]
    findings: tuple[lint.Finding, ...] = ()


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
        pages.append(put(workspace, path, lambda _: planned, ground.origin(notes.recipe), dry_run=dry_run))
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
    changed = changed_lines(read_state(workspace, workspace.post_path(ground.name)), ground.origin(post.recipe).state())
    if changed is None:
        return ()
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
        return page_of(ground, post, None if seen is None else known_of(seen, workspace, ground, post))

    path = workspace.post_path(ground.name)
    told = "" if plan is None else text_key(json.dumps(planned) for planned in plan)
    origin = ground.origin(post.recipe, plan=told, as_before=as_before)
    page = put(
        workspace,
        path,
        compose,
        origin,
        slots=lambda new: slots_of(new, ground, post),
        recall=lambda: recalled(workspace, ground),
        dry_run=dry_run,
    )
    if not dry_run:
        workspace.save_record(workspace.draft_json_path(ground.name), post)
    return page, tuple(lint.lint(page.text, segments_of(origin)))
