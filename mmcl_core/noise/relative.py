"""Noise beside what it blurs: the push of one negative exactly, and two numbers of any push."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.losses import Loss, slope
from mmcl_core.noise.push import PushNoise


def one_negative(loss: Loss, users: Tensor, items: Tensor) -> PushNoise:
    """Return mean and variance of the push of one uniform negative, over all items: exact.

    A negative's push under margins does not depend on the others. So N of them, drawn with
    replacement, have the same mean and the N-th part of the variance.

    Parameters
    ----------
    loss : Loss
        One with margins.
    users, items : Tensor (U, D) and (I, D), float
        Only directions count.

    Returns
    -------
    PushNoise
        One row a user.

    Raises
    ------
    ValueError
        If the loss has no margins.

    Examples
    --------
    >>> import torch
    >>> user, items = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.8, 0.6], [-1.0, 0.0]])
    >>> found = one_negative(Loss("ccl", margin=0.5, negative_weight=2.0), user, items)
    >>> found.mean.tolist(), round(found.variance.item(), 6)
    ([[0.0, 0.6000000238418579]], 0.36)
    """
    if loss.staircase is None:
        raise _checks.refuse(
            "a loss with margins", loss.spec.title, "Draw with push_noise: its push depends on N."
        )
    u, table = (normalize(given.detach(), dim=-1) for given in (users, items))
    s = (u @ table.T).clamp(-1, 1)  # (U, I)
    f = slope(s, *loss.staircase)  # (U, I)
    mean = f @ table / len(table) - (f * s).mean(1, keepdim=True) * u  # (U, D)
    square = (f.double().square() * (1 - s.double().square())).mean(1)  # (U,)
    length = mean.double().square().sum(1)  # (U,)
    return PushNoise(mean.double(), (square - length).clamp(min=0))


def deviation(found: PushNoise) -> float:
    """Return the standard deviation of the push, over all users together.

    Divided by the push budget it says how noisy a loss is at the same budget: few hard kicks are
    noisier than many soft nudges.

    Examples
    --------
    >>> import torch
    >>> deviation(PushNoise(torch.zeros(2, 3), torch.tensor([1.0, 7.0])))
    2.0
    """
    return math.sqrt(float(found.variance.double().mean()))


def relative_noise(found: PushNoise, draws: float = math.inf) -> float:
    """Return the standard deviation of the push in lengths of its mean, over all users together.

    ``sqrt(mean_u variance / mean_u |mean|^2)``. A common factor, such as the negative weight,
    cancels. Where pushes come from all sides, their mean is short, and this is large.

    Parameters
    ----------
    found : PushNoise
    draws : float >= 2
        How many sets of negatives the mean was taken over: what chance adds to its length is
        taken off. Infinite for an exact mean.

    Returns
    -------
    float >= 0
        NaN where nobody is pushed, or the mean is lost in the noise.

    Examples
    --------
    >>> import torch
    >>> found = PushNoise(torch.tensor([[3.0, 4.0]]), torch.tensor([100.0]))
    >>> relative_noise(found)
    2.0
    """
    length = _length(found, draws)
    return deviation(found) / math.sqrt(length) if length > 0 else math.nan


def aim(found: PushNoise, exact: Tensor, draws: float = math.inf) -> float:
    """Return the cosine between the mean push and the push of all items, over all users together.

    1 is the same aim. What chance adds to the length of the mean is taken off, as in
    `relative_noise`.

    Parameters
    ----------
    found : PushNoise
    exact : Tensor (B, D), float
        The push of all items, rows as in `found`.
    draws : float >= 2

    Returns
    -------
    float in [-1, 1]
        NaN where nobody is pushed.

    Examples
    --------
    >>> import torch
    >>> found = PushNoise(torch.tensor([[3.0, 4.0]]), torch.tensor([0.0]))
    >>> round(aim(found, torch.tensor([[5.0, 0.0]])), 6)
    0.6
    """
    wanted = exact.double()
    length = _length(found, draws) * float(wanted.square().sum(1).mean())
    if not length > 0:
        return math.nan
    along = float((found.mean * wanted).sum(1).mean())
    return min(1.0, max(-1.0, along / math.sqrt(length)))


def _length(found: PushNoise, draws: float) -> float:
    """Return the mean squared length of the mean pushes, less what chance adds to it."""
    squares = found.mean.double().square().sum(1) - found.variance.double() / draws
    return float(squares.mean())
