"""Claims on a page: each sentence with its mark; each mark with who said it, when, where, and in which words.

In: claims and the transcript they cite. Out: Markdown with footnotes (`[^12]`), which Obsidian, GitHub and most forums
render. Labels are line numbers, so a footnote keeps its name when other parts of the page change.
"""

from __future__ import annotations

import re
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


class Part(Record):
    """A session of a sequence: its lines are `[first, last)` of the transcript that footnotes are made from."""

    name: str
    first: int
    last: int
    links: Links


class Footnotes:
    """Collects the footnotes of one page in the order of their first mark.

    Labels are line numbers, `12-14_20`; in a sequence of `parts` those of a session, with its number: `s2-12-14`.
    """

    def __init__(self, transcript: Transcript, links: Links, parts: Sequence[Part] = ()) -> None:
        self._transcript = transcript
        self._parts = parts or (Part(name="", first=0, last=len(transcript.segments), links=links),)
        self._is_sequence = bool(parts)
        self._notes: dict[str, str] = {}

    def sentence(self, claim: Claim, *, with_speaker: bool = True) -> str:
        """A claim as Markdown: speaker, text, footnote mark, and a warning where it is not plainly supported."""
        who = f"**{escape(claim.speaker)}:** " if claim.speaker and with_speaker else ""
        return f"{who}{escape(claim.text)}{self.mark(claim)}{_warning(claim)}"

    def paragraphs(self, claims: Iterable[Claim]) -> list[str]:
        """Claims in running text; when the voice changes, or is nobody's any more, a paragraph begins."""
        found: list[list[str]] = []
        speaker: str | None = None
        for claim in claims:
            if not found or claim.speaker != speaker:
                found.append([])
            found[-1].append(self.sentence(claim, with_speaker=claim.speaker != speaker))
            speaker = claim.speaker
        return [" ".join(sentences) for sentences in found]

    def paragraph(self, claims: Iterable[Claim]) -> str:
        """The same as one text."""
        return "\n\n".join(self.paragraphs(claims))

    def seen_by(self, claim: Claim) -> str:
        """Which voices saw a claim, to be put after it; empty where none is named."""
        return f" — *{', '.join(map(escape, claim.voices))}*" if claim.voices else ""

    def mark(self, claim: Claim) -> str:
        """The footnote mark of a claim's lines; empty where it cites none."""
        if not claim.cites:
            return ""
        label = "_".join(
            (f"s{number}-" if self._is_sequence else "") + _lines(part, lines).replace(", ", "_")
            for number, part, lines in self._cited(claim.cites)
        )
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
        recording = self._part_of(line).links.recording
        return clock(start) if recording is None else f"[{clock(start)}]({recording}#t={int(start)})"

    def _part_of(self, line: int) -> Part:
        return next((part for part in self._parts if part.first <= line < part.last), self._parts[-1])

    def _cited(self, cites: Sequence[int]) -> list[tuple[int, Part, list[int]]]:
        """The lines cited of each session, with its number."""
        found = ((n, part, [i for i in cites if part.first <= i < part.last]) for n, part in enumerate(self._parts, 1))
        return [(number, part, lines) for number, part, lines in found if lines]

    def _note(self, claim: Claim) -> str:
        lines = [self._transcript.segments[i] for i in claim.cites]
        said = " ".join(s.text for s in lines)
        best = claim.support.best if claim.support is not None and len(said) > _QUOTE_CHARACTERS else ()
        speakers = ", ".join(dict.fromkeys(escape(s.speaker) for s in lines if s.speaker))
        places = ", ".join(_place(part, cited) for _, part, cited in self._cited(claim.cites))
        head = ", ".join(
            part
            for part in (speakers and f"**{speakers}**", self.time(best[0] if best else claim.cites[0]), places)
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


def file_name(path: str) -> str:
    r"""The last part of a path, whichever system wrote it.

    >>> file_name("talks/one.vtt"), file_name("talks\\one.vtt")
    ('one.vtt', 'one.vtt')
    """
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def lines_of(label: str, sessions: Sequence[tuple[int, int]] = ()) -> tuple[int, ...]:
    """The lines that a footnote's label names, ascending; none for a label that is somebody's own.

    `sessions` are the segments `[first, last)` of each session of a sequence. A letter at the end of a label tells it
    from a person's footnote of that name.

    >>> lines_of("3_12-14"), lines_of("s2-1-2", [(0, 40), (40, 80)]), lines_of("mine")
    ((3, 12, 13, 14), (41, 42), ())
    """
    match = _LABEL.fullmatch(label)
    if match is None or bool(match["session"]) != bool(sessions):
        return ()
    found: set[int] = set()
    at = (0, _NO_END)
    for part in match["lines"].split("_"):
        named = re.match(r"s(\d+)-", part)
        if named:
            if not 1 <= int(named[1]) <= len(sessions):
                return ()
            at = sessions[int(named[1]) - 1]
        ends = [int(n) for n in part[named.end() if named else 0 :].split("-")]
        found.update(n for n in range(at[0] + ends[0], at[0] + ends[-1] + 1) if n < at[1])
    return tuple(sorted(found))


_NO_END = 10**9
_LABEL = re.compile(
    r"(?P<lines>(?P<session>s\d{1,6}-)?\d{1,7}(?:-\d{1,7})?(?:_(?:s\d{1,6}-)?\d{1,7}(?:-\d{1,7})?)*)(?:[b-z]|b\d+)?"
)


def _lines(part: Part, lines: Sequence[int]) -> str:
    """Lines as their own session counts them: "12-14, 20"."""
    return cite([line - part.first for line in lines]).strip("[]")


def _place(part: Part, lines: Sequence[int]) -> str:
    """Where lines stand, linked to the transcript: "line 12", "monday, lines 3–5"."""
    place = ("line " if len(lines) == 1 else "lines ") + _lines(part, lines).replace("-", "–")
    place = f"{escape(part.name)}, {place}" if part.name else place
    return place if part.links.transcript is None else f"[{place}]({part.links.transcript})"


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
