"""What a person types lands on disk as they typed it, whatever else happens to the file meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from test_revise import PAGES

from scribe.pipeline.handwriting import Pen, save, version_of
from scribe.pipeline.undoing import Undoing
from scribe.records import ScribeError
from scribe.revise import split
from scribe.shelf import Update, Workspace

PAGE = """\
<!-- scribe: aaaaaa -->
# Log-loss

<!-- scribe: bbbbbb -->
The expected loss is smallest at the truth.[^8]

<!-- scribe: cccccc -->
- one
- two

[^8]: line 8
[^9]: line 9
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.write_owned(made.post_path("talk"), lambda _: Update(PAGE, PAGE))
    return made


def post(workspace: Workspace) -> str:
    return workspace.post_path("talk").read_text()


# ── Typing ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_typed_takes_the_place_of_its_block_under_its_id(workspace: Workspace) -> None:
    pen = Pen.on(PAGE, 1)
    made = save(workspace, workspace.post_path("talk"), pen, "The loss is small.\n", keeps=True)
    assert (
        post(workspace)
        == made.text
        == PAGE.replace("The expected loss is smallest at the truth.[^8]", "The loss is small.")
    )
    assert (made.at, made.span, made.is_merged) == (1, 1, False)


def test_the_text_last_generated_stays_what_it_was(workspace: Workspace) -> None:
    save(workspace, workspace.post_path("talk"), Pen.on(PAGE, 1), "Mine.", keeps=True)
    assert workspace.look(workspace.post_path("talk")).base == PAGE


def test_saving_the_same_again_writes_nothing(workspace: Workspace) -> None:
    pen = Pen.on(PAGE, 2)
    assert not save(workspace, workspace.post_path("talk"), pen, "- one\n- two", keeps=True).is_changed
    assert post(workspace) == PAGE


def test_a_block_may_become_several_and_none_and_come_back(workspace: Workspace) -> None:
    pen, path = Pen.on(PAGE, 1), workspace.post_path("talk")
    several = save(workspace, path, pen, "One.\n\nTwo.", keeps=True)
    assert (several.at, several.span) == (1, 2)
    assert save(workspace, path, pen, "  ", keeps=True).span == 0
    assert [b.id for b in split(post(workspace)).blocks if b.id] == ["aaaaaa", "cccccc"]
    save(workspace, path, pen, "The expected loss is smallest at the truth.[^8]", keeps=True)
    assert post(workspace) == PAGE


def test_a_fence_that_is_not_closed_yet_does_not_swallow_the_rest(workspace: Workspace) -> None:
    pen, path = Pen.on(PAGE, 1), workspace.post_path("talk")
    for typed in ("`", "```", "```\nx = 1", "```\nx = 1\n```"):
        save(workspace, path, pen, typed, keeps=False)
    assert post(workspace) == PAGE.replace("The expected loss is smallest at the truth.[^8]", "```\nx = 1\n```")


def test_a_new_block_stands_before_another_or_before_the_footnotes(workspace: Workspace) -> None:
    path = workspace.post_path("talk")
    save(workspace, path, Pen.between(PAGE, 1), "First.", keeps=True)
    save(workspace, path, Pen.between(post(workspace), -1), "Last.", keeps=True)
    contents = [block.content for block in split(post(workspace)).blocks]
    assert (contents[1], contents[4]) == ("First.", "Last.")
    assert len(contents) == 7


def test_what_an_editor_on_disk_changed_meanwhile_is_kept(workspace: Workspace) -> None:
    pen, path = Pen.on(PAGE, 1), workspace.post_path("talk")
    path.write_text(PAGE.replace("- two", "- two\n- three"))
    made = save(workspace, path, pen, "Mine.", keeps=True)
    assert made.is_merged
    assert "Mine." in post(workspace)
    assert "- three" in post(workspace)
    path.write_text(post(workspace).replace("- one", "- 1"))
    save(workspace, path, pen, "Mine, longer.", keeps=True)
    assert post(workspace) == PAGE.replace("- one\n- two", "- 1\n- two\n- three").replace(
        "The expected loss is smallest at the truth.[^8]", "Mine, longer."
    )


def test_windows_line_ends_stay(workspace: Workspace) -> None:
    path = workspace.post_path("talk")
    path.write_bytes(PAGE.replace("\n", "\r\n").encode())
    save(workspace, path, Pen.on(path.read_bytes().decode(), 2), "- one\n- 2", keeps=True)
    assert path.read_bytes() == PAGE.replace("- two", "- 2").replace("\n", "\r\n").encode()


def test_a_file_that_is_read_only_stays_and_the_pen_goes_on(workspace: Workspace) -> None:
    pen, path = Pen.on(PAGE, 1), workspace.post_path("talk")
    path.chmod(0o444)
    with pytest.raises(ScribeError, match="read-only"):
        save(workspace, path, pen, "Mine.", keeps=True)
    path.chmod(0o644)
    save(workspace, path, pen, "Mine.", keeps=True)
    assert "Mine." in post(workspace)


