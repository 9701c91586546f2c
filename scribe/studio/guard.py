"""Who may talk to the studio, and what a browser may do with what it is sent.

In: requests of any kind, from anybody who can reach the port. Out: those of the person who started the studio, and
answers that carry the rules for their browser. It stands before everything else and knows no route.

A page of somebody else's in the same browser can send requests here: to a name that it lets resolve to this machine
(DNS rebinding: the Host header tells), by a form or a script (the Origin header and Sec-Fetch-Site tell), or by a
WebSocket, which no rule of browsers confines (the Origin header tells). None of them has the cookie, either.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 4 * 1024 * 1024
"""Of a request's body: a page of a thousand sessions has 1.2 MB."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""What every answer carries."""

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_READING = frozenset({"GET", "HEAD"})

_TAKEN_IN = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Scribe</title>
<link rel="icon" href="/static/icon.svg"><meta http-equiv="refresh" content="0; url={path}"></head>
<body><p><a href="{path}">Go on to the studio</a></p></body></html>"""
"""Not a redirect: after one from a page of another site, a browser would not send a SameSite=Strict cookie."""


class Guard:
    """An application behind the checks. `hosts` are the names it is asked for by, with its port."""

    def __init__(self, app: ASGIApp, *, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token
        self._hosts = frozenset(hosts)
        port = next(iter(sorted(self._hosts))).rpartition(":")[2]
        self.cookie = f"scribe-studio-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal or "there is no such socket"})
            return
        if refusal is None and self._brings_token(scope):
            await self._take_in(scope, send)
        elif refusal is not None:
            await _refuse(send, 403, refusal)
        elif not self._has_cookie(headers):
            await _refuse(send, 403, "open the address that scribe studio printed: it holds the key of this start")
        elif _length(headers) > MOST_BYTES:
            await _refuse(send, 413, f"expected at most {MOST_BYTES} bytes, found {headers['content-length']}")
        else:
            await self._app(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> str | None:
        """Why a request is not the studio's own, if it is not."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return f"expected a request for {sorted(self._hosts)[0]}, found one for another host"
        if scope["type"] == "http" and scope["method"] not in _CHANGING | _READING:
            return "expected GET, HEAD, POST or PUT"
        if origin is not None and origin != f"http://{host}":
            return "a page of another site may not ask this"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and not self._brings_token(
            scope
        ):
            return "a page of another site may not ask this"
        if scope["type"] != "http":
            return None if origin is not None else "expected an Origin, found none"
        if scope["method"] in _CHANGING:
            if origin is None:
                return "expected an Origin with what changes things, found none"
            if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return "expected application/json"
        return None

    def _brings_token(self, scope: Scope) -> bool:
        """Whether this is the first request: the address that was printed."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _has_cookie(self, headers: dict[str, str]) -> bool:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._token.encode())

    async def _take_in(self, scope: Scope, send: Send) -> None:
        """Give the browser the cookie, and lead it to an address without the token."""
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("to", ["/"])[0]
        path = wanted if wanted.startswith("/s/") and _is_plain(wanted) else "/"
        cookie = f"{self.cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
        body = _TAKEN_IN.format(path=path).encode()
        kind = [(b"content-type", b"text/html; charset=utf-8"), (b"set-cookie", cookie.encode())]
        start: Message = {"type": "http.response.start", "status": 200, "headers": kind}
        sending = _with_headers(send)
        await sending(start)
        await sending({"type": "http.response.body", "body": body})


def _is_plain(path: str) -> bool:
    """Whether a path may be put into a page as it is."""
    return all((letter.isalnum() and letter.isascii()) or letter in "/-._~%" for letter in path)


def _length(headers: dict[str, str]) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isdecimal() and len(told) < 16 else MOST_BYTES + 1


def _bounded(receive: Receive) -> Receive:
    """A body of any length told or untold, cut off where it is too long."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= MOST_BYTES else {"type": "http.disconnect"}

    return bounded


def _with_headers(send: Send) -> Send:
    """The answer, with the rules for the browser; pages are not kept by it, for they are a person's."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            rules = {"cache-control": "no-store", **HEADERS}
            added = [(k.encode(), v.encode()) for k, v in rules.items() if k.encode() not in own]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return sending


async def _refuse(send: Send, status: int, why: str) -> None:
    sending = _with_headers(send)
    kind = [(b"content-type", b"application/json")]
    await sending({"type": "http.response.start", "status": status, "headers": kind})
    await sending({"type": "http.response.body", "body": json.dumps({"error": why}).encode()})
