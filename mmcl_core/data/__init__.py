"""Interaction data: frozen positives, seeded splits, and the sets that the project works with."""

from __future__ import annotations

from mmcl_core.data.errors import DataError
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.loading import NAMES, TITLES, load
from mmcl_core.data.own import Dropped, Own, read_own
from mmcl_core.data.positives import Positives
from mmcl_core.data.sheet import Columns, Sheet, read_sheet
from mmcl_core.data.splitting import from_pairs, split_positives, with_validation

__all__ = [
    "NAMES",
    "TITLES",
    "Columns",
    "DataError",
    "Dropped",
    "Interactions",
    "Own",
    "Positives",
    "Sheet",
    "from_pairs",
    "load",
    "read_own",
    "read_sheet",
    "split_positives",
    "with_validation",
]
