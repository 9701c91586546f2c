r"""Text with mathematics in it -> its words, and its formulas in their places.

In: the Markdown of an item. Out: a `Passage`. Mathematics stands between `$`, `$$`, `\(` and `\)` or `\[` and `\]`;
where a proposition has none of these, plain runs such as `p(·|c) ≤ √(ε/2)` are read, and single letters too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from scribe.lint.mathematics import Formula

_LONGEST_FORMULA = 1_000
"""Characters: what is longer is a pair of dollar signs far apart."""

_DELIMITER = re.compile(r"\\[\\$()\[\]]|\$\$|\$|\n\n")
_CLOSERS = {"\\(": "\\)", "\\[": "\\]"}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PIECE = re.compile(r"⟦\d+⟧|[^\W_]+(?:[-'’.][^\W_]+)*|['’]s\b|[^\w\s]|_")

_HELD = re.compile(r"⟦(\d+)⟧")
_AHEAD = 200
"""Characters ahead of a formula that are looked at for the "if" it may stand in."""

_GREEK = "α-ωΑ-Ωϵϑϕ"
_LETTER = rf"(?:(?<![\w'’\-.])(?:[b-zB-HJ-Z]|(?<=[a-z,(] )A)(?![^\W\d_]|[-'’](?!s\b)[^\W\d_])|[{_GREEK}](?![^\W\d_]))"
_NAME = r"(?:(?<!\w)(?:Pr|KL|TV|JS|log|ln|exp|max|min|sup|inf|lim|Var|D_KL|supp)(?=[(\[_{]))"
_SCRIPT = r"(?:[₀-₉ᵢⱼₙₜₖₓ]|_\{[^{}]{0,30}\}|_\w{1,3}|\^\{[^{}]{0,30}\}|\^\w|[′*](?!\w))"
_ARGUMENT = r"(?:\((?:[^()\n]|\([^()\n]{0,40}\)){1,60}\)|\[(?:[^\[\]\n]){1,80}\])"
_SIGN = rf"(?:[√∑∏∫∀∃∂−]{_SCRIPT}?\s?){{0,3}}"
_FACTOR = rf"{_SIGN}(?:{_NAME}|{_LETTER}|\d+(?:\.\d+)?|∞|·|[√∑](?=\())(?:{_SCRIPT}){{0,6}}{_ARGUMENT}?"
_RELATION = r"\s?(?::=|<=|>=|[=<>≤≥≠≈≡∝∼∈∉→↦≪≫≲≳+*/·×|∣−‖])\s?"
_RUN = re.compile(rf"{_FACTOR}(?:{_RELATION}{_FACTOR}){{0,40}}|∝")
_IS_FORMULA = re.compile(rf"[{_GREEK}∝∑∏∫√∀∃∈]|[^\W\d_]\S{{0,6}}[(\[]|[^\W\d_]\s?[=<>≤≥≠≈≡∼→]|[=<>≤≥≈]\s?[^\W\d_]")


class Passage:
    """A text: its words in order, each formula among them as a place holder, and the formulas."""

    def __init__(self, text: str, *, has_letters: bool = False, is_plain: bool = True) -> None:
        self._formulas: list[Formula] = []
        prose = self._without_formulas(text.replace("⟦", "").replace("⟧", ""))
        if is_plain:
            prose = self._without_runs(prose, has_letters=has_letters)
        self.prose = prose
        self.pieces: Sequence[str] = _PIECE.findall(prose)

    @property
    def formulas(self) -> Sequence[Formula]:
        """All formulas, in order."""
        return self._formulas

    def formula(self, piece: str) -> Formula | None:
        """The formula that a piece of the text stands for."""
        return self._formulas[int(piece[1:-1])] if piece.startswith("⟦") else None

    def placed(self) -> Iterator[tuple[str, Formula]]:
        """Each formula in its order, with the words ahead of it, as far as they may matter."""
        for match in _HELD.finditer(self.prose):
            yield self.prose[max(0, match.start() - _AHEAD) : match.start()], self._formulas[int(match[1])]

    def _hold(self, source: str) -> str:
        self._formulas.append(Formula(source))
        return f" ⟦{len(self._formulas) - 1}⟧ "

    def _without_formulas(self, text: str) -> str:
        """The text with a place holder for each delimited formula, its escapes undone."""
        kept: list[str] = []
        done = 0
        for start, inner_start, inner_end, end in _delimited(text):
            kept += [_ESCAPED.sub(r"\1", text[done:start]), self._hold(text[inner_start:inner_end])]
            done = end
        return "".join([*kept, _ESCAPED.sub(r"\1", text[done:])])

    def _without_runs(self, prose: str, *, has_letters: bool) -> str:
        def put(match: re.Match[str]) -> str:
            run = match[0]
            is_letter = has_letters and any(map(str.isalpha, run))
            return self._hold(run) if is_letter or _IS_FORMULA.search(run) else run

        pieces = re.split(r"(⟦\d+⟧)", prose)
        return "".join(piece if piece.startswith("⟦") else _RUN.sub(put, piece) for piece in pieces)


def is_delimited(texts: Iterable[str]) -> bool:
    """Whether any of the texts writes its mathematics between delimiters."""
    return any(_delimited(text) for text in texts)


def is_mathematical(texts: Iterable[str]) -> bool:
    """Whether any of the texts holds plain mathematics, so that a single letter in them is a symbol.

    >>> is_mathematical(["then p(x|c) is small"]), is_mathematical(["at a prefix of probability p"])
    (True, False)
    """
    return any(_IS_FORMULA.search(run) for text in texts for run in _RUN.findall(_ESCAPED.sub(r"\1", text)))


def spoken(text: str) -> str:
    r"""A text as it is said: formulas as the words in them, for comparing it with what was said.

    >>> spoken(r"The loss $L(q)$ is at most $\varepsilon$.")
    'The loss L q is at most epsilon.'
    """
    kept: list[str] = []
    done = 0
    for start, inner_start, inner_end, end in _delimited(text):
        said = " ".join(re.findall(r"[A-Za-z]+|\d+(?:\.\d+)?", text[inner_start:inner_end].replace("\\var", "\\")))
        kept += [_ESCAPED.sub(r"\1", text[done:start]), said]
        done = end
    return "".join([*kept, _ESCAPED.sub(r"\1", text[done:])])


def _delimited(text: str) -> list[tuple[int, int, int, int]]:
    """Where formulas stand between delimiters: start, inner start, inner end, end.

    As in Pandoc, nothing but the formula touches a `$` on its inside, and no digit follows it: `$5 and $6` are prices.
    """
    found: list[tuple[int, int, int, int]] = []
    opened: re.Match[str] | None = None
    for match in _DELIMITER.finditer(text):
        mark = match[0]
        if mark in ("\\\\", "\\$"):
            continue
        if opened is not None and mark == _CLOSERS.get(opened[0], opened[0]) and _closes(text, opened, match):
            found.append((opened.start(), opened.end(), match.start(), match.end()))
            opened = None
        elif mark in ("\\(", "\\[", "$$") or (mark == "$" and text[match.end() : match.end() + 1].strip()):
            opened = match
        elif mark != "$" and opened is not None and opened[0] not in _CLOSERS:
            opened = None if mark == "\n\n" else opened
    return found


def _closes(text: str, opened: re.Match[str], match: re.Match[str]) -> bool:
    inner = text[opened.end() : match.start()]
    if not inner.strip() or len(inner) > _LONGEST_FORMULA:
        return False
    return match[0] != "$" or not (inner[-1].isspace() or text[match.end() : match.end() + 1].isdigit())
