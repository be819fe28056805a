"""Is one way of training better than another? Differences with intervals, and a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks
from mmcl_core.metrics import UserHits

METRICS = ("recall", "ndcg")
_BLOCK = 2**22  # numbers drawn at once


@dataclass(frozen=True)
class Interval:
    """A measured value with its 95% interval."""

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Return "higher", "lower", or "no measurable difference" if 0 is inside."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "no measurable difference"


@dataclass(frozen=True)
class Difference:
    """How far the mean metric of one way of training lies from that of another.

    Parameters
    ----------
    difference : Interval
        Ours less theirs.
    gain : Interval
        The difference as a share of theirs: .2 is 20% better.
    of_seeds : tuple of float
        The difference with each seed.
    """

    difference: Interval
    gain: Interval
    of_seeds: tuple[float, ...]


def compare_hits(
    ours: Sequence[UserHits],
    theirs: Sequence[UserHits],
    metric: str = "ndcg",
    resamples: int = 2000,
    seed: int = 0,
) -> Difference:
    """Compare two ways of training by a paired bootstrap over users.

    Each user's metric is averaged over the seeds. Users are then drawn with replacement, the same
    ones for both sides, and the difference of the means is taken anew each time; the interval
    holds the middle 95% of these. It says how much the result hangs on which users there are. How
    much it hangs on the seed is seen in `Difference.of_seeds`.

    Parameters
    ----------
    ours, theirs : sequences of UserHits
        One of each seed, the same seeds in the same order, of the same users.
    metric : {"ndcg", "recall"}
    resamples : int
    seed : int

    Returns
    -------
    Difference

    Raises
    ------
    ValueError
        If the two sides are not of the same seeds and users.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993.

    Examples
    --------
    >>> found = np.zeros((4, 1), bool)
    >>> everyone, one_each = np.arange(4), np.ones(4, np.int64)
    >>> theirs, ours = (UserHits(everyone, one_each, hits) for hits in (found, ~found))
    >>> compare_hits([ours], [theirs]).difference.verdict
    'higher'
    """
    _checks.choice("metric", metric, METRICS)
    _checks.whole("resamples", resamples, 1, "2000 are usual.")
    _check_pairs(ours, theirs)
    a, b = (np.stack([getattr(hits, metric) for hits in side]) for side in (ours, theirs))
    mine, other = a.mean(0), b.mean(0)  # (U,) each
    means = _resampled_means(np.stack([mine, other]), resamples, np.random.default_rng(seed))
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = _interval(mine.mean() / other.mean() - 1, means[0] / means[1] - 1)
    return Difference(
        _interval(mine.mean() - other.mean(), means[0] - means[1]),
        gain,
        tuple(float(d) for d in (a - b).mean(1)),
    )


def _resampled_means(
    values: NDArray[np.float64], resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the means, (rows, resamples), of `values` (rows, U) over users drawn again."""
    n = values.shape[1]
    blocks = []
    for start in range(0, resamples, max(1, _BLOCK // n)):
        size = min(resamples - start, max(1, _BLOCK // n))
        drawn = rng.integers(0, n, (size, n))  # (size, U)
        blocks.append(np.stack([row[drawn].mean(1) for row in values]))
    return np.concatenate(blocks, 1)


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Interval(float(value), float(low), float(high))


def _check_pairs(ours: Sequence[UserHits], theirs: Sequence[UserHits]) -> None:
    if len(ours) != len(theirs) or not ours:
        raise _checks.refuse(
            "runs of the same seeds on both sides",
            f"{len(ours)} and {len(theirs)}",
            "Compare only seeds that both have.",
        )
    first = ours[0]
    for hits in (*ours, *theirs):
        same = np.array_equal(hits.users, first.users)
        if not (same and np.array_equal(hits.held_out, first.held_out)):
            raise _checks.refuse(
                "runs of the same split on both sides",
                "other users or other held-out items",
                "Compare runs with the same data and split seed.",
            )
