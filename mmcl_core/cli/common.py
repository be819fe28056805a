"""Options that several commands share."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from mmcl_core.models import MODELS
from mmcl_core.sampling import KINDS
from mmcl_core.training import OPTIMIZERS, TrainConfig

DEFAULT = TrainConfig()
RESULTS = Path("experiments/results")  # the store that comes with the project
_SHARED = (
    "model",
    "dim",
    "sampler",
    "pool",
    "reject_positives",
    "optimizer",
    "init",
    "dropout",
    "clip_norm",
    "batch_size",
    "epochs",
    "patience",
    "device",
)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option of an answer for machines."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on the last line"
    )


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the options of data and training."""
    parser.add_argument(
        "--data", default="movielens", help="movielens, gowalla, yelp2018, a folder, a .csv"
    )
    parser.add_argument("--split-seed", type=int, default=0, help="seed of the split of the data")
    parser.add_argument("--folder", type=Path, help="where to write; default: a new one in runs/")
    add_json(parser)
    parser.add_argument("--model", choices=MODELS, default=DEFAULT.model)
    parser.add_argument("--dim", type=int, default=DEFAULT.dim)
    parser.add_argument("--sampler", choices=KINDS, default=DEFAULT.sampler)
    parser.add_argument("--pool", type=int, default=DEFAULT.pool, help="M of the hardest sampler")
    parser.add_argument("--reject-positives", action="store_true")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default=DEFAULT.optimizer)
    parser.add_argument("--init", type=float, default=DEFAULT.init)
    parser.add_argument("--dropout", type=float, default=DEFAULT.dropout)
    parser.add_argument("--clip-norm", type=float, default=DEFAULT.clip_norm)
    parser.add_argument("--batch-size", type=int, default=DEFAULT.batch_size)
    parser.add_argument("--epochs", type=int, default=60, help="at most this many")
    parser.add_argument("--patience", type=int, default=6, help="0 never stops early")
    parser.add_argument("--device", default=DEFAULT.device)


def config_of(options: argparse.Namespace, **more: Any) -> TrainConfig:
    """Return the configuration that the options of `add_training` name."""
    return TrainConfig(**{name: getattr(options, name) for name in _SHARED}, **more)


def new_folder(name: str) -> Path:
    """Return a folder whose name begins with the time."""
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{name}"
