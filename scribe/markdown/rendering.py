"""How single things of a page become HTML: mathematics, images, the marks of footnotes.

In: tokens of markdown-it. Out: HTML that is safe to show.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict


def maths(content: str, options: Mapping[str, Any]) -> str:
    """Mathematics as it was written: a page without scripts cannot set it, and a reader of TeX can read it."""
    dollars = "$$" if options["display_mode"] else "$"
    return f"{dollars}{html.escape(content)}{dollars}"


REMOTE = re.compile(r"(?!data:)[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def plain_caption(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: MutableMapping[str, Any]
) -> str:
    """A footnote's number alone; the plugin adds which mention of it this is, "[3:1]"."""
    return f"[{tokens[at].meta['id'] + 1}]"


def local_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """An image from this machine; a link to one from elsewhere, for looking at a page tells nobody of it."""
    source = str(tokens[place].attrs["src"])
    if not REMOTE.match(source):
        return renderer.image(tokens, place, options, env)
    label = renderer.renderInlineAsText(tokens[place].children, options, env) or source
    return f'<a href="{html.escape(source)}">{html.escape(label)}</a>'
