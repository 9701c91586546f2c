"""A draft post keeps what the notes hold, says of every step where it comes from, and survives its simulator."""

from __future__ import annotations

import re

import pytest
from conftest import Scripted, completion, curated, prompt, refuse, sample, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe import draft
from scribe.chunks import split
from scribe.claims import is_same
from scribe.draft.outline import Heading, outline, read_outline
from scribe.draft.page import Known, is_status, page, status
from scribe.draft.propositions import read_proposition
from scribe.footnotes import Links
from scribe.markdown import to_html
from scribe.notes import summarise
from scribe.records import Claim, Coverage, Draft, Notes, Prompt, Recipe, Topic, Transcript
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample()
NOTES = summarise(SEMINAR, split(SEMINAR, Extract().count, budget_tokens=8000), Extract(), FRAMES)
LINKS = Links(recording="talk.m4a", transcript="talk.vtt")


def notes_of(*topics: Topic, talk: Transcript = SEMINAR) -> Notes:
    return Notes(
        transcript_id=talk.id,
        title="Talk",
        topics=topics,
        coverage=Coverage(passages=()),
        recipe=Recipe(scribe="0", engine="test"),
    )


def topic(title: str, first: int, last: int, kind: str = "point") -> Topic:
    claims = [
        Claim.model_validate({"kind": kind, "text": SEMINAR.segments[i].text, "cites": (i,)})
        for i in range(first, last)
    ]
    return Topic(title=title, first=first, last=last, claims=tuple(claims))


def claims_of(post: Draft) -> list[Claim]:
    """Every claim of a post."""
    found = [*post.summary, *post.definitions, *post.open_questions]
    for section in post.sections:
        found += [*([section.opening] if section.opening else []), *(c for p in section.paragraphs for c in p)]
    for p in post.propositions:
        found += [p.statement, *p.assumptions, *(s.claim for s in p.steps), *p.gaps]
    return found


# ── The sample ───────────────────────────────────────────────────────────────────────────────


def test_of_what_was_said_nothing_is_added() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    assert len(claims_of(post)) > 10
    assert {c.support.verdict for c in claims_of(post) if c.support} == {"supported"}
    assert all(c.support and c.cites for c in claims_of(post))
    assert {s.tag for p in post.propositions for s in p.steps} == {"said"}
    assert all(p.status == "sketch" for p in post.propositions)


def test_the_post_has_its_parts() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    assert post.summary == NOTES.overview
    assert [c.cites for c in post.definitions] == [(3,), (4,)]
    assert [s.heading for s in post.sections] == [t.title for t in NOTES.topics]
    assert (33,) in [p.statement.cites for p in post.propositions]
    assert [c.cites for c in post.open_questions] == [(38,)]
    assert post.title.startswith("Simulators 1: ")


def test_what_is_defined_is_not_told_again_in_a_section() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    told = [c for s in post.sections for p in s.paragraphs for c in p]
    assert post.definitions
    assert not [c.text for c in told if any(is_same(c, d) for d in post.definitions)]


def test_what_is_argued_is_told_again_only_where_little_else_was_said() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    argued = [c for p in post.propositions for c in (p.statement, *(s.claim for s in p.steps))]
    own = [[c for p in s.paragraphs for c in p if not any(is_same(c, a) for a in argued)] for s in post.sections]
    again = [[c for p in s.paragraphs for c in p if any(is_same(c, a) for a in argued)] for s in post.sections]
    assert argued
    assert all(len(mine) < 4 for mine, theirs in zip(own, again, strict=True) if theirs)
    assert any(not theirs for theirs in again)


def test_the_same_notes_make_the_same_post() -> None:
    assert draft.write(SEMINAR, NOTES, Extract(), FRAMES) == draft.write(SEMINAR, NOTES, Extract(), FRAMES)


def test_a_draft_names_how_it_was_made() -> None:
    recipe = draft.write(SEMINAR, NOTES, Extract(), FRAMES).recipe
    assert recipe.engine == Extract.recipe
    assert {"outline", "section", "proposition", "key-points"} <= set(recipe.frames)


def test_empty_notes_make_an_empty_post() -> None:
    post = draft.write(SEMINAR, notes_of(), Extract(), FRAMES)
    assert claims_of(post) == []
    assert (post.title, post.sections) == ("Talk", ())


# ── Outlines ─────────────────────────────────────────────────────────────────────────────────


def outlined(text: str, notes: Notes, context: int = 16_384) -> list[Heading]:
    return outline(SEMINAR, notes, Scripted(lambda p, k: text, context=context), FRAMES["outline"])


