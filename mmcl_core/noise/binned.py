"""Cosines and pushes of a trained model in bins: small enough to ship, true for any margins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.losses import Loss, slope
from mmcl_core.losses.staircase import Staircase

_FINE = 10  # places in a bin at which a staircase is read

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Binned:
    """What chance and noise of a loss with margins need, in B even bins of the cosine.

    An edge belongs to the bin below it, as a cosine exactly at a margin is not past it. For margins
    at edges all is exact; within a bin, cosines count as evenly spread.

    Parameters
    ----------
    counts : (U, B) integers
        Items of each user in each bin.
    squares : (B,) float
        Mean over users of ``sum_j (1 - s_j^2) / I`` over the items of a bin.
    products : (B, B) float
        Mean over users of ``S_b . S_b'``, where ``S_b = sum_j (v_j - s_j u) / I`` over the items
        of a bin.
    """

    counts: NDArray[np.integer]
    squares: Floats
    products: Floats

    def active_by_user(self, loss: Loss) -> Tensor:
        """Return the share of all items that are active for each user, (U,) float64.

        Raises
        ------
        ValueError
            If the loss has no margins.
        """
        active = (self._places() > _stairs(loss).reach).double().mean(1).numpy()  # (B,)
        return torch.from_numpy(self.counts @ active / self.counts.sum(1))

    def budget(self, loss: Loss) -> float:
        """Return the push budget: `mmcl_core.geometry.push_budget` of the same cosines.

        Raises
        ------
        ValueError
            If the loss has no margins.
        """
        height = slope(self._places(), *_stairs(loss)).mean(1).numpy()  # (B,)
        return float(self.counts.sum(0) @ height / self.counts.sum())

    def deviation(self, loss: Loss) -> float:
        """Return the standard deviation of the push of one negative, over all users together.

        Raises
        ------
        ValueError
            If the loss has no margins.
        """
        return self._moments(loss)[0]

    def relative_noise(self, loss: Loss) -> float:
        """Return the same in lengths of the mean push; NaN where nobody is pushed.

        Raises
        ------
        ValueError
            If the loss has no margins.
        """
        spread, length = self._moments(loss)
        return spread / length if length > 0 else math.nan

    def _moments(self, loss: Loss) -> tuple[float, float]:
        """Return standard deviation and length of the mean of one negative's push."""
        f = slope(self._places(), *_stairs(loss))  # (B, P)
        height, square = f.mean(1).numpy(), f.square().mean(1).numpy()  # (B,) each
        length = max(0.0, float(height @ self.products @ height))
        variance = max(0.0, float(square @ self.squares) - length)
        return math.sqrt(variance), math.sqrt(length)

    def _places(self) -> Tensor:
        """Return places spread evenly over each bin, (B, P) float64."""
        bins = self.counts.shape[1]
        middle = (torch.arange(bins * _FINE, dtype=torch.float64) + 0.5) / _FINE
        places: Tensor = 2 * middle / bins - 1
        return places.view(bins, _FINE)


def in_bins(s: Tensor, bins: int) -> Tensor:
    """Return the bin of each cosine, 0 to B - 1; an edge belongs to the bin below.

    Examples
    --------
    >>> in_bins(torch.tensor([-1.0, -0.5, 0.01, 1.0]), 4)
    tensor([0, 0, 2, 3])
    """
    places: Tensor = ((s.double() + 1) * (bins / 2)).ceil().long().sub(1).clamp(0, bins - 1)
    return places


def binned(users: Tensor, items: Tensor, bins: int = 100) -> Binned:
    """Put the cosines and pushes of all users and items into bins.

    Parameters
    ----------
    users, items : Tensor (U, D) and (I, D), float
        Only directions count.
    bins : int >= 1

    Returns
    -------
    Binned

    Examples
    --------
    >>> found = binned(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.8, 0.6], [-1.0, 0.0]]), 4)
    >>> found.counts.tolist(), round(found.relative_noise(Loss("ccl", margin=0.5)), 6)
    ([[1, 0, 0, 1]], 1.0)
    """
    _checks.whole("bins", bins, 1, "The films have 100.")
    u, table = (normalize(given.detach().double(), dim=-1) for given in (users, items))
    s = (u @ table.T).clamp(-1, 1)  # (U, I)
    place = in_bins(s, bins)  # (U, I)
    counts = s.new_zeros(len(u), bins).scatter_add_(1, place, torch.ones_like(s))
    squares = s.new_zeros(len(u), bins).scatter_add_(1, place, 1 - s.square())
    products = torch.zeros(bins, bins, dtype=torch.float64)
    for user, cosines, which in zip(u, s, place, strict=True):
        pushes = table - cosines[:, None] * user  # (I, D)
        summed = pushes.new_zeros(bins, pushes.shape[1]).index_add_(0, which, pushes)  # (B, D)
        products += summed @ summed.T
    each = len(u) * len(table)
    return Binned(
        counts.long().numpy(),
        (squares.sum(0) / each).numpy(),
        (products / (each * len(table))).numpy(),
    )


def _stairs(loss: Loss) -> Staircase:
    if loss.staircase is None:
        raise _checks.refuse(
            "a loss with margins", loss.spec.title, "Its push depends on the other negatives."
        )
    return loss.staircase
