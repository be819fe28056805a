"""Which steps become frames, and at which ones curves are measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks

FRAME_BYTES = 390_000  # the frames of one run fit in so many bytes, as int16
_CURVE_EVERY = 10  # steps between two points of a curve ...
_CURVE_POINTS = 40  # ... or more, so that there are about so many points

Steps = NDArray[np.int64]


def most_frames(n_points: int, dim: int) -> int:
    """Return how many frames of `n_points` points fit in `FRAME_BYTES`; two at least."""
    return max(2, FRAME_BYTES // (n_points * dim * 2))


def thinned(last: int, most: int) -> Steps:
    """Choose at most `most` of the numbers 0 to `last`, both ends among them.

    All of them early, where points move fast, then one in `stride`; the stride is the smallest
    that leaves about a quarter of the choice or more to the dense part.

    Examples
    --------
    >>> thinned(20, 8)
    array([ 0,  1,  2,  4,  8, 12, 16, 20])
    """
    if last < most:
        return np.arange(last + 1)
    stride, dense = 1, -1
    while dense < (most - 1) // 4:
        stride += 1
        dense = (stride * (most - 1) - last) // (stride - 1)  # dense + (last - dense) / stride
    return np.union1d(np.arange(dense + 1), np.arange(last, dense, -stride))


def frame_steps(asked: int | Sequence[int] | None, first: int, last: int, most: int) -> Steps:
    """Return the steps to keep, from `first` to `last`, both among them.

    The choice among 0 to `last` does not depend on `first`, so that runs go side by side.
    """
    if asked is None or isinstance(asked, int):
        count = most if asked is None else _checks.whole("frames", asked, 2, "Keep both ends.")
        steps = thinned(last, count)
    else:
        steps = np.array(sorted(asked), np.int64)
    inside = steps[(steps >= first) & (steps <= last)]
    return np.union1d(inside, [first, last])


def curve_steps(first: int, last: int) -> Steps:
    """Return the steps at which curves are measured, from `first` to `last`, both among them.

    Examples
    --------
    >>> curve_steps(5, 40)
    array([ 5, 10, 20, 30, 40])
    """
    every = _CURVE_EVERY * -(-last // (_CURVE_EVERY * _CURVE_POINTS))
    return np.union1d(np.arange(-(-first // every) * every, last + 1, every), [first, last])
