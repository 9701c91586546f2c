"""What a batch asks of whatever runs its workers: processes on this machine, or actors of Ray.

Tasks go in, events come out. That is all that differs between running here and on a cluster.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from scribe.batch.nouns import Done, Role, Step, Task


class Event(NamedTuple):
    """Something that a worker has to say; exactly one of the three is there."""

    worker: int
    step: Step | None = None
    done: Done | None = None
    died: str | None = None
    """How it ended, where it ended before its task."""


class Executor(Protocol):
    """Runs workers."""

    def hire(self, role: Role) -> int:
        """Start a worker, and return the number it goes by."""

    def give(self, worker: int, task: Task) -> None:
        """Let a worker that has nothing to do begin a task."""

    def wait(self, timeout_s: float) -> list[Event]:
        """What workers have to say, as soon as one has, or nothing when the time is up."""

    def close(self, *, at_once: bool) -> None:
        """End all workers: when they have done what they are doing, or at once. What they have kept stays."""
