"""Whatever a person names becomes one item for each session, or one line that says why not."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from fsspec import register_implementation
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from scribe.batch.finding import Found, find
from scribe.batch.nouns import Item
from scribe.shelf import SIDECARS, Store, find_recording, find_sidecar, is_recording

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and names of POSIX")

WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nYes.\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder; the workspace is in it, as `ws`."""
    (tmp_path / "ws").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*paths: str) -> None:
    """Files of the current folder: a recording where the suffix says so, a transcript, or anything else."""
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            WAV if path.suffix in (".m4a", ".mp4", ".wav") else VTT if path.suffix in SIDECARS else b"\0\1"
        )


def saved_nowhere(_: str) -> bool:
    return False


def found(*sources: str, saved: Callable[[str], bool] = saved_nowhere) -> Found:
    return find(sources, Store("ws"), saved=saved)


def brief(items: tuple[Item, ...]) -> list[str]:
    """`id: source + what lies beside it`, from the current folder; `?` where it must be heard."""
    return [
        f"{item.id}: {' + '.join(os.path.relpath(path) for path in item.inputs)}{'?' if item.is_unheard else ''}"
        for item in items
    ]


def told(these: Found) -> list[str]:
    """Lines about what was refused."""
    lines = [f"{one.shown}: {one.reason}" for one in these.refused]
    assert not [line for line in lines if "\n" in line]
    return lines


# ── Files and folders ────────────────────────────────────────────────────────────────────────


def test_a_folder_is_searched_for_recordings_and_transcripts(here: Path) -> None:
    put(
        "talks/b.vtt", "talks/a.m4a", "talks/week 1/c.SRT", "talks/week 1/d.md", "talks/x.pdf", "talks/y.png", "talks/z"
    )
    these = found("talks")
    assert brief(these.items) == [
        "a: talks/a.m4a?",
        "b: talks/b.vtt",
        "c: talks/week 1/c.SRT",
        "d: talks/week 1/d.md",
    ]
    assert [item.shown for item in these.items][2:] == ["talks/week 1/c.SRT", "talks/week 1/d.md"]
    assert {os.path.isabs(item.source) for item in these.items} == {True}
    assert [item.recording for item in these.items][:2] == [str(here / "talks" / "a.m4a"), None]
    assert told(these) == []
    assert these.remarks == ("talks/: 3 files are no recordings or transcripts: x.pdf, y.png and 1 more",)


@pytest.mark.parametrize("source", ["talks", "talks/", "./talks", "ws/../talks"])
def test_a_folder_may_be_written_in_many_ways(source: str) -> None:
    put("talks/a.vtt", "talks/x.pdf")
    these = found(source)
    assert brief(these.items) == ["a: talks/a.vtt"]
    assert these.items[0].shown == "talks/a.vtt"
    assert these.remarks[0].startswith(f"{source.rstrip('/')}/: 1 file is no recording or transcript: x.pdf")


def test_order_is_as_named_and_in_folders_by_path() -> None:
    put("b/2.vtt", "b/1/3.vtt", "b/10.vtt", "a/4.vtt", "5.vtt")
    assert [item.id for item in found("5.vtt", "b", "a").items] == ["5", "3", "10", "2", "4"]


def test_hidden_files_readmes_and_licences_are_passed_over() -> None:
    put(
        "talks/.a.vtt",
        "talks/.git/b.vtt",
        "talks/README.md",
        "talks/readme.de.MD",
        "talks/LICENSE",
        "talks/LICENCE.txt",
    )
    assert told(found("talks")) == [
        "talks: expected recordings or transcripts in this folder, found none; name where they are"
    ]
    put("talks/c.vtt")
    assert found("talks") == Found(found("talks/c.vtt").items, (), ())


def test_what_scribe_keeps_in_a_workspace_is_no_source() -> None:
    put("ws/drafts/talk/notes.md", "ws/.scribe/base/talk/post.md", "ws/prompts/notes.md", "ws/glossary.txt")
    put("ws/batch.md", "ws/batch.json", "ws/scribe.toml", "ws/talks/talk.vtt", "ws/talks/drafts/idea.md")
    for sources in (["ws"], ["."], ["ws/*"], ["ws/**/*.*"]):
        these = found(*sources)
        assert brief(these.items) == ["idea: ws/talks/drafts/idea.md", "talk: ws/talks/talk.vtt"], sources
        assert these[1:] == ((), ()), sources
    named = ["ws/drafts", "ws/drafts/talk/notes.md", "ws/glossary.txt", "ws/prompts", "ws/.scribe", "ws/drafts/*"]
    lines = told(found(*named))
    assert [line.partition(":")[0] for line in lines] == named
    assert {line.partition(": ")[2] for line in lines} == {
        "expected recordings or transcripts, found what scribe keeps in its workspace; name what that was made from"
    }


