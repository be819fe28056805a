"""What a run must remember to go on exactly where it stood, as arrays and JSON in one file."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks, _files
from mmcl_core.data import Interactions
from mmcl_core.training.config import TrainConfig

FILE, FORMAT = "checkpoint.npz", "a checkpoint of format 2"
_MAY_GROW = ("epochs", "max_steps", "patience", "device")  # changing these continues the same run


@dataclass
class Progress:
    """Where a run stands; everything here fits in JSON."""

    epoch: int = 0  # epochs finished
    step: int = 0
    in_epoch: int = 0  # positives of the current epoch already used
    loss_sum: float = 0.0  # over those positives
    best_epoch: int = 0
    best_value: float = -1.0
    best_metrics: dict[str, float] = field(default_factory=dict)
    bad_epochs: int = 0
    rate: float = 0.0  # the learning rate by now
    seconds: float = 0.0


def save_checkpoint(
    folder: Path,
    config: TrainConfig,
    data: Interactions,
    progress: Progress,
    optimizer_values: dict[str, Any],
    groups: dict[str, dict[str, NDArray[Any]]],
) -> None:
    """Write the checkpoint of a run; a kill at any moment leaves this one or the one before."""
    meta = {
        "format": FORMAT,
        "config": config.to_dict(),
        "data": data_mark(data),
        "progress": asdict(progress),
        "optimizer": optimizer_values,
    }
    arrays = {f"{group}|{name}": a for group, named in groups.items() for name, a in named.items()}
    _files.write_archive(folder / FILE, meta, arrays)


def load_checkpoint(
    folder: Path, config: TrainConfig, data: Interactions
) -> tuple[Progress, dict[str, Any], dict[str, dict[str, NDArray[Any]]]]:
    """Read the checkpoint in `folder` after checking that it belongs to `config` and `data`.

    Raises
    ------
    ValueError
        If the file is missing or cut off, or is of another format, configuration or data set.
    """
    meta, arrays = _files.read_archive(folder / FILE, FORMAT)
    # Settings newer than the checkpoint have their defaults.
    now, then = config.to_dict(), TrainConfig.from_dict(meta["config"]).to_dict()
    changed = [name for name in now if name not in _MAY_GROW and now[name] != then[name]]
    if changed:
        raise _checks.refuse(
            "the configuration that the checkpoint was made with",
            "; ".join(f"{name} {now[name]} where it was {then[name]}" for name in changed),
            "Use the old settings, or start in an empty folder.",
        )
    if meta["data"] != data_mark(data):
        raise _checks.refuse(
            f"the data that the checkpoint was made with ({meta['data']})",
            data_mark(data),
            "Load the same data with the same seed, or start in an empty folder.",
        )
    groups: dict[str, dict[str, NDArray[Any]]] = {}
    for key, array in arrays.items():
        group, name = key.split("|")
        groups.setdefault(group, {})[name] = array
    return Progress(**meta["progress"]), meta["optimizer"], groups


def data_mark(data: Interactions) -> str:
    """Return a short mark that differs between data sets and between splits."""
    sums = [
        zlib.crc32(np.ascontiguousarray(np.stack([part.users, part.items])).tobytes())
        for part in (data.train, data.validation, data.test)
    ]
    return f"{data.n_users} users, {data.n_items} items, " + "-".join(f"{s:08x}" for s in sums)
