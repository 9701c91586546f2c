"""Whatever a person made of a post, drafting again raises nothing of its own and loses nothing of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import curated, sample
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.chunks import split as cut
from scribe.draft import Wishes
from scribe.notes import summarise
from scribe.pipeline import Pipeline
from scribe.pipeline.drafting import write_post
from scribe.pipeline.proposing import known_proposals
from scribe.pipeline.refining import Desk
from scribe.pipeline.revising import read_state
from scribe.pipeline.standing import Choice, ground_of, read_choices, save_choices
from scribe.records import ScribeError
from scribe.revise import split
from scribe.shelf import Workspace
from scribe.shelf.owned import pending
from scribe.simulators.extract import Extract

FRAMES = curated()
SEMINAR = sample().model_copy(update={"source": "talk.vtt"})
NOTES = summarise(SEMINAR, cut(SEMINAR, Extract().count, budget_tokens=8000), Extract(), FRAMES)


def drafted(folder: Path, **wishes: Any) -> str:
    """Draft the sample's post in a workspace; the page as it is then."""
    workspace = Workspace(folder)
    workspace.save_transcript(SEMINAR)
    ground = ground_of(workspace, SEMINAR.id, [SEMINAR])
    write_post(workspace, ground, NOTES, Extract(), FRAMES, wishes=Wishes(**wishes))
    return workspace.post_path(SEMINAR.id).read_text(encoding="utf-8")


PIECES = (
    "### Proposition 1\n\n", "**Statement.** mine $x$\n\n", "**Sketch.**\n\n1. *(said)* mine[^3]\n\n", "## Mine\n\n",
    "My own words.\n\n", "<!-- scribe: keep -->\n", "<!-- scribe: k7f2q1 -->\n", "[^3]: mine\n", "[^mine]: mine\n\n",
    "```\n## mine\n", "<div>\n", "<!--\n", "---\n", "- mine\n\n", "| mine |\n|---|\n", "\r\n", "\ufeff",
    "**Status.** by Ada.\n\n",
)  # fmt: skip


