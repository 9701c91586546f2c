"""Notes -> headings of a post, each with the claims that fall under it.

In: notes and a simulator. Out: headings in order; every topic's claims are under exactly one of them.
"""

from __future__ import annotations

import re

from scribe.asking import MOST_SHOWN_TOKENS, fits
from scribe.claims import lines_of, minutes_by_topic
from scribe.evidence import citations
from scribe.frames import Frame, prompts
from scribe.records import Claim, Notes, Record, ScribeError, Topic, Transcript
from scribe.simulators import Simulator


class Heading(Record):
    """A section to be written."""

    title: str
    first: int
    last: int
    """It covers segments `[first, last)`."""
    claims: tuple[Claim, ...]


def outline(transcript: Transcript, notes: Notes, simulator: Simulator, frame: Frame) -> list[Heading]:
    """Ask for an outline of the topics; topics it leaves out keep their own headings, so that no claim is lost.

    They all do where the topics do not fit the simulator's context, or the simulator fails.
    """
    told = [topic for topic in notes.topics if topic.claims]
    if not told:
        return []
    written = minutes_by_topic((topic.title, topic.claims) for topic in told)
    sources = lines_of((c for topic in told for c in topic.claims), transcript)
    made = prompts(frame, sources, title=notes.title, claims=written)[0]
    shown = simulator.count(written) + sum(simulator.count(s.text) for s in sources)
    if shown > MOST_SHOWN_TOKENS or not fits(simulator, [made], frame.sampling):
        return [_heading(topic.title, topic) for topic in told]
    try:
        ((completion, *_),) = simulator.sample([made], frame.sampling)
    except ScribeError:
        return [_heading(topic.title, topic) for topic in told]
    offered = read_outline(made.cue, completion.text, last=len(transcript.segments))
    headings: list[Heading] = []
    for topic in told:
        title = next((t for t, first, end in offered if first < topic.last and topic.first < end), topic.title)
        if headings and headings[-1].title == title:
            claims = (*headings[-1].claims, *topic.claims)
            headings[-1] = headings[-1].model_copy(update={"last": topic.last, "claims": claims})
        else:
            headings.append(_heading(title, topic))
    return headings


def read_outline(cue: str, text: str, *, last: int) -> list[tuple[str, int, int]]:
    r"""Headings of a completed outline, each with the stretch `[first, last)` it covers; without one it is left out.

    >>> read_outline("##", " Log-loss\n- [3-40] what it rewards", last=50)
    [('Log-loss', 3, 41)]
    """
    document = cue.rsplit("\n", 1)[-1] + text
    found = []
    for part in re.split(r"^#{2,4}[ \t]*", document, flags=re.M)[1:]:
        title, _, body = part.partition("\n")
        lines = [n for n in citations(body) if n < last]
        if title.strip() and lines:
            found.append((title.strip()[:120], lines[0], lines[-1] + 1))
    return found


def _heading(title: str, topic: Topic) -> Heading:
    return Heading(title=title, first=topic.first, last=topic.last, claims=topic.claims)
