"""How a claim and its lines fit: one number for each thing that form can tell.

In: a claim, whom it is attributed to, and the lines it cites with those around them. Out: named numbers, which
`judging` weighs, and what is missing, by name. It knows nothing of verdicts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from scribe.evidence.denying import denial
from scribe.evidence.elsewhere import Session, elsewhere, session_of
from scribe.evidence.finding import support_scores
from scribe.evidence.naming import named_people
from scribe.evidence.roles import ROLE, fitting_roles
from scribe.evidence.spoken import Spoken, spoken
from scribe.language import STOP_WORDS, Amount, amounts, names, stem, words
from scribe.linear import load
from scribe.records import Segment

NEIGHBOURS = 3
"""Lines before and after a cited one that belong to what was said there."""

_PLENTY = 3
"""So many things missing are as bad as any more."""

_TITLES = frozenset("project marketing industrial user professor doctor mr mrs ms dr speaker phd grad".split())
"""First words of labels that name nobody by themselves."""


class Bearing(NamedTuple):
    """What was seen of a claim beside its lines."""

    features: Mapping[str, float]
    missing_numbers: tuple[str, ...]
    missing_names: tuple[str, ...]
    absent_people: tuple[str, ...]
    """Speakers of the session whom the claim names, who neither speak in its lines nor are spoken of."""
    words_held: float
    """Share of the claim's content words that the lines hold."""
    best: tuple[int, ...]
    """The lines cited, those that hold most of the claim first."""


class _Lines(NamedTuple):
    """Some lines, as one: what any of them holds."""

    each: Sequence[Spoken]
    stems: frozenset[str]
    words: frozenset[str]
    beginnings: frozenset[str]
    amounts: frozenset[str]


def bearing(text: str, cites: Sequence[int], shown: Mapping[int, Segment], *, speaker: str | None = None) -> Bearing:
    """Look at a claim beside the lines it cites; at least one of them must be among those `shown`.

    The features that `sought` finds, which takes most of the time, are not among those given.
    """
    cited = [i for i in dict.fromkeys(cites) if i in shown]
    near = sorted({j for i in cited for j in range(i - NEIGHBOURS, i + NEIGHBOURS + 1)} - set(cited))
    lines = _joined([spoken(shown[i].text) for i in cited])
    around = _joined([spoken(shown[j].text) for j in near if j in shown])
    session = session_of(shown)
    places = _places(cited, shown)
    claim = spoken(text)
    stems = list(dict.fromkeys(claim.stems)) or sorted(claim.words)
    weights = [_rarity(s) for s in stems]
    shares = [_share_of(stems, weights, line) for line in lines.each]
    order = sorted(range(len(cited)), key=lambda n: (-shares[n], cited[n]))
    people, absent, about_people = _people(text, [shown[i] for i in cited], shown, lines.words, speaker)
    given = amounts(_less(people, text))
    missing = [one for one in given if not one.readings & lines.amounts]
    strange, about_names = _names(text, lines, around, session, people, absent)
    features = {
        **_coverage(claim, stems, weights, lines, around, shares),
        **elsewhere(stems, places, session),
        **_numbers(given, missing, claim, lines, around),
        **about_names,
        **about_people,
        **fitting_roles(text, claim, lines.each),
        **denial(text, claim, [lines.each[n] for n in order], around.each),
    }
    held = features["loosely_held"] - 0.5
    features |= {f"{name}_held_much": features[name] * held for name in ("numbers_missing", "names_missing")}
    features |= {
        f"{name}_in_many": features[name] * (features["log_size"] - 3.5)
        for name in ("loosely_held", "held_near", "names_missing", "numbers_missing", "own_above", "session_held")
    }
    return Bearing(
        features,
        tuple(one.value for one in missing),
        strange,
        absent,
        sum(s in lines.stems or s in lines.words for s in stems) / len(stems) if stems else 0.0,
        tuple(cited[n] for n in order),
    )