@settings(max_examples=25)
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=8),
    first=st.integers(0, 40),
    last=st.integers(0, 40),
)
def test_no_page_upsets_the_next_draft(
    pieces: list[str], first: int, last: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("w")
    page = drafted(folder)
    blocks = split(page).blocks
    kept = "".join(b.mark + b.content + b.gap for b in (*blocks[:first], *blocks[first + last :]))
    place = kept.find("\n## ", first * 40)
    mine = kept[: place + 1] + "".join(pieces) + kept[place + 1 :]
    path = Workspace(folder).post_path(SEMINAR.id)
    path.write_text(mine, encoding="utf-8", newline="")
    drafted(folder, samples=2, voices=("sceptic", "formaliser"))
    text = path.read_bytes().decode()
    for block in split(mine.removeprefix("\ufeff")).blocks:
        if block.content.replace("\r\n", "\n") not in page and "Epistemic status" not in block.content:
            assert block.content in text
    Desk(Workspace(folder), SEMINAR.id).blocks()
    again = path.read_bytes()
    drafted(folder, samples=2, voices=("sceptic", "formaliser"))
    assert path.read_bytes() == again


def test_what_is_remembered_may_be_lost_or_damaged(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    page = drafted(tmp_path)
    path = workspace.post_path(SEMINAR.id)
    save_choices(workspace, SEMINAR.id, [Choice(key="a", among=2, slot="x")])
    for file in workspace.base_path(path).parent.glob("*.json"):
        file.write_text("{ not json")
    assert read_choices(workspace, SEMINAR.id) == ()
    assert read_state(workspace, path).lines == ()
    assert known_proposals(workspace, path).proposals == ()
    path.write_text(page.replace("## TL;DR", "## In short"))
    assert "## In short" in drafted(tmp_path)
    workspace.draft_json_path(SEMINAR.id).write_text("{}")
    with pytest.raises(ScribeError, match="not a draft of this scribe; make it again with"):
        Desk(workspace, SEMINAR.id)
    assert "## In short" in drafted(tmp_path)


def test_a_clone_without_its_base_merges_all_the_same(tmp_path: Path) -> None:
    """What was generated last is made again from `draft.json`."""
    page = drafted(tmp_path)
    workspace = Workspace(tmp_path)
    path = workspace.post_path(SEMINAR.id)
    path.write_text(page.replace("a dialogue or a chess game", "a game of chess", 1).replace("## Open questions\n", ""))
    workspace.base_path(path).unlink()
    text = drafted(tmp_path, voices=("sceptic",))
    assert "a game of chess.[^4]" in text
    assert "## Open questions" not in text
    assert "Ada agreed, but there was a bound.[^17]" in text
    assert known_proposals(workspace, path).proposals == ()
    assert "1 % written by a person" in text


def test_a_post_of_ones_own_is_never_taken_over(tmp_path: Path) -> None:
    path = Workspace(tmp_path).post_path(SEMINAR.id)
    path.parent.mkdir(parents=True)
    path.write_text("# My own post\n\nOf which scribe knows nothing.\n")
    assert drafted(tmp_path).startswith("# My own post\n\nOf which scribe knows nothing.\n")


def test_a_transcript_with_fewer_lines_than_its_post_cites_is_told(tmp_path: Path) -> None:
    drafted(tmp_path)
    workspace = Workspace(tmp_path)
    workspace.save_transcript(SEMINAR.model_copy(update={"segments": SEMINAR.segments[:10]}))
    with pytest.raises(ScribeError, match="its transcript has fewer lines than its post cites; run: scribe draft"):
        Desk(workspace, SEMINAR.id)


def corrected(folder: Path, line: int) -> None:
    """One line of the transcript says something else."""
    workspace = Workspace(folder)
    seminar = workspace.load_transcript("simulators-1")
    said = [
        s.model_copy(update={"text": f"{s.text} And the remote control is yellow."}) if s.index == line else s
        for s in seminar.segments
    ]
    workspace.save_transcript(seminar.model_copy(update={"segments": tuple(said)}))


def redraft(folder: Path) -> str:
    """The post, drafted from the transcript that the workspace holds."""
    with Pipeline(Workspace(folder)) as pipeline:
        pipeline.run("simulators-1")
    return Workspace(folder).post_path("simulators-1").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", range(0, 46, 3))
def test_after_a_correction_drafting_again_changes_nothing(tmp_path: Path, line: int) -> None:
    """What was not generated anew for a correction is not generated anew the next time, when nothing is corrected."""
    Workspace(tmp_path).save_transcript(sample())
    redraft(tmp_path)
    corrected(tmp_path, line)
    post = redraft(tmp_path)
    assert redraft(tmp_path) == post


@pytest.mark.parametrize("line", range(1, 46, 9))
@pytest.mark.parametrize("has_page", [False, True])
def test_a_draft_that_was_cut_off_after_a_correction_is_made_up_for(tmp_path: Path, line: int, has_page: bool) -> None:
    """The base and what tells of it wait for the page; a kill before or after it is there leaves both to be settled."""
    folders = [tmp_path / name for name in ("undisturbed", "cut off")]
    for folder in folders:
        folder.mkdir()
        Workspace(folder).save_transcript(sample())
        redraft(folder)
        corrected(folder, line)
    post = redraft(folders[0])
    page = Path("drafts", "simulators-1", "post.md")
    for name in ("post.md", "post.md.json"):
        place = Path(".scribe", "base", "simulators-1", name)
        waiting = pending(folders[1] / place, (folders[0] / page).read_bytes())
        waiting.write_bytes((folders[0] / place).read_bytes())
    if has_page:
        (folders[1] / page).write_bytes((folders[0] / page).read_bytes())
    assert redraft(folders[1]) == post
    assert not list(tmp_path.rglob("*.next-*"))
