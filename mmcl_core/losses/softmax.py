"""Losses of the softmax family, where negatives share a push: SSM and BSL."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.losses.inputs import check_scores, check_users


def ssm(pos: Tensor, neg: Tensor, temperature: float = 0.1) -> Tensor:
    """Score by sampled softmax, with the positive left out of the sum.

    ``-p / tau + log sum_j exp(s_j / tau)``

    N changes what this loss asks for, not only its noise: the sum grows with N.

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Cosines of the positives and of their negatives.
    temperature : float > 0
        tau. Small values concentrate the push on the closest negative.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If the temperature is not positive, or the shapes do not fit.

    References
    ----------
    Wu et al., "On the effectiveness of sampled softmax loss", arXiv 2201.02327; the form without
    the positive is the one of BSL, arXiv 2312.12882.

    Examples
    --------
    >>> import torch
    >>> ssm(torch.tensor([1.0]), torch.tensor([[0.0]]), temperature=0.5)
    tensor([-2.])
    """
    check_scores(pos, neg)
    _check_temperature(temperature)
    return -pos / temperature + torch.logsumexp(neg / temperature, -1)  # (B, N) -> (B,)


def bsl(
    pos: Tensor, neg: Tensor, users: Tensor, temperature: float = 0.1, power: float = 1.1
) -> Tensor:
    """Bilateral softmax loss: the softmax's log-mean-exp on the side of the positives too.

    ``-log( mean_{i in G} exp(p_i / tau)  /  (mean_j exp(s_j / tau))^power )``

    G are the positives in the batch that have the same user, so a positive that stands out badly
    among them, a noisy one, hardly pulls. The s_j are the positive's own N negatives, which are
    not pooled: positives of one user share the numerator and differ in the denominator. If all
    users of a batch differ and the power is 1, this is SSM less log N.

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Cosines of the positives and of their negatives.
    users : Tensor (B,), int64
        Ids of the positives' users.
    temperature : float > 0
        tau.
    power : float >= 0
        How much the negatives' side counts.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If temperature or power are out of range, or the shapes do not fit.

    References
    ----------
    Wu et al., "BSL", arXiv 2312.12882.

    Examples
    --------
    >>> import torch
    >>> pos, neg = torch.tensor([1.0, 0.0]), torch.tensor([[0.0], [0.5]])
    >>> bsl(pos, neg, torch.tensor([7, 7]), temperature=0.5, power=2.0)
    tensor([-1.4338,  0.5662])
    """
    check_scores(pos, neg)
    check_users(users, pos)
    _check_temperature(temperature)
    _checks.number("power", power, 0, math.inf, "Usual values are 1 to 1.3.")
    push = torch.logsumexp(neg / temperature, -1) - math.log(neg.shape[1])  # (B, N) -> (B,)
    return power * push - _log_mean_exp_by_group(pos / temperature, users)


def _log_mean_exp_by_group(x: Tensor, groups: Tensor) -> Tensor:
    """Return, for each of `x` (B,), the log-mean-exp of its group, (B,)."""
    own = groups.unique(return_inverse=True)[1]  # (B,): which of the G groups
    empty = x.new_full((int(own.max()) + 1 if len(own) else 0,), -math.inf)  # (G,)
    top = empty.scatter_reduce(0, own, x.detach(), "amax")  # (G,): so that exp cannot overflow
    sums = torch.zeros_like(top).index_add(0, own, (x - top[own]).exp())  # (G,)
    counts = torch.bincount(own)  # (G,)
    return ((sums / counts).log() + top)[own]


def _check_temperature(temperature: float) -> None:
    _checks.number("temperature", temperature, 1e-4, math.inf, "Usual values are 0.05 to 0.5.")
