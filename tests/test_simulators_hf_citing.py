"""Brackets hold lines that were shown, whatever the tokens, and nothing else is touched."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
import regex
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from scribe.evidence import CITATION, cite
from scribe.simulators.hf.citing import OUTSIDE, Citing, Row, apply

PADDING = 5
"""Logits beyond the vocabulary, as models have them that round it up."""

DASHES = ("-", "–")
NAMES = ("bytes", "metaspace", "sentencepiece")

# ── Tokenizers ───────────────────────────────────────────────────────────────────────────────


def talk() -> Iterator[str]:
    """Text full of citations, so that tokens are made across brackets, digits, dashes and line ends."""
    rng = random.Random(0)
    for _ in range(3000):
        a, b = sorted(rng.sample(range(140), 2))
        yield rng.choice(
            [
                f"- Point: it is [{a}].\n",
                f" so [{a}-{b}]:",
                f"[{a}, {b}]\n[[{b}]]",
                f" or [{a}–{b}; {b}][x]",
                "a – é [sic] (b) …\n",
            ]
        )


@cache
def tokenizer(name: str) -> PreTrainedTokenizerFast:
    """A BPE of bytes, one with `▁` for spaces, or one that has both; all join tokens across words."""
    made = Tokenizer(models.BPE(byte_fallback=name == "sentencepiece", unk_token=None if name == "bytes" else "<unk>"))
    special = ["[END]", "<unk>", "<s>"]
    alphabet = []
    if name == "bytes":
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        made.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
        made.decoder = decoders.Metaspace(prepend_scheme="first")
    if name == "sentencepiece":  # as Llama 2 has it
        parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        made.decoder = decoders.Sequence(parts)
    made.train_from_iterator(
        talk(),
        trainers.BpeTrainer(vocab_size=700, special_tokens=special, initial_alphabet=alphabet, show_progress=False),
    )
    if name == "sentencepiece":
        made.add_tokens([f"<0x{byte:02X}>" for byte in range(256)])
    made.add_tokens(["[note]", "[12]"])
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="[END]")


@cache
def citing(name: str) -> Citing:
    read = tokenizer(name)
    found = Citing.open(read, len(read) + PADDING)
    assert found is not None
    return found


def spell(name: str, text: bytes, rng: random.Random) -> list[int]:
    """Tokens that write `text`: any that do, not those that the tokenizer would choose."""
    pieces = citing(name).pieces
    tokens: list[int] = []
    while text:
        fitting = [token for token, piece in enumerate(pieces) if piece and text.startswith(piece)]
        tokens.append(rng.choice(fitting))
        text = text[len(pieces[tokens[-1]]) :]
    return tokens


# ── What must hold ───────────────────────────────────────────────────────────────────────────


@cache
def language(lines: tuple[int, ...]) -> Any:
    """All texts that may be written, one way of saying it: every range is spelt out."""
    shown = set(lines)
    parts = [str(line) for line in lines]
    for first in lines:
        last = first + 1
        while last in shown:
            parts.append(f"{first} ?(?:-|\xe2\x80\x93) ?{last}")
            last += 1
    part = "(?:" + "|".join(parts) + ")"
    citation = rf"|\[ ?{part}(?: ?[,;] ?{part})* ?\]" if lines else ""
    return regex.compile(rf"(?:[^\[]{citation})*")


def may_begin(lines: tuple[int, ...], text: bytes) -> bool:
    return language(lines).fullmatch(text.decode("latin-1"), partial=True) is not None


def forbidden(row: Row) -> set[int]:
    """Logits that become minus infinity; asserts that all others keep their every bit."""
    logits = torch.randn(1, row.rules.citing.width)
    before = logits.clone()
    apply(logits, [row])
    shut = torch.isneginf(logits)
    assert torch.equal(logits[~shut], before[~shut])
    return {int(token) for token in shut[0].nonzero()}


def written(row: Row, tokens: Sequence[int]) -> Row:
    """The row after these tokens, none of which may be forbidden."""
    for token in tokens:
        assert token not in forbidden(row), row.rules.citing.pieces[token]
        row.accept(token)
    return row


line_sets = st.lists(
    st.tuples(st.integers(0, 120), st.integers(1, 12)).map(lambda run: range(run[0], run[0] + run[1])), max_size=4
).map(lambda runs: tuple(sorted({line for run in runs for line in run})))

spaces = st.sampled_from(["", " "])
plain = st.text(alphabet=" \naé–…]-,;:12(", max_size=6)


@st.composite
def citations_of(draw: st.DrawFn, lines: tuple[int, ...]) -> str:
    """A valid citation, as people write them."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        first = last = draw(st.sampled_from(lines))
        part = str(first)
        if first + 1 in lines and draw(st.booleans()):
            while last + 1 in lines and (last == first or draw(st.booleans())):
                last += 1
            part += draw(spaces) + draw(st.sampled_from(DASHES)) + draw(spaces) + str(last)
        parts.append(part)
    text = draw(spaces) + parts[0]
    for part in parts[1:]:
        text += draw(spaces) + draw(st.sampled_from(",;")) + draw(spaces) + part
    return f"[{text}{draw(spaces)}]"


