r"""LaTeX and plain Unicode mathematics -> tokens.

In: what stands between two `$`, or a run of plain mathematics such as `p(·|c) ≤ √(ε/2)`. Out: tokens under one
spelling: `\varepsilon`, `\epsilon` and `ε` are one symbol, `\mid` and `|` one bar. Spacing, sizes and fonts go. It
knows no grammar, and passes over what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal[
    "symbol",
    "name",  # of several letters, upright: KL, supp
    "number",
    "relation",
    "operator",  # + - / and the like
    "binder",  # a sum, an integral, a limit, a maximum
    "chance",  # a probability or an expectation
    "quantifier",
    "bar",
    "norm",
    "open",
    "close",
    "comma",
    "colon",
    "sub",
    "sup",
    "dots",
    "other",
]


class Token(NamedTuple):
    """A piece of mathematics: what it is, its one spelling, and how it was written."""

    kind: Kind
    text: str
    source: str


_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon vartheta varphi varrho varsigma "
        "varpi ell".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩεθφρσπℓ",
        strict=True,
    )
)
_ONE_SPELLING = {"ϵ": "ε", "ϑ": "θ", "ϕ": "φ", "µ": "μ", "ϱ": "ρ", "ς": "σ"}
_RELATIONS = {
    **dict.fromkeys(("le", "leq", "leqslant"), "≤"),
    **dict.fromkeys(("ge", "geq", "geqslant"), "≥"),
    **dict.fromkeys(("ne", "neq"), "≠"),
    **dict.fromkeys(("to", "rightarrow", "longrightarrow", "xrightarrow"), "→"),
    **dict.fromkeys(("implies", "Rightarrow", "Longrightarrow"), "⇒"),
    **dict.fromkeys(("iff", "Leftrightarrow", "Longleftrightarrow"), "⇔"),
    **dict.fromkeys(("coloneqq", "coloneq", "triangleq"), ":="),
    **dict.fromkeys(("subset", "subseteq"), "⊆"),
    **dict.fromkeys(("lesssim", "lessapprox"), "≲"),
    **dict.fromkeys(("gtrsim", "gtrapprox"), "≳"),
    "lt": "<",
    "gt": ">",
    "approx": "≈",
    "equiv": "≡",
    "propto": "∝",
    "sim": "∼",
    "in": "∈",
    "notin": "∉",
    "mapsto": "↦",
    "ll": "≪",
    "gg": "≫",
    "asymp": "≍",
    "simeq": "≃",
    "cong": "≅",
    "preceq": "≼",
    "succeq": "≽",
}
_SIGNS: dict[str, tuple[Kind, str]] = {
    **{sign: ("relation", sign) for sign in "=<>≤≥≠≈≡∝∼∈∉⊆→⇒⇔↦≪≫≲≳≍≃≅≼≽"},
    ":=": ("relation", ":="),
    "<=": ("relation", "≤"),
    ">=": ("relation", "≥"),
    "!=": ("relation", "≠"),
    "->": ("relation", "→"),
    "=>": ("relation", "⇒"),
    "~": ("relation", "∼"),
    "⊂": ("relation", "⊆"),
    "|": ("bar", "|"),
    "∣": ("bar", "|"),
    "||": ("norm", "‖"),
    "‖": ("norm", "‖"),
    "∥": ("norm", "‖"),
    **{sign: ("open", sign) for sign in "([{"},
    **{sign: ("close", sign) for sign in ")]}"},
    ",": ("comma", ","),
    ";": ("comma", ","),
    ":": ("colon", ":"),
    "_": ("sub", "_"),
    "^": ("sup", "^"),
    **{sign: ("binder", sign) for sign in "∑∏∫"},
    **{sign: ("quantifier", sign) for sign in "∀∃"},
    **{sign: ("operator", sign) for sign in "+-−*/·×÷±&"},
    "…": ("dots", "…"),
    "⋯": ("dots", "…"),
    "∞": ("number", "∞"),
}
_COMMANDS: dict[str, tuple[Kind, str]] = {
    **{command: ("symbol", letter) for command, letter in _GREEK.items()},
    **{command: ("relation", sign) for command, sign in _RELATIONS.items()},
    **{command: ("binder", command) for command in "limsup liminf lim max min sup inf argmax argmin bigcup".split()},
    **{command: ("binder", command) for command in "bigcap bigvee bigwedge coprod esssup".split()},
    "sum": ("binder", "∑"),
    "prod": ("binder", "∏"),
    "int": ("binder", "∫"),
    "iint": ("binder", "∫"),
    "Pr": ("chance", "Pr"),
    "forall": ("quantifier", "∀"),
    "exists": ("quantifier", "∃"),
    **dict.fromkeys("mid vert lvert rvert".split(), ("bar", "|")),
    **dict.fromkeys("Vert lVert rVert parallel".split(), ("norm", "‖")),
    **dict.fromkeys("dots ldots cdots dotsc dotsb vdots".split(), ("dots", "…")),
    **dict.fromkeys("cdot times ast pm mp div cup cap setminus wedge vee land lor".split(), ("operator", "·")),
    "lbrace": ("open", "\\{"),
    "rbrace": ("close", "\\}"),
    "infty": ("number", "∞"),
    "colon": ("colon", ":"),
    "quad": ("comma", ","),
    "qquad": ("comma", ","),
}
_FONTS = frozenset("mathcal mathbf boldsymbol bm mathfrak mathscr mathit pmb".split())
_ACCENTS = frozenset("hat tilde bar widehat widetilde overline vec dot check breve".split())
_UPRIGHT = frozenset("mathrm operatorname mathsf mathtt textsc textsf texttt mathop".split())
_TEXTS = frozenset("text textrm textit textbf mbox hbox tag label ref eqref begin end".split())
_ESCAPED: dict[str, tuple[Kind, str]] = {
    "{": ("open", "\\{"),
    "}": ("close", "\\}"),
    "|": ("norm", "‖"),
    "_": ("sub", "_"),
}
_TWO_LETTERS = frozenset("KL TV JS Pr ln".split())
_BINDING_WORDS = frozenset("lim max min sup inf argmax argmin".split())
_SUBSCRIPTS = {**dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)), **dict(zip("ᵢⱼₙₜₖₓ", "ijntkx", strict=True))}

_TOKEN = re.compile(
    r"""
      \\ (?P<command> [A-Za-z]+ ) \*?
    | \\ (?P<escaped> . )
    | (?P<number> \d+ (?: [.,] \d+ )* )
    | (?P<word> [A-Za-z]+ )
    | (?P<prime> ['′’]+ )
    | (?P<sign> := | <= | >= | != | -> | => | \|\| | \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUP_CHARACTERS = 120
"""Of `\\mathrm{…}` and its kin: longer groups are read as if the font were not there."""


def tokens(source: str) -> list[Token]:
    r"""Tokens of a formula, in order.

    >>> [t.text for t in tokens(r"\hat{q}(x \mid c') \le \mathrm{KL}_2")]
    ['q̂', '(', 'x', '|', "c'", ')', '≤', 'KL', '_', '2']
    """
    found: list[Token] = []
    place = 0
    while match := _TOKEN.search(source, place):
        place = match.end()
        if match["command"]:
            place, made = _command(match["command"], source, place)
            found.extend(made)
        elif match["prime"]:
            _put_prime(found)
        elif match["word"]:
            found.extend(_word(match["word"], is_label=bool(found) and _is_in_script(found)))
        else:
            found.extend(_sign(match))
    return found


def _sign(match: re.Match[str]) -> Iterator[Token]:
    if match["number"]:
        yield Token("number", match["number"], match["number"])
    elif match["escaped"] is not None:
        if match["escaped"] in _ESCAPED:
            kind, text = _ESCAPED[match["escaped"]]
            yield Token(kind, text, match[0])
    elif match["sign"] in _SUBSCRIPTS:
        letter = _SUBSCRIPTS[match["sign"]]
        yield Token("sub", "_", "_")
        yield Token("number" if letter.isdigit() else "symbol", letter, letter)
    elif match["sign"] in _SIGNS:
        kind, text = _SIGNS[match["sign"]]
        yield Token(kind, text, match["sign"])
    else:
        letter = _ONE_SPELLING.get(match["sign"], match["sign"])
        yield Token("symbol" if letter.isalpha() else "other", letter, match["sign"])


def _command(command: str, source: str, place: int) -> tuple[int, list[Token]]:
    """What a command stands for, and where reading goes on."""
    if command in _COMMANDS:
        kind, text = _COMMANDS[command]
        return place, [Token(kind, text, f"\\{command}")]
    if command in _ACCENTS | _UPRIGHT | _TEXTS | _FONTS or command == "mathbb":
        group, end = _group(source, place)
        bare = "".join(group.split())
        if group and command in _TEXTS:
            return end, [Token("other", "text", group)]
        if bare and command == "mathbb":
            return end, [_double_struck(bare)]
        if bare and command in _UPRIGHT and bare.isalpha() and len(bare) > 1:
            return end, list(_word(bare, is_label=True))
        if bare and command in _ACCENTS:
            inner = tokens(bare)
            if len(inner) == 1 and inner[0].kind == "symbol":
                accent = "̂" if command in ("hat", "widehat") else "̃" if "tilde" in command else "̄"
                return end, [Token("symbol", inner[0].text + accent, f"\\{command}{{{bare}}}")]
        if command in _UPRIGHT and bare == "d":
            return end, [Token("name", "d", "d")]
    return place, []


def _group(source: str, place: int) -> tuple[str, int]:
    """The group in braces, or the single character or command, that a command takes."""
    while place < len(source) and source[place] == " ":
        place += 1
    if source.startswith("{", place):
        end = source.find("}", place, place + _GROUP_CHARACTERS)
        return (source[place + 1 : end], end + 1) if end > 0 else ("", place)
    match = _TOKEN.match(source, place)
    if match is None or match["sign"]:
        return "", place
    whole = match[0] if match["command"] else match[0][0]
    return whole, place + len(whole)


def _double_struck(letter: str) -> Token:
    if letter == "P":
        return Token("chance", "Pr", "\\mathbb{P}")
    if letter == "E":
        return Token("chance", "E", "\\mathbb{E}")
    return Token("other", letter, f"\\mathbb{{{letter}}}")


def _word(word: str, *, is_label: bool) -> Iterator[Token]:
    """A run of letters: a name where there are three, or two that have one; else a symbol for each."""
    if word == "Pr":
        yield Token("chance", "Pr", word)
    elif word in _BINDING_WORDS:
        yield Token("binder", word, word)
    elif len(word) > 2 or word in _TWO_LETTERS or (is_label and len(word) == 2 and word != "ij"):
        yield Token("name", word, word)
    else:
        yield from (Token("symbol", letter, letter) for letter in word)


def _put_prime(found: list[Token]) -> None:
    """A prime makes another symbol of the last one, whether its index comes before the prime or after."""
    if found and found[-1].kind == "symbol" and not found[-1].text.endswith("'"):
        last = found[-1]
        found[-1] = Token("symbol", f"{last.text}'", f"{last.source}'")


def _is_in_script(found: list[Token]) -> bool:
    """Whether a sub- or superscript was just opened."""
    return found[-1].kind in ("sub", "sup") or (
        len(found) > 1 and found[-1].text == "{" and found[-2].kind in ("sub", "sup")
    )
