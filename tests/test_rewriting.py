"""Reported speech says what was said: numbers, names, negation and modality stay; what cannot be reported is quoted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import bare_phrases, phrases, table
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.language import NEGATIONS, amounts, names, words
from scribe.records import Segment
from scribe.rewriting import Reported, reported
from scribe.rewriting.meaning import lost
from scribe.rewriting.speakers import speaker_of
from scribe.utterances import Utterance, utterances

CASES = list(table("rewriting.md"))
DATA = Path(__file__).parent.parent.parent / "shared" / "data"
SENTENCES = 20_000
"""Of all data, every so manieth, so that the default run takes seconds."""

LICENSED = {"can": "could", "cannot": "could", "will": "would", "may": "might", "shall": "should"}
"""What a modal verb becomes in reported speech; "must" and the others stay."""
MODALS = frozenset("could would might should must ought".split())
SHORT = {"won't": "will", "can't": "can", "shan't": "shall", "cannot": "can"}


def say(*said: str, speaker: str | None = "Ada") -> list[Utterance]:
    return [Utterance(text, (n,), speaker, n, is_whole=True, stems=()) for n, text in enumerate(said)]


def modals(text: str) -> Counter[str]:
    """Modal verbs as reported speech has them; "'d" may be "had" and is left to the guard."""
    found: Counter[str] = Counter()
    for word in words(text):
        verb = SHORT.get(word) or ("will" if word.endswith("'ll") else word.removesuffix("n't"))
        found[LICENSED.get(verb, verb)] += 1
    return Counter({verb: count for verb, count in found.items() if verb in MODALS})


def negatives(text: str) -> int:
    return sum(word in NEGATIONS or word.endswith("n't") for word in words(text))


def changed(utterance: Utterance, told: Reported) -> str | None:
    """Which of the four a rewriting changed, counted without the package's own guard."""
    name = speaker_of(utterance.speaker or "").name
    report = told.text.removeprefix(name) if told.text.startswith(name) else told.text
    if Counter(a.value for a in amounts(utterance.text)) != Counter(a.value for a in amounts(report)):
        return "number"
    if negatives(utterance.text) != negatives(report):
        return "negation"
    before, after = modals(utterance.text), modals(report)
    contracted = sum(word.endswith("'d") for word in words(utterance.text))
    if before - after or (after - before) - Counter({"would": contracted}):
        return "modality"
    here = {word.removesuffix("'s") for word in words(report)}
    kept = {n for n in names(utterance.text) if not n.startswith("i'") and n not in ("i", "ok", "okay")}
    return None if kept <= here else "name"


@pytest.mark.parametrize(("speaker", "said", "told", "why"), CASES, ids=[f"{n} {c[3]}" for n, c in enumerate(CASES)])
def test_what_the_table_says(speaker: str, said: str, told: str, why: str) -> None:
    (found,) = reported(say(said, speaker=speaker))
    assert found.text == told
    assert found.is_rewritten == ('said: "' not in told)


def test_the_table_is_read() -> None:
    assert len(CASES) >= 60
    assert sum('said: "' in case[2] for case in CASES) >= 15


def test_a_speaker_who_goes_on_is_named_every_third_time() -> None:
    said = say("The model is small.", "It works on both.", "There is a bound.", "We have a proof.")
    assert [one.text for one in reported(said)] == [
        "Ada said that the model was small.",
        "It worked on both.",
        "They added that there was a bound.",
        "Ada said that they had a proof.",
    ]


def test_a_name_at_the_beginning_is_known_from_other_sentences() -> None:
    said = say("Tomás has the key.", "Bounds are hard.", "We asked Tomás for bounds there.")
    assert reported(said)[0].text == "Ada said that Tomás had the key."
    assert reported(say("We asked.", *[u.text for u in said[1:]]))[1].text == "Bounds were hard."


def test_without_a_speaker_the_sentence_stays_as_it_is() -> None:
    assert reported(say("I think so too, really.", speaker=None)) == [Reported("I think so too, really.", False)]


