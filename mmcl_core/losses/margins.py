"""Losses with margins on the cosine: MMCL, and CCL as its special case."""

from __future__ import annotations

from torch import Tensor

from mmcl_core.losses.inputs import check_scores
from mmcl_core.losses.staircase import Numbers, part_weight, penalty


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
    >>> import torch
    >>> pos, neg = torch.tensor([0.5]), torch.tensor([[0.9, 0.1]])
    >>> mmcl(pos, neg, margins=[0.2, 0.8], weights=[0.5, 0.5], negative_weight=2.0)
    tensor([0.9000])
    """
    check_scores(pos, neg)
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
    >>> import torch
    >>> ccl(torch.tensor([0.5]), torch.tensor([[0.9, 0.1]]), margin=0.8, negative_weight=2.0)
    tensor([0.6000])
    """
    return mmcl(pos, neg, (margin,), (1.0,), positive_weight, negative_weight)
