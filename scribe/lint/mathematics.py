r"""What a formula says of its symbols: which it uses, which it binds, which it could introduce, what it conditions on.

In: what stands between two `$`. Out: names of symbols, and the probabilities in it. One formula at a time: what the
prose around it binds is for `introducing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from scribe.lint.tokens import Token, tokens

STANDARD_NAMES = frozenset(
    "KL TV JS JSD supp argmax argmin arg max min sup inf lim limsup liminf log ln exp sin cos tan tanh Var Cov Corr Pr "
    "sign sgn softmax id poly polylog const diag tr rank dim det mod gcd span iid nats bits for and or if with true "
    "otherwise where all such that not".split()
)
"""Operators and distances that a reader of such a post knows by name."""

_STANDARD = frozenset("eπ∅∇∂")
_LANDAU = frozenset("OoΘΩω")
_PROBABILITIES = frozenset("pqrPQμνπ")
"""Symbols that stand for a distribution often enough to be read as one when they are applied."""

_DISTANCES = frozenset("KL TV JS JSD D d δ W".split())


class Use(NamedTuple):
    """A symbol where a formula uses it."""

    name: str
    source: str
    place: int
    is_applied: bool
    """Whether it stands before an argument, as the p of p(x)."""
    is_name: bool
    """Whether it has several letters."""


class Term(NamedTuple):
    """A probability or an expectation: of what, given what."""

    function: str
    event: str
    given: tuple[str, ...]
    """Conditions, each in one spelling; empty where there are none."""
    start: int
    end: int
    is_equality: bool
    """Whether some condition sets a quantity to one value."""
    is_endless: bool
    """Whether some condition is an infinite sequence or a limit."""

    @property
    def shown(self) -> str:
        """As a message quotes it."""
        return f"{self.function}({self.event}{' | ' if self.given else ''}{', '.join(self.given)})"


class Formula:
    """A formula, and where its brackets close."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens: Sequence[Token] = tokens(source)
        self.closes = _matched(self.tokens)

    # ── Symbols ──────────────────────────────────────────────────────────────────────────────

    def uses(self) -> Iterator[Use]:
        """Symbols that need a meaning from elsewhere, in order; what is standard and what it binds is left out."""
        bound = self.bound() | self.quantified()
        has_integral = any(token.text == "∫" for token in self.tokens)
        for place, token in enumerate(self.tokens):
            if token.kind not in ("symbol", "name") or token.text in bound:
                continue
            after = self.after(place)
            is_applied = self._is(after, "([") and after < len(self.tokens)
            if token.kind == "name":
                if token.text not in STANDARD_NAMES and token.text != "d" and not self._is_label(place):
                    yield Use(token.text, token.source, place, is_applied, is_name=True)
            elif not self._is_standard(place, is_applied, has_integral):
                yield Use(token.text, token.source, place, is_applied, is_name=False)

    def _is_standard(self, place: int, is_applied: bool, has_integral: bool) -> bool:
        text = self.tokens[place].text
        if text in _STANDARD or (is_applied and (text in _LANDAU or text in "PE")):
            return True
        if text == "d" and (has_integral or self._is(place - 2, "/")):
            return True
        if text in "PE" and self._is(place + 1, "_"):
            return True
        label = self.tokens[place + 1 : self.after(place)]
        if text in "Ddδ" and any(token.text in STANDARD_NAMES for token in label):
            return True
        return text == "T" and self._is(place - 1, "^")

    def _is_label(self, place: int) -> bool:
        return self._is(place - 1, "_^") or (self._is(place - 1, "{") and self._is(place - 2, "_^"))

    def bound(self) -> frozenset[str]:
        """Symbols bound for this formula alone: by sums, integrals, limits, expectations, sets and mappings."""
        found: set[str] = set()
        for place, token in enumerate(self.tokens):
            is_chance = token.kind == "chance" or (token.text == "E" and self._is(place + 1, "_"))
            if (token.kind == "binder" or is_chance) and self._is(place + 1, "_"):
                found |= self._bound_below(place + 1, is_chance=is_chance)
            elif token.text == "∫":
                found |= self._differentials(place)
            elif token.text == "\\{":
                found |= self._of_set(place)
            elif token.text == "↦":
                found |= {t.text for t in self._just_before(place) if t.kind == "symbol"}
            elif token.kind == "close" and self._is(place + 1, "_"):
                found |= self._bound_below(place + 1, is_chance=False) if token.text in (")", "\\}") else set()
        if any(token.text == "∫" for token in self.tokens):
            found |= self._differentials(0)
        return frozenset(found)

    def quantified(self) -> frozenset[str]:
        """Symbols introduced for what follows too: by ∀ and ∃, as drawn from something, or as going to a limit."""
        found: set[str] = set()
        for place, token in enumerate(self.tokens):
            if token.kind == "quantifier":
                found |= {name for name, _ in self.heads(place + 1)}
            elif token.text in ("∼", "→") and place and self.tokens[place - 1].kind == "symbol":
                is_limit = (
                    token.text == "→" and place + 1 < len(self.tokens) and self.tokens[place + 1].kind == "number"
                )
                if token.text == "∼" or is_limit:
                    found.add(self.tokens[place - 1].text)
        return frozenset(found)

    def _bound_below(self, sub: int, *, is_chance: bool) -> set[str]:
        """What stands under a sum, a limit or an expectation, and ranges."""
        first, last = self._script(sub)
        below = self.tokens[first:last]
        has_relation = any(token.kind == "relation" for token in below)
        found = {name for name, _ in self.heads(first, last)}
        if len(below) > 2 and below[1].text in "<≤≠" and below[2].kind == "symbol":
            found.add(below[2].text)
        if is_chance and not has_relation:
            return {name for name in found if name[0].islower()}
        return found

    def _differentials(self, place: int) -> set[str]:
        rest = self.tokens[place:]
        return {b.text for a, b in pairwise(rest) if a.text == "d" and b.kind == "symbol"}

    def _of_set(self, place: int) -> set[str]:
        end = self.closes.get(place)
        inside = self.tokens[place + 1 : end] if end else ()
        is_built = any(token.kind in ("bar", "colon") for token in inside)
        return {name for name, _ in self.heads(place + 1, end)} if is_built else set()

    def _just_before(self, place: int) -> Sequence[Token]:
        start = place
        while start and self.tokens[start - 1].kind in ("symbol", "comma", "sub", "number", "close", "open"):
            start -= 1
        return self.tokens[start:place]

    def heads(self, first: int = 0, last: int | None = None) -> list[tuple[str, bool]]:
        r"""Symbols that stand in the formula's places for something new, each with whether it has arguments.

        They are what `x, y \in X`, `p(\cdot \mid c)` and `x_1, \dots, x_n` introduce: x and y; p; x and n.
        """
        last = len(self.tokens) if last is None else last
        while first < last and self.tokens[first].kind == "open" and self.closes.get(first, last) < last:
            after = self.after(self.closes[first])
            if after < last and self.tokens[after].kind not in ("relation", "comma"):
                break
            first, last = first + 1, self.closes[first]
        found: list[tuple[str, bool]] = []
        has_dots = any(token.kind in ("dots", "colon") for token in self.tokens[first:last])
        place = first
        while place < last and self.tokens[place].kind in ("symbol", "name"):
            after = self.after(place)
            is_applied = self._is(after, "([")
            end = self.closes.get(after, after) + 1 if is_applied else after
            if end < last and self.tokens[end].kind in ("operator", "number", "symbol", "open", "name"):
                break
            found.append((self.tokens[place].text, is_applied))
            place = self._next_piece(end, last)
        return found + (self._indices(first, last) if found and has_dots else [])

    def _indices(self, first: int, last: int) -> list[tuple[str, bool]]:
        r"""Symbols in the subscripts of a list that goes from one to another: the n of `x_1, \dots, x_n`."""
        scripts = [self._script(at) for at in range(first, last) if self.tokens[at].kind == "sub"]
        return [(t.text, False) for a, b in scripts for t in self.tokens[a:b] if t.kind == "symbol"]

    def _next_piece(self, place: int, last: int) -> int:
        """Where the next member of a list begins; dots are no member."""
        while place < last and self.tokens[place].kind != "comma":
            place = self.closes.get(place, place) + 1
        while place < last and self.tokens[place].kind in ("comma", "dots"):
            place += 1
        return place

    def arguments(self) -> frozenset[str]:
        r"""Symbols inside the arguments of the formula's first symbol: the x and c of `q(x \mid c) := …`."""
        start = self.after(0)
        if not self.tokens or not self._is(start, "(["):
            return frozenset()
        inside = self.tokens[start : self.closes.get(start, start)]
        return frozenset(token.text for token in inside if token.kind == "symbol")

    def symbols(self) -> frozenset[str]:
        """All symbols and names in it, standard names left out."""
        return frozenset(
            token.text
            for token in self.tokens
            if token.kind == "symbol" or (token.kind == "name" and token.text not in STANDARD_NAMES)
        )

    @property
    def has_relation(self) -> bool:
        """Whether it compares or assigns anything."""
        return any(token.kind == "relation" for token in self.tokens)

    # ── Probabilities ────────────────────────────────────────────────────────────────────────

    def terms(self, first: int = 0, last: int | None = None) -> list[Term]:
        """Probabilities and expectations in a stretch, the outermost ones, in order."""
        last = len(self.tokens) if last is None else last
        found: list[Term] = []
        place = first
        while place < last:
            term = self._term(place)
            if term is not None and term.end <= last:
                found.append(term)
                place = term.end
            else:
                place += 1
        return found

    def all_terms(self) -> list[Term]:
        """Probabilities and expectations wherever they stand, those inside others too."""
        found = (self._term(place) for place in range(len(self.tokens)))
        return [term for term in found if term is not None]

    def _term(self, place: int) -> Term | None:
        token = self.tokens[place]
        if token.kind not in ("symbol", "chance") or (token.kind == "symbol" and self._is(place - 1, "_")):
            return None
        start = self.after(place)
        end = self.closes.get(start)
        if end is None or not self._is(start, "(["):
            return None
        bars = self._at_top(start + 1, end, "bar")
        is_probability = token.kind == "chance" or token.text[0] in _PROBABILITIES or token.text == "E"
        if len(bars) > 1 or not (is_probability or bars) or self._at_top(start + 1, end, "norm"):
            return None
        event_end = bars[0] if bars else end
        pieces = self._pieces(event_end + 1, end) if bars else []
        conditions = [self.tokens[a:b] for a, b in pieces]
        return Term(
            function="".join(t.text for t in self.tokens[place:start]),
            event=_joined(self.tokens[start + 1 : event_end]),
            given=tuple(sorted(_joined(condition) for condition in conditions)),
            start=place,
            end=end + 1,
            is_equality=any(_is_equality(condition) for condition in conditions),
            is_endless=bool(conditions) and (conditions[-1][-1].kind == "dots" or any(map(_is_endless, conditions))),
        )

    def sides(self) -> Iterator[tuple[tuple[int, int], str, tuple[int, int]]]:
        """Both sides of each relation that stands outside all brackets, with its sign."""
        for first, last in self._pieces(0, len(self.tokens)):
            cuts = self._at_top(first, last, "relation")
            edges = [first - 1, *cuts, last]
            for n, cut in enumerate(cuts):
                yield (edges[n] + 1, cut), self.tokens[cut].text, (cut + 1, edges[n + 2])

    def compared(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        r"""Both arguments of each distance or divergence: `KL(p \| q)`, `TV(p, q)`."""
        for start, end in self.closes.items():
            norms = self._at_top(start + 1, end, "norm")
            is_distance = start > 0 and any(t.text in _DISTANCES for t in self.tokens[max(0, start - 5) : start])
            cuts = norms if len(norms) == 1 else self._at_top(start + 1, end, "comma") if is_distance else []
            if len(cuts) == 1:
                yield (start + 1, cuts[0]), (cuts[0] + 1, end)

    def has_binder(self, first: int, last: int) -> bool:
        """Whether a stretch sums, integrates or maximises."""
        return any(token.kind == "binder" for token in self.tokens[first:last])

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    def after(self, place: int) -> int:
        """The place after a symbol and its sub- and superscripts."""
        place += 1
        while place < len(self.tokens) and self.tokens[place].kind in ("sub", "sup"):
            place = max(self._script(place)[1], place + 1)
            place += self._is(place, "}")
        return min(place, len(self.tokens))

    def _script(self, mark: int) -> tuple[int, int]:
        """What stands in a sub- or superscript, braces left out."""
        if self._is(mark + 1, "{"):
            return mark + 2, self.closes.get(mark + 1, mark + 2)
        return mark + 1, min(mark + 2, len(self.tokens))

    def _is(self, place: int, signs: str) -> bool:
        return 0 <= place < len(self.tokens) and self.tokens[place].text in signs

    def _at_top(self, first: int, last: int, kind: str) -> list[int]:
        """Places of a kind of token in a stretch, outside the brackets in it."""
        found = []
        place = first
        while place < last:
            if self.tokens[place].kind == kind:
                found.append(place)
            place = self.closes.get(place, place) + 1
        return found

    def _pieces(self, first: int, last: int) -> list[tuple[int, int]]:
        """A stretch, cut at its commas."""
        cuts = self._at_top(first, last, "comma")
        return [(a + 1, b) for a, b in zip([first - 1, *cuts], [*cuts, last], strict=True) if a + 1 < b]


def _matched(found: Sequence[Token]) -> dict[int, int]:
    """Where each bracket closes; a bracket that none closes is left out, and an interval may close with another."""
    closes: dict[int, int] = {}
    stack: list[int] = []
    for place, token in enumerate(found):
        if token.kind == "open":
            stack.append(place)
        elif token.kind == "close":
            is_group = token.text == "}"
            while is_group and stack and found[stack[-1]].text != "{":
                stack.pop()
            if stack and (found[stack[-1]].text == "{") == is_group:
                closes[stack.pop()] = place
    return closes


def _joined(found: Sequence[Token]) -> str:
    spaced = ("relation",)
    return "".join(f" {t.text} " if t.kind in spaced else t.text for t in found if t.text not in "{}").strip()


def _is_equality(condition: Sequence[Token]) -> bool:
    """Whether a condition sets a random quantity, a capital by custom, to a value."""
    if not condition or condition[0].kind != "symbol":
        return False
    cuts = [n for n, token in enumerate(condition) if token.text in ("=", "→")]
    return len(cuts) == 1 and condition[0].text[0].isupper() and 0 < cuts[0] < len(condition) - 1


def _is_endless(condition: Sequence[Token]) -> bool:
    return any(token.text in ("∞", "lim") for token in condition)
