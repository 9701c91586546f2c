"""Counting without a tokenizer, held against the vocabularies that come with openai-whisper."""

from __future__ import annotations

import base64
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
from conftest import ROOT, curated, sample
from hypothesis import given
from hypothesis import strategies as st

from scribe.frames import prompts, render_record
from scribe.simulators.counting import estimated_tokens

SPLIT = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
"""GPT-2's, which Whisper uses too."""

SEMINAR = sample()
WRITTEN = {
    "record": render_record(SEMINAR.segments),
    "notes": (ROOT / "drafts" / "simulators-1" / "notes.md").read_text(encoding="utf-8"),
    "formula": r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}, [1] 0 [2] 1 [3] 2, 3.14159 [145] 17",
    **{
        frame.name: prompts(frame, SEMINAR.segments, about="What is it?", claims="- Point: It is. [3]")[0].text
        for frame in curated().values()
    },
}


@cache
def vocabulary(name: str) -> tiktoken.Encoding:
    whisper = find_spec("whisper")
    assert whisper is not None
    assert whisper.origin is not None
    lines = (Path(whisper.origin).parent / "assets" / f"{name}.tiktoken").read_text(encoding="ascii").split("\n")
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    return tiktoken.Encoding(name=name, pat_str=SPLIT, mergeable_ranks=ranks, special_tokens={})


@pytest.mark.parametrize("name", ["gpt2", "multilingual"])
@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_what_simulators_are_shown_is_not_undercounted_nor_much_overcounted(name: str, text: str) -> None:
    truth = len(vocabulary(name).encode(text, disallowed_special=()))
    assert truth <= estimated_tokens(text) * (1.0 if text != WRITTEN["formula"] else 1.05)
    assert estimated_tokens(text) <= 1.4 * truth


@given(st.text(), st.text())
def test_the_parts_of_a_text_have_as_many_tokens_as_the_whole_but_for_rounding(one: str, other: str) -> None:
    apart = estimated_tokens(one) + estimated_tokens(other)
    assert apart - 1 <= estimated_tokens(one + other) <= apart


def test_nothing_has_no_tokens() -> None:
    assert estimated_tokens("") == 0
