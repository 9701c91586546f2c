r"""Rules on symbols: a variable that nobody bound, a symbol or a sign that nobody defined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from scribe.language import words
from scribe.lint.findings import Context, Finding, quoted
from scribe.lint.granting import SIGNS, explains_signs, named_signs
from scribe.lint.mathematics import Use
from scribe.lint.reading import Item


class _Unmet(NamedTuple):
    where: str
    item: Item
    use: Use

    @property
    def is_variable(self) -> bool:
        """A small letter of the statement that takes no argument: it ranges over something."""
        is_letter = not self.use.is_applied and not self.use.is_name
        return self.where == "statement" and is_letter and self.use.name[0].islower()


def unbound_variables(context: Context) -> Iterator[Finding]:
    """Small letters of the statement that nothing binds."""
    for where, item, use in filter(lambda one: one.is_variable, _unmet(context)):
        message = (
            f"expected every variable to be bound where it first appears; nothing says what {quoted(use.source)} "
            'ranges over: bind it, as in "for every …", or define it'
        )
        yield context.finding("unbound-variable", where, item.line, message)


def undefined_symbols(context: Context) -> Iterator[Finding]:
    """Symbols and relation signs that are used and never given a meaning."""
    for where, item, use in (one for one in _unmet(context) if not one.is_variable):
        message = (
            f"expected a meaning for every symbol; {quoted(use.source)} is used and never defined: define it, or say "
            "it in words"
        )
        yield context.finding("undefined-symbol", where, item.line, message)
    yield from _unexplained_signs(context)


def _unmet(context: Context) -> Iterator[_Unmet]:
    """Symbols without a meaning, each where it is used first."""
    said = context.outer.words | frozenset(words(context.setting))
    met: set[str] = set()
    for where, item in context.argument():
        is_definition = where.startswith("definition")
        known = context.known | context.introduced(item, is_definition=is_definition).local | met
        if where.startswith("step"):
            known |= context.known_in_sketch
        for formula in context.passage(item).formulas:
            for use in formula.uses():
                if use.name in known or use.name in met or (use.is_name and use.name.lower() in said):
                    continue
                met.add(use.name)
                yield _Unmet(where, item, use)


def _unexplained_signs(context: Context) -> Iterator[Finding]:
    if context.outer.explains_signs or explains_signs(context.setting):
        return
    met = set(context.outer.signs | named_signs(context.passage(item) for _, item in context.argument()))
    for where, item in context.argument():
        tokens = (token for formula in context.passage(item).formulas for token in formula.tokens)
        for token in tokens:
            if token.text not in SIGNS - met:
                continue
            met.add(token.text)
            message = (
                f"expected a meaning for every sign; {quoted(token.source)} is used and nothing says up to which "
                "constant, or what it may depend on: say so, or write an equation"
            )
            yield context.finding("undefined-symbol", where, item.line, message)
