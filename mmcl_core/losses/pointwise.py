"""Losses that judge each score alone, without a margin: BCE and MSE."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from mmcl_core.losses.inputs import check_scores
from mmcl_core.losses.staircase import part_weight


def bce(pos: Tensor, neg: Tensor) -> Tensor:
    """Binary cross-entropy: is this pair a positive, yes or no.

    ``-log sigma(p) - sum_j log(1 - sigma(s_j))``, meant for dot products.

    The negatives are summed: with N their say grows.

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
    He et al., "Neural collaborative filtering", arXiv 1708.05031.

    Examples
    --------
    >>> import torch
    >>> bce(torch.tensor([0.0]), torch.tensor([[0.0, 0.0]]))
    tensor([2.0794])
    """
    check_scores(pos, neg)
    # log sigma(x) = -softplus(-x), and 1 - sigma(x) = sigma(-x): no number can overflow.
    return softplus(-pos) + softplus(neg).sum(-1)  # (B, N) -> (B,)


def mse(pos: Tensor, neg: Tensor, negative_weight: float = 1.0) -> Tensor:
    """Mean squared error: a positive should have cosine 1, a negative 0.

    ``(1 - p)^2 / 2 + w_n mean_j s_j^2 / 2``

    A negative with a cosine below 0 is pulled up. RecBox sums over the negatives instead, which
    is w_n = N here.

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Cosines of the positives and of their negatives.
    negative_weight : float >= 0
        w_n.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If the negative weight is below 0, or the shapes do not fit.

    References
    ----------
    Mao et al., "SimpleX", arXiv 2109.12613, and its library RecBox.

    Examples
    --------
    >>> import torch
    >>> mse(torch.tensor([0.0]), torch.tensor([[1.0, 0.0]]))
    tensor([0.7500])
    """
    check_scores(pos, neg)
    push = part_weight("negative weight", negative_weight) * neg.square().mean(-1)  # (B,)
    return ((1 - pos).square() + push) / 2
