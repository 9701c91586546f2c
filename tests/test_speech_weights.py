"""Weights are found, fetched whole or not at all, and a file that is no model is one line.

Servers are real ones on the loopback, and the libraries that ask them are the real ones; no test needs the network.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_whisper import untrained

from scribe.records import ScribeError
from scribe.speech import weights
from scribe.speech.weights import Weights
from scribe.speech.weights.download import Download, download, sha256_of

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def one_line(error: pytest.ExceptionInfo[ScribeError]) -> str:
    """The message, which is for a person: one line without a library's name for its own error."""
    told = str(error.value)
    assert "\\n" not in told
    assert "\n" not in told
    assert "Error" not in told
    return told


# ── Servers ──────────────────────────────────────────────────────────────────────────────────


class Server(ThreadingHTTPServer):
    """Answers every path with its content; `troubles` befall one request each: bytes before a cut, or a status."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler], content: bytes = CONTENT) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.content = content
        self.ranges = True
        self.troubles: list[int | str] = []
        self.asked: list[str | None] = []
        """The `Range` of each request."""
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.asked.append(asked)
        trouble = self.server.troubles.pop(0) if self.server.troubles else ""
        content, first = self.server.content, int(asked[6:-1]) if asked and self.server.ranges else 0
        if isinstance(trouble, str) and trouble.isdecimal():
            self.send_error(int(trouble))
        elif trouble == "silence":
            self.rfile.read(1)  # until the other side hangs up
        elif first and first >= len(content):
            self.send_error(416)
        else:
            self.send_response(206 if first else 200)
            if first:
                begin = first + 7 if trouble == "another part" else first
                self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - first))
            self.end_headers()
            self.wfile.write(content[first : first + trouble if isinstance(trouble, int) else None])

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[Server]:
    with Server(handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Handler) as running:
        yield running


@pytest.fixture
def wanted(server: Server, tmp_path: Path) -> Download:
    return Download(
        what="whisper weights 'micro'",
        url=f"{server.url}/{SHA256}/micro.pt",
        path=tmp_path / "whisper" / "micro.pt",
        sha256=SHA256,
        pause_s=0.001,
        timeout_s=5,
    )


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def begun(wanted: Download, content: bytes) -> None:
    """What an earlier run left behind."""
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(content)


def assert_whole(wanted: Download) -> None:
    assert wanted.path.read_bytes() == CONTENT
    assert not wanted.part.exists()


# ── One file over HTTP ───────────────────────────────────────────────────────────────────────


def test_a_file_is_fetched_and_its_progress_told(server: Server, wanted: Download) -> None:
    told: list[tuple[int, int | None]] = []
    download(wanted, on_progress=lambda done, total: told.append((done, total)))
    assert_whole(wanted)
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, 300_000), (300_000, 300_000))


def test_a_cut_connection_is_taken_up_where_it_broke(server: Server, wanted: Download) -> None:
    server.troubles = [1000, 0, 150_000, "503"]
    download(wanted)
    assert_whole(wanted)
    assert server.asked == [None, "bytes=1000-", "bytes=1000-", "bytes=151000-", "bytes=151000-"]


def test_the_next_run_goes_on_where_one_gave_up(server: Server, wanted: Download) -> None:
    server.troubles = [90_000, 0, 0, 0, 0]
    with pytest.raises(ScribeError) as error:
        download(wanted)
    assert "broke off after 90000 of 300000 bytes); run again to go on from there, or fetch" in one_line(error)
    assert not wanted.path.exists()
    server.asked.clear()
    download(wanted)
    assert_whole(wanted)
    assert server.asked == ["bytes=90000-"]


def test_a_server_that_cannot_resume_starts_afresh(server: Server, wanted: Download) -> None:
    begun(wanted, CONTENT[:1000])
    server.ranges = False
    download(wanted)
    assert_whole(wanted)


def test_a_server_that_gives_another_part_is_asked_again(server: Server, wanted: Download) -> None:
    begun(wanted, CONTENT[:1000])
    server.troubles = ["another part"]
    download(wanted)
    assert_whole(wanted)
    assert server.asked == ["bytes=1000-", None]


@pytest.mark.parametrize(
    "left",
    [b"", b"what never was there", CONTENT[:99] + b"!" + CONTENT[100:5000], b"!" * 300_000, CONTENT + b"!", CONTENT],
    ids=["nothing", "nonsense", "one byte wrong", "all of it wrong", "too much", "all of it"],
)
def test_whatever_was_left_the_file_is_right(server: Server, wanted: Download, left: bytes) -> None:
    begun(wanted, left)
    download(wanted)
    assert_whole(wanted)


@pytest.mark.parametrize("there", [CONTENT[:200_000], b"another file"])
def test_half_a_file_in_the_place_itself_is_mended(server: Server, wanted: Download, there: bytes) -> None:
    """openai-whisper's own download writes there, and leaves it so when it is stopped."""
    wanted.path.parent.mkdir()
    wanted.path.write_bytes(there)
    download(wanted)
    assert_whole(wanted)
    assert server.asked[0] == f"bytes={len(there)}-"


