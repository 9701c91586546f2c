"""Notes account for every line, keep to their length, and survive whatever a simulator does."""

from __future__ import annotations

import pytest
from conftest import Scripted, curated, phrases, refuse, sample, talks, transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.chunks import split
from scribe.evidence import cite
from scribe.footnotes import Links
from scribe.frames import Frame
from scribe.markdown import to_html
from scribe.notes import answer, count_words, summarise, title_of
from scribe.notes.length import within_words
from scribe.notes.page import all_claims, coverage_line, page, percent
from scribe.records import Chunk, Claim, Coverage, Notes, Passage, Prompt, ScribeError, Topic, Transcript
from scribe.simulators import Simulator
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample()
LINKS = Links(recording="talk.m4a", transcript="talk.vtt")


def in_chunks(talk: Transcript, size: int = 10) -> list[Chunk]:
    """Chunks of `size` lines each."""
    total = len(talk.segments)
    starts = range(0, total, size)
    return [Chunk(transcript_id=talk.id, index=n, first=i, last=min(i + size, total)) for n, i in enumerate(starts)]


def noted(simulator: Simulator, talk: Transcript = SEMINAR, **options: object) -> Notes:
    return summarise(talk, in_chunks(talk), simulator, FRAMES, **options)  # type: ignore[arg-type]


def echo(prompt: Prompt, k: int) -> str:
    """Say the first lines shown again, in the grammar asked for."""
    if prompt.yields == "title":
        return f" Lines from {prompt.sources[0].index}, variant {k}"
    said = [f"{s.speaker}: {s.text} {cite([s.index])}" for s in prompt.sources[:3]]
    return " " + ("\n- Point: ".join(said) if prompt.yields == "bullets" else " ".join(said))


def from_line(first: int) -> object:
    """Refuse every prompt about the chunk that begins at a line; echo the others."""

    def write(prompt: Prompt, k: int) -> str:
        if prompt.frame != "overview" and prompt.sources and prompt.sources[0].index == first:
            raise ScribeError("scripted: the server is down")
        return echo(prompt, k)

    return write


# ── The ledger ───────────────────────────────────────────────────────────────────────────────


def test_a_chunk_that_fails_is_in_the_ledger_and_the_others_go_on() -> None:
    told: list[tuple[int, int]] = []
    notes = noted(Scripted(from_line(10)), on_progress=lambda done, of: told.append((done, of)))  # type: ignore[arg-type]
    assert [(p.first, p.last, p.outcome) for p in notes.coverage.passages] == [
        (0, 10, "summarised"),
        (10, 20, "failed"),
        (20, 30, "summarised"),
        (30, 40, "summarised"),
        (40, 46, "summarised"),
    ]
    assert notes.coverage.passages[1].reason == "scripted: the server is down"
    assert notes.coverage.fraction == pytest.approx(36 / 46)
    assert [t.first for t in notes.topics] == [0, 20, 30, 40]
    assert notes.overview
    assert told == [(n, 5) for n in range(1, 6)]


def test_a_failed_chunk_is_told_to_the_reader() -> None:
    notes = noted(Scripted(from_line(10)))  # type: ignore[arg-type]
    line = coverage_line(notes, SEMINAR)
    assert "36 of 46 lines were read (78.3 %)" in line
    assert "Not read: lines 10–19" in line
    assert "the server is down" in line
    assert line in page(notes, SEMINAR, LINKS)


def test_where_all_fails_the_notes_say_so() -> None:
    notes = noted(Scripted(refuse))
    assert (notes.topics, notes.overview, notes.coverage.fraction) == ((), (), 0.0)
    assert "0 of 46 lines were read (0.0 %)" in page(notes, SEMINAR, LINKS)


def test_where_the_overview_fails_every_topics_first_claim_stands_for_it() -> None:
    def write(prompt: Prompt, k: int) -> str:
        return refuse(prompt, k) if prompt.frame == "overview" else echo(prompt, k)

    notes = noted(Scripted(write))
    assert list(notes.overview) == [t.claims[0] for t in notes.topics]
    assert len(notes.topics) == 5


