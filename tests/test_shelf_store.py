"""A folder on any filesystem: what is put there comes back, names mean nothing, and every refusal is one line."""

from __future__ import annotations

import errno
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from scribe.records import ScribeError
from scribe.shelf import Store, is_full

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and names of POSIX")

ODD = (
    "a b.md",
    "ü — 日本.md",
    "a#1.md",
    "why?.md",
    "[draft].md",
    "*.md",
    "a[0-9]*.md",
    "100%25.md",
    "~x.md",
    "a\\b.md",
)
"""Names that mean something elsewhere: to a shell, in a URL, to fsspec."""


class Refusing(MemoryFileSystem):
    """A filesystem that refuses what it is told to, as clients of real ones do."""

    protocol = "refusing"
    cachable = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: dict[str, Exception] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> str:
        return str(super()._strip_protocol(str(path).removeprefix("refusing://")))

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        self.check("cat", path)
        return bytes(super().cat_file(path, start, end, **kwargs))

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        self.check("pipe", path)
        super().pipe_file(path, value, mode, **kwargs)

    def info(self, path: str, **kwargs: Any) -> Any:
        self.check("info", path)
        return super().info(path, **kwargs)

    def find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **_: Any
    ) -> Any:
        self.check("find", path)
        return super().find(path, maxdepth, withdirs, detail)

    def rm_file(self, path: str) -> None:
        self.check("rm", path)
        super().rm_file(path)

    def check(self, what: str, path: str) -> None:
        for name in (what, f"{what} {path.rpartition('/')[2]}"):
            if name in self.refused:
                raise self.refused[name]


fsspec.register_implementation("refusing", Refusing, clobber=True)


def refusing(**refused: Exception) -> Store:
    store = Store(f"refusing://{uuid4()}")
    store.filesystem.refused = {name.replace("_", " "): error for name, error in refused.items()}
    return store


