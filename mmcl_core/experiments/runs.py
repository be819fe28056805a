"""One training run kept in a folder: configuration, history, checkpoint, vectors, result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from mmcl_core import _checks, _files
from mmcl_core.data import Interactions
from mmcl_core.training import DoneEvent, EpochEvent, Event, TrainConfig, Training
from mmcl_core.training.checkpoint import FILE as CHECKPOINT

HISTORY, RESULT, CONFIG = "history.csv", "result.json", "config.json"


def run_in_folder(
    config: TrainConfig,
    data: Interactions,
    folder: str | Path,
    *,
    resume: bool = False,
    on_event: Callable[[Event], None] = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train, and write everything worth keeping to `folder` as it comes.

    Writes "config.json", "history.csv" (a row an epoch), "checkpoint.npz", and at the end
    "trained.npz" (see `mmcl_core.trained.Trained.load`) and "result.json".

    Parameters
    ----------
    config : TrainConfig
    data : Interactions
    folder : path
        Created if needed; must not hold another run unless `resume`.
    resume : bool
        Go on from the checkpoint in `folder`.
    on_event : callable
        Called with every event, for a progress bar.
    stop : callable
        Asked after every step; see `Training.events`.

    Returns
    -------
    dict
        The content of "result.json": data, config, reason, epochs, best epoch, seconds, and the
        metrics under "validation" and "test".

    Raises
    ------
    ValueError
        If `folder` already holds a run and `resume` is False, or cannot be resumed.
    TrainingDiverged
        If the loss is not finite any more; what was written stays.
    """
    folder = Path(folder)
    if resume:
        training = Training.resume(config, data, folder)
        history = _read_history(folder / HISTORY, training.progress.epoch)
    else:
        if (folder / CHECKPOINT).exists() or (folder / RESULT).exists():
            raise _checks.refuse(
                f"an empty folder for a new run at {folder}",
                "one that holds a run",
                "Choose another folder, or resume this run.",
            )
        training, history = Training(config, data, folder), []
    _files.write_json(folder / CONFIG, {"data": data.name, "config": config.to_dict()})
    for event in training.events(stop):
        on_event(event)
        if isinstance(event, EpochEvent):
            history.append(_row(event))
            pd.DataFrame(history).to_csv(folder / HISTORY, index=False)
        if isinstance(event, DoneEvent):
            done = event
    done.trained.save(folder)
    result = summary(done, config, data)
    _files.write_json(folder / RESULT, result)
    return result


def summary(done: DoneEvent, config: TrainConfig, data: Interactions) -> dict[str, Any]:
    """Return what a finished run comes to, as plain values."""
    return {
        "data": data.name,
        "config": config.to_dict(),
        "reason": done.reason,
        "epochs": done.epoch,
        "best_epoch": done.best_epoch,
        "seconds": round(done.seconds, 3),
        "validation": dict(done.validation),
        "test": dict(done.test),
    }


def _row(event: EpochEvent) -> dict[str, float]:
    first = {"epoch": event.epoch, "step": event.step, "seconds": round(event.seconds, 3)}
    return {**first, "loss": event.loss, **event.metrics, **event.geometry}


def _read_history(path: Path, epochs: int) -> list[dict[str, float]]:
    if not path.exists():
        return []
    table = pd.read_csv(path)
    rows: list[dict[str, float]] = json.loads(
        table[table["epoch"] <= epochs].to_json(orient="records")
    )
    return rows
