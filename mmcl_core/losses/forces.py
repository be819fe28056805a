"""The derivative of a loss with respect to the scores: who pulls, who pushes, and how hard.

A loss with margins leaves most negatives dead: their derivative is exactly zero, so only the
active ones are looked at, and 16 margins cost hardly more than one. Other losses go through
autograd on the whole (B, N); a loss of vectors, on these.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from mmcl_core.losses.inputs import Inputs
from mmcl_core.losses.loss import Loss
from mmcl_core.losses.staircase import Staircase


class Forces(NamedTuple):
    """Mean loss of a batch and its derivatives, listing only the negatives that have one.

    `positive` (B,) is by the positives' scores; `negative` (A,) is by the scores of the A active
    negatives, which stand in rows `rows` (A,), ascending, and columns `columns` (A,) of the (B, N)
    scores. For losses of vectors, `vectors` are the derivatives by `user_vectors` and
    `item_vectors`, (B, D) each; otherwise None.
    """

    loss: float
    positive: Tensor
    rows: Tensor
    columns: Tensor
    negative: Tensor
    vectors: tuple[Tensor, Tensor] | None = None


def forces(loss: Loss, batch: Inputs) -> Forces:
    """Differentiate the mean loss by everything it needs.

    Parameters
    ----------
    loss : Loss
    batch : Inputs
        No graph is needed.

    Returns
    -------
    Forces

    Raises
    ------
    ValueError
        If the batch lacks what the loss needs.

    Examples
    --------
    >>> loss = Loss("ccl", margin=0.8, negative_weight=2.0)
    >>> found = forces(loss, Inputs(torch.tensor([0.5]), torch.tensor([[0.9, 0.1]])))
    >>> found.columns, found.negative
    (tensor([0]), tensor([1.]))
    """
    if loss.staircase is None:
        return _by_autograd(loss, batch)
    return _by_bands(batch, loss.staircase, loss.settings["positive_weight"])


def _by_bands(batch: Inputs, stairs: Staircase, positive_weight: float) -> Forces:
    pos, neg = batch.pos, batch.neg
    # "Not up to" instead of "past": a score that is not a number must not count as dead.
    active = (neg <= stairs.reach).logical_not_()  # (B, N)
    rows, columns = active.nonzero(as_tuple=True)  # (A,)
    pushes, push = stairs.heights(neg[rows, columns])  # (A,)
    pulled = positive_weight / len(pos)
    value = (1 - pos).relu().sum() * pulled + pushes.sum() / neg.numel()
    pull = (pos < 1).to(pos.dtype).mul_(-pulled)  # (B,): relu'(0) = 0
    return Forces(float(value), pull, rows, columns, push / neg.numel())


def _by_autograd(loss: Loss, batch: Inputs) -> Forces:
    needs = loss.spec.needs
    given = {name: one.detach() for name, one in zip(needs, batch.of(needs), strict=True)}
    leaves = {name: one.requires_grad_() for name, one in given.items() if one.is_floating_point()}
    with torch.enable_grad():
        value = loss(*given.values()).mean()
    found = dict(zip(leaves, torch.autograd.grad(value, list(leaves.values())), strict=True))
    pull = found.get("pos", torch.zeros_like(batch.pos))  # (B,)
    push = found.get("neg", batch.neg[:, :0])  # (B, N)
    rows, columns = push.nonzero(as_tuple=True)  # (A,)
    listed = push.flatten() if len(rows) == push.numel() else push[rows, columns]
    vectors = (found["user_vectors"], found["item_vectors"]) if "user_vectors" in found else None
    return Forces(float(value.detach()), pull, rows, columns, listed, vectors)
