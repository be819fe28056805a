"""Experiments: runs kept in folders, cells done once, fair comparisons over seeds."""

from mmcl_core.experiments.cells import Cell, run_cell, run_cells
from mmcl_core.experiments.compare import Comparison, compare, describe, search_space, table, tune
from mmcl_core.experiments.runs import run_in_folder

__all__ = [
    "Cell",
    "Comparison",
    "compare",
    "describe",
    "run_cell",
    "run_cells",
    "run_in_folder",
    "search_space",
    "table",
    "tune",
]
