"""What the rules of structure find in talk, and what they leave alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import FIXTURES, Scripted, curated, segments, table, talks, transcript
from hypothesis import given

from scribe.claims import flat
from scribe.evidence import cite
from scribe.footnotes import Links
from scribe.notes import summarise
from scribe.notes.page import page
from scribe.records import (
    Chunk,
    Claim,
    ClaimKind,
    Coverage,
    Notes,
    Passage,
    Prompt,
    Recipe,
    Reference,
    Topic,
    Transcript,
)
from scribe.structure import (
    answers_later,
    asked,
    form_of,
    forms,
    is_objection,
    presenter,
    questions,
    reasons_for,
    references,
    reply_to,
    sentences_of,
    strength,
    structured,
    task_of,
)
from scribe.utterances import Utterance, utterances

PLAIN = 0.7
"""How plainly a sentence must be an action to be offered as one."""

LINES = (FIXTURES / "structure" / "seminar.md").read_text(encoding="utf-8").split("\n\n", 1)[1].splitlines()
SEMINAR = transcript(LINES, seconds=20.0, name="seminar")
SAID = sentences_of(SEMINAR)
FRAMES = curated()


def said(words: str, among: Sequence[Utterance] = SAID) -> Utterance:
    """The one sentence that holds these words."""
    (found,) = [u for u in among if words in u.text]
    return found


def line(words: str) -> int:
    (found,) = [s.index for s in SEMINAR.segments if words in s.text]
    return found


def heard(*lines: str) -> list[Utterance]:
    return utterances(segments(lines))


def claim(kind: ClaimKind, words: str) -> Claim:
    """A claim as a simulator makes it of one sentence of the seminar."""
    u = said(words)
    return Claim(kind=kind, text=u.text, cites=u.cites, speaker=u.speaker, voices=("v",))


def completed(*claims: Claim) -> tuple[Claim, ...]:
    topic = Topic(title="All", first=0, last=len(SEMINAR.segments), claims=claims)
    (made,) = structured([topic], SEMINAR.segments, SAID)
    return made.claims


# ── Talk and discussion ──────────────────────────────────────────────────────────────────────


def test_a_presentation_is_a_talk_and_what_follows_a_discussion() -> None:
    found = forms(SEMINAR.segments)
    talk = [place for place, form in enumerate(found) if form == "talk"]
    assert talk == list(range(line("Thank you. By a simulator"), line("I come to that.") + 1))
    assert set(found) == {"talk", "discussion"}
    assert presenter(SEMINAR.segments[talk[0] : talk[-1] + 1]) == "Ada"


def test_listening_and_one_question_do_not_end_a_talk() -> None:
    found = forms(SEMINAR.segments)
    assert found[line("Mm-hmm.")] == "talk"
    assert found[line("How large is the corpus")] == "talk"


def test_a_stretch_is_of_the_form_that_nearly_all_its_words_have() -> None:
    lines = segments(["Ada: " + "word " * 90, "Jan: " + "word " * 10])
    assert form_of(lines, ["talk", "discussion"]) == "talk"
    assert form_of(lines, ["discussion", "talk"]) == "discussion"
    lines = segments(["Ada: " + "word " * 50, "Jan: " + "word " * 50])
    assert form_of(lines, ["talk", "discussion"]) == "mixed"


def test_where_nobody_is_named_nobody_presents() -> None:
    lines = segments(["word " * 300, "word " * 10])
    assert forms(lines) == [None, None]
    assert form_of(lines, [None, None]) is None
    assert presenter(lines) is None


# ── Questions ────────────────────────────────────────────────────────────────────────────────


def test_an_answer_has_its_yes_and_what_was_said_with_it() -> None:
    (made,) = completed(claim("question", "Does the number of authors depend"))
    (answer,) = made.replies
    assert answer.text == "Yes. Longer continuations show more authors, up to about two hundred tokens."
    assert (answer.speaker, answer.cites) == ("Ada", (line("Yes."), line("Longer continuations")))


@pytest.mark.parametrize(("asking", "answers"), [("Is", ["Yeah."]), ("How", [])])
def test_yes_alone_answers_what_asks_for_yes_or_no(asking: str, answers: list[str]) -> None:
    talk = segments([f"Mira: {asking} the large corpus kept on that server?", "Ada: Yeah.", "Mira: Good to know."])
    among = utterances(talk)
    question = Claim(kind="question", text=among[0].text, cites=(0,))
    (made,) = structured([Topic(title="T", first=0, last=3, claims=(question,))], talk, among)
    assert [r.text for r in made.claims[0].replies] == answers


def test_no_alone_answers_what_asks_for_yes_or_no() -> None:
    lines = heard("Mira: Did you test the model on the German corpus?", "Ada: No, we didn't.", "Jan: Next slide.")
    assert [a.text for a in asked(lines[0], lines).answers] == ["No, we didn't."]
    lines = heard("Mira: Which model did you test on the German corpus?", "Ada: No, we didn't.", "Jan: Next slide.")
    assert asked(lines[0], lines).answers == ()


def test_who_asked_is_heard_out_before_he_is_answered() -> None:
    lines = heard(
        "Mira: What do the groupings of the digits represent?",
        "Mira: You said that there were ten.",
        "Ada: They represent the number of digits in a group.",
    )
    assert [a.speaker for a in asked(lines[0], lines).answers] == ["Ada"]


def test_another_question_of_the_same_speaker_ends_the_wait() -> None:
    lines = heard(
        "Mira: What does the temperature do to the sampler?",
        "Jan: Mm.",
        "Mira: Who has the minutes of the last seminar?",
        "Ada: The minutes of the last seminar are with Tomás.",
    )
    assert asked(lines[0], lines).answers == ()
    (answer,) = asked(said("Who has the minutes", lines), lines).answers
    assert answer.speaker == "Ada"


def test_a_rhetorical_question_has_no_answer_of_somebody_else() -> None:
    found = asked(said("did we not simply ask the model"), SAID)
    assert found.is_rhetorical
    assert found.answers == ()


def test_a_question_said_to_be_open_is_open_and_where() -> None:
    found = asked(said("Can we tell from two texts alone"), SAID)
    assert (found.answers, found.left_open) == ((), (line("We won't settle this"),))


def test_whoever_does_not_know_answers_nothing() -> None:
    lines = heard("Mira: How large is the corpus of the small model?", "Ada: I don't know how large it is.")
    assert asked(lines[0], lines) == (lines[0], (), False, (1,))


def test_a_question_put_off_is_open() -> None:
    found = asked(said("What does Goodhart's law say"), SAID)
    assert (found.answers, found.left_open) == ((), (line("Let us leave the score"),))


def test_a_question_that_nobody_takes_up_has_no_answer() -> None:
    found = asked(said("Which of these counts"), SAID)
    assert (found.answers, found.left_open, found.is_rhetorical) == ((), (), False)


def test_an_answer_that_comes_minutes_later_is_found() -> None:
    question = said("How large is the corpus")
    assert asked(question, SAID).answers == ()
    late = answers_later([question], SAID)
    assert late[question.place].cites == (line("Coming back to Jan's question"),)
    assert late[question.place].speaker == "Ada"
    assert [one.answers for one in questions(SAID) if one.question == question] == [(late[question.place],)]


def test_who_comes_back_to_another_ones_question_does_not_answer_this_one() -> None:
    lines = [text.replace("Jan's question", "Mira's question") for text in LINES]
    among = utterances(segments(lines))
    assert answers_later([said("How large is the corpus", among)], among) == {}


@pytest.mark.parametrize("opening", ["If the corpus is large, the small model", "Maybe the corpus of the small model"])
def test_a_supposition_is_no_late_answer(opening: str) -> None:
    filler = [f"Tomás: We counted {n} other things in the tables of that week." for n in range(3, 14)]
    question = "Jan: How large is the corpus of the small model in words?"
    sure = heard(question, *filler, "Ada: In words, the corpus of the small model is rather large.")
    unsure = heard(question, *filler, f"Ada: {opening} is as large in words as the corpus.")
    assert len(answers_later(sure[:1], sure)) == 1
    assert answers_later(unsure[:1], unsure) == {}


# ── Arguments ────────────────────────────────────────────────────────────────────────────────


def test_an_objection_has_its_reply() -> None:
    objection = said("I have an objection")
    assert is_objection(objection, SAID)
    reply = reply_to(objection, SAID)
    assert reply is not None
    assert (reply.speaker, reply.cites) == ("Tomás", (line("True, but the readers"),))


def test_a_reply_that_speaks_of_something_else_is_none() -> None:
    lines = heard(
        "Jan: I have an objection: a reader cannot tell two authors apart.",
        "Jan: Nobody tested that on the short texts.",
        "Mira: Let us take a break before the next experiment.",
        "Mira: Coffee is in the other room.",
    )
    assert reply_to(lines[0], lines[:1]) is None
    lines = heard(str(lines[0].speaker) + ": " + lines[0].text, "Mira: What do you mean?", "Mira: Coffee.")
    assert reply_to(lines[0], lines) is None


def test_a_reason_is_what_its_speaker_calls_one() -> None:
    lines = [
        "Ada: The bound is empty for such a prefix.",
        "Ada: Because the probability of that prefix is nearly zero.",
    ]
    among = heard(*lines)
    by_index = {s.index: s for s in segments(lines)}
    assert reasons_for(among[0], among, by_index) == [among[1]]
    others = [
        "Ada: The bound is empty for such a prefix.",
        "Jan: Because the probability of that prefix is nearly zero.",
    ]
    among = heard(*others)
    assert reasons_for(among[0], among, {s.index: s for s in segments(others)}) == []


def test_therefore_names_the_sentence_before_as_the_reason() -> None:
    lines = ["Ada: Every deviation raises the expected loss.", "Ada: Therefore training pushes the model to the truth."]
    among = heard(*lines)
    assert reasons_for(among[1], among, {s.index: s for s in segments(lines)}) == [among[0]]


def test_a_sentence_with_its_own_main_clause_is_no_reason_for_the_one_before() -> None:
    lines = ["Ada: The review begins in the spring.", "Ada: Because we meet them every week, we will have time to ask."]
    among = heard(*lines)
    assert reasons_for(among[0], among, {s.index: s for s in segments(lines)}) == []


# ── Tasks ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sentence", "plainly", "owner", "due"), list(table("structure/tasks.md")), ids=lambda cell: str(cell)[:60]
)
def test_tasks(sentence: str, plainly: str, owner: str, due: str) -> None:
    lines = segments([sentence])
    (u,) = utterances(lines)
    assert (strength("action", u) >= PLAIN) == (plainly == "plainly")
    if plainly == "plainly":
        assert task_of(u, lines) == (owner or None, due or None, None)


def test_who_says_yes_to_a_request_owns_it() -> None:
    lines = segments(["Mira: Could you send the slides to everybody?", "Tomás: Sure, before Friday."])
    assert task_of(utterances(lines)[0], lines) == ("Tomás", "before Friday", lines[1])


def test_who_declines_does_not() -> None:
    lines = segments(["Mira: Could you send the slides to everybody?", "Tomás: Sorry, I can't this week."])
    assert task_of(utterances(lines)[0], lines).owner is None


def test_a_first_name_means_the_only_speaker_who_has_it() -> None:
    lines = segments(["Mira: Jan will send the tables by Friday.", "Jan Novak: Fine."])
    assert task_of(utterances(lines)[0], lines).owner == "Jan Novak"
    lines = segments(["Mira: Jan will send the tables by Friday.", "Jan Novak: Fine.", "Jan Kowal: Good."])
    assert task_of(utterances(lines)[0], lines).owner == "Jan"


# ── References ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("sentence", "found", "_why"), list(table("structure/references.md")), ids=lambda c: c[:60])
def test_references(sentence: str, found: str, _why: str) -> None:
    lines = segments([f"Ada: We spoke of that, as it says here. {sentence}"])
    assert "; ".join(f"{r.kind}: {r.text}" for r in references(lines)) == found


def test_a_work_that_is_mentioned_twice_is_one_reference() -> None:
    lines = segments(
        [
            "Ada: It is in the paper by Gneiting and Raftery.",
            "Jan: Where is that?",
            "Ada: Gneiting and Raftery's paper is from that year.",
        ]
    )
    assert references(lines) == [
        Reference(kind="paper", text="the paper by Gneiting and Raftery", cites=(0, 2), mentions=2)
    ]


def test_without_capitals_only_the_forms_are_left() -> None:
    lines = segments(["ada: so um the post by janus says that and hynek said the same about goodhart's law"])
    assert [r.text for r in references(lines)] == ["the post by janus", "goodhart's law"]


def test_the_seminars_references() -> None:
    found = {r.text: r.cites for r in references(SEMINAR.segments, SAID)}
    assert found == {
        "the post by Janus": (line("As in the post by Janus"),),
        "the paper by Gneiting and Raftery": (line("The paper by Gneiting"),),
        "https://example.org/counts": (line("https://example.org"),),
        "Goodhart's law": (line("Goodhart"),),
    }


# ── Notes ────────────────────────────────────────────────────────────────────────────────────


def test_claims_of_any_simulator_are_completed() -> None:
    question, objection, action, promise, conjecture = completed(
        claim("question", "How large is the corpus"),
        claim("objection", "I have an objection"),
        claim("action", "could you write up the lemma"),
        claim("action", "I'll send the tables"),
        claim("conjecture", "share fewer mistakes"),
    )
    assert [(r.kind, r.cites) for r in question.replies] == [("answer", (line("Coming back to"),))]
    assert [(r.kind, r.speaker) for r in objection.replies] == [("answer", "Tomás")]
    assert (action.owner, action.due) == ("Jan", "by Thursday")
    assert [(r.text, r.cites) for r in action.replies] == [("Will do.", (line("Will do."),))]
    assert (promise.owner, promise.due, promise.replies) == ("Tomás", "tomorrow", ())
    assert conjecture == claim("conjecture", "share fewer mistakes")


def test_a_point_that_is_anothers_reason_stands_under_it() -> None:
    lines = ["Ada: Every deviation raises the expected loss.", "Ada: Therefore training pushes the model to the truth."]
    talk = segments(lines)
    among = utterances(talk)
    points = [Claim(kind="point", text=u.text, cites=u.cites, voices=("v", "w")) for u in among]
    (made,) = structured([Topic(title="T", first=0, last=2, claims=tuple(points))], talk, among)
    assert [c.text for c in made.claims] == [among[1].text]
    assert made.claims[0].reasons == (points[0],)


def test_a_claim_that_cites_nothing_or_is_in_other_words_stays_as_it_is() -> None:
    strange = (
        Claim(kind="action", text="Bread will be sent by Friday"),
        Claim(kind="question", text="Who eats all the bread?", cites=(0,)),
    )
    assert completed(*strange) == strange


def test_a_rhetorical_question_is_answered_by_whoever_asked() -> None:
    (made,) = completed(claim("question", "did we not simply ask the model"))
    assert [(r.speaker, r.text[:15]) for r in made.replies] == [("Ada", "It would answer")]


def quote(prompt: Prompt, k: int) -> str:
    """Say the first lines shown again, in the grammar asked for."""
    if prompt.yields == "title":
        return f" Lines from {prompt.sources[0].index}, variant {k}"
    shown = [f"{s.speaker}: {s.text} {cite([s.index])}" for s in prompt.sources[:3]]
    return " " + ("\n- Point: ".join(shown) if prompt.yields == "bullets" else " ".join(shown))


def noted() -> Notes:
    """The seminar's notes in two chunks: the talk, and all after it."""
    middle = line("Thank you, Ada.")
    ends = ((0, middle), (middle, len(SEMINAR.segments)))
    chunks = [Chunk(transcript_id=SEMINAR.id, index=n, first=a, last=b) for n, (a, b) in enumerate(ends)]
    return summarise(SEMINAR, chunks, Scripted(quote), FRAMES)


