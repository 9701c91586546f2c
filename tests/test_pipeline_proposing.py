"""Open proposals have their place on the page, and become the person's text with all that it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from scribe.pipeline.proposing import Open, Proposals, placed_proposals, proposals_place, take
from scribe.records import ScribeError
from scribe.shelf import Update, Workspace

PAGE = """\
<!-- scribe: aaaaaa -->
# One

<!-- scribe: bbbbbb -->
My own text.[^1]

## Two

<!-- scribe: cccccc -->
The last.

[^1]: line 1
"""
CHANGED = Open(
    file="post.md",
    kind="changed",
    id="bbbbbb",
    section="One",
    theirs="My own text.[^1]",
    text="Generated now.[^1][^2]",
    footnotes=("[^1]: line 1", "[^2]: line 2"),
)
NEW = Open(file="post.md", kind="new", id="dddddd", section="Two", text="A new thought.")
GONE = Open(file="post.md", kind="left out", id="cccccc", section="Two", theirs="The last.")


def workspace_with(folder: Path, *proposals: Open, newline: str = "\n") -> tuple[Workspace, Path]:
    workspace = Workspace(folder)
    path = workspace.post_path("talk")
    page = PAGE.replace("\n", newline)
    workspace.write_owned(path, lambda _: Update(page, page))
    workspace.save_record(proposals_place(workspace, path), Proposals(proposals=proposals))
    return workspace, path


def test_each_kind_is_about_its_block(tmp_path: Path) -> None:
    workspace, path = workspace_with(tmp_path, CHANGED, NEW, GONE)
    found = placed_proposals(workspace, path, PAGE)
    assert [(placed.at, placed.one) for placed in found] == [(1, CHANGED), (2, NEW), (3, GONE)]
    assert len({placed.key for placed in found}) == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_taken_over_stands_there_with_its_footnotes(tmp_path: Path, newline: str) -> None:
    workspace, path = workspace_with(tmp_path, CHANGED, NEW, GONE, newline=newline)
    keys = [placed.key for placed in placed_proposals(workspace, path, PAGE)]
    for key in keys:
        take(workspace, path, key)
    wanted = PAGE.replace("My own text.[^1]", "Generated now.[^1][^2]")
    wanted = wanted.replace("<!-- scribe: cccccc -->\nThe last.", "<!-- scribe: dddddd -->\nA new thought.")
    wanted += "[^2]: line 2\n"
    assert path.read_bytes().decode() == wanted.replace("\n", newline)
    assert workspace.look(path).base == PAGE.replace("\n", newline)
    assert placed_proposals(workspace, path, path.read_bytes().decode().replace("\r\n", "\n")) == []
    with pytest.raises(ScribeError, match="proposed no more"):
        take(workspace, path, keys[0])


def test_what_has_lost_its_block_is_left_out(tmp_path: Path) -> None:
    workspace, path = workspace_with(tmp_path, CHANGED, GONE)
    assert placed_proposals(workspace, path, "# Another page\n") == []
    assert placed_proposals(workspace, path, "") == []