@settings(max_examples=40)
@given(talks(), st.integers(1, 12), st.integers(0, 3))
def test_the_ledger_holds_every_line_once(talk: Transcript, size: int, modulus: int) -> None:
    def write(prompt: Prompt, k: int) -> str:
        if modulus and prompt.sources and prompt.sources[0].index % (modulus + 1) == 0:
            raise ScribeError("scripted: no")
        return echo(prompt, k)

    notes = summarise(talk, in_chunks(talk, size), Scripted(write), FRAMES)
    lines = [i for p in notes.coverage.passages for i in range(p.first, p.last)]
    assert lines == list(range(len(talk.segments)))
    assert notes.coverage.segments == len(lines)
    assert [(t.first, t.last) for t in notes.topics] == [
        (p.first, p.last) for p in notes.coverage.passages if p.outcome == "summarised"
    ]


@pytest.mark.parametrize(
    ("read", "of", "written"),
    [(0, 10, "0.0 %"), (9_999, 10_000, "99.9 %"), (99_999, 100_000, "99.9 %"), (10, 10, "100 %"), (0, 0, "100 %")],
)
def test_a_hundred_per_cent_means_all(read: int, of: int, written: str) -> None:
    passages = [Passage(first=0, last=read, outcome="summarised"), Passage(first=read, last=of, outcome="failed")]
    assert percent(Coverage(passages=tuple(passages))) == written


# ── What is read ─────────────────────────────────────────────────────────────────────────────


def test_an_unknown_voice_names_the_known() -> None:
    with pytest.raises(ScribeError, match=r"unknown voice 'prophet'; known: .*sceptic"):
        noted(Extract(), voices=["sceptic", "prophet"])


def test_only_the_voices_asked_for_are_read() -> None:
    simulator = Scripted(echo)
    notes = noted(simulator, voices=["sceptic"])
    assert {p.voice for p in simulator.asked if p.yields == "bullets"} == {"sceptic"}
    assert {v for t in notes.topics for c in t.claims for v in c.voices} == {"sceptic"}


def test_without_a_frame_for_notes_it_says_what_is_missing() -> None:
    frames = {name: f for name, f in FRAMES.items() if f.stage != "notes"}
    with pytest.raises(ScribeError, match="stage notes"):
        summarise(SEMINAR, in_chunks(SEMINAR), Extract(), frames)


def test_what_several_voices_say_is_written_once() -> None:
    notes = noted(Scripted(echo))
    for topic in notes.topics:
        assert len({c.text for c in topic.claims}) == len(topic.claims)
        assert any(len(c.voices) > 1 for c in topic.claims)


def test_no_line_gives_empty_notes() -> None:
    notes = summarise(transcript([]), [], Extract(), FRAMES)
    assert (notes.topics, notes.overview, notes.coverage.fraction) == ((), (), 1.0)
    assert page(notes, transcript([]), LINKS).startswith("# Talk: notes\n")


def test_the_sample_in_full(seminar: Transcript) -> None:
    """What the seminar defined, conjectured, doubted, asked, decided and promised is in its notes."""
    notes = summarise(seminar, split(seminar, Extract().count, budget_tokens=8000), Extract(), FRAMES)
    found = {(c.kind, line) for t in notes.topics for c in t.claims for line in c.cites}
    expected = {("definition", 3), ("definition", 4), ("objection", 14), ("question", 21), ("decision", 27)}
    assert expected | {("action", 29), ("conjecture", 33), ("question", 38)} <= found
    assert {c.support.verdict for c in all_claims(notes) if c.support} == {"supported"}
    assert notes.coverage.fraction == 1.0
    assert 1 <= len(notes.overview) <= 8


# ── Titles ───────────────────────────────────────────────────────────────────────────────────


def titled(*offered: str) -> list[str]:
    def write(prompt: Prompt, k: int) -> str:
        return offered[k % len(offered)] if prompt.yields == "title" else echo(prompt, k)

    return [t.title for t in noted(Scripted(write)).topics]