@pytest.fixture(params=["path", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    urls = {"path": str(tmp_path / "ws"), "file": f"file://{tmp_path}/ws", "memory": f"memory://{uuid4()}/ws"}
    return Store(urls[request.param])


def one_line(error: pytest.ExceptionInfo[ScribeError]) -> str:
    assert "\n" not in str(error.value)
    return str(error.value)


# ── What is put there comes back ─────────────────────────────────────────────────────────────


def test_what_is_written_is_there_and_what_is_removed_is_not(store: Store) -> None:
    a, b = store.path("drafts", "talk", "a.md"), store.path("b.md")
    assert store.read(a) is store.stamp(a) is None
    assert store.below(store.path("drafts")) == []
    store.write(a, b"one")
    store.write(b, b"")
    assert (store.read(a), store.read(b)) == (b"one", b"")
    assert store.below(store.path("drafts")) == [a]
    assert store.below(store.root) == [b, a]
    assert store.read_all([a, b, store.path("c.md")]) == {a: b"one", b: b""}
    store.remove(a)
    store.remove(a)
    assert store.read(a) is None
    assert store.below(store.root) == [b]


@pytest.mark.parametrize("name", ODD)
def test_names_mean_nothing(store: Store, name: str) -> None:
    others = [store.path("d", other) for other in ("a1.md", "x.md", "draft.md")]
    path = store.path("d", name)
    for other in others:
        store.write(other, b"other")
    store.write(path, b"mine")
    assert store.read(path) == b"mine"
    assert store.read_all([path]) == {path: b"mine"}
    assert store.read_all([path, others[0]]) == {path: b"mine", others[0]: b"other"}
    assert store.below(store.path("d")) == sorted([path, *others])
    assert store.stamps_below(store.path("d"))(path) == store.stamp(path)
    store.remove(path)
    assert store.below(store.path("d")) == sorted(others)


NAMES = st.text(
    st.characters(exclude_characters="/\\\0", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200)


@given(files=st.dictionaries(st.tuples(NAMES, NAMES).map("/".join), st.binary(max_size=50), max_size=6))
@pytest.mark.parametrize("kind", ["path", "memory"])
def test_any_files_come_back_as_they_were(kind: str, files: dict[str, bytes], tmp_path_factory: Any) -> None:
    store = Store(str(tmp_path_factory.mktemp("store")) if kind == "path" else f"memory://{uuid4()}")
    there = {store.path(name): data for name, data in files.items()}
    for path, data in there.items():
        store.write(path, data)
    assert store.read_all(there) == there
    assert store.below(store.root) == sorted(there)
    assert {path: store.read(path) for path in there} == there


def test_a_stamp_changes_with_its_file(store: Store) -> None:
    path = store.path("a.md")
    store.write(path, b"one")
    before = store.stamp(path)
    assert before is not None
    assert store.stamp(path) == before == store.stamps_below(store.root)(path)
    store.write(path, b"two")
    assert store.stamp(path) != before
    assert store.digest(path) == "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"  # of b"two"
    changed_s = store.changed_s(path)
    assert changed_s is not None
    assert store.changed_s(store.path("b.md")) is None


def test_folders_are_no_files(store: Store) -> None:
    store.write(store.path("d", "a.md"), b"")
    assert store.stamp(store.path("d")) is None
    assert not store.is_there(store.path("d"))
    assert store.stamp(store.path("d", "a.md", "b")) is store.read(store.path("d", "a.md", "b")) is None


def test_a_file_is_fetched_or_is_not_there(store: Store, tmp_path: Path) -> None:
    into = tmp_path / "here" / "a.md"
    assert not store.fetch(store.path("a.md"), into)
    assert not into.exists()
    store.write(store.path("a.md"), b"one")
    assert store.fetch(store.path("a.md"), into)
    assert into.read_bytes() == b"one"


def test_a_large_file_is_read_piece_by_piece(tmp_path: Path) -> None:
    with open(tmp_path / "large.m4a", "wb") as file:
        file.truncate(200_000_000)
    store = Store(str(tmp_path))
    tracemalloc.start()
    try:
        assert store.digest(store.path("large.m4a")).startswith("d162f6594b643795")
        store.fetch(store.path("large.m4a"), tmp_path / "copy.m4a")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert (tmp_path / "copy.m4a").stat().st_size == 200_000_000


# ── Every refusal is one line ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://bucket/ws", r"s3://bucket/ws: Install s3fs to access S3; pip install s3fs"),
        ("sftp://host/ws", r"sftp://host/ws: .*paramiko.*; pip install paramiko"),
        ("smb://host/ws", r"smb://host/ws: .*smbprotocol.*; pip install smbprotocol"),
        ("nowhere://ws", r"nowhere://ws: expected a path, or a URL such as s3://bucket/folder: Protocol not known"),
    ],
)
def test_a_place_that_cannot_be_opened_is_one_line(url: str, message: str) -> None:
    with pytest.raises(ScribeError, match=message) as error:
        Store(url)
    assert one_line(error)


Act = Callable[[Store, str], object]
ACTS: dict[str, Act] = {
    "cat": lambda store, path: store.read(path),
    "pipe": lambda store, path: store.write(path, b""),
    "info": lambda store, path: store.stamp(path),
    "find": lambda store, path: store.below(path),
    "rm": lambda store, path: store.remove(path),
}


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (PermissionError("Access Denied"), "PermissionError Access Denied; see to that"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied; make it writable"),
        (TimeoutError(), "TimeoutError; see to that"),
        (RuntimeError("<html>\n  <body>\n  503" + "x" * 5000), "RuntimeError <html> <body> 503xxx"),
        (NotImplementedError(), "NotImplementedError; see to that"),
    ],
)
def test_whatever_a_client_raises_is_one_line(what: str, refusal: Exception, told: str) -> None:
    store = refusing(**{what: refusal})
    with pytest.raises(ScribeError) as error:
        ACTS[what](store, store.path("a.md"))
    message = one_line(error)
    assert message.startswith("cannot ")
    assert f"refusing://{store.path('a.md')}: {told}" in message
    assert len(message) < 500
    assert error.value.__cause__ is refusal


