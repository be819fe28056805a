"""Measure two or more ways of doing the same thing, in turns and in one process."""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile


def in_turns(
    sides: Mapping[str, Callable[[], object]], rounds: int = 15, least: float = 0.0
) -> dict[str, list[float]]:
    """Return seconds of each side, one of each per round, after one round that does not count.

    Rounds go on until there are `rounds` of them and `least` seconds have passed.
    """
    times: dict[str, list[float]] = {name: [] for name in sides}
    began = time.perf_counter()
    done = -1
    while done < rounds or time.perf_counter() - began < least:
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            if done >= 0:
                times[name].append(time.perf_counter() - start)
        done += 1
    return times


def median_ratio(slow: list[float], fast: list[float]) -> float:
    """Return the median over rounds of slow / fast."""
    return statistics.median(s / f for s, f in zip(slow, fast, strict=True))


def peak_bytes(run: Callable[[], object]) -> int:
    """Return the most memory that tensors on the CPU held at once, above what stood before."""
    run()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        found.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    moves = [e for e in events if e.get("name") == "[memory]"]
    moves.sort(key=lambda e: e["ts"])
    held = np.cumsum([e["args"]["Bytes"] for e in moves])
    return int(held.max(initial=0))


def bandwidth(megabytes: int = 256, rounds: int = 7) -> float:
    """Return bytes a second of copying a large tensor, read and write counted."""
    source = torch.ones(megabytes * 2**18)
    target = torch.empty_like(source)
    times = in_turns({"copy": lambda: target.copy_(source)}, rounds)["copy"]
    return 2 * source.numel() * 4 / statistics.median(times)


def machine() -> str:
    """Describe the machine in a line."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{os.cpu_count()} cores, {name}{gpu}, PyTorch {torch.__version__}"
