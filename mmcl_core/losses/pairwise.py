"""Losses that compare a negative with its positive: BPR and the hinge."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import softplus

from mmcl_core import _checks
from mmcl_core.losses.inputs import check_scores


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
    >>> import torch
    >>> bpr(torch.tensor([1.0]), torch.tensor([[1.0]]))
    tensor([0.6931])
    """
    check_scores(pos, neg)
    return softplus(neg - pos[:, None]).mean(-1)  # (B, N) -> (B,)


def hinge(pos: Tensor, neg: Tensor, margin: float = 0.5) -> Tensor:
    """Pairwise hinge: a negative should be a margin less close than its positive.

    ``mean_j relu(m + s_j - p)``

    A negative is dead, without any force, once it is that much less close. Other than in CCL the
    margin is no fixed cosine: it moves with the positive.

    Parameters
    ----------
    pos, neg : Tensor (B,) and (B, N), float
        Cosines of the positives and of their negatives.
    margin : float >= 0
        m; two cosines are at most 2 apart.

    Returns
    -------
    Tensor (B,), float

    Raises
    ------
    ValueError
        If the margin is below 0, or the shapes do not fit.

    References
    ----------
    Hsieh et al., "Collaborative metric learning", WWW 2017: a hinge on squared distances, which
    between unit vectors are 2 less twice the cosine. Its weighting by rank is left out.

    Examples
    --------
    >>> import torch
    >>> hinge(torch.tensor([0.8]), torch.tensor([[0.7, 0.1]]), margin=0.5)
    tensor([0.2000])
    """
    check_scores(pos, neg)
    _checks.number("margin", margin, 0, math.inf, "Usual values are 0.5 to 1.")
    return (margin + neg - pos[:, None]).relu().mean(-1)  # (B, N) -> (B,)
