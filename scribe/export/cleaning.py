"""What may stay of a page that nobody has vouched for.

In: a tree as pandoc read it. Out: one in which nothing can act: HTML is text and its comments are gone, links lead only
to web pages, letters, files beside the page and headings that it has, and formulas are formulas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import unquote

from scribe.export.maths import understood
from scribe.export.tree import Element, changed, elements, link, words

COMMENT = re.compile(r"<!--(?:>|->|.*?-->)", re.DOTALL)

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SKIPPED = re.compile(r"[\x00-\x20\x7f]")
"""Characters that browsers skip when they look for a scheme: to them a tab inside `javascript:` is nothing."""
_KEPT = frozenset({"http", "https", "mailto"})
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")


def cleaned(blocks: Sequence[Element], *, with_images: bool) -> list[Element]:
    """The same blocks, with nothing in them that can act.

    An image from elsewhere becomes a link to it. One that lies beside the page, or is written out in it, stays if
    `with_images`, and is named otherwise: no writer here reads files.
    """
    headings = {element["c"][1][0] for element in elements(blocks) if element["t"] == "Header"}
    formulas = understood(element["c"][1] for element in elements(blocks) if element["t"] == "Math")

    def change(element: Element) -> Sequence[Element]:
        match element["t"]:
            case "RawBlock":
                return _shown(element["c"][1])
            case "RawInline":
                text = COMMENT.sub("", element["c"][1])
                return [words(text)] if text else []
            case "Math":
                return [element] if element["c"][1] in formulas else [_as_typed(element)]
            case "Code" | "CodeBlock":
                return [{**element, "c": [["", [], []], element["c"][1]]}]
            case "Link":
                return [element] if leads(element["c"][2][0], headings) else element["c"][1]
            case "Image":
                return [element] if with_images and _is_here(element["c"][2][0]) else [_named(element)]
        return [element]

    found: list[Element] = changed(list(blocks), change)
    return found


def leads(target: str, headings: Collection[str] = ()) -> bool:
    """Whether a link may lead to `target`: a web page, a letter, a heading, or a file beside the page.

    >>> leads("https://arxiv.org"), leads("../talk.m4a#t=4"), leads("javascript:alert(1)"), leads("#nowhere")
    (True, True, False, False)
    """
    if target.startswith("#"):
        return target[1:] in headings
    scheme = scheme_of(target)
    return is_beside(target) if scheme is None else scheme in _KEPT


def is_beside(target: str) -> bool:
    r"""Whether `target` is a path from the page on; `//host` and `\\host` are other machines."""
    seen = _SKIPPED.sub("", target).replace("\\", "/")
    return bool(seen) and scheme_of(target) is None and not seen.startswith(("#", "//"))


def scheme_of(target: str) -> str | None:
    """What stands before the colon of an address, as a browser reads it; None for a path."""
    found = _SCHEME.match(_SKIPPED.sub("", target))
    return found[1].lower() if found else None


def _is_here(source: str) -> bool:
    return is_beside(source) or bool(_PICTURE.fullmatch(source))


def _named(image: Element) -> Element:
    """An image's description, linked to where it is, if that can be said."""
    _, description, (source, _) = image["c"]
    if leads(source):
        return link(description or [words(unquote(source))], source)
    return {"t": "Emph", "c": description or [words("an image")]}


def _as_typed(formula: Element) -> Element:
    kind, tex = formula["c"]
    mark = "$$" if kind["t"] == "DisplayMath" else "$"
    return {"t": "Code", "c": [["", [], []], f"{mark}{tex}{mark}"]}


def _shown(html: str) -> list[Element]:
    """A block of HTML as a paragraph of its own text, line by line, less its comments."""
    lines = [line for line in COMMENT.sub("", html).splitlines() if line.strip()]
    inlines = [inline for line in lines for inline in ({"t": "LineBreak"}, words(line.strip()))]
    return [{"t": "Para", "c": inlines[1:]}] if inlines else []
