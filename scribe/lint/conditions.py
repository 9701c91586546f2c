"""Rules on conditioning: two sides that condition on different things, and a condition that may never hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scribe.lint.findings import Context, Finding, quoted
from scribe.lint.granting import grants_chance
from scribe.lint.mathematics import Formula, Term
from scribe.lint.passages import Passage
from scribe.lint.reading import Item

_JUSTIFIED = re.compile(
    r"""
      \b (?:in)?dependen\w* | \b markov\w* | \b memoryless \b | \b exchangeab\w+ | \b sufficient\sstatistic\w*
    | \b do(?:es)? (?: n't | \snot ) \sdepend \b | \b ignor\w+ | \b irrelevant \b | \b regardless \b | \b no\smatter \b
    | \b only\sthrough \b | \b screens?\soff \b | \b d-separat\w+ | \b invarian\w+
    | \b unconditional\w* | \b marginal\w* | \b mutual\sinformation \b | \b conditioning\son \b
    | \b compar\w+ | \b differs? \b | \b (?: more | less ) \s (?: likely | probable ) \b
    | \b (?: raises? | lowers? | increases? | decreases? | changes? ) \b
    | \b longer \b | \b exten (?: ds? | sions? | ding ) \b | \b refine\w*
    """,
    re.I | re.X,
)
"""Words that say that the two conditions differ on purpose, or that the difference does not matter."""

_HYPOTHESIS = re.compile(r"\b(?:if|whenever|when|suppose|assume|assuming|unless|provided|while|once)\b[^,;.:]*$", re.I)
_ON = r"\b (?: given | condition (?: al | ally | ed | ing | s )? \s (?:up)?on ) \s"
_NULL_WORDS = re.compile(
    rf"""
    {_ON} (?: that\s )? (?: (?: the | an? | one | some | any | each | every | its ) \s )?
    (?: event\s (?: that | of ) \s )?
    (?: (?: single | whole | entire | full | fixed | particular | specific ) \s )?
    (?: infinite (?: ly\slong )? | endless | unending | limit (?:ing)? | null | (?: measure | probability ) [- ] zero
      | (?: \w+ \s ){{0,3}} (?: of | with | has | have ) \s (?: vanishing | zero ) \s (?: probability | measure ) ) \b
    """,
    re.I | re.X,
)
_CONDITIONED = re.compile(rf"{_ON} \s* (?: that\s+ | the\sevent\s+ (?: that\s+ )? )? (?P<what> ⟦\d+⟧ )", re.I | re.X)
_CHANCE = re.compile(r"\b(?:probabilit\w+|distribut\w+|expect\w+|likel\w+|chance|law)\b", re.I)
_DENIED = re.compile(r"\b(?:not|never|no|nothing|without|avoid\w*|n't)\b[^.;]{0,60}$", re.I)


def mismatched_conditioning(context: Context) -> Iterator[Finding]:
    """Relations and distances whose two sides condition the same event on different things."""
    for where, item in context.argument():
        if where.startswith(("assumption", "definition")):
            continue
        passage = context.passage(item)
        if _JUSTIFIED.search(_grants(context, item)):
            continue
        for ahead, formula in passage.placed():
            pair = _mismatch(formula)
            if pair is not None and not _HYPOTHESIS.search(ahead):
                one, other = pair
                message = (
                    f"expected both sides to condition on the same thing; {quoted(one.shown)} is set against "
                    f"{quoted(other.shown)}: match the conditions, or name the assumption that lets them differ"
                )
                yield context.finding("mismatched-conditioning", where, item.line, message)
                break


def _grants(context: Context, item: Item) -> str:
    """Words that may license a difference: those beside it, the statement's and the assumptions'."""
    given = (item, *(([context.stated.statement]) if context.stated.statement else ()), *context.stated.assumptions)
    return " ".join(context.passage(one).prose for one in given)


def _mismatch(formula: Formula) -> tuple[Term, Term] | None:
    """The first two probabilities that are compared under different conditions."""
    for first, sign, last in formula.sides():
        if sign in "=≤≥<>≈≡≲≳≪≫→≠":
            one, other = _only_term(formula, *first), _only_term(formula, *last)
            if one is not None and other is not None and _differs(one, other):
                return one, other
    for first, last in formula.compared():
        one, other = _only_term(formula, *first), _only_term(formula, *last)
        if one is not None and other is not None and _differs(one, other):
            return one, other
    return None


def _only_term(formula: Formula, first: int, last: int) -> Term | None:
    """The one probability of a side; None where there are more, or where it sums over something."""
    terms = formula.terms(first, last)
    return terms[0] if len(terms) == 1 and not formula.has_binder(first, last) else None


def _differs(one: Term, other: Term) -> bool:
    return one.event == other.event and one.given != other.given and bool(one.event)


def null_conditions(context: Context) -> Iterator[Finding]:
    """Conditions on one value of a random quantity, on an endless sequence, or on what is said to have no chance."""
    vanishing = _vanishing(context)
    is_granted = context.outer.grants_chance or any(grants_chance(context.passage(item)) for item in _granting(context))
    for where, item in context.argument():
        found = _null_term(context.passage(item), vanishing, is_granted=is_granted)
        if found is None and not is_granted:
            found = _null_words(context.passage(item))
        if found is not None:
            message = (
                f"expected a condition that holds with positive probability; {found}: say that it does, or condition "
                "on an event that has it"
            )
            yield context.finding("conditioning-on-null", where, item.line, message)
            return


def _granting(context: Context) -> Iterator[Item]:
    return (item for where, item in context.entries() if not where.startswith(("gap", "counterexample")))


def _vanishing(context: Context) -> frozenset[str]:
    """Events whose probability a formula says to be or to go to zero."""
    found: set[str] = set()
    for _, item in context.entries():
        for formula in context.passage(item).formulas:
            for (a, b), sign, (c, d) in formula.sides():
                terms = [term for term in formula.terms(a, b) if not term.given]
                if sign in "=→" and len(terms) == 1 and b - a == terms[0].end - terms[0].start:
                    is_zero = [t.text for t in formula.tokens[c:d]] == ["0"]
                    found |= {terms[0].event} if is_zero else set()
    return frozenset(found)


def _null_term(passage: Passage, vanishing: frozenset[str], *, is_granted: bool) -> str | None:
    for term in (term for formula in passage.formulas for term in formula.all_terms() if term.given):
        if vanishing & {*term.given, ", ".join(term.given)}:
            return f"{quoted(term.shown)} conditions on what is said to have probability zero, or to go to it"
        if is_granted:
            continue
        if term.is_endless:
            return f"{quoted(term.shown)} conditions on an endless sequence or a limit"
        if term.is_equality:
            return f"{quoted(term.shown)} conditions on one value, which nothing says to have any probability"
    return None


def _null_words(passage: Passage) -> str | None:
    match = _NULL_WORDS.search(passage.prose)
    if match and not _DENIED.search(passage.prose[max(0, match.start() - 80) : match.start()]):
        return "the words condition on something endless, or on what has no probability"
    for match in _CONDITIONED.finditer(passage.prose):
        formula = passage.formula(match["what"])
        around = passage.prose[max(0, match.start() - 150) : match.end() + 80]
        if formula is not None and _sets_value(formula) and _CHANCE.search(around):
            value = quoted(formula.source)
            return f"the words condition on {value}, one value, which nothing says to have any probability"
    return None


def _sets_value(formula: Formula) -> bool:
    """Whether a formula is `X = x`: a random quantity, a capital by custom, at one value."""
    first = formula.tokens[0] if formula.tokens else None
    signs = [token.text for token in formula.tokens if token.kind == "relation"]
    return first is not None and first.kind == "symbol" and first.text[0].isupper() and signs == ["="]
