"""What the loss does to the embedding: bands, slope and leverage, push budget, closeness, spread.

The band of a negative is the number of margins below its cosine: 0 is dead (no force at all), K
is the closest. The push budget is the mean slope over random user-item pairs: how many push,
times how hard.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.data import Interactions
from mmcl_core.losses import band_pairs, slope, uniformity
from mmcl_core.losses.staircase import Numbers, floats
from mmcl_core.products import gathered_products


def bands(s: Tensor, margins: Numbers) -> Tensor:
    """Return the band of each cosine: the number of margins strictly below it, 0 (dead) to K.

    Parameters
    ----------
    s : Tensor of any shape, float
        Cosines.
    margins : sequence of K floats in [-1, 1]
        In any order.

    Returns
    -------
    Tensor, shape of `s`, int64
        A cosine exactly at a margin is still in the band below, as is its slope.

    Examples
    --------
    >>> bands(torch.tensor([0.1, 0.2, 0.5, 0.9]), [0.2, 0.8])
    tensor([0, 0, 1, 2])
    """
    listed = floats("margins", margins)
    ordered = [m for m, _ in band_pairs(listed, [1.0] * len(listed))]
    return torch.bucketize(s, torch.tensor(ordered, dtype=s.dtype, device=s.device))


def band_shares(s: Tensor, margins: Numbers) -> Tensor:
    """Return the share of the cosines in each band, (K + 1,), dead first; they sum to 1.

    Examples
    --------
    >>> band_shares(torch.tensor([0.1, 0.2, 0.5, 0.9]), [0.2, 0.8])
    tensor([0.5000, 0.2500, 0.2500])
    """
    counts = torch.bincount(bands(_some(s), margins).flatten(), minlength=len(margins) + 1)
    return counts / s.numel()


def active_share(s: Tensor, margins: Numbers, weights: Numbers) -> float:
    """Return the share of cosines that are pushed at all: past the first margin with a weight.

    Measure it on true cosines: under training dropout it comes out much larger.

    Parameters
    ----------
    s : Tensor of any shape, float
        Cosines of user-item pairs.
    margins, weights : sequences of K floats

    Returns
    -------
    float in [0, 1]

    Examples
    --------
    >>> active_share(torch.tensor([0.1, 0.2, 0.5, 0.9]), [0.2, 0.8], [0.3, 0.7])
    0.5
    """
    return float((slope(_some(s), margins, weights) > 0).double().mean())


def push_budget(
    s: Tensor, margins: Numbers, weights: Numbers, negative_weight: float = 1.0
) -> float:
    """Return the mean slope over the pairs: how many push, times how hard.

    ``E[f'(s)] = w_n sum_k w_k P(s > m_k)``; for one margin, active share x negative weight.

    Parameters
    ----------
    s : Tensor of any shape, float
        Cosines of user-item pairs.
    margins, weights : sequences of K floats
    negative_weight : float >= 0

    Returns
    -------
    float >= 0, in units of the positive weight

    Examples
    --------
    >>> round(push_budget(torch.tensor([0.1, 0.9]), [0.8], [1.0], 60.0), 6)
    30.0
    """
    return float(slope(_some(s), margins, weights, negative_weight).double().mean())


def budget_by_margin(
    s: Tensor, margins: Numbers, weights: Numbers, negative_weight: float = 1.0
) -> Tensor:
    """Return what each margin adds to the push budget, (K,), by margin; the sum is the budget.

    ``w_n w_k P(s > m_k)``

    Examples
    --------
    >>> budget_by_margin(torch.tensor([0.1, 0.5, 0.9, 0.9]), [0.2, 0.8], [0.25, 0.75], 4.0)
    tensor([0.7500, 1.5000], dtype=torch.float64)
    """
    parts = [
        slope(_some(s), [m], [w], negative_weight).double().mean()
        for m, w in band_pairs(margins, weights)
    ]
    return torch.stack(parts)


def leverage(s: Tensor) -> Tensor:
    """Return the share of the slope that moves a point along the sphere: ``sqrt(1 - s^2)``.

    The force of a negative is slope x leverage; exactly on the user, s = 1, it vanishes.

    Examples
    --------
    >>> leverage(torch.tensor([0.0, 0.6, 1.0]))
    tensor([1.0000, 0.8000, 0.0000])
    """
    return (1 - s.clamp(-1, 1).square()).sqrt()


def closeness(users: Tensor, items: Tensor) -> float:
    """Return the closeness of positive pairs, formally alignment: mean squared distance.

    Lower is closer: 0 on top of each other, 2 unrelated, 4 opposite.

    Parameters
    ----------
    users, items : Tensor (n, D), float
        Row i of both is one positive pair; lengths do not matter.

    Returns
    -------
    float in [0, 4]

    References
    ----------
    Wang and Isola, arXiv 2005.10242.

    Examples
    --------
    >>> closeness(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 2.0]]))
    2.0
    """
    return float((_unit(users) - _unit(items)).square().sum(-1).mean())


def spread(vectors: Tensor, t: float = 2.0) -> float:
    """Return the spread over the sphere, formally uniformity.

    ``log mean_{i<j} exp(-t |x_i - x_j|^2)``. Lower is more spread: 0 when all vectors coincide.

    Parameters
    ----------
    vectors : Tensor (n, D), float
        At least two; lengths do not matter. The cost is n^2.
    t : float > 0

    Returns
    -------
    float <= 0

    Raises
    ------
    ValueError
        If there are fewer than two vectors.

    References
    ----------
    Wang and Isola, arXiv 2005.10242.

    Examples
    --------
    >>> spread(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
    -8.0
    """
    if len(vectors) < 2:
        raise _checks.refuse("at least two vectors", len(vectors), "Spread compares pairs.")
    return float(uniformity(_unit(vectors).double(), t))


def project(vectors: Tensor, dim: int = 3) -> Tensor:
    """Project onto the `dim` main directions, (n, dim): a picture that loses the rest.

    Show cosines of the real space beside it.

    Examples
    --------
    >>> project(torch.eye(4), dim=3).shape
    torch.Size([4, 3])
    """
    directions: Tensor = torch.linalg.svd(vectors, full_matrices=False).Vh  # (min(n, D), D)
    return vectors @ directions[:dim].T


def sample_cosines(
    users: Tensor, items: Tensor, data: Interactions, n: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw cosines of n random positive (train) pairs and of n random user-item pairs.

    Parameters
    ----------
    users, items : Tensor (U, D) and (I, D), float
    data : Interactions
    n : int
    generator : torch.Generator

    Returns
    -------
    positives : Tensor (n,)
        Drawn from the train pairs with replacement.
    pairs : Tensor (n,)
        User and item drawn uniformly, as uniform sampling would: a few of them are positives.
    """
    pick = torch.randint(len(data.train), (n,), generator=generator)
    liked = (
        torch.from_numpy(data.train.users[pick.numpy()]),
        torch.from_numpy(data.train.items[pick.numpy()]),
    )
    drawn = (
        torch.randint(data.n_users, (n,), generator=generator),
        torch.randint(data.n_items, (n,), generator=generator),
    )
    u, v = _unit(users.detach()), _unit(items.detach())
    cosines = [
        gathered_products(u[a.to(u.device)], v, b[:, None].to(v.device))[:, 0].clamp(-1, 1).cpu()
        for a, b in (liked, drawn)
    ]
    return cosines[0], cosines[1]


def _unit(vectors: Tensor) -> Tensor:
    return normalize(vectors, dim=-1)


def _some(s: Tensor) -> Tensor:
    if s.numel() == 0:
        raise _checks.refuse("at least one cosine", "none", "A share needs something to count.")
    return s