def test_other_content_is_not_kept(server: Server, wanted: Download) -> None:
    server.content = b"<html>Please log in</html>"
    with pytest.raises(ScribeError) as error:
        download(wanted)
    told = one_line(error)
    assert SHA256[:12] in told
    assert "login page" in told
    assert not wanted.path.exists()
    assert not wanted.part.exists()


@pytest.mark.parametrize(
    ("troubles", "requests", "reason"),
    [(["404"], 1, "404 Not Found"), (["503", "503"], 2, "503 Service Unavailable"), (["silence"] * 2, 2, "timed out")],
)
def test_a_server_that_gives_nothing_is_named_with_its_reason(
    server: Server, wanted: Download, troubles: list[int | str], requests: int, reason: str
) -> None:
    server.troubles = troubles
    with pytest.raises(ScribeError) as error:
        download(wanted.model_copy(update={"timeout_s": 0.2}))
    assert one_line(error) == (
        f"whisper weights 'micro' are not here and cannot be fetched from 127.0.0.1:{server.server_port} ({reason}); "
        f"fetch {wanted.url} elsewhere and put it at {wanted.path}, or give a path with --model"
    )
    assert len(server.asked) == requests


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(server: Server, wanted: Download) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ScribeError) as error:
            download(wanted)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "free some space" in one_line(error)
    assert not wanted.path.exists()
    download(wanted)
    assert_whole(wanted)
    assert server.asked[1] == f"bytes={100_000}-"


def test_a_disk_without_room_is_told_before_anything_is_written(server: Server, wanted: Download) -> None:
    """A server that announces more than any disk holds."""

    class Vast(Handler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(10**18))
            self.end_headers()

    with serving(Vast) as vast, pytest.raises(ScribeError) as error:
        download(wanted.model_copy(update={"url": vast.url}))
    assert "expected 1000000000.0 GB of free space" in one_line(error)


def test_a_folder_that_cannot_be_made_is_one_line(wanted: Download) -> None:
    wanted.path.parent.write_text("a file lies where the folder goes")
    with pytest.raises(ScribeError, match=r"cannot write whisper weights 'micro' to .*give a path with --model"):
        download(wanted)


