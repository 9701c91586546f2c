"""`scribe same` as a person and as a program use it."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import scribe, transcript
from micro_model import save_micro

from scribe.language import STOP_WORDS
from scribe.records import Coverage, Notes, Recipe, Topic, Transcript
from scribe.shelf import Workspace

TOPICS = {
    "bound": "bound lemma gradient loss entropy prefix proof theorem convex norm sampler epsilon delta inequality",
    "cake": "butter sugar oven flour cream vanilla recipe whisk bowl crust icing yeast dough frosting",
    "boat": "sail harbour anchor rope tide mast deck captain voyage storm hull keel rudder compass",
    "moon": "crater orbit lunar rocket telescope eclipse gravity astronaut dust launch mission capsule module",
}
TALK = sorted(STOP_WORDS)


def lines(topic: str, seed: int, *, many: int = 15) -> list[str]:
    """Lines of 12 words on one topic, half of them the small change of talk."""
    rng = random.Random(f"{topic} {seed}")
    half = (TOPICS[topic].split(), TALK)
    return [" ".join(rng.choice(half[n % 2]) for n in range(12)) + "." for _ in range(many)]


def session(name: str, topics: Sequence[str], seed: int) -> Transcript:
    """A session on several topics, each of 15 lines."""
    return transcript([line for topic in topics for line in lines(topic, seed)], name=name)


def noted(workspace: Workspace, made: Transcript, topics: Sequence[str]) -> None:
    """Notes that tell a session's topics apart."""
    recipe = Recipe(scribe="0", engine="test")
    spans = tuple(Topic(title=f"About {t}", first=15 * n, last=15 * n + 15) for n, t in enumerate(topics))
    notes = Notes(transcript_id=made.id, title=made.id, topics=spans, coverage=Coverage(passages=()), recipe=recipe)
    workspace.save_record(workspace.notes_json_path(made.id), notes)


@pytest.fixture
def seminar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of three sessions; the first two of them speak of the bound."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)
    workspace = Workspace(tmp_path)
    for seed, (name, topics) in enumerate(
        {"monday": ["bound", "cake"], "tuesday": ["boat", "bound"], "friday": ["moon"]}.items()
    ):
        made = session(name, topics, seed)
        workspace.save_transcript(made)
        noted(workspace, made, topics)
    return tmp_path


def test_two_passages_and_the_measures_beside_each_other(seminar: Path) -> None:
    code, out, told = scribe("same", "monday:0-14", "tuesday:15-29")
    assert (code, told) == (0, "")
    first, second, *measures = out.splitlines()
    assert first == "monday:0-14  About bound (180 words)"
    assert second == "tuesday:15-29  About bound (180 words)"
    assert [line.split()[0] for line in measures] == ["cache", "cosine", "bm25"]
    assert all(line.endswith("same question: over 99%") for line in measures)


def test_passages_of_two_questions_are_told_apart(seminar: Path) -> None:
    (same,), (other,) = (
        scribe("same", "monday:0-14", passage, "--json")[1].splitlines() for passage in ("tuesday:15-29", "friday")
    )
    one, two = json.loads(same)["measures"], json.loads(other)["measures"]
    assert list(one) == ["cache", "cosine", "bm25"]
    for measure in one:
        assert two[measure]["probability"] < 0.5 < one[measure]["probability"], measure


def test_the_measure_asked_for_comes_first(seminar: Path) -> None:
    _, out, _ = scribe("same", "monday:0-14", "friday", "--measure", "bm25")
    assert [line.split()[0] for line in out.splitlines()[2:]] == ["bm25", "cache", "cosine"]


@pytest.mark.parametrize("measure", ["cache", "cosine", "bm25"])
def test_the_pair_about_one_question_comes_first_among_all_sessions(seminar: Path, measure: str) -> None:
    code, out, _ = scribe("same", "--measure", measure)
    assert code == 0
    best, one, other = out.splitlines()[:3]
    assert best == "same question: over 99%"
    assert {one, other} == {"  monday:0-14  About bound", "  tuesday:15-29  About bound"}


def test_pairs_are_of_different_sessions_best_first_and_no_more_than_asked(seminar: Path) -> None:
    _, out, _ = scribe("same", "--top", "4", "--json")
    pairs = json.loads(out)["pairs"]
    assert len(pairs) == 4
    assert all(len({passage["id"] for passage in pair["passages"]}) == 2 for pair in pairs)
    probabilities = [pair["measures"]["cache"]["probability"] for pair in pairs]
    assert probabilities == sorted(probabilities, reverse=True)


def test_one_session_is_compared_with_all_others(seminar: Path) -> None:
    pairs = json.loads(scribe("same", "friday", "--json")[1])["pairs"]
    assert len(pairs) == 4
    assert all("friday" in [passage["id"] for passage in pair["passages"]] for pair in pairs)


def test_one_passage_is_compared_with_the_topics_of_other_sessions(seminar: Path) -> None:
    pairs = json.loads(scribe("same", "tuesday:16-28", "--json")[1])["pairs"]
    assert [sorted(p["id"] for p in pair["passages"]) for pair in pairs].count(["monday", "tuesday"]) == 2
    best = {passage["id"]: (passage["first"], passage["last"]) for passage in pairs[0]["passages"]}
    assert best == {"tuesday": (16, 29), "monday": (0, 15)}


