"""What a rule is given, and what it finds.

In: a `Stated`, what the post defined before it, and where footnotes lead. Out: `Finding`. It holds what more than one
rule asks: the passages of a proposition, and which symbols they introduce.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from pydantic import Field

from scribe.language import words
from scribe.lint.granting import explains_signs, grants_chance, named_signs
from scribe.lint.introducing import Introduced, introduced
from scribe.lint.passages import Passage, is_delimited, is_mathematical
from scribe.lint.reading import Item, Stated
from scribe.records import Record, Segment

LinesOf = Callable[[str], Sequence[Segment]]
"""The transcript's segments that a footnote's label names; none for a label that it does not know."""


class Finding(Record):
    """Something in a proposition that a reader may stumble over."""

    rule: str
    where: str
    """Which proposition, and which part of it: "Proposition 2, step 3"."""
    line: int = Field(ge=1)
    """In the text, counted from 1."""
    message: str
    """One line: what was expected, what was found, what to do. Plain text, but for symbols between `$`."""


class Outer(NamedTuple):
    """What a post defines before a proposition: in its own definitions, and in those of propositions before."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    explains_signs: bool = False
    grants_chance: bool = False

    def with_definitions(self, items: Sequence[Item]) -> Outer:
        """All this and what further definitions say."""
        if not items:
            return self
        is_plain = not is_delimited(item.text for item in items)
        has_letters = is_plain and is_mathematical(item.text for item in items)
        passages = [Passage(item.text, has_letters=has_letters, is_plain=is_plain) for item in items]
        prose = " ".join(passage.prose for passage in passages)
        return Outer(
            self.names.union(*(introduced(passage, is_definition=True).names for passage in passages)),
            self.words.union(words(prose)),
            self.signs | named_signs(passages),
            self.explains_signs or explains_signs(prose),
            self.grants_chance or any(grants_chance(passage) for passage in passages),
        )


class Context:
    """A proposition and all that its rules may ask."""

    def __init__(self, stated: Stated, outer: Outer, lines_of: LinesOf | None) -> None:
        self.stated = stated
        self.lines_of = lines_of
        self.outer = outer
        texts = [item.text for _, item in self.entries()]
        self._is_plain = not is_delimited(texts)
        self._has_letters = self._is_plain and is_mathematical(texts)
        self._passages = {item: self._passage(item) for _, item in self.entries()}

    def _passage(self, item: Item) -> Passage:
        return Passage(item.text, has_letters=self._has_letters, is_plain=self._is_plain)

    def passage(self, item: Item) -> Passage:
        """An item's words and formulas."""
        return self._passages[item]

    def entries(self) -> Iterator[tuple[str, Item]]:
        """Everything the proposition says, each with how a finding names its place."""
        if self.stated.statement is not None:
            yield "statement", self.stated.statement
        yield from ((f"assumption {n}", item) for n, item in enumerate(self.stated.assumptions, start=1))
        yield from ((f"definition {n}", item) for n, item in enumerate(self.stated.definitions, start=1))
        yield from ((f"step {n}", item) for n, item in enumerate(self.stated.steps, start=1))
        yield from (("remark", item) for item in self.stated.remarks)
        yield from ((f"gap {n}", item) for n, item in enumerate(self.stated.gaps, start=1))
        yield from (("counterexample", item) for item in self.stated.counterexample)

    def argument(self) -> Iterator[tuple[str, Item]]:
        """What the proposition asserts: statement, assumptions, definitions and steps."""
        return ((where, item) for where, item in self.entries() if where.split()[0] in _ARGUMENT)

    def steps(self) -> Iterator[tuple[str, Item]]:
        """Its steps alone."""
        return ((where, item) for where, item in self.entries() if where.startswith("step"))

    @cached_property
    def setting(self) -> str:
        """The words of all that may explain a sign: its own definitions, statement, assumptions and steps."""
        own = (item for where, item in self.entries() if not where.startswith(("gap", "counterexample")))
        return " ".join(self.passage(item).prose for item in own)

    @cached_property
    def known(self) -> frozenset[str]:
        """Symbols introduced outside of the sketch."""
        own = (
            self.introduced(item, is_definition=where.startswith("definition")).names
            for where, item in self.entries()
            if not where.startswith(("step", "gap", "counterexample"))
        )
        return self.outer.names.union(*own)

    @cached_property
    def known_in_sketch(self) -> frozenset[str]:
        """Symbols that steps introduce."""
        return frozenset[str]().union(*(self.introduced(item).names for _, item in self.steps()))

    def introduced(self, item: Item, *, is_definition: bool = False) -> Introduced:
        """Symbols that an item introduces."""
        return introduced(self.passage(item), is_definition=is_definition)

    def finding(self, rule: str, where: str, line: int, message: str) -> Finding:
        """A finding in this proposition; `where` names the part."""
        return Finding(rule=rule, where=f"{self.stated.name}, {where}", line=line, message=" ".join(message.split()))


_ARGUMENT = frozenset({"statement", "assumption", "definition", "step"})


def quoted(symbol: str) -> str:
    """A piece of mathematics as a message shows it.

    >>> quoted("p(x | c)")
    '$p(x | c)$'
    """
    whole = " ".join(symbol.replace("$", "").split())
    return f"${whole if len(whole) <= 60 else whole[:57] + ' …'}$"
