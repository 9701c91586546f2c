"""Judging: whether the lines that a text cites bear it out.

In: a text, the lines it cites, and the segments that were shown. Out: `Support`. Code, not a model of language,
decides; a simulator's word counts for nothing here. Small linear models weigh what `bearing` sees; a script in
`benchmarks/` learned them from summaries that people wrote and from lies made of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from scribe.evidence.bearing import Bearing, bearing, sought
from scribe.language import words
from scribe.linear import Linear, load
from scribe.records import Segment, Support
from scribe.tidy import tidy

SUPPORTED, WEAK = 0.7, 0.35
"""Scores from which a claim is supported, and weak. Of claims above the first nine in ten are true, in the mixture that
`LIES` assumes; below the second lies one in ten of the sentences that people wrote of the very lines, by
cross-validation over meetings. `benchmarks/LOG.md` has the figures."""

LEAST_HELD = 0.3
"""Share of a claim's content words that lines must hold for a reader to find it there: below it is weak at most."""

_NEARLY_QUOTED = 0.75
"""Share from which a claim is nearly its lines' own words: a number or a name in it that they lack was changed."""

LIES = {"foreign": 4.0, "number": 2.5, "name": 2.5, "people": 1.0, "denial": 0.5}
"""What may be wrong with a claim, and how often, beside the others; each has its model in `coefficients/support.json`,
the log-odds that it is not so. Chosen by cross-validation: the more denials are doubted, the more of what people
rightly said was not so looks like a lie."""


def judge(text: str, cites: Sequence[int], shown: Mapping[int, Segment], *, speaker: str | None = None) -> Support:
    """Judge whether the lines cited bear `text` out.

    `shown` holds the segments that the simulator saw, by index; `speaker` is whom the text is attributed to. The
    score is the probability that they do, if half of all claims were true and each thing that may be wrong with a
    claim as likely among the others as `LIES` says.
    """
    lines = [shown[i] for i in cites if i in shown]
    strangers = [i for i in cites if i not in shown]
    if not lines:
        reason = f"cites line {strangers[0]}, which was not shown" if strangers else "cites no line"
        return Support(verdict="unsupported", score=0.0, reasons=(reason,))
    seen = bearing(text, cites, shown, speaker=speaker)
    reasons = _reasons(seen, lines, speaker)
    if not reasons and seen.words_held == 1.0 and _is_quotation(text, lines):
        score = 1.0
    else:
        score = _score({**seen.features, **sought(text, cites, shown)})
    if seen.words_held >= _NEARLY_QUOTED and (seen.missing_numbers or seen.missing_names or seen.absent_people):
        score = min(score, WEAK - 0.05)
    best = seen.best if len(seen.best) > 1 else ()
    stranger = (f"cites line {strangers[0]}, which was not shown",) if strangers else ()
    if seen.words_held < LEAST_HELD or (score < SUPPORTED and not reasons):
        reasons.append(f"the lines hold {seen.words_held:.0%} of its words")
    verdict = "unsupported" if score < WEAK else "weak" if reasons or stranger else "supported"
    return Support.model_validate({"verdict": verdict, "score": score, "reasons": (*reasons, *stranger), "best": best})


def _score(features: Mapping[str, float]) -> float:
    against = odds_against(features)
    chances = sum(LIES[lie] for lie in against)
    return round(1 / (1 + sum(LIES[lie] * odds for lie, odds in against.items()) / chances), 4)


def odds_against(features: Mapping[str, float]) -> dict[str, float]:
    """For each thing that may be wrong with such a claim, how much likelier what was seen is if it is wrong."""
    return {
        lie: math.exp(-min(20.0, max(-20.0, _log_odds(load("support")[lie], features))))
        for lie in LIES
        if may_be(lie, features)
    }


def may_be(lie: str, features: Mapping[str, float]) -> bool:
    """Whether a claim has what the lie is about: a number, a name, somebody who spoke."""
    if lie == "number":
        return features["numbers"] > 0
    if lie == "name":
        return features["names"] > 0
    if lie == "people":
        return features["people"] + features["roles"] + features["speaker_given"] > 0
    return True


def _log_odds(model: Linear, features: Mapping[str, float]) -> float:
    return model.intercept + sum(
        weight * max(-5.0, min(5.0, (features[name] - mean) / scale))
        for name, (mean, scale, weight) in model.terms.items()
    )


def _reasons(seen: Bearing, lines: Sequence[Segment], speaker: str | None) -> list[str]:
    """What the text says that its lines do not: the speaker, numbers, names, negations."""
    found = []
    if speaker is not None and speaker not in {line.speaker for line in lines}:
        found.append(f"{speaker} did not say these lines")
    if seen.missing_numbers:
        found.append(f"the number {seen.missing_numbers[0]} is not in the lines")
    if missing := (*seen.absent_people, *seen.missing_names):
        found.append(f"the name {missing[0][:1].upper()}{missing[0][1:]} is not in the lines")
    if seen.features["denies_and_none_does"]:
        found.append("it denies something and the lines do not")
    elif seen.features["says_and_is_denied"]:
        found.append("the lines deny something and it does not")
    return found


def _is_quotation(text: str, lines: Sequence[Segment]) -> bool:
    """Whether the words of a text are those of its lines, in a row."""
    claimed = f" {' '.join(words(text))} "
    raw = " ".join(line.text for line in lines)
    return bool(claimed.strip()) and any(claimed in f" {' '.join(words(said))} " for said in (raw, tidy(raw)))
