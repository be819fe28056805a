"""The staircase as it acts: margins that do something, each once, in order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmcl_core.losses import band_pairs
from mmcl_core.losses.staircase import Numbers


def merged_steps(margins: Numbers, weights: Numbers) -> list[tuple[float, float]]:
    """Margins that act, sorted: without those of band weight 0, equal margins joined.

    Neither change alters the penalty, and both make "below the first margin" mean dead.

    Parameters
    ----------
    margins, weights : sequences of K floats

    Returns
    -------
    list of (margin, band weight); empty if every band weight is 0

    Raises
    ------
    ValueError
        If margins or band weights are not as `mmcl_core.losses.band_pairs` wants them.

    Examples
    --------
    >>> merged_steps([0.8, 0.2, 0.2, 0.5], [0.5, 0.25, 0.25, 0.0])
    [(0.2, 0.5), (0.8, 0.5)]
    """
    joined: dict[float, float] = {}
    for margin, weight in band_pairs(margins, weights):
        if weight > 0:
            joined[margin] = joined.get(margin, 0.0) + weight
    return list(joined.items())


def shares_of(cosines: NDArray[np.floating], margins: list[float]) -> NDArray[np.float64]:
    """Share of the cosines in each band, (K + 1,), dead first; `margins` sorted, may be empty."""
    band = np.searchsorted(np.asarray(margins, dtype=np.float64), cosines, side="left")
    counts = np.bincount(band.ravel(), minlength=len(margins) + 1)
    return np.asarray(counts / max(1, cosines.size), dtype=np.float64)
