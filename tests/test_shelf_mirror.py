"""A workspace that lies elsewhere: what is made of it here is what would be made there, and nothing of it is lost."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from scribe.pipeline import Pipeline
from scribe.records import ScribeError
from scribe.rollouts import copy_store
from scribe.shelf import Mirror, Overtaken, Store, Workspace

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and signals of POSIX")

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "transcripts" / "simulators-1.vtt"
RECORDING = ROOT / "transcripts" / "simulators-1.m4a"
ID = "simulators-1"

PAGE = f"drafts/{ID}/post.md"
KEPT = ("transcripts/", "drafts/", ".scribe/base/", ".scribe/history/")
"""What has to be the same, however it came about; rollouts are kept in one file or in many."""


# ── A workspace here and one elsewhere ───────────────────────────────────────────────────────


class Watched(Store):
    """Counts what is written, and can be cut off: the write or removal numbered `last` is the last."""

    last: int | None = None

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.written: list[str] = []
        self.between: Callable[[str], None] = lambda path: None

    def write(self, path: str, data: bytes) -> None:
        self._count(path)
        super().write(path, data)

    def remove(self, path: str) -> None:
        self._count(path)
        super().remove(path)

    def _count(self, path: str) -> None:
        if self.last is not None and len(self.written) >= self.last:
            raise Killed
        self.written.append(path.removeprefix(self.path("")))
        self.between(path)


class Killed(Exception):  # noqa: N818 (not an error)
    """The end of a process."""


def here(root: Path, source: Path) -> None:
    """Make notes and a post in a workspace on this machine."""
    with Pipeline(Workspace(root)) as pipeline:
        pipeline.run(str(source))


def elsewhere(store: Store, source: str, *, beside: tuple[str, ...] = (), scratch: Path) -> None:
    """The same in a workspace elsewhere."""
    mirror = Mirror(store, scratch)
    try:
        with mirror.of(ID):
            mirror.fetch(ID, (source, *beside))
            with Pipeline(mirror.workspace) as pipeline:
                pipeline.run(str(mirror.local(source)))
            mirror.keep(ID, copy_store)
            mirror.send(ID)
    finally:
        mirror.close()


def kept(store: Store) -> dict[str, bytes]:
    """What a workspace holds, by its path there; the time of a version in the history is left out of its name."""
    found = store.read_all(store.below(store.root))
    named = {path.removeprefix(store.path("")): data for path, data in found.items()}
    return {_untimed(path): data for path, data in named.items() if path.startswith(KEPT)}


def _untimed(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('-')[2]}" if path.startswith(".scribe/history/") else path


def corrected(text: str) -> str:
    return text.replace("simulator", "predictor", 3)


def edited(text: str) -> str:
    """A post as a person leaves it: one paragraph of theirs, one that was generated changed, one gone."""
    blocks = text.split("\n\n")
    prose = [n for n, block in enumerate(blocks) if block.count(" ") > 15 and "](" not in block]
    blocks[prose[0]] += " Mine."
    blocks[prose[1]] = blocks[prose[1]].replace(" the ", " the very ", 1)
    del blocks[prose[2]]
    return "\n\n".join([*blocks, "A paragraph of mine."]) + "\n"


class Place:
    """A workspace and a source, in a folder here or in memory; `mirrored` says how it is worked on."""

    def __init__(self, store: Store, talks: str, scratch: Path, *, is_mirrored: bool) -> None:
        self.store, self.scratch, self.is_mirrored = store, scratch, is_mirrored
        self.everything = Store(store.url.rpartition("/")[0])  # the source may lie outside of the workspace
        self.source, self.recording = f"{talks}/{ID}.vtt", f"{talks}/{ID}.m4a"
        self.everything.write(self.source, SAMPLE.read_bytes())
        self.everything.write(self.recording, RECORDING.read_bytes())

    def run(self) -> None:
        if self.is_mirrored:
            elsewhere(self.store, self.source, beside=(self.recording,), scratch=self.scratch)
        else:
            here(Path(self.store.root), Path(self.source))

    def change(self, path: str, how: Callable[[str], str]) -> None:
        before = self.everything.read(path)
        assert before is not None
        text = how(before.decode())
        assert text != before.decode()
        self.everything.write(path, text.encode())

    def edit(self, name: str = PAGE, how: Callable[[str], str] = edited) -> None:
        self.change(self.store.path(name), how)


def place(kind: str, folder: Path, *, inside: bool, is_mirrored: bool) -> Place:
    """`kind` is *here*, in `folder`, or *memory*; the source lies inside of the workspace or beside it."""
    url = str(folder / "all") if kind == "here" else f"memory://{uuid4()}/all"
    store = Watched(f"{url}/ws")
    top = store.root.rpartition("/")[0]
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    talks = store.path("talks") if inside else f"{top}/talks"
    return Place(store, talks, scratch, is_mirrored=is_mirrored)


@pytest.mark.parametrize(("kind", "inside"), [("here", False), ("memory", True)])
def test_what_is_made_elsewhere_is_what_would_be_made_here(tmp_path: Path, kind: str, *, inside: bool) -> None:
    plain = place("here", tmp_path / "plain", inside=inside, is_mirrored=False)
    other = place(kind, tmp_path / "other", inside=inside, is_mirrored=True)
    steps: list[Callable[[Place], None]] = [
        Place.run,
        Place.run,
        Place.edit,
        Place.run,
        lambda one: one.change(one.source, corrected),
        Place.run,
        lambda one: one.edit(how=lambda text: text.replace("Mine.", "Mine, again.").replace("simulacrum", "figure")),
        lambda one: one.change(one.source, lambda text: text.replace("simulacrum", "character")),
        Place.run,
    ]
    for number, step in enumerate(steps):
        step(plain)
        step(other)
        mine, theirs = kept(plain.store), kept(other.store)
        assert theirs.keys() == mine.keys(), number
        assert theirs == mine, number
    page = mine[PAGE].decode()
    assert "A paragraph of mine." in page
    assert "Mine, again." in page
    assert "predictor" in page
    assert f"drafts/{ID}/proposals.md" in mine
    assert any(name.startswith(".scribe/history/drafts/") for name in mine)
    assert any(name.startswith(".scribe/history/transcripts/") for name in mine)
    assert list((tmp_path / "other" / "scratch").iterdir()) == []


# ── Cut off at any moment ────────────────────────────────────────────────────────────────────


def snapshot(store: Store) -> dict[str, bytes]:
    return store.read_all(store.below(store.root))


def restore(store: Store, files: dict[str, bytes]) -> None:
    for path in store.below(store.root):
        store.remove(path)
    for path, data in files.items():
        store.write(path, data)


def pages(store: Store, scratch: Path) -> dict[str, tuple[str | None, str | None]]:
    """Each page with its base, as whoever goes on from there finds them."""
    mirror = Mirror(store, scratch)
    try:
        with mirror.of(ID):
            mirror.fetch(ID)
            folder = mirror.workspace.draft_folder(ID)
            return {
                name: tuple(mirror.workspace.look(folder / name)) for name in ("notes.md", "post.md", "proposals.md")
            }
    finally:
        mirror.close()


def test_whoever_is_cut_off_leaves_the_old_page_or_the_new_one(tmp_path: Path) -> None:
    """Cut off between any two writes, it is settled by who comes next, who makes what would have been made."""
    one = place("memory", tmp_path, inside=True, is_mirrored=True)
    one.run()
    one.edit()
    one.edit(how=lambda text: text.replace("simulacrum", "figure"))
    one.change(one.source, lambda text: text.replace("simulacrum", "character"))
    before, old = snapshot(one.everything), pages(one.store, one.scratch)
    one.run()
    undisturbed, new = kept(one.store), pages(one.store, one.scratch)
    assert all(old[name] != new[name] for name in new)
    restore(one.everything, before)
    mirror = Mirror(one.store, one.scratch)
    seen = set()
    with mirror.of(ID):
        mirror.fetch(ID, (one.source, one.recording))
        with Pipeline(mirror.workspace) as pipeline:
            pipeline.run(str(mirror.local(one.source)))
        for last in range(100):
            restore(one.everything, before)
            one.store.written, one.store.last = [], last
            try:
                mirror.send(ID)
                is_cut_off = False
            except Killed:
                is_cut_off = True
            one.store.last = None
            there = pages(one.store, one.scratch)
            for name, pair in there.items():
                assert pair in (old[name], new[name]), (last, one.store.written)
            seen.add(tuple(there[name] == new[name] for name in there))
            one.run()
            assert kept(one.store) == undisturbed, (last, one.store.written)
            if not is_cut_off:
                break
    mirror.close()
    assert not is_cut_off
    assert last > 10
    assert len(seen) == 4


# ── Others write there too ───────────────────────────────────────────────────────────────────


@pytest.fixture(params=["here", "memory"])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A workspace elsewhere with a session in it."""
    made = place(request.param, tmp_path, inside=True, is_mirrored=True)
    made.run()
    made.store.written.clear()
    return made