THREE = notes_of(topic("One", 0, 10), topic("Two", 10, 20), topic("Three", 20, 30))


def titles_and_lines(headings: list[Heading]) -> list[tuple[str, int, int]]:
    return [(h.title, h.first, h.spans[-1][1]) for h in headings]


def test_topics_under_one_heading_are_one_section() -> None:
    text = " What log-loss rewards\n- [0-4] the truth\n- [10-15] nats\n## Open\n- [22] the rest"
    headings = outlined(text, THREE)
    assert titles_and_lines(headings) == [("What log-loss rewards", 0, 20), ("Open", 20, 30)]


def test_a_topic_left_out_keeps_its_own_heading() -> None:
    assert titles_and_lines(outlined(" Middle\n- [12] it", THREE)) == [
        ("One", 0, 10),
        ("Middle", 10, 20),
        ("Three", 20, 30),
    ]


@pytest.mark.parametrize("text", ["", "none", " Heading without a line", "\n- [9001] an example", "[3] ## ##"])
def test_an_outline_that_says_nothing_leaves_the_topics(text: str) -> None:
    assert titles_and_lines(outlined(text, THREE)) == [("One", 0, 10), ("Two", 10, 20), ("Three", 20, 30)]


def test_notes_too_long_for_the_simulator_keep_their_topics() -> None:
    headings = outlined(" All of it\n- [0-29] everything", THREE, context=100)
    assert [h.title for h in headings] == ["One", "Two", "Three"]


OUTLINES = st.lists(
    st.sampled_from(["\n## ", " A", " B", "\n- [0-12] x", "\n- [25] y", "\n- [3, 40-45]", "\n### ", "\n", "[9001]"])
    | st.text(max_size=20),
    max_size=12,
).map("".join)


@settings(max_examples=150)
@given(OUTLINES, st.lists(st.integers(1, 12), max_size=4))
def test_every_claim_is_under_one_heading(text: str, sizes: list[int]) -> None:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    topics = [
        topic(f"T{n}", end - size, min(end, 46))
        for n, (end, size) in enumerate(zip(ends, sizes, strict=True))
        if end <= 46
    ]
    headings = outlined(text, notes_of(*topics))
    told = [c.cites for h in headings for c in h.claims]
    assert sorted(told) == [c.cites for t in topics for c in t.claims]
    assert all(h.claims and h.title.strip() for h in headings)
    assert sorted(span for h in headings for span in h.spans) == [(t.first, t.last) for t in topics]


@settings(max_examples=150)
@given(OUTLINES, st.sampled_from(["##", "The plan:\n\n~~~\n##", "", "Plan:"]))
def test_no_outline_upsets_the_reader(text: str, cue: str) -> None:
    for title, spans in read_outline(cue, text, last=46):
        assert title == title.strip() != ""
        assert spans
        assert all(0 <= first < last <= 46 for first, last in spans)


# ── Propositions ─────────────────────────────────────────────────────────────────────────────

LINES = [(s.speaker, s.text) for s in SEMINAR.segments]
STATING = prompt(LINES, cue="Statement:", voice="prover", yields="proposition")


def test_a_proposition_has_four_parts() -> None:
    found = read_proposition(
        STATING,
        completion(
            " Ada: the bound becomes empty as p goes to zero [20]\nAssumptions:\n- a fixed length [18]\n"
            "Sketch:\n1. (said) the KL divergence is at most epsilon divided by p [19]\n"
            "2. (implied) it grows without bound [19-20]\n   as p goes to zero\n"
            "Gaps:\n- nobody bounded epsilon [18]"
        ),
    )
    assert found is not None
    assert found.statement.kind == "conjecture"
    assert (found.statement.speaker, found.statement.cites) == ("Ada", (20,))
    assert [c.text for c in found.assumptions] == ["a fixed length"]
    assert [(s.tag, s.claim.cites) for s in found.steps] == [("said", (19,)), ("implied", (19, 20))]
    assert found.steps[1].claim.text == "it grows without bound as p goes to zero"
    assert [c.cites for c in found.gaps] == [(18,)]


@pytest.mark.parametrize("heading", ["**Sketch**:", "**Sketch:**", "sketch:", "SKETCH:"])
def test_headings_plain_and_bold(heading: str) -> None:
    found = read_proposition(STATING, completion(f" it holds [3]\n{heading}\n- (said) it does [3]"))
    assert found is not None
    assert len(found.steps) == 1


