"""Completions -> Claims: read the bullets or sentences that a simulator wrote, judge each, join those alike.

In: a prompt and its completion. Out: claims with their citations and support. What cannot be read as a bullet or a
sentence is not a claim; what cites nothing is kept and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from scribe.evidence import attributed, citations, cited_sentences, judge, without_citations
from scribe.language import content_words, jaccard
from scribe.records import Claim, ClaimKind, Completion, Prompt, Segment, Transcript

_BULLET = re.compile(r"^(?P<indent>\s*)(?:[-*•]|\d{1,3}[.)])\s+(?P<rest>.*)$")
_LABEL = re.compile(r"^\**(?P<label>[A-Za-z]+)\**:\**\s*")
_KINDS = frozenset(get_args(ClaimKind))
_REPLY_LABELS = frozenset({"answer", "reply"})

_SPECIFIC: tuple[ClaimKind, ...] = (
    "decision",
    "action",
    "definition",
    "question",
    "answer",
    "objection",
    "conjecture",
    "point",
)
"""When voices give one statement different kinds, the first of these is kept."""

_ALIKE = 0.6
"""Claims that share this much of their content words (Jaccard), and a line, are one claim."""


def read_bullets(prompt: Prompt, completion: Completion) -> list[Claim]:
    """Claims of a bulleted completion, in its order; the cue's last line is where the first one begins."""
    cue_line = prompt.cue.rsplit("\n", 1)[-1]
    items: list[tuple[bool, str]] = []
    for line in (cue_line + completion.text).splitlines():
        match = _BULLET.match(line)
        if match:
            items.append((len(match["indent"]) >= 2, match["rest"]))
        elif line.startswith("#") and items:
            break
        elif line.strip() and items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}")
    if completion.finish == "length" and items and not citations(items[-1][1]):
        items.pop()
    claims: list[Claim] = []
    default = _label_of(cue_line.lstrip("-* "))[0] or "point"
    for is_nested, item in items:
        label, text = _label_of(item)
        is_reply = is_nested or label in _REPLY_LABELS
        kind = _kind(label, default="answer" if is_reply else default)
        claim = make_claim(text, prompt, kind=kind)
        if claim is None:
            continue
        if is_reply and claims:
            claims[-1] = claims[-1].model_copy(update={"replies": (*claims[-1].replies, claim)})
        else:
            claims.append(claim)
    return claims


def read_sentences(prompt: Prompt, completion: Completion) -> list[Claim]:
    """Claims of a paragraph, one a sentence; a sentence broken off by the token limit is left out."""
    found = cited_sentences(" ".join(completion.text.split()))
    if completion.finish == "length" and found and found[-1].text[-1:] not in '.?!…"”':
        found.pop()
    made = (make_claim(text, prompt, cites=cites) for text, cites in found)
    return [claim for claim in made if claim is not None]


def make_claim(
    text: str, prompt: Prompt, *, cites: Sequence[int] | None = None, kind: ClaimKind = "point"
) -> Claim | None:
    """Judge one statement against the lines its prompt showed; None where it says nothing, or "none"."""
    shown = {segment.index: segment for segment in prompt.sources}
    cites = citations(text) if cites is None else tuple(cites)
    speaker, said = split_speaker(without_citations(text), prompt.sources)
    if not re.search(r"\w", said) or said.lower().strip(" .*_") == "none":
        return None
    return Claim(
        kind=kind,
        text=said,
        cites=tuple(i for i in cites if i in shown),
        speaker=speaker,
        support=judge(said, cites, shown, speaker=speaker),
        voices=(prompt.voice,),
    )


def split_speaker(text: str, sources: Iterable[Segment]) -> tuple[str | None, str]:
    """Take a leading "Name:" off a statement where the name is that of somebody in the sources."""
    for name in sorted({segment.speaker for segment in sources if segment.speaker}, key=len, reverse=True):
        for opening in (f"{name}:", f"**{name}**:", f"**{name}:**"):
            if text.startswith(opening):
                return name, text[len(opening) :].strip()
    return None, text


def join_alike(claims: Iterable[Claim]) -> list[Claim]:
    """Make one claim of those that say the same of the same lines; it keeps every voice, and the first's words."""
    kept: list[Claim] = []
    by_line: dict[int, list[int]] = {}
    for claim in claims:
        near = {place for line in claim.cites for place in by_line.get(line, ())}
        twin = next((place for place in sorted(near) if is_same(kept[place], claim)), None)
        if twin is None:
            for line in claim.cites:
                by_line.setdefault(line, []).append(len(kept))
            kept.append(claim)
        else:
            kept[twin] = _joined(kept[twin], claim)
    return _without_repeated_replies(kept)


def minutes(claims: Iterable[Claim]) -> str:
    """Claims as the frames' documents show them; `read_bullets` reads them back.

    >>> print(minutes([Claim(kind="point", text="It is so.", cites=(3, 4), speaker="Ada")]))
    - Point: Ada: It is so. [3-4]
    """
    return "\n".join(line for claim in claims for line in _minute(claim))


def _minute(claim: Claim, *, indent: str = "") -> Iterator[str]:
    yield f"{indent}- {claim.kind.capitalize()}: {attributed(claim.speaker, claim.text, claim.cites)}"
    for reply in claim.replies:
        yield from _minute(reply, indent=indent + "  ")


def minutes_by_topic(told: Iterable[tuple[str, Iterable[Claim]]]) -> str:
    """Claims under their topics' titles, as the frames' documents show them."""
    return "\n\n".join(f"### {title}\n{minutes(claims)}" for title, claims in told)


def lines_of(claims: Iterable[Claim], transcript: Transcript) -> list[Segment]:
    """The lines that claims cite, each once, in order; those of their replies are not among them."""
    return [transcript.segments[i] for i in sorted({i for claim in claims for i in claim.cites})]


def is_same(one: Claim, other: Claim) -> bool:
    """Whether two claims rest on a common line and say nearly the same."""
    if not set(one.cites) & set(other.cites):
        return False
    return one.text == other.text or jaccard(content_words(one.text), content_words(other.text)) >= _ALIKE


def _joined(first: Claim, second: Claim) -> Claim:
    kind = min(first.kind, second.kind, key=_SPECIFIC.index)
    return first.model_copy(
        update={
            "kind": kind,
            "voices": tuple(dict.fromkeys((*first.voices, *second.voices))),
            "replies": (*first.replies, *(r for r in second.replies if not any(is_same(r, f) for f in first.replies))),
        }
    )


def _without_repeated_replies(claims: list[Claim]) -> list[Claim]:
    """Drop a plain point that already stands as the reply to a question."""
    replies = [reply for claim in claims for reply in claim.replies]
    return [c for c in claims if c.kind != "point" or not any(is_same(c, reply) for reply in replies)]


def _label_of(text: str) -> tuple[str | None, str]:
    match = _LABEL.match(text)
    label = match["label"].lower() if match else None
    if match and label is not None and (label in _KINDS or label in _REPLY_LABELS):
        return label, text[match.end() :]
    return None, text


def _kind(label: str | None, *, default: str) -> ClaimKind:
    """The kind a label names; a reply to an objection is filed with the answers."""
    name = "answer" if label in _REPLY_LABELS else label or default
    return next(kind for kind in get_args(ClaimKind) if kind == name)