def test_a_title_is_not_given_twice_where_another_is_offered() -> None:
    titles = titled(" Log-loss", " Tandem", " Rare prefixes", " Temperature")
    assert len(set(titles[:4])) == 4
    assert titled(" Log-loss").count("Log-loss") == 1


@pytest.mark.parametrize("offered", ["", " none", "\n\n", " ## ", " ...", " None."])
def test_a_title_that_says_nothing_is_replaced(offered: str) -> None:
    assert set(titled(offered)) == {"Untitled stretch"}


def test_a_title_is_one_plain_line() -> None:
    assert titled(' **"Log-loss  and\tyou."**\nand more')[0] == "Log-loss and you"
    assert len(titled(" word" * 100)[0]) <= 120


@pytest.mark.parametrize(
    ("stem", "title"), [("simulators-seminar_03", "Simulators seminar 03"), ("a", "A"), ("é-x", "É x"), ("GPT", "GPT")]
)
def test_a_file_name_makes_a_title(stem: str, title: str) -> None:
    assert title_of(transcript([], name=stem)) == title
    assert title_of(transcript([], name=stem).model_copy(update={"title": "As a person says"})) == "As a person says"


# ── Length ───────────────────────────────────────────────────────────────────────────────────


def length(notes: Notes) -> int:
    return count_words([*notes.overview, *(c for t in notes.topics for c in t.claims)])


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=500), st.sampled_from([Extract(), Scripted(echo)]))
def test_notes_keep_to_any_length(words: int, simulator: Simulator) -> None:
    notes = noted(simulator, words=words)
    assert length(notes) <= words
    assert notes.recipe.settings["words"] == words
    assert notes.coverage.fraction == 1.0


@settings(max_examples=40)
@given(st.integers(min_value=1, max_value=300), st.sampled_from([Extract(), Scripted(echo)]))
def test_answers_keep_to_any_length(words: int, simulator: Simulator) -> None:
    notes = answer(SEMINAR, "What about the temperature?", simulator, FRAMES, words=words)
    assert length(notes) <= words


def test_room_is_used() -> None:
    assert length(noted(Extract(), words=150)) >= 100
    assert length(noted(Extract(), words=60)) >= 35


CLAIMS = st.lists(
    st.builds(
        lambda text, speaker, reply: Claim(
            kind="point", text=text, speaker=speaker, replies=(Claim(kind="answer", text=reply),) if reply else ()
        ),
        phrases(8),
        st.sampled_from([None, "Ada", "Speaker 1"]),
        st.none() | phrases(4),
    ),
    max_size=5,
)


@given(CLAIMS, st.lists(CLAIMS, max_size=4), st.integers(0, 120))
def test_shortening_keeps_order_and_leaves_no_empty_topic(
    overview: list[Claim], claims: list[list[Claim]], words: int
) -> None:
    topics = [Topic(title=str(i), first=i, last=i + 1, claims=tuple(c)) for i, c in enumerate(claims)]
    kept, shortened = within_words(overview, topics, words)
    assert count_words([*kept, *(c for t in shortened for c in t.claims)]) <= words
    for few, many in ((kept, overview), *((t.claims, topics[t.first].claims) for t in shortened)):
        left = iter(many)
        assert all(claim in left for claim in few)
    assert all(t.claims for t in shortened)
    assert [t.first for t in shortened] == sorted(t.first for t in shortened)
    everything = count_words([*overview, *(c for t in topics for c in t.claims)])
    if words >= everything:
        assert kept == overview
        assert shortened == [t for t in topics if t.claims]


def test_every_topic_speaks_before_one_speaks_twice() -> None:
    topics = [
        Topic(title=t, first=i, last=i + 1, claims=tuple(Claim(kind="point", text=f"{t} {n} c d") for n in range(3)))
        for i, t in enumerate("ab")
    ]
    _, shortened = within_words([], topics, 12)
    assert [[c.text for c in t.claims] for t in shortened] == [["a 0 c d", "a 1 c d"], ["b 0 c d"]]


# ── Questions ────────────────────────────────────────────────────────────────────────────────