@pytest.fixture
def mirror(one: Place) -> Iterator[Mirror]:
    made = Mirror(one.store, one.scratch)
    yield made
    made.close()
    assert list(one.scratch.iterdir()) == []


def test_what_is_fetched_and_sent_writes_nothing(one: Place, mirror: Mirror) -> None:
    with mirror.of(ID):
        for _ in range(2):
            mirror.fetch(ID, (one.source, one.recording))
            mirror.send(ID)
            mirror.keep(ID, copy_store)
    assert one.store.written == []


def test_a_run_with_nothing_new_writes_nothing(one: Place) -> None:
    one.run()
    assert one.store.written == []


def test_a_page_that_was_changed_meanwhile_is_left_alone(one: Place, mirror: Mirror) -> None:
    one.change(one.source, corrected)
    with mirror.of(ID):
        mirror.fetch(ID, (one.source, one.recording))
        with Pipeline(mirror.workspace) as pipeline:
            pipeline.run(str(mirror.local(one.source)))
        one.edit()
        before = kept(one.store)
        with pytest.raises(Overtaken):
            mirror.send(ID)
        assert kept(one.store) == before
        mirror.fetch(ID, (one.source, one.recording))
        with Pipeline(mirror.workspace) as pipeline:
            pipeline.run(str(mirror.local(one.source)))
        mirror.send(ID)
    page = kept(one.store)[PAGE].decode()
    assert "A paragraph of mine." in page
    assert "predictor" in page


