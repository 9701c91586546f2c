"""What a report calls a speaker.

In: the name or label of a speaker. Out: the same as the subject of a sentence. It knows nothing of what was said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_ROLE = re.compile(
    r"(?:[a-z]+ )?(?:manager|designer|interface|marketing|chair|chairman|chairwoman|moderator|speaker|host|interviewer|"
    r"secretary|expert|facilitator|professor|presenter|president)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:phd|grad|postdoc|professor|undergrad|speaker|participant|person|student|spk|s)[ _-]?\w{1,3}", re.I
)
_POSTS = re.compile(r"(?:,? (?:AM|AC|MP|MS|MEP|CBE|OBE|QC))+$")


class Speaker(NamedTuple):
    """A speaker of a report."""

    name: str
    """As the subject of a sentence, with a capital: "The Project Manager", "Professor B", "Lynne Neagle"."""
    is_member: bool
    """Whether their "we" is the group that meets, as it is for roles and codes; a person with a name of their own may
    speak for a party, a company or a ministry."""


@lru_cache(maxsize=1024)
def speaker_of(label: str) -> Speaker:
    """What a report calls the speaker with this label.

    >>> [speaker_of(name).name for name in ("Project Manager", "PhD A", "Lynne Neagle AM", "Mr. Manly (Nanaimo, GP)")]
    ['The Project Manager', 'PhD A', 'Lynne Neagle', 'Mr. Manly']
    """
    name = re.sub(r"\s*\([^)]*\)?", "", label).strip(" )") or label.strip()
    name = _POSTS.sub("", name)
    if _CODE.fullmatch(name):
        return Speaker(name, is_member=True)
    bare = re.sub(r"^the ", "", name, flags=re.I)
    if _ROLE.fullmatch(bare):
        return Speaker(f"The {bare[:1].upper()}{bare[1:]}" if bare.lower() != "marketing" else bare, is_member=True)
    return Speaker(name, is_member=False)
