"""What is read off the positions of a run: recall, closeness, spread, bands, push budget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mmcl_core.data import Interactions
from mmcl_core.geometry import band_shares, closeness, spread
from mmcl_core.losses import Loss, band_pairs
from mmcl_core.noise import any_active
from mmcl_core.training import TrainConfig
from mmcl_core.worlds import World

TITLES = {  # of the curves that are shown, in this order
    "recall@10": "Recall@10, held-out likes",
    "active_share": "active pairs",
    "budget": "push budget",
    "closeness": "closeness: lower is closer",
    "spread": "spread: lower is wider",
    "loss": "loss",
}


def measure(
    positions: Iterable[NDArray[np.float32]], world: World, config: TrainConfig, loss: Loss
) -> dict[str, NDArray[Any]]:
    """Return the curves of `Trajectory` but the loss, one point for each of the positions.

    Parameters
    ----------
    positions : C arrays (U + I, D), float32
        Unit vectors, users first.
    world : World
    config : TrainConfig
        K and N are taken from it.
    loss : Loss
    """
    data = world.data
    recall, staircase = Recall(data, config.k), loss.staircase
    points = []
    for both in positions:
        users, items = torch.from_numpy(both).split([data.n_users, data.n_items])
        ends = both[data.test.users], both[data.n_users + data.test.items]
        cosines = users @ items.T  # (U, I)
        point = {
            f"recall@{config.k}": recall(cosines),
            "closeness": closeness(*map(torch.from_numpy, ends)),
            "spread": spread(items) if len(items) > 1 else 0.0,
        }
        if staircase:
            point |= _pushed(cosines, *staircase, config.negatives)
        points.append(point)
    return {name: np.array([point[name] for point in points]) for name in points[0]}


def _pushed(
    cosines: Tensor,
    margins: tuple[float, ...],
    weights: tuple[float, ...],
    negative_weight: float,
    negatives: int,
) -> dict[str, Any]:
    shares = band_shares(cosines, margins).double().numpy()  # (K + 1,)
    past = 1 - np.cumsum(shares[:-1])  # (K,) share of the pairs past each margin
    heights = [(m, negative_weight * w) for m, w in band_pairs(margins, weights)]
    first = next((m for m, height in heights if height), np.inf)
    active = (cosines > first).double().mean(1)  # (U,)
    return {
        "bands": shares,
        "budget": float(past @ [height for _, height in heights]),
        "active_share": float(active.mean()),
        "any_active": any_active(active, negatives),
    }


class Recall:
    """Recall@K of a small world, the same number as `mmcl_core.metrics.evaluate` gives, sooner.

    Instead of sorting, it counts the items ranked before each held-out like.

    Parameters
    ----------
    data : Interactions
    k : int
    """

    def __init__(self, data: Interactions, k: int) -> None:
        self.k = k
        self.train, self.test = (
            (torch.from_numpy(part.users.copy()), torch.from_numpy(part.items.copy()))
            for part in (data.train, data.test)
        )
        self.counts = data.test.counts  # (U,)
        self.smaller = torch.arange(data.n_items) < self.test[1][:, None]  # (H, I) win a tie

    def __call__(self, scores: Tensor) -> float:
        """Return the recall of `scores` (U, I)."""
        unknown = scores.index_put(self.train, torch.tensor(-torch.inf))
        rivals = unknown[self.test[0]]  # (H, I)
        own = unknown[self.test][:, None]  # (H, 1)
        before = (rivals > own) | ((rivals == own) & self.smaller)
        hits = np.bincount(self.test[0], before.sum(1) < self.k, len(self.counts))  # (U,)
        held_out = self.counts > 0
        return float(np.mean(hits[held_out] / self.counts[held_out]))
