"""Many requests at once: the first of each scene alone, then the rest of them, never more than allowed.

In: what to ask, by scene. Out: what comes of it, as it comes. The loop that sends and reads runs in a thread of its
own, so that a caller may be slow, or have a loop of its own running; it is gone when the iterator is.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
J = TypeVar("J")

Draw = Callable[[J, Callable[[], None]], Awaitable[None]]
"""Does one job; calls what it is given when the server has read the job's scene."""


async def fan_out(scenes: Sequence[Sequence[J]], draw: Draw[J], *, limit: int, is_met: bool) -> None:
    """Do all jobs, at most `limit` at once, of at most `limit` scenes at once.

    A scene's first job goes before its others, which wait until the server has read the scene: then its prefix cache
    holds it. Where the server is not yet known (`is_met` is false), the very first job goes before all others.
    """
    open_scenes, requests = asyncio.Semaphore(limit), asyncio.Semaphore(limit)

    async def one(job: J, begun: asyncio.Event) -> None:
        try:
            async with requests:
                await draw(job, begun.set)
        finally:
            begun.set()

    async def scene(jobs: Sequence[J], begun: asyncio.Event) -> None:
        async with open_scenes, asyncio.TaskGroup() as group:
            group.create_task(one(jobs[0], begun))
            await begun.wait()
            for job in jobs[1:]:
                group.create_task(one(job, asyncio.Event()))

    async with asyncio.TaskGroup() as group:
        for jobs in scenes:
            begun = asyncio.Event()
            group.create_task(scene(jobs, begun))
            if not is_met:
                await begun.wait()
                is_met = True


def pumped(work: Callable[[Callable[[T], None]], Awaitable[None]]) -> Iterator[T]:
    """Run `work` on a loop in a thread and yield what it puts; raise what it raises.

    Closing the iterator, or an exception where it is read, cancels the work and waits until it has let go of all.
    """
    items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
    running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = Future()

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        running.set_result((asyncio.get_running_loop(), task))
        await work(lambda item: items.put((item,)))

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="openai") as pool:
        done = pool.submit(lambda: asyncio.run(main()))
        done.add_done_callback(lambda _: items.put(None))
        try:
            while (item := items.get()) is not None:
                yield item[0]
            done.result()
        finally:
            loop, task = running.result()
            with contextlib.suppress(RuntimeError):  # the loop has closed: the work is done
                loop.call_soon_threadsafe(task.cancel)
