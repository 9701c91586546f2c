"""Texts that a simulator writes while a person watches, and can stop.

In: a block of a post, a voice. Out: pieces told to the open pages as they come; at the end the alternatives that were
added. What was written until a stop is kept.
"""

from __future__ import annotations

import secrets
import threading
from typing import Any

from scribe.pipeline import branching
from scribe.pipeline.refining import Desk
from scribe.pipeline.standing import bits
from scribe.records import ScribeError
from scribe.studio.blocks import rendered_of
from scribe.studio.work import Studio

_MOST_SAMPLES = 8


class Writing:
    """The jobs of one studio: one at a time writes, for the simulator is one."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._stops: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def alternatives(self, name: str, block: str) -> dict[str, Any]:
        """What a person can choose from for a block, and who can write more."""
        desk = self._studio.desk(name)
        slot = desk.ways(block, self._studio.rollouts)
        ways = slot.ways if slot is not None else ()
        rendered = rendered_of(self._studio.sessions.open(name), [way.text for way in ways])
        return {
            "name": slot.name if slot is not None else "",
            "is_own": slot.is_own if slot is not None else False,
            "voices": self._voices(desk, block),
            "choices": len(desk.choices),
            "bits": bits(desk.choices),
            "ways": [
                {**way.model_dump(mode="json", exclude={"text"}), "html": html}
                for way, html in zip(ways, rendered, strict=True)
            ],
        }

    def begin(self, name: str, block: str, voice: str, samples: int) -> str:
        """Begin to write; returns the job's name. Raises ScribeError for what cannot be written."""
        if not 1 <= samples <= _MOST_SAMPLES:
            raise ScribeError(f"samples: expected a number from 1 to {_MOST_SAMPLES}, found {samples}")
        voices = self._voices(self._studio.desk(name), block)
        if voice not in voices:
            raise ScribeError(f"expected one of the voices {', '.join(voices) or '(none)'}, found {voice[:40]!r}")
        job, stop = secrets.token_hex(8), threading.Event()
        with self._lock:
            self._stops[job] = stop
        writes = threading.Thread(target=self._write, args=(job, stop, name, block, voice, samples), daemon=True)
        writes.start()
        return job

    def _voices(self, desk: Desk, block: str) -> list[str]:
        """Who can write a block; nobody where there is nothing to write with."""
        known = self._studio.frames
        return list(branching.voices_of(desk, block, known)) if known else []

    def stop(self, job: str) -> None:
        """Stop a job; one that has ended is no mistake."""
        with self._lock:
            stop = self._stops.get(job)
        if stop is not None:
            stop.set()

    def close(self) -> None:
        """Stop all jobs, and wait until the one that writes has kept what it wrote."""
        with self._lock:
            for stop in self._stops.values():
                stop.set()
        if self._turn.acquire(timeout=10):
            self._turn.release()

    def _write(self, job: str, stop: threading.Event, name: str, block: str, voice: str, samples: int) -> None:
        tell = self._studio.hub.tell

        def on_piece(sample: int, text: str) -> None:
            tell(name, "piece", {"job": job, "sample": sample, "text": text})

        done: dict[str, Any] = {"added": 0, "remark": None, "is_stopped": False, "error": None}
        try:
            with self._turn:
                pipeline = self._studio.pipeline
                made = branching.branch(
                    self._studio.desk(name),
                    block,
                    voice,
                    pipeline.simulator,
                    pipeline.frames,
                    samples=samples,
                    on_piece=on_piece,
                    is_stopped=stop.is_set,
                    alone=lambda: self._studio.act(name),
                )
            done |= {"added": len(made.added), "remark": made.remark, "is_stopped": made.is_stopped}
        except ScribeError as error:
            done["error"] = str(error)
        except BaseException:
            done["error"] = "the writing broke off; the terminal says why"
            raise
        finally:
            with self._lock:
                del self._stops[job]
            tell(name, "done", {"job": job, **done})