def sought(text: str, cites: Sequence[int], shown: Mapping[int, Segment]) -> dict[str, float]:
    """How a reader who looks for a claim's lines ranks those that it cites among all that are `shown`."""
    own = _places([i for i in dict.fromkeys(cites) if i in shown], shown)
    chances = np.clip(support_scores(text, list(shown.values())), 1e-5, 1 - 1e-5)
    odds = np.log(chances / (1 - chances))
    best = float(odds[own].max())
    above = (float(odds[own].mean()) - float(odds.mean())) / (float(odds.std()) or 1.0)
    return {
        "sought_best": best,
        "sought_above": min(15.0, above * math.sqrt(len(own))),
        "sought_share": float(chances[own].sum() / chances.sum()),
        "sought_rank": math.log((1 + float((odds > best).sum())) / (1 + len(own))),
        "sought_beside_best": best - float(odds.max()),
    }


def _places(cited: Sequence[int], shown: Mapping[int, Segment]) -> list[int]:
    place_of = {i: place for place, i in enumerate(shown)}
    return [place_of[i] for i in cited]


def _less(people: Sequence[str], text: str) -> str:
    """A text without the names of people: the number in "Speaker 1" is none that was said."""
    for person in people:
        text = re.sub(rf"\b{re.escape(person)}\b", " ", text, flags=re.I)
    return text


def _joined(each: Sequence[Spoken]) -> _Lines:
    def union(field: str) -> frozenset[str]:
        return frozenset().union(*(getattr(line, field) for line in each))

    return _Lines(each, *(union(field) for field in _Lines._fields[1:]))


def _rarity(word: str) -> float:
    learned = load("support")["rarity"]
    term = learned.terms.get(word)
    return term[2] if term is not None else learned.intercept


def _share_of(stems: Sequence[str], weights: Sequence[float], line: Spoken) -> float:
    whole = sum(weights)
    return sum(w for s, w in zip(stems, weights, strict=True) if s in line.stems) / whole if whole else 0.0


def _coverage(
    claim: Spoken,
    stems: Sequence[str],
    weights: Sequence[float],
    lines: _Lines,
    around: _Lines,
    shares: Sequence[float],
) -> dict[str, float]:
    """How much of the claim the lines hold: by words, by rare words, by beginnings of words, with their neighbours."""
    whole = sum(weights) or 1.0

    def share(held: Iterable[bool]) -> float:
        return sum(w for w, is_held in zip(weights, held, strict=True) if is_held) / whole

    loose = [s in lines.stems or s in lines.words or s[:4] in lines.beginnings for s in stems]
    near = [is_held or s in around.stems or s[:4] in around.beginnings for s, is_held in zip(stems, loose, strict=True)]
    pairs = frozenset().union(*(line.pairs for line in lines.each))
    size = math.log1p(sum(len(line.stems) for line in lines.each))
    held = share(loose)
    return {
        "words_held": sum(s in lines.stems for s in stems) / max(1, len(stems)),
        "rarity_held": share(s in lines.stems for s in stems),
        "loosely_held": held,
        "held_near": share(near),
        "best_line": max(shares, default=0.0),
        "rarest_held": max((w for w, is_held in zip(weights, loose, strict=True) if is_held), default=0.0),
        "rarest_missing": max((w for w, is_held in zip(weights, near, strict=True) if not is_held), default=0.0),
        "log_held": math.log1p(held * whole),
        "pairs_held": len(claim.pairs & pairs) / max(1, len(claim.pairs)),
        "log_lines": math.log(len(lines.each)),
        "log_size": size,
        "log_claim": math.log1p(len(stems)),
        "held_for_size": held / (1 + size),
    }


def _numbers(
    given: Sequence[Amount], missing: Sequence[Amount], claim: Spoken, lines: _Lines, around: _Lines
) -> dict[str, float]:
    held = [one for one in given if one.readings & lines.amounts]
    beside = sum(
        any(one.readings & line.amounts and set(claim.stems) & (set(line.stems) - one.readings) for line in lines.each)
        for one in held
    )
    return {
        "numbers": min(_PLENTY, len(given)),
        "numbers_held": min(_PLENTY, len(held)),
        "numbers_beside": min(_PLENTY, beside),
        "numbers_missing": min(_PLENTY, sum(one.value != "2" for one in missing)),
        "twos_missing": min(1, sum(one.value == "2" for one in missing)),
        "numbers_missing_near": min(_PLENTY, sum(not one.readings & around.amounts for one in missing)),
    }


