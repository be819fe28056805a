"""Contrastive losses for recommendation: pure functions, their table, and published settings.

Every function is unreduced: it returns one value for each of the B positives of a batch, and the
caller averages. So a loss can be drawn, tested against a loop, and differentiated through any
subset of its negatives. Each family has its file: `margins` (MMCL, CCL), `pointwise` (BCE, MSE),
`pairwise` (BPR, hinge), `softmax` (SSM, BSL) and `vectors` (DirectAU).
"""

from mmcl_core.losses.forces import Forces, forces
from mmcl_core.losses.inputs import Inputs
from mmcl_core.losses.loss import Loss, curve
from mmcl_core.losses.margins import ccl, mmcl
from mmcl_core.losses.pairwise import bpr, hinge
from mmcl_core.losses.pointwise import bce, mse
from mmcl_core.losses.presets import PRESETS, Preset
from mmcl_core.losses.softmax import bsl, ssm
from mmcl_core.losses.spec import LossSpec, Parameter
from mmcl_core.losses.staircase import Staircase, band_pairs, penalty, slope
from mmcl_core.losses.table import LOSSES
from mmcl_core.losses.vectors import directau, uniformity

__all__ = [
    "LOSSES",
    "PRESETS",
    "Forces",
    "Inputs",
    "Loss",
    "LossSpec",
    "Parameter",
    "Preset",
    "Staircase",
    "band_pairs",
    "bce",
    "bpr",
    "bsl",
    "ccl",
    "curve",
    "directau",
    "forces",
    "hinge",
    "mmcl",
    "mse",
    "penalty",
    "slope",
    "ssm",
    "uniformity",
]
