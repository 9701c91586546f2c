"""What happens, told to the pages that are open: files that change, texts that are being written.

In: events from any thread. Out: a stream of server-sent events for each page that listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

_PING_S = 10.0
_LOOK_S = 0.4
"""How often files are looked at while somebody listens."""

_MOST_WAITING = 2_000
"""Events that a page may be behind with; one that is further behind is let go, and asks anew."""


class Hub:
    """Everybody who listens, by session. `tell` may be called from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listening: dict[str, set[asyncio.Queue[tuple[str, Mapping[str, Any]] | None]]] = {}
        self._is_closed = False

    def tell(self, session: str, event: str, data: Mapping[str, Any]) -> None:
        """Tell all pages of a session; nothing where nobody listens."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, session, (event, data))

    def close(self) -> None:
        """End all streams, and let none begin."""
        self._is_closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    async def stream(self, session: str, look: Callable[[], list[tuple[str, Mapping[str, Any]]]]) -> AsyncIterator[str]:
        """Events of a session as text of an event stream; `look` finds what changed on disk since it was last asked."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[str, Mapping[str, Any]] | None] = asyncio.Queue(_MOST_WAITING)
        self._listening.setdefault(session, set()).add(queue)
        looked = pinged = self._loop.time()
        try:
            yield "retry: 1000\n\n"
            while not self._is_closed:
                with contextlib.suppress(TimeoutError):
                    told = await asyncio.wait_for(queue.get(), _LOOK_S)
                    if told is None:
                        break
                    yield _written(*told)
                now = self._loop.time()
                if now - looked >= _LOOK_S:
                    looked = now
                    for event, data in await asyncio.to_thread(look):
                        yield _written(event, data)
                if now - pinged >= _PING_S:
                    pinged = now
                    yield ": still here\n\n"
            yield _written("bye", {})
        finally:
            self._listening.get(session, set()).discard(queue)

    def _put(self, session: str, told: tuple[str, Mapping[str, Any]]) -> None:
        for queue in self._listening.get(session, set()):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(told)

    def _end(self) -> None:
        for queues in self._listening.values():
            for queue in queues:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(None)


def _written(event: str, data: Mapping[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"