@pytest.mark.parametrize("at_once", [True, False], ids=["before it is sent", "while it is sent"])
@pytest.mark.parametrize("theirs", [b"theirs", None], ids=["changed", "removed"])
@pytest.mark.parametrize("name", [PAGE, f"drafts/{ID}/notes.md", f"transcripts/{ID}.json"])
def test_what_a_person_changes_meanwhile_is_not_replaced(
    one: Place, mirror: Mirror, name: str, theirs: bytes | None, *, at_once: bool
) -> None:
    path, other = one.store.path(name), one.store.path(".scribe", "base", ID, "a")

    def change(_: str = "") -> None:
        one.store.between = lambda _: None
        one.store.remove(path) if theirs is None else one.store.write(path, theirs)

    with mirror.of(ID):
        mirror.fetch(ID)
        mirror.local(path).write_bytes(b"made")
        mirror.local(other).write_bytes(b"made")
        one.store.between = change
        if at_once:
            change()
        with pytest.raises(Overtaken):
            mirror.send(ID)
    assert one.store.read(path) == theirs
    assert one.store.is_there(other) != at_once


@pytest.mark.parametrize("name", [f"drafts/{ID}/outline.md", f"drafts/{ID}/proposals.md"])
def test_what_a_person_begins_meanwhile_is_not_replaced(one: Place, mirror: Mirror, name: str) -> None:
    path = one.store.path(name)
    with mirror.of(ID):
        mirror.fetch(ID)
        mirror.local(path).write_bytes(b"made")
        one.store.write(path, b"theirs")
        with pytest.raises(Overtaken):
            mirror.send(ID)
    assert one.store.read(path) == b"theirs"


