"""Draft -> Markdown: a post in the seminar's form, for a person to make theirs.

In: a draft, its transcript, and where the page's links lead. Out: one Markdown document.
"""

from __future__ import annotations

from collections.abc import Sequence

from scribe.footnotes import Footnotes, Links, clock
from scribe.markdown import escape
from scribe.records import Claim, Draft, Proposition, Section, Transcript


def page(draft: Draft, transcript: Transcript, links: Links) -> str:
    """The whole post; its last part is the footnotes."""
    footnotes = Footnotes(transcript, links)
    parts = [f"# {escape(draft.title)}", _status(draft, transcript), _meta(transcript, links)]
    if draft.summary:
        parts += ["## TL;DR", _list(draft.summary, footnotes)]
    if draft.definitions:
        parts += ["## Definitions", _numbered("Definition", draft.definitions, footnotes)]
    for section in draft.sections:
        parts += _section(section, footnotes)
    if draft.propositions:
        parts.append("## Propositions")
        for number, proposition in enumerate(draft.propositions, start=1):
            parts += _proposition(number, proposition, footnotes)
    if draft.open_questions:
        parts += ["## Open questions", _list(draft.open_questions, footnotes)]
    return "\n\n".join([*parts, footnotes.text()]).rstrip() + "\n"


def _status(draft: Draft, transcript: Transcript) -> str:
    """What a reader must know before believing a word."""
    engine = draft.recipe.engine
    if engine.startswith("extract/"):
        how = (
            "Every sentence below the meta paragraph was chosen by a program from what was said, "
            "and cleaned of fillers and false starts; nothing was added, and no language model took part"
        )
    else:
        how = (
            "The text was continued by a language model from what was said; "
            "a sentence that its lines do not bear out is marked"
        )
    name = transcript.source.replace("\\", "/").rsplit("/", 1)[-1]
    made = f"a draft, generated from the transcript {escape(name)} by the simulator `{engine}`"
    return f"*Epistemic status: {made}. {how}. Reviewed by no one yet.*"


def _meta(transcript: Transcript, links: Links) -> str:
    """What this is and how to read it."""
    who = f", with {_listed([escape(s) for s in transcript.speakers])}" if transcript.speakers else ""
    length = f" of {clock(transcript.duration)}" if transcript.duration else ""
    hear = "plays the recording at that place" if links.recording else "leads to the transcript"
    return (
        f"*Meta: this is a record{length} of one session{who}. Each sentence has a footnote with the line it rests on; "
        f"its link {hear}.*"
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _section(section: Section, footnotes: Footnotes) -> list[str]:
    parts = [f"## {escape(section.heading)}"]
    if section.opening:
        parts.append(f"> {footnotes.sentence(section.opening)}")
    parts += [footnotes.paragraph(paragraph) for paragraph in section.paragraphs]
    return parts


def _numbered(label: str, claims: Sequence[Claim], footnotes: Footnotes) -> str:
    return "\n\n".join(f"**{label} {n}.** {footnotes.sentence(c)}" for n, c in enumerate(claims, start=1))


def _proposition(number: int, proposition: Proposition, footnotes: Footnotes) -> list[str]:
    """Statement, assumptions, sketch with every step tagged, gaps and status."""
    parts = [f"### Proposition {number}", f"**Statement.** {footnotes.sentence(proposition.statement)}"]
    if proposition.assumptions:
        parts += ["**Assumptions.**", _list(proposition.assumptions, footnotes)]
    if proposition.steps:
        steps = (f"{n}. *({s.tag})* {footnotes.sentence(s.claim)}" for n, s in enumerate(proposition.steps, start=1))
        parts += ["**Sketch.**", "\n".join(steps)]
    if proposition.gaps:
        parts += ["**Gaps.**", _list(proposition.gaps, footnotes)]
    parts.append(f"**Status.** {escape(proposition.status)}; nobody has checked it.")
    return parts


def _list(claims: Sequence[Claim], footnotes: Footnotes) -> str:
    return "\n".join(f"- {footnotes.sentence(claim)}" for claim in claims)