@st.composite
def texts(draw: st.DrawFn, lines: tuple[int, ...]) -> str:
    """Text whose every bracket is a valid citation."""
    if not lines:
        return draw(plain)
    return "".join(draw(st.lists(plain | citations_of(lines), min_size=1, max_size=4)))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), lines=line_sets, seed=st.integers(0, 2**32))
def test_valid_text_is_accepted_however_it_is_cut(
    name: str, data: st.DataObject, lines: tuple[int, ...], seed: int
) -> None:
    text = data.draw(texts(lines))
    tokens = spell(name, text.encode(), random.Random(seed))
    letter = citing(name).pieces.index(b"a")  # before it, since a first token loses its spaces
    assert tokenizer(name).decode([letter, *tokens]) == "a" + text
    row = written(citing(name).rules(lines).begin(), tokens)
    assert row.place == OUTSIDE
    assert tokenizer(name).eos_token_id not in forbidden(row)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), lines=line_sets, seed=st.integers(0, 2**32))
def test_just_what_no_text_could_go_on_with_is_forbidden(
    name: str, data: st.DataObject, lines: tuple[int, ...], seed: int
) -> None:
    """Wherever a text is broken off, within a character too: each token's odds are kept, or gone, as the rule says."""
    rng = random.Random(seed)
    pieces = citing(name).pieces
    tokens = spell(name, data.draw(texts(lines)).encode(), rng)
    tokens = tokens[: rng.randint(0, len(tokens))]
    row = written(citing(name).rules(lines).begin(), tokens)
    before = b"".join(pieces[token] for token in tokens)
    is_inside = not language(lines).fullmatch(before.decode("latin-1"))
    expected = {
        token for token, piece in enumerate(pieces) if (not may_begin(lines, before + piece) if piece else is_inside)
    }
    assert forbidden(row) == expected
    assert is_inside or all(b"[" in pieces[token] for token in expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_drawn_cites_only_lines_shown(name: str, seed: int) -> None:
    """200 tokens, every second one with a bracket, a digit or a dash where it may be; read back as `evidence` does."""
    rng = random.Random(seed)
    lines = sorted({n for start in rng.sample(range(120), 3) for n in range(start, start + rng.randint(1, 15))})
    row = citing(name).rules(lines).begin()
    pieces = citing(name).pieces
    tokens = []
    for _ in range(200):
        allowed = sorted(set(range(len(pieces) - PADDING)) - forbidden(row))
        telling = [token for token in allowed if set(pieces[token]) & set("[]0123456789-–".encode())]
        tokens.append(rng.choice(telling if telling and rng.random() < 0.5 else allowed))
        row.accept(tokens[-1])
    text = tokenizer(name).decode(tokens, skip_special_tokens=True)
    _, *brackets = text.split("[")
    if row.place != OUTSIDE:
        assert "]" not in brackets.pop()
    assert len(brackets) > 5
    for bracket in brackets:
        assert CITATION.match("[" + bracket), bracket
        for part in regex.split("[,;]", bracket.partition("]")[0]):
            ends = [int(end) for end in regex.split("[-–]", part)]
            assert ends == sorted(set(ends))
            assert set(range(ends[0], ends[-1] + 1)) <= set(lines)


# ── Worked examples ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "then"),
    [
        ("[", " 013"),
        ("[ ", "013"),
        ("see [1", "234"),
        ("[12", " ]-–,;"),
        ("[12 ", "]-–,;"),
        ("[12-", " 1"),
        ("[12 – ", "1"),
        ("[12-1", "34"),
        ("[12-13", " ],;"),
        ("[3", " ],;"),
        ("[14", " ],;"),
        ("[0", " ],;"),
        ("[3, ", "013"),
        ("[3] [12", " ]-–,;"),
        ("[3] and", None),
        ("[sic", None),
        ("[2", None),
        ("", None),
    ],
)
def test_what_may_follow_where_lines_0_3_and_12_to_14_were_shown(before: str, then: str | None) -> None:
    """`None` stands for every byte, since no bracket is open."""
    row = citing("bytes").rules([12, 13, 14, 0, 3]).begin(before)
    shut = forbidden(row)
    allowed = {piece for token, piece in enumerate(row.rules.citing.pieces) if token not in shut}
    expected = {bytes([byte]) for byte in range(256)} if then is None else {letter.encode()[:1] for letter in then}
    assert {piece for piece in allowed if len(piece) == 1} == expected
    assert (b"" in allowed) == (then is None)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), lines=line_sets, seed=st.integers(0, 2**32))
def test_a_row_begins_where_the_text_before_it_ends(
    name: str, data: st.DataObject, lines: tuple[int, ...], seed: int
) -> None:
    text = data.draw(texts(lines))
    before, after = text[: (cut := data.draw(st.integers(0, len(text))))], text[cut:]
    rules = citing(name).rules(lines)
    begun = rules.begin(before)
    assert begun.place == written(rules.begin(), spell(name, before.encode(), random.Random(seed))).place
    assert written(begun, spell(name, after.encode(), random.Random(seed))).place == OUTSIDE


