"""Draft -> Markdown: a post in the seminar's form, for a person to make theirs.

In: a draft, its transcript, where the page's links lead, and what is known of who wrote it. Out: one Markdown document
whose blocks carry ids, and which section or proposition each of them belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from scribe.footnotes import Footnotes, Links, Part, clock, file_name
from scribe.language import counted, listed
from scribe.markdown import escape
from scribe.records import Claim, Draft, Proposition, Section, Transcript, text_key

STATUS, META = "status", "meta"
"""Keys of the blocks that say what a reader must know first; they are nobody's text."""

UNREVIEWED = "reviewed by nobody yet."
"""What a proposition's status says until a person writes their name there."""


class Leaf(NamedTuple):
    """A block of the page."""

    text: str
    key: tuple[str, ...]
    """What it is, in words that stay the same when other parts of the page change."""
    slot: str = ""
    """What it belongs to: `section:0`, `proposition:2`; empty for all else."""


class Known(NamedTuple):
    """What is known of a post beside its draft."""

    written_by_people: float = 0.0
    """Share of its characters."""
    choices: int = 0
    among: int = 0
    """How often somebody chose, and among how many texts in all."""
    propositions: int | None = None
    """How many stand on the page; None: as many as in the draft."""
    reviewed: int = 0
    """Those of them under which somebody wrote their name."""
    findings: Mapping[int, Sequence[str]] = {}
    """What the linter found, by a proposition's place in the draft."""
    checked: int = 0
    to_check: int = 0
    """How many places a person checked, among how many that are worth it."""
    checkers: Sequence[str] = ()
    """Who did."""


def page(
    draft: Draft, transcript: Transcript, links: Links, *, known: Known | None = None, parts: Sequence[Part] = ()
) -> str:
    """The whole post, without ids; its last part is the footnotes."""
    return "\n\n".join(leaf.text for leaf in leaves(draft, transcript, links, known=known, parts=parts)).rstrip() + "\n"


def leaves(
    draft: Draft, transcript: Transcript, links: Links, *, known: Known | None = None, parts: Sequence[Part] = ()
) -> list[Leaf]:
    """The blocks of the post in order; the last is all its footnotes.

    `parts` says which lines are which session's, for a sequence.
    """
    footnotes = Footnotes(transcript, links, parts)
    known = known or Known()
    found = [
        Leaf(f"# {escape(draft.title)}", ("title",)),
        Leaf(status(draft, transcript, known), (STATUS,)),
        Leaf(_meta(draft, transcript, links), (META,)),
    ]
    if draft.summary:
        found += [Leaf("## TL;DR", ("heading", "summary")), Leaf(_list(draft.summary, footnotes), ("summary",))]
    if draft.definitions:
        found.append(Leaf("## Definitions", ("heading", "definitions")))
        for number, claim in enumerate(draft.definitions, start=1):
            key = ("definition", *map(str, claim.cites), text_key([claim.text]) if not claim.cites else "")
            found.append(Leaf(f"**Definition {number}.** {footnotes.sentence(claim)}", key))
    for place, section in enumerate(draft.sections):
        found += _section(section, f"section:{place}", footnotes)
    if draft.propositions:
        found.append(Leaf("## Propositions", ("heading", "propositions")))
        for place, proposition in enumerate(draft.propositions):
            found += _proposition(place, proposition, footnotes, known.findings.get(place, ()))
    if draft.open_questions:
        found += [
            Leaf("## Open questions", ("heading", "questions")),
            Leaf(_list(draft.open_questions, footnotes), ("questions",)),
        ]
    notes = footnotes.text()
    return [*found, *([Leaf(notes, ("footnotes",))] if notes else [])]


# ── The head ─────────────────────────────────────────────────────────────────────────────────


def status(draft: Draft, transcript: Transcript, known: Known) -> str:
    """What a reader must know before believing a word; who wrote it is counted, not claimed."""
    typed = _percent(known.written_by_people)
    chosen = f", {counted(known.choices, 'text')} chosen among {known.among}" if known.choices else ""
    total = len(draft.propositions) if known.propositions is None else known.propositions
    left = total - min(total, known.reviewed)
    reviewed = f"{left} of {counted(total, 'proposition')} unreviewed" if total else "there is no proposition to review"
    checked = (
        f"; {known.checked} of {counted(known.to_check, 'place')} in the review queue checked, "
        f"by {listed([escape(name) for name in known.checkers])}"
        if known.checked and known.checkers
        else ""
    )
    source, how = _made(draft, transcript)
    return (
        f"*Epistemic status: a draft, {100 - typed} % generated from {source}, {typed} % written by a person{chosen}; "
        f"{reviewed}{checked}. {how}.*"
    )


