"""The staircase: what one negative costs, and how hard it is pushed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from mmcl_core import _checks

Numbers = Sequence[float] | Tensor


class Staircase(NamedTuple):
    """K checked margins, ascending, with their band weights, and the negative weight.

    Examples
    --------
    >>> stairs = Staircase.of([0.8, 0.2], [0.5, 0.5], 2.0)
    >>> stairs.reach
    0.2
    """

    margins: tuple[float, ...]
    weights: tuple[float, ...]
    negative_weight: float

    @classmethod
    def of(cls, margins: Numbers, weights: Numbers, negative_weight: float) -> Staircase:
        """Check and sort; see `band_pairs`."""
        pairs = band_pairs(margins, weights)
        w_n = part_weight("negative weight", negative_weight)
        return cls(tuple(m for m, _ in pairs), tuple(w for _, w in pairs), w_n)

    @property
    def reach(self) -> float:
        """Return the margin past which a negative is pushed; infinite if none ever is."""
        pairs = zip(self.margins, self.weights, strict=True)
        return next((m for m, w in pairs if w * self.negative_weight), math.inf)

    def heights(self, s: Tensor) -> tuple[Tensor, Tensor]:
        """Return penalty and slope of the scores `s`, whatever K at the cost of one lookup.

        In band b the penalty is a straight line: its height at the band's lower margin, plus the
        band's slope times the way past that margin.
        """
        edges, starts, heights, slopes = _bands(self, s.dtype, s.device)
        band = torch.bucketize(s, edges)  # the number of margins below s
        slope = slopes.take(band)
        return (s - starts.take(band)).mul(slope).add(heights.take(band)), slope


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
    >>> penalty(torch.tensor([0.1, 0.5, 1.0]), [0.2, 0.8], [0.5, 0.5], 2.0)
    tensor([0.0000, 0.3000, 1.0000])
    """
    stairs = Staircase.of(margins, weights, negative_weight)
    return stairs.heights(float_tensor("cosines", s))[0]


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
    >>> slope(torch.tensor([0.2, 0.5, 1.0]), [0.2, 0.8], [0.5, 0.5], 2.0)
    tensor([0., 1., 2.])
    """
    stairs = Staircase.of(margins, weights, negative_weight)
    return stairs.heights(float_tensor("cosines", s))[1]


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


@lru_cache(maxsize=256)
def _bands(
    stairs: Staircase, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the margins (K,), and the start, height and slope of each of the K + 1 bands."""
    starts, heights, slopes = [stairs.margins[0]], [0.0], [0.0]
    for margin, weight in zip(stairs.margins, stairs.weights, strict=True):
        heights.append(heights[-1] + slopes[-1] * (margin - starts[-1]))
        slopes.append(slopes[-1] + stairs.negative_weight * weight)
        starts.append(margin)
    edges, *bands = (
        torch.tensor(values, dtype=dtype, device=device)
        for values in (stairs.margins, starts, heights, slopes)
    )
    return edges, bands[0], bands[1], bands[2]


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