def test_a_question_is_answered_from_its_lines() -> None:
    notes = answer(SEMINAR, "What does temperature do to a simulator?", Extract(), FRAMES)
    assert notes.about == "What does temperature do to a simulator?"
    assert {24, 25, 26} & {i for c in notes.overview for i in c.cites}
    assert not notes.topics
    text = page(notes, SEMINAR, LINKS)
    assert "## What does temperature do to a simulator?" in text
    assert text.count("[^26]") == 2


def test_lines_left_aside_are_in_the_ledger() -> None:
    long = transcript([("Ada", "bread and butter " * 20)] * 200 + [("Wen", "the temperature of the sampler")] * 5)
    coverage = answer(long, "What about temperature?", Extract(), FRAMES).coverage
    assert [i for p in coverage.passages for i in range(p.first, p.last)] == list(range(205))
    assert {p.outcome for p in coverage.passages} == {"summarised", "skipped"}
    assert all(p.reason for p in coverage.passages if p.outcome == "skipped")
    assert coverage.passages[-1].outcome == "summarised"


def test_a_question_that_names_nothing_is_answered_from_everything() -> None:
    simulator = Scripted(echo)
    notes = answer(SEMINAR, "Summarise the whole meeting.", simulator, FRAMES)
    assert simulator.asked[0].sources == SEMINAR.segments
    assert notes.coverage.fraction == 1.0


def test_a_question_about_what_nobody_spoke_of() -> None:
    simulator = Scripted(echo)
    notes = answer(SEMINAR, "What about volcanoes?", simulator, FRAMES)
    assert not simulator.asked
    assert not notes.overview
    assert "No line of the record speaks of this." in page(notes, SEMINAR, LINKS)


def test_a_question_the_simulator_fails_on_is_an_error() -> None:
    with pytest.raises(ScribeError, match="server is down"):
        answer(SEMINAR, "What about temperature?", Scripted(refuse), FRAMES)


# ── Garbage ──────────────────────────────────────────────────────────────────────────────────

SCRAPS = (
    "- ", "\n- ", "\n  - ", "\n", "## ", "Point:", "Answer:", "**", "[0]", "[2-3]", "[9001]", "[", "none", "Ada: ",
    "log-loss", "<script>", "](javascript:", ". ", "\u2028", "\x0c", "`", "|", "…", "is not",
)  # fmt: skip
GARBAGE = st.lists(st.text(max_size=40) | st.lists(st.sampled_from(SCRAPS), max_size=12).map("".join), min_size=1)


@settings(max_examples=60)
@given(GARBAGE, st.sampled_from([1_600, 16_384]), st.none() | st.integers(1, 60))
def test_garbage_makes_poor_notes_and_no_trouble(texts: list[str], context: int, words: int | None) -> None:
    simulator = Scripted(lambda prompt, k: texts[(len(prompt.cue) + k) % len(texts)], context=context)
    notes = noted(simulator, words=words)
    assert notes.coverage.segments == 46
    assert all("twice" in (p.reason or "") for p in notes.coverage.passages if p.outcome == "failed")
    for claim in all_claims(notes):
        assert set(claim.cites) <= set(range(46))
        assert claim.support is not None
        assert claim.cites or claim.support.verdict == "unsupported"
    html = to_html(page(notes, SEMINAR, LINKS))
    assert "<script" not in html
    assert 'href="javascript' not in html


def test_unsupported_claims_are_marked_on_the_page() -> None:
    def write(prompt: Prompt, k: int) -> str:
        return " Bread needs 9 ovens [0]" if prompt.yields == "bullets" else " none"

    text = page(noted(Scripted(write)), SEMINAR, LINKS)
    assert "*(unsupported: the number 9 is not in the lines; the lines hold 0% of its words)*" in text
    assert "statements: 0 supported, 0 weak, " in text


def test_notes_name_how_they_were_made(frame_set: dict[str, Frame]) -> None:
    notes = noted(Scripted(echo), voices=["sceptic"])
    assert notes.recipe.engine == "scripted/1"
    assert notes.recipe.settings == {"voices": "sceptic", "merge": "hierarchical"}
    assert notes.recipe.frames["key-points"] == frame_set["key-points"].digest
    assert "outline" not in notes.recipe.frames
