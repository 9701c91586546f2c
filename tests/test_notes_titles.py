"""Titles tell topics apart."""

from __future__ import annotations

import pytest
from conftest import Scripted
from hypothesis import given
from hypothesis import strategies as st

from scribe.notes.titles import UNTITLED, Titles


def chosen(*offers: list[str]) -> list[str]:
    titles = Titles(Scripted(lambda _prompt, _k: ""), {})
    return [titles.chosen(offered) for offered in offers]


@pytest.mark.parametrize(
    ("offers", "titles"),
    [
        ([["Energy source", "Buttons"]], ["Energy source"]),
        ([["Energy source"], ["Energy source", "Buttons"]], ["Energy source", "Buttons"]),
        (
            [["Energy source of the remote"], ["Sources of energy", "Buttons"]],
            ["Energy source of the remote", "Buttons"],
        ),
        ([["Energy source"], ["Energy and cost"]], ["Energy source", "Energy and cost"]),
        ([["Remote"], ["Remotes"]], ["Remote", "Remotes"]),
        ([["Remote"], ["Remote"]], ["Remote", UNTITLED]),
        ([["none", ""]], [UNTITLED]),
    ],
    ids=["the best", "not given twice", "nothing new", "one new word", "nothing else", "the same alone", "none"],
)
def test_the_first_that_says_something_new(offers: list[list[str]], titles: list[str]) -> None:
    assert chosen(*offers) == titles


@given(st.lists(st.lists(st.sampled_from(["", "none", "A cost", "Costs", "The cost of noise", "Noise"])), max_size=8))
def test_no_title_is_given_twice(offers: list[list[str]]) -> None:
    given_titles = [title for title in chosen(*offers) if title != UNTITLED]
    assert len(set(given_titles)) == len(given_titles)
    assert all(title in offered for title, offered in zip(chosen(*offers), offers, strict=True) if title != UNTITLED)
