"""Markdown in and out: front matter, sections, blocks, safe HTML. The only door to markdown-it-py.

In: Markdown text. Out: its front matter, its sections and blocks as the source's own bytes, or HTML that is
safe to show. This module knows nothing of frames, notes or drafts, and reads no files.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from scribe.records import Record, ScribeError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token
    from markdown_it.utils import OptionsDict

_EOL = r"(?>\r\n|\r|\n)"
_LINE = re.compile(rf"[^\r\n]*{_EOL}|[^\r\n]+")
_OPENING = re.compile(rf"---[ \t]*(?:{_EOL}|\Z)")
_FRONT_MATTER = re.compile(rf"---[ \t]*{_EOL}(?P<yaml>(?:[^\r\n]*{_EOL})*?)---[ \t]*(?:{_EOL}|\Z)")
_COMMENT = re.compile(r"<!--(?!-?>)(?:(?!-->).)*-->\s*")
_YAML_CHARACTERS = 65_536
_YAML_DEPTH = 16


class Part(Record):
    """A heading and what stands below it, up to the next heading of its level."""

    heading: str
    body: str
    """The source's own bytes, from the line after the heading."""
    line: int
    """The heading's line, counted from 1."""


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


def parser() -> MarkdownIt:
    """Return a parser for CommonMark, tables, footnotes, `$maths$` and front matter; raw HTML is text to it.

    A line that is a comment and nothing else is no text: it shows nowhere.
    """
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    md = MarkdownIt("commonmark", {"html": False}).enable("table").use(footnote_plugin)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, renderer=_maths)
    md.block.ruler.before("table", "front_matter", _front_matter_rule)
    md.block.ruler.before("fence", "comment", _comment_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.add_render_rule("image", _local_image)
    md.add_render_rule("footnote_caption", _plain_caption)
    return md


def front_matter(text: str, *, where: str) -> tuple[dict[str, object], str]:
    r"""Split `text` into its YAML front matter, `{}` if it has none, and the rest, byte for byte.

    Front matter stands between two lines `---`, the first of which opens the text. Raises
    ScribeError naming `where` if it is not closed, is not a YAML mapping with text keys, says a key
    twice, uses anchors or aliases (a few lines of which can unfold to gigabytes), or is outsized.

    >>> front_matter("---\nname: key-points\n---\nWhat was said.\n", where="x.md")
    ({'name': 'key-points'}, 'What was said.\n')
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        if _OPENING.match(text):
            raise ScribeError(f"{where}: front matter opens with '---' on line 1 but no line '---' closes it")
        return {}, text
    try:
        return _mapping(match["yaml"]), text[match.end() :]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise ScribeError(f"{where}: line {line}: front matter is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ScribeError(f"{where}: front matter: {str(error).splitlines()[0]}") from error


def parts(text: str, level: int) -> tuple[str, tuple[Part, ...]]:
    r"""Divide `text` at its headings of `level`: what stands before the first, then each section.

    Only headings that are blocks of the document itself count, not those in quotes, lists or code.

    >>> parts("Before.\n\n## One\nText.\n", 2)
    ('Before.\n\n', (Part(heading='One', body='Text.\n', line=3),))
    """
    rows = lines(text)
    tokens = parser().parse(text)
    found = [
        (token.map, tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag == f"h{level}" and token.map
    ]
    starts = [span[0] for span, _ in found] + [len(rows)]
    sections = tuple(
        Part(heading=heading, body="".join(rows[span[1] : end]), line=span[0] + 1)
        for (span, heading), end in zip(found, starts[1:], strict=True)
    )
    return "".join(rows[: starts[0]]), sections


def _front_matter_rule(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Take front matter off the top of a document.

    The rule in mdit-py-plugins also fires inside a list on the first line, and what stood there
    would vanish: `- ---`, `- lost`, `- ---`.
    """
    match = _FRONT_MATTER.match(state.src) if start == 0 and state.level == 0 else None
    if match is None:
        return False
    if not silent:
        token = state.push("front_matter", "", 0)
        token.hidden, token.content = True, match["yaml"]
        state.line = len(_LINE.findall(match[0]))
        token.map = [0, state.line]
    return True


def _comment_rule(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Hide a line that is a comment and nothing else."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if state.is_code_block(start) or not _COMMENT.fullmatch(line):
        return False
    if not silent:
        state.line = start + 1
        token = state.push("comment", "", 0)
        token.hidden, token.map, token.content = True, [start, state.line], line
    return True


class Node(NamedTuple):
    """A block of the document itself: not one inside a quote, a list or a footnote."""

    kind: str
    """What markdown-it calls it, such as `paragraph`, `bullet_list` or `html_block`; a heading has its level: `h2`."""
    first: int
    last: int
    """Its lines `[first, last)`, counted from 0; blank lines at its end are not told from it."""


def nodes(text: str) -> list[Node]:
    r"""The blocks of `text`, in order; raw HTML is a block too. What defines a link alone is in none.

    >>> nodes("# One\n\nText\nand more.\n")
    [Node(kind='h1', first=0, last=1), Node(kind='paragraph', first=2, last=4)]
    """
    md = parser()
    md.options["html"] = True
    md.core.ruler.enableOnly(["normalize", "block"])
    return [
        Node(token.tag if token.type == "heading_open" else token.type.removesuffix("_open"), *token.map)
        for token in md.parse(text)
        if token.level == 0 and token.map and token.nesting >= 0
    ]


def lines(text: str) -> list[str]:
    """The lines of `text` as the parser counts them, with their ends; joined they are `text`."""
    return _LINE.findall(text)


def _mapping(text: str) -> dict[str, object]:
    """Load a YAML mapping with text keys; raise ValueError or YAMLError for anything else."""
    if len(text) > _YAML_CHARACTERS:
        raise ValueError(f"{len(text)} characters of YAML; at most {_YAML_CHARACTERS} are read")
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError("YAML anchors and aliases are not allowed")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _YAML_DEPTH:
            raise ValueError(f"YAML nested more than {_YAML_DEPTH} deep")
    for key in _repeated(yaml.compose(text, Loader=yaml.SafeLoader)):
        raise ValueError(f"key {key!r} is given twice")
    found = yaml.safe_load(text)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"expected 'key: value' lines, found a {type(found).__name__}")
    for key in found:
        if not isinstance(key, str):
            raise ValueError(f"expected keys that are text, found {key!r}")
    return found


def _repeated(node: yaml.Node | None) -> Iterator[str]:
    """Keys that one mapping gives twice; YAML itself keeps the last of them in silence."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key.value
                seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────


def to_html(text: str) -> str:
    """Render `text` as an HTML fragment that is safe to show, less its front matter.

    Raw HTML shows as text, links to `javascript:` and `data:` are not made, and an image from
    elsewhere becomes a link to it: looking at notes tells nobody that they were looked at.
    """
    rendered: str = parser().render(text)
    return rendered.lstrip()


def page(text: str, *, title: str) -> str:
    """Render `text` as a whole HTML page that loads nothing from anywhere else."""
    return _PAGE.format(title=html.escape(title), style=_STYLE, body=to_html(text))


def _maths(content: str, options: Mapping[str, Any]) -> str:
    """Mathematics as it was written: a page without scripts cannot set it, and a reader of TeX can read it."""
    dollars = "$$" if options["display_mode"] else "$"
    return f"{dollars}{html.escape(content)}{dollars}"


_REMOTE = re.compile(r"(?!data:)[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def _plain_caption(
    _renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: MutableMapping[str, Any]
) -> str:
    """A footnote's number alone; the plugin adds which mention of it this is, "[3:1]"."""
    return f"[{tokens[at].meta['id'] + 1}]"


def _local_image(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    place: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    source = str(tokens[place].attrs["src"])
    if not _REMOTE.match(source):
        return renderer.image(tokens, place, options, env)
    label = renderer.renderInlineAsText(tokens[place].children, options, env) or source
    return f'<a href="{html.escape(source)}">{html.escape(label)}</a>'


_MATHS = r"""
    (?P<maths> (?<! [\w$\\] ) \$ (?! [\s\d$] ) [^$`\n]{0,500}? (?<! [\s\\] ) \$ (?! [\d$] ) )
    """
"""Mathematics as pandoc and most editors read it; "$5 to $10" is none, nor is what begins with a figure."""
_ACTIVE = re.compile(
    _MATHS
    + r"""
    | [`*\[\]$|~]                            # code, emphasis, links, maths, table cells, strike-through
    | \\ (?= [!-/:-@\[-`{-~] | $ )           # a backslash that would itself escape something
    | _ (?= _* (?![^\W_]) )                  # an underscore, unless letters stand on both sides
    | (?<! [^\W_] ) _ | (?<= _ ) _
    | < (?= [A-Za-z/!?] )                    # a tag or an autolink
    | & (?= \#?\w+; )                        # an entity
    | (?<! \w ) \#                           # a heading, a tag, an issue
    | (?<! \S ) \^                           # an anchor of Obsidian's
    | = (?= = ) | (?<= = ) = | % (?= % ) | (?<= % ) %    # Obsidian's highlights and comments
    | ^ > | ^ [+] (?= \s | $ ) | ^ - (?= [\s-] | $ ) | ^ = (?= \s | $ ) | ^ : (?= - )
    """,
    re.VERBOSE,
)
_NUMBERED = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def escape(text: str) -> str:
    r"""Write foreign text so that, put inside Markdown, it renders as exactly that text.

    Every run of whitespace becomes one space. Only what would be active is escaped, in CommonMark,
    tables and footnotes and in what GitHub and Obsidian add ($, ~, ==, %%, #tag). Mathematics between dollars stays.

    >>> print(escape("x_1 is *not* 5 - 3, see [12] & <b>"))
    x_1 is \*not\* 5 - 3, see \[12\] & \<b>
    """
    line = " ".join(text.split())
    if number := _NUMBERED.match(line):
        return f"{number[1]}\\{number[2]}{_ACTIVE.sub(_escaped, line[number.end() :])}"
    return _ACTIVE.sub(_escaped, line)


def _escaped(match: re.Match[str]) -> str:
    maths = match["maths"]
    if maths is None:
        return "\\" + match[0]
    if "](" in maths or "[^" in maths:
        return _ACTIVE.sub(_escaped, maths[1:-1]).join(("\\$", "\\$"))
    return re.sub(r"<(?=[A-Za-z/!?])", "< ", maths)


_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""

_STYLE = """\
:root {
  color-scheme: light dark;
  --ink: #1d1d1b; --paper: #fdfdfb; --faint: #6b6b66; --line: #dcdcd4; --link: #1a4f8b;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e5df; --paper: #191a1b; --faint: #9b9b94; --line: #3a3b3c; --link: #8fb8e8; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.06rem/1.6 Charter, Georgia, serif }
main { max-width: 38rem; margin: 3rem auto; padding: 0 1.2rem; overflow-wrap: break-word }
h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .5em }
h1 { font-size: 1.7rem; margin-top: 0 } h2 { font-size: 1.3rem } h3, h4 { font-size: 1.08rem }
a { color: var(--link); text-underline-offset: .15em }
li { margin: .25em 0 }
blockquote { margin: 1em 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--faint) }
code, pre { font: .88em/1.5 ui-monospace, Menlo, Consolas, monospace }
pre { padding: .8em 1em; overflow-x: auto; border: 1px solid var(--line); border-radius: 4px }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { padding: .35em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
img { max-width: 100% }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em 0 }
.footnotes { font-size: .9em; color: var(--faint) }
"""
