"""Notes -> Markdown: the page a person reads, edits and keeps.

In: notes, their transcript, and where the page's links lead. Out: one Markdown document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scribe.claims import flat
from scribe.footnotes import Footnotes, Links, clock, file_name
from scribe.language import counted, span_of_lines
from scribe.markdown import escape
from scribe.records import Claim, ClaimKind, Coverage, Notes, Reference, Topic, Transcript
from scribe.structure import presenter

_IN_TOPIC: dict[ClaimKind, str] = {
    "definition": "Definitions",
    "conjecture": "Conjectures",
    "objection": "Objections",
    "answer": "Answers",
}
"""Order and headings of what stands under the points of a topic."""

_GATHERED: dict[ClaimKind, str] = {"question": "Questions", "decision": "Decisions", "action": "Actions"}
"""What stands together after the topics, whichever topic it belongs to: a reader looks for it there."""

_LATER_LINES = 12
"""An answer so many lines after its question came later; in a meeting that is half a minute and more."""

_MARKS = 3
"""Mentions of a reference that get a footnote."""


def page(notes: Notes, transcript: Transcript, links: Links, *, worth_hearing: str = "") -> str:
    """The whole page; its last part is the footnotes.

    `worth_hearing` is a finished section, put before what is said of coverage; empty for none.
    """
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
    for kind, heading in _GATHERED.items():
        if claims := _of_kind([c for topic in notes.topics for c in topic.claims], kind):
            parts += [f"## {heading}", _list(claims, footnotes, is_shared)]
    if notes.references:
        parts += ["## References mentioned", "\n".join(_reference(one, footnotes) for one in notes.references)]
    if worth_hearing:
        parts.append(worth_hearing)
    parts += ["---", coverage_line(notes, transcript)]
    return "\n\n".join([*parts, footnotes.text()]).rstrip() + "\n"


def coverage_line(notes: Notes, transcript: Transcript) -> str:
    """How much of the record was read, and how well what is written here is borne out."""
    coverage = notes.coverage
    verdicts = [c.support.verdict for c in all_claims(notes) if c.support]
    counts = ", ".join(f"{verdicts.count(v)} {v}" for v in ("supported", "weak", "unsupported"))
    lines = [
        f"*Coverage: {coverage.summarised} of {coverage.segments} lines were read "
        f"({percent(coverage)}). {counted(len(verdicts), 'statement')}: {counts}.*"
    ]
    says = {"failed": "Not read", "hidden": "Left out as doubtful", "summarised": "Read in part"}
    for passage in coverage.passages:
        if passage.outcome in says and (passage.reason or passage.outcome != "summarised"):
            where = span_of_lines(passage.first, passage.last)
            where += _span(passage.first, passage.last, transcript, " (", ")")
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
        facts.append(f"**Recording:** [{escape(file_name(transcript.recording))}]({links.recording})")
    if links.transcript:
        facts.append(f"**Transcript:** [{escape(file_name(transcript.source))}]({links.transcript})")
    made = f"*Made by scribe {notes.recipe.scribe} with the simulator `{notes.recipe.engine}`; reviewed by no one yet."
    if len(_voices(notes)) > 1:
        made += " Several voices read the session; after each point stand those that saw it, often only one."
    made += "*"
    return " · ".join(facts) + ("\n\n" if facts else "") + made


def _topic(number: int, topic: Topic, transcript: Transcript, footnotes: Footnotes, *, with_voices: bool) -> list[str]:
    """A topic's heading, its span, its points, and the rest under bold headings."""
    speakers = dict.fromkeys(s.speaker for s in transcript.segments[topic.first : topic.last] if s.speaker)
    about = [_span(topic.first, topic.last, transcript) or span_of_lines(topic.first, topic.last)]
    if topic.form == "talk" and (name := presenter(transcript.segments[topic.first : topic.last])):
        about.append(f"talk by {escape(name)}")
        speakers.pop(name)
    elif topic.form is not None:
        about.append("talk and discussion" if topic.form == "mixed" else topic.form)
    if speakers:
        about.append(", ".join(map(escape, speakers)))
    parts = [f"## {number}. {escape(topic.title)}", f"*{' · '.join(about)}*"]
    if points := _of_kind(topic.claims, "point"):
        parts.append(_list(points, footnotes, with_voices))
    for kind, heading in _IN_TOPIC.items():
        if claims := _of_kind(topic.claims, kind):
            parts += [f"**{heading}**", _list(claims, footnotes, with_voices)]
    if len(parts) == 2 and topic.claims:
        parts.append("*What was asked, decided or promised here stands after the topics.*")
    elif len(parts) == 2:
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
    """A claim, its voices, and under it its reasons, what answers and what contradicts it."""
    seen = footnotes.seen_by(claim) if with_voices else ""
    yield f"{indent}- {before}{_sentence(claim, footnotes)}{seen}"
    below = [(reason, "*because:* ") for reason in claim.reasons]
    below += [(reply, _later(claim, reply, footnotes)) for reply in claim.replies]
    for other, opening in below:
        is_seen_by_others = with_voices and other.voices != claim.voices
        yield from _item(other, footnotes, is_seen_by_others, indent=indent + "  ", before=opening)
    if claim.kind == "question" and not claim.replies:
        yield f"{indent}  - {_unanswered(claim, footnotes)}"
    for other in claim.against:
        yield from _item(other, footnotes, with_voices, indent=indent + "  ", before="*but:* ")


