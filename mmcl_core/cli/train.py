"""`python -m mmcl_core train`: one run in a folder of its own."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tqdm import tqdm

from mmcl_core.cli.common import DEFAULT, add_training, config_of, new_folder
from mmcl_core.experiments import Cell
from mmcl_core.experiments.protocols import load_data
from mmcl_core.experiments.runs import run_in_folder
from mmcl_core.losses import LOSSES
from mmcl_core.training import EpochEvent, Event


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train", help="train one model and print its test metrics"
    )
    add_training(parser)
    parser.add_argument("--loss", choices=LOSSES, default=DEFAULT.loss)
    _add_loss_settings(parser)
    parser.add_argument("--negatives", type=int, default=DEFAULT.negatives, help="N per positive")
    parser.add_argument("--seed", type=int, default=DEFAULT.seed)
    parser.add_argument("--learning-rate", type=float, default=DEFAULT.learning_rate)
    parser.add_argument("--l2", type=float, default=DEFAULT.l2)
    parser.add_argument(
        "--resume", action="store_true", help="go on from the checkpoint in --folder"
    )
    parser.set_defaults(run=run)


def _add_loss_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings of the loss")
    for name in dict.fromkeys(p.name for spec in LOSSES.values() for p in spec.parameters):
        owners = [(spec, p) for spec in LOSSES.values() for p in spec.parameters if p.name == name]
        titles = ", ".join(spec.title for spec, _ in owners)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=float,
            nargs="+" if owners[0][1].many else None,
            help=f"{owners[0][1].help} ({titles})",
        )


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Train, show progress, print the metrics."""
    names = {p.name for spec in LOSSES.values() for p in spec.parameters}
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    config = config_of(
        options,
        loss=options.loss,
        settings=given,
        negatives=options.negatives,
        seed=options.seed,
        learning_rate=options.learning_rate,
        l2=options.l2,
    )
    data = load_data(options.data, options.split_seed, "fair")
    name = f"{data.name}-{config.loss}-n{config.negatives}-seed{config.seed}"
    folder = options.folder or new_folder(name)
    cell = Cell(folder.name, config.loss, options.data, options.split_seed, "fair", config)
    with tqdm(total=config.epochs, unit="epoch", desc=name, file=sys.stderr) as bar:

        def show(event: Event) -> None:
            if isinstance(event, EpochEvent):
                bar.n = event.epoch
                bar.set_postfix_str(
                    f"loss {event.loss:.4g}, validation NDCG@{config.k} "
                    f"{event.metrics[f'ndcg@{config.k}']:.4f}"
                )

        record = run_in_folder(cell, data, folder, resume=options.resume, on_event=show)
    result = record["result"]
    if not options.json:
        print(f"Best validation NDCG@{config.k} at epoch {result['best_epoch']}. On test:")
        for metric, value in result["test"].items():
            print(f"  {metric:<14} {value:.4f}")
        print(f"Written to {folder}")
    return {"data": data.name, "config": record["config"], **result, "folder": str(folder)}
