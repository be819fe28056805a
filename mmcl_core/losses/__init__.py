"""Contrastive losses for recommendation: pure functions, their table, and published settings."""

from mmcl_core.losses.forces import Forces, forces
from mmcl_core.losses.functions import bpr, ccl, mmcl, ssm
from mmcl_core.losses.presets import PRESETS, Preset
from mmcl_core.losses.staircase import Staircase, band_pairs, penalty, slope
from mmcl_core.losses.table import LOSSES, Loss, LossSpec, Parameter, curve

__all__ = [
    "LOSSES",
    "PRESETS",
    "Forces",
    "Loss",
    "LossSpec",
    "Parameter",
    "Preset",
    "Staircase",
    "band_pairs",
    "bpr",
    "ccl",
    "curve",
    "forces",
    "mmcl",
    "penalty",
    "slope",
    "ssm",
]
