"""Whether a claim denies what its lines say, or says what they deny.

In: a claim, its lines and those around them, as `spoken` reads them. Out: named numbers. It knows nothing of scores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scribe.evidence.spoken import Spoken

_BEST = 2
"""Lines that hold most of the claim, whose denials count apart."""

_DENSE = 10.0
"""A denial in every so many words is as many as talk ever holds."""


_TELLING = re.compile(
    r"\b(?:not|n't|never) (?:\w+ly |yet |also |then )?(?:accept|add|ask|begin|begun|bring|close|complain|conclude|"
    r"confirm|consider|continue|convene|demonstrate|describe|discuss|evaluate|examine|explain|express|give|inform|"
    r"introduce|list|mention|meet|note|offer|open|outline|perform|point|present|propose|provide|raise|recommend|remind|"
    r"report|request|review|say|said|share|show|shown|speak|stress|suggest|summari[sz]e|talk|tell|touch|turn)"
    r"(?:e?d)?\b",
    re.I,
)
"""That something was *not* said or done: summaries tell what was."""

_UNDECIDED = re.compile(
    r"\b(?:not|n't|unable to|never) (?:\w+ly |yet |been |be |been fully )*(?:decide|agree|know|sure|certain|clear|"
    r"reach|settle|finali[sz]e|determine|make a decision|made a decision)d?\b|"
    r"\bno (?:final |firm |real )?(?:decision|agreement|consensus)\b",
    re.I,
)
"""That something was left open: summaries do tell that."""

_UNTROUBLED = re.compile(
    r"\b(?:not|n't|no|without)\b(?: \w+){0,3} (?:problem|difficult|trouble|concern|issue|worr|fail|lack|lose|lost|"
    r"unable|limit|ignor|exclud|eliminat|remov|outdated|expensive)\w*",
    re.I,
)
"""That something bad was not so: rarely told."""

_BOUND = re.compile(
    r"\b(?:cannot|can't|won't|(?:will|would|should|must|may|could|need|is|are|was|were|be) not)\b", re.I
)


def denial(text: str, claim: Spoken, best: Sequence[Spoken], around: Sequence[Spoken]) -> dict[str, float]:
    """Compare denials; `best` are the lines cited, those that hold most of the claim first."""
    said: frozenset[str] = frozenset().union(*(line.said for line in best))
    denied: frozenset[str] = frozenset().union(*(line.denied for line in best))
    spoken_words = sum(len(line.words) for line in best) or 1
    rate = min(1.0, _DENSE * sum(line.negations for line in best) / spoken_words)
    unsure = min(1.0, _DENSE * sum(line.unsure for line in best) / spoken_words)
    first = sum(line.negations > 0 for line in best[:_BEST]) / max(1, len(best[:_BEST]))
    denies = float(claim.negations > 0)
    none = float(not any(line.negations for line in best))
    near = float(any(line.negations for line in around))
    adverse = min(1.0, _DENSE * sum(line.adverse for line in best) / spoken_words)
    stems = frozenset(claim.stems)
    denying = max((_share(stems, line) for line in best if line.negations), default=0.0)
    plain = max((_share(stems, line) for line in best if not line.negations), default=0.0)
    denied_only, said_only = denied - said, said - denied
    return {
        "denies": denies,
        "denies_twice": float(claim.negations > 1),
        "denies_and_none_does": denies * none,
        "denies_and_none_near": denies * none * (1 - near),
        "denies_telling": float(_TELLING.search(text) is not None),
        "denies_undecided": float(_UNDECIDED.search(text) is not None),
        "denies_untroubled": float(_UNTROUBLED.search(text) is not None),
        "denies_and_bound": denies * (_BOUND.search(text) is not None),
        "denies_and_adverse": denies * adverse,
        "denies_and_denying_line": denies * denying,
        "denies_and_plain_line": denies * plain,
        "says_and_adverse": (1 - denies) * adverse,
        "says_and_denying_line": (1 - denies) * denying,
        "says_and_plain_line": (1 - denies) * plain,
        "denies_and_rate": denies * rate,
        "denies_and_best_does": denies * first,
        "denies_and_unsure": denies * unsure,
        "denies_what_is_denied": len(claim.denied & denied) / max(1, len(claim.denied)),
        "denies_what_is_said": len(claim.denied & said_only) / max(1, len(claim.denied)),
        "says_and_none_denies": (1 - denies) * none,
        "says_and_rate": (1 - denies) * rate,
        "says_and_best_denies": (1 - denies) * first,
        "says_and_unsure": (1 - denies) * unsure,
        "says_what_is_said": (1 - denies) * len(claim.said & said_only) / max(1, len(claim.said)),
        "says_what_is_denied": len(claim.said & denied_only) / max(1, len(claim.said)),
        "says_and_is_denied": float(bool((claim.said & denied_only) - claim.denied)),
    }


def _share(stems: frozenset[str], line: Spoken) -> float:
    return len(stems.intersection(line.stems)) / max(1, len(stems))