@pytest.mark.parametrize(
    ("step", "tag"),
    [
        ("(said) log-loss is a proper rule [7]", "said"),
        ("said: log-loss is a proper rule [7]", "said"),
        ("Said, log-loss is a proper rule [7]", "said"),
        ("(said) log-loss is a proper rule", "added"),
        ("(said) log-loss is a proper rule [9001]", "added"),
        ("(implied) log-loss is a proper rule [7]", "implied"),
        ("(implied) log-loss is a proper rule", "added"),
        ("(added) log-loss is a proper rule [7]", "added"),
        ("log-loss is a proper rule [7]", "added"),
        ("(certain) log-loss is a proper rule [7]", "added"),
    ],
)
def test_a_step_is_said_only_where_a_line_says_it(step: str, tag: str) -> None:
    found = read_proposition(STATING, completion(f" it holds [7]\nSketch:\n- {step}"))
    assert found is not None
    assert [s.tag for s in found.steps] == [tag]
    assert "log-loss is a proper rule" in found.steps[0].claim.text


def test_a_step_that_its_lines_do_not_bear_out_is_not_said() -> None:
    found = read_proposition(STATING, completion(" it holds [7]\nSketch:\n- (said) bread needs 9 ovens [7]"))
    assert found is not None
    assert found.steps[0].claim.support is not None
    assert found.steps[0].claim.support.verdict == "unsupported"
    assert found.steps[0].tag == "added"


@pytest.mark.parametrize("text", ["", " none", " none.\n", "\nSketch:\n- (said) x [1]", " [3]", " ..."])
def test_without_a_statement_there_is_no_proposition(text: str) -> None:
    assert read_proposition(STATING, completion(text)) is None


# ── Simulators that fail, or write nonsense ──────────────────────────────────────────────────


def failing(*frames: str) -> Scripted:
    """Refuse the frames named; write nothing under the others."""

    def write(shown: Prompt, k: int) -> str:
        return refuse(shown, k) if shown.frame in frames else " none"

    return Scripted(write)


def test_a_section_that_fails_keeps_its_claims() -> None:
    post = draft.write(SEMINAR, NOTES, failing("section"), FRAMES)
    told = [c for s in post.sections for p in s.paragraphs for c in p] + [s.opening for s in post.sections]
    assert all(c in told for t in NOTES.topics for c in t.claims)


def test_propositions_that_fail_leave_the_sections() -> None:
    post = draft.write(SEMINAR, NOTES, failing("proposition", "section"), FRAMES)
    assert post.propositions == ()
    assert len(post.sections) == len(NOTES.topics)


def test_an_outline_that_fails_leaves_the_topics() -> None:
    post = draft.write(SEMINAR, NOTES, failing("outline", "section"), FRAMES)
    assert [s.heading for s in post.sections] == [t.title for t in NOTES.topics]


def test_a_section_left_empty_keeps_its_claims() -> None:
    notes = notes_of(topic("One", 8, 12), topic("Two", 23, 27))
    post = draft.write(SEMINAR, notes, failing(), FRAMES)
    assert [s.heading for s in post.sections] == ["One", "Two"]


SCRAPS = (
    " ", "\n", "Statement:", "Sketch:", "Gaps:", "Assumptions:", "\n- ", "\n## ", "(said) ", "(implied)", "[0]",
    "[3-9]", "[9001]", "Ada: ", "none", "log-loss is proper. ", "<script>", "](javascript:x)", "**", "`", "|",
    "\u2028", "1. ",
)  # fmt: skip
GARBAGE = st.lists(st.text(max_size=40) | st.lists(st.sampled_from(SCRAPS), max_size=15).map("".join), min_size=1)


@settings(max_examples=60)
@given(GARBAGE)
def test_garbage_makes_a_poor_post_and_no_trouble(texts: list[str]) -> None:
    simulator = Scripted(lambda shown, k: texts[(len(shown.cue) + k) % len(texts)])
    post = draft.write(SEMINAR, NOTES, simulator, FRAMES)
    for claim in claims_of(post):
        assert set(claim.cites) <= set(range(46))
    for step in (s for p in post.propositions for s in p.steps):
        assert step.tag == "added" or step.claim.cites
    html = to_html(page(post, SEMINAR, LINKS))
    assert "<script" not in html
    assert 'href="javascript' not in html


