"""Training: a frozen configuration, one loop that yields events, checkpoints, exact resume."""

from mmcl_core.training.config import OPTIMIZERS, TrainConfig
from mmcl_core.training.events import DoneEvent, EpochEvent, Event, StepEvent, TrainingDiverged
from mmcl_core.training.loop import Training, train

__all__ = [
    "OPTIMIZERS",
    "DoneEvent",
    "EpochEvent",
    "Event",
    "StepEvent",
    "TrainConfig",
    "Training",
    "TrainingDiverged",
    "train",
]
