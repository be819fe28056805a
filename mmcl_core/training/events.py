"""What a training run tells while it goes: a step, an epoch, the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mmcl_core.trained import Trained
from mmcl_core.training.step import Batch


@dataclass(frozen=True)
class StepEvent:
    """One update of the vectors.

    `active` is the share of this step's negatives with a force, under dropout if there is any;
    `batch` is what the step was made of.
    """

    step: int
    epoch: int
    loss: float
    active: float
    batch: Batch = field(repr=False, compare=False)


@dataclass(frozen=True)
class EpochEvent:
    """One pass over the positives; epoch 0 is the start, before any step.

    `geometry` holds "active_share" and "push_budget" (for losses with margins), "closeness" and
    "spread", always measured on true cosines of the same random pairs. `metrics` are those of the
    watched split. `loss` is the mean over the epoch, NaN at the start. `seconds` count training
    and measuring since the run (or its first part) began.
    """

    epoch: int
    step: int
    loss: float
    metrics: Mapping[str, float]
    geometry: Mapping[str, float]
    seconds: float
    improved: bool


@dataclass(frozen=True)
class DoneEvent:
    """The end of a run.

    `reason` is "finished", "early" (patience ran out) or "stopped" (from outside; can go on).
    `best_epoch` is the epoch whose vectors `trained` holds; `test` its metrics on the test split.
    """

    reason: str
    epoch: int
    step: int
    best_epoch: int
    validation: Mapping[str, float]
    test: Mapping[str, float]
    trained: Trained
    seconds: float


Event = StepEvent | EpochEvent | DoneEvent


class TrainingDiverged(ArithmeticError):
    """The loss is no longer a finite number; the message names the step and what is kept."""