@pytest.mark.parametrize(
    ("said", "told", "what"),
    [
        ("We have 7 of them.", "They had 8 of them.", "number"),
        ("We can do it.", "They would do it.", "modality"),
        ("We might do it.", "They did it.", "modality"),
        ("We do not need it.", "They needed it.", "negation"),
        ("We asked Mira there.", "They asked there.", "topic"),
        ("It is a bound.", "It was a proof.", "topic"),
        ("We can see it.", "They could see it.", None),
    ],
)
def test_the_guard_sees_what_changed(said: str, told: str, what: str | None) -> None:
    assert lost(said, told) == what


@pytest.mark.parametrize(
    ("said", "told", "what"),
    [
        ("We have 7 of them.", "Ada said that they had 8 of them.", "number"),
        ("We can do it.", "Ada said that they would do it.", "modality"),
        ("It must work.", "Ada said that it worked.", "modality"),
        ("It never works.", "Ada said that it worked.", "negation"),
        ("We asked Mira.", "Ada said that they asked.", "name"),
        ("We'll ask Mira.", "Ada said that they would ask Mira.", None),
    ],
)
def test_the_check_of_all_data_sees_what_changed(said: str, told: str, what: str | None) -> None:
    assert changed(say(said)[0], Reported(told, True)) == what


ANY = phrases() | bare_phrases() | st.text(max_size=60)


@settings(max_examples=300)
@given(st.lists(ANY, min_size=1, max_size=4), st.sampled_from(["Ada", "Project Manager", "PhD F", "", ")", "me011"]))
def test_any_text_is_reported_or_quoted(texts: list[str], speaker: str) -> None:
    said = utterances([Segment(index=n, speaker=speaker or None, text=text) for n, text in enumerate(texts)])
    told = reported(said)
    assert len(told) == len(said)
    assert told == reported(said)
    assert not [changed(u, r) for u, r in zip(said, told, strict=True) if r.is_rewritten and changed(u, r)]


def spoken() -> Iterator[tuple[Utterance, Reported]]:
    """Sentences of all meetings with their reports, every so manieth meeting-wide run of them."""
    talks: list[list[tuple[str, str]]] = [
        [(turn["speaker"], turn["content"]) for turn in json.loads(line)["meeting_transcripts"]]
        for path in sorted((DATA / "qmsum").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    talks += [
        [(said["speaker"], said["text"]) for said in json.loads(path.read_text(encoding="utf-8"))["segments"]]
        for folder in ("ami", "icsi")
        for path in sorted((DATA / folder).glob("*.json"))
    ]
    left = SENTENCES
    step = max(1, len(talks) * 600 // SENTENCES)
    for talk in talks[::step]:
        said = utterances([Segment(index=n, speaker=who, text=text) for n, (who, text) in enumerate(talk)])[:left]
        yield from zip(said, reported(said), strict=True)
        left -= len(said)


@pytest.mark.skipif(not (DATA / "qmsum").is_dir(), reason="the meetings are not here")
def test_no_rewriting_of_a_real_sentence_changes_its_meaning() -> None:
    rewritten = wrong = 0
    examples = []
    for utterance, told in spoken():
        rewritten += told.is_rewritten
        if told.is_rewritten and (what := changed(utterance, told)):
            wrong += 1
            examples.append((what, utterance.text, told.text))
    assert not examples[:5], wrong
    assert rewritten > 1_000


# ── In the words of who asks ─────────────────────────────────────────────────────────────────


def test_people_are_called_as_the_question_calls_them_where_that_is_clear() -> None:
    said = say("We need a bound.", "I doubt it.", speaker="Professor B") + say("We met twice.", speaker="PhD A")
    told = [one.text for one in reported(said, asked="Why did the professor want the team to meet?")]
    assert told[0] == "The professor said that the team needed a bound."
    assert told[2] == "PhD A said that the team met twice."
    two = say("We need a bound.", speaker="Professor B") + say("We met twice.", speaker="Professor F")
    told = [one.text for one in reported(two, asked="What did the professor say?")]
    assert told == ["Professor B said that the group needed a bound.", "Professor F said that the group met twice."]
    (one,) = reported(say("We need a bound.", speaker="Professor B"), asked="What did the Professor F say?")
    assert one.text.startswith("Professor B ")


def test_who_is_asked_what_they_think_thought_it() -> None:
    said = say("The bound is tight.", speaker="Grad A")
    assert (
        reported(said, asked="What did they think of the bound?")[0].text == "Grad A thought that the bound was tight."
    )
    assert reported(said, asked="What about the bound?")[0].text == "Grad A said that the bound was tight."
