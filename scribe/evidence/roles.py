"""What people in a role speak about.

In: a claim that names a role, and its lines. Out: how well the role goes with what the claim and the lines speak of.
Which words go with which role was learned from meetings of design teams; of a role that is not among those learned
nothing is said. It knows nothing of speakers or verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scribe.evidence.spoken import Spoken
from scribe.linear import Linear, load

ROLE = re.compile(
    r"\b(?:(project|product|program(?:me)?) manager|(marketing)(?: (?:expert|executive|manager|specialist|person))|"
    r"(industrial) (?:designer|design)|(?:user[ -])?(interface) (?:designer|specialist|expert))\b",
    re.I,
)
"""Roles of which something was learned; each is known by one of its words."""

LEARNED = ("project", "marketing", "industrial", "interface")

_WIDEST = 4.0


def roles_in(text: str) -> tuple[str, ...]:
    """Roles that a text names, in order.

    >>> roles_in("The user interface designer met the Marketing Expert.")
    ('interface', 'marketing')
    """
    found = (next(group for group in match.groups() if group).lower() for match in ROLE.finditer(text))
    return tuple(dict.fromkeys("project" if role.startswith("pro") else role for role in found))


def fitting_roles(
    text: str, claim: Spoken, lines: Sequence[Spoken], learned: Mapping[str, Linear] | None = None
) -> dict[str, float]:
    """How much better the roles named go with the claim, and with its lines, than the other roles do: the least.

    `learned` stands in for what scribe ships.
    """
    models = load("support") if learned is None else learned
    named = roles_in(text)
    if not named or len(named) == len(LEARNED):
        return {"roles": 0.0, "roles_fit_claim": 0.0, "roles_fit_lines": 0.0}
    in_claim = sorted(set(claim.stems))
    in_lines = sorted({stem for line in lines for stem in line.stems})
    own = _lead(named, {role: _weight(models, f"claims of {role}", in_claim) for role in LEARNED})
    heard = _lead(named, {role: _weight(models, f"lines of {role}", in_lines) for role in LEARNED})
    return {"roles": float(len(named)), "roles_fit_claim": own, "roles_fit_lines": heard}


def _weight(models: Mapping[str, Linear], model: str, stems: Sequence[str]) -> float:
    terms = models[model].terms
    return models[model].intercept + sum(terms[stem][2] for stem in stems if stem in terms)


def _lead(named: Sequence[str], weights: Mapping[str, float]) -> float:
    others = max(weight for role, weight in weights.items() if role not in named)
    return max(-_WIDEST, min(_WIDEST, min(weights[role] for role in named) - others))
