"""What is kept of a run: positions, batches, curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks
from mmcl_core.training import TrainConfig
from mmcl_core.worlds import World

Ids = NDArray[np.int16]


class Drawn(NamedTuple):
    """What n steps drew for one user, as rows.

    `steps` (n,) are the steps that they led to; `positives` is (n,), `negatives` (n, N).
    """

    steps: NDArray[np.int64]
    positives: Ids
    negatives: Ids


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A recorded run.

    Parameters
    ----------
    world : World
    config : TrainConfig
    steps : (F,) int64
        The step after which each frame was taken, ascending. The first is 0, or the step that the
        recording began at; the last is the last step of the run.
    positions : (F, U + I, D) float32
        Unit vectors, users first.
    users, positives : (S, B) int16
        The batch of each step: row t led from step ``steps[0] + t`` to the next.
    negatives : (S, B, N) int16
    curves : dict of str to array
        "curve_steps" (C,) int64 and, at these steps, float64:

        "loss" (C,), mean of the batches' losses since the point before, at the start the first;
        "recall@K" (C,), with the K of `config`;
        "closeness" (C,), mean squared distance of the held-out likes;
        "spread" (C,), of the items.

        For losses with margins also, over all user-item pairs: "bands" (C, K + 1), share of the
        pairs in each band, dead first; "active_share" (C,), share with a force; "budget" (C,), the
        push budget; "any_active" (C,), chance that at least one of N uniform negatives has a
        force, mean over users.
    """

    world: World
    config: TrainConfig
    steps: NDArray[np.int64]
    positions: NDArray[np.float32]
    users: Ids
    positives: Ids
    negatives: Ids
    curves: dict[str, NDArray[Any]]

    def at(self, curve: str, step: int | None = None) -> float:
        """Return the value of a curve at a step where it was measured; by default the last.

        Raises
        ------
        ValueError
            If there is no such curve, or it was not measured at this step.
        """
        _checks.choice("curve", curve, tuple(self.curves))
        measured = self.curves["curve_steps"].tolist()
        wanted = measured[-1] if step is None else step
        if wanted not in measured:
            raise _checks.refuse(
                f"a step at which curves are measured, up to {measured[-1]}",
                wanted,
                f"Choose one of {', '.join(map(str, measured[:4]))} and so on.",
            )
        return float(self.curves[curve][measured.index(wanted)])

    def of_user(self, user: int) -> Drawn:
        """Return what was drawn for one user, over the whole run."""
        step, place = np.nonzero(self.users == user)  # (n,)
        led_to = self.steps[0] + step + 1
        return Drawn(led_to, self.positives[step, place], self.negatives[step, place])
