"""How many negatives: the chance that one of N is active, and how noisy N make the push.

A drawn set of negatives is a sample. What a loss with margins asks of a user does not depend on N,
only how noisily it is asked; a softmax loss asks something else for every N.
"""

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
    return _active(cosines, loss).double().mean(1)


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
    _checks.whole("draws", draws, 1, "The more, the closer to the chance.")
    active = _active(cosines, loss)  # (U, I)
    users = torch.arange(len(cosines))
    hits = 0
    for _ in range(draws):
        drawn = sampler.draw(users, known, generator, lambda u, i: cosines[u[:, None], i])  # (U, N)
        hits += int(active.gather(1, drawn).any(1).sum())
    return hits / (draws * len(users))


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


def _active(cosines: Tensor, loss: Loss) -> Tensor:
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