def test_a_file_that_was_named_may_have_any_suffix() -> None:
    put("README.md")
    Path("talk.sbv").write_bytes(VTT)
    Path("talk16").write_bytes(VTT.decode().encode("utf-16"))
    Path("song.bin").write_bytes(WAV)
    Path("talk.pdf").write_bytes(b"%PDF-1.7\n\xe2\xe3\0\1")
    these = found("README.md", "talk.pdf", "talk.sbv", "talk16", "song.bin")
    assert [item.id for item in these.items] == ["README", "talk", "talk16", "song"]
    assert told(these) == [
        "talk.pdf: expected a recording or a transcript, found a file of another kind; leave it out",
    ]


# ── A recording and its transcripts ──────────────────────────────────────────────────────────


def test_a_recording_and_the_transcripts_beside_it_are_one_source(here: Path) -> None:
    put(
        "talks/talk.m4a",
        "talks/talk.srt",
        "talks/talk.vtt",
        "talks/talk.en.vtt",
        "talks/other.wav",
        "talks/talk.notes.md",
    )
    these = found("talks")
    assert brief(these.items) == [
        "other: talks/other.wav?",
        "talk: talks/talk.m4a + talks/talk.vtt",
        "talk.notes: talks/talk.notes.md",
    ]
    assert these.remarks == ()
    assert these.items[1].recording == str(here / "talks" / "talk.m4a")
    assert brief(found("talks/talk.m4a").items) == ["talk: talks/talk.m4a + talks/talk.vtt"]


@pytest.mark.parametrize("source", ["talks/talk.en.vtt", "talks/*.vtt"])
def test_a_transcript_that_was_named_brings_its_recording(here: Path, source: str) -> None:
    put("talks/talk.m4a", "talks/talk.en.vtt")
    these = found(source)
    assert brief(these.items) == ["talk: talks/talk.en.vtt + talks/talk.m4a"]
    assert these.items[0].recording == str(here / "talks" / "talk.m4a")
    assert not these.items[0].is_unheard


def test_a_recording_that_was_found_comes_before_one_that_was_not() -> None:
    put("t/talk.m4a", "t/talk.wav", "t/talk.vtt")
    these = found("t/*.wav", "t/*.vtt")
    assert brief(these.items) == ["talk: t/talk.wav + t/talk.vtt"]
    assert told(these) == []
    assert brief(found("t/*.vtt").items) == ["talk: t/talk.vtt + t/talk.m4a"]


def test_an_id_is_that_of_the_file_or_its_recording() -> None:
    put("_Räume? 3.vtt", "talk.wav", "talk.wav.srt", "-x-.m4a", "-x-.vtt")
    assert [item.id for item in found("_Räume? 3.vtt", "talk.wav.srt", "-x-.vtt").items] == ["Räume- 3", "talk", "x"]
    assert [item.id for item in found("talk.wav", "-x-.m4a").items] == ["talk", "x"]


def test_the_best_transcript_of_one_name_is_taken() -> None:
    put("talks/talk.txt", "talks/talk.vtt", "talks/talk.srt", "talks/b/talk2.md", "talks/b/talk2.docx")
    these = found("talks")
    assert brief(these.items) == ["talk2: talks/b/talk2.docx", "talk: talks/talk.vtt"]
    assert these.remarks == (
        "talks/b/talk2.docx: another transcript of that name is not read: talk2.md",
        "talks/talk.vtt: other transcripts of that name are not read: talk.srt and talk.txt",
    )
    these = found("talks", "talks/talk.srt")
    assert brief(these.items) == ["talk2: talks/b/talk2.docx", "talk: talks/talk.srt"]


