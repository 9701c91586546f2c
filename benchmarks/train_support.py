"""Learn to tell claims that their lines bear out from lies; writes `scribe/coefficients/support.json`.

    python benchmarks/train_support.py [--data DIR]

In: ICSI and AMI meetings with sentences of human summaries and the lines linked to each, but for those held out. Out:
how rare words are in meetings; which words go with which role; and for each thing that may be wrong with a claim the
log-odds that it is not, from what `scribe.evidence.bearing` sees. Lies are made by rule (`evidence_edits.py`).
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import fitting
import numpy as np
from corpora import DEFAULT_DATA
from evidence_judging import Case, Session, sessions

from scribe.evidence.bearing import bearing, sought
from scribe.evidence.judging import LIES, may_be
from scribe.evidence.roles import LEARNED, ROLE, fitting_roles, roles_in
from scribe.evidence.spoken import spoken
from scribe.linear import Linear, load

STRETCH = 20
"""Lines in which a word counts once for its rarity."""

RARITIES = 300
"""Words whose rarity is kept, the commonest; of any other word the mean of the rest is assumed."""

ROLE_WORDS = 25
"""Words kept for each role, in claims and in lines."""

ABOUT = "Log-odds that a claim is not a lie of each kind; rarities of stems; weights of stems that go with roles."

GROUPS: Mapping[str, Sequence[str]] = {
    "foreign": (
        "rarity_held loosely_held held_near best_line rarest_held rarest_missing log_held pairs_held log_lines "
        "log_size log_claim held_for_size session_held session_unheard own_best own_above own_rank stretch_above "
        "stretch_below stretch_best loosely_held_in_many held_near_in_many own_above_in_many session_held_in_many "
        "names names_held names_missing names_strange names_missing_near names_unheard numbers numbers_held "
        "numbers_missing numbers_missing_near twos_missing roles roles_fit_lines "
        "sought_best sought_above sought_share sought_rank sought_beside_best"
    ).split(),
    "number": (
        "numbers numbers_held numbers_beside numbers_missing twos_missing numbers_missing_near log_size loosely_held "
        "numbers_missing_held_much numbers_missing_in_many"
    ).split(),
    "name": (
        "names names_held names_missing names_strange names_missing_near names_unheard names_all_missing log_size "
        "loosely_held names_missing_held_much names_missing_in_many"
    ).split(),
    "people": (
        "people people_absent people_mentioned people_silent people_least people_first people_lead roles "
        "roles_fit_claim roles_fit_lines speaker_given speaker_absent speaker_part speaker_leads log_size"
    ).split(),
    "denial": (
        "denies denies_twice denies_and_none_does denies_and_none_near denies_and_rate denies_and_best_does "
        "denies_and_unsure denies_what_is_denied denies_what_is_said says_and_none_denies says_and_rate "
        "says_and_best_denies says_and_unsure says_what_is_said says_what_is_denied says_and_is_denied log_size "
        "loosely_held denies_telling denies_undecided denies_untroubled denies_and_bound denies_and_adverse "
        "denies_and_denying_line denies_and_plain_line "
        "says_and_adverse says_and_denying_line says_and_plain_line"
    ).split(),
}
"""What each model looks at."""

OF_LIE = {
    "foreign": ("foreign",),
    "number": ("number",),
    "name": ("name",),
    "people": ("role", "speaker", "named"),
    "denial": ("denied", "undenied"),
}
"""The kinds of lies that each model is to tell from true claims."""


class Row(NamedTuple):
    """A case, which meeting it is of, and what is seen of it and of the claim before it was changed."""

    case: Case
    meeting: int
    seen: Mapping[str, float]
    plain: Mapping[str, float]


def rarity(every: Sequence[Session]) -> Linear:
    """How rare stems are: the log of one over the share of stretches of lines that hold one."""
    holding: Counter[str] = Counter()
    stretches = 0
    for session in every:
        texts = [s.text for s in session.shown.values()]
        for start in range(0, len(texts), STRETCH):
            stretches += 1
            holding.update({stem for text in texts[start : start + STRETCH] for stem in spoken(text).stems})
    order = sorted(holding, key=lambda stem: (-holding[stem], stem))
    rest = [math.log(stretches / holding[stem]) for stem in order[RARITIES:] if holding[stem] > 2]
    kept = {stem: (0.0, 1.0, math.log(stretches / holding[stem])) for stem in order[:RARITIES]}
    return Linear(float(np.mean(rest)), kept)


def role_words(every: Iterable[Session]) -> dict[str, Linear]:
    """For each role the stems that claims naming it alone, and their lines, hold more often than other roles' do."""
    found: dict[str, dict[str, Counter[str]]] = {where: {role: Counter() for role in LEARNED} for where in _WHERE}
    sizes: Counter[str] = Counter()
    for session in every:
        for case in session.cases:
            named = roles_in(case.text)
            if case.kind != "true" or len(named) != 1:
                continue
            sizes[named[0]] += 1
            found["claims"][named[0]].update(set(spoken(ROLE.sub(" ", case.text)).stems))
            found["lines"][named[0]].update({s for i in case.cites for s in spoken(session.shown[i].text).stems})
    return {f"{where} of {role}": _weights(role, counts, sizes) for where, counts in found.items() for role in LEARNED}


