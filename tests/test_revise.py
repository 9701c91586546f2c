"""The merge loses nothing that a person wrote: its laws on random cases, and what editors and people do to a page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from revise_cases import broken_laws, case

from scribe.revise import freshened, id_of, labelled, labels, ledger, merge, split, stale, without_marks
from scribe.revise.words import combine

BASE = labelled(
    """\
# A post

*Status: generated.*

## Log-loss

The expected loss is smallest at the true distribution.[^8] It charges for overconfidence.[^11]

- one point about prefixes of small probability[^14]
- another about how the corpus is a mixture[^15]

## Tandem

Two simulacra share fewer mistakes than two samples of one.[^33]

[^8]: **Ada**, line 8: “The loss is smallest there.”
[^11]: **Ada**, line 11: “It charges.”
[^14]: **Jan**, line 14: “I object.”
[^15]: **Jan**, line 15: “A mixture.”
[^33]: **Tomás**, line 33: “I conjecture.”
"""
)
NEW = labelled(
    without_marks(BASE)
    .replace("smallest at the true distribution", "smallest at the true conditional distribution")
    .replace("## Tandem", "## Side by side")
    .replace("[^33]\n", "[^33] That is a conjecture.[^34]\n", 1)
    .rstrip("\n")
    + "\n[^34]: **Mira**, line 34: “Noted.”\n",
    BASE,
)


def contents(text: str) -> list[str]:
    return [block.content for block in split(text).blocks]


# ── Blocks ───────────────────────────────────────────────────────────────────────────────────

PIECES = (
    "# a", "## a\n", "- ", "* b", "1. ", "> ", "```\n", "~~~", "    code", "\t", "|a|b|\n|-|-|\n", "<div>", "<!--",
    "-->", "<!-- scribe: keep -->", "<!-- scribe: k7f2q1 -->\n", "[^1]", "[^1]: note", "[a]: b", "---\n", "***",
    "$$", "$x$", "\n", "\n\n", "\r\n", "\r", " ", "word", "\\", "\ufeff", "\x00", "\u2028", "\x0c", "=",
)  # fmt: skip
PAGES = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map("".join)


@settings(max_examples=400)
@given(PAGES)
def test_a_page_in_blocks_is_the_page(text: str) -> None:
    page = split(text)
    assert page.joined == text
    assert all(block.content.strip() for block in page.blocks)


def test_lines_that_the_parser_has_no_node_for_are_blocks_too() -> None:
    assert contents("[ref]: http://x\n\nText [ref].\n[other]: y\n") == ["[ref]: http://x", "Text [ref].\n[other]: y"]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- scribe: k7f2q1 -->\n# One\n",
        "<!-- scribe: k7f2q1 -->\n\n# One\n",  # an editor that puts a blank line around HTML
        "<!--scribe:k7f2q1-->\n- one\n",
        "  <!-- scribe: k7f2q1 keep -->\n> one\n",
        "<!-- scribe: k7f2q1 -->\r\none\r\n",
    ],
)
def test_an_id_survives_editors(text: str) -> None:
    (block,) = split(text).blocks
    assert block.id == "k7f2q1"
    assert block.is_locked == ("keep" in text)


def test_a_remark_of_ones_own_is_no_id() -> None:
    assert [b.id for b in split("<!-- todo: k7f2q1 -->\nText\n").blocks] == [None, None]


def test_ids_stay_when_words_change_also_of_a_heading() -> None:
    assert [b.id for b in split(NEW).blocks] == [b.id for b in split(BASE).blocks] + [None]
    assert "## Side by side" in NEW


def test_ids_are_the_same_every_time_and_differ_on_a_page() -> None:
    assert labelled(without_marks(BASE)) == BASE
    twice = labelled("**Sketch.**\n\none\n\n**Sketch.**\n\ntwo\n")
    found = [block.id for block in split(twice).blocks]
    assert len(set(found)) == 4
    assert None not in found


def test_an_own_id_is_kept_unless_the_base_knows_the_block_by_another() -> None:
    marked = f"<!-- scribe: {id_of('a')} -->\nA text about the loss of models.\n"
    assert labelled(marked) == marked
    assert labelled("A text about the loss of models.\n", marked) == marked
    assert labelled(marked.replace(id_of("a"), id_of("b")), marked) == marked


# ── The laws ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hundred", range(8))
def test_the_laws_hold(hundred: int) -> None:
    """The benchmark goes on to 100,000 cases."""
    for seed in range(100 * hundred, 100 * hundred + 100):
        assert list(broken_laws(case(seed))) == [], seed


@settings(max_examples=200)
@given(PAGES, PAGES, PAGES)
def test_three_laws_for_any_texts_at_all(base: str, theirs: str, new: str) -> None:
    assert merge(base, base, new).text == new
    assert merge(base, theirs, base).text == theirs
    assert merge(base, theirs, theirs).text == theirs


@settings(max_examples=200)
@given(PAGES, PAGES, PAGES)
def test_no_word_that_a_person_typed_is_lost_from_any_text(base: str, theirs: str, new: str) -> None:
    merged = merge(base, theirs, new).text
    for block in split(theirs.removeprefix("\ufeff")).blocks:
        if block.content not in base and block.content not in new and block.content not in merged:
            fits = (combine(b, block.content, n) for b in contents(base) for n in contents(new))
            assert any(found and found in merged for found in fits), block


# ── What people do ───────────────────────────────────────────────────────────────────────────


def test_what_both_changed_in_other_words_is_combined() -> None:
    mine = BASE.replace("It charges for overconfidence", "It charges dearly for overconfidence")
    merged = merge(BASE, mine, NEW)
    assert "smallest at the true conditional distribution.[^8] It charges dearly for" in merged.text
    assert merged.proposals == ()


def test_what_both_changed_in_the_same_words_stays_a_persons_and_is_proposed() -> None:
    mine = BASE.replace("smallest at the true distribution", "least where the model is right")
    merged = merge(BASE, mine, NEW)
    assert "least where the model is right" in merged.text
    (proposal,) = merged.proposals
    assert (proposal.kind, proposal.section) == ("changed", "Log-loss")
    assert "true conditional distribution" in proposal.text
    assert [note.split(":")[0] for note in proposal.footnotes] == ["[^8]", "[^11]"]
    assert "<<<<" not in merged.text


def test_a_deleted_block_stays_away_also_in_other_words() -> None:
    gone = "Two simulacra share fewer mistakes than two samples of one.[^33]"
    mine = BASE.replace(gone, "")
    merged = merge(BASE, mine, NEW)
    assert "fewer mistakes" not in merged.text
    assert merged.proposals == ()
    twin = NEW.replace("Two simulacra share fewer", "Often two simulacra share fewer").replace(
        split(BASE).blocks[-6].mark, ""
    )
    assert "fewer mistakes" not in merge(BASE, mine, twin).text


def test_what_is_new_in_a_deleted_section_is_proposed() -> None:
    mine = BASE[: BASE.index("<!-- scribe", BASE.index("another about"))] + BASE[BASE.index("[^8]: ") :]
    fresh = "A wholly fresh remark on calibration, horizons and policies."
    new = NEW.replace("[^8]: ", f"{fresh}\n\n[^8]: ", 1)
    merged = merge(BASE, mine, labelled(new, BASE))
    assert fresh not in merged.text
    assert [(p.kind, p.text) for p in merged.proposals] == [("new", fresh)]


def test_what_a_person_changed_and_is_generated_no_more_stays_and_is_told() -> None:
    mine = BASE.replace("Two simulacra share", "Two simulacra, I think, share")
    new = labelled(
        without_marks(BASE).replace("Two simulacra share fewer mistakes than two samples of one.[^33]", ""), BASE
    )
    merged = merge(BASE, mine, new)
    assert "Two simulacra, I think, share" in merged.text
    assert "[^33]: **Tomás**" in merged.text
    assert [(p.kind, p.text) for p in merged.proposals] == [("left out", "")]


def test_order_is_the_persons_and_new_blocks_follow_what_they_follow() -> None:
    one, two = BASE.index("<!-- scribe", BASE.index("generated.*")), BASE.index("[^8]:")
    cut = BASE.index("<!-- scribe", BASE.index("another about"))
    mine = BASE[:one] + BASE[cut:two] + BASE[one:cut] + BASE[two:]
    new = NEW.replace("[^34]\n\n", "[^34]\n\nFresh words on policies of agents.\n\n", 1)
    text = merge(BASE, mine, labelled(new, BASE)).text
    assert text.index("## Side by side") < text.index("Fresh words") < text.index("## Log-loss")
    follows = merge(BASE, mine, labelled(new, BASE), follow_new_order=True).text
    assert follows.index("## Log-loss") < follows.index("## Side by side")


def test_a_new_section_stands_behind_what_a_person_added_to_the_one_before() -> None:
    base = labelled("# Page\n\n## One\n\nWhat was said first.\n\n## Three\n\nWhat was said third.\n")
    new = labelled(without_marks(base).replace("## Three", "## Two\n\nWhat came between.\n\n## Three") + LAST, base)
    mine = base.replace("said first.", "said first.\n\nI doubt it.\n\n### Why\n\nSo.").rstrip() + "\n\nNor this.\n"
    text = without_marks(merge(base, mine, new).text)
    assert "said first.\n\nI doubt it.\n\n### Why\n\nSo.\n\n## Two\n\nWhat came between.\n\n## Three" in text
    assert "said third.\n\nNor this.\n\n## Four\n\nWhat was said last." in text
    moved = merge(base, base.replace("said first.", "said first.\n\n## Mine\n\nSo."), new).text
    assert "said first.\n\n## Two\n\nWhat came between.\n\n## Mine\n\nSo.\n\n## Three" in without_marks(moved)


LAST = "\n## Four\n\nWhat was said last.\n"


def test_what_is_like_a_deleted_block_is_new_where_ids_are_trusted() -> None:
    base = "<!-- scribe: aaaaaa -->\n# Page\n\n<!-- scribe: bbbbbb -->\n## The seminar, evening 1\n"
    new = f"{base}\n<!-- scribe: cccccc -->\n## The seminar, evening 2\n"
    mine = base.partition("\n<!-- scribe: bbbbbb")[0]
    assert "evening 2" not in merge(base, mine, new).text
    text = merge(base, mine, new, trusts_ids=True).text
    assert "evening 2" in text
    assert "evening 1" not in text


def test_an_escaped_mark_is_no_mark() -> None:
    """A title that somebody gave, as a page shows it."""
    (block,) = split("## \\<!-- scribe: keep -->\n").blocks
    assert not block.is_locked
    assert split("## x <!-- scribe: keep -->\n").blocks[0].is_locked


def test_a_locked_block_is_neither_changed_nor_proposed_against() -> None:
    mine = BASE.replace("# A post", "# A post").replace(
        "The expected loss is", "<!-- scribe: keep -->\nThe expected loss is"
    )
    merged = merge(BASE, mine, NEW)
    assert "smallest at the true distribution" in merged.text
    assert merged.proposals == ()
    without = labelled(
        without_marks(BASE).replace("The expected loss is smallest at the true distribution.[^8] ", ""), BASE
    )
    assert "The expected loss is smallest" in merge(BASE, mine, without).text


def test_footnotes_of_ones_own_keep_their_labels() -> None:
    mine = BASE.rstrip("\n") + "\n[^34]: mine alone\n[^note]: mine too\n"
    merged = merge(BASE, mine, NEW).text
    assert "[^34]: mine alone" in merged
    assert "[^note]: mine too" in merged
    assert "conjecture.[^34b]" in merged
    assert "[^34b]: **Mira**" in merged
    assert merge(NEW, merged, NEW).text == merged


def test_a_deleted_footnote_comes_back_only_with_words_that_need_it() -> None:
    mine = BASE.replace("[^14]: **Jan**, line 14: “I object.”\n", "")
    assert "[^14]:" not in merge(BASE, mine, NEW).text
    new = NEW.replace("That is a conjecture.[^34]", "That is a conjecture.[^34][^14]")
    assert "[^14]: **Jan**" in merge(BASE, mine, new).text


def test_a_base_that_was_lost_makes_nothing_a_second_time() -> None:
    mine = BASE.replace("smallest at the true", "least at the true")
    merged = merge("", mine, BASE)
    assert merged.text == mine
    assert [p.kind for p in merged.proposals] == ["changed"]
    bare = without_marks(mine)
    assert "smallest at" not in merge("", bare, BASE).text


def test_nothing_is_put_behind_a_fence_that_nobody_closed() -> None:
    mine = BASE.rstrip("\n") + "\n\n```\nmine, and never closed\n"
    merged = merge(BASE, mine, NEW).text
    assert merged.endswith("\n```\nmine, and never closed\n")
    assert "[^34]: **Mira**" in merged[: merged.index("```")]
    assert merge(BASE, merged, NEW).text == merged


BAD = {
    "windows": lambda text: text.replace("\n", "\r\n"),
    "a byte-order mark": lambda text: "\ufeff" + text,
    "broken front matter": lambda text: "---\ntags: [a\n" + text,
    "front matter": lambda text: "---\ntags: [a]\n---\n" + text,
    "ids gone": without_marks,
    "every id the same": lambda text: text.replace("<!-- scribe: ", "<!-- scribe: aaaaaa "),
    "ids doubled": lambda text: text.replace("\n<!--", "\n<!-- scribe: k7f2q1 -->\n<!--"),
    "tabs": lambda text: text.replace("- one", "-\tone").replace("- another", "-\tanother"),
    "html": lambda text: text.replace("## Log-loss", "<div>\n\n<b>mine</b>\n\n</div>\n\n## Log-loss"),
    "an open comment": lambda text: text.replace("## Tandem", "<!-- mine\n\n## Tandem"),
    "nested lists": lambda text: text.replace("- another", "- mine\n  - deeper\n    - deeper still\n- another"),
    "a table": lambda text: text.replace("## Tandem", "| a | b |\n|---|---|\n| mine | 2 |\n\n## Tandem"),
    "a fence": lambda text: text.replace("## Tandem", "```\n## mine, no heading\n```\n\n## Tandem"),
    "an open fence": lambda text: text.replace("## Tandem", "```\n## mine\n\n## Tandem"),
    "footnotes gone": lambda text: text[: text.index("[^8]:")],
    "no end": lambda text: text.rstrip("\n"),
    "many ends": lambda text: text + "\n\n\n",
    "empty": lambda _: "",
    "blank": lambda _: " \n\n",
}


@pytest.mark.parametrize("done", BAD)
def test_whatever_was_done_to_a_page_the_merge_loses_nothing_of_it(done: str) -> None:
    mine = BAD[done](BASE.replace("It charges", "MINE It charges"))
    merged = merge(BASE, mine, NEW).text
    for word in ("MINE", "mine", "deeper still", "tags: [a"):
        assert merged.count(word) >= mine.count(word)
    for block in split(mine.removeprefix("\ufeff")).blocks:
        if block.content.replace("\r\n", "\n") not in BASE and "MINE" not in block.content:
            assert block.content in merged
    assert merge(NEW, merged, NEW).text == merged
    assert merged.startswith("\ufeff") == mine.startswith("\ufeff")
    assert ("\r\n" in merged) == ("\r\n" in mine)


def test_a_windows_page_that_nobody_changed_takes_all_that_is_new() -> None:
    assert merge(BASE, BASE.replace("\n", "\r\n"), NEW).text == NEW.replace("\n", "\r\n")


# ── Words ────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.lists(st.sampled_from("loss gap model q x. [^1] [^2] \n- a\n".split(" ")), max_size=12).map(" ".join)


@settings(max_examples=300)
@given(TEXTS, TEXTS, TEXTS)
def test_combining_keeps_what_was_typed_and_settles(base: str, theirs: str, new: str) -> None:
    combined = combine(base, theirs, new)
    if combined is None:
        return
    assert combine(base, combined, new) == combined
    assert set(theirs.split()) - set(base.split()) <= set(combined.split())


def test_combining_has_the_three_laws() -> None:
    assert combine("a b c", "a b c", "a x c") == "a x c"
    assert combine("a b c", "a x c", "a b c") == "a x c"
    assert combine("a b c", "a x c", "a x c") == "a x c"


def test_a_line_taken_out_of_a_list_does_not_come_back_from_elsewhere() -> None:
    base, mine, new = "- a one\n- b two\n- c three", "- a one\n- c three", "- a one\n- c three\n- b two"
    assert combine(base, mine, new) in (None, mine)


# ── What rests on changed lines ──────────────────────────────────────────────────────────────


def test_only_blocks_that_cite_changed_lines_are_taken_anew() -> None:
    new = labelled(
        without_marks(BASE)
        .replace("Two simulacra share", "Three simulacra share")
        .replace("It charges for", "It punishes")
        .replace("“I conjecture.”", "“I conjecture that.”")
        .replace("“It charges.”", "“It punishes.”"),
        BASE,
    )
    fresh = freshened(BASE, new, lambda label: label == "33")
    assert "Three simulacra share" in fresh
    assert "“I conjecture that.”" in fresh
    assert "It charges for" in fresh
    assert "“It charges.”" in fresh
    assert [b.content[:14] for b in stale(BASE, lambda label: label == "33")] == ["Two simulacra "]
    assert freshened(BASE, new, lambda label: False) == BASE


def test_what_is_stale_may_go_and_come() -> None:
    new = labelled(
        without_marks(BASE)
        .replace(
            "Two simulacra share fewer mistakes than two samples of one.[^33]", "Nothing is shared here at all.[^33]"
        )
        .replace("- one point", "Also this is new and cites a line.[^8]\n\n- one point"),
        BASE,
    )
    fresh = freshened(BASE, new, lambda label: label == "33")
    assert "Nothing is shared" in fresh
    assert "Two simulacra" not in fresh
    assert "Also this is new" not in fresh
    defined = {b.label for b in split(fresh).blocks if b.label}
    assert {label for b in split(fresh).blocks for label in labels(b.content)} == defined


# ── The ledger ───────────────────────────────────────────────────────────────────────────────


def test_the_ledger_counts_what_was_typed() -> None:
    mine = BASE.replace("It charges", "It always charges").replace("## Tandem", "My own words.\n\n## Tandem")
    told = {share.begins: share for share in ledger(BASE, mine).shares}
    assert told["My own words."].typed == len("My own words.")
    (loss,) = [share for begins, share in told.items() if begins.startswith("The expected")]
    assert loss.typed == len("always ")
    assert sum(share.typed for share in told.values()) == len("My own words.always ")
    assert ledger(BASE, BASE).typed == 0
    assert ledger("", BASE).generated == 0


@settings(max_examples=100)
@given(st.integers(0, 10_000))
def test_every_character_is_somebodys(seed: int) -> None:
    made = case(seed)
    told = ledger(made.base, made.theirs)
    plain = split(made.theirs.removeprefix("\ufeff").replace("\r\n", "\n")).blocks
    kinds = {"footnote_reference", "front_matter", "comment"}
    assert told.typed + told.generated == sum(len(b.content) for b in plain if b.kind not in kinds)
    assert 0 <= told.written_by_people <= 1


def test_a_block_may_go_on_from_an_older_text() -> None:
    mine = BASE.replace("smallest at the true distribution", "least where the model is right")
    merged = merge(BASE, mine, NEW)
    (found,) = merged.origins
    assert merged.origins[found].startswith("The expected loss is smallest at the true distribution.")
    told = ledger(NEW, merged.text, origins={found: (merged.origins[found],)})
    assert told.typed == ledger(BASE, mine).typed
    assert ledger(NEW, merged.text).typed >= told.typed


def test_moving_is_not_typing_and_what_was_offered_was_not_typed() -> None:
    cut = BASE.index("<!-- scribe", BASE.index("another about"))
    end = BASE.index("[^8]:")
    assert ledger(BASE, BASE[cut:end] + BASE[:cut] + BASE[end:]).typed == 0
    taken = BASE.replace("## Tandem", "An alternative text.\n\n## Tandem")
    assert ledger(BASE, taken, offered={"An alternative text."}).typed == 0
    assert ledger(BASE, taken).typed == len("An alternative text.")
