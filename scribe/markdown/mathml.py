r"""A formula of TeX as MathML, which browsers set without a script.

In: TeX as it stands between dollars. Out: MathML of known elements and attributes only, or None where the formula
cannot be read: whoever shows it shows the TeX then.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal
from xml.etree import ElementTree

_LONGEST = 2_000
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"

_ELEMENTS = frozenset(
    "math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts "
    "mprescripts none mtable mtr mtd mlabeledtr mpadded mphantom mstyle menclose merror semantics".split()
)
"""Elements of MathML Core that only show; `maction`, `annotation-xml` and links are not among them."""

_ATTRIBUTES = frozenset(
    "display mathvariant stretchy fence separator form lspace rspace symmetric maxsize minsize largeop movablelimits "
    "accent accentunder linethickness bevelled width height depth voffset columnalign rowspacing columnspacing "
    "columnlines rowlines displaystyle scriptlevel notation side".split()
)
"""Attributes that are text only, and lead nowhere: neither `href` nor `style` nor `class` nor `id`."""

_VALUE = re.compile(r"[\w.,+\-% ]{0,80}")


@lru_cache(maxsize=4_096)
def mathml(tex: str, display: Literal["inline", "block"]) -> str | None:
    r"""The formula as a `<math>` element, or None.

    >>> mathml("p", "inline")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mi>p</mi></mrow></math>'
    >>> mathml(r"\left(", "inline") is None
    True
    """
    if len(tex) > _LONGEST:
        return None
    made = _converted(tex, display)
    if made is None:
        return None
    try:
        root = ElementTree.fromstring(made)  # noqa: S314 (of our own making: it has no doctype, and is not deep)
    except ElementTree.ParseError:
        return None
    _clean(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_NAMESPACE)
    root.set("xmlns", _NAMESPACE.strip("{}"))
    attributes = dict(root.attrib)
    root.attrib.clear()
    root.attrib.update({"xmlns": attributes.pop("xmlns"), **attributes})
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)


def _converted(tex: str, display: Literal["inline", "block"]) -> str | None:
    """What the library makes of it; None for all that it raises, which has no common root and is not documented."""
    from latex2mathml.converter import convert

    try:
        return convert(tex, display=display)
    except Exception:  # noqa: BLE001 (see above)
        return None


def _clean(element: ElementTree.Element) -> None:
    """Take out what is not known to be harmless: an element's text stays, its name and attributes do not."""
    for child in element:
        _clean(child)
    if element.tag.removeprefix(_NAMESPACE) not in _ELEMENTS:
        element.tag = f"{_NAMESPACE}mrow"
    for name, value in list(element.attrib.items()):
        if name not in _ATTRIBUTES or not _VALUE.fullmatch(value):
            del element.attrib[name]