def test_what_was_made_before_does_not_come_back(one: Place, mirror: Mirror) -> None:
    """Between two stages, or two tries of one, a person may remove or make a page."""
    outline = one.store.path("drafts", ID, "outline.md")
    one.store.write(outline, b"## One\n\n- [0-12]\n")
    with mirror.of(ID):
        mirror.fetch(ID)
        mirror.local(one.store.path(".scribe", "base", ID, "outline.md")).write_bytes(b"generated")
        one.store.remove(outline)
        mirror.fetch(ID)
        mirror.send(ID)
        assert one.store.read(outline) is None
        assert not list(mirror.workspace.root.glob("**/outline.md"))


def test_a_damaged_transcript_is_made_again(one: Place) -> None:
    there = kept(one.store)
    one.store.write(one.store.path("transcripts", f"{ID}.json"), b'{"id": "simu')
    one.run()
    assert kept(one.store)[f"transcripts/{ID}.json"] == there[f"transcripts/{ID}.json"]


def test_what_a_person_keeps_beside_the_pages_stays_there(one: Place, mirror: Mirror) -> None:
    film = one.store.path("drafts", ID, "film.mp4")
    one.store.write(film, b"film")
    with mirror.of(ID):
        mirror.fetch(ID)
        assert not mirror.local(film).exists()
        mirror.send(ID)
    assert one.store.read(film) == b"film"


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everything")
def test_a_page_that_is_read_only_stays_so(tmp_path: Path) -> None:
    one = place("here", tmp_path, inside=True, is_mirrored=True)
    one.run()
    Path(one.store.path(PAGE)).chmod(0o444)
    one.change(one.source, corrected)
    with pytest.raises(ScribeError, match="it is read-only and stays as it is"):
        one.run()


# ── Nothing leads outside ────────────────────────────────────────────────────────────────────


@posix_only
def test_links_of_a_person_lead_where_they_lead_here(tmp_path: Path) -> None:
    """A workspace that is reached by a link, and a source that is one: what is made says where they really lie."""
    plain = place("here", tmp_path / "plain", inside=True, is_mirrored=False)
    other = place("here", tmp_path / "other", inside=True, is_mirrored=True)
    for one, name in ((plain, "plain"), (other, "other")):
        top, archive = tmp_path / name / "all", tmp_path / name / "archive"
        archive.mkdir()
        (top / "ws").rename(archive / "ws")
        (top / "ws").symlink_to(archive / "ws")
        Path(one.source).rename(archive / "monday.vtt")
        Path(one.source).symlink_to(archive / "monday.vtt")
        one.run()
    assert kept(other.store) == kept(plain.store)
    assert b'"source": "../monday.vtt"' in kept(other.store)[f"transcripts/{ID}.json"]


@posix_only
@pytest.mark.parametrize("name", ["drafts", f"drafts/{ID}", PAGE, ".scribe", ".scribe/history", "transcripts"])
def test_a_link_in_a_store_does_not_make_us_write_outside(tmp_path: Path, name: str) -> None:
    one = place("here", tmp_path, inside=True, is_mirrored=True)
    one.run()
    one.edit()
    inside, outside = Path(one.store.path(name)), tmp_path / "outside"
    if inside.exists():
        inside.rename(outside)
    else:
        outside.mkdir()
    inside.symlink_to(outside)
    one.change(one.source, corrected)
    before = snapshot(Store(str(tmp_path)))
    with pytest.raises(ScribeError, match="leads out of the workspace"):
        one.run()
    after = snapshot(Store(str(tmp_path)))
    changed = {path.removeprefix(one.store.path("")) for path in after if after[path] != before.get(path)}
    assert changed <= {f".scribe/rollouts/{ID}.db", ".scribe/lock"}
    assert list(one.scratch.iterdir()) == []


