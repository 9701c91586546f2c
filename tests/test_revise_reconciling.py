"""Two people's versions of one text are put together: the laws on any texts, and what two editors do to a page."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from test_revise import PAGES

from scribe.revise import reconcile, split

BASE = """\
# Log-loss

The expected loss is smallest at the truth.[^8]

- one
- two

The end of it all.

[^8]: line 8
"""


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@given(PAGES, PAGES, PAGES)
def test_three_laws_for_any_texts_at_all(base: str, mine: str, theirs: str) -> None:
    assert reconcile(base, base, theirs).text in (
        theirs,
        theirs.replace("\r\n", "\n"),
        re.sub(r"\r?\n", "\r\n", theirs),
    )
    assert reconcile(base, mine, base).text == mine
    assert reconcile(base, mine, mine).text == mine


@given(PAGES, PAGES, PAGES)
def test_no_word_that_either_typed_is_lost(base: str, mine: str, theirs: str) -> None:
    found = words(reconcile(base, mine, theirs).text)
    assert not {word for word in (words(mine) - words(base)) | (words(theirs) - words(base)) if word not in found}


def test_changes_of_different_blocks_are_both_there() -> None:
    mine = BASE.replace("at the truth", "at the true distribution")
    theirs = BASE.replace("- two", "- two\n- three").replace(
        "The end of it all.\n", "The end of it all.\n\nA last word.\n"
    )
    made = reconcile(BASE, mine, theirs)
    assert made.doubled == 0
    assert made.text == mine.replace("- two", "- two\n- three").replace("it all.\n", "it all.\n\nA last word.\n")


def test_changes_of_one_block_that_fit_are_combined() -> None:
    mine = BASE.replace("The expected loss", "The expected log-loss")
    made = reconcile(BASE, mine, BASE.replace("at the truth", "at the true distribution"))
    assert "The expected log-loss is smallest at the true distribution.[^8]" in made.text
    assert made.doubled == 0


def test_changes_that_do_not_fit_both_stand_mine_first() -> None:
    mine, theirs = (BASE.replace("smallest", word) for word in ("least", "lowest"))
    made = reconcile(BASE, mine, theirs)
    assert made.doubled == 1
    assert [b.content for b in split(made.text).blocks][1:3] == [
        "The expected loss is least at the truth.[^8]",
        "The expected loss is lowest at the truth.[^8]",
    ]


def test_what_one_took_out_goes_unless_the_other_changed_it() -> None:
    gone = BASE.replace("The end of it all.\n\n", "")
    assert reconcile(BASE, gone, BASE.replace("- one", "- the one")).text == gone.replace("- one", "- the one")
    changed = BASE.replace("The end of", "The very end of")
    assert "The very end of it all." in reconcile(BASE, gone, changed).text
    assert "The very end of it all." in reconcile(BASE, changed, gone).text


def test_an_order_that_only_theirs_changed_is_taken_over() -> None:
    theirs = BASE.replace("- one\n- two\n\n", "").replace("all.\n", "all.\n\n- one\n- two\n")
    mine = BASE.replace("The end of", "The very end of")
    assert reconcile(BASE, mine, theirs).text == theirs.replace("The end of", "The very end of")


def test_what_both_added_is_there_once() -> None:
    both = BASE.replace("# Log-loss\n", "# Log-loss\n\nBoth of us add this sentence.\n")
    made = reconcile(BASE, both.replace("- two", "- 2"), both)
    assert made.text == both.replace("- two", "- 2")
