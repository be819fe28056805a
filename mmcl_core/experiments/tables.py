"""What a sweep came to, as rows and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mmcl_core.experiments.describe import describe
from mmcl_core.experiments.protocols import load_data
from mmcl_core.experiments.sweep import State
from mmcl_core.metrics import evaluate, popularity_vectors


def result_rows(state: State) -> pd.DataFrame:
    """Return a row for each finished run that counts, in the order of the sweep.

    Returns
    -------
    DataFrame
        "cell" (its name in the store), "negatives", "name" (the run's title), "seed", "settings",
        "protocol", "epoch", "seconds", and the test metrics.
    """
    rows = []
    for group in state.groups:
        for cell in group.cells or []:
            record = state.records.get(cell.name)
            if record is None:
                continue
            result = record["result"]
            rows.append(
                {
                    "cell": cell.name,
                    "negatives": group.n,
                    "name": group.run.title,
                    "seed": cell.config.seed,
                    "settings": describe(cell.config),
                    "protocol": cell.protocol,
                    "epoch": result["best_epoch"],
                    "seconds": result["seconds"],
                    **result["test"],
                }
            )
    return pd.DataFrame(rows)


def popularity_row(source: str, split_seed: int, protocol: str, k: int) -> dict[str, Any]:
    """Return the row of the popularity baseline, with `negatives` 0."""
    data = load_data(source, split_seed, protocol)
    test = evaluate(*popularity_vectors(data), data, k)
    first = {"negatives": 0, "name": "popularity", "seed": 0, "settings": ""}
    return {**first, "protocol": protocol, **test}


def table(rows: pd.DataFrame, metrics: Sequence[str] = ("ndcg@20", "recall@20")) -> pd.DataFrame:
    """Condense rows: one for each N and name, "mean ± standard deviation" of each metric."""
    out = []
    for (n, name), group in rows.groupby(["negatives", "name"], sort=False):
        row: dict[str, Any] = {"N": n or "", "loss": name, "settings": group["settings"].iloc[0]}
        for metric in metrics:
            mean, sd = group[metric].mean(), group[metric].std(ddof=1)
            row[metric] = f"{mean:.4f}" if len(group) == 1 else f"{mean:.4f} ± {sd:.4f}"
        row["seeds"] = len(group)
        out.append(row)
    return pd.DataFrame(out)


def sweep_table(state: State) -> pd.DataFrame:
    """Return the condensed table of what is finished; empty if nothing is."""
    rows = result_rows(state)
    if not len(rows):
        return rows
    k = state.groups[0].run.config.k
    return table(rows, (f"ndcg@{k}", f"recall@{k}"))


def markdown(rows: pd.DataFrame) -> str:
    """Return a table as Markdown; numbers with four digits."""
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(_shown(cell) for cell in line) + " |" for line in lines)


def _shown(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
