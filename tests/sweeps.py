"""A small sweep, as a file describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmcl_core.experiments import Cell, Sweep
from mmcl_core.experiments.sweepfile import parse_sweep

TRAINING = {"dim": 4, "epochs": 2, "batch_size": 16, "k": 3}


def described(folder: Path, **changes: Any) -> dict[str, Any]:
    """What a file says: two runs at one N with two seeds, the second one tuned."""
    search = {"epochs": 1, "margin": [0.1, 0.7], "learning_rate": [1e-3, 1e-1], "trials": 3}
    whole: dict[str, Any] = {
        "data": str(folder),
        "negatives": [2],
        "seeds": [0, 1],
        "training": TRAINING,
        "runs": {"mmcl": {"preset": "films-mmcl"}, "ccl": {"loss": "ccl", "search": search}},
    }
    return {**whole, **changes}


def swept(folder: Path, **changes: Any) -> Sweep:
    return parse_sweep(described(folder, **changes), "a.toml")


def names(cells: list[Cell]) -> list[str]:
    return [cell.name for cell in cells]
