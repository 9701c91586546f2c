"""pandoc's document tree: its elements, and a way to change some of them.

In: elements as pandoc's JSON has them, `{"t": kind, "c": content}`. Out: others. This module knows no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Element = dict[str, Any]
"""A block or an inline; what stands under `c` depends on its kind, and much of it is lists of elements."""

SPACE: Element = {"t": "Space"}


def changed(tree: Any, change: Callable[[Element], Sequence[Element]]) -> Any:
    """`tree` with each element replaced by what `change` makes of it, innermost first.

    Two spaces that come to stand side by side because nothing is left between them become one.
    """
    if not isinstance(tree, list):
        return tree
    found: list[Any] = []
    for item in tree:
        if not (isinstance(item, dict) and "t" in item):
            found.append(changed(item, change))
            continue
        for new in change({**item, "c": changed(item["c"], change)} if "c" in item else item):
            if new != SPACE or found[-1:] != [SPACE]:
                found.append(new)
    return found


def elements(tree: Any) -> Iterator[Element]:
    """Every element in `tree`, outermost first, in the order of the text."""
    if isinstance(tree, list):
        for item in tree:
            yield from elements(item)
    elif isinstance(tree, dict):
        if "t" in tree:
            yield tree
        yield from elements(tree.get("c"))


def words(text: str) -> Element:
    """Text as an inline."""
    return {"t": "Str", "c": text}


def raised(inlines: Sequence[Element]) -> Element:
    """Inlines in superscript."""
    return {"t": "Superscript", "c": list(inlines)}


def link(inlines: Sequence[Element], target: str, *, name: str = "", kind: str = "", **attributes: str) -> Element:
    """A link to `target`; `name` is the anchor that it is itself, `kind` its class."""
    attribute = [name, [kind] if kind else [], [[key, value] for key, value in attributes.items()]]
    return {"t": "Link", "c": [attribute, list(inlines), [target, ""]]}
