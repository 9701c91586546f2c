"""Citations by construction: while a model writes, a bracket can hold only lines that its scene showed.

In: a tokenizer, the lines shown, and the tokens of each completion as they are drawn. Out: logits in which what no
citation could go on with is minus infinity, and nothing else is touched. This module knows no model and no sampling.

The text written may be anything, but for one rule: what follows `[` is what `scribe.evidence.CITATION` reads, in plain
digits, with single spaces or none, every number a line shown, every range running through lines shown, and then `]`.
Tokens are read as bytes, so it does not matter how they cut a citation or a character.

llguidance was tried and is not used: outside brackets, too, it forbids whatever goes on to no UTF-8 (after a token that
ends within a character nearly the whole vocabulary) and every special token but one; and for ranges that are exact it
took 0.4 s where 5,000 lines were shown, against 6 ms here (`benchmarks/LOG.md`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

if TYPE_CHECKING:
    import torch

Trie: TypeAlias = "dict[int, tuple[list[int], Trie]]"
"""By byte: the tokens that end there, and what may follow."""

_FREE, _OPEN, _SPACED, _NUMBER, _NUMBERED, _DASH, _LONG_DASH = range(7)
_AFTER_NUMBER = {ord(","): _OPEN, ord(";"): _OPEN, ord("-"): _OPEN, 0xE2: _DASH, ord("]"): _FREE}
_DIGITS = dict.fromkeys(b"0123456789", _NUMBER)
_NEXT: tuple[dict[int, int], ...] = (
    {ord("["): _OPEN},
    {ord(" "): _SPACED, **_DIGITS},
    _DIGITS,
    {ord(" "): _NUMBERED, **_DIGITS, **_AFTER_NUMBER},
    _AFTER_NUMBER,
    {0x80: _LONG_DASH},
    {0x93: _OPEN},
)
"""Where each byte leads, by where it stands: the form of a citation, whatever its numbers. `–` is E2 80 93."""


class Place(NamedTuple):
    """Where in a citation, or outside one, a completion stands."""

    where: int
    first: int = -1
    """The first line of the range that is being written; -1 for none."""
    number: int = 0
    """What the digits so far say."""


OUTSIDE = Place(_FREE)
"""No bracket is open."""

_WITHIN = re.compile(rb"[\d ,;\-\xe2\x80\x93]*(?:\].*)?", re.DOTALL)
"""All tokens that can stand in a bracket, and some that cannot."""

_AT_HAND = 64
"""Masks kept for each set of lines, a byte for each logit; the one outside brackets is what nearly every step asks."""


class Citing:
    """What a tokenizer's tokens do to brackets."""

    def __init__(self, tokenizer: Any, width: int) -> None:
        """Read the tokens of a transformers tokenizer; `width` is that of the logits, which may exceed its vocabulary.

        Raises ValueError for a tokenizer whose tokens are not pieces of text in bytes or with `▁` for spaces, and for
        one that has no token for a single digit or `]`, with which a bracket could come to an end with no way on.
        """
        self.width = width
        self.pieces = _pieces(tokenizer, width)
        """The bytes that each token writes; none for special tokens, and for logits that have no token."""
        if missing := _needed(self.pieces).difference(self.pieces):
            raise ValueError(f"the tokenizer has no token for {sorted(missing)[0]!r} alone")
        self.trie: Trie = {}
        """Those with a `[`, and those that may stand within a bracket; what becomes of all others is plain."""
        for token, piece in enumerate(self.pieces):
            if piece and (b"[" in piece or _WITHIN.fullmatch(piece)):
                _enter(self.trie, piece, token)
        self.brackets = [token for token, piece in enumerate(self.pieces) if b"[" in piece]
        """Those with a `[`."""
        self._at_hand: Rules | None = None

    @classmethod
    def open(cls, tokenizer: Any, width: int) -> Self | None:
        """The same, or None for a tokenizer that cannot be read."""
        try:
            return cls(tokenizer, width)
        except ValueError:
            return None

    def rules(self, lines: Sequence[int]) -> Rules:
        """The rules for a scene that showed `lines`; those of the last scene asked for are kept."""
        shown = sorted(set(lines))
        if self._at_hand is None or self._at_hand.lines != shown:
            self._at_hand = Rules(self, shown)
        return self._at_hand


