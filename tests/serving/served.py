"""A server of the app that a test may kill, starve and start again on the same port."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil

Result = TypeVar("Result")
ROOT = Path(__file__).parents[2]


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that other processes do; a test that hangs fails here."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def waited(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run something asynchronous in a thread: Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lambda: asyncio.run(work())).result()


class Served:
    """The app on a free port of this machine.

    Parameters
    ----------
    log : pathlib.Path
        Where it writes what it has to say.
    one_processor : bool
        Let it use one processor, so that one training at a time has room.
    """

    def __init__(self, log: Path, one_processor: bool = False, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log, self.one_processor, self.environment = log, one_processor, environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py")]
        options = ["--server.headless=true", "--server.address=127.0.0.1"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, *options, f"--server.port={self.port}"],
                cwd=ROOT,
                env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if self.one_processor and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self.process.pid, {min(os.sched_getaffinity(0))})
        until(lambda: self.answers() or self.process is None or self.process.poll() is not None)
        assert self.answers(), self.said()

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1):
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def kill(self) -> None:
        """End it at once, as when the power goes."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def memory(self) -> float:
        """Return the memory that it holds, in MB."""
        assert self.process
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def said(self) -> str:
        """Return its log."""
        return self.log.read_text("utf-8", "replace")
