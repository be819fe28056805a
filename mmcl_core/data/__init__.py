"""Interaction data: frozen positives, seeded splits, and the sets that the project works with."""

from __future__ import annotations

from mmcl_core.data.errors import DataError
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.loading import NAMES, TITLES, load
from mmcl_core.data.positives import Positives
from mmcl_core.data.splitting import from_pairs, split_positives, with_validation

__all__ = [
    "NAMES",
    "TITLES",
    "DataError",
    "Interactions",
    "Positives",
    "from_pairs",
    "load",
    "split_positives",
    "with_validation",
]
