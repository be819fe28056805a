"""What a number was measured with: versions, revision, processor, and a run's peak memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

_MB = 1e6
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def about(device: torch.device) -> dict[str, Any]:
    """Return versions, git revision, threads and processor: no host name and no paths."""
    return {**_fixed(), "threads": torch.get_num_threads(), "device": _device_name(device)}


@lru_cache(maxsize=1)  # what this process runs, also if the files change meanwhile
def _fixed() -> dict[str, Any]:
    try:
        own = version("mmcl-lab")
    except PackageNotFoundError:
        own = "not installed"
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": version("numpy"),
        "mmcl_core": own,
        "revision": _revision(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _revision() -> str | None:
    """Return the git revision of this code, with "dirty" if the core differs; None without git."""
    core = Path(__file__).parents[1]

    def git(*words: str) -> str:
        run = subprocess.run(
            ["git", "-C", str(core), *words], capture_output=True, text=True, check=True
        )
        return run.stdout.strip()

    try:
        if git("ls-files", "--", "__init__.py") != "__init__.py":
            return None  # installed inside somebody else's repository
        dirty = git("status", "--porcelain", "--", ".")
        return git("rev-parse", "HEAD") + (" dirty" if dirty else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


class PeakMemory:
    """The largest memory of this process since the object was made, and of a GPU if it is used.

    Linux lets a process forget its earlier peak; elsewhere the peak is that of the process so far.

    Examples
    --------
    >>> peak = PeakMemory(torch.device("cpu"))
    >>> peak.megabytes() is None or peak.megabytes() > 10
    True
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        if _CLEAR.exists():
            try:
                _CLEAR.write_text("5")  # proc(5): resets the peak resident set size
            except OSError:
                return

    def megabytes(self) -> float | None:
        """Return the peak of the process in MB (1e6 bytes); None where it cannot be known."""
        if _STATUS.exists():
            for line in _STATUS.read_text().splitlines():
                if line.startswith("VmHWM"):
                    return round(int(line.split()[1]) * 1024 / _MB, 1)
        if sys.platform == "win32":
            return None
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak * (1 if sys.platform == "darwin" else 1024) / _MB, 1)

    def gpu_megabytes(self) -> float | None:
        """Return the peak that PyTorch held on the GPU in MB; None on the CPU."""
        if self.device.type != "cuda":
            return None
        return round(torch.cuda.max_memory_allocated(self.device) / _MB, 1)