_WHERE = ("claims", "lines")


def _weights(role: str, counts: Mapping[str, Counter[str]], sizes: Mapping[str, int]) -> Linear:
    """Log-ratios of shares, with two added to every count; the surest are kept."""
    others = [other for other in counts if other != role]
    rest = sum((counts[other] for other in others), Counter[str]())
    size, rest_size = sizes[role], sum(sizes[other] for other in others)
    weights = {}
    for stem in sorted(set(counts[role]) | set(rest)):
        own, other = counts[role][stem], rest[stem]
        ratio = math.log((own + 2) / (size + 4)) - math.log((other + 2) / (rest_size + 4))
        weights[stem] = (ratio, abs(ratio) * math.sqrt(own + other))
    kept = sorted(weights, key=lambda stem: (-weights[stem][1], stem))[:ROLE_WORDS]
    return Linear(0.0, {stem: (0.0, 1.0, weights[stem][0]) for stem in kept})


def rows_of(every: Sequence[Session], folds: int = 5) -> list[Row]:
    """What is seen of every case; words of roles come from the other folds of meetings, as they will for new ones."""
    order = {name: n for n, name in enumerate(sorted({session.id for session in every}))}
    learned = [role_words(s for s in every if order[s.id] % folds != fold) for fold in range(folds)]
    rows = []
    for session in every:
        n = order[session.id]

        def seen(text: str, cites: tuple[int, ...], speaker: str | None) -> Mapping[str, float]:
            lines = [spoken(session.shown[i].text) for i in cites]  # noqa: B023
            roles = fitting_roles(text, spoken(text), lines, learned[n % folds])  # noqa: B023
            found = bearing(text, cites, session.shown, speaker=speaker).features  # noqa: B023
            return {**found, **sought(text, cites, session.shown), **roles}  # noqa: B023

        for case in session.cases:
            plain = seen(case.plain[0], case.cites, case.plain[1])
            rows.append(Row(case, n, seen(case.text, case.cites, case.speaker), plain))
    return rows


def learn(rows: Sequence[Row]) -> dict[str, Linear]:
    """One model for each thing that may be wrong with a claim: true claims against lies, as many of each by weight."""
    models = {}
    for lie in LIES:
        own = [row for row in rows if row.case.kind in OF_LIE[lie] and may_be(lie, row.seen) and may_be(lie, row.plain)]
        weights = [WEIGHTS.get(row.case.source, 1.0) for row in own]
        features = {
            name: np.array([row.seen[name] for row in own] + [row.plain[name] for row in own]) for name in GROUPS[lie]
        }
        target = np.array([0.0] * len(own) + [1.0] * len(own))
        models[lie] = fitting.logistic(features, target, weights=np.array(weights * 2), alpha=STRENGTH)
    return models


STRENGTH = 10.0
"""Of the ridge."""

WEIGHTS = {"true": 1.0, "quote": 0.5, "report": 0.5}
"""Quotations are easy, and there are as many as are made: they count half."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    data = parser.parse_args().data
    every = list(sessions(data, held_out=False))
    if not every:
        print(f"no linked meetings in {data}")
        return
    words = {"rarity": rarity(every), **role_words(every)}
    _write(words)  # `bearing` reads them
    rows = rows_of([*every, *sessions(data, held_out=False, labelled=True)])
    _write({**words, **learn(rows)})


def _write(models: Mapping[str, Linear]) -> None:
    path = fitting.write("support", models, about=ABOUT, made_by="benchmarks/train_support.py")
    load.cache_clear()
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
