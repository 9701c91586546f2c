"""Claims on a page: each sentence with its mark; each mark with who said it, when, where, and in which words.

In: claims and the transcript they cite. Out: Markdown with footnotes (`[^12]`), which Obsidian, GitHub and most forums
render. Labels are line numbers, so a footnote keeps its name when other parts of the page change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scribe.evidence import cite
from scribe.language import content_words, sentences
from scribe.markdown import escape
from scribe.records import Claim, Record, Transcript

_QUOTE_CHARACTERS = 140


class Links(Record):
    """Where a page's citations lead, relative to the page; None where there is nothing to lead to."""

    recording: str | None = None
    transcript: str | None = None


class Footnotes:
    """Collects the footnotes of one page in the order of their first mark."""

    def __init__(self, transcript: Transcript, links: Links) -> None:
        self._transcript = transcript
        self._links = links
        self._notes: dict[str, str] = {}

    def sentence(self, claim: Claim, *, with_speaker: bool = True) -> str:
        """A claim as Markdown: speaker, text, footnote mark, and a warning where it is not plainly supported."""
        who = f"**{escape(claim.speaker)}:** " if claim.speaker and with_speaker else ""
        return f"{who}{escape(claim.text)}{self.mark(claim)}{_warning(claim)}"

    def paragraph(self, claims: Iterable[Claim]) -> str:
        """Claims in running text; when the voice changes, or is nobody's any more, a paragraph begins."""
        lines: list[str] = []
        speaker: str | None = None
        for claim in claims:
            if lines and claim.speaker != speaker:
                lines.append("\n\n")
            elif lines:
                lines.append(" ")
            lines.append(self.sentence(claim, with_speaker=claim.speaker != speaker))
            speaker = claim.speaker
        return "".join(lines)

    def seen_by(self, claim: Claim) -> str:
        """Which voices saw a claim, to be put after it; empty where none is named."""
        return f" — *{', '.join(map(escape, claim.voices))}*" if claim.voices else ""

    def mark(self, claim: Claim) -> str:
        """The footnote mark of a claim's lines; empty where it cites none."""
        if not claim.cites:
            return ""
        label = cite(claim.cites).strip("[]").replace(", ", "_")
        self._notes.setdefault(label, self._note(claim))
        return f"[^{label}]"

    def text(self) -> str:
        """The footnotes themselves, one a line."""
        return "\n".join(f"[^{label}]: {note}" for label, note in self._notes.items())

    def time(self, line: int) -> str:
        """When a line was said, linked into the recording; empty for an untimed line."""
        start = self._transcript.segments[line].start
        if start is None:
            return ""
        if self._links.recording is None:
            return clock(start)
        return f"[{clock(start)}]({self._links.recording}#t={int(start)})"

    def _note(self, claim: Claim) -> str:
        lines = [self._transcript.segments[i] for i in claim.cites]
        said = " ".join(s.text for s in lines)
        best = claim.support.best if claim.support is not None and len(said) > _QUOTE_CHARACTERS else ()
        speakers = ", ".join(dict.fromkeys(escape(s.speaker) for s in lines if s.speaker))
        place = ("line " if len(lines) == 1 else "lines ") + cite(claim.cites).strip("[]").replace("-", "–")
        if self._links.transcript is not None:
            place = f"[{place}]({self._links.transcript})"
        head = ", ".join(
            part
            for part in (speakers and f"**{speakers}**", self.time(best[0] if best else claim.cites[0]), place)
            if part
        )
        quoted = self._best_of(claim, best) if best else f"“{escape(_quote(claim, said))}”"
        return f"{head}: {quoted}"

    def _best_of(self, claim: Claim, best: Sequence[int]) -> str:
        """The lines that bear a claim out best, best first, each in quotation marks, as many as there is room for."""
        quotes: list[str] = []
        room = _QUOTE_CHARACTERS
        for line in best:
            quote = _quote(claim, self._transcript.segments[line].text)
            if quotes and len(quote) > room:
                break
            quotes.append(f"“{escape(quote)}”")
            room -= len(quote)
        return " ".join(quotes)


def clock(seconds: float) -> str:
    """A time as people write it.

    >>> clock(65.9), clock(3600)
    ('1:05', '1:00:00')
    """
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _quote(claim: Claim, spoken: str) -> str:
    """The lines' own words: all of them if they are short, else from the sentence nearest to the claim on."""
    spoken = " ".join(spoken.split())
    if len(spoken) <= _QUOTE_CHARACTERS:
        return spoken
    claimed = set(content_words(claim.text))
    best = max(sentences(spoken), key=lambda s: len(claimed & set(content_words(s))))
    at = spoken.index(best)
    cut = spoken[at : at + _QUOTE_CHARACTERS]
    if at + _QUOTE_CHARACTERS < len(spoken):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return ("… " if at else "") + cut


def _warning(claim: Claim) -> str:
    """What a reader must know of a claim that its lines do not plainly bear out."""
    support = claim.support
    if support is None or (support.verdict == "supported" and not support.reasons):
        return ""
    verdict = "borne out by its words, but" if support.verdict == "supported" else f"{support.verdict}:"
    return f" *({escape(f'{verdict} ' + '; '.join(support.reasons))})*"