class Rules:
    """What may be written where only `lines` may be cited."""

    def __init__(self, citing: Citing, lines: list[int]) -> None:
        self.citing = citing
        self.lines = lines
        """Ascending, each once."""
        self._ends: dict[int, int] = {}
        for line in reversed(lines):
            self._ends[line] = self._ends.get(line + 1, line)
        self._begun = {int(str(line)[:digits]) for line in lines for digits in range(1, len(str(line)) + 1)}
        self._masks: dict[tuple[Place, torch.device], torch.Tensor] = {}

    def begin(self, before: str = "") -> Row:
        """A completion that begins after `before`, the last line of what it continues.

        A bracket that `before` leaves open is gone on with, unless it is none that could become a citation.
        """
        last = before[before.rfind("[") :] if "[" in before else ""
        return Row(self, self.after(OUTSIDE, last.encode()) or OUTSIDE)

    def after(self, place: Place, piece: bytes) -> Place | None:
        """Where a completion stands after another piece; None if that may not be written."""
        for byte in piece:
            after = self._step(place, byte)
            if after is None:
                return None
            place = after
        return place

    def _step(self, place: Place, byte: int) -> Place | None:
        where, first, number = place
        to = _NEXT[where].get(byte)
        if to is None:
            return OUTSIDE if where == _FREE else None
        if to == _NUMBER:
            if where == _NUMBER and number == 0:
                return None  # no line is written with a zero before it
            number = 10 * number + byte - ord("0")
            return Place(to, first, number) if self._is_begun(first, number) else None
        if where == _NUMBER and not self._is_whole(first, number):
            return None
        if where == _FREE:
            return Place(to) if self.lines else None
        if (to == _DASH or byte == ord("-")) and (first >= 0 or self._ends[number] == number):
            return None
        if to == _OPEN:
            return Place(to, number if byte in b"-\x93" else -1)
        return OUTSIDE if to == _FREE else Place(to, first, number)

    def _is_begun(self, first: int, number: int) -> bool:
        """Whether the digits so far begin a line that may be cited, or that may end the range from `first`."""
        if first < 0:
            return number in self._begun
        low = high = number
        while 0 < low <= self._ends[first]:  # no range ends at 0
            if high > first:
                return True
            low, high = 10 * low, 10 * high + 9
        return False

    def _is_whole(self, first: int, number: int) -> bool:
        return number in self._ends if first < 0 else first < number <= self._ends[first]

    def mask(self, place: Place, device: torch.device) -> torch.Tensor:
        """Which logits are forbidden here: `[width]`, True where they are, kept on the device for the next time."""
        mask = self._masks.pop((place, device), None)
        if mask is None:
            mask = self._forbidden(place).to(device)
        self._masks[place, device] = mask
        if len(self._masks) > _AT_HAND:
            del self._masks[next(iter(self._masks))]  # the one asked for longest ago
        return mask

    def _forbidden(self, place: Place) -> torch.Tensor:
        import torch

        if place == OUTSIDE:
            mask = torch.zeros(self.citing.width, dtype=torch.bool)
            mask[self.citing.brackets] = True
        else:
            mask = torch.ones(self.citing.width, dtype=torch.bool)
        mask[self._allowed(place)] = False
        return mask

    def _allowed(self, place: Place) -> list[int]:
        """Of the tokens with a bracket in them or for use within one, those that may be written here."""
        allowed: list[int] = []
        ahead = [(self.citing.trie, place)]
        while ahead:
            trie, place = ahead.pop()
            for byte, (tokens, longer) in trie.items():
                after = self._step(place, byte)
                if after is not None:
                    allowed += tokens
                    ahead.append((longer, after))
        return allowed


class Row:
    """One completion under way."""

    def __init__(self, rules: Rules, place: Place) -> None:
        self.rules = rules
        self.place = place

    def accept(self, token_id: int) -> None:
        """Go on by the token that was drawn; raises ValueError for one that `apply` forbids."""
        piece = self.rules.citing.pieces[token_id]
        after = self.rules.after(self.place, piece) if piece or self.place == OUTSIDE else None
        if after is None:
            raise ValueError(f"token {token_id} ({piece!r}) is forbidden in this bracket")
        self.place = after


def apply(logits: torch.Tensor, rows: Sequence[Row | None]) -> None:
    """Set what each row may not write next to minus infinity, in place; `logits` is `[len(rows), width]`.

    A row that is None is left alone. Outside brackets only tokens with a `[` are ever forbidden; inside, special tokens
    are, too, and all logits without a token.
    """
    import torch

    masks = {place: row.rules.mask(row.place, logits.device) for place, row in enumerate(rows) if row is not None}
    if masks:
        free = torch.zeros(logits.shape[1], dtype=torch.bool, device=logits.device)
        logits.masked_fill_(torch.stack([masks.get(place, free) for place in range(len(rows))]), -torch.inf)


# ── Tokens as bytes ──────────────────────────────────────────────────────────────────────────


def _pieces(tokenizer: Any, width: int) -> list[bytes]:
    """The bytes of each token, none for special ones; raises ValueError where what a token writes is not known."""
    decoder = getattr(getattr(tokenizer, "backend_tokenizer", None), "decoder", None)
    if decoder is None:
        raise ValueError("expected a tokenizer of the tokenizers library that can decode")
    is_of_bytes = decoder.decode(["a", "Ġa"]) == "a a"
    if not is_of_bytes and decoder.decode(["a", "▁a"]) != "a a":
        raise ValueError("expected tokens of bytes, or with ▁ for spaces")
    falls_back = decoder.decode(["<0x41>"]) == "A"
    letters = _letters()
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    special.update(tokenizer.all_special_ids)
    pieces = [b""] * width
    for text, token in tokenizer.get_vocab().items():
        if token >= width or token in special:
            continue
        if is_of_bytes and letters.keys() >= set(text):
            pieces[token] = bytes(letters[letter] for letter in text)
        elif falls_back and (byte := re.fullmatch("<0x([0-9A-F]{2})>", text)):
            # Bytes that come to no UTF-8 are shown as �, a bracket's end among them, too: let none be written so.
            pieces[token] = bytes.fromhex(byte[1]).replace(b"]", b"")
        else:
            pieces[token] = (text if is_of_bytes else text.replace("▁", " ")).encode()
    return pieces


def _letters() -> dict[str, int]:
    """The byte that each letter of a byte-level vocabulary stands for (`bytes_to_unicode` of GPT-2's `encoder.py`)."""
    themselves = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in themselves]
    return {chr(byte): byte for byte in themselves} | {chr(0x100 + n): byte for n, byte in enumerate(others)}


def _needed(pieces: Sequence[bytes]) -> set[bytes]:
    """Bytes that must be tokens by themselves: with them, whatever a bracket holds can be gone on with."""
    needed = {bytes([byte]) for byte in b"0123456789]"}
    return needed | {b"\x80", b"\x93"} if b"\xe2" in pieces else needed


def _enter(trie: Trie, piece: bytes, token: int) -> None:
    below = trie
    tokens: list[int] = []
    for byte in piece:
        tokens, below = below.setdefault(byte, ([], {}))
    tokens.append(token)
