"""The server of a class on two processors, and how much memory it holds."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import STDOUT, Popen, TimeoutExpired

import psutil

SERVE = Path(__file__).parents[1] / "app" / "serve.py"
EVERY = 0.5  # seconds between two looks at the memory


@dataclass
class Server:
    """A running server: its address, its process, and its memory over time."""

    address: str
    process: psutil.Process
    log: Path
    memory: list[tuple[float, float]] = field(default_factory=list)  # when, MB

    def resident(self) -> float:
        """Return the memory of the server and of its workers now, in MB."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family) / 1e6

    def most(self, since: float) -> float:
        """Return the most memory it held since then, in MB."""
        return max((held for when, held in self.memory if when >= since), default=self.resident())

    async def watch(self) -> None:
        """Note the memory again and again."""
        while True:
            self.memory.append((time.monotonic(), self.resident()))
            await asyncio.sleep(EVERY)

    def threads(self) -> int:
        """Return how many threads the server has."""
        return int(self.process.num_threads())

    def complaints(self) -> list[str]:
        """Return the lines of the server's log that speak of errors, with what follows."""
        words = ("Traceback", "Error", "Exception", "CRITICAL")
        lines = self.log.read_text("utf-8", "replace").splitlines()
        found = [i for i, line in enumerate(lines) if any(word in line for word in words)]
        return [" / ".join(lines[i : i + 12]) for i in found]


@asynccontextmanager
async def serving(cores: int, log: Path) -> AsyncIterator[Server]:
    """Serve the app as a class is served, on `cores` processors, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(SERVE), "--address", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = Popen(command, cwd=SERVE.parents[1], stdout=output, stderr=STDOUT)
        server = Server(f"http://127.0.0.1:{port}", psutil.Process(process.pid), log)
        if hasattr(os, "sched_setaffinity"):
            available = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(process.pid, available[:cores])
        watching = None
        try:
            await _ready(server, process)
            watching = asyncio.create_task(server.watch())
            yield server
        finally:
            if watching:
                watching.cancel()
            process.terminate()
            try:
                process.wait(10)
            except TimeoutExpired:
                process.kill()
                process.wait()


async def _ready(server: Server, process: Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once:\n{server.log.read_text()}")
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            await asyncio.sleep(0.1)
    raise RuntimeError("the server did not answer within a minute")