def test_all_files_of_a_folder_named_one_by_one_are_as_the_folder() -> None:
    put("t/a.m4a", "t/a.vtt", "t/a.srt", "t/b.txt", "t/b.vtt", "t/c.wav", "t/d.vtt")
    for sources in (sorted(map(str, Path("t").iterdir())), ["t/*"], ["t", "t/a.vtt", "t/a.m4a"]):
        assert brief(found(*sources).items) == ["a: t/a.m4a + t/a.vtt", "b: t/b.vtt", "c: t/c.wav?", "d: t/d.vtt"]


NAMES = st.sampled_from(["talk", "talk.en", "talk.m4a", "b", "talk.old", "talk.transcript"])
SUFFIXES = st.sampled_from([".vtt", ".srt", ".txt", ".m4a", ".wav", ".pdf"])


@given(names=st.sets(st.tuples(NAMES, SUFFIXES).map("".join), min_size=1))
def test_no_source_is_lost_and_none_is_read_twice(names: set[str]) -> None:
    """Each file of a folder is an item's, or beside one, or a person is told of it."""
    shutil.rmtree("any", ignore_errors=True)
    put(*(f"any/{name}" for name in names))
    these = found("any")
    taken = [os.path.basename(item.source) for item in these.items]
    assert len(taken) == len(set(taken))
    assert len({item.id for item in these.items}) == len(taken)
    for item in these.items:
        path = Path(item.source)
        beside = find_sidecar(path) if is_recording(path) else find_recording(path)
        assert item.beside == ((str(beside),) if beside else ())
    lines = " ".join([*told(these), *these.remarks])
    heard = [Path("any", name) for name in names if is_recording(Path("any", name))]
    for name in names - set(taken):
        is_beside = any(find_recording(Path("any", name)) == recording for recording in heard)
        assert is_beside or name in lines or (name.endswith(".pdf") and "no recording" in lines), name


# ── One file, one id ─────────────────────────────────────────────────────────────────────────


def test_a_file_named_twice_is_one_item(here: Path) -> None:
    put("talks/a.vtt", "talks/b.vtt")
    these = found("talks/b.vtt", "talks", str(here / "talks" / "b.vtt"), "talks/../talks/*.vtt", "talks/b.vtt")
    assert brief(these.items) == ["b: talks/b.vtt", "a: talks/a.vtt"]
    assert these[1:] == ((), ())


def test_two_sources_of_one_id_are_not_both_taken() -> None:
    put("b/talk.vtt", "a/talk.vtt", "a/talk.m4a", "c/talk.m4a", "c/talk.wav")
    these = found("b", ".")
    assert brief(these.items) == ["talk: b/talk.vtt"]
    rest = "give them different ids in the column `id` of a manifest, or rename one"
    assert told(these) == [
        f"{name}: the id 'talk' is taken by b/talk.vtt in this batch; {rest}"
        for name in ("a/talk.m4a", "c/talk.m4a", "c/talk.wav")
    ]


def test_what_scribe_wrote_is_no_second_source_of_its_session() -> None:
    put("ws/talks/talk.vtt", "ws/transcripts/talk.json", "ws/transcripts/older.json", "ws/transcripts/held.wav")
    held = '{\n"id": "held",\n"source": "transcripts/held.wav",\n"segments": []}'
    Path("ws/transcripts/held.json").write_text(held)
    these = found("ws/transcripts", "ws/talks")
    assert brief(these.items) == [
        "held: ws/transcripts/held.wav?",
        "older: ws/transcripts/older.json",
        "talk: ws/talks/talk.vtt",
    ]
    assert these[1:] == ((), ())
    assert brief(found("ws/transcripts/talk.json").items) == ["talk: ws/transcripts/talk.json"]
    assert brief(found("ws/transcripts/talk.json", "ws/talks").items) == ["talk: ws/transcripts/talk.json"]
    Path("ws/transcripts/held.json").write_text(held.replace("transcripts/held.wav", "held.vtt"))
    assert "held: ws/transcripts/held.wav + ws/transcripts/held.json" in brief(found("ws/transcripts").items)


def test_an_id_names_a_transcript_of_the_workspace() -> None:
    put("ws/transcripts/talk.json")
    these = found("talk", "none", "no/id", saved=lambda name: name == "talk")
    assert brief(these.items) == ["talk: ws/transcripts/talk.json"]
    assert these.items[0].shown == "talk"
    assert [line.partition(":")[0] for line in told(these)] == ["none", "no/id"]
    put("talk")
    Path("talk").write_bytes(VTT)
    assert brief(found("talk", saved=lambda name: name == "talk").items) == ["talk: talk"]


