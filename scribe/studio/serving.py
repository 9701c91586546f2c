"""The studio's server: one socket on this machine, one token, until it is told to stop.

In: an application, a port. Out: an address that only whoever started it knows.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from typing import TYPE_CHECKING

from scribe.records import ScribeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from starlette.types import ASGIApp

HOST = "127.0.0.1"
PORT = 8377


def new_token() -> str:
    """A token for one start, of 256 bits."""
    return secrets.token_urlsafe(32)


def bound(port: int | None) -> socket.socket:
    """A socket that listens on this machine alone: at a port that was asked for, else at the usual one or any free.

    Raises ScribeError where the port asked for is taken.
    """
    for wanted in (PORT, 0) if port is None else (port,):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
            listening.listen(64)
        except (OSError, OverflowError) as error:
            listening.close()
            if wanted and port is not None:
                raise ScribeError(
                    f"--port {port}: expected a free port, found it taken or not allowed: {error}; name another"
                ) from error
            continue
        return listening
    raise ScribeError(f"expected a free port on {HOST}, found none; close some program that listens")


def hosts_of(listening: socket.socket) -> tuple[str, ...]:
    """The names by which a browser may ask for the studio."""
    port = listening.getsockname()[1]
    return (f"{HOST}:{port}", f"localhost:{port}")


def run(app: ASGIApp, listening: socket.socket, *, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
    """Serve until interrupted (Ctrl-C, or SIGTERM).

    `on_ready` is called when requests are answered, `on_stop` when no more are to be: streams must end then.
    """
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            on_stop()
            super().handle_exit(sig, frame)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            on_ready()

    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        lifespan="on",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    with contextlib.suppress(KeyboardInterrupt):  # raised again once it has stopped; to stop it is no failure
        Server(config).run(sockets=[listening])
