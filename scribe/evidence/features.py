"""What an index of a record says for one question or claim, of each line and as a whole: numbers for linear models.

In: an index and a text. Out: features by name, each one number a line, or one for the record. It knows nothing of what
they are worth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from scribe.evidence.locating import EXPANSION_TERMS, WIDTHS, Index, Weights, speakers_named, terms_of
from scribe.language import is_content, stem, words

_CONTEXT = re.compile(r"\b(?:when|while|during|regarding|in terms of|in relation to|with regard to)\b", re.I)
"""What follows names the topic within which something is asked: "... when discussing the energy source"."""

_NAME = re.compile(r"(?<!^)\b[A-Z][\w.'’-]+")
"""A word with a capital that does not begin the text."""

_UNCOMMON = 0.03
"""Share of records taken to say a word that is not listed as common; set by hand, not measured."""

_CLOSE = (16, 64)
"""Half widths, in words, of the windows within which two words are close: a clause, an exchange."""

_PLENTY = 6
"""So many words found or missing are as good as any more."""


def query_terms(text: str, ignored: frozenset[str]) -> tuple[list[str], list[str]]:
    """Terms that a text is sought by, each once: its stems and the parts of compounds, then beginnings of words."""
    found = dict.fromkeys(term for word in words(text) for term in terms_of(word))
    whole = [term for term in found if term[0] != "~" and term not in ignored]
    shortened = {f"~{term[:5]}" for term in ignored}
    return whole, [term for term in found if term[0] == "~" and term not in shortened]


def features(
    index: Index, text: str, ignored: frozenset[str] = frozenset(), worth: Mapping[str, float] | None = None
) -> dict[str, np.ndarray]:
    """Features of each line; `ignored` are stems that name no topic, `worth` multiplies what others weigh."""
    whole, short = query_terms(text, ignored)
    weights, shortened = _weights(index, whole, worth), _weights(index, short)
    densities = index.densities(weights)
    found = _shape(index)
    found |= _matches(index, weights, densities, "")
    found |= _matches(index, shortened, index.densities(shortened), "short_")
    found |= _parts(index, text, weights)
    found |= _pairs(index, text, weights, densities)
    found |= _turns(index, found["own"])
    found |= _speakers(index, text, found)
    return found


def expanded_features(
    index: Index, text: str, ignored: frozenset[str] = frozenset(), worth: Mapping[str, float] | None = None
) -> dict[str, np.ndarray]:
    """How well each line matches the words that are said where the text fits best.

    Those who look for lines leave them out: hit@5 is .837 without them, .817 with them.
    """
    weights = expansion(index, _weights(index, query_terms(text, ignored)[0], worth))
    return _matches(index, weights, index.densities(weights), "expanded_")


def _weights(index: Index, terms: Sequence[str], worth: Mapping[str, float] | None = None) -> dict[str, float]:
    worth = worth or {}
    return {term: index.rarity(term) * worth.get(term, 1.0) for term in terms}


def record_features(index: Index, text: str, ignored: frozenset[str], common: Mapping[str, float]) -> dict[str, float]:
    """Whether a record speaks of what a text names: which of its words are said, how often, and how close together.

    `common` is the share of all records that say a word; of one that it does not list, `_UNCOMMON`.
    Words of the speakers' own names are left out of the count: who speaks is no topic.
    """
    spoken = {word for speaker in dict.fromkeys(index.speakers) for word in words(speaker)}
    people = {stem(word) for word in spoken}
    terms = [term for term in query_terms(text, ignored)[0] if term not in people]
    weights = _weights(index, terms)
    held = [term for term in terms if term in index.places]
    loosely = [term for term in terms if term in index.places or f"~{term[:5]}" in index.places]
    times = [float(np.log1p(len(index.places[term]))) for term in held]
    said = [weights[term] * count for term, count in zip(held, times, strict=True)]
    telling = {term: -float(np.log(common.get(term, _UNCOMMON))) for term in terms}
    rate = 5000 / max(float(index.starts[-1]), 1.0)
    by_telling = [telling[term] * float(np.log1p(rate * len(index.places[term]))) for term in held]
    named = [word.lower().replace("’", "'").removesuffix("'s") for word in _NAME.findall(text)]
    whole = sum(weights.values()) or 1.0
    found = {
        "terms": float(np.log1p(len(terms))),
        "found": float(min(_PLENTY, len(held))),
        "missing": float(min(_PLENTY, len(terms) - len(loosely))),
        "held": len(held) / max(1, len(terms)),
        "held_loosely": len(loosely) / max(1, len(terms)),
        "times": sum(times) / max(1, len(times)),
        "times_by_rarity": max(said, default=0.0),
        "telling": sum(by_telling),
        "most_telling": max(by_telling, default=0.0),
        "telling_missing": sum(telling[term] for term in terms if term not in loosely),
        "own": _most(index.own(weights)) / whole,
        "speaker_named": float(any(word in spoken for word in named)),
        "names_missing": float(min(_PLENTY, sum(w not in spoken and stem(w) not in index.places for w in named))),
    }
    densities = index.densities(weights)
    values = np.array([weights[term] for term in held]) / whole
    for width in WIDTHS:
        around = index.around(densities, values, width)
        found[f"within_{width}"] = _most(around)
        found[f"within_{width}_above_mean"] = _most(around) - float(around.mean())
    return found | {name: _most(values) for name, values in _pairs(index, text, weights, densities).items()}


def _most(values: np.ndarray) -> float:
    return float(values.max()) if len(values) else 0.0


def _shape(index: Index) -> dict[str, np.ndarray]:
    """What a line is like, whatever is asked."""
    centre = (index.starts[:-1] + index.lengths / 2) / max(float(index.starts[-1]), 1.0)
    return {
        "length": np.log1p(index.lengths),
        "content": np.log1p(index.content),
        "density": index.content / index.lengths,
        "opening": np.exp(-centre / 0.05),
        "closing": np.exp(-(1 - centre) / 0.05),
        "place": centre,
    }


def _matches(index: Index, weights: Weights, densities: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """How well each line and its surroundings match, absolutely and beside the best of the record."""
    whole = sum(weights.values()) or 1.0
    own = index.own(weights) / whole
    values = np.array([weight for term, weight in weights.items() if term in index.places]) / whole
    found = {f"{name}own": own, f"{name}own_beside_best": _beside_best(own)}
    for width in WIDTHS:
        around = index.of_lines(index.around(densities, values, width))
        found[f"{name}within_{width}"] = around
        found[f"{name}within_{width}_beside_best"] = _beside_best(around)
    return found


def _parts(index: Index, text: str, weights: Weights) -> dict[str, np.ndarray]:
    """Matches of what is asked and of the context in which it is."""
    pieces = _CONTEXT.split(text, maxsplit=1)
    found = {}
    for name, piece in (("asked", pieces[0]), ("context", pieces[1] if len(pieces) > 1 else pieces[0])):
        own = {term for word in words(piece) for term in terms_of(word)} & set(weights)
        part = {term: weights[term] for term in sorted(own)}
        densities = index.densities(part)
        values = np.array([part[term] for term in part if term in index.places]) / (sum(part.values()) or 1.0)
        for width in (WIDTHS[1], WIDTHS[3]):
            found[f"{name}_within_{width}"] = _beside_best(index.of_lines(index.around(densities, values, width)))
    return found


def _pairs(index: Index, text: str, weights: Weights, densities: np.ndarray) -> dict[str, np.ndarray]:
    """Whether content words that follow each other in the text are said close together.

    The sequential dependence of Metzler and Croft (2005): of each pair, the product of what both are worth around a
    line, weighted by the sum of their weights.
    """
    stems = [stem(word) for word in words(text) if is_content(word)]
    row = {term: n for n, term in enumerate(term for term in weights if term in index.places)}
    pairs = [(one, other) for one, other in pairwise(stems) if one != other and one in row and other in row]
    whole = sum(weights.values()) or 1.0
    worth = np.array([weights[one] + weights[other] for one, other in pairs]) / whole
    found = {}
    for width in _CLOSE:
        said = index.saturated(densities, width)
        both = [said[row[one]] * said[row[other]] for one, other in pairs]
        found[f"pairs_within_{width}"] = index.of_lines(worth @ np.array(both) if both else np.zeros(index.bins))
    return found


def _turns(index: Index, own: np.ndarray) -> dict[str, np.ndarray]:
    """The best match within the lines that one speaker says in a row, and how long they are together."""
    goes_on = np.array([one == other for one, other in pairwise(index.speakers)], dtype=bool)
    turn = np.concatenate([[0], np.cumsum(~goes_on)])[: len(index)]
    best = np.zeros(len(index))
    np.maximum.at(best, turn, own)
    lengths = np.bincount(turn, weights=index.lengths, minlength=1)
    return {"turn_own": best[turn], "turn_length": np.log1p(lengths[turn])}


def _speakers(index: Index, text: str, matches: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Whether a speaker whom the text names says the line, or lines near it, and matches there."""
    named = speakers_named(text, index.speakers)
    own = np.array([named.get(speaker, 0.0) for speaker in index.speakers])
    found = {"speaker": own, "speaker_named": np.full(len(index), float(bool(named)))}
    share = index.to_bins(own)
    for width in (WIDTHS[1], WIDTHS[2]):
        half = width / 8
        near = index.of_lines(index.smoothed(share, width)) / half
        found[f"speaker_within_{width}"] = near
        found[f"speaker_matches_{width}"] = near * matches[f"within_{width}_beside_best"]
    return found


def expansion(index: Index, weights: Weights) -> dict[str, float]:
    """Words said where the text fits best, weighted: relevance model 1 over windows, background taken out by rarity."""
    densities = index.densities(weights)
    if not len(densities):
        return {}
    values = np.array([weight for term, weight in weights.items() if term in index.places])
    fit = index.around(densities, values, WIDTHS[1])
    fit = np.exp(6.0 * (fit / max(float(fit.max()), 1e-9) - 1.0))
    fit[fit < 0.05] = 0.0
    told = index.told_within(fit)
    scores = {
        term: score * index.rarity(term) for term, score in told.items() if term not in weights and term[0] != "~"
    }
    best = sorted(scores, key=lambda term: (-scores[term], term))[:EXPANSION_TERMS]
    return {term: scores[term] for term in best}


def _beside_best(values: np.ndarray) -> np.ndarray:
    best = float(values.max()) if len(values) else 0.0
    return values / best if best > 0 else values