def with_claims(*claims: Claim, found: Sequence[Reference] = ()) -> Notes:
    topic = Topic(title="Counts", first=0, last=len(SEMINAR.segments), claims=claims, form="mixed")
    ledger = Coverage(passages=(Passage(first=0, last=len(SEMINAR.segments), outcome="summarised"),))
    recipe = Recipe(scribe="0", engine="test")
    return Notes(
        transcript_id="seminar",
        title="Seminar",
        topics=(topic,),
        references=tuple(found),
        coverage=ledger,
        recipe=recipe,
    )


def sections(text: str) -> list[str]:
    return [row.removeprefix("## ") for row in text.splitlines() if row.startswith("## ")]


def shown(notes: Notes, **options: str) -> str:
    return page(notes, SEMINAR, Links(recording="talk.m4a", transcript="talk.json"), **options)


def test_the_page_has_its_parts_in_order_and_none_is_empty() -> None:
    everything = completed(
        claim("point", "In the second experiment"),
        claim("definition", "By a simulator I mean"),
        claim("question", "Can we tell from two texts alone"),
        claim("decision", "We decided to keep temperature one"),
        claim("action", "I'll send the tables"),
    )
    text = shown(with_claims(*everything, found=references(SEMINAR.segments)), worth_hearing="## Worth a listen\n\n- x")
    order = ["1. Counts", "Questions", "Decisions", "Actions", "References mentioned", "Worth a listen"]
    assert sections(text) == order
    assert text.index("Worth a listen") < text.index("\n---\n") < text.index("*Coverage:")
    assert sections(shown(with_claims(everything[0]))) == ["1. Counts"]


