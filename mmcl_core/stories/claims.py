"""A claim about recorded runs that a machine can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks
from mmcl_core.trajectories import Trajectory

NAMES = {
    "recall@10": "Recall@10",
    "closeness": "closeness",
    "spread": "spread",
    "active_share": "the share of active pairs",
    "any_active": "the chance of an active negative",
}
_RELATIONS = {">": "above", "<": "below", "~": "within"}


@dataclass(frozen=True)
class Finding:
    """What a claim met.

    Parameters
    ----------
    left, right : (S,) float64
        The two sides, one number a seed.
    holds : bool
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    holds: bool

    @property
    def signs(self) -> int:
        """Number of seeds in which the left side is the larger one."""
        return int((self.left > self.right).sum())


@dataclass(frozen=True)
class Claim:
    """One side is above, below or near another, over several seeds.

    Parameters
    ----------
    curve : str
        A curve of `mmcl_core.trajectories.Trajectory`.
    lane : str
        "a", "b" or "c": the left side.
    relation : {">", "<", "~"}
        Above or below by more than `by`; or, in the mean, less than `by` apart: no measurable
        difference.
    other : str or float
        The right side: a lane, or a number.
    by : float >= 0
    step, other_step : int, optional
        When the sides are read; by default at the end.
    every : bool
        Whether it holds in every seed; otherwise it is about the mean over the seeds.

    Raises
    ------
    ValueError
        If the curve or the relation is not one of these.

    Examples
    --------
    >>> Claim("recall@10", "b", ">", "a", by=0.1).sentence()
    'Recall@10 of B is above that of A by more than 0.1, in the mean over the seeds.'
    """

    curve: str
    lane: str
    relation: str
    other: str | float
    by: float = 0.0
    step: int | None = None
    other_step: int | None = None
    every: bool = False

    def __post_init__(self) -> None:
        _checks.choice("curve", self.curve, tuple(NAMES))
        _checks.choice("relation", self.relation, tuple(_RELATIONS))

    def check(self, runs: Mapping[str, Sequence[Trajectory]]) -> Finding:
        """Read both sides in `runs`, one run a seed for every lane, and compare them."""
        left = np.array([run.at(self.curve, self.step) for run in runs[self.lane]])  # (S,)
        if isinstance(self.other, str):
            right = np.array([run.at(self.curve, self.other_step) for run in runs[self.other]])
        else:
            right = np.full_like(left, self.other)
        gaps = left - right if self.every else np.atleast_1d((left - right).mean())
        if self.relation == "~":
            holds = np.abs(gaps) < self.by
        else:
            holds = (gaps if self.relation == ">" else -gaps) > self.by
        return Finding(left, right, bool(holds.all()))

    def sentence(self) -> str:
        """Return the claim in words."""
        left = f"{NAMES[self.curve]} of {self.lane.upper()}{_when(self.step)}"
        number = not isinstance(self.other, str)
        right = f"{self.other:g}" if number else f"that of {str(self.other).upper()}"
        right += _when(self.other_step)
        where = "in every seed" if self.every else "in the mean over the seeds"
        if self.relation == "~":
            words = f"{left} and {right} are less than {self.by:g} apart"
        else:
            words = f"{left} is {_RELATIONS[self.relation]} {right}"
            words += f" by more than {self.by:g}" if self.by else ""
        return f"{words[0].upper()}{words[1:]}, {where}."


def _when(step: int | None) -> str:
    return "" if step is None else f" at step {step}"
