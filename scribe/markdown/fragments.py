"""Blocks of a page as HTML, whose citations and links lead where whoever shows it says.

In: the blocks' Markdown, and where footnote marks, links and images lead. Out: HTML that is safe to show: raw HTML
shows as text, mathematics is MathML, and nothing is loaded but what `Leads` names.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scribe.markdown.mathml import mathml
from scribe.markdown.reading import parser
from scribe.markdown.rendering import REMOTE

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_MARK = re.compile(r"\[\^([^\]\s]{1,80})\]")
_DEFINITION = re.compile(r"[ ]{0,3}\[\^([^\]\s]{1,80})\]:[ \t]*")

Attributes = Mapping[str, str]
"""Of a link, by name; none for text that leads nowhere."""


class Leads(NamedTuple):
    """Where things on a page lead."""

    mark: Callable[[str], tuple[Attributes, str] | None]
    """A footnote's label -> attributes of its link, and the text of it; None for a label that leads nowhere."""
    link: Callable[[str], Attributes]
    """The target of a link -> its attributes."""
    image: Callable[[str], str | None]
    """The source of an image -> where it is served; None for one that is not."""


def fragments(texts: Sequence[str], leads: Leads) -> list[str]:
    """Render blocks of one page, each by itself; same order. A footnote's definition shows as label and text."""
    md = _parser(leads)
    return [_fragment(text, md) for text in texts]


def _fragment(text: str, md: MarkdownIt) -> str:
    label = ""
    if definition := _DEFINITION.match(text):
        label = f"[{definition[1]}] "
        text = text[definition.end() :]
    rendered: str = md.render(text).strip()
    if label and rendered.startswith("<p>"):
        return f"<p>{html.escape(label)}{rendered[3:]}"
    return html.escape(label) + rendered


def _parser(leads: Leads) -> MarkdownIt:
    md = parser()
    md.inline.ruler.before("footnote_ref", "citation", _mark)

    def citation(_: Any, tokens: Sequence[Any], at: int, *__: Any) -> str:
        label = tokens[at].content
        found = leads.mark(label)
        if found is None:
            return f"<sup>[{html.escape(label)}]</sup>"
        return f"<a{_written(found[0])}>{html.escape(found[1])}</a>"

    def opened(_: Any, tokens: Sequence[Any], at: int, *__: Any) -> str:
        return f"<a{_written(leads.link(str(tokens[at].attrs.get('href', ''))))}>"

    def image(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        source = str(token.attrs["src"])
        served = None if REMOTE.match(source) else leads.image(source)
        label = renderer.renderInlineAsText(token.children, options, env) or source
        if served is None:
            return f"<a{_written(leads.link(source))}>{html.escape(label)}</a>"
        return f'<img src="{html.escape(served)}" alt="{html.escape(label)}">'

    def formula(_: Any, tokens: Sequence[Any], at: int, *__: Any) -> str:
        token = tokens[at]
        is_block = token.type != "math_inline"
        dollars = "$$" if is_block else "$"
        made = mathml(token.content.strip(), "block" if is_block else "inline")
        return made or f'<code class="tex">{dollars}{html.escape(token.content)}{dollars}</code>'

    def cell(renderer: Any, tokens: Sequence[Any], at: int, options: Any, env: Any) -> str:
        """A cell's alignment as a class: strict policies of browsers let no style attribute through."""
        found = str(tokens[at].attrs.pop("style", "")).removeprefix("text-align:")
        if found:
            tokens[at].attrs["class"] = f"to-{found}"
        rendered: str = renderer.renderToken(tokens, at, options, env)
        return rendered

    for name in ("th_open", "td_open"):
        md.add_render_rule(name, cell)
    md.add_render_rule("citation", citation)
    md.add_render_rule("link_open", opened)
    md.add_render_rule("image", image)
    for name in ("math_inline", "math_inline_double", "math_block", "math_block_label"):
        md.add_render_rule(name, formula)
    return md


def _mark(state: StateInline, silent: bool) -> bool:
    """A footnote's mark, whether or not its definition stands in the same text."""
    found = _MARK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("citation", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _written(attributes: Attributes) -> str:
    return "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