def test_the_page_says_who_asked_and_who_answered_when() -> None:
    made = completed(
        claim("question", "How large is the corpus"),
        claim("question", "Can we tell from two texts alone"),
        claim("question", "Which of these counts"),
    )
    rows = shown(with_claims(*made)).splitlines()
    place = rows.index("## Questions")
    asking, answering, opening, left, passed, none = rows[place + 2 : place + 8]
    assert asking.startswith("- **Jan:** How large is the corpus")
    assert answering.startswith("  - *later, at [7:00](talk.m4a#t=420):* **Ada:** Coming back to Jan's question")
    assert opening.startswith("- **Mira:** Can we tell")
    assert left == f"  - *Left open.*[^{line('We won')}]"
    assert passed.startswith("- **Mira:** Which of these counts")
    assert none == "  - *No answer was found.*"


def test_the_page_says_who_is_to_do_what_by_when() -> None:
    made = completed(
        claim("action", "could you write up the lemma"),
        claim("action", "I'll send the tables"),
        claim("action", "Somebody should check the count"),
    )
    rows = shown(with_claims(*made)).splitlines()
    place = rows.index("## Actions")
    asking, yes, promise, nobodys = rows[place + 2 : place + 6]
    assert asking.startswith("- **For Jan**, by Thursday: Jan, could you write up the lemma")
    assert asking.endswith("*(said by Mira)*")
    assert yes == f"  - **Jan:** Will do.[^{line('Will do.')}]"
    assert promise.startswith("- **For Tomás**, tomorrow: I'll send the tables")
    assert nobodys.startswith("- *Nobody named*, before the next seminar: Somebody should check")