# ── Globs ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        ("talks/**/*.vtt", "a c d"),
        ("talks/*.vtt", "a"),
        ("talks/*", "a b c d"),
        ("talks/**", "a b c d"),
        ("talks/w?/*", "c d"),
        ("talks/w[12]", "c d"),
        ("talks/w1/d*/**/*.vtt", "d"),
        ("**/w1", "c d"),
        ("**/[a-c].*", "a b c"),
        ("*/b.s?t", "b"),
        ("./talks/./[ab].*", "a b"),
    ],
)
def test_a_glob_is_expanded(here: Path, pattern: str, ids: str) -> None:
    put("talks/a.vtt", "talks/b.srt", "talks/w1/c.vtt", "talks/w1/deep/d.vtt", "talks/.hidden.vtt", "talks/.h/e.vtt")
    for source in (pattern, str(here / pattern)):
        these = found(source)
        assert [item.id for item in these.items] == ids.split()
        assert told(these) == []


def test_the_name_of_a_file_is_no_glob() -> None:
    put("talk [1].vtt", "talk 1.vtt")
    assert brief(found("talk [1].vtt").items) == ["talk -1: talk [1].vtt"]


def test_a_glob_that_fits_nothing_is_refused() -> None:
    put("talks/a.pdf")
    lines = told(found("talks/*.vtt", "none/*.vtt", "talks/*"))
    assert lines[:2] == [
        f"{source}: expected recordings or transcripts that fit this glob, found none; name where they are"
        for source in ("talks/*.vtt", "none/*.vtt")
    ]
    assert "that fit this glob, found 1 other file: a.pdf;" in lines[2]


# ── What cannot be taken ─────────────────────────────────────────────────────────────────────


def test_nobody_is_told_twice() -> None:
    put("talks/a.vtt", "talks/b.vtt", "talks/b.srt", "talks/c.pdf")
    these = found("talks", "none", "talks", "none")
    assert [len(part) for part in these] == [2, 1, 2]


def test_nothing_there_is_one_line_and_stops_nothing() -> None:
    put("a.vtt", "z.vtt")
    Path("empty").mkdir()
    these = found("a.vtt", "none.vtt", "empty", "a.vtt/b.vtt", "x" * 300, "nul\0.vtt", "s3://bucket/a.vtt", "z.vtt")
    assert [item.id for item in these.items] == ["a", "z"]
    lines = told(these)
    assert len(lines) == 6
    assert lines[0] == (
        "none.vtt: expected a recording, a transcript, a folder, a glob, a manifest or the id of a transcript; "
        "found no such file; check the spelling"
    )
    assert "File name too long" in lines[3]
    assert "expected a path on this machine, where the workspace lies too; copy it here first" in lines[5]


@posix_only
def test_pipes_and_the_like_are_refused_and_never_opened(here: Path) -> None:
    put("talks/a.vtt", "talks/b.wav")
    os.mkfifo("talks/pipe.vtt")
    os.mkfifo("talks/b.vtt")
    os.mkfifo("talks/a.m4a")
    os.mkfifo("talks/pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(here / "socket.wav"))
        these = found("talks", "talks/pipe", "/dev/null", "socket.wav", "talks/pipe.csv")
    assert brief(these.items) == ["a: talks/a.vtt", "b: talks/b.wav?"]
    lines = told(these)
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        *("talks/a.m4a", "talks/b.vtt", "talks/pipe.vtt", "talks/pipe", "/dev/null", "socket.wav")
    ]
    assert all("found a device, pipe or socket; save what it gives to a file" in line for line in lines[:-1])
    assert these.remarks == ("talks/: 1 file is no recording or transcript: pipe",)