def is_status(text: str, draft: Draft, transcript: Transcript) -> bool:
    """Whether a text is the status of this draft, whatever was known then: one that nobody wrote in."""
    source, how = map(re.escape, _made(draft, transcript))
    pattern = (
        rf"\*Epistemic status: a draft, \d+ % generated from {source}, \d+ % written by a person"
        r"(?:, \d+ texts? chosen among \d+)?"
        r"; (?:\d+ of \d+ propositions? unreviewed|there is no proposition to review)"
        rf"(?:; \d+ of \d+ places? in the review queue checked, by [^;\n]{{1,2000}})?\. {how}\.\*"
    )
    return re.fullmatch(pattern, text) is not None


def _made(draft: Draft, transcript: Transcript) -> tuple[str, str]:
    """From what a draft was generated, and how."""
    engine = draft.recipe.engine
    is_extract = engine.startswith("extract/")
    name = " and ".join(dict.fromkeys(s.id for s in draft.sessions)) or file_name(transcript.source)
    what = "an extractive summary" if is_extract else "a summary by a language model"
    how = (
        "What is generated was chosen by a program from what was said and cleaned of fillers and false starts; "
        "nothing was added, and no language model took part"
        if is_extract
        else "What is generated was continued by a language model from what was said; "
        "a sentence that its lines do not bear out is marked"
    )
    return f"{what} of {escape(name)} by the simulator `{engine}`", how


def _percent(share: float) -> int:
    """A whole percentage that is 0 or 100 only where nothing, or all, is meant."""
    return round(100 * share) if share in (0.0, 1.0) else max(1, min(99, round(100 * share)))


def _meta(draft: Draft, transcript: Transcript, links: Links) -> str:
    """What this is and how to read it."""
    who = f", with {listed([escape(s) for s in transcript.speakers])}" if transcript.speakers else ""
    length = f" of {clock(transcript.duration)}" if transcript.duration else ""
    of_what = "one session" if not draft.sessions else counted(len(draft.sessions), "session")
    hear = "plays the recording at that place" if links.recording else "leads to the transcript"
    return (
        f"*Meta: this is a record{length} of {of_what}{who}. Each sentence has a footnote with the line it rests on; "
        f"its link {hear}.*"
    )


# ── Its parts ────────────────────────────────────────────────────────────────────────────────


def _section(section: Section, slot: str, footnotes: Footnotes) -> list[Leaf]:
    anchor = ("section", str(section.first))
    found = [Leaf(f"## {escape(section.heading)}", (*anchor, "heading"), slot)]
    if section.opening:
        found.append(Leaf(f"> {footnotes.sentence(section.opening)}", (*anchor, "opening"), slot))
    texts = [text for paragraph in section.paragraphs for text in footnotes.paragraphs(paragraph)]
    found += [Leaf(text, (*anchor, str(number)), slot) for number, text in enumerate(texts)]
    return found


def _proposition(place: int, proposition: Proposition, footnotes: Footnotes, findings: Sequence[str]) -> list[Leaf]:
    """What it is about, statement, assumptions, sketch with every step tagged, what is missing, and its status."""
    said = proposition.statement
    anchor = ("proposition", *map(str, said.cites), "" if said.cites else text_key([said.text]))
    steps = "\n".join(
        f"{n}. *({s.tag})* {footnotes.sentence(s.claim)}" for n, s in enumerate(proposition.steps, start=1)
    )
    attempts = proposition.counterexamples
    parts: list[tuple[str, str]] = [
        ("Definitions", _list(proposition.definitions, footnotes)),
        ("Statement", footnotes.sentence(said)),
        ("Assumptions", _list(proposition.assumptions, footnotes)),
        ("Sketch", steps),
        ("Gaps", _list(proposition.gaps, footnotes)),
        ("Counterexample", _list(attempts, footnotes) or "*None was found in the record.*"),
        ("Lint", "\n".join(f"- {escape(finding)}" for finding in findings)),
        ("Status", f"{escape(proposition.status)}; {UNREVIEWED}"),
    ]
    slot = f"proposition:{place}"
    found = [Leaf(f"### Proposition {place + 1}", (*anchor, "heading"), slot)]
    for name, text in parts:
        if not text:
            continue
        if name in ("Statement", "Status") or (name == "Counterexample" and not attempts):
            found.append(Leaf(f"**{name}.** {text}", (*anchor, name), slot))
        else:
            found += [Leaf(f"**{name}.**", (*anchor, name, "label"), slot), Leaf(text, (*anchor, name), slot)]
    return found


def _list(claims: Sequence[Claim], footnotes: Footnotes) -> str:
    return "\n".join(f"- {footnotes.sentence(claim)}" for claim in claims)
