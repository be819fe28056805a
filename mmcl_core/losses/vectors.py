"""A loss of vectors, without negatives: DirectAU."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.losses.inputs import check_vectors


def directau(user_vectors: Tensor, item_vectors: Tensor, gamma: float = 1.0) -> Tensor:
    """Alignment and uniformity: positive pairs close, and all users and all items spread.

    ``|u - v|^2 + gamma (uniformity(users) + uniformity(items)) / 2``, where
    ``uniformity(X) = log mean_{i<j} exp(-2 |x_i - x_j|^2)``

    over the unit vectors of the batch. Each positive has its own alignment; the uniformity is
    that of the whole batch, the same for all. A user or item that comes twice repels itself at
    distance 0, as published. A batch of one has no pairs: its uniformity counts as 0.

    Parameters
    ----------
    user_vectors, item_vectors : Tensor (B, D), float
        The two vectors of each positive pair; their lengths do not matter.
    gamma : float >= 0
        How much spreading counts.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If gamma is below 0, or the shapes differ.

    References
    ----------
    Wang et al., "DirectAU", arXiv 2206.12811; Wang and Isola, arXiv 2005.10242.

    Examples
    --------
    >>> users, items = torch.tensor([[1.0, 0.0], [-2.0, 0.0]]), torch.tensor([[0.0, 3.0]] * 2)
    >>> directau(users, items)  # 2 of the alignment, -8 / 2 of the users' uniformity
    tensor([-2., -2.])
    """
    check_vectors(user_vectors, item_vectors)
    _checks.number("gamma", gamma, 0, math.inf, "Usual values are 0.5 to 10.")
    u, v = normalize(user_vectors, dim=-1), normalize(item_vectors, dim=-1)  # (B, D)
    alignment = (u - v).square().sum(-1)  # (B,)
    return alignment + gamma * (uniformity(u) + uniformity(v)) / 2


def uniformity(x: Tensor, t: float = 2.0) -> Tensor:
    """Return ``log mean_{i<j} exp(-t |x_i - x_j|^2)`` of unit vectors; lower is more spread.

    Parameters
    ----------
    x : Tensor (n, D), float
        Unit vectors. Fewer than two have no pairs: their uniformity counts as 0.
    t : float > 0

    Returns
    -------
    Tensor (), float

    References
    ----------
    Wang and Isola, arXiv 2005.10242.

    Examples
    --------
    >>> uniformity(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    tensor(-8.)
    """
    n = len(x)
    if n < 2:
        return x.new_zeros(())
    exponents = 2 * t * (x @ x.T - 1)  # (n, n): |x_i - x_j|^2 = 2 - 2 x_i . x_j
    exponents = exponents.fill_diagonal_(-math.inf)
    return torch.logsumexp(exponents.flatten(), 0) - math.log(n * (n - 1))
