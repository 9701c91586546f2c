"""A cluster of Ray's: the one that is there, or one that is started here for the time of a batch.

In: the environment. Out: Ray, connected; how many CPUs and GPUs there are, what each of some workers may declare of
them, and room for all of those. That is the cluster that `RAY_ADDRESS` names, else the one that `ray start` began on
this machine, else a new one, which ends with the process.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from scribe.language import counted, listed
from scribe.records import ScribeError

Needs = Mapping[str, float]
"""What a worker declares, `{"CPU": 2.0, "GPU": 0.5}`."""

_NAMESPACE = "scribe"
"""Tells connections that scribe made from those of whoever runs scribe in a program of theirs."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # Ray prints the deaths of actors to standard output, even where it is not to log
}

_ANSWER_S = 5.0
"""How long to wait whether anybody listens at an address; Ray itself tries for minutes."""

_LEAST = 10_000
"""Parts of a CPU or GPU that Ray can tell apart."""


def connect() -> Any:
    """Ray, connected; raises ScribeError where that cannot be."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise ScribeError("--on ray: Ray is not installed; pip install -c constraints.txt '.[ray]'") from error
    if ray.is_initialized():
        return ray
    try:
        ray.init(
            address=_address(),
            namespace=_NAMESPACE,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        where = os.environ.get("RAY_ADDRESS", "this machine")
        told = " ".join(str(error).split())[:300]
        raise ScribeError(
            f"--on ray: cannot reach a cluster at {where}: {told}; is its Ray of this version ({ray.__version__}), "
            "and if it asks for a token, is RAY_AUTH_MODE=token set?"
        ) from error
    handler = signal.getsignal(signal.SIGTERM)
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)  # again, or else Ray prints a stack first
    return ray


def disconnect(ray: Any) -> None:
    """Leave the cluster, or end it if it was started for this; a connection that others made is left to them."""
    if ray.is_initialized() and ray.get_runtime_context().namespace == _NAMESPACE:
        ray.shutdown()


def resources() -> tuple[int, int]:
    """How many CPUs of the cluster are free, at least one, and how many GPUs it has; raises ScribeError without one."""
    ray = connect()
    free = int(ray.available_resources().get("CPU", 0))
    return max(1, free), int(ray.cluster_resources().get("GPU", 0))


def shares(ray: Any, *, workers: int, holders: int, threads: int) -> tuple[float, float]:
    """What each of so many workers may declare of CPUs, and of GPUs those that hold a model, so that all find a place.

    None declares more CPUs than it has threads, and what others hold at the moment is left out.
    """
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    total, free = ray.cluster_resources().get("CPU", 0.0), ray.available_resources().get("CPU", 0.0)
    part = free / total if free and total else 1.0
    cpus = [node.get("CPU", 0.0) * part for node in nodes]
    gpus = [node.get("GPU", 0.0) for node in nodes]
    cpu, gpu = share_of(cpus, workers), share_of(gpus, holders, are_devices=True)
    if gpu:
        cpu = min(cpu, share_of(cpus, holders, most=[_places(has, gpu, are_devices=True) for has in gpus]))
    return min(cpu or 1.0, float(threads)), gpu


def share_of(
    capacities: Sequence[float], among: int, *, most: Sequence[int] | None = None, are_devices: bool = False
) -> float:
    """The most that each of so many may have, none of them from two nodes, and no more of them on a node than `most`.

    A part of a device is a part of one. From 1 on Ray takes whole numbers only. It is 0 where nothing can be shared.

    >>> share_of([2], 4), share_of([3, 3], 4), share_of([1, 1], 3), share_of([8, 8], 3), share_of([], 2)
    (0.5, 1.0, 0.5, 4.0, 0.0)
    >>> share_of([2], 3), share_of([2], 3, are_devices=True)
    (0.6666, 0.5)
    >>> share_of([4, 60], 8), share_of([4, 60], 8, most=[8, 0])
    (7.0, 0.5)
    """
    nodes = Counter(zip(capacities, most or [among] * len(capacities), strict=True))
    whole = {capacity for capacity, _ in nodes} | {1.0}
    tried = {_declarable(amount / parts) for amount in whole for parts in range(1, among + 1)} - {0.0}

    def places(share: float) -> int:
        return sum(n * min(_places(has, share, are_devices=are_devices), limit) for (has, limit), n in nodes.items())

    return max((share for share in tried if places(share) >= among > 0), default=0.0)


def _places(capacity: float, share: float, *, are_devices: bool) -> int:
    """How many find a place on one node; the last digits of a share are no reason to turn one away."""
    if are_devices and share < 1:
        return int(capacity) * int(1 / share + 1e-9)
    return int(capacity / share + 1e-9)


def take_room(ray: Any, needs: Sequence[Needs], *, patience_s: float) -> Any:
    """Room for workers that declare this, all at once, as a placement group of Ray's.

    Raises ScribeError where the cluster has none after so many seconds.
    """
    group = ray.util.placement_group([dict(one) for one in needs])
    until = time.monotonic() + patience_s
    while not group.wait(1):  # no longer, so that Ctrl-C is heard
        if time.monotonic() > until:
            ray.util.remove_placement_group(group)
            raise ScribeError(
                f"--on ray: the cluster has no room for {_told(needs)}; {_free(ray)}; wait until others are done, "
                "start more nodes, or ask for less with --jobs"
            )
    return group


def give_back(ray: Any, group: Any) -> None:
    """Leave the room to others."""
    with suppress(ray.exceptions.RayError):
        ray.util.remove_placement_group(group)


def _declarable(amount: float) -> float:
    return float(int(amount)) if amount >= 1 else int(amount * _LEAST) / _LEAST


def _told(needs: Iterable[Needs]) -> str:
    """In words, for a person.

    >>> _told([{"CPU": 1.0}, {"CPU": 1.0}, {"CPU": 2.0, "GPU": 0.5}])
    '2 workers with 1 CPU each and 1 worker with 2 CPU and 0.5 GPU'
    """
    kinds = Counter(tuple(sorted(one.items())) for one in needs)
    told = [
        f"{counted(count, 'worker')} with {' and '.join(f'{amount:g} {kind}' for kind, amount in kind_of)}"
        + (" each" if count > 1 else "")
        for kind_of, count in kinds.items()
    ]
    return listed(told)


def _free(ray: Any) -> str:
    total, free = ray.cluster_resources(), ray.available_resources()
    return "free are " + " and ".join(f"{free.get(k, 0):g} of {total.get(k, 0):g} {k}" for k in ("CPU", "GPU"))


def _address() -> str | None:
    """Where Ray shall look; None for wherever it does. It would wait for minutes for a cluster that is gone."""
    named = os.environ.get("RAY_ADDRESS")
    if named:
        if not _answers(named):
            raise ScribeError(f"--on ray: nobody answers at {named}, which RAY_ADDRESS names; is the cluster running?")
        return None
    with suppress(OSError):
        last = Path(os.environ.get("RAY_TMPDIR") or _temporary(), "ray", "ray_current_cluster").read_text().strip()
        return None if _answers(last) else "local"
    return None


def _temporary() -> str:
    return tempfile.gettempdir() if os.name == "nt" else "/tmp"  # noqa: S108 (where Ray leaves word of its last cluster)


def _answers(address: str) -> bool:
    """Whether anybody listens there; what is no host and port is taken for somebody."""
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal():
        return True
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()
    except OSError:
        return False
    return True
