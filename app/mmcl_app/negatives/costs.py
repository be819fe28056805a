"""What a training step costs against N: the stored measurements of `make bench`."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parents[3] / "docs" / "results" / "core.csv"
TIME, MEMORY = "whole step", "extra peak memory of a step"
_SIDES = {"plain": "as the formula stands", "core": "this project"}


@dataclass(frozen=True)
class Costs:
    """Measured at the same N: values of both sides, by label."""

    ns: tuple[int, ...]
    sides: dict[str, tuple[float, ...]]
    machine: str
    active: str  # share of active negatives, as measured with them


def costs(what: str) -> Costs | None:
    """Return time in ms or memory in MB of a step; None if it was not measured here.

    Parameters
    ----------
    what : {TIME, MEMORY}
    """
    try:
        return _read(what, FILE, FILE.stat().st_mtime_ns)
    except (OSError, KeyError, ValueError):
        return None


@lru_cache(maxsize=4)
def _read(what: str, file: Path, stamp: int) -> Costs:
    with file.open(newline="", encoding="utf-8") as opened:
        stored = list(csv.DictReader(opened))
    rows = [row for row in stored if row["what"] == what]
    found = {int(n[1]): row for row in rows if (n := re.fullmatch(r"N = (\d+)", row["setting"]))}
    if not found:
        raise ValueError(f"Expected rows {what!r} in {file}, got none. Run make bench.")
    ns = tuple(sorted(found))
    sides = {label: tuple(float(found[n][side]) for n in ns) for side, label in _SIDES.items()}
    shares = re.findall(r"([\d.]+%) active", " ".join(row["setting"] for row in stored))
    return Costs(ns, sides, found[ns[0]]["machine"].split(";")[0], max(shares, default="a few"))