@posix_only
def test_links_in_circles_and_to_nowhere_come_to_an_end() -> None:
    put("talks/a.vtt", "talks/x/b.vtt", "elsewhere/c.vtt")
    for link, target in [
        ("talks/x/up", "../../talks"),
        ("talks/again", "."),
        ("talks/A first", "x"),
        ("talks/other", "../elsewhere"),
        ("elsewhere/back", "../talks"),
        ("talks/loop.vtt", "loop.vtt"),
        ("talks/gone.m4a", "nothing"),
        ("talks/gone", "nothing"),
        ("talks/loop", "loop"),
    ]:
        Path(link).symlink_to(target)
    for source in ("talks", "talks/**", "talks/**/**/*"):
        these = found(source)
        assert brief(these.items) == ["a: talks/a.vtt", "c: talks/other/c.vtt", "b: talks/x/b.vtt"]
        lines = told(these)
        assert [line.partition(":")[0] for line in lines] == ["talks/gone.m4a", "talks/loop.vtt"]
        assert "found a link that leads nowhere; mend or remove it" in lines[0]
        assert "Too many levels of symbolic links" in lines[1]
    assert [line.partition(":")[0] for line in told(found("talks/gone", "talks/loop"))] == ["talks/gone", "talks/loop"]


@posix_only
def test_a_link_to_a_file_is_that_file_under_its_own_name() -> None:
    put("talks/a.vtt")
    Path("talks/z.vtt").symlink_to("a.vtt")
    Path("one.vtt").symlink_to("talks/a.vtt")
    assert brief(found("one.vtt").items) == ["one: one.vtt"]
    assert brief(found("talks").items) == ["a: talks/a.vtt"]
    assert brief(found("one.vtt", "talks").items) == ["one: one.vtt"]


@posix_only
def test_what_may_not_be_read_is_refused_alone() -> None:
    put("talks/a.vtt", "talks/b.vtt", "talks/c.pdf", "talks/shut/d.vtt", "e.m4a")
    locked = [Path("talks/b.vtt"), Path("talks/c.pdf"), Path("talks/shut"), Path("e.m4a")]
    for path in locked:
        path.chmod(0)
    try:
        if os.access("e.m4a", os.R_OK):
            pytest.skip("root may read all")
        these = found("talks", "e.m4a", "talks/shut/d.vtt")
    finally:
        for path in locked:
            path.chmod(0o700)
    assert brief(these.items) == ["a: talks/a.vtt"]
    assert told(these) == [
        "talks/b.vtt: cannot be read: Permission denied; make it readable",
        "talks/shut: cannot be listed: Permission denied; make it readable",
        "talks/shut/d.vtt: cannot be looked at: Permission denied; mend it, or leave it out",
        "e.m4a: cannot be read: Permission denied; make it readable",
    ]


@posix_only
def test_a_name_that_is_not_utf_8_is_refused() -> None:
    put("talks/a.vtt")
    odd = os.fsdecode(b"talks/caf\xe9.vtt")
    Path(odd).write_bytes(VTT)
    these = found("talks", odd)
    assert brief(these.items) == ["a: talks/a.vtt"]
    (line,) = told(these)
    assert line == (
        "talks/caf\N{REPLACEMENT CHARACTER}.vtt: expected a name in UTF-8 without control characters; "
        "rename the file or its folder"
    )


# ── Manifests ────────────────────────────────────────────────────────────────────────────────


def test_rows_say_what_a_source_is(here: Path) -> None:
    put("lists/a.m4a", "lists/week 1/b.vtt", "c.wav", "c.srt")
    Path("lists/talks.csv").write_text(
        "source,id,title,speakers,date\n"
        "a.m4a,opening,The opening,Ada; Wen,2025-11-03\n"
        "week 1/b.vtt,,,3,\n"
        f"{here / 'c.wav'},,Third,none,20251104\n"
    )
    these = found("lists/talks.csv")
    assert brief(these.items) == ["opening: lists/a.m4a?", "b: lists/week 1/b.vtt", "c: c.wav + c.srt"]
    first, second, third = these.items
    assert (first.title, first.date, first.speakers, first.names) == ("The opening", "2025-11-03", 2, ("Ada", "Wen"))
    assert (second.title, second.speakers, second.names) == (None, 3, ())
    assert (third.title, third.date, third.speakers) == ("Third", "2025-11-04", "none")
    assert [item.shown for item in these.items][:2] == ["lists/a.m4a", "lists/week 1/b.vtt"]


