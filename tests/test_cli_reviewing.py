"""`scribe review` as a person and as a program use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import scribe, transcript

from scribe.records import Claim, Coverage, Notes, Recipe, Support, Topic
from scribe.shelf import Workspace

LINES = ["Ada: The bound holds.", "Ben: It does.", "Ada: We meet on Friday.", "Ben: Yes yes yes.", "Ada: Bye."]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with one session whose fourth line is doubtful; it has no notes yet."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("SCRIBE_"):
            monkeypatch.delenv(name)
    made = transcript(LINES, seconds=10.0, name="monday")
    lines = [s.model_copy(update={"doubt": "a loop"} if s.index == 3 else {}) for s in made.segments]
    found = Workspace(tmp_path)
    found.save_transcript(made.model_copy(update={"segments": tuple(lines)}))
    found.save_transcript(transcript(LINES, name="plain"))
    return found


def write_notes(workspace: Workspace, *, cites: tuple[int, ...] = (2,), digest: str | None = None) -> Path:
    """Notes whose decision is not borne out."""
    support = Support(verdict="unsupported", score=0.1, reasons=("the name Monday is not in the lines",))
    claim = Claim(kind="decision", text="The group meets on Monday.", cites=cites, support=support)
    notes = Notes(
        transcript_id="monday",
        title="Monday",
        topics=(Topic(title="The bound", first=0, last=5, claims=(claim,)),),
        coverage=Coverage(passages=()),
        recipe=Recipe(scribe="0", engine="test", source_digest=digest),
    )
    return workspace.save_record(workspace.notes_json_path("monday"), notes)


def test_what_is_doubtful_is_listed_with_its_reasons_and_what_rests_on_it(workspace: Workspace) -> None:
    write_notes(workspace)
    code, out, told = scribe("review", "monday")
    assert (code, told) == (0, "")
    assert out.splitlines() == [
        "monday: 1 passage, 0:20 in all",
        "  1. 0:20-0:40  lines 2-3  20 s  Ada, Ben",
        "     why: a loop",
        "     why: a decision, “The group meets on Monday.”, is unsupported: the name Monday is not in the lines",
        "     words: “We meet on Friday. Yes yes yes.”",
        "     rests on it: decision, “The group meets on Monday.”",
    ]


def test_without_notes_only_the_recognisers_doubts_are_listed_and_one_line_says_so(workspace: Workspace) -> None:
    code, out, told = scribe("review", "monday")
    assert code == 0
    assert out.splitlines()[1] == "  1. 0:30-0:40  line 3  10 s  Ben"
    (line,) = told.splitlines()
    assert "no notes of it yet" in line


def test_a_transcript_without_any_doubt_says_so(workspace: Workspace) -> None:
    code, out, _ = scribe("review", "plain")
    assert (code, out) == (0, "plain: no line of it is in doubt\n")


def test_one_object_for_each_source(workspace: Workspace) -> None:
    write_notes(workspace)
    code, out, _ = scribe("review", "monday", "plain", "--json")
    assert code == 0
    one, other = map(json.loads, out.splitlines())
    assert (one["source"], one["has_notes"], one["seconds"], one["left_out"]) == ("monday", True, 20.0, 0)
    assert [reason["source"] for reason in one["spots"][0]["reasons"]] == ["recogniser", "verdict"]
    assert (other["spots"], other["has_notes"]) == ([], False)


def test_the_list_says_how_many_it_leaves_out(workspace: Workspace) -> None:
    write_notes(workspace, cites=(0,))
    _, out, _ = scribe("review", "monday", "--most", "1")
    assert out.splitlines()[0] == "monday: 1 passage, 0:10 in all; 1 more left out, see --most"
    assert out.splitlines()[1].startswith("  1. 0:00-0:10  line 0"), "what a decision rests on comes first"


def test_a_statement_that_cites_nothing_stands_apart(workspace: Workspace) -> None:
    write_notes(workspace, cites=())
    assert scribe("review", "monday")[1].splitlines()[-2:] == [
        "Statements that cite no line:",
        "  - a decision, “The group meets on Monday.”, is unsupported: the name Monday is not in the lines "
        "(The bound, lines 0-4)",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Invalid JSON"),
        ("[]", "expected notes as scribe writes them"),
        ('{"transcript_id": 3}', "found at transcript_id"),
    ],
)
def test_broken_notes_are_one_line_and_the_next_source_goes_on(workspace: Workspace, text: str, says: str) -> None:
    write_notes(workspace).write_text(text, encoding="utf-8")
    code, out, told = scribe("review", "monday", "plain")
    assert code == 1
    assert out == "plain: no line of it is in doubt\n"
    line = told.splitlines()[0]
    assert line.startswith("scribe: ")
    assert "notes.json: expected notes as scribe writes them" in line
    assert says in line
    assert line.endswith("make it again with: scribe notes 'monday'")


def test_notes_that_cite_lines_which_are_not_there_are_one_line(workspace: Workspace) -> None:
    write_notes(workspace, cites=(7,))
    code, _, told = scribe("review", "monday")
    assert code == 1
    assert "notes.json: expected notes of the 5 lines of monday, found line 7 in them" in told


def test_notes_of_another_version_of_the_transcript_are_passed_over(workspace: Workspace) -> None:
    write_notes(workspace, digest="0" * 64)
    made = workspace.load_transcript("monday")
    recipe = made.recipe.model_copy(update={"source_digest": "1" * 64})
    workspace.save_transcript(made.model_copy(update={"recipe": recipe}))
    code, out, told = scribe("review", "monday")
    assert code == 0
    assert "another version of the transcript" in told
    assert "line 3" in out.splitlines()[1]


def test_a_source_that_is_not_there_fails_alone(workspace: Workspace) -> None:
    code, _, told = scribe("review", "tuesday")
    assert code == 1
    assert told.startswith("scribe: tuesday: expected a recording")
