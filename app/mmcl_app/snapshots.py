"""The cosines of three runs on films, seen after several epochs; read when first asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parents[1] / "snapshots" / "films.npz"

RUNS = ("films-mmcl", "films-ccl", "paper-ccl")
EPOCHS = ("0", "1", "2", "5", "10", "20", "40")


@dataclass(frozen=True)
class Snapshot:
    """One run after one epoch: evenly spaced quantiles of its cosines, and how well it ranks."""

    pairs: NDArray[np.float32]
    positives: NDArray[np.float32]
    ndcg: float


def snapshot(run: str, epoch: str) -> Snapshot:
    """Return a snapshot; its arrays are shared and read-only."""
    meta, pairs, positives = _archive()
    r, e = meta["runs"].index(run), meta["epochs"].index(int(epoch))
    return Snapshot(pairs[r, e], positives[r, e], meta["ndcg@20"][r][e])


@lru_cache(maxsize=1)
def _archive() -> tuple[dict[str, Any], NDArray[np.float32], NDArray[np.float32]]:
    with np.load(FILE, allow_pickle=False) as archive:
        meta = json.loads(archive["meta"].tobytes())
        arrays = [
            (archive[name].astype(np.int32).cumsum(-1) / meta["scale"]).astype(np.float32)
            for name in ("pairs", "positives")
        ]
    for array in arrays:
        array.setflags(write=False)
    return meta, arrays[0], arrays[1]