# ── Names and people ─────────────────────────────────────────────────────────────────────────


def _is_heard(name: str, heard: frozenset[str]) -> bool:
    parts = [part for part in name.split("-") if part not in STOP_WORDS]
    return name in heard or all(p in heard or p.removesuffix("s") in heard for p in parts)


def _is_spelt_out(acronym: str, lines: Sequence[Spoken]) -> bool:
    """Whether words in a row begin with its letters: "LCD" in "liquid crystal display"."""
    letters = acronym.removesuffix("s") if len(acronym) > 3 else acronym
    return len(letters) > 2 and any(letters in line.initials for line in lines)


def _names(
    text: str, lines: _Lines, around: _Lines, session: Session, people: Sequence[str], absent: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, float]]:
    """Names and acronyms that the lines do not hold, and what else tells of them; roles are counted apart.

    A speaker who neither speaks in the lines nor is spoken of there is a name unheard of.
    """
    own = {word for name in (*people, *(match.group() for match in ROLE.finditer(text))) for word in words(name)}
    others = sorted(n for n in names(text) if n not in own and not amounts(n))
    missing = [n for n in others if not _is_heard(n, lines.words) and not _is_spelt_out(n, lines.each)]
    missing = [n for n in missing if stem(n) not in lines.stems]
    common = load("support")["rarity"].terms
    strange = [n for n in missing if stem(n) not in common]
    unheard = [n for n in strange if not _is_heard(n, session.words) and stem(n) not in session.holding]
    persons = [person for person in people if not ROLE.search(person) and words(person)[0] not in _TITLES]
    gone = len(set(persons) & set(absent))
    return tuple(missing), {
        "names": min(_PLENTY, len(others) + len(persons)),
        "names_held": min(_PLENTY, len(others) - len(missing) + len(persons) - gone),
        "names_missing": min(_PLENTY, len(missing) + gone),
        "names_strange": min(_PLENTY, len(strange) + gone),
        "names_missing_near": min(_PLENTY, sum(not _is_heard(n, around.words) for n in strange) + gone),
        "names_unheard": min(_PLENTY, len(unheard) + gone),
        "names_all_missing": float(bool(others or persons) and len(missing) + gone == len(others) + len(persons)),
    }


def _is_spoken_of(person: str, heard: frozenset[str]) -> bool:
    parts = [word for word in words(person) if word not in STOP_WORDS]
    is_first = bool(parts) and len(parts) < 3 and len(parts[0]) > 1 and parts[0] not in _TITLES and parts[0] in heard
    return is_first or (bool(parts) and all(p in heard for p in parts))


def _people(
    text: str, cited: Sequence[Segment], shown: Mapping[int, Segment], heard: frozenset[str], speaker: str | None
) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, float]]:
    """Speakers whom a claim names, those of them absent from its lines, and what their part in the lines is."""
    spoke = Counter[str]()
    for line in cited:
        spoke[line.speaker or ""] += 1 + len(line.text)
    folk = list(filter(None, dict.fromkeys(map(attrgetter("speaker"), shown.values()))))
    people = named_people(text, folk)
    absent = tuple(p for p in people if p not in spoke and not _is_spoken_of(p, heard))
    whole = sum(spoke.values()) or 1
    shares = [spoke.get(person, 0) / whole for person in people]
    most = max(spoke.values(), default=0)
    part = spoke.get(speaker, 0) / whole if speaker is not None else 1.0
    return (
        people,
        absent,
        {
            "people": min(_PLENTY, len(people)),
            "people_absent": min(_PLENTY, len(absent)),
            "people_mentioned": float(any(_is_spoken_of(person, heard) for person in people)),
            "people_silent": min(_PLENTY, sum(share == 0 for share in shares)),
            "people_least": min(shares) if shares else 0.0,
            "people_first": shares[0] if shares else 0.0,
            "people_lead": float(any(spoke.get(person) == most for person in people)),
            "speaker_given": float(speaker is not None),
            "speaker_absent": float(speaker is not None and speaker not in spoke),
            "speaker_part": part,
            "speaker_leads": float(speaker is None or spoke.get(speaker) == most),
        },
    )
