"""The chance that at least one of N negatives is active."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.sampling import Sampler


def active_by_user(cosines: Tensor, loss: Loss) -> Tensor:
    """Return the share of all items that are active for each user: past the first margin.

    Parameters
    ----------
    cosines : Tensor (U, I), float
        Of every user with every item.
    loss : Loss
        One with margins.

    Returns
    -------
    Tensor (U,), float64
        Their mean is `mmcl_core.geometry.active_share` of the same cosines.

    Raises
    ------
    ValueError
        If the loss has no margins, or there are no cosines.

    Examples
    --------
    >>> loss = Loss("ccl", margin=0.5)
    >>> active_by_user(torch.tensor([[0.9, 0.6, 0.1, 0.0], [0.2, 0.5, 0.1, 0.0]]), loss)
    tensor([0.5000, 0.0000], dtype=torch.float64)
    """
    return active_pairs(cosines, loss).double().mean(1)


def any_active(active: Tensor, n: int) -> float:
    """Return the chance that a positive has at least one active negative among N.

    ``mean_u 1 - (1 - a_u)^N``, for negatives drawn uniformly with replacement. To put the mean
    of the a_u into the formula overstates it (Jensen).

    Parameters
    ----------
    active : Tensor (U,), float in [0, 1]
        The a_u, share of each user's items that are active: see `active_by_user`.
    n : int >= 1
        N.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        If a share is outside [0, 1], or N is below 1.

    Examples
    --------
    >>> any_active(torch.tensor([0.0, 0.5]), n=2)
    0.375
    """
    _checks.whole("the number of negatives N", n, 1, "Without negatives nothing is active.")
    if not len(active) or not bool(((active >= 0) & (active <= 1)).all()):
        raise _checks.refuse(
            "a share in [0, 1] for each user", active.tolist(), "Take them from active_by_user."
        )
    return float((1 - (1 - active.double()) ** n).mean())


def drawn_any_active(
    cosines: Tensor,
    loss: Loss,
    sampler: Sampler,
    known: Positives,
    draws: int,
    generator: torch.Generator,
) -> float:
    """Measure by drawing how often a user has at least one active negative, whatever the sampler.

    Parameters
    ----------
    cosines : Tensor (U, I), float
    loss : Loss
        One with margins.
    sampler : Sampler
        N is its `n`; uniform with replacement, it comes out as `any_active` says.
    known : Positives
        What the sampler knows of the U users and I items.
    draws : int >= 1
        Sets of negatives for each user.
    generator : torch.Generator

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        If the loss has no margins, `draws` is below 1, or as for `Sampler.check`.

    Examples
    --------
    >>> known = Positives.from_pairs([0], [0], n_users=1, n_items=4)
    >>> cosines, generator = torch.tensor([[0.9, 0.8, 0.1, 0.0]]), torch.Generator().manual_seed(0)
    >>> loss, sampler = Loss("ccl", margin=0.5), Sampler("uniform", n=2)
    >>> abs(drawn_any_active(cosines, loss, sampler, known, 2000, generator) - 3 / 4) < 0.03
    True
    """
    active = active_pairs(cosines, loss)  # (U, I)
    drawn = drawn_sets(cosines, sampler, known, draws, generator)
    return float(np.mean([float(active.gather(1, one).any(1).double().mean()) for one in drawn]))


def drawn_sets(
    cosines: Tensor, sampler: Sampler, known: Positives, draws: int, generator: torch.Generator
) -> Iterator[Tensor]:
    """Yield `draws` times a set of negatives for each user, (U, N); "shared" is one set for all."""
    _checks.whole("draws", draws, 1, "The more, the closer to the chance.")
    users = torch.arange(len(cosines))
    for _ in range(draws):
        yield sampler.draw(users, known, generator, lambda u, i: cosines[u[:, None], i])


def active_pairs(cosines: Tensor, loss: Loss) -> Tensor:
    """Return which of the cosines (U, I) are past the first margin of a loss, (U, I) bool."""
    if loss.staircase is None:
        raise _checks.refuse(
            "a loss with margins", loss.spec.title, "Under other losses every negative is active."
        )
    if cosines.ndim != 2 or not cosines.numel():
        raise _checks.refuse(
            "cosines of shape (U, I)", f"{tuple(cosines.shape)}", "Take users @ items.T."
        )
    return cosines > loss.staircase.reach
