"""Experiments: sweeps of runs with seeds, and the store that keeps what they came to."""

from mmcl_core.experiments.estimate import Estimate
from mmcl_core.experiments.plan import Cell, Run, Search, Sweep
from mmcl_core.experiments.store import Store
from mmcl_core.experiments.sweep import CellFailed, State, look, run_sweep
from mmcl_core.experiments.sweepfile import read_sweep
from mmcl_core.experiments.workers import Workers, dask_workers, local_workers

__all__ = [
    "Cell",
    "CellFailed",
    "Estimate",
    "Run",
    "Search",
    "State",
    "Store",
    "Sweep",
    "Workers",
    "dask_workers",
    "local_workers",
    "look",
    "read_sweep",
    "run_sweep",
]
