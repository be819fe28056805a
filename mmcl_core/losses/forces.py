"""The derivative of a loss with respect to the scores: who pulls, who pushes, and how hard.

A loss with margins leaves most negatives dead: their derivative is exactly zero, so only the
active ones are looked at, and 16 margins cost hardly more than one. Other losses push every
negative; they go through autograd on the whole (B, N).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from mmcl_core.losses.table import Loss


class Forces(NamedTuple):
    """Mean loss of a batch and its derivative by score, listing only what is not zero.

    `positive` (B,) is by the positives' scores; `negative` (A,) is by the scores of the A active
    negatives, which stand in rows `rows` (A,) and columns `columns` (A,) of the (B, N) scores.
    """

    loss: float
    positive: Tensor
    rows: Tensor
    columns: Tensor
    negative: Tensor


def forces(loss: Loss, pos: Tensor, neg: Tensor) -> Forces:
    """Differentiate the mean loss by every score.

    Parameters
    ----------
    loss : Loss
    pos, neg : Tensor (B,) and (B, N), float
        Scores; no graph is needed.

    Returns
    -------
    Forces

    Examples
    --------
    >>> loss = Loss("ccl", margin=0.8, negative_weight=2.0)
    >>> found = forces(loss, torch.tensor([0.5]), torch.tensor([[0.9, 0.1]]))
    >>> found.columns, found.negative
    (tensor([0]), tensor([1.]))
    """
    stairs = loss.staircase
    if stairs is None:
        return _by_autograd(loss, pos, neg)
    # "Not up to" instead of "past": a score that is not a number must not count as dead.
    active = (neg <= stairs.reach).logical_not_()  # (B, N)
    rows, columns = active.nonzero(as_tuple=True)  # (A,)
    pushes, push = stairs.heights(neg[rows, columns])  # (A,)
    pulled = loss.settings["positive_weight"] / len(pos)
    value = (1 - pos).relu().sum() * pulled + pushes.sum() / neg.numel()
    pull = (pos < 1).to(pos.dtype).mul_(-pulled)  # (B,): relu'(0) = 0
    return Forces(float(value), pull, rows, columns, push / neg.numel())


def _by_autograd(loss: Loss, pos: Tensor, neg: Tensor) -> Forces:
    at_pos, at_neg = pos.detach().requires_grad_(), neg.detach().requires_grad_()
    with torch.enable_grad():
        value = loss(at_pos, at_neg).mean()
    pull, push = torch.autograd.grad(value, (at_pos, at_neg))  # (B,), (B, N)
    rows, columns = push.nonzero(as_tuple=True)
    return Forces(float(value.detach()), pull, rows, columns, push[rows, columns])
