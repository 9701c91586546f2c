"""Actors that end as actors do; in a module of its own, which actors can import without the tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from scribe.batch import Setup, Step
from scribe.batch.on_ray import Hand
from scribe.shelf import Store


class Fragile(Hand):
    """Dies once of each source, as its notes are begun."""

    def opened(self, setup: Setup) -> Any:
        def report(step: Step) -> None:
            mark = Path(Store(setup.workspace).path(f"died-{step.id}"))
            if step.stage == "notes" and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)

        worker = super().opened(setup)
        worker._report = report
        return worker


class Doomed(Hand):
    """Dies of everything."""

    def do(self, task: str) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return task


class Broken(Hand):
    """Raises what nobody expects."""

    def do(self, task: str) -> str:
        raise ZeroDivisionError("a\nb")


class Old(Hand):
    """Is asked by another version."""

    def __init__(self, setup: str, version: str) -> None:
        super().__init__(setup, "0.0")