def test_one_file_that_cannot_be_read_is_not_taken_for_one_that_is_not_there() -> None:
    store = refusing(cat_b=ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
    for name in ("a", "b", "c"):
        store.write(store.path(name), b"")
    assert store.read_all([store.path("a"), store.path("c"), store.path("d")]) == {
        store.path("a"): b"",
        store.path("c"): b"",
    }
    with pytest.raises(ScribeError, match=r"cannot read .*/b: Connection reset by peer"):
        store.read_all(map(store.path, "abc"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_store_is_told_from_other_trouble(code: int) -> None:
    store = refusing(pipe=OSError(code, os.strerror(code)))
    with pytest.raises(ScribeError, match="free some space and run again") as error:
        store.write(store.path("a"), b"1")
    assert is_full(error.value)
    with pytest.raises(ScribeError) as other:
        refusing(pipe=PermissionError("no")).write("/a", b"")
    assert not is_full(other.value)


def test_a_full_disk_here_is_told_from_a_store_that_refuses(tmp_path: Path) -> None:
    store = Store(f"memory://{uuid4()}")
    store.write(store.path("a"), b"1")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ScribeError, match=r"cannot copy memory://.*; a folder is needed where a file lies"):
        store.fetch(store.path("a"), tmp_path / "file" / "a")


def test_a_folder_where_a_file_should_be_is_one_line(store: Store, tmp_path: Path) -> None:
    store.write(store.path("d", "a.md"), b"")
    with pytest.raises(ScribeError, match=r"cannot copy .*; a file is needed where a folder lies") as error:
        store.fetch(store.path("d"), tmp_path / "d")
    assert one_line(error)
    if store.is_local:  # an object store has no folders
        with pytest.raises(ScribeError, match=r"cannot write .*; a file is needed where a folder lies") as error:
            store.write(store.path("d"), b"")
        assert one_line(error)
    assert not (tmp_path / "d").exists()


@posix_only
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_one_line(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write(store.path("d", "a"), b"")
    (tmp_path / "d").chmod(0)
    try:
        for act in ACTS.values():
            with pytest.raises(ScribeError, match="Permission denied"):
                act(store, store.path("d", "a"))
    finally:
        (tmp_path / "d").chmod(0o700)


# ── Nothing is written outside ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["", "/", "/../x", "/a/../../x", "/./../x", "-too/x", "/.."])
def test_nothing_is_written_outside_of_the_folder(store: Store, tmp_path: Path, path: str) -> None:
    store.write(store.path("kept"), b"")
    for act in (lambda p: store.write(p, b"x"), store.remove):
        with pytest.raises(ScribeError, match="leads out of the workspace"):
            act(store.root + path)
    assert store.below(store.root) == [store.path("kept")]
    assert [entry.name for entry in tmp_path.iterdir()] in ([], ["ws"])


@posix_only
def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    store, outside = Store(str(tmp_path / "ws")), tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_bytes(b"mine")
    store.write(store.path("kept"), b"")
    (tmp_path / "ws" / "folder").symlink_to(outside)
    (tmp_path / "ws" / "file").symlink_to(outside / "mine")
    for name in ("folder/mine", "folder/new", "file"):
        with pytest.raises(ScribeError, match="leads out of the workspace"):
            store.write(store.path(name), b"theirs")
        with pytest.raises(ScribeError, match="leads out of the workspace"):
            store.remove(store.path(name))
    assert [path.read_bytes() for path in outside.iterdir()] == [b"mine"]
    assert store.below(store.root) == [store.path("file"), store.path("kept")]


@posix_only
def test_links_inside_stay_links(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write(store.path("real", "a"), b"1")
    (tmp_path / "b").symlink_to("real/a")
    store.write(store.path("b"), b"2")
    assert (tmp_path / "b").is_symlink()
    assert store.read(store.path("real", "a")) == b"2"


def test_names_that_would_lead_elsewhere_are_no_files() -> None:
    """An object store keeps whatever it is called."""
    store = Store(f"memory://{uuid4()}")
    store.write(store.path("d", "a"), b"")
    for name in ("d/../../x", "d//y", "d/./z"):
        store.filesystem.store[store.path(name)] = store.filesystem.store[store.path("d", "a")]
    assert store.below(store.path("d")) == [store.path("d", "a")]


def test_a_bucket_that_is_missing_is_not_made() -> None:
    """fsspec's `makedirs` would: a slip of the pen would cost money."""
    store = refusing(pipe=FileNotFoundError("The specified bucket does not exist"))
    with pytest.raises(ScribeError, match="The specified bucket does not exist"):
        store.write(store.path("a", "b"), b"")
    assert not store.filesystem.exists(store.path("a"))
