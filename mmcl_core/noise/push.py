"""The push that N negatives give, and how noisy it is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.data import Positives
from mmcl_core.losses import Inputs, Loss, forces
from mmcl_core.products import gathered_products, weighted_sums
from mmcl_core.sampling import Sampler

_BLOCK = 2**17  # negatives looked at together


def push(loss: Loss, users: Tensor, positives: Tensor, items: Tensor, drawn: Tensor) -> Tensor:
    """Return the push on a user: the part of the gradient that comes through the negatives.

    ``sum_j dL/ds_j  ds_j/du``, for the loss L of one positive and its N negatives; a step goes
    against it. For a loss of cosines ``ds_j/du = v_j - s_j u``, along the sphere.

    Parameters
    ----------
    loss : Loss
        One that has negatives; `loss.spec.has_negatives` says so.
    users, positives : Tensor (B, D), float
        Vectors of the user and of the item of each positive, each counted as a user of its own.
        For a loss of cosines only directions count, and the gradient is that of a unit vector.
    items : Tensor (I, D), float
    drawn : Tensor (B, N), int64
        Rows of `items`. With every item once it is, for MMCL and CCL, the exact mean push.

    Returns
    -------
    Tensor (B, D), float

    Raises
    ------
    ValueError
        If the loss has no negatives.

    Examples
    --------
    >>> loss = Loss("ccl", margin=0.5, negative_weight=2.0)
    >>> user, items = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.8, 0.6], [-1.0, 0.0]])
    >>> push(loss, user, items[:1], items, torch.tensor([[0, 1]]))
    tensor([[0.0000, 0.6000]])
    """
    u, v, table = (_vectors(loss, given) for given in (users, positives, items))
    return _push(loss, u, (u * v).sum(1), table, drawn)


class PushNoise(NamedTuple):
    """The push on the user of each positive, over many sets of negatives.

    `mean` (B, D) and `variance` (B,), the sum over the D directions; both float64.
    """

    mean: Tensor
    variance: Tensor


def push_noise(
    loss: Loss,
    users: Tensor,
    items: Tensor,
    pairs: tuple[Tensor, Tensor],
    sampler: Sampler,
    known: Positives,
    draws: int,
    generator: torch.Generator,
) -> PushNoise:
    """Draw negatives again and again, and return mean and variance of the push they give.

    Parameters
    ----------
    loss : Loss
        One that has negatives.
    users, items : Tensor (U, D) and (I, D), float
        As for `push`.
    pairs : tuple of two Tensor (B,), int64
        User and item of each positive.
    sampler : Sampler
        N is its `n`.
    known : Positives
        What the sampler knows.
    draws : int >= 2
        Sets of negatives for each positive. The mean is uncertain by the root of
        variance / draws.
    generator : torch.Generator

    Returns
    -------
    PushNoise

    Raises
    ------
    ValueError
        If the loss has no negatives, `draws` is below 2, or as for `Sampler.check`.

    Examples
    --------
    >>> known = Positives.from_pairs([0], [0], n_users=1, n_items=2)
    >>> user, items = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.8, 0.6], [-1.0, 0.0]])
    >>> loss, pairs = Loss("ccl", margin=0.5, negative_weight=2.0), (torch.tensor([0]),) * 2
    >>> generator = torch.Generator().manual_seed(0)
    >>> found = push_noise(loss, user, items, pairs, Sampler(n=4), known, 5000, generator)
    >>> (found.mean - torch.tensor([[0.0, 0.6]])).abs().max().item() < 0.03
    True
    >>> round(found.variance.item(), 2)  # 0.36 for one negative, a quarter of that for four
    0.09
    """
    _checks.whole("draws", draws, 2, "A variance needs two; take hundreds.")
    everyone, table = _vectors(loss, users), _vectors(loss, items)
    who, liked = pairs
    u = everyone[who]  # (B, D)
    pos = (u * table[liked]).sum(1)  # (B,)

    def score(asking: Tensor, asked: Tensor) -> Tensor:
        return gathered_products(everyone[asking], table, asked)

    # Under "shared" positives of one batch share their set, so each set is a batch of its own.
    most = 1 if sampler.kind == "shared" else max(1, _BLOCK // (len(who) * sampler.n))
    pushes = []
    for sets in [most] * (draws // most) + [draws % most] * (draws % most > 0):
        drawn = sampler.draw(who.repeat(sets), known, generator, score)  # (sets * B, N)
        found = _push(loss, u.repeat(sets, 1), pos.repeat(sets), table, drawn)
        pushes.append(found.view(sets, *u.shape).double())  # (sets, B, D)
    variance, mean = torch.var_mean(torch.cat(pushes), 0)  # (B, D) each
    return PushNoise(mean, variance.sum(1))


def _push(loss: Loss, u: Tensor, pos: Tensor, items: Tensor, drawn: Tensor) -> Tensor:
    """Return the push on `u` (B, D), whose positives have the scores `pos` (B,), as (B, D)."""
    b = len(u)
    neg = gathered_products(u, items, drawn)  # (B, N)
    found = forces(loss, Inputs(pos, neg, torch.arange(b)))
    force = b * found.negative  # (A,): each positive on its own, where `forces` takes the mean
    active = drawn[found.rows, found.columns]  # (A,)
    summed = weighted_sums(found.rows, active, force, items, b, ascending=True)  # (B, D)
    if loss.spec.score != "cosine":
        return summed
    return summed - (summed * u).sum(1, keepdim=True) * u  # what is left along the sphere


def _vectors(loss: Loss, given: Tensor) -> Tensor:
    """Return vectors whose product is the score of this loss."""
    if not loss.spec.has_negatives:
        raise _checks.refuse(
            "a loss that has negatives", loss.spec.title, "Ask spec.has_negatives before."
        )
    given = given.detach()
    return normalize(given, dim=-1) if loss.spec.score == "cosine" else given
