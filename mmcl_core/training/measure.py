"""The geometry of a run, measured after every epoch on the same random pairs."""

from __future__ import annotations

import torch
from torch import Tensor

from mmcl_core import geometry
from mmcl_core.data import Interactions
from mmcl_core.losses import Loss

_PAIRS = 20_000  # random pairs on which the geometry is measured
_POINTS = 500  # vectors whose spread is measured


def measure(
    users: Tensor, items: Tensor, data: Interactions, loss: Loss, seed: int
) -> dict[str, float]:
    """Return closeness, spread and, for losses with margins, active share and push budget.

    Parameters
    ----------
    users, items : Tensor (U, D) and (I, D), float
    data : Interactions
    loss : Loss
    seed : int
        Decides the pairs; the same for all epochs, and for runs to be compared.

    Returns
    -------
    dict of str to float
    """
    fixed = torch.Generator().manual_seed(seed)
    pos, pairs = geometry.sample_cosines(users, items, data, _PAIRS, fixed)
    some = items[torch.randperm(len(items), generator=fixed)[:_POINTS].to(items.device)]
    shape = {
        "closeness": float((2 - 2 * pos).mean()),  # |u - v|^2 of unit vectors
        "spread": geometry.spread(some.cpu()) if len(some) > 1 else 0.0,
    }
    if loss.staircase:
        margins, weights, negative_weight = loss.staircase
        shape["active_share"] = geometry.active_share(pairs, margins, weights)
        shape["push_budget"] = geometry.push_budget(pairs, margins, weights, negative_weight)
    return shape
