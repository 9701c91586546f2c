"""Sentences of a stretch of talk -> the noun phrases that name it best; what titles are made of.

In: sentences and who spoke each. Out: phrases as they were said, best first. Candidates come from `nouns`; a linear
model ranks them (its coefficients were learned from titles that people gave: `benchmarks/train_topics.py`). It knows
nothing of the rest of the session.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from scribe.language import content_words, is_content, stem, words
from scribe.linear import load
from scribe.simulators.nouns import Key, Place, ends_as_a_noun, noun_phrases

CONSIDERED = 100
"""Candidates that are ranked for a stretch: those that recur most."""

SINGLE = 0.6
"""What a single word is worth less than the model says: content-word F1 by cross-validation rises from 18.0 to 18.8,
and 14 % of titles are single words instead of 32 %."""

_LINK = re.compile(r" (?:of|for|in|on|and) ")


def phrases(texts: Sequence[str], most: int, *, speakers: Sequence[str | None] = ()) -> list[str]:
    """At most `most` phrases, best first, no two with a content word in common.

    `speakers` names who spoke each text, where that is known.
    """
    candidates, features = described(texts, speakers)
    if not candidates:
        return []
    worth = load("topics")["titles"](features) - SINGLE * features["words: 1"]
    chosen: list[str] = []
    taken: set[str] = set()
    for i in np.argsort(-worth, kind="stable"):
        if len(chosen) == most:
            break
        stems = set(content_words(candidates[i]))
        if not stems & taken:
            chosen.append(candidates[i])
            taken |= stems
    return chosen


def described(texts: Sequence[str], speakers: Sequence[str | None] = ()) -> tuple[list[str], dict[str, np.ndarray]]:
    """The candidates of a stretch, and for each feature an array with one value a candidate."""
    found = noun_phrases(texts)
    single = Counter(stem for text in texts for stem in content_words(text))
    kept = _recurring(found, single)
    names = {stem(word) for name in speakers if name for word in words(name)}
    longer = _in_longer(kept, found)
    written = [_as_said(found[key]) for key in kept]
    rows = [
        _counted(_contents(key), found[key], single, longer[key])
        | _placed(found[key], len(texts), speakers)
        | _worded(text)
        | {"names a speaker": float(bool(names & set(_contents(key))))}
        for key, text in zip(kept, written, strict=True)
    ]
    return written, {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}


def _recurring(found: dict[Key, list[Place]], single: Counter[str]) -> list[Key]:
    """The candidates whose words recur most; those said once only if all their words recur, where there are such."""
    contents = {key: _contents(key) for key in found}
    nouns = [key for key in found if not _is_bare_gerund(found[key])] or list(found)
    able = [key for key in nouns if len(found[key]) > 1 or min(single[s] for s in contents[key]) > 1] or nouns
    means = {key: sum(single[s] for s in contents[key]) / len(contents[key]) for key in able}
    worth = {key: len(found[key]) + 0.15 * means[key] + 0.3 * (len(key) > 1) for key in able}
    return sorted(able, key=lambda key: (-worth[key], key))[:CONSIDERED]


def _is_bare_gerund(places: Sequence[Place]) -> bool:
    """Whether a phrase is a single word in "-ing" that never has an article: "implementing", but not "the meeting"."""
    written = places[0].written.lower()
    return " " not in written and written.endswith("ing") and not any(place.is_determined for place in places)


def _contents(key: Key) -> list[str]:
    """Stems of the words of a phrase, less those that tie its parts together."""
    return [s for s in key if is_content(s)] or list(key)


def _in_longer(kept: Sequence[Key], found: dict[Key, list[Place]]) -> Counter[Key]:
    """How often each candidate is said as a part of one longer candidate, at most."""
    most: Counter[Key] = Counter()
    for key in kept:
        for start in range(len(key)):
            for end in range(start + 1, len(key) + (start > 0)):
                part = key[start:end]
                most[part] = max(most[part], len(found[key]))
    return most


def _counted(contents: Sequence[str], places: Sequence[Place], single: Counter[str], longer: int) -> dict[str, float]:
    """How often a phrase and its words are said."""
    counts = [single[s] for s in contents]
    logs = [math.log1p(count) for count in counts]
    return {
        "said": math.log(len(places)),
        "said once": float(len(places) == 1),
        "its words said": sum(logs) / len(logs),
        "its rarest word said": min(logs),
        "its commonest word said": max(logs),
        "its words' share": 100 * sum(counts) / len(counts) / max(1, single.total()),
        "in a longer phrase": math.log1p(longer) - math.log(len(places)),
        **{f"words: {n}": float(len(contents) == n) for n in (1, 2, 3, 4)},
    }


def _placed(places: Sequence[Place], sentences: int, speakers: Sequence[str | None]) -> dict[str, float]:
    """Where in the stretch a phrase is said, by how many, and how its sentences have it."""
    at = [place.sentence for place in places]
    voices = {speakers[n] for n in at} if speakers else {None}
    return {
        "first said": at[0] / sentences,
        "last said": at[-1] / sentences,
        "said from first to last": (at[-1] - at[0]) / sentences,
        "said at the start": float(at[0] < max(2, 0.08 * sentences)),
        "said early": math.log1p(sum(n < max(3, 0.15 * sentences) for n in at)),
        "speakers": math.log(len(voices)),
        "is whole": _share(place.is_whole for place in places),
        "has an article": _share(place.is_determined for place in places),
        "is a subject": _share(place.is_subject for place in places),
        "is announced": _share(place.is_announced for place in places),
        "was announced": float(any(place.is_announced for place in places)),
        "begins a clause": _share(place.is_first for place in places),
    }


def _worded(text: str) -> dict[str, float]:
    """How a phrase is made."""
    head = _LINK.split(text)[0].split()[-1].lower()
    first = text.split()[0].lower()
    letters = [len(word) for word in words(text) if is_content(word)]
    return {
        "letters a word": sum(letters) / max(1, len(letters)),
        "capitals": float(text != text.lower()),
        "all capitals": float(any(len(word) > 1 and word.isupper() for word in text.split())),
        "noun's ending": float(ends_as_a_noun(head)),
        "noun in -ing": float(head.endswith("ing")),
        "plural": float(head.endswith("s") and not head.endswith("ss")),
        "begins in -ing": float(first.endswith("ing")),
        "begins in -ed": float(first.endswith("ed")),
        **{f"holds: {link}": float(f" {link} " in text) for link in ("of", "for", "in", "on", "and")},
    }


def _share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _as_said(places: Sequence[Place]) -> str:
    """The commonest way a phrase was written; in lower case where it was ever written so."""
    forms = Counter(place.written for place in places)
    best = max(forms, key=lambda form: (forms[form], form))
    return next((form for form in sorted(forms) if form == best.lower()), best)
