"""One worker takes sources through their stages, and knows what is done, what changed and what failed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, curated, scribe
from hypothesis import given
from hypothesis import strategies as st

from scribe.batch import STAGES, Done, Item, Setup, Stage, Standing, Task, Worker
from scribe.batch.standing import NEW, Looker, first_due, path_of, read_standings, save_standing, why
from scribe.shelf import Store

SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"


def setup(root: Path, **changes: object) -> Setup:
    return Setup.model_validate({"workspace": str(root), "recipe": "extract/3", "frames": curated(), **changes})


def talk(root: Path, name: str = "talk", text: str | None = None) -> Item:
    path = root / f"{name}.vtt"
    if text is not None or not path.exists():
        path.write_text(text or SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return Item(id=name, source=str(path), shown=path.name)


def done(given: Setup, item: Item, *, stages: tuple[Stage, ...] = STAGES, retry_failed: bool = False) -> Done:
    worker = Worker(given)
    try:
        return worker.do(Task(item=item, stages=stages, retry_failed=retry_failed))
    finally:
        worker.close()


def test_all_stages_leave_their_files_and_are_not_run_again(tmp_path: Path) -> None:
    item = talk(tmp_path)
    first = done(setup(tmp_path), item)
    assert first.ran == dict.fromkeys(STAGES, NEW)
    assert {stage: f.outcome for stage, f in first.standing.stages.items()} == dict.fromkeys(STAGES, "done")
    for name in ("transcripts/talk.json", "drafts/talk/notes.md", "drafts/talk/notes.json", "drafts/talk/post.md"):
        assert (tmp_path / name).is_file()
    assert first.standing.facts.lines == 46
    assert first.standing.facts.coverage == 1
    assert sum(first.standing.facts.verdicts.values()) == 25
    assert done(setup(tmp_path), item).ran == {}


def test_what_it_makes_is_what_run_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("batch", "run"):
        (tmp_path / name).mkdir()
        talk(tmp_path / name)
    done(setup(tmp_path / "batch"), talk(tmp_path / "batch"))
    monkeypatch.chdir(tmp_path / "run")
    assert scribe("run", "talk.vtt", "--workspace", str(tmp_path / "run"))[0] == 0
    files = [p.relative_to(tmp_path / "run") for p in (tmp_path / "run" / "drafts").rglob("*") if p.is_file()]
    assert len(files) == 4
    for file in files:
        assert (tmp_path / "batch" / file).read_bytes() == (tmp_path / "run" / file).read_bytes()


Change = Callable[[Path], dict[str, object]]


def edit(name: str, old: str, new: str) -> Change:
    def change(root: Path) -> dict[str, object]:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return {}

    return change


def remove(name: str) -> Change:
    def change(root: Path) -> dict[str, object]:
        (root / name).unlink()
        return {}

    return change


def touch(root: Path) -> dict[str, object]:
    os.utime(root / "talk.vtt", (1, 1))
    return {}


def reframed(name: str) -> Change:
    frame = curated()[name].model_copy(update={"digest": "other"})
    return lambda _: {"frames": {**curated(), name: frame}}


CHANGES: list[tuple[str, Change, dict[Stage, str]]] = [
    ("only touched", touch, {}),
    ("a word of the source", edit("talk.vtt", "log-loss", "log-gain"), {
        "transcribe": "the source changed", "notes": "the transcript changed",
        "draft": "the transcript and the notes changed",
    }),
    ("a frame of notes", reframed("key-points"), {
        "notes": "the frame key-points changed", "draft": "the notes changed",
    }),
    ("a frame of posts", reframed("section"), {"draft": "the frame section changed"}),
    ("the frame of questions", reframed("answer"), {}),
    ("the simulator", lambda _: {"recipe": "extract/4"}, {
        "notes": "the simulator changed", "draft": "the simulator changed",
    }),
    ("how long notes are", lambda _: {"words": 60}, {
        "notes": "the number of words changed", "draft": "the notes changed",
    }),
    ("a speaker", edit("transcripts/talk.json", '"Ada"', '"Adele"'), {
        "notes": "the transcript changed", "draft": "the transcript and the notes changed",
    }),
    ("a page removed", remove("drafts/talk/post.md"), {"draft": "post.md is missing"}),
    ("notes removed", remove("drafts/talk/notes.json"), {"notes": "notes.json is missing"}),
    ("a page edited", edit("drafts/talk/post.md", "TL;DR", "In short"), {}),
    ("an outline", lambda root: ((root / "drafts/talk/outline.md").write_text("## One\n\n- [0-20]\n"), {})[1], {
        "draft": "the outline changed",
    }),
    ("the standing damaged", lambda root: ((root / ".scribe/batch/talk.json").write_text("{"), {})[1],
     dict.fromkeys(STAGES, NEW)),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_what_changed_is_made_again_and_why(tmp_path: Path, change: Change, expected: dict[Stage, str]) -> None:
    item = talk(tmp_path)
    done(setup(tmp_path), item)
    changed = setup(tmp_path, **change(tmp_path))
    assert done(changed, item).ran == expected
    assert done(changed, item).ran == {}


def test_a_persons_edits_outlive_a_batch(tmp_path: Path) -> None:
    item = talk(tmp_path)
    done(setup(tmp_path), item)
    post = tmp_path / "drafts" / "talk" / "post.md"
    post.write_text(post.read_text(encoding="utf-8") + "\nA sentence of my own.\n", encoding="utf-8")
    assert "draft" in done(setup(tmp_path, recipe="extract/4"), item).ran
    assert "A sentence of my own." in post.read_text(encoding="utf-8")


def test_a_title_and_a_date_given_beforehand_are_in_what_is_made(tmp_path: Path) -> None:
    item = talk(tmp_path).model_copy(update={"id": "week-7", "title": "On rare prefixes", "date": "2026-11-03"})
    done(setup(tmp_path), item)
    made = json.loads((tmp_path / "transcripts" / "week-7.json").read_text(encoding="utf-8"))
    assert (made["id"], made["title"], made["date"]) == ("week-7", "On rare prefixes", "2026-11-03")
    assert "# On rare prefixes: notes" in (tmp_path / "drafts" / "week-7" / "notes.md").read_text(encoding="utf-8")
    renamed = item.model_copy(update={"title": "Rare prefixes"})
    assert done(setup(tmp_path), renamed).ran["transcribe"] == "the title changed"


# ── Failing ──────────────────────────────────────────────────────────────────────────────────


def test_a_failure_is_kept_and_not_tried_again_until_something_changes(tmp_path: Path) -> None:
    item = talk(tmp_path, text="WEBVTT\n")
    failed = done(setup(tmp_path), item)
    assert list(failed.standing.stages) == ["transcribe"]
    assert failed.standing.stages["transcribe"].outcome == "failed"
    assert "expected speech" in str(failed.standing.stages["transcribe"].reason)
    assert done(setup(tmp_path), item).ran == {}
    assert done(setup(tmp_path), item, retry_failed=True).ran == {"transcribe": "failed before"}
    talk(tmp_path, text=SAMPLE.read_text(encoding="utf-8"))
    mended = done(setup(tmp_path), item)
    assert mended.ran == {"transcribe": "the source changed", "notes": NEW, "draft": NEW}


def test_an_error_that_nobody_expected_is_one_sources_and_keeps_its_cause(tmp_path: Path) -> None:
    item = talk(tmp_path)
    broken = setup(tmp_path).model_copy(update={"words": "many"})
    failed = done(broken, item).standing.stages["notes"]
    assert failed.outcome == "failed"
    assert "an error that scribe did not expect, TypeError" in str(failed.reason)
    assert "batch.json has its cause" in str(failed.reason)
    assert "Traceback" in str(failed.cause)


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        (("notes",), "talk.vtt: expected its transcript, found none; add transcribe to --stages"),
        (("draft",), "talk: expected notes to draft from, found none; make them with: scribe notes"),
    ],
)
def test_a_stage_without_the_one_before_it_says_what_to_add(
    tmp_path: Path, stages: tuple[Stage, ...], reason: str
) -> None:
    item = talk(tmp_path)
    if stages == ("draft",):
        done(setup(tmp_path), item, stages=("transcribe",))
    assert done(setup(tmp_path), item, stages=stages).standing.stages[stages[0]].reason == reason


def test_a_simulator_that_cannot_be_opened_is_no_sources_fault(tmp_path: Path) -> None:
    given = setup(tmp_path, simulator=f"hf:{tmp_path / 'no-such-folder'}")
    found = done(given, talk(tmp_path))
    assert "no-such-folder" in str(found.fatal)
    assert list(found.standing.stages) == ["transcribe"]


# ── Standings ────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_read_to_know_that_nothing_changed(tmp_path: Path) -> None:
    item = talk(tmp_path)
    standing = done(setup(tmp_path), item).standing

    class Unread(Store):
        def digest(self, path: str) -> str:
            raise AssertionError(f"read {path}")

    look = Looker(Unread(str(tmp_path)), standing.inputs)
    assert first_due(item, STAGES, setup(tmp_path), standing, look) is None
    assert why("notes", item, setup(tmp_path, words=5), standing, look) == "the number of words changed"


@given(st.from_regex(r"[a-zA-Z0-9][\w .,()+&'-]{0,30}", fullmatch=True))
def test_standings_read_back(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    store = Store(str(tmp_path_factory.mktemp("store")))
    standing = Standing(id=name, source="/x")
    save_standing(store, standing)
    assert read_standings(store, [name, "other"]) == {name: standing}
    assert store.is_there(path_of(store, name))