@settings(max_examples=60)
@given(GARBAGE.map("".join), st.sampled_from(["Statement:", "", "From here\n\nStatement:"]))
def test_no_proposition_upsets_the_reader(text: str, cue: str) -> None:
    found = read_proposition(prompt(LINES, cue=cue, yields="proposition"), completion(text))
    if found is not None:
        assert re.search(r"\w", found.statement.text)
        assert all(s.tag == "added" or s.claim.cites for s in found.steps)


# ── The page ─────────────────────────────────────────────────────────────────────────────────


def test_every_mark_of_the_post_has_its_footnote() -> None:
    text = page(draft.write(SEMINAR, NOTES, Extract(), FRAMES), SEMINAR, LINKS)
    defined = re.findall(r"^\[\^([\w-]+)\]: ", text, re.M)
    marks = re.findall(r"\[\^([\w-]+)\](?!: )", text)
    assert len(defined) == len(set(defined))
    assert set(defined) == set(marks)


def test_the_page_says_how_far_to_believe_it() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    quoted = page(post, SEMINAR, LINKS)
    assert "no language model took part" in quoted
    assert "a draft, 100 % generated from an extractive summary of simulators-1.vtt" in quoted
    assert "0 % written by a person; 2 of 2 propositions unreviewed" in quoted
    told = page(post, SEMINAR, LINKS, known=Known(written_by_people=0.386, reviewed=1, choices=3, among=9))
    assert "61 % generated" in told
    assert "39 % written by a person, 3 texts chosen among 9; 1 of 2 propositions unreviewed" in told
    assert "1 % written by a person" in page(post, SEMINAR, LINKS, known=Known(written_by_people=0.0001))
    written = page(post.model_copy(update={"recipe": Recipe(scribe="0", engine="hf:model")}), SEMINAR, LINKS)
    assert "continued by a language model" in written
    assert "no language model took part" not in written


def test_every_step_of_a_sketch_shows_its_tag() -> None:
    found = read_proposition(
        STATING,
        completion(" it holds [7]\nSketch:\n- (said) log-loss is a proper rule [7]\n- trust me"),
    )
    assert found is not None
    empty = draft.write(SEMINAR, notes_of(), Extract(), FRAMES)
    text = page(empty.model_copy(update={"propositions": (found,)}), SEMINAR, LINKS)
    assert "1. *(said)* log-loss is a proper rule[^7]" in text
    assert "2. *(added)* trust me *(unsupported: cites no line)*" in text
    assert "**Status.** sketch; reviewed by nobody yet." in text


def test_an_untimed_post_names_lines_and_no_times() -> None:
    talk = transcript([(s.speaker, s.text) for s in SEMINAR.segments], name="simulators-1")
    text = page(draft.write(talk, NOTES, Extract(), FRAMES), talk, Links(transcript="talk.vtt"))
    assert "leads to the transcript" in text
    assert "#t=" not in text
    assert "[line 33](talk.vtt)" in text


# ── What it tells of itself ──────────────────────────────────────────────────────────────────


def test_the_status_tells_of_the_review_queue_only_where_somebody_checked_something() -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    nobody = status(post, SEMINAR, Known())
    assert status(post, SEMINAR, Known(to_check=12)) == nobody
    told = status(post, SEMINAR, Known(checked=3, to_check=12, checkers=("Ada", "J_*")))
    assert told == nobody.replace(
        "unreviewed. ", r"unreviewed; 3 of 12 places in the review queue checked, by Ada and J\_\*. "
    )
    assert "1 of 1 place in" in status(post, SEMINAR, Known(checked=1, to_check=1, checkers=("Ada",)))


@given(
    st.builds(
        Known,
        written_by_people=st.floats(0, 1),
        choices=st.integers(0, 3),
        among=st.integers(0, 9),
        propositions=st.none() | st.integers(0, 3),
        reviewed=st.integers(0, 4),
        checked=st.integers(0, 3),
        to_check=st.integers(0, 30),
        checkers=st.lists(st.sampled_from(["Ada", "Dr. Hall", "J_*", "Ó"]), max_size=3),
    )
)
def test_a_status_is_known_whatever_it_counts_and_not_once_a_person_wrote_in_it(known: Known) -> None:
    post = draft.write(SEMINAR, NOTES, Extract(), FRAMES)
    told = status(post, SEMINAR, known)
    assert is_status(told, post, SEMINAR)
    for edited in (told[:-1], told.replace("a draft", "my draft"), told.replace("% written", "% typed"), f"{told} Ha."):
        assert not is_status(edited, post, SEMINAR)
    other = post.model_copy(update={"recipe": post.recipe.model_copy(update={"engine": "other/1"})})
    assert not is_status(told, other, SEMINAR)
