"""Contrastive losses for recommendation: pure functions, their table, and published settings."""

from mmcl_core.losses.functions import bpr, ccl, mmcl, ssm
from mmcl_core.losses.presets import PRESETS, Preset
from mmcl_core.losses.staircase import band_pairs, penalty, slope
from mmcl_core.losses.table import LOSSES, Loss, LossSpec, Parameter, curve

__all__ = [
    "LOSSES",
    "PRESETS",
    "Loss",
    "LossSpec",
    "Parameter",
    "Preset",
    "band_pairs",
    "bpr",
    "ccl",
    "curve",
    "mmcl",
    "penalty",
    "slope",
    "ssm",
]
