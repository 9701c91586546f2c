"""Foreign text put inside Markdown, so that it renders as exactly that text.

In: any text. Out: one line of Markdown.
"""

from __future__ import annotations

import re

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
