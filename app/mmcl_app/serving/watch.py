"""How the server is, in a line of its log every minute: numbers only."""

from __future__ import annotations

import re
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from mmcl_app.serving.logs import log

EVERY = 60.0  # seconds

_SESSIONS = re.compile(r"^active_sessions(?:\{.*\})? (\d+)", re.M)


@dataclass(frozen=True)
class Health:
    """Pages that are open, jobs of Train that run and that wait, memory of the process in MB."""

    pages: int
    running: int
    waiting: int
    memory: float

    def words(self) -> str:
        """Return it as a line of the log."""
        return (
            f"open pages {self.pages}, trainings {self.running} running and {self.waiting} "
            f"waiting, memory {self.memory:.0f} MB"
        )


def health(address: str) -> Health:
    """Return how the server of this process is.

    Parameters
    ----------
    address : str
        Scheme and host of the server, as ``http://127.0.0.1:8501``.
    """
    import psutil

    running, waiting = _jobs()
    memory = psutil.Process().memory_info().rss / 1e6
    return Health(open_pages(address), running, waiting, memory)


def open_pages(address: str) -> int:
    """Ask a server how many pages are open, by Streamlit's own page of numbers."""
    page = f"{address}/_stcore/metrics?families=active_sessions"
    with urllib.request.urlopen(page, timeout=10) as answer:
        return counted(answer.read().decode("utf-8"))


def counted(text: str) -> int:
    """Read the number of open pages from Streamlit's page of numbers; 0 if it is not there."""
    found = _SESSIONS.search(text)
    return int(found[1]) if found else 0


def _jobs() -> tuple[int, int]:
    """Count jobs; before anybody has opened Train there are none, and nothing is imported."""
    settings: Any = sys.modules.get("mmcl_app.train.settings")
    if settings is None:
        return 0, 0
    load: tuple[int, int] = settings.runner().load()
    return load


def watch(address: str, over: threading.Event, every: float = EVERY) -> threading.Thread:
    """Write a line of health now and then, until `over` is set."""

    def look() -> None:
        while not over.wait(every):
            try:
                log().info(health(address).words())
            except (urllib.error.URLError, TimeoutError, OSError):
                log().warning("The server did not answer in 10 seconds.")

    thread = threading.Thread(target=look, daemon=True, name="mmcl-watch")
    thread.start()
    return thread