def test_the_page_names_the_talk_the_reasons_and_the_references() -> None:
    reason = Claim(kind="point", text="Each token rules some out.", cites=(3,), speaker="Ada")
    point = claim("point", "In the second experiment").model_copy(update={"reasons": (reason,)})
    found = [
        Reference(kind="post", text="the post by Janus", cites=(1, 3), mentions=2),
        Reference(kind="talk", text="Ada's keynote", cites=(1,)),
    ]
    notes = with_claims(point, found=found)
    notes = notes.model_copy(update={"topics": (notes.topics[0].model_copy(update={"form": "talk"}),)})
    text = shown(notes)
    assert "*0:00–9:20 · talk by Ada · Mira, Tomás, Jan*" in text
    assert "  - *because:* **Ada:** Each token rules some out.[^3]\n" in text
    assert "- The post by Janus, 2 times[^1][^3]\n- Ada's keynote (talk)[^1]\n" in text


def test_the_notes_have_forms_and_references_and_every_line_cited_exists() -> None:
    notes = noted()
    assert [t.form for t in notes.topics] == ["talk", "discussion"]
    assert set(range(len(LINES))) >= {i for t in notes.topics for c in flat(t.claims) for i in c.cites}
    assert [r.text for r in notes.references if r.kind == "post"] == ["the post by Janus"]
    assert Notes.model_validate_json(notes.model_dump_json()) == notes


