"""Move points by hand, and train on from there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from mmcl_core import _checks
from mmcl_core.trajectories.frames import most_frames, thinned
from mmcl_core.trajectories.recording import record
from mmcl_core.trajectories.trajectory import Trajectory


def train_on(
    old: Trajectory, frame: int, moved: Mapping[int, ArrayLike], at_least: int = 100
) -> Trajectory:
    """Move points of one frame by hand, and train on from there.

    Parameters
    ----------
    old : Trajectory
    frame : int
        The frame in which the points are moved.
    moved : mapping of int to (D,) array
        The new place of each moved point: user u is point u, item i is point U + i.
    at_least : int
        Steps to train on; a run that would end sooner is made longer.

    Returns
    -------
    Trajectory
        The frames before are the old ones; at `frame` the points are moved; what follows sees
        the batches and negatives of the undisturbed run.

    Raises
    ------
    ValueError
        If there is no such frame or point, or a place is not finite or has no direction.

    Examples
    --------
    >>> from mmcl_core.trajectories import toy_config
    >>> from mmcl_core.worlds import make_world
    >>> old = record(make_world(seed=0), toy_config(steps=30))
    >>> new = train_on(old, 20, {0: [0.0, 0.0, 1.0]}, at_least=10)
    >>> new.positions[20, 0].tolist(), bool((new.positions[:20] == old.positions[:20]).all())
    ([0.0, 0.0, 1.0], True)
    """
    if not 0 <= frame < len(old.steps):
        raise _checks.refuse(f"a frame from 0 to {len(old.steps) - 1}", frame, "Choose one.")
    _checks.whole("at_least", at_least, 1, "Train on for one step or more.")
    start = old.positions[frame].copy()  # (U + I, D)
    n_points, dim = start.shape
    for point, place in moved.items():
        if not 0 <= point < n_points or np.shape(place) != (dim,):
            raise _checks.refuse(
                f"points from 0 to {n_points - 1}, each with {dim} coordinates",
                f"point {point} with shape {np.shape(place)}",
                "User u is point u, item i is point U + i.",
            )
        start[point] = place
    step, steps = int(old.steps[frame]), old.steps
    last = max(int(steps[-1]), step + at_least)
    if last > steps[-1]:
        longer = np.concatenate([steps[: frame + 1], np.arange(step + 1, last + 1)])
        steps = longer[thinned(len(longer) - 1, most_frames(n_points, dim))]
    config = old.config.with_(max_steps=last, epochs=max(last, old.config.epochs))
    new = record(old.world, config, start=start, first_step=step, frames=steps.tolist())
    before = np.isin(old.steps[:frame], steps).nonzero()[0]
    earlier = old.curves["curve_steps"] < step
    done = step - int(old.steps[0])  # steps already taken
    return Trajectory(
        old.world,
        config,
        np.concatenate([old.steps[before], new.steps]),
        np.concatenate([old.positions[before], new.positions]),
        np.concatenate([old.users[:done], new.users]),
        np.concatenate([old.positives[:done], new.positives]),
        np.concatenate([old.negatives[:done], new.negatives]),
        {k: np.concatenate([old.curves[k][earlier], v]) for k, v in new.curves.items()},
    )