def _sentence(claim: Claim, footnotes: Footnotes) -> str:
    """A claim as the page shows it; of an action, first who is to do it and by when."""
    if claim.kind != "action":
        return footnotes.sentence(claim)
    who = f"**For {escape(claim.owner)}**" if claim.owner else "*Nobody named*"
    due = f", {escape(claim.due)}" if claim.due else ""
    said = f" *(said by {escape(claim.speaker)})*" if claim.speaker not in (None, claim.owner) else ""
    return f"{who}{due}: {footnotes.sentence(claim, with_speaker=False)}{said}"


def _unanswered(question: Claim, footnotes: Footnotes) -> str:
    """What the page says of a question without an answer: that it was left open, and where, or that none was found."""
    if not question.left_open:
        return "*No answer was found.*"
    return f"*Left open.*{footnotes.mark(question.model_copy(update={'cites': question.left_open}))}"


def _later(claim: Claim, reply: Claim, footnotes: Footnotes) -> str:
    """What tells a reader that an answer came only after the talk had moved on, and when; else empty."""
    if not claim.cites or not reply.cites or reply.cites[0] - claim.cites[-1] <= _LATER_LINES:
        return ""
    time = footnotes.time(reply.cites[0])
    return f"*later, at {time}:* " if time else "*later:* "


def _reference(reference: Reference, footnotes: Footnotes) -> str:
    """What was referred to, what kind of thing it is, how often, and the lines of its first mentions."""
    marks = "".join(
        footnotes.mark(Claim(kind="point", text=reference.text, cites=(line,))) for line in reference.cites[:_MARKS]
    )
    often = f", {reference.mentions} times" if reference.mentions > 1 else ""
    kind = (
        ""
        if reference.kind in ("url", "result", "name") or reference.kind in reference.text
        else f" ({reference.kind})"
    )
    return f"- {escape(reference.text[:1].upper() + reference.text[1:])}{kind}{often}{marks}"


def _span(first: int, last: int, transcript: Transcript, before: str = "", after: str = "") -> str:
    """From when to when a stretch was spoken; empty where the lines have no times."""
    lines = transcript.segments[first:last]
    starts = [s.start for s in lines if s.start is not None]
    ends = [s.end for s in lines if s.end is not None]
    return f"{before}{clock(min(starts))}–{clock(max(ends))}{after}" if starts and ends else ""
