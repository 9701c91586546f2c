"""The file that a person writes: terms, accepted corrections, and refused ones, a line each.

    # names and jargon; what stands first is most important
    simulacra
    mesa-optimiser
    similar cra = simulacra        # accepted
    similar cry != simulacra       # refused

In: its text. Out: a `Glossary`; and a line of it for a decision. `#` begins a comment at a line's beginning or after a
space, so that "C#" is a term. What holds one of these signs stands in quotation marks, doubled inside: `"a = b"`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from scribe.glossary.terms import Correction, Glossary, glossary_of, tidied
from scribe.records import ScribeError

MOST_LINES = 5_000
"""Terms and decisions; a prompt has room for some 60 terms, so a file with more is another file."""

_LONGEST_LINE = 1_000
_SHOWN = 40

_TOKEN = re.compile(
    r"""
      (?P<quoted>"(?:[^"]|"")*")
    | (?P<comment>(?:(?<=\s)|(?<!.))\#.*)
    | (?P<sign>!=|=)
    | (?P<bare>(?:(?!(?<=\s)\#|!=|[="]).)+)
    """,
    re.X | re.S,
)

_BULLET = re.compile(r"\s*[-*•]\s+")

_PLAIN = re.compile(r'(?![-*•#])(?:(?!!=)[^="#,])+')
"""What needs no quotation marks."""


def parse(text: str, name: str) -> Glossary:
    r"""The glossary that a file's text says; `name` is the file's, for messages.

    Raises ScribeError for a line that is neither a term, a decision nor a comment, with its number.

    >>> parse("simulacra\nsimilar cra = simulacra", "glossary.txt").corrections
    (Correction(heard='similar cra', meant='simulacra'),)
    """
    terms: list[str] = []
    decisions: list[tuple[Correction, bool]] = []
    for number, line in enumerate(re.split("\r\n|[\r\n]", text.removeprefix("\ufeff")), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            read = _read(line)
        except ScribeError as error:
            raise ScribeError(f"{name}:{number}: {error}") from None
        if isinstance(read, str):
            terms.append(read)
        elif read:
            decisions.append(read)
        if len(terms) + len(decisions) > MOST_LINES:
            raise ScribeError(
                f"{name}:{number}: expected at most {MOST_LINES} terms, found more; keep the hardest ones"
            )
    return glossary_of(terms, decisions)


def compose_line(correction: Correction, refused: bool = False) -> str:
    """A decision as a line of the file, without its end; `parse` reads it back.

    >>> compose_line(Correction(heard="similar cra", meant="simulacra"), refused=True)
    'similar cra != simulacra'
    """
    return f"{_quoted(correction.heard)} {'!=' if refused else '='} {_quoted(correction.meant)}"


def _read(line: str) -> str | tuple[Correction, bool] | None:
    """A term, or a decision and whether it is an acceptance, or None for a comment alone."""
    if len(line) > _LONGEST_LINE:
        raise ScribeError(f"expected a term a line, found a line of {len(line)} letters; is this a glossary?")
    sides: list[str] = [""]
    signs: list[str] = []
    for kind, text in _tokens(line):
        if kind == "sign":
            signs.append(text)
            sides.append("")
        elif kind == "quoted":
            sides[-1] += text[1:-1].replace('""', '"')
        elif "," in text:
            raise ScribeError(
                f"expected one term, found a comma in {_shown(line)}; write each term on a line of its own, "
                'or "in, quotation marks"'
            )
        else:
            sides[-1] += text
    if not signs:
        return tidied(sides[0]) if sides[0].strip() else None
    if len(signs) > 1 or not all(side.strip() for side in sides):
        raise ScribeError(f"expected a term, or heard = meant, or heard != meant, found {_shown(line)}; mend the line")
    return Correction(heard=sides[0], meant=sides[1]), signs[0] == "="


def _tokens(line: str) -> Iterator[tuple[str, str]]:
    """Pieces of a line: what is quoted, what is not, and the signs between; comments are passed over."""
    bullet = _BULLET.match(line)
    at = bullet.end() if bullet else 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None:
            raise ScribeError(f'expected a second quotation mark, found {_shown(line)}; add it, or write """" for one')
        if match.lastgroup != "comment":
            yield str(match.lastgroup), match.group()
        at = match.end()


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def _shown(line: str) -> str:
    plain = "".join(sign if unicodedata.category(sign)[0] != "C" else "?" for sign in line.strip())
    return repr(plain[:_SHOWN]) + ("…" if len(plain) > _SHOWN else "")