def test_rows_win_over_what_was_found_otherwise() -> None:
    put("t/a.vtt", "t/b.m4a", "t/b.vtt", "t/c.m4a", "t/c.vtt", "t/d.vtt")
    Path("talks.jsonl").write_text(
        '{"source": "t/a.vtt", "title": "A"}\n{"source": "t/b.vtt", "title": "B"}\n{"source": "t/c.m4a", "id": "sea"}\n'
    )
    for sources in (["t", "talks.jsonl"], ["talks.jsonl", "t"], ["t/a.vtt", "talks.jsonl", "t/*", "t/b.m4a"]):
        these = found(*sources)
        assert sorted(brief(these.items)) == [
            "a: t/a.vtt",
            "b: t/b.vtt + t/b.m4a",
            "d: t/d.vtt",
            "sea: t/c.m4a + t/c.vtt",
        ]
        assert [item.title for item in sorted(these.items, key=lambda item: item.id)] == ["A", "B", None, None]
        assert these[1:] == ((), ())


def test_what_rows_say_stays_wherever_else_a_file_is_named() -> None:
    put("w1/a.m4a", "w1/a.vtt", "w1/b.vtt")
    Path("talks.csv").write_text("source,date,speakers\nw1,2025-11-03,2\nw1/b.vtt,2025-11-04\n")
    for sources in (["talks.csv", "w1/a.m4a", "w1/b.vtt"], ["w1/a.m4a", "w1/b.vtt", "talks.csv"]):
        these = found(*sources)
        said = [(item.id, item.date, item.speakers) for item in these.items]
        assert said == [("a", "2025-11-03", 2), ("b", "2025-11-04", None)]
        assert told(these) == []


def test_rows_may_name_a_recording_and_its_transcript() -> None:
    put("a.m4a", "a.vtt", "a.srt")
    Path("talks.csv").write_text("source,id\na.m4a,heard\na.vtt,read\na.m4a,heard\n")
    these = found("talks.csv", ".")
    assert brief(these.items) == ["heard: a.m4a + a.vtt", "read: a.vtt + a.m4a"]
    assert told(these) == ["talks.csv:4: the id 'heard' is in lines 2 and 4; give each its own"]


def test_ids_in_a_manifest_tell_sources_of_one_name_apart() -> None:
    put("w1/talk.vtt", "w2/talk.vtt", "w3/talk.vtt")
    Path("talks.csv").write_text("source,id\nw1/talk.vtt,\nw2/talk.vtt,second\nw3/talk.vtt,\n")
    these = found("talks.csv")
    assert brief(these.items) == ["talk: w1/talk.vtt", "second: w2/talk.vtt"]
    assert told(these) == [
        "talks.csv:4: w3/talk.vtt: the id 'talk' is taken by w1/talk.vtt in this batch; give them different ids in the "
        "column `id` of a manifest, or rename one"
    ]


def test_a_row_may_name_a_folder_a_glob_or_an_id() -> None:
    put("w1/a.vtt", "w1/b.m4a", "w1/b.vtt", "w2/c.vtt", "w2/d.srt", "w2/x.pdf", "ws/transcripts/e.json")
    Path("talks.csv").write_text("source,date,title\nw1,2025-11-03\nw2/*,2025-11-10\nw1/a.vtt,,First\ne,,Fifth\n")
    these = found("talks.csv", "w1", saved=lambda name: name == "e")
    said = {item.id: (item.date, item.title) for item in these.items}
    assert said == {
        "a": (None, "First"),
        "b": ("2025-11-03", None),
        "c": ("2025-11-10", None),
        "d": ("2025-11-10", None),
        "e": (None, "Fifth"),
    }
    assert told(these) == []


def test_a_bad_row_is_refused_with_its_line() -> None:
    put("a.vtt", "w1/b.vtt", "x.bin")
    Path("inner.csv").write_text("source\na.vtt\n")
    Path("talks.csv").write_text(
        "source,title\na.vtt,\nnone.vtt,\nw1,Week\nw1/*,Week\ninner.csv,\nx.bin,\n,Nothing\na.vtt,Again\na.vtt,\n"
    )
    these = found("talks.csv")
    assert brief(these.items) == ["a: a.vtt"]
    starts = {
        "talks.csv:3": "none.vtt: expected a recording, a transcript,",
        "talks.csv:4": "w1: expected one file where a row has an id or a title, found many; write a row for each",
        "talks.csv:5": "w1/*: expected one file where a row",
        "talks.csv:6": "inner.csv: expected a recording or a transcript, found a manifest",
        "talks.csv:7": "x.bin: expected a recording or a transcript, found a file of another kind; leave it out",
        "talks.csv:8": "expected a file, a folder or a glob under `source`, found nothing",
        "talks.csv:9": "a.vtt: is in talks.csv:2 too, which says something else of it; leave one of the two out",
    }
    reasons = {one.shown: one.reason for one in these.refused}
    assert sorted(reasons) == sorted(starts)
    assert not [shown for shown, start in starts.items() if not reasons[shown].startswith(start)]


