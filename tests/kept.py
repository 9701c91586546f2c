"""Models that tests make once on each machine, and keep.

    python tests/kept.py tiny_llama tiny_whisper

makes them one after another, each by the function of its module's name: `conftest` has that done beside the tests that
need none.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent


def kept(name: str, parts: Iterable[bytes], build: Callable[[Path], None]) -> Path:
    """The folder that `build` writes, made on first use and kept in `.cache/` under a name that changes with `parts`.

    Where another process is making it, that one is waited for.
    """
    key = hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
    cache = Path(os.environ.get("SCRIBE_TEST_CACHE") or ROOT / ".cache")
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{name}-{key}"
    with FileLock(cache / f"{folder.name}.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=cache) as making:
                build(Path(making) / "made")
                (Path(making) / "made").rename(folder)
    return folder


if __name__ == "__main__":
    for name in sys.argv[1:]:
        getattr(importlib.import_module(name), name)()
