"""Completion -> Proposition: read a statement, its assumptions, its sketch and its gaps.

In: a prompt of a proposition frame and its completion. Out: a `Proposition`, or None where nothing was stated. A step
that names no tag is *added*: what nobody marked as said is not passed off as said.
"""

from __future__ import annotations

import re

from scribe.claims import make_claim
from scribe.records import Claim, Completion, Prompt, Proposition, Step

_PART = re.compile(r"^\**(Statement|Assumptions?|Sketch|Gaps?)\**\s*[:.]\**[ \t]*", re.I | re.M)
_TAG = re.compile(r"^\(?\b(said|implied|added)\b\)?[:,]?\s*", re.I)


def read_proposition(prompt: Prompt, completion: Completion) -> Proposition | None:
    """Read the four parts; the cue's last line is where the first begins."""
    document = prompt.cue.rsplit("\n", 1)[-1] + completion.text
    pieces = _PART.split(document)
    parts = {name.lower().rstrip("s"): body for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    statement = make_claim(" ".join(parts.get("statement", "").split()), prompt, kind="conjecture")
    if statement is None:
        return None
    return Proposition(
        statement=statement,
        assumptions=tuple(_claims(parts.get("assumption", ""), prompt)),
        steps=tuple(_step(item, prompt) for item in _items(parts.get("sketch", "")) if _TAG.sub("", item)),
        gaps=tuple(_claims(parts.get("gap", ""), prompt)),
    )


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
