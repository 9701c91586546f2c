"""Files are whole or untouched, and what a person wrote stays."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scribe.records import Coverage, Notes, Recipe, ScribeError, Segment, Transcript
from scribe.revise import merge
from scribe.shelf import (
    Held,
    Update,
    Workspace,
    chosen,
    find_recording,
    find_sidecar,
    is_recording,
    link,
    read_settings,
    write_atomic,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and signals of POSIX")


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def in_subprocess(script: str, *arguments: object) -> None:
    here = Path(__file__).parent
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")


# ── One file, whole ──────────────────────────────────────────────────────────────────────────


@given(old=st.none() | st.binary(), new=st.binary())
def test_a_write_leaves_the_new_bytes_and_nothing_else(old: bytes | None, new: bytes, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    path = folder / "deep" / "notes.md"
    if old is not None:
        write_atomic(path, old)
    write_atomic(path, new)
    assert files(folder) == {"deep/notes.md": new}


@posix_only
def test_mode_is_kept_and_a_new_file_gets_what_the_umask_gives(tmp_path: Path) -> None:
    path = tmp_path / "a"
    (tmp_path / "plain").write_bytes(b"")
    write_atomic(path, b"1")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode
    path.chmod(0o640)
    write_atomic(path, b"2")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix_only
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "notes.md").write_bytes(b"1")
    (tmp_path / "link.md").symlink_to("real/notes.md")
    write_atomic(tmp_path / "link.md", b"2")
    assert (tmp_path / "link.md").is_symlink()
    assert files(tmp_path / "real") == {"notes.md": b"2"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/below/it", r"cannot write .*file.below.it: .*; a folder is needed where a file lies"),
        ("file/it", r"cannot write .*file.it: .*; a folder is needed where a file lies"),
        ("folder", r"cannot write .*folder: .*; a file is needed where a folder lies"),
        ("é" * 200, r"cannot write .*: File name too long.*; give the source a shorter name"),
    ],
)
@posix_only
def test_what_cannot_be_written_is_one_line_and_changes_nothing(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ScribeError, match=message) as error:
        write_atomic(tmp_path / name, b"new")
    assert "\n" not in str(error.value)
    assert files(tmp_path) == {"file": b"mine"}


FULL = """
import resource
from test_shelf import *

folder = Path(sys.argv[1])
path, workspace = folder / "transcripts" / "a.json", Workspace(folder)
notes = workspace.notes_path("talk")
workspace.write_owned(notes, revising("one"))
write_atomic(path, b"old")
before = files(folder)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
for write in (lambda: write_atomic(path, b"x" * 5000), lambda: workspace.write_owned(notes, revising("x" * 5000))):
    try:
        write()
    except ScribeError as error:
        assert "free some space" in str(error), error
    else:
        raise AssertionError("the disk was not full")
    assert files(folder / "drafts") == {k[7:]: v for k, v in before.items() if k.startswith("drafts/")}
    assert path.read_bytes() == b"old"
assert workspace.write_owned(notes, revising("two")).outcome == "written"
"""


@posix_only
def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path: Path) -> None:
    in_subprocess(FULL, tmp_path)


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    texts = {bytes([65 + n]) * 100_000 for n in range(3)}
    write_atomic(path, b"A" * 100_000)
    writers = [threading.Thread(target=lambda t=t: [write_atomic(path, t) for _ in range(20)]) for t in texts]
    for writer in writers:
        writer.start()
    seen = {path.read_bytes() for _ in range(300)}
    for writer in writers:
        writer.join()
    assert seen <= texts
    assert set(files(tmp_path)) == {"a"}


# ── What a person owns ───────────────────────────────────────────────────────────────────────


PAGE = """\
# Talk

The expected loss is smallest at the true distribution.

