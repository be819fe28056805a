"""One training run, followed to its end: in a folder of its own, or sent back whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mmcl_core import _checks
from mmcl_core.data import Interactions
from mmcl_core.experiments import machine
from mmcl_core.experiments.folder import FORMAT, RunFolder
from mmcl_core.experiments.plan import Cell
from mmcl_core.experiments.protocols import LABELS, load_data
from mmcl_core.metrics import UserHits, user_hits
from mmcl_core.training import DoneEvent, EpochEvent, Event, Training, TrainingDiverged
from mmcl_core.training.checkpoint import data_mark

OnEvent = Callable[[Event], None]
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Outcome:
    """All that a run comes to, as plain values that can travel.

    Parameters
    ----------
    record : dict
        The content of "run.json".
    history : list of dict
        A row an epoch.
    hits : UserHits or None
        Who found what on test at the best epoch.
    """

    record: dict[str, Any]
    history: list[dict[str, Any]]
    hits: UserHits | None


def run_cell(
    cell: Cell,
    folder: Path | None = None,
    threads: int = 1,
    on_event: OnEvent = lambda event: None,
    stop: Stop = lambda: False,
) -> Outcome:
    """Train one cell; a run that diverges is a result too, without metrics.

    Parameters
    ----------
    cell : Cell
    folder : Path, optional
        Where history and checkpoint are kept on the way; a checkpoint there is gone on from.
    threads : int
        Of PyTorch. Another number adds up in another order, so the last digits differ.
    on_event, stop
        Called with every event; asked after every step.

    Returns
    -------
    Outcome
        Its reason is "finished", "early", "diverged" or "stopped".
    """
    torch.set_num_threads(threads)
    data = load_data(cell.data, cell.split_seed, cell.protocol)
    run = _Following(cell, data, RunFolder(folder) if folder else None)
    try:
        done = run.follow(on_event, stop)
    except TrainingDiverged:
        return run.outcome(None)
    return run.outcome(done)


def run_in_folder(
    cell: Cell,
    data: Interactions,
    folder: str | Path,
    *,
    resume: bool = False,
    on_event: OnEvent = lambda event: None,
    stop: Stop = lambda: False,
) -> dict[str, Any]:
    """Train, and write everything worth keeping to `folder` as it comes.

    Writes the files of a `RunFolder` and "trained.npz" (see `mmcl_core.trained.Trained.load`). The
    checkpoint stays, so that the run can go on with more epochs.

    Parameters
    ----------
    cell : Cell
    data : Interactions
        Split as the cell's protocol says.
    folder : path
        Created if needed; must not hold another run unless `resume`.
    resume : bool
        Go on from the checkpoint in `folder`.
    on_event, stop
        Called with every event; asked after every step.

    Returns
    -------
    dict
        The content of "run.json" of a finished run. Stopped, the folder can be resumed from.

    Raises
    ------
    ValueError
        If `folder` already holds a run and `resume` is False, or cannot be resumed.
    TrainingDiverged
        If the loss is not finite any more; what was written stays.
    """
    place = RunFolder(Path(folder))
    if not resume and (place.unfinished or place.read()):
        raise _checks.refuse(
            f"an empty folder for a new run at {folder}",
            "one that holds a run",
            "Choose another folder, or resume this run.",
        )
    if resume and not place.unfinished:
        raise _checks.refuse(
            f"a checkpoint in {folder}", "none", "Check the folder, or start without resuming."
        )
    run = _Following(cell, data, place)
    done = run.follow(on_event, stop)
    outcome = run.outcome(done)
    if done.reason == "stopped":
        return outcome.record
    done.trained.save(folder)
    return place.finish(outcome.record, outcome.history, outcome.hits)


class _Following:
    """A run and what is written down about it."""

    def __init__(self, cell: Cell, data: Interactions, place: RunFolder | None) -> None:
        self.place, self.data, self.config = place, data, cell.config
        folder = place.path if place else None
        self.history: list[dict[str, Any]] = []
        if place and place.unfinished:
            self.training = Training.resume(cell.config, data, place.path)
            self.history = place.read_history(self.training.progress.epoch)
        else:
            self.training = Training(cell.config, data, folder)
        self.peak = machine.PeakMemory(self.training.device)
        self.record: dict[str, Any] = {
            "format": FORMAT,
            "name": cell.name,
            "run": cell.run,
            "trial": cell.trial,
            "data": data.name,
            "data_mark": data_mark(data),
            "split_seed": cell.split_seed,
            "protocol": cell.protocol,
            "protocol_means": LABELS[cell.protocol],
            "config": cell.config.to_dict(),
            "made_with": machine.about(self.training.device),
            "result": None,
        }
        if place:
            place.start(self.record)

    def follow(self, on_event: OnEvent, stop: Stop) -> DoneEvent:
        """Train to the end, keeping the history up to date."""
        for event in self.training.events(stop):
            on_event(event)
            if isinstance(event, EpochEvent):
                self.history.append(_row(event))
                if self.place:
                    self.place.write_history(self.history)
        assert isinstance(event, DoneEvent)
        return event

    def outcome(self, done: DoneEvent | None) -> Outcome:
        """Say what the run came to; without a DoneEvent it diverged."""
        progress, hits = self.training.progress, None
        if done and len(self.data.test):
            trained = done.trained
            hits = user_hits(trained.users, trained.items, self.data, self.config.k)
        result = {
            "reason": done.reason if done else "diverged",
            "epochs": progress.epoch,
            "steps": progress.step,
            "best_epoch": done.best_epoch if done else None,
            "seconds": round(progress.seconds, 3),
            "peak_memory_mb": self.peak.megabytes(),
            "peak_gpu_mb": self.peak.gpu_megabytes(),
            "validation": dict(done.validation) if done else {},
            "test": dict(done.test) if done else {},
        }
        return Outcome({**self.record, "result": result}, self.history, hits)


def _row(event: EpochEvent) -> dict[str, float]:
    first = {"epoch": event.epoch, "step": event.step, "seconds": round(event.seconds, 3)}
    return {**first, "loss": event.loss, **event.metrics, **event.geometry}
