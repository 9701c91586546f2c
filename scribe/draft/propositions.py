"""Notes -> propositions: what somebody conjectured or defined, stated so that it can be attacked, and attacked.

In: notes and a simulator under the frames `proposition` and `counterexample`. Out: propositions with all the ways in
which each was stated, or more ways of one. A step that names no tag is *added*: what nobody marked as said is not
passed off as said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scribe.asking import ask, fits, log_loss, sample_groups
from scribe.claims import is_same, make_claim, minutes, says_none
from scribe.draft.sections import Draw, Manner, Rewritten, less
from scribe.evidence import attributed
from scribe.frames import Frame, prompts
from scribe.records import Claim, Completion, Notes, Prompt, Proposition, ScribeError, Step, Topic, Transcript
from scribe.simulators import Simulator, draw_of

_ARGUABLE = frozenset({"conjecture", "definition", "objection"})
"""A topic without one of these holds nothing to prove."""

_PART = re.compile(r"^\**(Definitions?|Statement|Assumptions?|Sketch|Gaps?)\**\s*[:.]\**[ \t]*", re.I | re.M)
_TAG = re.compile(r"^\(?\b(said|implied|added)\b\)?[:,]?\s*", re.I)

_MOST_ATTEMPTS = 3
"""Attempts to break a proposition that are shown."""


def write_propositions(
    transcript: Transcript,
    notes: Notes,
    simulator: Simulator,
    frames: Mapping[str, Frame],
    manner: Manner,
) -> list[Proposition]:
    """One attempt for each topic in which somebody conjectured, defined or objected; several texts of it are one.

    Each is then handed to the voices of `counterexample`, which try to break it.
    """
    topics = _arguable(notes)
    stated: list[list[Proposition]] = []
    for proposition in _drawn(topics, transcript, simulator, frames["proposition"], manner):
        own = next((ways for ways in stated if _is_one(ways[0], proposition)), None)
        if own is None:
            stated.append([proposition])
        elif all(proposition.key != way.key for way in own):
            own.append(proposition)
    return _attacked([_settled(ways, manner) for ways in stated], transcript, simulator, frames)


def restate(
    place: int,
    propositions: Sequence[Proposition],
    transcript: Transcript,
    notes: Notes,
    simulator: Simulator,
    frame: Frame,
    manner: Manner,
    draw: Draw,
) -> Rewritten:
    """More ways of the proposition at a place, from the lines and claims that `write_propositions` shows for it.

    What states another of the propositions is left out. Raises ScribeError where no topic of the notes has its lines,
    or that does not fit the simulator.
    """
    proposition = propositions[place]
    cited = {n for claim in (proposition.statement, *(s.claim for s in proposition.steps)) for n in claim.cites}
    topics = [topic for topic in _arguable(notes) if any(topic.first <= n < topic.last for n in cited)]
    made = _prompts(topics[0], transcript, simulator, frame, manner) if topics else []
    if not made:
        why = f"its lines do not fit {simulator.name}" if topics else "no topic of the notes has its lines; draft anew"
        raise ScribeError(f"proposition {place + 1}: {why}")
    drawn = draw(made[0], simulator, manner.sampling)
    name = draw_of(simulator, made[0], drawn.sampling)
    read = list(_read(made[0], drawn.completions, name))
    others = [other for n, other in enumerate(propositions) if n != place]
    own = [
        one.model_copy(update={"gaps": tuple(less(one.gaps, proposition.counterexamples))})
        for one in read
        if _is_one(one, proposition) or not any(_is_one(one, other) for other in others)
    ]
    fault = None
    if not read:
        is_none = any(says_none(made[0], completion) for completion in drawn.completions)
        fault = f"{made[0].voice} " + ("found nothing to state" if is_none else "wrote nothing in the frame's form")
    elif not own:
        fault = f"{made[0].voice} stated another proposition, which the post has"
    return Rewritten(tuple(own), fault)


def read_proposition(prompt: Prompt, completion: Completion) -> Proposition | None:
    """Read the five parts; the cue's last line is where the first begins."""
    document = prompt.cue.rsplit("\n", 1)[-1] + completion.text
    pieces = _PART.split(document)
    parts = {name.lower().rstrip("s"): body for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    statement = make_claim(" ".join(parts.get("statement", "").split()), prompt, kind="conjecture")
    if statement is None:
        return None
    return Proposition(
        statement=statement,
        definitions=tuple(_claims(parts.get("definition", ""), prompt)),
        assumptions=tuple(_claims(parts.get("assumption", ""), prompt)),
        steps=tuple(_step(item, prompt) for item in _items(parts.get("sketch", "")) if _TAG.sub("", item)),
        gaps=tuple(_claims(parts.get("gap", ""), prompt)),
        voice=prompt.voice,
        log_loss=log_loss(completion),
    )


# ── Stating ──────────────────────────────────────────────────────────────────────────────────


def _drawn(
    topics: Sequence[Topic], transcript: Transcript, simulator: Simulator, frame: Frame, manner: Manner
) -> Iterator[Proposition]:
    """What could be read, topic by topic, in the order of voices and samples."""
    groups = [_prompts(topic, transcript, simulator, frame, manner) for topic in topics]
    for made, drawn in zip(groups, sample_groups(groups, simulator, manner.sampling), strict=True):
        for prompt, completions in [] if isinstance(drawn, ScribeError) else zip(made, drawn, strict=True):
            yield from _read(prompt, completions, draw_of(simulator, prompt, manner.sampling))


def _read(prompt: Prompt, completions: Sequence[Completion], draw: str) -> Iterator[Proposition]:
    for sample, completion in enumerate(completions):
        if (proposition := read_proposition(prompt, completion)) is not None:
            yield proposition.model_copy(update={"sample": sample, "draw": draw})


def _arguable(notes: Notes) -> list[Topic]:
    return [topic for topic in notes.topics if any(c.kind in _ARGUABLE for c in topic.claims)]


def _prompts(topic: Topic, transcript: Transcript, simulator: Simulator, frame: Frame, manner: Manner) -> list[Prompt]:
    """A topic's lines, with what was conjectured, defined and objected in it where both fit."""
    sources = transcript.segments[topic.first : topic.last]
    for claims in ([c for c in topic.claims if c.kind in _ARGUABLE], []):
        made = prompts(frame, sources, title=topic.title, claims=minutes(claims), voices=manner.voices)
        if fits(simulator, made, manner.sampling):
            return made
    return []


def _is_one(one: Proposition, other: Proposition) -> bool:
    """Whether two texts state one proposition: nearly the same words, or the very same lines."""
    return is_same(one.statement, other.statement) or (
        bool(one.statement.cites) and one.statement.cites == other.statement.cites
    )


def _settled(stated: Sequence[Proposition], manner: Manner) -> Proposition:
    """The way that a person chose, else the first; those stated before stand behind those stated now."""
    own = [part for part in manner.before if isinstance(part, Proposition) and _is_one(part, stated[0])]
    ways = {way.key: way for way in stated}
    for way in (way for part in own for way in part.alternatives or (part,)):
        ways.setdefault(way.key, way.model_copy(update={"alternatives": (), "counterexamples": ()}))
    chosen = next((n for n, key in enumerate(ways) if key in manner.chosen), 0)
    found = list(ways.values())
    if len(found) == 1:
        return found[0]
    return found[chosen].model_copy(update={"alternatives": tuple(found), "chosen": chosen})


# ── Breaking ─────────────────────────────────────────────────────────────────────────────────


def _attacked(
    propositions: Sequence[Proposition], transcript: Transcript, simulator: Simulator, frames: Mapping[str, Frame]
) -> list[Proposition]:
    """Each with what was brought against it; a gap that says the same gives way."""
    frame = frames["counterexample"]
    groups = [_attack_prompts(p, transcript, simulator, frame) for p in propositions]
    found = []
    for proposition, answer in zip(propositions, ask(groups, simulator, frame.sampling), strict=True):
        readings = [] if isinstance(answer, ScribeError) else answer
        own = [proposition.statement, *proposition.assumptions, *(step.claim for step in proposition.steps)]
        attempts = less([claim for reading in readings for claim in reading.claims], own)[:_MOST_ATTEMPTS]
        gaps = less(proposition.gaps, attempts)
        found.append(proposition.model_copy(update={"counterexamples": tuple(attempts), "gaps": tuple(gaps)}))
    return found


def _attack_prompts(
    proposition: Proposition, transcript: Transcript, simulator: Simulator, frame: Frame
) -> list[Prompt]:
    """The proposition, and the lines it rests on with those around them."""
    cited = [n for claim in [proposition.statement, *(s.claim for s in proposition.steps)] for n in claim.cites]
    if not cited:
        return []
    last = len(transcript.segments)
    for around in (12, 3, 0):
        first, end = max(0, min(cited) - around), min(last, max(cited) + around + 1)
        made = prompts(frame, transcript.segments[first:end], claims=as_text(proposition))
        if fits(simulator, made, frame.sampling):
            return made
    return []


def as_text(proposition: Proposition) -> str:
    """A proposition in the grammar of its frame."""
    return "\n".join(_as_text(proposition))


def _as_text(proposition: Proposition) -> Iterator[str]:
    parts = [
        ("Definitions", [_said(c) for c in proposition.definitions]),
        ("Assumptions", [_said(c) for c in proposition.assumptions]),
        ("Sketch", [f"({s.tag}) {_said(s.claim)}" for s in proposition.steps]),
        ("Gaps", [_said(c) for c in proposition.gaps]),
    ]
    yield f"Statement: {_said(proposition.statement)}"
    for heading, items in parts:
        if items:
            yield f"{heading}:"
            yield from (f"- {item}" for item in items)


def _said(claim: Claim) -> str:
    return attributed(claim.speaker, claim.text, claim.cites)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def _items(body: str) -> list[str]:
    """Bullets or numbered items of a part, wrapped lines joined."""
    items: list[str] = []
    for line in body.splitlines():
        match = re.match(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+(.*)$", line)
        if match:
            items.append(match.group(1).strip())
        elif line.strip() and items:
            items[-1] += " " + line.strip()
    return items


def _claims(body: str, prompt: Prompt) -> list[Claim]:
    made = (make_claim(item, prompt) for item in _items(body))
    return [claim for claim in made if claim is not None]


def _step(item: str, prompt: Prompt) -> Step:
    """One step; what is tagged *said* and is not in its lines was *added*, as was what cites none."""
    match = _TAG.match(item)
    claim = make_claim(_TAG.sub("", item, count=1), prompt) or Claim(kind="point", text=item)
    tag = match.group(1).lower() if match else "added"
    is_borne_out = claim.support is not None and claim.support.verdict != "unsupported"
    if tag == "said" and claim.cites and is_borne_out:
        return Step(tag="said", claim=claim)
    return Step(tag="implied" if tag == "implied" and claim.cites else "added", claim=claim)
