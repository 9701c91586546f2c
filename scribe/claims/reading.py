"""Completions -> Claims: read the bullets or sentences that a simulator wrote, and judge each.

In: a prompt and its completion. Out: claims with their citations and support. What cannot be read as a bullet or a
sentence is not a claim, nor is what only says the prompt again; what cites nothing is kept and marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from scribe.evidence import CITATION, citations, cited_sentences, judge, without_citations
from scribe.language import words
from scribe.records import Claim, ClaimKind, Completion, Prompt, Segment

_BULLET = re.compile(r"^(?P<indent>\s*)(?:[-*•]|\d{1,3}[.)])\s+(?P<rest>.*)$")
_LABEL = re.compile(r"^\**(?P<label>[A-Za-z]+)\**:\**\s*")
_KINDS = frozenset(get_args(ClaimKind))
_REPLY_LABELS = frozenset({"answer", "reply"})
_ENDS_CITED = re.compile(rf"{CITATION.pattern}\W*$")


def read_bullets(prompt: Prompt, completion: Completion) -> list[Claim]:
    """Claims of a bulleted completion, in its order; the cue's last line is where the first one begins.

    A last bullet that the token limit broke off, before its citation or after it, is left out.
    """
    items: list[tuple[bool, str]] = []
    for line in _written(prompt, completion):
        match = _BULLET.match(line)
        if match:
            items.append((len(match["indent"]) >= 2, match["rest"]))
        elif line.startswith("#") and items:
            break
        elif line.strip() and items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line.strip()}")
    if completion.finish == "length" and items and not _ENDS_CITED.search(items[-1][1]):
        items.pop()
    claims: list[Claim] = []
    default = _label_of(_cue_line(prompt).lstrip("-* "))[0] or "point"
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
    cue = _cue_line(prompt)
    text = " ".join(_written(prompt, completion)).removeprefix(cue)
    found = cited_sentences(" ".join(text.split()))
    if completion.finish == "length" and found and found[-1].text[-1:] not in '.?!…"”':
        found.pop()
    made = (make_claim(text, prompt, cites=cites) for text, cites in found)
    return [claim for claim in made if claim is not None]


def says_none(prompt: Prompt, completion: Completion) -> bool:
    """Whether a completion says that there was nothing of the kind: the one word "none", as a bullet or a sentence."""
    cue = _cue_line(prompt)
    for line in _written(prompt, completion):
        bullet = _BULLET.match(line)
        said = _label_of(bullet["rest"] if bullet else line.removeprefix(cue).strip())[1]
        if without_citations(said).lower().strip(" .*_") == "none":
            return True
    return False


def without_repeats(claims: Iterable[Claim]) -> list[Claim]:
    """Each statement of one completion once, whatever lines it cites: a loop says the same again and again.

    Its first form stays, with the replies of all of them, each once.
    """
    kept: dict[tuple[str, ...], Claim] = {}
    for claim in claims:
        said = tuple(words(claim.text)) or (claim.text,)
        first = kept.get(said)
        replies = without_repeats((*(first.replies if first else ()), *claim.replies))
        kept[said] = (first or claim).model_copy(update={"replies": tuple(replies)})
    return list(kept.values())


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


def _cue_line(prompt: Prompt) -> str:
    """The cue's last line, on which the completion begins."""
    return prompt.cue.rsplit("\n", 1)[-1]


def _written(prompt: Prompt, completion: Completion) -> Iterator[str]:
    """The lines from the cue's last one on, less those that stand in the scene: a model that says the prompt again.

    Some servers send the prompt back before the completion, and some chat models write the cue again; neither counts.
    """
    cue, text = _cue_line(prompt), completion.text
    for again in (prompt.text, prompt.cue, cue):
        if again.strip() and text.lstrip().startswith(again.strip()):
            text = text.lstrip()[len(again.strip()) :]
            break
    scene = {line.strip() for line in prompt.scene.splitlines()}
    begun = text.splitlines()[:1]
    if begun and begun[0].strip() in scene:
        text = text.removeprefix(begun[0])
    for line in (cue + text).splitlines():
        if line.strip() not in scene or re.search(r"\bnone\W*$", line, re.I):
            yield line


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
