"""What every worker of a batch is given: where to work, with what, and how much of the machine.

In: a person's choices. Out: one record that can be sent to a worker anywhere, and how many workers of which kind.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from scribe.frames import Frame
from scribe.language import counted
from scribe.pipeline import Listening
from scribe.records import Record
from scribe.simulators import parse_spec

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""What the libraries that compute take the number of their threads from, when they are first imported."""

REQUESTS = 8
"""To a model server at once, where the simulator's spec does not say."""


class Setup(Record):
    """How a worker works; all workers of a batch have the same."""

    workspace: str
    """A path, or a URL that fsspec knows."""
    is_mirrored: bool = False
    """Whether files are fetched and sent rather than worked on in place: elsewhere, or where locks may not hold."""
    simulator: str = "extract"
    recipe: str = ""
    """The simulator's: everything that changes what it writes."""
    requests: int | None = None
    """To a server at once, of this worker's; None for what runs here."""
    device: str = "auto"
    quantise: str | None = None
    merge: str = "hierarchical"
    voices: tuple[str, ...] | None = None
    words: int | None = None
    doubtful: bool = False
    frames: Mapping[str, Frame]
    listening: Listening = Listening()
    glossary: str = ""
    """A digest of the glossary that was named. The workspace's own, which grows with each correction, is not in it:
    nobody wants a thousand recordings heard anew for one more name."""

    def shared_out(self, crew: Crew) -> Setup:
        """The same for one worker of a crew: with its share of threads, unless a person said how many, and requests."""
        heard = self.listening.setup
        told = self.listening.model_copy(
            update={"setup": heard.model_copy(update={"threads": heard.threads or crew.threads})}
        )
        return self.model_copy(update={"requests": crew.requests, "listening": told})

    def digested_frames(self, *stages: str) -> dict[str, str]:
        """The digest of each frame of these stages that asks no question, by the name that a person knows it by."""
        used = {n: f for n, f in self.frames.items() if f.stage in stages and "{about}" not in f.scene}
        return {f"the frame {name}": frame.digest for name, frame in sorted(used.items())}


class Crew(NamedTuple):
    """How many workers, and what each may use."""

    jobs: int
    """Sources worked on at once."""
    hearers: int
    writers: int
    threads: int
    """Of the CPU, for each worker."""
    requests: int | None
    """To a model server at once, for each writer; None where there is none."""

    def described(self) -> str:
        """In words, for a person.

        >>> Crew(jobs=2, hearers=0, writers=2, threads=1, requests=None).described()
        '2 sources at once, 1 thread each'
        """
        told = f"{counted(self.jobs, 'source')} at once, {counted(self.threads, 'thread')} each"
        return told if self.requests is None else f"{told}, {counted(self.requests * self.writers, 'request')} at most"


def crew_of(simulator: str, *, jobs: int | None, cores: int, recordings: int, gpus: int = 0) -> Crew:
    """How the machine is shared out: threads and requests are divided among workers, never multiplied.

    A model that runs here is held once, or once for each GPU, whatever `jobs` says: it reads the voices of a source
    together, and a second copy would take its memory again. Other writers, and recognisers, are as many as sources are
    worked on at once.

    >>> crew_of("extract", jobs=None, cores=8, recordings=0)
    Crew(jobs=8, hearers=0, writers=8, threads=1, requests=None)
    >>> crew_of("hf:model", jobs=3, cores=8, recordings=5)
    Crew(jobs=3, hearers=2, writers=1, threads=2, requests=None)
    >>> crew_of("openai:model@http://127.0.0.1/v1?concurrency=12", jobs=4, cores=2, recordings=0)
    Crew(jobs=4, hearers=0, writers=4, threads=1, requests=3)
    """
    spec = parse_spec(simulator)
    is_held = spec.kind == "hf"
    if jobs is None:
        jobs = max(2, gpus) if is_held or recordings else cores
    most = spec.number("concurrency") or (REQUESTS if spec.kind == "openai" else None)
    requests = None
    if most is not None:
        jobs = min(jobs, most)
        requests = most // jobs
    writers = min(max(1, gpus), jobs) if is_held else jobs
    hearers = min(recordings, max(1, jobs - writers) if is_held else jobs)
    return Crew(jobs, hearers, writers, max(1, cores // jobs), requests)


def usable_cores() -> int:
    """Cores that this process may use, which in a container may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