def test_names_and_links_in_a_store_lead_nowhere(tmp_path: Path) -> None:
    """An object store keeps keys with `..`, and a transcript there may name any source."""
    one = place("memory", tmp_path / "a" / "b", inside=True, is_mirrored=True)
    one.run()
    files = one.store.filesystem.store
    for key in (f"drafts/{ID}/../../../../x.md", f".scribe/base/{ID}/../../../../../y.md"):
        files[one.store.path(key)] = files[one.store.path(PAGE)]
    transcript = one.store.path("transcripts", f"{ID}.json")
    for source in ("../" * 40 + "etc/passwd", "/etc/passwd", "../../../../../.."):
        one.change(transcript, lambda text, source=source: text.replace(f"talks/{ID}.vtt", source))
        mirror = Mirror(one.store, one.scratch)
        with mirror.of(ID):
            mirror.fetch(ID)
            mirror.send(ID)
            assert [path.name for path in one.scratch.iterdir()] == [mirror.local("").parent.name]
        mirror.close()
        one.change(transcript, lambda text, source=source: text.replace(source, f"talks/{ID}.vtt"))
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["a", "a/b", "a/b/scratch"]


@pytest.mark.parametrize("url", ["/talks/ws", "file:///talks/ws", "memory://talks/ws"])
def test_messages_name_places_in_the_store(tmp_path: Path, url: str) -> None:
    store = Store(url)
    mirror = Mirror(store, tmp_path)
    here = mirror.local(store.path("drafts", "a.md"))
    assert mirror.told(f"cannot read {here}: why") == f"cannot read {store.url_of(store.path('drafts', 'a.md'))}: why"
    mirror.close()


def test_a_path_that_leads_out_is_refused(tmp_path: Path) -> None:
    mirror = Mirror(Store(f"memory://{uuid4()}"), tmp_path)
    for path in ("bucket/../../x", "../x", "/a/.."):
        with pytest.raises(ScribeError, match=r"expected a path without `\.\.`"):
            mirror.local(path)
    for session in ("../x", "a/b", "", ".", ".."):
        with pytest.raises(ScribeError, match="cannot name a transcript"), mirror.of(session):
            mirror.fetch(session)
    mirror.close()


# ── What was paid for ────────────────────────────────────────────────────────────────────────


def test_a_store_in_use_is_copied_whole(tmp_path: Path) -> None:
    """While another thread writes to it: every copy is a sound database, with all of a transaction or nothing."""
    store = Watched(f"memory://{uuid4()}")
    mirror = Mirror(store, tmp_path)
    is_over = threading.Event()

    def write() -> None:
        with sqlite3.connect(mirror.workspace.rollouts_path) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE pair (n INTEGER)")
            number = 0
            while not is_over.is_set():
                with db:
                    db.executemany("INSERT INTO pair VALUES (?)", [(number,), (number,)])
                number += 1
        db.close()

    with mirror.of(ID):
        writer = threading.Thread(target=write)
        writer.start()
        seen = []
        while len(seen) < 20 or seen[-1] == seen[0]:
            mirror.keep(ID, copy_store)
            data = store.read(store.path(".scribe", "rollouts", f"{ID}.db"))
            if data is None:
                continue
            (tmp_path / "copy.db").write_bytes(data)
            copy = sqlite3.connect(tmp_path / "copy.db")
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if copy.execute("SELECT name FROM sqlite_master").fetchall():
                (count,) = copy.execute("SELECT count(*) FROM pair").fetchone()
                assert count % 2 == 0
                seen.append(count)
            copy.close()
        is_over.set()
        writer.join()
        mirror.keep(ID, copy_store)
        written = len(store.written)
        mirror.keep(ID, copy_store)
        assert len(store.written) == written
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    mirror.close()