@given(PAGES)
def test_any_page_that_is_typed_over_keeps_its_other_blocks(text: str) -> None:
    blocks = split(text).blocks
    for at in range(len(blocks)):
        page = Pen.on(text, at).write("typed here")
        left = [b.content for b in split(page).blocks]
        assert all(b.content.strip("\r\n") in page for n, b in enumerate(blocks) if n != at)
        assert any("typed here" in content for content in left)


def test_a_block_that_there_is_not_is_refused() -> None:
    with pytest.raises(ScribeError, match="expected a block from 0 to 4, found 7"):
        Pen.on(PAGE, 7)


# ── Taking back ──────────────────────────────────────────────────────────────────────────────


def typed(workspace: Workspace, text: str, burst: str, pen: Pen | None = None) -> None:
    path = workspace.post_path("talk")
    pen = pen or Pen.on(path.read_text(), 1)
    with Undoing(workspace, "talk").typing(f"typed {text}", path, pen, burst):
        save(workspace, path, pen, text, keeps=False)


def test_steps_are_taken_back_and_again_also_by_another_process(workspace: Workspace) -> None:
    typed(workspace, "One.", "a")
    typed(workspace, "Two.", "b")
    assert Undoing(workspace, "talk").undo().told == "typed Two."
    assert "One." in post(workspace)
    Undoing(workspace, "talk").undo()
    assert post(workspace) == PAGE
    assert Undoing(workspace, "talk").undo() is None
    Undoing(workspace, "talk").redo()
    Undoing(workspace, "talk").redo()
    assert "Two." in post(workspace)
    assert Undoing(workspace, "talk").redo() is None


def test_saves_of_one_opening_are_one_step(workspace: Workspace) -> None:
    for text in ("T", "Th", "The", "The loss"):
        typed(workspace, text, "a")
    assert len(list((workspace.root / ".scribe" / "steps" / "talk").glob("*.json"))) == 1
    assert len(list((workspace.root / ".scribe" / "steps" / "talk" / "texts").iterdir())) == 2
    Undoing(workspace, "talk").undo()
    assert post(workspace) == PAGE


def test_what_others_saved_between_two_saves_is_not_taken_back(workspace: Workspace) -> None:
    pen, path = Pen.on(PAGE, 1), workspace.post_path("talk")
    typed(workspace, "Mine.", "a", pen)
    path.write_text(post(workspace).replace("- two", "- two\n- from elsewhere"))
    typed(workspace, "Mine, longer.", "a", pen)
    Undoing(workspace, "talk").undo()
    assert post(workspace) == PAGE.replace("- two", "- two\n- from elsewhere")
    Undoing(workspace, "talk").redo()
    assert "Mine, longer." in post(workspace)
    assert "- from elsewhere" in post(workspace)


def test_undo_takes_back_its_step_alone(workspace: Workspace) -> None:
    typed(workspace, "Mine.", "a")
    path = workspace.post_path("talk")
    path.write_text(post(workspace).replace("- two", "- two\n- from elsewhere"))
    Undoing(workspace, "talk").undo()
    assert post(workspace) == PAGE.replace("- two", "- two\n- from elsewhere")


def test_a_step_that_was_cut_off_before_its_end_can_be_taken_back(workspace: Workspace) -> None:
    path = workspace.post_path("talk")
    workspace.steps("talk").begin("typed", {"drafts/talk/post.md": PAGE.encode()})
    path.write_text(PAGE.replace("- two", "- 2"))
    Undoing(workspace, "talk").undo()
    assert post(workspace) == PAGE
    Undoing(workspace, "talk").redo()
    assert post(workspace) == PAGE.replace("- two", "- 2")
    Undoing(workspace, "talk").undo()
    assert Undoing(workspace, "talk").undo() is None


def test_files_of_the_machine_go_back_with_the_page(workspace: Workspace) -> None:
    choices = workspace.base_path(workspace.post_path("talk")).with_name("choices.json")
    undoing = Undoing(workspace, "talk")
    with undoing.step("picked"):
        choices.write_text("{}")
        workspace.write_owned(workspace.post_path("talk"), lambda _: Update("picked\n", "picked\n"))
    undoing.undo()
    assert post(workspace) == PAGE
    assert workspace.look(workspace.post_path("talk")).base == PAGE
    assert not choices.exists()
    undoing.redo()
    assert (post(workspace), choices.read_text()) == ("picked\n", "{}")


def test_a_step_that_changed_nothing_is_none(workspace: Workspace) -> None:
    with Undoing(workspace, "talk").step("nothing"):
        pass
    assert Undoing(workspace, "talk").waiting() == (None, None)


def test_damaged_steps_are_passed_over(workspace: Workspace) -> None:
    typed(workspace, "One.", "a")
    typed(workspace, "Two.", "b")
    folder = workspace.root / ".scribe" / "steps" / "talk"
    (folder / "00000002.json").write_text("{")
    for text in (folder / "texts").iterdir():
        text.write_bytes(b"x")
    assert Undoing(workspace, "talk").undo().pages == ()
    assert "Two." in post(workspace)


def test_a_version_is_named_by_its_text() -> None:
    assert version_of(PAGE) == version_of(str(PAGE)) != version_of(PAGE + " ")
