"""A studio of its own for a test: the real command in a process, which may be killed and started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


class StudioProcess:
    """`scribe studio --no-browser` in a workspace. `address` has the token of this start."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder, self._arguments = folder, arguments
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it says where it is."""
        command = [sys.executable, "-m", "scribe", "studio", "--no-browser", "--port", str(self.port), *self._arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SCRIBE_")}
        self._log = (self.folder / "studio.log").open("a+", encoding="utf-8")
        began = self._log.tell()
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=self._log,
            stderr=self._log,
            env={**environment, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            told = (self.folder / "studio.log").read_text(encoding="utf-8")[began:]
            if found := re.search(r"the studio is at (\S+)", told):
                self.address = found[1]
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError((self.folder / "studio.log").read_text(encoding="utf-8"))

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._log.close()

    def stop(self) -> str:
        """End it as Ctrl-C does; returns all that it said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(15)
        self._log.close()
        return (self.folder / "studio.log").read_text(encoding="utf-8")
