"""Requests straight to an ASGI application, with every header as the test says, and no client that knows better."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | list[bytes] = b"",
    kind: str = "http",
) -> Answer:
    """Ask, and wait for the whole answer; of a WebSocket the status is the code that it is closed with."""
    path, _, query = path.partition("?")
    chunks = body if isinstance(body, list) else [body]
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "server": ("127.0.0.1", 8377),
        "client": ("127.0.0.1", 40000),
        "subprotocols": [],
    }
    if kind != "http":
        del scope["method"]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if kind != "http":
            return {"type": "websocket.connect"}
        if not chunks:
            await asyncio.Event().wait()  # the client is still there, and says no more
        return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # In a thread of its own: a test of the browser may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    if kind != "http":
        return Answer(sent[0].get("code", 101), {}, b"")
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))
