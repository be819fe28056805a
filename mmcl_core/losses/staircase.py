"""The staircase: what one negative costs, and how hard it is pushed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, zeros_like

from mmcl_core import _checks

Numbers = Sequence[float] | Tensor


def penalty(s: Tensor, margins: Numbers, weights: Numbers, negative_weight: float = 1.0) -> Tensor:
    """Return what one negative costs: the convex, piecewise-linear heart of MMCL.

    ``f(s) = w_n sum_k w_k relu(s - m_k)``, exactly 0 up to the lowest margin.

    Parameters
    ----------
    s : Tensor of any shape, float
        Cosines.
    margins, weights : sequences of K floats
        m_k in [-1, 1] and band weights w_k >= 0.
    negative_weight : float >= 0
        w_n.

    Returns
    -------
    Tensor, shape of `s`

    Raises
    ------
    ValueError
        If `s`, the margins or a weight are not as described.

    Examples
    --------
    >>> import torch
    >>> penalty(torch.tensor([0.1, 0.5, 1.0]), [0.2, 0.8], [0.5, 0.5], 2.0)
    tensor([0.0000, 0.3000, 1.0000])
    """
    pairs, negative_weight = (
        band_pairs(margins, weights),
        part_weight("negative weight", negative_weight),
    )
    total = zeros_like(float_tensor("cosines", s))
    for margin, weight in pairs:  # K passes over (B, N), never a (B, K, N) tensor
        total = total + weight * (s - margin).relu()
    return negative_weight * total


def slope(s: Tensor, margins: Numbers, weights: Numbers, negative_weight: float = 1.0) -> Tensor:
    """Return the derivative of `penalty`: a staircase that rises by w_n w_k at each margin.

    ``f'(s) = w_n sum_k w_k [s > m_k]``; exactly at a margin it is the left value, as in autograd.

    Parameters
    ----------
    s : Tensor of any shape, float
        Cosines.
    margins, weights, negative_weight
        As for `penalty`.

    Returns
    -------
    Tensor, shape of `s`

    Raises
    ------
    ValueError
        As for `penalty`.

    Examples
    --------
    >>> import torch
    >>> slope(torch.tensor([0.2, 0.5, 1.0]), [0.2, 0.8], [0.5, 0.5], 2.0)
    tensor([0., 1., 2.])
    """
    pairs, negative_weight = (
        band_pairs(margins, weights),
        part_weight("negative weight", negative_weight),
    )
    total = zeros_like(float_tensor("cosines", s))
    for margin, weight in pairs:
        total = total + weight * (s > margin).to(s.dtype)
    return negative_weight * total


def band_pairs(margins: Numbers, weights: Numbers) -> list[tuple[float, float]]:
    """Check margins and band weights and return them as (m_k, w_k) pairs, sorted by margin.

    Parameters
    ----------
    margins, weights : sequences of K floats
        m_k in [-1, 1] and w_k >= 0; K >= 1.

    Returns
    -------
    list of K (margin, band weight) tuples

    Raises
    ------
    ValueError
        If there is no margin, the lengths differ, or a value is out of range or NaN.

    Examples
    --------
    >>> band_pairs([0.8, 0.2], [0.7, 0.3])
    [(0.2, 0.3), (0.8, 0.7)]
    """
    ms, ws = floats("margins", margins), floats("band weights", weights)
    if not ms:
        raise _checks.refuse("at least one margin", "none", "Give one, for example margins=[0.8].")
    if len(ms) != len(ws):
        raise _checks.refuse(
            f"one band weight for each of the {len(ms)} margins",
            f"{len(ws)} band weights",
            "Give as many band weights as margins.",
        )
    for m in ms:
        _checks.number("each margin", m, -1, 1, "A margin is a cosine: choose it inside [-1, 1].")
    for w in ws:
        _checks.number("each band weight", w, 0, math.inf, "Use 0 to switch a margin off.")
    return sorted(zip(ms, ws, strict=True))


def float_tensor(name: str, values: Tensor) -> Tensor:
    """Return `values` if it is a tensor of floats, or raise ValueError."""
    if not isinstance(values, Tensor) or not values.is_floating_point():
        got = f"a tensor of {values.dtype}" if isinstance(values, Tensor) else f"{values!r}"
        raise _checks.refuse(
            f"{name} as a tensor of floats", got, "Make it one: torch.as_tensor(values).float()."
        )
    return values


def part_weight(name: str, value: float) -> float:
    """Return the weight of one part of a loss, a float >= 0, or raise ValueError."""
    return _checks.number(name, value, 0, math.inf, "Use 0 to switch this part of the loss off.")


def floats(name: str, values: Numbers) -> list[float]:
    """Return the numbers in `values`, a list, tuple, array or tensor, or raise ValueError."""
    listed = values.tolist() if hasattr(values, "tolist") else values
    try:
        if not isinstance(listed, (list, tuple)):
            raise TypeError
        return [float(v) for v in listed]
    except (TypeError, ValueError, OverflowError):
        raise _checks.refuse(
            f"{name} as a list of numbers", f"{values!r}", "Write for example [0.2, 0.8]."
        ) from None