def test_a_table_that_is_no_manifest_is_refused() -> None:
    Path("data.csv").write_text("speaker,start\nAda,1\n")
    Path("empty.jsonl").touch()
    put("a.vtt")
    these = found("data.csv", "empty.jsonl", "none.csv", "a.vtt")
    assert [item.id for item in these.items] == ["a"]
    expected = "expected a manifest with a column `source`, and where wanted `id`, `title`, `speakers` and `date`"
    assert told(these)[:2] == [
        f"data.csv: {expected}; found the columns speaker and start",
        f"empty.jsonl: {expected}; found an empty file",
    ]
    assert "none.csv: expected a recording" in told(these)[2]


# ── A workspace elsewhere ────────────────────────────────────────────────────────────────────


@pytest.fixture
def store() -> Iterator[Store]:
    """A workspace in memory, with a folder of talks beside it."""
    store = Store(f"memory://{uuid4().hex}/ws")
    yield store
    store.filesystem.rm(store.root.rpartition("/")[0], recursive=True)


def fill(store: Store, *paths: str) -> str:
    """Files beside the workspace; returns the URL of the folder in which they lie."""
    top = store.root.rpartition("/")[0]
    for path in paths:
        data = WAV if path.endswith((".m4a", ".wav")) else VTT if path.endswith(SIDECARS) else b"\0\1"
        store.filesystem.pipe_file(f"{top}/{path}", data)
    return f"memory:/{top}"


def test_sources_elsewhere_are_found_where_the_workspace_lies(store: Store) -> None:
    url = fill(
        store,
        *("talks/a.m4a", "talks/a.vtt", "talks/w1/b.vtt", "talks/w1/c.wav", "talks/x.pdf", "talks/.h/e.vtt"),
        *("talks/d.txt", "talks/d.srt", "ws/drafts/a/notes.md", "ws/transcripts/a.json", "ws/transcripts/old.json"),
    )
    top = store.root.rpartition("/")[0]
    all_of_it = [
        ("a", f"{top}/talks/a.m4a", (f"{top}/talks/a.vtt",)),
        ("d", f"{top}/talks/d.srt", ()),
        ("b", f"{top}/talks/w1/b.vtt", ()),
        ("c", f"{top}/talks/w1/c.wav", ()),
    ]

    def seen(*sources: str) -> list[tuple[str, str, tuple[str, ...]]]:
        these = find(sources, store, saved=saved_nowhere)
        assert told(these) == []
        return [(item.id, item.source, item.beside) for item in these.items]

    assert seen(f"{url}/talks") == all_of_it
    assert seen(f"{url}/talks/") == all_of_it
    assert seen(f"{url}/talks/**") == all_of_it
    assert seen(f"{url}/talks/w?/*.vtt", f"{url}/talks/w1/b.vtt") == all_of_it[2:3]
    assert seen(f"{url}/talks/a.vtt") == [("a", f"{top}/talks/a.vtt", (f"{top}/talks/a.m4a",))]
    assert seen(f"{url}/ws/../talks/d.srt") == all_of_it[1:2]
    assert seen(url) == [*all_of_it, ("old", f"{top}/ws/transcripts/old.json", ())]
    these = find([f"{url}/talks"], store, saved=saved_nowhere)
    assert [item.is_unheard for item in these.items] == [False, False, False, True]
    assert these.items[2].shown == f"{url}/talks/w1/b.vtt"
    assert f"{url}/talks/: 1 file is no recording or transcript: x.pdf" in these.remarks


