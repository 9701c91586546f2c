"""All sessions of a workspace are searched as they are now, and only what has changed is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import transcript

from scribe import draft
from scribe.pipeline.searching import Found, index_path, search
from scribe.records import Draft, Recipe
from scribe.search import Passage
from scribe.shelf import Workspace

LINES = ["Ada: The bound holds.", "Ben: It does, for every prefix.", "Ada: We meet on Friday."]

NOTES = """\
---
title: bound
---
<!-- scribe: aaaaaa -->
# Monday: notes

<!-- scribe: bbbbbb -->
They found that the **bound** *holds*.[^0_1] <!-- the bound is mine -->

<!-- scribe: cccccc -->
- **Ben:** It does, for
  every `prefix`.[^1]
- **Ada:** They meet on
  $x < 3$ Fridays.[^2] *(a [link](http://x.org))*

Mine, of the bound.

```
bound = 1
```

<!-- a note to self on the bound -->

[^0_1]: **Ada**, line 0: “The bound holds.”
[^1]: **Ben**, line 1: “It does, for every prefix.”
[^2]: **Ada**, line 2: “We meet on Friday.”
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two sessions, one of which has notes."""
    made = Workspace(tmp_path)
    made.save_transcript(transcript(LINES, seconds=10.0, name="monday"))
    made.save_transcript(transcript(["Ada: The bound is lost."], name="tuesday"))
    put(made.notes_path("monday"), NOTES)
    return made


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def places(found: Found) -> set[tuple[str, str, str]]:
    return {(h.passage.session, h.passage.kind, h.passage.place) for h in found.hits}


def passages(found: Found) -> dict[str, Passage]:
    return {hit.passage.text: hit.passage for hit in found.hits}


def test_lines_and_pages_of_all_sessions_are_searched(workspace: Workspace) -> None:
    found = search(workspace, "bound")
    assert places(found) == {
        ("monday", "transcript", "0"),
        ("tuesday", "transcript", "0"),
        ("monday", "notes", "bbbbbb"),
        ("monday", "notes", ""),
    }
    assert (found.sessions, found.remarks) == (2, ())
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)
    assert places(search(workspace, "bound", session="tuesday")) == {("tuesday", "transcript", "0")}
    assert search(workspace, "bound", session="sunday") == Found(hits=(), sessions=0)


def test_a_page_is_found_as_it_reads_and_leads_to_the_lines_it_cites(workspace: Workspace) -> None:
    said = passages(search(workspace, "holds"))["They found that the bound holds."]
    assert (said.place, said.line, said.start, said.speaker) == ("bbbbbb", 0, 0.0, None)
    items = passages(search(workspace, "friday")) | passages(search(workspace, "every prefix"))
    assert {text: (p.place, p.line, p.start) for text, p in items.items() if p.kind == "notes"} == {
        "Ben: It does, for every prefix.": ("cccccc", 1, 10.0),
        "Ada: They meet on x < 3 Fridays. (a link)": ("cccccc", 2, 20.0),
    }
    own = passages(search(workspace, "mine"))
    assert [(text, p.line) for text, p in own.items()] == [("Mine, of the bound.", None)]


@pytest.mark.parametrize("hidden", ["self", "title", '"line 2"', "scribe", "org", "strong"])
def test_comments_footnotes_and_marks_are_not_searched(workspace: Workspace, hidden: str) -> None:
    assert search(workspace, hidden).hits == ()


def test_what_has_changed_is_read_anew_and_what_is_gone_is_gone(workspace: Workspace) -> None:
    search(workspace, "bound")
    put(workspace.notes_path("monday"), NOTES.replace("Mine, of the", "Yours, of the zebra and the"))
    assert places(search(workspace, "zebra")) == {("monday", "notes", "")}
    workspace.save_transcript(transcript([*LINES, "Ben: A zebra."], seconds=10.0, name="monday"))
    assert ("monday", "transcript", "3") in places(search(workspace, "zebra"))
    workspace.transcript_path("tuesday").unlink()
    workspace.notes_path("monday").unlink()
    found = search(workspace, "bound")
    assert (places(found), found.sessions) == ({("monday", "transcript", "0")}, 1)


def test_a_page_follows_the_times_of_its_transcript(workspace: Workspace) -> None:
    search(workspace, "bound")
    workspace.save_transcript(transcript(LINES, seconds=60.0, name="monday"))
    assert [h.passage.start for h in search(workspace, "fridays $x").hits] == [120.0]


def test_what_has_not_changed_is_not_read(workspace: Workspace) -> None:
    search(workspace, "bound")
    path = workspace.notes_path("monday")
    status, size = path.stat(), len(path.read_bytes())
    path.write_bytes(b"zebra ".ljust(size, b"x"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert search(workspace, "zebra").hits == ()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert len(search(workspace, "zebra").hits) == 1


def test_a_transcript_that_cannot_be_read_is_named_and_the_rest_is_searched(workspace: Workspace) -> None:
    search(workspace, "bound")
    workspace.transcript_path("tuesday").write_text("{")
    put(workspace.post_path("tuesday"), "The bound of a post.[^0]\n")
    for _ in range(2):
        found = search(workspace, "bound")
        assert len(found.remarks) == 1
        assert "tuesday.json" in found.remarks[0]
        assert ("tuesday", "transcript", "0") not in places(found)
        assert {("monday", "transcript", "0"), ("tuesday", "post", "")} <= places(found)
        assert [h.passage.line for h in found.hits if h.passage.kind == "post"] == [None]


def sequence(workspace: Workspace) -> None:
    """A post of both sessions, as a draft joins them."""
    both = [workspace.load_transcript(name) for name in ("monday", "tuesday")]
    joined, sessions = draft.join("week", both)
    made = Draft(transcript_id="week", title="Week", sessions=sessions, recipe=Recipe(scribe="0", engine="test"))
    workspace.save_record(workspace.draft_json_path("week"), made)
    put(workspace.post_path("week"), "Zebras meet.[^s1-2]\n\nZebras get lost.[^s2-0]\n\nZebras stray.[^s3-0]\n")
    assert len(joined.segments) == 4


def test_a_post_of_several_sessions_leads_to_the_lines_of_each(workspace: Workspace) -> None:
    sequence(workspace)
    found = search(workspace, "zebra")
    assert {h.passage.text: (h.passage.session, h.passage.line, h.passage.start) for h in found.hits} == {
        "Zebras meet.": ("week", 2, 20.0),
        "Zebras get lost.": ("week", 0, None),
        "Zebras stray.": ("week", None, None),
    }
    assert found.sessions == 3
    workspace.save_transcript(transcript(LINES[:1], name="monday"))
    assert {h.passage.line for h in search(workspace, "zebra").hits} == {None}, "lines are not what they were"


def test_a_folder_without_sessions_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path / "drafts" / "index.md", "The bound.")
    put(tmp_path / "drafts" / ".hidden" / "notes.md", "The bound.")
    put(tmp_path / "transcripts" / ".hidden.json", "{}")
    assert search(Workspace(tmp_path), "bound") == Found(hits=(), sessions=0)
    assert not (tmp_path / ".scribe").exists()


def test_a_damaged_index_is_made_again(workspace: Workspace) -> None:
    before = search(workspace, "bound")
    index_path(workspace).write_bytes(b"not a database" * 999)
    assert search(workspace, "bound") == before


def test_damage_that_shows_late_costs_nothing_either(workspace: Workspace) -> None:
    workspace.save_transcript(transcript([f"The bound number {n}. {'So. ' * 40}" for n in range(300)], name="long"))
    before = search(workspace, "bound")
    path = index_path(workspace)
    whole = path.read_bytes()
    path.write_bytes(whole[: 4096 * 8] + b"\xa5" * (len(whole) - 4096 * 8))
    assert search(workspace, "bound") == before


def test_a_page_of_nothing_but_openings_is_read_in_time(workspace: Workspace) -> None:
    put(workspace.post_path("monday"), "Zebra. --> " + "<!-- [^" * 20_000)
    assert len(search(workspace, "zebra").hits) == 1


def test_what_leads_out_of_the_workspace_is_not_searched(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for path in (workspace.transcript_path("tuesday"), workspace.notes_path("monday")):
        path.rename(outside / path.name)
        path.symlink_to(outside / path.name)
    found = search(workspace, "bound")
    assert places(found) == {("monday", "transcript", "0")}
    assert len(found.remarks) == 2
    assert all("leads out of the workspace" in remark for remark in found.remarks)
