"""A fair comparison: the same number of tuning trials for every loss, then several seeds.

For every loss and every N, random settings from the loss's grid are tried and judged by validation
NDCG@K only; the best one is then trained with every seed and judged on test, once. Beside them
stand popularity and any published settings, untuned.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmcl_core import _checks
from mmcl_core.experiments.cells import Cell, load_data, run_cells
from mmcl_core.losses import LOSSES, PRESETS
from mmcl_core.metrics import evaluate, popularity_vectors
from mmcl_core.training import TrainConfig

LEARNING_RATES = (2e-3, 4e-3, 8e-3)
L2_OF_DOT = (0.0, 1e-5, 1e-4, 1e-3)  # dot products have a length to hold down; cosines do not
TRIAL_SEED = 1_000_000  # of the tuning runs: none of the seeds of the table

OnResult = Callable[[Cell, dict[str, Any]], None]


@dataclass(frozen=True)
class Comparison:
    """What to compare.

    Parameters
    ----------
    data : str
        A name or folder that `mmcl_core.data.load` takes.
    losses : tuple of str
        Keys of `LOSSES`; each is tuned.
    negatives : tuple of int
        Every N is tuned and compared apart.
    seeds : tuple of int
        Seeds of start, batches and negatives; the split of the data stays the same.
    trials : int
        Settings tried for each loss and N; 0 takes the defaults of the table.
    published : tuple of str
        Keys of `PRESETS` run as they are, with the base's learning rate.
    split_seed : int
    base : TrainConfig
        Everything that is not searched.
    """

    data: str = "movielens"
    losses: tuple[str, ...] = ("ccl", "mmcl", "bpr", "ssm")
    negatives: tuple[int, ...] = (1, 10, 100)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    trials: int = 12
    published: tuple[str, ...] = ("paper-ccl",)
    split_seed: int = 0
    base: TrainConfig = field(default_factory=lambda: TrainConfig(epochs=60, patience=6))

    def __post_init__(self) -> None:
        for name in self.losses:
            _checks.choice("loss", name, tuple(LOSSES))
        for name in self.published:
            _checks.choice("published setting", name, tuple(PRESETS))
        _checks.whole("the number of trials", self.trials, 0, "Use 0 for the default settings.")
        if not self.seeds or not self.negatives:
            raise _checks.refuse("at least one seed and one N", "none", "Name them.")


def search_space(loss: str) -> list[dict[str, Any]]:
    """List every setting a search may draw for `loss`: changes to a `TrainConfig`.

    Examples
    --------
    >>> len(search_space("ccl")), search_space("ssm")[0]
    (45, {'learning_rate': 0.002, 'settings': {'temperature': 0.05}})
    """
    spec = LOSSES[loss]
    searched = [p for p in spec.parameters if p.search]
    settings = [
        dict(zip([p.name for p in searched], values, strict=True))
        for values in itertools.product(*(p.search for p in searched))
    ]
    space = [{"learning_rate": r, "settings": s} for r in LEARNING_RATES for s in settings]
    if spec.score == "dot":
        space = [{**change, "l2": l2} for change in space for l2 in L2_OF_DOT]
    return space


def draw_trials(loss: str, trials: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Draw `trials` different settings (all of them if there are fewer)."""
    space = search_space(loss)
    picked = rng.permutation(len(space))[:trials]
    return [space[i] for i in picked]


def compare(
    what: Comparison,
    folder: str | Path,
    executor: Executor | None = None,
    on_result: OnResult = lambda cell, result: None,
) -> pd.DataFrame:
    """Tune, train and evaluate; a comparison that was killed goes on with what is missing.

    Parameters
    ----------
    what : Comparison
    folder : path
        Where the results of single runs are kept.
    executor, on_result
        See `run_cells`.

    Returns
    -------
    DataFrame
        A row for each N, loss and seed: "negatives", "name", "seed", "settings", "epoch",
        "seconds", and the test metrics; popularity stands once, with `negatives` 0.
    """
    tuned = tune(what, folder, executor, on_result)
    plans = {(n, LOSSES[loss].title): config for (loss, n), config in tuned.items()}
    for n, name in itertools.product(what.negatives, what.published):
        preset = PRESETS[name]
        plans[n, preset.title] = what.base.with_(
            loss=preset.loss, settings=preset.settings, negatives=n
        )
    cells = {
        Cell(what.data, what.split_seed, config.with_(seed=seed)): (n, title)
        for (n, title), config in plans.items()
        for seed in what.seeds
    }
    rows = [_popularity_row(what)]
    for cell, result in run_cells(cells, folder, executor, on_result).items():
        n, title = cells[cell]
        rows.append(
            {
                "negatives": n,
                "name": title,
                "seed": cell.config.seed,
                "settings": describe(cell.config),
                "epoch": result.get("best_epoch"),
                "seconds": result.get("seconds"),
                **result["test"],
            }
        )
    return pd.DataFrame(rows)


def tune(
    what: Comparison,
    folder: str | Path,
    executor: Executor | None = None,
    on_result: OnResult = lambda cell, result: None,
) -> dict[tuple[str, int], TrainConfig]:
    """Return, for every loss and N, the configuration with the best validation NDCG@K."""
    groups: dict[tuple[str, int], list[Cell]] = {}
    for index, (loss, n) in enumerate(itertools.product(what.losses, what.negatives)):
        base = what.base.with_(loss=loss, negatives=n, seed=TRIAL_SEED)
        changes = draw_trials(loss, what.trials, np.random.default_rng([what.split_seed, index]))
        configs = [base.with_(**change) for change in changes] or [base]
        groups[loss, n] = [Cell(what.data, what.split_seed, config) for config in configs]
    if what.trials == 0:
        return {group: cells[0].config for group, cells in groups.items()}
    every = [cell for cells in groups.values() for cell in cells]
    results = run_cells(every, folder, executor, on_result)
    metric = f"ndcg@{what.base.k}"
    return {
        group: max(cells, key=lambda cell: results[cell]["validation"].get(metric, -1.0)).config
        for group, cells in groups.items()
    }


def table(rows: pd.DataFrame, metrics: Sequence[str] = ("ndcg@20", "recall@20")) -> pd.DataFrame:
    """Condense `compare`: a row for each N and name, "mean ± standard deviation" of each metric."""
    out = []
    for (n, name), group in rows.groupby(["negatives", "name"], sort=False):
        row: dict[str, Any] = {"N": n or "", "loss": name, "settings": group["settings"].iloc[0]}
        for metric in metrics:
            mean, sd = group[metric].mean(), group[metric].std(ddof=1)
            row[metric] = f"{mean:.4f}" if len(group) == 1 else f"{mean:.4f} ± {sd:.4f}"
        row["seeds"] = len(group)
        out.append(row)
    return pd.DataFrame(out)


def describe(config: TrainConfig) -> str:
    """Say the settings of a run that a search may change, in one line."""
    parts = []
    for p in LOSSES[config.loss].parameters:
        value = config.settings[p.name]
        if value != p.default or p.search:
            shown = " ".join(f"{v:g}" for v in value) if p.many else f"{value:g}"
            parts.append(f"{p.label} {shown}")
    parts.append(f"rate {config.learning_rate:g}")
    if config.l2:
        parts.append(f"l2 {config.l2:g}")
    return ", ".join(parts)


def _popularity_row(what: Comparison) -> dict[str, Any]:
    data = load_data(what.data, what.split_seed)
    test = evaluate(*popularity_vectors(data), data, what.base.k)
    return {"negatives": 0, "name": "popularity", "seed": 0, "settings": "", **test}
