"""Nobody talks to the studio but the page that the person opened; each check is shown to be the one that stops it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgi import ask

from scribe.studio.guard import MOST_BYTES, Guard

HOST = "127.0.0.1:8377"
TOKEN = "a-token-of-this-start"
OWN = {
    "Host": HOST,
    "Cookie": f"scribe-studio-8377={TOKEN}",
    "Origin": f"http://{HOST}",
    "Content-Type": "application/json",
    "Sec-Fetch-Site": "same-origin",
}


async def open_house(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the guard: it lets everybody in, and tells how much it was given."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    given, is_cut = 0, False
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            is_cut = True
            break
        given += len(message["body"])
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"given": given, "is_cut": is_cut}).encode()})


def guarded() -> Guard:
    return Guard(open_house, token=TOKEN, hosts=(HOST, "localhost:8377"))


def without(name: str, **others: str) -> dict[str, str]:
    return {**{key: value for key, value in OWN.items() if key != name}, **others}


REFUSED = {
    "no cookie": ("GET", without("Cookie")),
    "the cookie of another start": ("GET", {**OWN, "Cookie": "scribe-studio-8377=of-yesterday"}),
    "a cookie of another port": ("GET", {**OWN, "Cookie": f"scribe-studio-9999={TOKEN}"}),
    "a name that resolves here": ("GET", {**OWN, "Host": "evil.example:8377"}),
    "a name that resolves here, and its origin": (
        "POST",
        {**OWN, "Host": "evil.example:8377", "Origin": "http://evil.example:8377"},
    ),
    "another port of this machine as host": ("GET", {**OWN, "Host": "127.0.0.1:80"}),
    "no host": ("GET", without("Host")),
    "a form of another site": ("POST", {**OWN, "Origin": "https://evil.example"}),
    "a page without an origin of its own": ("POST", {**OWN, "Origin": "null"}),
    "a page on another port": ("POST", {**OWN, "Origin": "http://127.0.0.1:9999"}),
    "another site's reading": ("GET", {**OWN, "Origin": "https://evil.example"}),
    "another site's image": ("GET", {**without("Origin"), "Sec-Fetch-Site": "cross-site"}),
    "an image on a page on another port": ("GET", {**without("Origin"), "Sec-Fetch-Site": "same-site"}),
    "a change without an origin": ("POST", without("Origin")),
    "a form": ("POST", {**OWN, "Content-Type": "application/x-www-form-urlencoded"}),
    "text that could be a form's": ("PUT", {**OWN, "Content-Type": "text/plain"}),
    "another method": ("TRACE", OWN),
}


@pytest.mark.parametrize(("method", "headers"), REFUSED.values(), ids=REFUSED)
def test_others_are_refused(method: str, headers: dict[str, str]) -> None:
    assert ask(guarded(), "/api/talk/undo", method=method, headers=headers).status == 403
    assert ask(open_house, "/api/talk/undo", method=method, headers=headers).status == 200, "the guard alone stops it"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_the_page_itself_may_ask(method: str) -> None:
    assert ask(guarded(), "/api/talk/undo", method=method, headers=OWN).status == 200


def test_a_person_may_type_the_address_again() -> None:
    assert ask(guarded(), "/s/talk", headers={**without("Origin"), "Sec-Fetch-Site": "none"}).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", f"http://{HOST}", None])
def test_no_web_socket_is_opened(origin: str | None) -> None:
    headers = OWN if origin == OWN["Origin"] else without("Origin", **({"Origin": origin} if origin else {}))
    assert ask(guarded(), "/api/talk/events", headers=headers, kind="websocket").status == 1008
    assert ask(open_house, "/api/talk/events", headers=headers, kind="websocket").status == 101


def test_the_token_becomes_a_cookie_that_no_script_sees_and_no_other_site_sends() -> None:
    answer = ask(guarded(), f"/?token={TOKEN}", headers={"Host": HOST, "Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert answer.headers["set-cookie"] == f"scribe-studio-8377={TOKEN}; HttpOnly; SameSite=Strict; Path=/"
    assert TOKEN not in answer.text
    assert 'content="0; url=/"' in answer.text


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/s/talk", "/s/talk"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ('/s/"><script>', "/"),
        ("/s/x?y", "/"),
    ],
)
def test_the_token_leads_nowhere_else(to: str, path: str) -> None:
    answer = ask(guarded(), f"/?token={TOKEN}&to={to}", headers={"Host": HOST})
    assert f'content="0; url={path}"' in answer.text


@pytest.mark.parametrize("path", ["/?token=another", "/?token=", "/", f"/s/talk?token={TOKEN}"])
def test_no_other_token_and_no_other_place_opens_it(path: str) -> None:
    answer = ask(guarded(), path, headers={"Host": HOST})
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_every_answer_carries_the_rules_for_the_browser() -> None:
    for answer in (
        ask(guarded(), "/", headers=OWN),
        ask(guarded(), "/"),
        ask(guarded(), f"/?token={TOKEN}", headers={"Host": HOST}),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    bare = ask(open_house, "/", headers=OWN)
    assert "content-security-policy" not in bare.headers


def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    headers = {**OWN, "Content-Length": str(MOST_BYTES + 1)}
    assert ask(guarded(), "/api/talk/undo", method="POST", headers=headers).status == 413
    assert ask(guarded(), "/api/talk/undo", method="POST", headers={**OWN, "Content-Length": "many"}).status == 413
    assert ask(open_house, "/api/talk/undo", method="POST", headers=headers).status == 200


def test_a_body_that_says_nothing_is_cut_off() -> None:
    chunks = [b"x" * 1_000_000] * 6
    told = json.loads(ask(guarded(), "/api/talk/undo", method="POST", headers=OWN, body=list(chunks)).body)
    assert told["is_cut"]
    assert told["given"] <= MOST_BYTES
    assert json.loads(ask(open_house, "/x", method="POST", headers=OWN, body=list(chunks)).body)["given"] == 6_000_000