def test_a_copy_that_fails_is_one_line_and_leaves_nothing(one: Place, mirror: Mirror) -> None:
    def fail(path: Path, copy: Path) -> None:
        copy.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with mirror.of(ID):
        with pytest.raises(ScribeError, match=r"cannot copy .*rollouts.db: No space left on device"):
            mirror.keep(ID, fail)
        assert not list(mirror.workspace.root.glob("**/*.copy"))


def test_what_was_paid_for_is_there_the_next_time(one: Place, mirror: Mirror) -> None:
    with mirror.of(ID):
        mirror.fetch(ID)
        with Pipeline(mirror.workspace) as pipeline:
            pipeline.run(ID)
            assert (pipeline.simulator.hits > 0, pipeline.simulator.misses) == (True, 0)


# ── What lies here ───────────────────────────────────────────────────────────────────────────


def files_in(scratch: Path) -> list[Path]:
    return [path for path in scratch.glob("*/files/**/*") if path.is_file()]


def test_two_hundred_sessions_leave_nothing_behind(tmp_path: Path) -> None:
    store, scratch = Store(f"memory://{uuid4()}"), tmp_path / "scratch"
    scratch.mkdir()
    for n in range(200):
        store.write(store.path("drafts", f"s{n}", "post.md"), b"x" * 20_000)
        store.write(store.path(".scribe", "base", f"s{n}", "post.md"), b"x" * 20_000)
        store.write(store.path(".scribe", "rollouts", f"s{n}.db"), b"x" * 20_000)
    mirror = Mirror(store, scratch)
    used: list[int] = []
    mine = [tracemalloc.Filter(False, "*/pathlib*")]  # less Python's table of names, which it makes larger now and then
    tracemalloc.start()
    try:
        for n in range(200):
            with mirror.of(f"s{n}"):
                mirror.fetch(f"s{n}")
                mirror.local(store.path("drafts", f"s{n}", "post.md")).write_bytes(b"y" * 20_000)
                mirror.keep(f"s{n}", shutil.copyfile)
                assert len(files_in(scratch)) == 3
            assert files_in(scratch) == []
            if n in (20, 199):
                gc.collect()
                used.append(sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces(mine).traces))
    finally:
        tracemalloc.stop()
    mirror.close()
    assert list(scratch.iterdir()) == []
    assert used[1] - used[0] < 50_000


def test_a_mirror_that_nobody_closes_goes_with_its_user(tmp_path: Path) -> None:
    mirror = Mirror(Store(f"memory://{uuid4()}"), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    del mirror
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_it_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ScribeError, match=r"cannot make a folder in .*; a folder is needed where a file lies"):
        Mirror(Store(f"memory://{uuid4()}"), tmp_path / "file")


LIVE = """
import sys, time
from pathlib import Path
from scribe.shelf import Mirror, Store
mirror = Mirror(Store("memory://x"), Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


@posix_only
def test_what_a_killed_process_leaves_is_removed_by_the_next(tmp_path: Path) -> None:
    killed, alive = (
        subprocess.Popen([sys.executable, "-c", LIVE, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(2)
    )
    try:
        for process in (killed, alive):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        folders = set(tmp_path.iterdir())
        assert len(folders) == 2
        assert all(folder.name.startswith("scribe-mirror-") for folder in folders)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        other = tmp_path / "scribe-mirror-notes"
        other.mkdir()
        (tmp_path / "scribe-mirror-link").symlink_to(other)
        Mirror(Store("memory://x"), tmp_path).close()
        left = set(tmp_path.iterdir()) - {other, tmp_path / "scribe-mirror-link"}
        assert len(left) == 1
        assert left < folders
    finally:
        for process in (killed, alive):
            process.kill()
            process.communicate()