Two simulacra share fewer mistakes than two samples of one.
"""
EDITED = PAGE.replace("The expected loss", "I say that the expected loss") + "\nMy own words.\n"
NEXT = PAGE.replace("fewer mistakes", "fewer errors")
BOTH = EDITED.replace("fewer mistakes", "fewer errors")


def revising(new: str) -> Callable[[Held], Update]:
    """Merge a new text with what lies there, as the pipeline does."""

    def revise(held: Held) -> Update:
        if held.text is None:
            return Update(new, new)
        return Update(merge(held.base or "", held.text, new).text, new)

    return revise


def outcome(workspace: Workspace, text: str) -> str:
    return workspace.write_owned(workspace.notes_path("talk"), revising(text)).outcome


def drafts(workspace: Workspace) -> dict[str, str]:
    """The drafts of `talk` by name."""
    folder = workspace.draft_folder("talk")
    return {name: data.decode() for name, data in files(folder).items()} if folder.exists() else {}


def former(workspace: Workspace) -> list[str]:
    """Former texts of the notes of `talk`, in no order."""
    return sorted(version.path.read_text() for version in workspace.versions(workspace.notes_path("talk")))


def test_a_person_edits_and_what_is_new_is_merged(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    notes = workspace.notes_path("talk")
    assert outcome(workspace, PAGE) == "written"
    assert outcome(workspace, PAGE) == "unchanged"
    notes.write_text(EDITED)
    assert outcome(workspace, PAGE) == "unchanged"
    assert outcome(workspace, NEXT) == "merged"
    assert notes.read_text() == BOTH
    assert workspace.base_path(notes).read_text() == NEXT
    assert outcome(workspace, NEXT) == "unchanged"
    assert former(workspace) == [EDITED]
    assert set(drafts(workspace)) == {"notes.md"}


def test_an_emptied_file_is_an_edit_and_a_deleted_one_is_made_afresh(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    workspace.notes_path("talk").write_text("")
    assert outcome(workspace, NEXT) == "unchanged"
    assert workspace.notes_path("talk").read_text() == ""
    workspace.notes_path("talk").unlink()
    assert outcome(workspace, NEXT) == "written"
    assert workspace.notes_path("talk").read_text() == NEXT


def test_a_person_who_writes_the_very_same_has_agreed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    workspace.notes_path("talk").write_text(NEXT)
    assert outcome(workspace, NEXT) == "unchanged"
    assert workspace.base_path(workspace.notes_path("talk")).read_text() == NEXT
    assert outcome(workspace, PAGE) == "written"


@pytest.mark.parametrize("edit", [b"\xff\xfe\x00", b"caf\xe9"])
def test_what_is_not_utf_8_stays_and_is_told(tmp_path: Path, edit: bytes) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    workspace.notes_path("talk").write_bytes(edit)
    with pytest.raises(ScribeError, match=r"notes\.md: expected UTF-8, found another byte at \d; it stays as it is"):
        outcome(workspace, NEXT)
    assert workspace.notes_path("talk").read_bytes() == edit


@posix_only
def test_a_read_only_file_stays_and_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    notes = workspace.notes_path("talk")
    notes.chmod(0o444)
    before = files(tmp_path)
    with pytest.raises(ScribeError, match="it is read-only and stays as it is; make it writable"):
        outcome(workspace, NEXT)
    assert files(tmp_path) == before
    assert outcome(workspace, PAGE) == "unchanged"
    notes.chmod(0o644)
    assert outcome(workspace, NEXT) == "written"


def test_half_an_emoji_is_no_reason_to_stop(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert outcome(workspace, "a \ud83d") == "written"
    assert outcome(workspace, "a \ud83d") == "unchanged"


def test_files_beside_are_written_first_and_with_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    notes = workspace.notes_path("talk")
    state = workspace.state_path(notes)
    update = Update(PAGE, PAGE, {state: "{}"}, proposals=2)
    assert workspace.write_owned(notes, lambda _: update).proposals == 2
    assert state.read_text() == "{}"


def test_a_person_who_saves_meanwhile_is_heard(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    notes = workspace.notes_path("talk")
    saves = iter([EDITED])

    def while_they_save(held: Held) -> Update:
        made = revising(NEXT)(held)
        for text in saves:
            notes.write_text(text)
        return made

    assert workspace.write_owned(notes, while_they_save).outcome == "merged"
    assert notes.read_text() == BOTH


# ── Former versions ──────────────────────────────────────────────────────────────────────────


def test_any_version_comes_back_with_what_it_went_with(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    notes = workspace.notes_path("talk")
    outcome(workspace, PAGE)
    notes.write_text(EDITED)
    outcome(workspace, NEXT)
    (version,) = workspace.versions(notes)
    assert version.characters == len(EDITED)
    workspace.restore(notes, version)
    assert notes.read_text() == EDITED
    assert workspace.base_path(notes).read_text() == PAGE
    assert sorted(former(workspace)) == sorted([EDITED, BOTH])
    assert outcome(workspace, NEXT) == "merged"
    assert notes.read_text() == BOTH


def test_a_version_without_a_base_is_all_a_persons(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    notes = workspace.notes_path("talk")
    notes.parent.mkdir(parents=True)
    notes.write_text("My own page.\n")
    outcome(workspace, PAGE)
    assert notes.read_text().startswith("My own page.\n")
    (version,) = workspace.versions(notes)
    workspace.restore(notes, version)
    assert notes.read_text() == "My own page.\n"
    outcome(workspace, NEXT)
    assert "My own page." in notes.read_text()


@pytest.mark.parametrize("wanted", ["1", "name", "beginning", "digest"])
def test_a_version_is_named_in_many_ways(tmp_path: Path, wanted: str) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    outcome(workspace, NEXT)
    (version,) = found = workspace.versions(workspace.notes_path("talk"))
    names = {"1": "1", "name": version.name, "beginning": version.name[:18], "digest": version.name[-8:]}
    assert chosen(found, names[wanted], Path("notes.md")) == version


@pytest.mark.parametrize("wanted", ["0", "2", "2031", "", "x"])
def test_a_version_that_there_is_not_is_told(tmp_path: Path, wanted: str) -> None:
    workspace = Workspace(tmp_path)
    outcome(workspace, PAGE)
    with pytest.raises(ScribeError, match="expected former versions of it, found none"):
        chosen(workspace.versions(workspace.notes_path("talk")), wanted, Path("notes.md"))
    outcome(workspace, NEXT)
    with pytest.raises(ScribeError, match=r"expected a number from 1 to 1 or the name of one version, found none"):
        chosen(workspace.versions(workspace.notes_path("talk")), wanted, Path("notes.md"))


# ── Whatever happens ─────────────────────────────────────────────────────────────────────────

acts = st.one_of(
    st.tuples(st.just("write"), st.sampled_from([PAGE, NEXT, "# Talk\n\nAnother matter altogether.\n"])),
    st.tuples(st.just("type"), st.sampled_from(["Typed by me.", "- And this.", "## Mine"])),
    st.tuples(st.just("delete"), st.none()),
    st.tuples(st.just("restore"), st.integers(0, 3)),
)


@settings(deadline=None)
@given(story=st.lists(acts, max_size=12))
def test_no_story_loses_a_persons_words(story: list[Any], tmp_path_factory: Any) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("shelf"))
    notes = workspace.notes_path("talk")
    notes.parent.mkdir(parents=True)
    seen: set[str] = set()
    for act, what in story:
        before = notes.read_text() if notes.exists() else ""
        if act == "delete":
            notes.unlink(missing_ok=True)
            before = ""
        elif act == "type":
            notes.write_text(f"{before}\n\n{what}\n")
            before = notes.read_text()
        elif act == "restore" and workspace.versions(notes)[what : what + 1]:
            workspace.restore(notes, workspace.versions(notes)[what])
        elif act == "write":
            outcome(workspace, what)
            for typed in ("Typed by me.", "- And this.", "## Mine"):
                assert notes.read_text().count(typed) >= before.count(typed)
        kept = {*former(workspace), notes.read_text() if notes.exists() else ""}
        if act != "delete":
            assert before in kept or not before, "a version was replaced and not kept"
        seen |= kept
    assert not list(workspace.root.rglob("*.tmp"))
    assert not list(workspace.root.rglob("*.next-*"))


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Do `act` in a child that is killed right before its step number `step`; False if it lived through."""
    child = os.fork()
    if child == 0:
        steps = iter(range(step))

        def count(event: str, _: object) -> None:
            if event in ("open", "os.rename", "os.remove", "os.mkdir") and next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        act()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


