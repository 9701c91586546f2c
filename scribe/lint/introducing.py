"""Which symbols a text introduces: "every context $c$", "let $q$ be", "denote by $L$", "$D$: a distribution".

In: a `Passage`. Out: names of symbols, and those that are only the places of a function's arguments. It leans towards
finding an introduction: a symbol that it takes for introduced costs a finding, one that it misses accuses a sound text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scribe.lint.mathematics import Formula
from scribe.lint.passages import Passage


class Introduced(NamedTuple):
    """Symbols a text introduces for what follows, and those that it binds for itself."""

    names: frozenset[str]
    local: frozenset[str]


_OPENERS = frozenset(
    "every each any all some no arbitrary two three both several let fix fixed given choose pick consider take say "
    "denote denoted write written call called define set draw sample introduce name named namely over across a an "
    "abbreviate another new almost".split()
)
"""Words right after which a symbol is new."""

_DEFINING = frozenset("let denote denoted write written call called define set consider abbreviate introduce".split())
"""After these a function may be new too, and its arguments are places."""

_DETERMINERS = frozenset(
    "a an the each every any all some no both two three four five several many most its their our his her whose this "
    "these those another one such arbitrary fixed given certain finitely infinitely of in on for from with by under "
    "between at to into per over and or as than let fix consider take choose pick against towards conditional "
    "after before within among".split()
)
"""Words with which a noun phrase may begin that a symbol stands beside: "the loss $L$", "of token $x$"."""

_NO_NOUN = frozenset(
    "is are was were be been being equals equal exceeds bounds has have had gives give satisfies satisfy approaches "
    "assigns minimises minimizes maximises maximizes minimise minimize maximise maximize depends implies imply yields "
    "contains means mean puts draws samples goes holds converges tends lies follows most least than exactly precisely "
    "about roughly only just not then hence thus so therefore because since that which who if when whenever while but "
    "also at by to on in of for from with under over between against per into onto as up down out off until through "
    "and or nor both either neither does do can could may might must shall should will would it they we you he she "
    "there here where what how why least less more fewer greater smaller larger below above near like unlike without "
    "within beyond inside outside during after before obtains obtain reaches reach matches match sees see plays play "
    "beats beat defines define uses use measures contradicts reports trains "
    "predicts predict knows know estimates recovers dominates controls attains attain averages determines".split()
)
"""Words that are no noun: what follows them is used, not named."""

_SINGULAR = frozenset("a an each every one another this".split())
_NAMING_VERBS = frozenset("is are be being denotes denote stands means abbreviates ranges runs equals has".split())
_DESCRIBING = frozenset("a an the any some its their our two three four".split())
"""Words with which a description begins: "let $q$ be a model and $L$ its loss"."""

_ASSERTIONS = frozenset(
    "inequality equality equation identity relation condition bound estimate fact claim formula expression ratio sum "
    "difference product quotient probability".split()
)
"""Nouns that a formula stands beside as a whole: "the inequality $f(x) > 0$" introduces nothing."""

_QUANTITIES = frozenset(
    "length size order degree dimension depth width rank rate probability temperature cost weight height".split()
)
"""Nouns after which a symbol dangles: "of length $n$" says of which n only if something else does."""

_VARYING = frozenset(
    "falls rises grows increases decreases increasing decreasing monotone monotonic convex concave linear continuous "
    "affine quadratic polynomial constant".split()
)
"""Words that make a variable of what follows their "in": "it falls in $t$"."""

_DRAWN = frozenset("drawn sampled distributed ranging chosen picked ranges".split())
_NOUN_PHRASE = 6
"""Words of a noun phrase before its symbol that are looked at."""


def introduced(passage: Passage, *, is_definition: bool = False) -> Introduced:
    """Symbols that a passage introduces; in a definition, what it begins with is introduced too.

    >>> sorted(introduced(Passage("For every model $q$ and any $c, d$, the loss $L$ is at most $n$.")).names)
    ['L', 'c', 'd', 'q']
    """
    names: set[str] = set()
    local: set[str] = set()
    pieces = passage.pieces
    was_new: set[int] = set()
    for place, piece in enumerate(pieces):
        formula = passage.formula(piece)
        if formula is None:
            continue
        names |= formula.quantified()
        if _is_assignment(formula):
            names |= {formula.heads()[0][0]} if formula.heads() else set()
            local |= formula.arguments()
        is_defined = _is_defined(pieces, place) or (is_definition and _begins(pieces, place, formula))
        is_new = is_defined or _is_opened(pieces, place, formula) or _is_named(pieces, place, formula)
        if is_new or _goes_on(pieces, place, was_new, formula):
            was_new.add(place)
            names |= {name for name, _ in formula.heads()}
            if is_defined:
                local |= formula.arguments()
    return Introduced(frozenset(names), frozenset(local))


def _before(pieces: Sequence[str], place: int, back: int = 1) -> str:
    """A word before a place, lower case; marks of emphasis and opening quotes are passed over."""
    at = place - 1
    while at >= 0:
        if pieces[at] not in ("*", "_", "“", '"', "‘", "`"):
            back -= 1
            if not back:
                return pieces[at].lower()
        at -= 1
    return ""


def _next(pieces: Sequence[str], place: int, ahead: int = 1) -> str:
    return pieces[place + ahead].lower() if place + ahead < len(pieces) else ""


def _is_assignment(formula: Formula) -> bool:
    return any(token.text == ":=" for token in formula.tokens)


def _begins(pieces: Sequence[str], place: int, formula: Formula) -> bool:
    """Whether a formula opens a definition, is what it says the meaning of, or is an equation in it."""
    if _next(pieces, place) in {":", *_NAMING_VERBS} or any(token.text == "=" for token in formula.tokens):
        return True
    return not any(piece[0].isalnum() or piece.startswith("⟦") for piece in pieces[:place])


def _after_list(pieces: Sequence[str], place: int) -> int:
    """The last place of a list of formulas that begins at a place: of $u$ in "$u$ and $v$ two prompts", that of $v$."""
    at = place
    while at - place < 8 and _next(pieces, at) in {"and", ","}:
        step = 2 if not (_next(pieces, at) == "," and _next(pieces, at, 2) == "and") else 3
        if not _next(pieces, at, step).startswith("⟦"):
            break
        at += step
    return at


def _is_defined(pieces: Sequence[str], place: int) -> bool:
    """Whether words say that the formula is a new name: "let", "denote by", "write … for", "… denotes"."""
    before, second = _before(pieces, place), _before(pieces, place, 2)
    if before in _DEFINING or (
        before in ("by", "as") and second in {"denote", "denoted", "given", "written", "define"}
    ):
        return True
    after = _next(pieces, place)
    if after in {"denotes", "denote", "stands", "means", "abbreviates"} or (before == "write" and after == "for"):
        return True
    is_clause = before in {"where", "here", "with", ",", "and", ";", "say"}
    last = _after_list(pieces, place)
    described = _next(pieces, last)
    is_described = described in _DESCRIBING or (
        described in {"is", "are", "be", "being"} and _next(pieces, last, 2) in _DESCRIBING
    )
    if is_clause and (is_described or after in {"that", "for"}) and _is_in_let(pieces, place):
        return True
    if is_described and before in {"where", "here", "with"}:
        return True
    if before == "where" and second == "," and after.endswith("s"):
        return True
    return before in {"where", "here"} and after in _NAMING_VERBS


def _is_in_let(pieces: Sequence[str], place: int) -> bool:
    """Whether the sentence began by defining something, so that what it goes on to describe is new too."""
    for piece in reversed(pieces[max(0, place - 60) : place]):
        if piece in (".", "?", "!"):
            return False
        if piece.lower() in _DEFINING | {"where", "fix", "suppose"}:
            return True
    return False


def _is_opened(pieces: Sequence[str], place: int, formula: Formula) -> bool:
    """Whether a quantifier or its like stands right before: "for every $x$", "suppose $x$ is", "for $n > 1$"."""
    before, after = _before(pieces, place), _next(pieces, place)
    heads = formula.heads()
    if not heads:
        return False
    is_plain = not any(is_applied for _, is_applied in heads)
    if before in _OPENERS:
        return is_plain or before in _DEFINING or not formula.has_relation
    if not is_plain:
        return False
    if after in _DRAWN or (before == "in" and _before(pieces, place, 2) in _VARYING):
        return True
    if before in {"suppose", "assume", "that"}:
        is_supposed = before in {"suppose", "assume"} or _before(pieces, place, 2) in {"suppose", "assume", "say"}
        return is_supposed and (after in {"is", "are", "has", "have", "be"} or formula.has_relation)
    if before in {"for", "with", "where", "here", "when", "as"}:
        return formula.has_relation or after in {"fixed", "large", "small", "sufficiently", "in", "being", "tending"}
    return before == "(" and after == ")" and _before(pieces, place, 2)[:1].isalpha()


def _is_named(pieces: Sequence[str], place: int, formula: Formula) -> bool:
    """Whether a noun stands right before, with what a noun phrase begins with: "each context $c$"."""
    noun = _before(pieces, place)
    if not noun[:1].isalpha() or noun in _NO_NOUN or noun in _OPENERS or noun.endswith("ly"):
        return False
    is_asserted = noun in _ASSERTIONS and any(is_applied for _, is_applied in formula.heads())
    if noun in _DETERMINERS or is_asserted:
        return False
    back = 2
    while back <= _NOUN_PHRASE:
        word = _before(pieces, place, back)
        is_count = word.startswith("⟦") and _before(pieces, place, back + 1) in _DETERMINERS
        if word in _DETERMINERS or is_count:
            if word == "of" and noun in _QUANTITIES:
                return False
            if back > 2 and word in _SINGULAR and noun.endswith("s") and not noun.endswith(("ss", "us", "is")):
                return False
            return not (noun.endswith("ed") or (noun.endswith("ing") and back > 2))
        if not word[:1].isalpha() or word in _NO_NOUN:
            break
        back += 1
    starts = back == 2 and _before(pieces, place, 2) in {"", ".", ":", ",", "(", ";"}
    return starts and not noun.endswith(("ed", "ing"))


def _goes_on(pieces: Sequence[str], place: int, was_new: set[int], formula: Formula) -> bool:
    """Whether a formula is another of a list whose last one was new: "models $q$ and $r$"."""
    at = place - 1
    while at >= 0 and place - at <= 3 and pieces[at].lower() in (",", "and", "or"):
        at -= 1
    if at not in was_new or at == place - 1:
        return False
    heads = formula.heads()
    if not heads or any(is_applied for _, is_applied in heads):
        return False
    return pieces[place - 1] != "," or _next(pieces, place) in {"and", ",", "or"}
