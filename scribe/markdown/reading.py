"""Markdown text -> its front matter, its sections and its blocks, as the source's own bytes.

In: Markdown text. Out: parts of it, and where they stand. The parser made here is the one that all of scribe uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import yaml

from scribe.markdown.rendering import local_image, maths, plain_caption
from scribe.records import Record, ScribeError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

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


def parser() -> MarkdownIt:
    """Return a parser for CommonMark, tables, footnotes, `$maths$` and front matter; raw HTML is text to it.

    A line that is a comment and nothing else is no text: it shows nowhere.
    """
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    md = MarkdownIt("commonmark", {"html": False}).enable("table").use(footnote_plugin)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, renderer=maths)
    md.block.ruler.before("table", "front_matter", _front_matter_rule)
    md.block.ruler.before("fence", "comment", _comment_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.add_render_rule("image", local_image)
    md.add_render_rule("footnote_caption", plain_caption)
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