def test_a_manifest_elsewhere_and_ids(store: Store) -> None:
    url = fill(store, "talks/a.m4a", "talks/w1/b.vtt", "ws/transcripts/old.json")
    rows = f"source,title\na.m4a,A\n{url}/talks/w1/b.vtt,B\n../ws/transcripts/old.json,C\n/tmp/d.vtt,D\nnone.vtt,E\n"
    store.filesystem.pipe_file(f"{store.root.rpartition('/')[0]}/talks/list.csv", rows.encode())
    these = find([f"{url}/talks/list.csv", "old"], store, saved=lambda name: name == "old")
    assert [(item.id, item.title) for item in these.items] == [("a", "A"), ("b", "B"), ("old", "C")]
    assert these.items[2].source == store.path("transcripts", "old.json")
    assert [one.shown for one in these.refused] == [f"{url}/talks/list.csv:5", f"{url}/talks/list.csv:6"]
    assert these.refused[0].reason.startswith(f"/tmp/d.vtt: the workspace lies in {store.url}; copy the recordings")


def test_what_does_not_lie_where_the_workspace_does_is_refused(store: Store) -> None:
    put("a.vtt", "talks.csv")
    url = fill(store, "talks/a.vtt")
    these = find(
        ["a.vtt", "talks.csv", "s3://b/a.vtt", "talk", f"{url}/none.vtt", f"{url}/no/*"], store, saved=saved_nowhere
    )
    assert these.items == ()
    lines = told(these)
    assert lines[:4] == [
        f"{source}: the workspace lies in {store.url}; copy the recordings there first, so that its pages can play "
        "them, and name them there"
        for source in ("a.vtt", "talks.csv", "s3://b/a.vtt", "talk")
    ]
    assert "found no such file" in lines[4]
    assert "that fit this glob, found none" in lines[5]


class Hosted(MemoryFileSystem):  # type: ignore[misc]
    """Memory that lies on hosts, as files reached by SSH do; it counts what it is asked to list."""

    protocol = "hosted"
    asked: ClassVar[list[str]] = []

    def __init__(self, host: str = "", **options: Any) -> None:
        super().__init__(**options)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("hosted://").strip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, str]:
        return {"host": path.removeprefix("hosted://").partition("/")[0]}

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        self.asked.append(path)
        return super().ls(path, detail=detail, **options)


@pytest.fixture
def hosted() -> Iterator[Store]:
    register_implementation("hosted", Hosted, clobber=True)
    store = Store(f"hosted://{uuid4().hex}/ws")
    store.filesystem.touch(store.path("scribe.toml"))
    yield store
    store.filesystem.rm(store.root.rpartition("/")[0], recursive=True)
    Hosted.asked.clear()


def test_another_host_is_another_place(hosted: Store) -> None:
    these = find(["hosted://other/a.vtt", "memory://a.vtt"], hosted, saved=saved_nowhere)
    assert [f"the workspace lies in {hosted.url};" in line for line in told(these)] == [True, True]


def test_few_requests_find_many_files_elsewhere(hosted: Store) -> None:
    """One walk lists all below a folder; for rows, each folder is listed once."""
    url = hosted.url.rpartition("/")[0]
    for n in range(40):
        hosted.filesystem.pipe_file(hosted.root.replace("/ws", f"/talks/w{n % 10}/t{n}.vtt"), VTT)
    assert len(find([f"{url}/talks"], hosted, saved=saved_nowhere).items) == 40
    assert len(Hosted.asked) == 1
    rows = "source\n" + "".join(f"w{n % 10}/t{n}.vtt\n" for n in range(40))
    hosted.filesystem.pipe_file(hosted.root.replace("/ws", "/talks/list.csv"), rows.encode())
    Hosted.asked.clear()
    assert len(find([f"{url}/talks/list.csv"], hosted, saved=saved_nowhere).items) == 40
    assert len(Hosted.asked) == 1 + 10


# ── Many ─────────────────────────────────────────────────────────────────────────────────────


def test_a_thousand_files_are_found_at_once() -> None:
    """0.08 to 0.11 s on two shared cores, heads of 16 KB read; what takes a second grew with the square."""
    for n in range(500):
        put(f"talks/w{n % 20:02}/talk {n:03}.vtt", f"talks/w{n % 20:02}/talk {n:03}.m4a")
    began = time.perf_counter()
    these = found("talks")
    assert time.perf_counter() - began < 2
    assert len(these.items) == 500
    assert all(item.beside and not item.is_unheard for item in these.items)
    assert these[1:] == ((), ())
