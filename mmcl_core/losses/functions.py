"""Losses as pure, unreduced functions of scores.

Every loss takes the scores of B positive pairs, `pos` (B,), and of N negatives for each,
`neg` (B, N), and returns one value per positive, (B,). The caller averages. Because nothing is
reduced here, a loss can be drawn, tested against a loop, and differentiated through any subset of
its negatives.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from mmcl_core import _checks
from mmcl_core.losses.staircase import Numbers, float_tensor, part_weight, penalty


def mmcl(
    pos: Tensor,
    neg: Tensor,
    margins: Numbers,
    weights: Numbers,
    positive_weight: float = 1.0,
    negative_weight: float = 60.0,
) -> Tensor:
    """Multi-margin cosine loss, one value per positive pair.

    ``w_p relu(1 - p) + w_n mean_j sum_k w_k relu(s_j - m_k)``

    Parameters
    ----------
    pos : Tensor (B,), float
        Cosines p of the positive pairs. Training dropout may push them a little above 1.
    neg : Tensor (B, N), float
        Cosines s_j of the N negatives of each positive, N >= 1.
    margins : sequence of K floats in [-1, 1]
        The m_k, in any order, repeats allowed; each keeps its own band weight.
    weights : sequence of K floats >= 0
        The band weights w_k.
    positive_weight, negative_weight : float >= 0
        w_p and w_n. The default 60 suits the bundled films.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If a margin, a weight, a type or a shape is not as described.

    References
    ----------
    Ozsoy, "Multi-Margin Cosine Loss", arXiv 2405.04614.

    Examples
    --------
    >>> pos, neg = torch.tensor([0.5]), torch.tensor([[0.9, 0.1]])
    >>> mmcl(pos, neg, margins=[0.2, 0.8], weights=[0.5, 0.5], negative_weight=2.0)
    tensor([0.9000])
    """
    _check_scores(pos, neg)
    pull = part_weight("positive weight", positive_weight) * (1 - pos).relu()  # (B,)
    push = penalty(neg, margins, weights, negative_weight)  # (B, N)
    return pull + push.mean(-1)  # (B,)


def ccl(
    pos: Tensor,
    neg: Tensor,
    margin: float = 0.9,
    negative_weight: float = 150.0,
    positive_weight: float = 1.0,
) -> Tensor:
    """Cosine contrastive loss: MMCL with a single margin whose band weight is 1.

    ``w_p relu(1 - p) + w_n mean_j relu(s_j - m)``

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Cosines of the positives and of their negatives.
    margin : float in [-1, 1]
    negative_weight, positive_weight : float >= 0

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        As for `mmcl`.

    References
    ----------
    Mao et al., "SimpleX", arXiv 2109.12613; margin 0.9 and w_n 150 are its setting for MF.

    Examples
    --------
    >>> ccl(torch.tensor([0.5]), torch.tensor([[0.9, 0.1]]), margin=0.8, negative_weight=2.0)
    tensor([0.6000])
    """
    return mmcl(pos, neg, (margin,), (1.0,), positive_weight, negative_weight)


def bpr(pos: Tensor, neg: Tensor) -> Tensor:
    """Bayesian personalised ranking, averaged over the negatives.

    ``mean_j softplus(s_j - p)``, meant for dot products.

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Scores of the positives and of their negatives.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If the shapes do not fit or there is no negative.

    References
    ----------
    Rendle et al., "BPR", arXiv 1205.2618.

    Examples
    --------
    >>> bpr(torch.tensor([1.0]), torch.tensor([[1.0]]))
    tensor([0.6931])
    """
    _check_scores(pos, neg)
    return softplus(neg - pos[:, None]).mean(-1)  # (B, N) -> (B,)


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
    >>> ssm(torch.tensor([1.0]), torch.tensor([[0.0]]), temperature=0.5)
    tensor([-2.])
    """
    _check_scores(pos, neg)
    _checks.number("temperature", temperature, 1e-4, math.inf, "Usual values are 0.05 to 0.5.")
    return -pos / temperature + torch.logsumexp(neg / temperature, -1)  # (B, N) -> (B,)


def _check_scores(pos: Tensor, neg: Tensor) -> None:
    float_tensor("pos", pos)
    float_tensor("neg", neg)
    if pos.ndim != 1 or neg.ndim != 2 or neg.shape[0] != pos.shape[0] or neg.shape[1] < 1:
        raise _checks.refuse(
            "pos of shape (B,) and neg of shape (B, N) with N >= 1",
            f"pos {tuple(pos.shape)} and neg {tuple(neg.shape)}",
            "For a loss without negatives keep N = 1 and set the negative weight to 0.",
        )