CRASHES = """
import itertools
import shutil
from test_shelf import *

start, crashed, after = (Path(sys.argv[1]) / name for name in ("start", "crashed", "after"))


def fresh(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return Workspace(target)


first, by_hand = sys.argv[2:]
start.mkdir()
merge("", "a", "b")  # the parser is loaded before steps are counted
if first:
    outcome(Workspace(start), first)
if by_hand:
    Workspace(start).notes_path("talk").write_text(by_hand)
last = "Something else was generated.\\n"

for step in itertools.count():
    workspace = fresh(start, crashed)
    was_killed = killed_at(step, lambda: outcome(workspace, NEXT))
    left = {k: v for k, v in drafts(workspace).items() if k.endswith(".md")}
    assert left.get("notes.md") in ((by_hand or first or None), BOTH if by_hand else NEXT), step
    workspace = fresh(crashed, after)
    outcome(workspace, NEXT)
    assert workspace.notes_path("talk").read_text() == (BOTH if by_hand else NEXT), step
    assert workspace.base_path(workspace.notes_path("talk")).read_text() == NEXT, step
    for new in (PAGE, last):
        workspace = fresh(crashed, after)
        outcome(workspace, new)
        text = workspace.notes_path("talk").read_text()
        if by_hand:
            assert "I say that the expected loss" in text and "My own words." in text, step
            assert (new == last) == ("Something else" in text), step
        else:
            assert text == new, step
    if not was_killed:
        break
assert step > 8, step
"""