def test_without_lines_no_bracket_opens() -> None:
    pieces = citing("bytes").pieces
    shut = forbidden(citing("bytes").rules([]).begin("[1"))
    assert shut == {token for token, piece in enumerate(pieces) if b"[" in piece}


def test_special_tokens_are_free_outside_brackets_and_added_ones_are_text() -> None:
    read = tokenizer("bytes")
    rules = citing("bytes").rules([12])
    outside, inside = forbidden(rules.begin()), forbidden(rules.begin("["))
    special = set(read.convert_tokens_to_ids(["[END]", "<unk>", "<s>"]))
    beyond = set(range(len(read), len(read) + PADDING))
    assert not (special | beyond) & outside
    assert special | beyond <= inside
    assert read.convert_tokens_to_ids("[note]") in outside
    assert read.convert_tokens_to_ids("[12]") not in outside


def test_no_bracket_ends_in_a_byte_that_may_not_be_shown() -> None:
    """Fallback bytes that come to no UTF-8 are shown as `�`, each of them."""
    read = tokenizer("sentencepiece")
    end, half = read.convert_tokens_to_ids(["<0x5D>", "<0xC3>"])
    assert read.decode([*read.convert_tokens_to_ids(["[", "1"]), end, half]) == "[1��"
    rules = citing("sentencepiece").rules([1])
    assert end in forbidden(rules.begin("[1"))
    assert end not in forbidden(rules.begin())


def test_five_thousand_lines_have_exact_ranges() -> None:
    lines = [line for line in range(5000) if line % 1000 != 999]
    rules = citing("bytes").rules(lines)
    for text in ("[0]", "[4998]", "[3000-3998]", "[2998, 3000–3001]"):
        assert rules.begin(text).place == OUTSIDE
        assert rules.begin(text[:-1]).place != OUTSIDE
    for text in ("[999", "[5000", "[2998-3", "[3998-", "[3000-3999", "[3000-3000 ", "[3000-29", "[00", "[3000-0"):
        assert rules.after(OUTSIDE, text.encode()) is None, text
    assert rules.begin(cite(lines)).place == OUTSIDE


# ── Many rows, and what cannot be read ───────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_of_several_scenes_go_in_one_call(dtype: torch.dtype) -> None:
    made = citing("bytes")
    rows = [made.rules([1]).begin("["), None, made.rules([2]).begin(), made.rules([2]).begin("[")]
    logits = torch.randn(4, made.width).to(dtype)
    before = logits.clone()
    apply(logits, rows)
    for place, row in enumerate(rows):
        shut = torch.zeros(made.width, dtype=torch.bool)
        if row is not None:
            shut[list(forbidden(row))] = True
        assert torch.isneginf(logits[place]).equal(shut)
        assert torch.equal(logits[place][~shut], before[place][~shut])
    apply(before[:1], [None])
    assert not torch.isneginf(before).any()


def test_a_forbidden_token_is_a_mistake() -> None:
    row = citing("bytes").rules([12]).begin("[1")
    with pytest.raises(ValueError, match="forbidden"):
        row.accept(citing("bytes").pieces.index(b"]"))
    with pytest.raises(ValueError, match="forbidden"):
        row.accept(tokenizer("bytes").convert_tokens_to_ids("[END]"))
    row.accept(citing("bytes").pieces.index(b"2"))


def test_rules_are_kept_for_the_scene_at_hand() -> None:
    made = citing("bytes")
    first = made.rules([3, 1])
    assert made.rules([1, 3, 3]) is first
    assert made.rules([1]) is not first


def test_masks_are_kept_only_so_many() -> None:
    """Every place of a long record in turn: the answers stay right, and memory does not grow with them."""
    rules = citing("bytes").rules(range(200))
    first = forbidden(rules.begin())
    for line in range(200):
        assert forbidden(rules.begin(f"[{line}-"))
    assert forbidden(rules.begin()) == first
    assert len(rules._masks) <= 64


def word_pieces() -> Any:
    made = Tokenizer(models.WordPiece({"a": 0, "##a": 1, "[UNK]": 2}, unk_token="[UNK]"))
    made.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(tokenizer_object=made)


def bytes_without(*missing: str) -> Any:
    letters = [letter for letter in sorted(pre_tokenizers.ByteLevel.alphabet()) if letter not in missing]
    made = Tokenizer(models.BPE({letter: place for place, letter in enumerate(letters)}, []))
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made)


def undecoded() -> Any:
    return PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({"a": 0}, [])))


@pytest.mark.parametrize(
    "read", [object(), word_pieces(), undecoded(), bytes_without("7"), bytes_without("]"), bytes_without("ĵ")]
)
def test_a_tokenizer_that_cannot_be_read_gives_none(read: Any) -> None:
    """`ĵ` is how a vocabulary of bytes writes 93, the end of a long dash: without it there would be no way on."""
    assert Citing.open(read, 300) is None


def test_a_dash_that_no_token_begins_needs_no_bytes() -> None:
    assert Citing.open(bytes_without("â", "ĵ"), 300) is not None
