"""Cells: many independent runs, each done once, its result kept as a small file.

A cell is a data set, the seed of its split, and a `TrainConfig`. Its name is a digest of these, so
a cell that is finished is never run again, and a batch of cells that was killed goes on with what
is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from mmcl_core import _files
from mmcl_core.data import Interactions, load, with_validation
from mmcl_core.experiments.runs import summary
from mmcl_core.training import DoneEvent, TrainConfig, TrainingDiverged, train


@dataclass(frozen=True)
class Cell:
    """One run of an experiment: which data, which split, which configuration."""

    data: str
    split_seed: int
    config: TrainConfig

    @property
    def key(self) -> str:
        """A name made from everything that decides the result."""
        what = {"data": self.data, "split_seed": self.split_seed, "config": self.config.to_dict()}
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        return f"{self.config.loss}-n{self.config.negatives}-s{self.config.seed}-{digest[:16]}"


def run_cell(cell: Cell) -> dict[str, Any]:
    """Train one cell; a run that diverges is a result too, without metrics.

    Returns
    -------
    dict
        As `mmcl_core.experiments.runs.summary`, with "split_seed"; "reason" may be "diverged".
    """
    torch.set_num_threads(1)  # cells run side by side
    data = load_data(cell.data, cell.split_seed)
    try:
        (done,) = (e for e in train(cell.config, data) if isinstance(e, DoneEvent))
        result = summary(done, cell.config, data)
    except TrainingDiverged as error:
        result = {
            "data": data.name,
            "config": cell.config.to_dict(),
            "reason": "diverged",
            "message": str(error),
            "validation": {},
            "test": {},
        }
    return {**result, "split_seed": cell.split_seed}


def run_cells(
    cells: Iterable[Cell],
    folder: str | Path,
    executor: Executor | None = None,
    on_result: Callable[[Cell, dict[str, Any]], None] = lambda cell, result: None,
) -> dict[Cell, dict[str, Any]]:
    """Run the cells that have no result in `folder` yet, and return the results of all.

    Parameters
    ----------
    cells : iterable of Cell
    folder : path
        Holds one JSON file a finished cell.
    executor : concurrent.futures.Executor, optional
        Runs cells side by side; by default one after the other in this process.
    on_result : callable
        Called with each cell and its result as soon as it is known.

    Returns
    -------
    dict of Cell to result, in the order of `cells`
    """
    wanted = list(dict.fromkeys(cells))
    results: dict[Cell, dict[str, Any]] = {}

    def keep(cell: Cell, result: dict[str, Any], new: bool) -> None:
        if new:
            _files.write_json(_path(folder, cell), result)
        results[cell] = result
        on_result(cell, result)

    missing = []
    for cell in wanted:
        path = _path(folder, cell)
        if path.is_file():
            keep(cell, json.loads(path.read_text()), new=False)
        else:
            missing.append(cell)
    if executor is None:
        for cell in missing:
            keep(cell, run_cell(cell), new=True)
    else:
        futures: dict[Future[dict[str, Any]], Cell] = {
            executor.submit(run_cell, cell): cell for cell in missing
        }
        for future in as_completed(futures):
            keep(futures[future], future.result(), new=True)
    return {cell: results[cell] for cell in wanted}


@lru_cache(maxsize=4)
def load_data(name: str, split_seed: int) -> Interactions:
    """Load a data set that has a validation split, holding one out of train where needed."""
    data = load(name, seed=split_seed)
    return data if len(data.validation) else with_validation(data, seed=split_seed)


def _path(folder: str | Path, cell: Cell) -> Path:
    return Path(folder) / f"{cell.key}.json"
