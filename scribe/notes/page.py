"""Notes -> Markdown: the page a person reads, edits and keeps.

In: notes, their transcript, and where the page's links lead. Out: one Markdown document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scribe.claims import flat
from scribe.footnotes import Footnotes, Links, clock
from scribe.markdown import escape
from scribe.records import Claim, ClaimKind, Coverage, Notes, Topic, Transcript

_HEADINGS: dict[ClaimKind, str] = {
    "definition": "Definitions",
    "conjecture": "Conjectures",
    "objection": "Objections",
    "question": "Questions",
    "decision": "Decisions",
    "action": "Actions",
    "answer": "Answers",
}
"""Order and headings of what stands under the points of a topic."""


def page(notes: Notes, transcript: Transcript, links: Links) -> str:
    """The whole page; its last part is the footnotes."""
    footnotes = Footnotes(transcript, links)
    parts = [f"# {escape(notes.title)}: notes", _head(notes, transcript, links)]
    if notes.about is not None:
        parts.append(f"## {escape(notes.about)}")
        parts.append(footnotes.paragraph(notes.overview) or "*No line of the record speaks of this.*")
    elif notes.overview:
        parts += ["## Overview", footnotes.paragraph(notes.overview)]
    is_shared = len(_voices(notes)) > 1
    for number, topic in enumerate(notes.topics, start=1):
        parts += _topic(number, topic, transcript, footnotes, with_voices=is_shared)
    parts += ["---", coverage_line(notes, transcript)]
    return "\n\n".join([*parts, footnotes.text()]).rstrip() + "\n"


def coverage_line(notes: Notes, transcript: Transcript) -> str:
    """How much of the record was read, and how well what is written here is borne out."""
    coverage = notes.coverage
    verdicts = [c.support.verdict for c in all_claims(notes) if c.support]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("supported", "weak", "unsupported"))
    lines = [
        f"*Coverage: {coverage.summarised} of {coverage.segments} lines were read "
        f"({percent(coverage)}). {len(verdicts)} statements: {counts}.*"
    ]
    says = {"failed": "Not read", "hidden": "Left out as doubtful", "summarised": "Read in part"}
    for passage in coverage.passages:
        if passage.outcome in says and (passage.reason or passage.outcome != "summarised"):
            where = (
                f"lines {passage.first}–{passage.last - 1}{_span(passage.first, passage.last, transcript, ' (', ')')}"
            )
            lines.append(f"- {says[passage.outcome]}: {where}: {escape(passage.reason or 'no reason given')}")
    return "\n".join(lines)


def percent(coverage: Coverage) -> str:
    """A share that says 100 only when nothing is missing."""
    return "100 %" if coverage.fraction == 1 else f"{min(99.9, 100 * coverage.fraction):.1f} %"


def all_claims(notes: Notes) -> list[Claim]:
    """Every claim of the notes with its replies and what stands against it, in order."""
    return list(flat([*notes.overview, *(c for topic in notes.topics for c in topic.claims)]))


def _voices(notes: Notes) -> set[str]:
    """The voices whose claims stand under the topics."""
    return {voice for claim in flat(c for topic in notes.topics for c in topic.claims) for voice in claim.voices}


def _head(notes: Notes, transcript: Transcript, links: Links) -> str:
    facts = []
    if transcript.speakers:
        facts.append(f"**Speakers:** {', '.join(map(escape, transcript.speakers))}")
    if transcript.duration:
        facts.append(f"**Length:** {clock(transcript.duration)}")
    if links.recording and transcript.recording:
        facts.append(f"**Recording:** [{escape(_name(transcript.recording))}]({links.recording})")
    if links.transcript:
        facts.append(f"**Transcript:** [{escape(_name(transcript.source))}]({links.transcript})")
    made = f"*Made by scribe {notes.recipe.scribe} with the simulator `{notes.recipe.engine}`; reviewed by no one yet."
    if len(_voices(notes)) > 1:
        made += " Several voices read the session; after each point stand those that saw it, often only one."
    made += "*"
    return " · ".join(facts) + ("\n\n" if facts else "") + made


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _topic(number: int, topic: Topic, transcript: Transcript, footnotes: Footnotes, *, with_voices: bool) -> list[str]:
    """A topic's heading, its span, its points, and the rest under bold headings."""
    speakers = dict.fromkeys(s.speaker for s in transcript.segments[topic.first : topic.last] if s.speaker)
    about = [_span(topic.first, topic.last, transcript) or f"lines {topic.first}–{topic.last - 1}"]
    if speakers:
        about.append(", ".join(map(escape, speakers)))
    parts = [f"## {number}. {escape(topic.title)}", f"*{' · '.join(about)}*"]
    if points := _of_kind(topic.claims, "point"):
        parts.append(_list(points, footnotes, with_voices))
    for kind, heading in _HEADINGS.items():
        if claims := _of_kind(topic.claims, kind):
            parts += [f"**{heading}**", _list(claims, footnotes, with_voices)]
    if len(parts) == 2:
        parts.append("*Nothing here could be quoted as a point by itself.*")
    return parts


def _of_kind(claims: Sequence[Claim], kind: ClaimKind) -> list[Claim]:
    """Claims of one kind in the order in which their lines were spoken; those that cite nothing last."""
    return sorted((c for c in claims if c.kind == kind), key=lambda c: c.cites or (10**9,))


def _list(claims: Sequence[Claim], footnotes: Footnotes, with_voices: bool) -> str:
    return "\n".join(line for claim in claims for line in _item(claim, footnotes, with_voices))


def _item(
    claim: Claim, footnotes: Footnotes, with_voices: bool, *, indent: str = "", before: str = ""
) -> Iterator[str]:
    """A claim, its voices, and under it what answers and what contradicts it."""
    seen = footnotes.seen_by(claim) if with_voices else ""
    yield f"{indent}- {before}{footnotes.sentence(claim)}{seen}"
    for reply in claim.replies:
        yield from _item(reply, footnotes, with_voices and reply.voices != claim.voices, indent=indent + "  ")
    for other in claim.against:
        yield from _item(other, footnotes, with_voices, indent=indent + "  ", before="*but:* ")


def _span(first: int, last: int, transcript: Transcript, before: str = "", after: str = "") -> str:
    """From when to when a stretch was spoken; empty where the lines have no times."""
    lines = transcript.segments[first:last]
    starts = [s.start for s in lines if s.start is not None]
    ends = [s.end for s in lines if s.end is not None]
    return f"{before}{clock(min(starts))}–{clock(max(ends))}{after}" if starts and ends else ""