def test_two_at_once_fetch_it_once(server: Server, wanted: Download) -> None:
    threads = [threading.Thread(target=download, args=(wanted,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_whole(wanted)
    assert server.asked == [None]


# ── Names and paths ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing was fetched, and which reaches nobody."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache" / "hub"))
    return tmp_path / "cache"


@pytest.fixture
def micro(nothing_here: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A name more in openai-whisper's list; the path is where it will lie."""
    import whisper

    monkeypatch.setitem(whisper._MODELS, "micro", f"{server.url}/{SHA256}/micro.pt")
    return nothing_here / "whisper" / "micro.pt"


def test_a_name_is_fetched_once(micro: Path, server: Server) -> None:
    assert weights.find("micro", "whisper") is None
    fetched = weights.fetch("micro", "whisper")
    assert fetched == Weights(engine="whisper", name="micro", path=micro, digest=SHA256)
    assert weights.fetch("micro", "whisper") == weights.find("micro", "whisper") == fetched
    assert len(server.asked) == 1
    assert [(p.engine, p.name, p.path) for p in weights.listed()] == [("whisper", "micro", micro)]
    assert weights.usable("micro") == ["whisper"]


def test_a_damaged_file_is_not_here_and_is_fetched_again(micro: Path) -> None:
    micro.parent.mkdir(parents=True)
    micro.write_bytes(CONTENT[:-1])
    assert weights.find("micro", "whisper") is None
    assert weights.fetch("micro", "whisper").digest == sha256_of(micro) == SHA256


def test_where_no_network_is_the_line_says_what_to_fetch_and_where_to_put_it(nothing_here: Path) -> None:
    import whisper

    with pytest.raises(ScribeError) as error:
        weights.fetch("turbo", "whisper")
    assert re.fullmatch(
        r"whisper weights 'turbo' are not here and cannot be fetched from openaipublic\.azureedge\.net \(.*refused.*\)"
        f"; fetch {re.escape(whisper._MODELS['turbo'])} elsewhere and put it at "
        f"{re.escape(str(nothing_here))}/whisper/large-v3-turbo.pt, or give a path with --model",
        one_line(error),
    )


@pytest.mark.parametrize("name", ["small", "large-v3"])
def test_a_name_that_was_never_fetched_is_not_here(nothing_here: Path, name: str) -> None:
    assert weights.usable(name) == []
    assert weights.find(name, "whisper") is None
    assert weights.find(name, "faster-whisper") is None
    assert weights.listed() == ()
    assert weights.folder("whisper") == nothing_here / "whisper"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("smal", "did you mean 'small'? expected a path, or one of"),
        ("largev3", "did you mean 'large-v3'?"),
        ("", "--model : expected a path, or one of"),
        ("models/small.pt", "expected a file or a folder, found none there"),
        ("someone/whisper-finetuned", "hf download someone/whisper-finetuned --local-dir FOLDER"),
        ("x" * 5000, "expected a path, or one of"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(name: str, told: str) -> None:
    for ask in (weights.usable, lambda n: weights.fetch(n, "whisper"), lambda n: weights.find(n, "faster-whisper")):
        with pytest.raises(ScribeError) as error:
            ask(name)
        assert told in one_line(error)
        assert "tiny.en" in str(error.value)


def test_a_checkpoint_is_for_one_engine_and_a_folder_for_the_other(tmp_path: Path) -> None:
    checkpoint, folder = tmp_path / "own.pt", tmp_path / "converted"
    folder.mkdir()
    checkpoint.write_bytes(b"abc")
    (folder / "model.bin").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    for path, engine, other in ((checkpoint, "whisper", "faster-whisper"), (folder, "faster-whisper", "whisper")):
        assert weights.usable(str(path)) == [engine]
        found = weights.fetch(str(path), engine)
        assert (found.path, found.digest) == (path, digest)
        with pytest.raises(ScribeError, match=f"found some for {engine}; use --engine {engine}"):
            weights.fetch(str(path), other)


@pytest.mark.parametrize(
    ("file", "given", "told"),
    [
        ("model.safetensors", "", "ct2-transformers-converter --model"),
        ("model.safetensors", "model.safetensors", "ct2-transformers-converter --model"),
        ("pytorch_model.bin", "", "ct2-transformers-converter --model"),
        ("model.bin", "model.bin", "found its file; give"),
        ("notes.md", "", "found a folder without"),
    ],
)
def test_a_path_that_is_for_no_engine_says_what_to_do(tmp_path: Path, file: str, given: str, told: str) -> None:
    (tmp_path / file).write_bytes(b"{}")
    with pytest.raises(ScribeError) as error:
        weights.usable(str(tmp_path / given))
    assert told in one_line(error)


# ── The model hub ────────────────────────────────────────────────────────────────────────────

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(Handler):
    """As much of the model hub's interface as its library asks for; serves the files in `folder`."""

    folder: Path

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/someone/micro/revision/"):
            return self.reply(json.dumps({"id": "someone/micro", "sha": COMMIT, "siblings": []}).encode(), body=body)
        if path.startswith("/api/models/someone/micro/tree/"):
            return self.reply(
                json.dumps([self.entry(file) for file in sorted(self.folder.iterdir())]).encode(), body=body
            )
        file = self.folder / path.rpartition("/")[2]
        if not path.startswith(f"/someone/micro/resolve/{COMMIT}/") or not file.is_file():
            return self.send_error(404)
        entry = self.entry(file)
        etag = entry.get("lfs", entry)["oid"]
        self.server.asked.append(f"{self.command} {file.name}")
        return self.reply(file.read_bytes(), body=body, etag=etag)

    def entry(self, file: Path) -> dict[str, Any]:
        content = (self.folder.parent / "right" / file.name).read_bytes()
        found: dict[str, Any] = {"type": "file", "path": file.name, "size": len(content)}
        found["oid"] = hashlib.sha1(content).hexdigest()
        if file.name == "model.bin":
            found["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 100}
        return found

    def reply(self, content: bytes, *, body: bool, etag: str = "") -> None:
        self.send_response(200)
        if etag:
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


@pytest.fixture
def hub(nothing_here: Path, tmp_path: Path, converted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A hub that has one repository, under a name more in faster-whisper's list."""
    import faster_whisper.utils

    for name in ("right", "given"):
        shutil.copytree(converted, tmp_path / name)
    monkeypatch.setitem(faster_whisper.utils._MODELS, "micro", "someone/micro")
    with serving(type("Hub", (Hub,), {"folder": tmp_path / "given"})) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def test_a_repository_is_fetched_once_and_opened(hub: Server, nothing_here: Path, converted: Path) -> None:
    told: list[tuple[int, int | None]] = []
    fetched = weights.fetch("micro", "faster-whisper", on_progress=lambda done, total: told.append((done, total)))
    assert fetched.digest == sha256_of(converted / "model.bin")
    assert fetched.path.is_relative_to(nothing_here / "hub")
    size = sum(file.stat().st_size for file in converted.iterdir())
    assert told[-1] == (size, size)
    asked = len(hub.asked)
    assert weights.fetch("micro", "faster-whisper") == fetched
    assert len(hub.asked) == asked
    assert weights.usable("micro") == ["faster-whisper"]
    assert [place.name for place in weights.listed()] == ["micro"]
    assert weights.open_on_ctranslate2(fetched, device="cpu", compute_type="int8", threads=1).model.n_mels == 80


def test_a_repository_that_broke_off_is_not_here(hub: Server) -> None:
    fetched = weights.fetch("micro", "faster-whisper")
    (fetched.path / "model.bin").unlink()
    assert weights.find("micro", "faster-whisper") is None
    assert weights.fetch("micro", "faster-whisper") == fetched


def test_a_damaged_model_of_the_hub_is_fetched_again(hub: Server) -> None:
    fetched = weights.fetch("micro", "faster-whisper")
    model = fetched.path / "model.bin"
    model.write_bytes(b"?" * model.stat().st_size)
    assert weights.find("micro", "faster-whisper") is None
    assert weights.fetch("micro", "faster-whisper") == fetched


def test_other_content_than_the_hub_says_is_refused(hub: Server, tmp_path: Path) -> None:
    model = tmp_path / "given" / "model.bin"
    model.write_bytes(b"?" * model.stat().st_size)
    with pytest.raises(ScribeError) as error:
        weights.fetch("micro", "faster-whisper")
    assert "expected a whole model with the checksum" in one_line(error)


def test_where_the_hub_is_out_of_reach_the_line_says_what_to_fetch(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = closed_port()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(ScribeError) as error:
        weights.fetch("small", "faster-whisper")
    assert re.fullmatch(
        rf"faster-whisper weights 'small' are not here and cannot be fetched from 127\.0\.0\.1:{port} \(.*refused\); "
        rf"fetch http://127\.0\.0\.1:{port}/Systran/faster-whisper-small elsewhere and name its folder with --model",
        one_line(error),
    )


def test_a_repository_that_the_hub_does_not_have_is_one_line(hub: Server) -> None:
    with pytest.raises(ScribeError, match=r"cannot be fetched from .*404.*name its folder with --model"):
        weights.fetch("small", "faster-whisper")


# ── A checkpoint of openai-whisper ───────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def checkpoint() -> dict[str, Any]:
    """A Whisper with random weights and tiny's numbers of layers and heads."""
    model = untrained(state=24, heads=6, layers=(4, 4))
    return {"dims": asdict(model.dims), "model_state_dict": model.half().state_dict()}


def saved(content: Any, path: Path) -> Weights:
    import torch

    torch.save(content, path)
    return Weights(engine="whisper", name=str(path), path=path, digest="")


def heads(model: Any) -> list[list[int]]:
    found: list[list[int]] = model.alignment_heads.to_dense().nonzero().tolist()
    return found


def test_a_checkpoint_is_opened_as_openai_whisper_opens_it(checkpoint: dict[str, Any], tmp_path: Path) -> None:
    import torch
    import whisper

    given = saved(checkpoint, tmp_path / "own.pt")
    ours, theirs = weights.open_on_torch(given, device="cpu"), whisper.load_model(str(given.path), device="cpu")
    assert ours.dims == theirs.dims
    assert heads(ours) == heads(theirs)
    state = ours.state_dict()
    assert state.keys() == theirs.state_dict().keys()
    assert all(torch.equal(tensor, state[name]) for name, tensor in theirs.state_dict().items())


def test_heads_for_word_times_are_those_of_the_weights_whatever_their_name(
    checkpoint: dict[str, Any], tmp_path: Path
) -> None:
    """`whisper.load_model` forgets them where it is given a path."""
    import whisper

    given = saved(checkpoint, tmp_path / "renamed.pt")
    by_path = weights.open_on_torch(given, device="cpu")
    tiny = given.model_copy(update={"digest": whisper._MODELS["tiny"].split("/")[-2]})
    expected = whisper.model.Whisper(by_path.dims)
    expected.set_alignment_heads(whisper._ALIGNMENT_HEADS["tiny"])
    assert heads(weights.open_on_torch(tiny, device="cpu")) == heads(expected) != heads(by_path)


class Evil:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_code_in_a_checkpoint_is_not_run(checkpoint: dict[str, Any], tmp_path: Path) -> None:
    import torch

    marker = tmp_path / "ran"
    given = saved({**checkpoint, "extra": Evil(marker)}, tmp_path / "evil.pt")
    torch.load(given.path, weights_only=False)
    marker.rmdir()  # it was there: the trap works
    with pytest.raises(ScribeError) as error:
        weights.open_on_torch(given, device="cpu")
    assert f"holds code or objects besides tensors ({os.mkdir.__module__}.mkdir), which is never run" in one_line(error)
    assert not marker.exists()


def without(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def bad_checkpoints(good: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Checkpoints that torch can read, and what is said of each."""
    dims, state = good["dims"], good["model_state_dict"]
    text = {"encoder.conv1.weight": "no tensor"}
    vast = 2**26

    def claimed(name: str, shape: tuple[int, ...]) -> Any:
        return state[name].new_zeros(1).expand(shape)

    lots = {
        "decoder.token_embedding.weight": claimed("decoder.token_embedding.weight", (51865, vast)),
        "decoder.positional_embedding": claimed("decoder.positional_embedding", (448, vast)),
    }
    return {
        "a list": ([1, 2], "without 'dims' and 'model_state_dict'"),
        "bare tensors": (state, "without 'dims' and 'model_state_dict'"),
        "no dims": (without(good, "dims"), "without 'dims' and 'model_state_dict'"),
        "dims of another shape": ({**good, "dims": without(dims, "n_mels")}, "not the 10 numbers"),
        "dims that are no numbers": ({**good, "dims": {**dims, "n_mels": "80"}}, "not the 10 numbers"),
        "other dims": ({**good, "dims": {**dims, "n_text_state": 32}}, "shape [51865, 32], and [51865, 24]"),
        "more layers": ({**good, "dims": {**dims, "n_text_layer": 10**9}}, "more layers than the 4"),
        "fewer layers": (
            {**good, "dims": {**dims, "n_text_layer": 3}},
            "tensors that differ (24), such as decoder.blocks.3",
        ),
        "odd heads": ({**good, "dims": {**dims, "n_text_head": 5}}, "do not share out the state evenly"),
        "no tensors": ({**good, "model_state_dict": text}, "does not hold tensors alone"),
        "a tensor missing": ({**good, "model_state_dict": without(state, "decoder.ln.bias")}, "decoder.ln.bias"),
        "a tensor more": (
            {**good, "model_state_dict": {**state, "x": state["decoder.ln.bias"]}},
            "tensors that differ (1), such as x",
        ),
        "too large": (
            {"dims": {**dims, "n_text_state": vast, "n_text_head": 1}, "model_state_dict": {**state, **lots}},
            "not enough memory on cpu",
        ),
    }


@pytest.mark.parametrize(
    "case",
    "a list|bare tensors|no dims|dims of another shape|dims that are no numbers|other dims|more layers|fewer layers|"
    "odd heads|no tensors|a tensor missing|a tensor more|too large".split("|"),
)
def test_a_checkpoint_of_another_model_is_one_line(checkpoint: dict[str, Any], tmp_path: Path, case: str) -> None:
    content, told = bad_checkpoints(checkpoint)[case]
    given = saved(content, tmp_path / "bad.pt")
    with pytest.raises(ScribeError) as error:
        weights.open_on_torch(given, device="cpu")
    assert told in one_line(error)
    assert str(given.path) in str(error.value)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda good: b"", "found an empty file or none"),
        (lambda good: b"These are not weights, this is a letter.\n" * 50, "found another kind of file"),
        (lambda good: bytes.fromhex("ffd8ffe000104a464946000101") + good[:3000], "found another kind of file"),
        (lambda good: good[: len(good) // 2], "half of one"),
        (lambda good: good.replace(b"dims", b"\xff\xff\xff\xff"), "found a damaged one"),
        (lambda good: good[:100] + b"\0" * 400 + good[500:], "found a damaged one"),
    ],
    ids=["empty", "text", "picture", "half", "names broken", "beginning gone"],
)
def test_a_file_that_is_no_checkpoint_is_one_line(
    checkpoint: dict[str, Any], tmp_path: Path, damage: Callable[[bytes], bytes], told: str
) -> None:
    given = saved(checkpoint, tmp_path / "bad.pt")
    given.path.write_bytes(damage(given.path.read_bytes()))
    with pytest.raises(ScribeError) as error:
        weights.open_on_torch(given, device="cpu")
    assert told in one_line(error)


@pytest.mark.parametrize("device", ["cuda", "mps", "tpu", ""])
def test_a_device_that_is_not_there_is_one_line(
    checkpoint: dict[str, Any], converted: Path, tmp_path: Path, device: str
) -> None:
    import torch

    if (device == "cuda" and torch.cuda.is_available()) or (device == "mps" and torch.backends.mps.is_available()):
        pytest.skip(f"{device} is there")
    with pytest.raises(ScribeError, match=f"--device {device}: expected one of cpu.*found no such device"):
        weights.open_on_torch(saved(checkpoint, tmp_path / "own.pt"), device=device)
    with pytest.raises(ScribeError, match=f"--device {device}: expected one of cpu.*found no such device"):
        open_folder(converted, device=device)


# ── A folder of CTranslate2 ──────────────────────────────────────────────────────────────────

SPECIAL = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|translate|>", "<|notimestamps|>")


def convert(folder: Path, *, mels: int = 80, state: int = 16) -> None:
    """A folder as CTranslate2's converter writes it: one layer of random weights, and 64 tokens."""
    from ctranslate2.specs.whisper_spec import WhisperSpec
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    random = np.random.default_rng(0)
    tokens = [*SPECIAL, *(f"word{n}" for n in range(64 - len(SPECIAL)))]

    def filled(*shape: int) -> Any:
        return random.normal(0, 0.02, shape).astype(np.float32)

    def linear(spec: Any, out: int, into: int) -> None:
        spec.weight, spec.bias = filled(out, into), filled(out)

    def normed(spec: Any) -> None:
        spec.gamma, spec.beta = filled(state), filled(state)

    spec = WhisperSpec(1, 2, 1, 2)
    for conv, into in ((spec.encoder.conv1, mels), (spec.encoder.conv2, state)):
        conv.weight, conv.bias = filled(state, into, 3), filled(state)
    spec.encoder.position_encodings.encodings = filled(1500, state)
    spec.decoder.position_encodings.encodings = filled(448, state)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = filled(len(tokens), state)
    normed(spec.encoder.layer_norm)
    normed(spec.decoder.layer_norm)
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        normed(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * state, state)
        linear(layer.self_attention.linear[1], state, state)
        normed(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * state, state)
        linear(layer.ffn.linear_1, state, 4 * state)
    across = spec.decoder.layer[0].attention
    normed(across.layer_norm)
    for part, out in zip(across.linear, (state, 2 * state, state), strict=True):
        linear(part, out, state)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids, spec.config.alignment_heads = [2], [[0, 0]]
    spec.register_vocabulary(tokens)
    spec.validate()
    folder.mkdir()
    spec.save(str(folder))
    Tokenizer(WordLevel({token: n for n, token in enumerate(tokens)}, unk_token="<|endoftext|>")).save(
        str(folder / "tokenizer.json")
    )


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "converted"
    convert(folder)
    return folder


def open_folder(folder: Path, device: str = "cpu", compute_type: str = "int8") -> Any:
    given = Weights(engine="faster-whisper", name=str(folder), path=folder, digest="")
    return weights.open_on_ctranslate2(given, device=device, compute_type=compute_type, threads=1)


def test_a_folder_is_opened(converted: Path) -> None:
    model = open_folder(converted)
    assert model.hf_tokenizer.token_to_id("<|notimestamps|>") == 5
    assert model.model.compute_type.startswith("int8")


def test_a_type_that_the_device_does_not_compute_in_is_one_line(converted: Path) -> None:
    with pytest.raises(ScribeError, match=r"expected one of .*int8.*found 'int3'"):
        open_folder(converted, compute_type="int3")


def test_a_model_with_more_mels_needs_its_preprocessor_file(tmp_path: Path) -> None:
    convert(tmp_path / "large", mels=128)
    with pytest.raises(ScribeError) as error:
        open_folder(tmp_path / "large")
    assert "for 128 mels, and 80 in preprocessor_config.json" in one_line(error)
    (tmp_path / "large" / "preprocessor_config.json").write_text('{"feature_size": 128}')
    assert len(open_folder(tmp_path / "large").feature_extractor.mel_filters) == 128


def replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


@pytest.mark.parametrize(
    ("file", "damage", "told"),
    [
        ("tokenizer.json", None, "expected tokenizer.json in it, found none; copy it from the model"),
        ("tokenizer.json", lambda _: b"{}", "expected a tokenizer of the tokenizers library"),
        ("tokenizer.json", lambda good: good[:200], "expected a tokenizer of the tokenizers library"),
        (
            "tokenizer.json",
            replace(b"transcribe", b"recite"),
            "tokenizer.json of another model, without <|transcribe|>",
        ),
        ("vocabulary.json", None, "expected vocabulary.json in it"),
        ("vocabulary.json", lambda good: good[:50], "found a damaged or newer one"),
        ("config.json", None, "expected config.json in it"),
        ("config.json", lambda good: good[:50], "expected JSON, found something else"),
        ("config.json", lambda _: b"[]", "expected a JSON object, found list"),
        ("preprocessor_config.json", lambda _: b"\xff\xfe", "expected JSON, found something else"),
        ("preprocessor_config.json", lambda _: b'{"feature_size": "many"}', "found a damaged or newer one"),
        ("model.bin", None, "expected model.bin in it"),
        ("model.bin", lambda _: b"", "model.bin of another kind of model, or not one"),
        ("model.bin", lambda _: b"not weights but a letter" * 99, "model.bin of another kind of model, or not one"),
        ("model.bin", replace(b"WhisperSpec", b"T5ModelSpec"), "model.bin of another kind of model, or not one"),
        ("model.bin", lambda good: good[: len(good) // 2], "found a damaged or newer one"),
        ("model.bin", lambda good: b"\x63" + good[1:], "binary version v6 or below"),
        ("model.bin", replace(b"Spec\0\x03", b"Spec\0\x63"), "revision v3 or below"),
        ("model.bin", replace(b"encoder/conv1/weight", b"encoder/conv9/weight"), "found a damaged or newer one"),
    ],
)
def test_a_folder_with_a_wrong_file_says_which(
    converted: Path, tmp_path: Path, file: str, damage: Callable[[bytes], bytes] | None, told: str
) -> None:
    folder = tmp_path / "bad"
    shutil.copytree(converted, folder)
    good = (folder / file).read_bytes() if (folder / file).exists() else b""
    (folder / file).unlink(missing_ok=True)
    if damage is not None:
        (folder / file).write_bytes(damage(good))
    with pytest.raises(ScribeError) as error:
        open_folder(folder)
    assert told in one_line(error)
    assert str(folder) in str(error.value)