def test_notes_written_before_there_was_structure_still_load() -> None:
    new = noted().model_dump(mode="json")
    old = without(new, {"form", "reasons", "owner", "due", "left_open", "references"})
    loaded = Notes.model_validate(old)
    assert loaded.references == ()
    assert all(c.reasons == () and c.owner is None and c.left_open == () for t in loaded.topics for c in flat(t.claims))


def without(value: object, names: set[str]) -> object:
    if isinstance(value, dict):
        return {name: without(part, names) for name, part in value.items() if name not in names}
    return [without(part, names) for part in value] if isinstance(value, list) else value


@given(talks())
def test_nothing_is_invented_of_any_talk(talk: Transcript) -> None:
    """Every answerer and every line cited is in the transcript; no claim is lost."""
    lines = talk.segments
    among = sentences_of(talk)
    kinds: tuple[ClaimKind, ...] = ("point", "question", "action", "objection", "decision")
    claims = [
        Claim(kind=kinds[u.place % len(kinds)], text=u.text, cites=u.cites, speaker=u.speaker, voices=("v",))
        for u in among
    ]
    topic = Topic(title="T", first=0, last=len(lines), claims=tuple(claims))
    (made,) = structured([topic], talk.segments, among)
    told = list(flat(made.claims))
    assert {(c.kind, c.text) for c in claims} <= {(c.kind, c.text) for c in told}
    for one in told:
        assert {*one.cites, *one.left_open} <= set(range(len(lines)))
        assert all(reply.cites for reply in one.replies)
        assert all(reply.speaker in talk.speakers for reply in one.replies)
    assert all(set(r.cites) <= set(range(len(lines))) for r in references(talk.segments, among))
