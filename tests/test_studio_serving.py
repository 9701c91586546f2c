"""One socket on this machine alone, a fresh key each start, and an end that is quick and quiet."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import time
from pathlib import Path

import pytest
from conftest import ROOT
from studio_server import StudioProcess

from scribe.records import ScribeError
from scribe.studio import bound, hosts_of, new_token
from scribe.studio.serving import HOST, PORT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "transcripts").mkdir()
    shutil.copy(ROOT / "transcripts" / "simulators-1.json", tmp_path / "transcripts")
    return tmp_path


def test_it_listens_on_this_machine_alone() -> None:
    with bound(None) as listening:
        address, port = listening.getsockname()
        assert (HOST, address) == ("127.0.0.1", "127.0.0.1")
        assert hosts_of(listening) == (f"127.0.0.1:{port}", f"localhost:{port}")
        others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {HOST}
        for other in others:
            with socket.socket() as asking, pytest.raises(OSError, match="refused"):
                asking.connect((other, port))


def test_a_port_that_is_taken_is_a_line_and_the_usual_one_gives_way() -> None:
    with bound(None) as first, bound(None) as second:
        taken = first.getsockname()[1]
        assert second.getsockname()[1] not in (taken, PORT) or taken != PORT
        with pytest.raises(ScribeError, match=f"--port {taken}: expected a free port"):
            bound(taken)


def test_each_start_has_another_key() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43


def ask(studio: StudioProcess, path: str, cookie: str = "") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=10)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    told = answer.status, answer.headers.get("set-cookie", ""), answer.read().decode()
    connection.close()
    return told


def test_the_key_of_the_last_start_opens_nothing_and_ctrl_c_ends_it_also_while_a_page_listens(folder: Path) -> None:
    studio = StudioProcess(folder)
    path = studio.address.removeprefix(studio.origin)
    status, set_cookie, _ = ask(studio, path)
    cookie = set_cookie.partition(";")[0]
    assert (status, ask(studio, "/", cookie)[0], ask(studio, "/")[0]) == (200, 200, 403)
    listening = http.client.HTTPConnection("127.0.0.1", studio.port, timeout=10)
    listening.request("GET", "/api/simulators-1/events", headers={"Cookie": cookie})
    events = listening.getresponse()
    assert events.headers["content-type"].startswith("text/event-stream")
    assert events.readline() == b"retry: 1000\n"
    began = time.monotonic()
    told = studio.stop()
    assert time.monotonic() - began < 5
    assert b"event: bye" in events.read()
    listening.close()
    assert "Traceback" not in told
    assert studio.process.returncode == 0
    studio.start()
    assert ask(studio, "/", cookie)[0] == 403
    assert ask(studio, path)[0] == 403
    studio.stop()


def test_the_address_leads_to_the_session_that_was_named(folder: Path) -> None:
    studio = StudioProcess(folder, "simulators-1")
    body = ask(studio, studio.address.removeprefix(studio.origin))[2]
    assert re.search(r'content="0; url=/s/simulators-1"', body)
    assert studio.stop().count("\n") == 2
