"""Training runs of toy worlds kept step by step, for the film of the sphere."""

from mmcl_core.trajectories.curves import TITLES
from mmcl_core.trajectories.moving import train_on
from mmcl_core.trajectories.recording import record, toy_config
from mmcl_core.trajectories.trajectory import Drawn, Trajectory

__all__ = ["TITLES", "Drawn", "Trajectory", "record", "toy_config", "train_on"]
