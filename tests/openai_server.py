"""A server of OpenAI's interface on loopback, that answers as its script says: also wrongly, too late, or never."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    order: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def is_chat(self) -> bool:
        return self.path.endswith("/chat/completions")

    @property
    def document(self) -> str:
        """All the text a model would read."""
        return self.body["prompt"] if "prompt" in self.body else "".join(m["content"] for m in self.body["messages"])


@dataclass(frozen=True)
class Reply:
    """What is sent back: a status and a body, or the lines of a stream, each as it stands."""

    status: int = 200
    body: bytes = b""
    lines: Iterable[str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    """Whether the connection is dropped where the lines end."""


Script = Callable[[Asked], Reply]


class Server:
    """Runs while its `with` block does. `asked` and `log` fill in the order of events."""

    def __init__(self, script: Script, *, models: Any = None) -> None:
        self.script = script
        self.models = {"data": [{"id": "tiny"}]} if models is None else models
        self.asked: list[Asked] = []
        self.log: list[tuple[str, Asked]] = []
        """`asked`, `begun` (its first line is out) and `ended`, each with its request."""
        self.busiest = 0
        """The most requests there ever were at once."""
        self.listings = 0
        self.stopping = threading.Event()
        self._busy = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def enter(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Asked:
        with self._lock:
            asked = Asked(len(self.asked), path, headers, body)
            self.asked.append(asked)
            self.log.append(("asked", asked))
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        return asked

    def note(self, event: str, asked: Asked) -> None:
        with self._lock:
            self.log.append((event, asked))
            self._busy -= event == "ended"

    def wait_for(self, is_so: Callable[[], bool], *, at_most_s: float = 10.0) -> bool:
        """Wait until something is so, or the server stops."""
        for _ in range(round(at_most_s / 0.01)):
            if is_so() or self.stopping.wait(0.01):
                break
        return is_so()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            server.listings += 1
            known = self.path.endswith("/models")
            answered = (
                server.models if isinstance(server.models, Reply) else Reply(body=json.dumps(server.models).encode())
            )
            self._whole(answered if known else Reply(404))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = server.enter(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            try:
                reply = server.script(asked)
                if reply.lines is None:
                    self._whole(reply)
                else:
                    self._streamed(reply, asked)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client has heard enough
            finally:
                server.note("ended", asked)

        def _whole(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def _streamed(self, reply: Reply, asked: Asked) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for place, line in enumerate(reply.lines or ()):
                if not place:
                    server.note("begun", asked)
                raw = line.encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
            if reply.is_cut:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
            pass

    return Handler


# ── Replies ──────────────────────────────────────────────────────────────────────────────────


def event(data: Any) -> str:
    """A line of a stream."""
    return f"data: {json.dumps(data)}\n\n"


def part(asked: Asked, text: str | None = None, **choice: Any) -> str:
    """A part of an answer, in the form that was asked for."""
    said = {"delta": {"content": text}} if asked.is_chat else {"text": text or ""}
    return event({"choices": [{"index": 0, **said, **choice}]})


def writes(
    asked: Asked, text: str, *, finish: str | None = "stop", usage: dict[str, Any] | None = None, cut: bool = False
) -> Reply:
    """An answer, a word at a time."""

    def lines() -> Iterator[str]:
        if asked.is_chat:
            yield event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        for word in words(text):
            yield part(asked, word)
        if not cut:
            yield part(asked, finish_reason=finish)
            if usage:
                yield event({"choices": [], "usage": usage})
            yield "data: [DONE]\n\n"

    return Reply(lines=lines(), is_cut=cut)


def words(text: str) -> list[str]:
    """Words, each with the space before it: `" a b"` is `[" a", " b"]`."""
    first, *rest = text.split(" ")
    return [word for word in (first, *(f" {word}" for word in rest)) if word]


def refuses(status: int, message: str, *, headers: dict[str, str] | None = None, **error: Any) -> Reply:
    """An error, as OpenAI words it."""
    return Reply(status, json.dumps({"error": {"message": message, **error}}).encode(), headers=headers or {})


def in_turn(*replies: Script) -> Script:
    """The n-th request gets the n-th reply, and all after the last one that."""
    return lambda asked: replies[min(asked.order, len(replies) - 1)](asked)
