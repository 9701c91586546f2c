"""What a report calls a speaker.

In: the names or labels of speakers, and the question that the report answers, if it answers one. Out: each as the
subject of a sentence, called as the question calls them. It knows nothing of what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_ROLE = re.compile(
    r"(?:[a-z]+ )?(?:manager|designer|interface|marketing|chair|chairman|chairwoman|moderator|speaker|host|interviewer|"
    r"secretary|expert|facilitator|professor|presenter|president)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?P<post>phd|grad|postdoc|professor|undergrad|speaker|participant|person|student|spk|s)[ _-]?\w{1,3}", re.I
)
_POSTS = re.compile(r"(?:,? (?:AM|AC|MP|MS|MEP|CBE|OBE|QC))+$")

WE = "the group"
"""Those who meet."""


class Speaker(NamedTuple):
    """A speaker of a report."""

    name: str
    """As the subject of a sentence, with a capital: "The Project Manager", "Professor B", "Lynne Neagle"."""
    we: str
    """What their "we" is where it comes first in a sentence: the group that meets, for roles and codes; "they" of a
    person with a name of their own, who may speak for a party, a company or a ministry."""


def speakers_of(labels: Iterable[str], asked: str = "") -> dict[str, Speaker]:
    """What a report calls the speakers with these labels, in answer to a question.

    A question that speaks of the team, or of the only professor, is answered in its own words: of QMSum's answers to
    questions about "the team" 104 say that and none "the group".

    >>> called = speakers_of(["Professor B", "PhD A", "PhD C"], "What did the professor think?")
    >>> [speaker.name for speaker in called.values()]
    ['The professor', 'PhD A', 'PhD C']
    >>> speakers_of(["PhD A"], "Why did the team agree?")["PhD A"].we
    'the team'
    """
    found = {label: speaker_of(label) for label in dict.fromkeys(labels)}
    codes = {label: code["post"].lower() for label in found if (code := _CODE.fullmatch(found[label].name))}
    for label, post in codes.items():
        if list(codes.values()).count(post) == 1 and re.search(rf"\bthe {post}\b(?! [A-Z\d]\b)", asked, re.I):
            found[label] = found[label]._replace(name=f"The {post}")
    if re.search(r"\bteam\b", asked, re.I):
        found = {label: one._replace(we="the team") if one.we == WE else one for label, one in found.items()}
    return found


@lru_cache(maxsize=1024)
def speaker_of(label: str) -> Speaker:
    """What a report calls the speaker with this label.

    >>> [speaker_of(name).name for name in ("Project Manager", "PhD A", "Lynne Neagle AM", "Mr. Manly (Nanaimo, GP)")]
    ['The Project Manager', 'PhD A', 'Lynne Neagle', 'Mr. Manly']
    """
    name = re.sub(r"\s*\([^)]*\)?", "", label).strip(" )") or label.strip()
    name = _POSTS.sub("", name)
    if _CODE.fullmatch(name):
        return Speaker(name, WE)
    bare = re.sub(r"^the ", "", name, flags=re.I)
    if _ROLE.fullmatch(bare):
        return Speaker(f"The {bare[:1].upper()}{bare[1:]}" if bare.lower() != "marketing" else bare, WE)
    return Speaker(name, "they")
