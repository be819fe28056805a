"""Servers for tests of faults: each test has its own, and it never outlives the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
sys.path.insert(0, str(Path(__file__).parent))
from served import Served

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that starts a server."""
    started: list[Served] = []

    def start(one_processor: bool = False, **environment: str) -> Served:
        served = Served(tmp_path / f"log-{len(started)}.txt", one_processor, **environment)
        started.append(served)
        served.start()
        return served

    yield start
    for served in started:
        served.kill()
