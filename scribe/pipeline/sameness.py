"""Passages of transcripts are laid side by side: do they concern the same question?

In: passages named `SRC` or `SRC:12-40`, and a workspace. Out: stretches of transcripts with what each measure says of
two of them, or the pairs of topics, across sessions, that are likeliest about one question. Nothing is
written here but the scores that a simulator gave, so that none is asked for twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from scribe import chunks, shelf
from scribe.glossary.ordinary import zipf
from scribe.measures import likelihood, sameness
from scribe.pipeline.loading import load
from scribe.records import Notes, ScribeError, Transcript
from scribe.rollouts import Recorded, Rollouts
from scribe.simulators import Simulator, open_simulator

LIKELIHOOD = "likelihood"
LEXICAL: tuple[str, ...] = tuple(sameness.CALIBRATIONS)
MEASURES: tuple[str, ...] = (*LEXICAL, LIKELIHOOD)
"""What passages may be compared by, the default first; the last one asks a simulator."""

LONGEST_TOPIC_WORDS = 1500
"""A topic that nobody has made notes of is cut here, as chunks are."""

_SHORTLIST = 4
"""A simulator reads this many times as many pairs as are to be listed: those that the words say are likeliest."""

_TITLE_WORDS = 10


class Stretch(NamedTuple):
    """A passage of a session: lines `[first, last)`, and what was said in them."""

    session: str
    first: int
    last: int
    title: str
    text: str

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())

    @property
    def lines(self) -> str:
        """Its lines as a source names them: `SESSION:12-40`, the last one in it."""
        return f"{self.session}:{self.first}-{self.last - 1}"


class Measured(NamedTuple):
    """What one measure says of two stretches."""

    measure: str
    value: float
    probability: float | None
    """That they concern the same question, where half of all pairs do; None for a simulator: none is calibrated."""
    noise: float = 0.0
    """What `value` may be off by from rounding alone."""

    @property
    def is_below_noise(self) -> bool:
        """Whether rounding alone may have made the value."""
        return abs(self.value) < self.noise


class Compared(NamedTuple):
    """Two stretches, and what measures say of them."""

    one: Stretch
    other: Stretch
    measured: tuple[Measured, ...]


class Sessions:
    """The sessions that passages are taken from: those of a workspace, and sources that are named."""

    def __init__(self, workspace: shelf.Workspace) -> None:
        self.workspace = workspace
        self.remarks: list[str] = []
        """What was passed over, and why."""
        self._topics: dict[str, list[Stretch]] = {}
        for path in sorted((workspace.root / "transcripts").glob("*.json")):
            try:
                self._take(workspace.load_transcript(path.stem))
            except ScribeError as error:
                self.remarks.append(f"passed over: {error}")

    def passage(self, source: str) -> Stretch:
        """The passage that `SRC` or `SRC:12-40` names; raises ScribeError, also for one in which nothing is said."""
        name, lines = _parted(source)
        transcript = load(name, self.workspace).transcript
        self._take(transcript)
        segments = len(transcript.segments)
        first, last = (0, segments) if lines is None else lines
        if not 0 <= first < last <= segments:
            raise ScribeError(
                f"{source}: expected lines from 0 to {segments - 1}, the smaller first, found {first}-{last - 1}"
            )
        found = _stretch(transcript, first, last, None)
        if not found.words:
            raise ScribeError(f"{source}: expected a passage in which something is said, found none; name other lines")
        titles = [t.title for t in self._topics[transcript.id] if t.first <= first and last <= t.last]
        return found._replace(title=titles[0] if titles else found.title)

    def session_or_passage(self, source: str) -> str | Stretch:
        """The session that `SRC` names, or the passage that `SRC:12-40` does; raises as `passage`."""
        found = self.passage(source)
        return found if _parted(source)[1] is not None else found.session

    def topics(self) -> list[Stretch]:
        """The topics of every session, in order."""
        return [topic for topics in self._topics.values() for topic in topics]

    def _take(self, transcript: Transcript) -> None:
        if transcript.id not in self._topics:
            spans = _noted(transcript, self.workspace) or _cut(transcript)
            stretches = (_stretch(transcript, *span) for span in spans)
            self._topics[transcript.id] = [stretch for stretch in stretches if stretch.words]


def compare(
    one: Stretch, other: Stretch, *, sessions: Sessions, measures: Sequence[str], simulator: str | Simulator = "extract"
) -> Compared:
    """What each of `measures` says of two stretches; raises ScribeError, and CannotScore for a simulator that cannot.

    How common words are is taken from all topics of `sessions`; foreign passages are topics of its other sessions, or
    the farthest of the same.
    """
    background = sessions.topics()
    found = []
    for measure in measures:
        if measure == LIKELIHOOD:
            gain = _gains(simulator, [(one, other)], sessions)[0]
            found.append(Measured(measure, gain.value, None, gain.noise))
        else:
            known = [topic.text for topic in background]
            match = sameness.Comparison(_lexical(measure), [one.text, other.text], known, usual).match(0, 1)
            found.append(Measured(measure, match.value, match.probability))
    return Compared(one, other, tuple(found))


def closest(
    sessions: Sessions,
    *,
    measure: str,
    top: int,
    of: str | Stretch | None = None,
    simulator: str | Simulator = "extract",
) -> list[Compared]:
    """The `top` pairs of topics from different sessions that are likeliest about one question, best first.

    `of` is a stretch that each pair is to hold, or names a session, one of whose topics it is to hold. Where a
    simulator measures, it reads the pairs that the words say are likeliest, four for each that is wanted. Topics under
    `sameness.FEWEST_WORDS` words are left out. Raises ScribeError where no two sessions are left.
    """
    stretches = [topic for topic in sessions.topics() if topic.words >= sameness.FEWEST_WORDS]
    if isinstance(of, Stretch):
        stretches = [of, *(topic for topic in stretches if topic.session != of.session)]
        of = of.session
    if (many := len({stretch.session for stretch in stretches})) < 2:
        raise ScribeError(
            f"{sessions.workspace.root}: expected two sessions with topics of {sameness.FEWEST_WORDS} words to "
            f"compare, found {many}; add transcripts with scribe run, or name two passages"
        )
    by_words: sameness.LexicalMeasure = sameness.DEFAULT if measure == LIKELIHOOD else _lexical(measure)
    known = [topic.text for topic in sessions.topics()]
    comparison = sameness.Comparison(by_words, [stretch.text for stretch in stretches], known, usual)
    listed = top * _SHORTLIST if measure == LIKELIHOOD else top
    matches = comparison.closest([stretch.session for stretch in stretches], listed, of=of)
    found = [
        Compared(stretches[m.first], stretches[m.second], (Measured(by_words, m.value, m.probability),))
        for m in matches
    ]
    if measure != LIKELIHOOD:
        return found
    gains = _gains(simulator, [(pair.one, pair.other) for pair in found], sessions)
    told = [
        pair._replace(measured=(Measured(LIKELIHOOD, gain.value, None, gain.noise), *pair.measured))
        for pair, gain in zip(found, gains, strict=True)
    ]
    return sorted(told, key=lambda pair: -pair.measured[0].value)[:top]


def usual(word: str) -> float:
    """How often a lower-case word stands in English, as a share; one in a hundred million for a word not listed.

    >>> round(usual("similar"), 6)
    0.00022
    """
    return float(10.0 ** (max(zipf(word), 1.0) - 9))


def _lexical(measure: str) -> sameness.LexicalMeasure:
    """The measure of this name that reads words only; raises ScribeError for a name that nobody knows."""
    for known in sameness.CALIBRATIONS:
        if known == measure:
            return known
    raise ScribeError(f"unknown measure {measure!r}; known: {', '.join(MEASURES)}")


def _gains(
    simulator: str | Simulator, pairs: Sequence[tuple[Stretch, Stretch]], sessions: Sessions
) -> list[likelihood.Gain]:
    """The likelihood gain of each pair under a simulator, or that of a spec."""
    topics = sessions.topics()
    pairings = [likelihood.Pairing(one.text, other.text, _foreign(one, other, topics)) for one, other in pairs]
    opened = open_simulator(simulator) if isinstance(simulator, str) else simulator
    with closing(Rollouts(sessions.workspace.rollouts_path, warn=sessions.remarks.append)) as store:
        return likelihood.likelihood_gains(Recorded(opened, store), pairings)


def _foreign(one: Stretch, other: Stretch, topics: Sequence[Stretch]) -> list[str]:
    """Topics that likely concern neither's question: of other sessions, else the farthest of the same."""
    elsewhere = [topic for topic in topics if topic.session not in (one.session, other.session)]
    if elsewhere:
        step = max(1, len(elsewhere) // likelihood.FOREIGN)
        return [topic.text for topic in elsewhere[::step][: likelihood.FOREIGN]]
    apart = {topic: min(_distance(topic, one), _distance(topic, other)) for topic in topics}
    far = [topic for topic in sorted(topics, key=lambda topic: -apart[topic]) if apart[topic] > 0]
    if not far:
        raise ScribeError(
            f"{one.lines} and {other.lines}: expected other topics to compare them with, found none; "
            "add transcripts with scribe run, or use another --measure"
        )
    return [topic.text for topic in far[: likelihood.FOREIGN]]


def _distance(one: Stretch, other: Stretch) -> float:
    """Lines between two stretches of a session, 0 where they overlap; infinite between sessions."""
    if one.session != other.session:
        return float("inf")
    return max(0, one.first - other.last + 1, other.first - one.last + 1)


# ── Passages and topics ──────────────────────────────────────────────────────────────────────


def _parted(source: str) -> tuple[str, tuple[int, int] | None]:
    """A source, and the lines `[first, last)` named behind its last colon; a file may have a colon in its name."""
    match = re.fullmatch(r"(.+):(\d{1,9})(?:-(\d{1,9}))?", source, re.S)
    if match is None or Path(source).exists():
        return source, None
    first = int(match[2])
    return match[1], (first, int(match[3] or first) + 1)


Span = tuple[int, int, str | None]
"""Lines `[first, last)` and their title, where there is one."""


def _noted(transcript: Transcript, workspace: shelf.Workspace) -> list[Span]:
    """The topics of a session's notes; none where there are no notes, or they are of another transcript."""
    path = workspace.notes_json_path(transcript.id)
    try:
        notes = Notes.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return []
    if not all(topic.first < topic.last <= len(transcript.segments) for topic in notes.topics):
        return []
    return [(topic.first, topic.last, topic.title) for topic in notes.topics]


def _cut(transcript: Transcript) -> Iterator[Span]:
    """The topics of a session, as chunks find them."""
    for chunk in chunks.split(transcript, lambda text: len(text.split()), budget_tokens=LONGEST_TOPIC_WORDS):
        yield chunk.first, chunk.last, chunk.title


def _stretch(transcript: Transcript, first: int, last: int, title: str | None) -> Stretch:
    """Lines as one text, without who said them; doubtful lines are left out, as from every prompt."""
    said = [line.text for line in transcript.segments[first:last] if line.doubt is None]
    text = " ".join(" ".join(said).split())
    words = text.split(" ", _TITLE_WORDS)
    begins = " ".join(words[:_TITLE_WORDS]) + ("…" if len(words) > _TITLE_WORDS else "")
    return Stretch(transcript.id, first, last, title or begins, text)
