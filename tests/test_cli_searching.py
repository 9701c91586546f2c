"""`scribe search` as a person and as a program use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import alone_in, scribe, transcript
from typer.testing import CliRunner

from scribe.cli import app
from scribe.shelf import Workspace

LINES = ["Ada: The bound holds.", "Ben: It does.", "Ada: The bounds of it are loose, I say."]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A timed session with notes, and one that has neither."""
    alone_in(tmp_path, monkeypatch)
    found = Workspace(tmp_path)
    found.save_transcript(transcript(LINES, seconds=43.0, name="monday"))
    found.save_transcript(transcript(["The bound is lost on everybody else here."], name="tuesday"))
    found.notes_path("monday").parent.mkdir(parents=True)
    found.notes_path("monday").write_text("A loose **bound**, says Ada, they said at length and then some.[^2]\n")
    return found


def test_hits_are_listed_session_by_session(workspace: Workspace) -> None:
    code, out, told = scribe("search", "bound")
    assert (code, told) == (0, "")
    assert out.splitlines() == [
        "monday  0:00  Ada: The bound holds.",
        "monday  1:26  Ada: The bounds of it are loose, I say.",
        "monday  notes 1:26  A loose bound, says Ada, they said at length and then some.",
        "tuesday  line 0  The bound is lost on everybody else here.",
    ]


def test_words_of_all_arguments_are_looked_for(workspace: Workspace) -> None:
    assert scribe("search", "bound", "loose")[1].count("\n") == 2
    assert scribe("search", '"bound holds"')[1] == "monday  0:00  Ada: The bound holds.\n"


def test_what_matches_is_bold_on_a_terminal_only(workspace: Workspace) -> None:
    result = CliRunner().invoke(app, ["search", "holds"], color=True)
    assert result.stdout == "monday  0:00  Ada: The bound \x1b[1mholds\x1b[0m.\n"
    assert "\x1b" not in scribe("search", "holds")[1]


def test_most_says_that_there_are_more(workspace: Workspace) -> None:
    code, out, told = scribe("search", "bound", "--most", "1")
    assert (code, out.count("\n"), told) == (0, 1, "  there are more; see --most\n")
    assert scribe("search", "bound", "--most", "4")[2] == ""


def test_machines_get_an_object_for_each_hit(workspace: Workspace) -> None:
    code, out, _ = scribe("search", "bounds", "loose", "--json")
    assert code == 0
    told = [json.loads(line) for line in out.splitlines()]
    assert [(t["session"], t["kind"], t["line"], t["start"]) for t in told] == [
        ("monday", "transcript", 2, 86.0),
        ("monday", "notes", 2, 86.0),
    ]
    assert told[0]["pieces"][1] == ["bounds", True]
    assert told[0]["score"] >= told[1]["score"]


def test_nothing_found_is_an_error_of_one_line(workspace: Workspace) -> None:
    code, out, told = scribe("search", "no", "such", "thing")
    assert (code, out) == (1, "")
    assert told == f"scribe: nothing found for 'no such thing' in 2 sessions of {workspace.root}\n"


def test_what_cannot_be_read_is_told_and_the_rest_is_found(workspace: Workspace) -> None:
    workspace.transcript_path("tuesday").write_text("{")
    code, out, told = scribe("search", "holds")
    assert (code, out) == (0, "monday  0:00  Ada: The bound holds.\n")
    assert told.startswith("  not searched: ")
    assert told.count("\n") == 1


def test_words_of_a_transcript_do_not_drive_the_terminal(workspace: Workspace) -> None:
    lines = [("\x1b[2J Eve", "A \x1b]0;title\x07 zebra.")]
    workspace.save_transcript(transcript(lines, name="evil"))
    out = CliRunner().invoke(app, ["search", "title"], color=True).stdout
    assert out == "evil  line 0  [2J Eve: A ]0;\x1b[1mtitle\x1b[0m zebra.\n"