@posix_only
@pytest.mark.parametrize(("first", "by_hand"), [("", ""), (PAGE, ""), (PAGE, EDITED)])
def test_a_kill_at_any_step_confuses_nobody(tmp_path: Path, first: str, by_hand: str) -> None:
    in_subprocess(CRASHES, tmp_path, first, by_hand)


@posix_only
def test_many_writers_at_once_wait_for_each_other(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    writers = [threading.Thread(target=lambda w=w: [outcome(workspace, f"{w} {n}") for n in range(15)]) for w in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(drafts(workspace)) == {"notes.md"}
    assert outcome(workspace, "last") == "written"


# ── A workspace ──────────────────────────────────────────────────────────────────────────────


def transcript(text: str = "Good morning.", name: str = "week 1") -> Transcript:
    return Transcript(
        id=name,
        source="talks/week 1.vtt",
        segments=(Segment(index=0, text=text, start=0.1, end=2.0, speaker="Ann"),),
        recipe=Recipe(scribe="1", engine="vtt"),
    )


def test_the_layout_is_that_of_the_design_page(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "not there")
    places = [
        workspace.transcript_path("a"),
        workspace.notes_path("a"),
        workspace.notes_json_path("a"),
        workspace.post_path("a"),
        workspace.draft_json_path("a"),
        workspace.outline_path("a"),
        workspace.proposals_path("a"),
        workspace.state_path(workspace.post_path("a")),
        workspace.base_path(workspace.post_path("a")),
        workspace.index_path,
        workspace.base_path(workspace.index_path),
        workspace.rollouts_path,
    ]
    assert [place.relative_to(workspace.root).as_posix() for place in places] == [
        "transcripts/a.json",
        "drafts/a/notes.md",
        "drafts/a/notes.json",
        "drafts/a/post.md",
        "drafts/a/draft.json",
        "drafts/a/outline.md",
        "drafts/a/proposals.md",
        ".scribe/base/a/post.md.json",
        ".scribe/base/a/post.md",
        "drafts/index.md",
        ".scribe/base/_/index.md",
        ".scribe/rollouts.db",
    ]
    assert not workspace.has_transcript("a")
    assert not workspace.root.exists()


@pytest.mark.parametrize("sign", ["scribe.toml", ".scribe"])
def test_the_nearest_workspace_is_found(tmp_path: Path, sign: str) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    assert Workspace.find(inner).root == inner
    if sign == "scribe.toml":
        (tmp_path / "a" / sign).touch()
    else:
        (tmp_path / "a" / sign).mkdir()
    assert Workspace.find(inner).root == tmp_path / "a"
    assert Workspace.find(inner / "talk.vtt").root == tmp_path / "a"
    assert Workspace.find(tmp_path).root == tmp_path


@given(st.text())
def test_an_id_that_could_leave_the_shelf_is_refused(name: str) -> None:
    workspace = Workspace(Path("/w"))
    try:
        path = workspace.notes_path(name)
    except ScribeError:
        return
    assert os.path.normpath(path) == str(Path("/w/drafts") / name / "notes.md")
    assert len(path.parts) == 5


@pytest.mark.parametrize("name", ["../x", "..", ".", "", "/etc", "a/b", "a\\b", "a\0", ".scribe", "a\n", "c:"])
def test_these_ids_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(ScribeError, match=r"cannot name a transcript; use letters"):
        Workspace(Path()).transcript_path(name)


def test_only_drafts_have_a_base(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for path in ("notes.md", "drafts/notes.md", "drafts/a/b/notes.md", "drafts/a/../../x/notes.md"):
        with pytest.raises(ScribeError, match="expected a file in a folder of"):
            workspace.write_owned(tmp_path / path, revising("x"))
    assert set(files(tmp_path)) <= {".scribe/lock"}


def test_a_transcript_comes_back_and_older_versions_are_kept(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    path = workspace.save_transcript(transcript())
    assert path == workspace.transcript_path("week 1")
    assert workspace.has_transcript("week 1")
    assert workspace.load_transcript("week 1") == transcript()
    first, stamp = path.read_bytes(), path.stat().st_mtime_ns
    workspace.save_transcript(transcript())
    assert path.stat().st_mtime_ns == stamp
    assert set(files(tmp_path)) == {"transcripts/week 1.json"}
    workspace.save_transcript(transcript("Good evening."))
    assert workspace.load_transcript("week 1") == transcript("Good evening.")
    assert list(files(tmp_path / ".scribe" / "history" / "transcripts" / "week 1").values()) == [first]


def test_a_renamed_transcript_has_the_id_that_its_name_says(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.save_transcript(transcript()).rename(workspace.transcript_path("week 2"))
    assert workspace.load_transcript("week 2") == transcript(name="week 2")
    with pytest.raises(ScribeError, match="no transcript 'week 1' at "):
        workspace.load_transcript("week 1")


def test_a_record_is_kept_as_readable_json(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    notes = Notes(
        transcript_id="a",
        title="Über π \ud83d",
        coverage=Coverage(passages=()),
        recipe=Recipe(scribe="1", engine="x"),
    )
    path = workspace.save_record(workspace.notes_json_path("a"), notes)
    assert '\n  "title": "Über π ?",\n' in path.read_text(encoding="utf-8")
    assert Notes.model_validate_json(path.read_bytes()).coverage == notes.coverage
    stamp = path.stat().st_mtime_ns
    workspace.save_record(path, notes)
    assert path.stat().st_mtime_ns == stamp


@posix_only
@pytest.mark.parametrize("name", ["drafts", "drafts/week 1", "drafts/week 1/notes.md", ".scribe", "transcripts"])
def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path, name: str) -> None:
    workspace, outside = Workspace(tmp_path / "inside"), tmp_path / "outside"
    (workspace.root / name).parent.mkdir(parents=True)
    if name.endswith(".md"):
        outside.write_bytes(b"theirs")
    else:
        outside.mkdir()
    (workspace.root / name).symlink_to(outside)

    def write() -> None:
        workspace.write_owned(workspace.notes_path("week 1"), revising("x"))
        workspace.save_transcript(transcript())

    with pytest.raises(ScribeError, match=r"leads out of the workspace, to .*outside") as error:
        write()
    assert "\n" not in str(error.value)
    assert outside.read_bytes() == b"theirs" if outside.is_file() else files(outside) == {}


@posix_only
def test_links_within_a_workspace_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real" / "texts").mkdir(parents=True)
    (tmp_path / "way").symlink_to("real")
    (tmp_path / "real" / "drafts").symlink_to("texts")
    workspace = Workspace(tmp_path / "way")
    assert outcome(workspace, "one") == "written"
    assert outcome(workspace, "two") == "written"
    assert (tmp_path / "real" / "texts" / "talk" / "notes.md").read_text() == "two"


# ── scribe.toml ──────────────────────────────────────────────────────────────────────────────


def test_settings_are_read_as_they_stand(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == {}
    lines = ['\ufeffsimulator = "hf:gpt2"', 'frames = "my frames"', "words = 300", 'voices = ["sceptic", "Zoë"]']
    (tmp_path / "scribe.toml").write_bytes("\r\n".join(lines).encode())
    assert read_settings(tmp_path) == {
        "simulator": "hf:gpt2",
        "frames": "my frames",
        "words": 300,
        "voices": ["sceptic", "Zoë"],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'modle = "x"', r"unknown key 'modle'; known: simulator, frames, words, voices, engine, model, "),
        (b'glossary = "terms.txt"', r"expected a list of terms and files for 'glossary', found 'terms.txt'"),
        (b'speakers = "two"', r"expected a whole number above 0, auto or none for 'speakers', found 'two'"),
        (b"[simulator]\nname = 1", r"expected some text for 'simulator', found {'name': 1}"),
        (b'frames = ""', r"expected some text for 'frames', found ''"),
        (b"words = true", r"expected a whole number above 0 for 'words', found True"),
        (b"words = 0", r"expected a whole number above 0 for 'words', found 0"),
        (b'voices = "sceptic"', r"expected a list of names for 'voices', found 'sceptic'"),
        (b'voices = ["a", 1]', r"expected a list of names for 'voices', found \['a', 1\]"),
        (b"words : 300", r"not TOML: .*line 1"),
        (b'frames = "\xe9"', r"expected UTF-8, found another byte at 10"),
    ],
)
def test_a_wrong_setting_names_file_and_key(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "scribe.toml").write_bytes(text)
    with pytest.raises(ScribeError, match=r"scribe\.toml: " + message) as error:
        read_settings(tmp_path)
    assert "\n" not in str(error.value)


# ── Recordings and what lies beside them ─────────────────────────────────────────────────────

WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
MP3_FRAME = b"\xff\xfb\x90\x64" + bytes(413)
TS_PACKET = b"\x47\x40\x00\x10" + bytes(184)
ADTS_FRAME = b"\xff\xf1\x60\x40\x02\x00\xfc" + bytes(9)


@pytest.mark.parametrize(
    "head",
    [
        WAV,
        WAV.replace(b"RIFF", b"RF64"),
        WAV.replace(b"WAVE", b"AVI "),
        b"FORM\0\0\x10\0AIFFCOMM",
        b"OggS\0\2\0\0",
        b'fLaC\0\0\0"\x10\0',
        b"ID3\4\0\0\0\0\0\x23TSSE",
        b".snd\0\0\0\x18",
        b"caff\0\1\0\0desc",
        b"FLV\1\5\0\0\0\t",
        b"#!AMR\n\x3c\x55\0\x81",
        b"\0\0\1\xba\x44",
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
        b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1B\x82\x84webm",
        b"\x1a\x45\xdf\xa3\xa3B\x86\x81\1B\x82\x88matroska",
        b"\0\0\0\x20ftypM4A \0\0\2\0",
        b"\0\0\0\x20ftypisom\0\0\2\0",
        b"\0\0\0\x20ftyp3gp4\0\0\2\0",
        b"\0\0\0\x08wide\0\0\0\0mdat",
        MP3_FRAME * 2,
        ADTS_FRAME * 2,
        TS_PACKET * 4,
        (bytes(4) + TS_PACKET) * 4,
    ],
)
def test_a_recording_is_told_by_its_first_bytes(tmp_path: Path, head: bytes) -> None:
    for name in ("talk.bin", "talk.txt"):
        (tmp_path / name).write_bytes(head)
        assert is_recording(tmp_path / name)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"ID3 tags, explained",
        b"OggS is a container",
        b"fLaC",
        b"RIFF1234WAVE and more",
        b"GGGG" * 400,
        "Grüße".encode("utf-16"),
        "ÿû says the speaker\n".encode("latin-1") * 300,
        b"\xff\xfe" + "\ufbff talk".encode("utf-16-le"),
        MP3_FRAME,
        b"PK\3\4\x14\0\6\0word/document.xml",
        b"%PDF-1.7\n\xe2\xe3",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\0\0\0\x1cftypheic\0\0\0\0",
        b"\0\0\0\x1cftypavif\0\0\0\0",
        b"SQLite format 3\0",
    ],
)
def test_what_is_no_recording(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "talk.mp3").write_bytes(head)
    assert not is_recording(tmp_path / "talk.mp3")


MAGIC = [
    "",
    "RIFF0000WAVE",
    "OggS",
    "fLaC",
    "ID3",
    ".snd",
    "caff",
    "FLV",
    "#!AMR\n",
    "0000ftyp",
    "ÿû",
    "G" * 188,
]


@settings(deadline=None)
@given(
    start=st.sampled_from(MAGIC),
    text=st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t\r")),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "cp932"]),
)
def test_no_text_is_a_recording(tmp_path_factory: Any, start: str, text: str, encoding: str) -> None:
    path = tmp_path_factory.getbasetemp() / "talk.txt"
    path.write_bytes((start + text).encode(encoding, errors="replace"))
    assert not is_recording(path)


def test_folders_pipes_and_nothing_are_no_recordings(tmp_path: Path) -> None:
    assert not is_recording(tmp_path)
    assert not is_recording(tmp_path / "none.wav")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert not is_recording(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ("talk.vtt talk.srt talk.txt", "talk.vtt"),
        ("talk.txt talk.en.vtt talk.m4a.vtt", "talk.m4a.vtt"),
        ("talk.en.vtt talk.transcript.vtt talk.srt", "talk.en.vtt"),
        ("talk.transcript.VTT talk.Json", "talk.transcript.VTT"),
        ("talk.zh-Hans.srt", "talk.zh-Hans.srt"),
        ("talk.Json talk.tsv talk.docx talk.txt talk.md", "talk.Json"),
        ("talk.tsv talk.docx talk.md", "talk.tsv"),
        ("talk.docx talk.md talk.txt", "talk.docx"),
        ("talk.md talk.txt", "talk.txt"),
        ("talk.m4a.md", "talk.m4a.md"),
        ("talk.info.json talk.notes.md talk.old.srt talk.raw.txt", None),
        ("talks.vtt talk talk.png talk2.en.vtt Talk.vtt", None),
        ("", None),
    ],
)
def test_the_transcript_beside_a_recording(tmp_path: Path, there: str, found: str | None) -> None:
    (tmp_path / "talk.m4a").write_bytes(WAV)
    (tmp_path / "talk.vtt.d").mkdir()
    for name in there.split():
        (tmp_path / name).touch()
    assert find_sidecar(tmp_path / "talk.m4a") == (tmp_path / found if found else None)
    if found:
        assert find_recording(tmp_path / found) == tmp_path / "talk.m4a"


def test_neither_itself_nor_a_folder_is_beside_a_file(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_bytes(WAV)
    (tmp_path / "talk.vtt").mkdir()
    assert find_sidecar(tmp_path / "talk.txt") is None
    assert find_recording(tmp_path / "talk.txt") is None
    assert find_sidecar(tmp_path / "none" / "talk.m4a") is None
    (tmp_path / "talk.srt").touch()
    assert find_sidecar(tmp_path / "talk.txt") == tmp_path / "talk.srt"
    assert find_recording(tmp_path / "talk.srt") == tmp_path / "talk.txt"


def test_a_stem_with_dots_and_composed_accents(tmp_path: Path) -> None:
    (tmp_path / "2024.05.01 cafe\u0301.m4a").write_bytes(WAV)
    (tmp_path / "2024.05.01 caf\u00e9.en.vtt").touch()
    assert find_sidecar(tmp_path / "2024.05.01 cafe\u0301.m4a") == tmp_path / "2024.05.01 caf\u00e9.en.vtt"
    assert find_recording(tmp_path / "2024.05.01 caf\u00e9.en.vtt") == tmp_path / "2024.05.01 cafe\u0301.m4a"


def test_the_plainest_recording_is_found(tmp_path: Path) -> None:
    for name in ("talk.mp4", "talk.m4a", "talk.wav", "talk.txt"):
        (tmp_path / name).write_bytes(WAV if name != "talk.txt" else b"text")
    (tmp_path / "talk.pdf").write_bytes(b"%PDF")
    assert find_recording(tmp_path / "talk.vtt") == tmp_path / "talk.m4a"
    assert find_recording(tmp_path / "talk.wav.vtt") == tmp_path / "talk.wav"


# ── Links ────────────────────────────────────────────────────────────────────────────────────

parts = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda part: part not in (".", "..")
)
paths = st.lists(parts, min_size=1, max_size=4).map(lambda names: Path("/", *names))


@posix_only
@given(target=paths, folder=paths)
def test_a_link_leads_to_its_target_and_is_safe_in_markdown(target: Path, folder: Path) -> None:
    made = link(target, folder)
    assert os.path.normpath(folder / unquote(made)) == str(target)
    assert not set(made) & set(" ()<>[]?#:\\\"'\n")


def test_a_link_to_a_neighbour_with_an_odd_name() -> None:
    assert link(Path("talks/week 1 (a).m4a"), Path("drafts/week 1")) == "../../talks/week%201%20%28a%29.m4a"
    assert link(Path("a:b?#.m4a"), Path()) == "a%3Ab%3F%23.m4a"


@posix_only
def test_a_link_to_a_name_that_is_not_utf_8() -> None:
    assert link(Path(os.fsdecode(b"caf\xe9.m4a")), Path()) == "caf%E9.m4a"