def test_sessions_without_notes_are_cut_by_topic_and_named_by_their_first_words(seminar: Path) -> None:
    workspace = Workspace(seminar)
    workspace.notes_json_path("friday").unlink()
    workspace.notes_json_path("tuesday").write_text("{", encoding="utf-8")
    _, out, _ = scribe("same", "friday", "tuesday")
    first = workspace.load_transcript("friday").segments[0].text
    assert out.splitlines()[0] == f"friday:0-14  {' '.join(first.split()[:10])}… (180 words)"
    assert scribe("same")[0] == 0


def test_a_transcript_outside_the_workspace_is_a_source(seminar: Path) -> None:
    text = "".join(f"Ada: {line}\n" for line in lines("bound", 7))
    (seminar / "elsewhere.txt").write_text(text, encoding="utf-8")
    found = json.loads(scribe("same", "elsewhere.txt", "monday:0-14", "--json")[1])
    assert found["passages"][0]["id"] == "elsewhere"
    assert found["measures"]["cache"]["probability"] > 0.5
    assert not (seminar / "transcripts" / "elsewhere.json").exists()


def test_who_speaks_is_no_part_of_a_passage(seminar: Path) -> None:
    """Else two passages would be alike because one person speaks in both."""
    one, other = lines("cake", 1), lines("boat", 2)
    for name, said in (("bare", one), ("named", [f"Ada: {line}" for line in one])):
        Workspace(seminar).save_transcript(transcript(said, name=name))
    Workspace(seminar).save_transcript(transcript([f"Ada: {line}" for line in other], name="other"))
    values = [
        json.loads(scribe("same", name, "other", "--json")[1])["measures"]["cache"]["value"]
        for name in ("bare", "named")
    ]
    assert values[0] == values[1]


def test_a_short_passage_is_compared_with_a_warning(seminar: Path) -> None:
    code, out, told = scribe("same", "monday:3", "friday")
    assert code == 0
    assert out.startswith("monday:3-3")
    assert told == "  monday:3-3 has 12 words; under 100 no measure is to be trusted\n"


def test_a_damaged_transcript_is_passed_over_with_a_line(seminar: Path) -> None:
    (seminar / "transcripts" / "broken.json").write_text("{", encoding="utf-8")
    code, out, told = scribe("same")
    assert code == 0
    assert out
    (line,) = told.splitlines()
    assert line.startswith("  passed over: ")
    assert "broken.json" in line


def test_a_simulator_is_asked_for_the_likelihood_gain(seminar: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    spec = f"hf:{save_micro(tmp_path_factory.mktemp('micro'), max_position_embeddings=1024)}?device=cpu"
    code, out, told = scribe("same", "monday:0-14", "tuesday:15-29", "--simulator", spec, "--json")
    assert code == 0, told
    measures = json.loads(out)["measures"]
    assert list(measures) == ["likelihood", "cache", "cosine", "bm25"]
    assert measures["likelihood"]["probability"] is None
    assert measures["likelihood"]["noise"] > 0
    code, out, told = scribe("same", "--simulator", spec, "--top", "2")
    assert code == 0, told
    assert len(out.splitlines()) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nosuch", "monday"], 1, "nosuch: expected a recording, a transcript, or the id of one in"),
        (["monday:20-40", "friday"], 1, "monday:20-40: expected lines from 0 to 29, the smaller first, found 20-40"),
        (["monday:9-3", "friday"], 1, "monday:9-3: expected lines from 0 to 29, the smaller first, found 9-3"),
        (["monday", "friday", "--measure", "likelihood"], 1, "extract gives no log-probabilities"),
        (["monday", "friday", "--measure", "cosin"], 2, "unknown measure 'cosin'; known: cache, cosine, bm25"),
        (["monday", "friday", "--measure", "cosine", "-s", "hf:x"], 2, "--simulator is for --measure likelihood"),
        (["monday", "friday", "-s", "nothing:x"], 2, "unknown simulator 'nothing:x'"),
    ],
)
def test_a_mistake_is_one_line(seminar: Path, arguments: list[str], code: int, message: str) -> None:
    found, out, told = scribe("same", *arguments)
    assert (found, out) == (code, "")
    assert len(told.splitlines()) == 1
    assert message in told


def test_a_machine_is_told_of_a_mistake_too(seminar: Path) -> None:
    code, out, told = scribe("same", "nosuch", "--json")
    assert code == 1
    assert told == f"scribe: {json.loads(out)['error']}\n"


def test_a_passage_in_which_nothing_is_said_is_refused(seminar: Path) -> None:
    made = session("doubted", ["cake"], 5)
    segments = tuple(s.model_copy(update={"doubt": "unlikely"}) if s.index < 5 else s for s in made.segments)
    Workspace(seminar).save_transcript(made.model_copy(update={"segments": segments}))
    code, _, told = scribe("same", "doubted:0-4", "friday")
    assert code == 1
    assert told == (
        "scribe: doubted:0-4: expected a passage in which something is said, found none; name other lines\n"
    )


def test_one_session_alone_has_nothing_to_be_compared_with(seminar: Path) -> None:
    for name in ("tuesday", "friday"):
        (seminar / "transcripts" / f"{name}.json").unlink()
    for arguments in (["same"], ["same", "monday"]):
        code, _, told = scribe(*arguments)
        assert code == 1
        assert "expected two sessions with topics of 100 words to compare, found 1" in told
