"""`python -m mmcl_core compare`: a fair comparison from options, without a file."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

import pandas as pd

from mmcl_core.cli.common import add_training, config_of, new_folder
from mmcl_core.cli.progress import Progress
from mmcl_core.experiments import Estimate, Store, local_workers, run_sweep
from mmcl_core.experiments.compare import comparison
from mmcl_core.experiments.tables import markdown, popularity_row, result_rows, table
from mmcl_core.losses import LOSSES, PRESETS


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare", help="tune several losses alike, compare over seeds"
    )
    add_training(parser)
    parser.add_argument("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    parser.add_argument("--negatives", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--trials", type=int, default=12, help="settings tried for each loss and N")
    parser.add_argument("--published", nargs="*", choices=PRESETS, default=["paper-ccl"])
    parser.add_argument("--workers", type=int, default=1, help="runs side by side")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Tune, train, and print the table."""
    base = config_of(options)
    sweep = comparison(
        base,
        options.losses,
        options.negatives,
        options.seeds,
        options.trials,
        options.published,
        options.data,
        options.split_seed,
    )
    folder = options.folder or new_folder("compare")
    beside = local_workers(options.workers) if options.workers > 1 else nullcontext()
    store = Store(folder)
    progress = Progress(Estimate(store, options.workers))
    try:
        with beside as workers:
            state = run_sweep(sweep, store, workers, progress)
    finally:
        progress.close()
    popularity = popularity_row(options.data, options.split_seed, "fair", base.k)
    rows = pd.concat([pd.DataFrame([popularity]), result_rows(state)], ignore_index=True)
    rows.to_csv(folder / "rows.csv", index=False)
    condensed = table(rows, (f"ndcg@{base.k}", f"recall@{base.k}"))
    condensed.to_csv(folder / "table.csv", index=False)
    if not options.json:
        print(markdown(condensed))
        print(f"Written to {folder}")
    return {"folder": str(folder), "table": condensed.to_dict("records")}
