"""How long a sweep will still take: from what was measured, or from a few steps tried here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import torch

from mmcl_core.experiments.plan import Cell
from mmcl_core.experiments.protocols import load_data
from mmcl_core.experiments.store import Store
from mmcl_core.experiments.sweep import Group, State
from mmcl_core.training import EpochEvent, StepEvent, TrainConfig, Training
from mmcl_core.training.setup import epoch_size

_WARM, _STEPS, _SECONDS = 3, 40, 1.0  # steps not timed; steps timed, at most so many or so long
# what does not change the time of an epoch, or not by much
_FREE = ("settings", "seed", "epochs", "max_steps", "patience", "learning_rate", "decay", "l2")


class Estimate:
    """Seconds an epoch by kind of run, and what follows for a sweep.

    Runs are of one kind if they differ only in what hardly changes the time of an epoch.

    Parameters
    ----------
    store : Store
        Running cells leave their history there.
    at_once : int
        Runs side by side.
    """

    def __init__(self, store: Store, at_once: int = 1) -> None:
        self.store, self.at_once = store, at_once
        self._tried: dict[str, float] = {}

    def seconds_left(self, state: State) -> float | None:
        """Return about how long the missing cells take; None while nothing is known of one.

        Runs that stop early take less, unless the same run was seen to stop with another seed.
        Losses with margins take longer than their first steps, before anything is close.
        """
        known = self._measured(state)
        total, largest = 0.0, 0.0
        for group in state.groups:
            usual = _usual_epochs(group, state)
            for config, name in _missing(group, state):
                each = known.get(_kind(config))
                if each is None:
                    return None
                begun, _ = self._begun(name)
                left = max(0.0, min(config.epochs, usual) - begun) * each
                total, largest = total + left, max(largest, left)
        return max(total / self.at_once, largest)

    def try_steps(self, state: State, threads: int = 1) -> None:
        """Time a few real steps of every kind of run of which nothing is known yet."""
        torch.set_num_threads(threads)
        known = self._measured(state)
        for group in state.groups:
            for config, _ in _missing(group, state):
                kind = _kind(config)
                if kind not in known and kind not in self._tried:
                    cell = [*group.trials, *(group.cells or [])][0]
                    self._tried[kind] = _seconds_per_epoch(cell, config)

    def _begun(self, name: str) -> tuple[int, float]:
        """Return how many epochs an unfinished run has behind it, and their seconds."""
        rows = self.store.run(name).read_history() if name else []
        return (int(rows[-1]["epoch"]), float(rows[-1]["seconds"])) if rows else (0, 0.0)

    def _measured(self, state: State) -> dict[str, float]:
        sums: dict[str, tuple[float, float]] = {}

        def add(config: TrainConfig, epochs: int, seconds: float) -> None:
            if epochs:
                before = sums.get(_kind(config), (0.0, 0.0))
                sums[_kind(config)] = before[0] + seconds, before[1] + epochs

        for cell in state.known():
            if cell.name in state.records:
                result = state.records[cell.name]["result"]
                add(cell.config, result["epochs"], result["seconds"])
        for cell in state.running:
            add(cell.config, *self._begun(cell.name))
        return {**self._tried, **{kind: s / epochs for kind, (s, epochs) in sums.items()}}


def _missing(group: Group, state: State) -> Iterable[tuple[TrainConfig, str]]:
    """Yield config and name of what is to be run; what waits for its trials has no name yet."""
    for cell in (*group.trials, *(group.cells or [])):
        if cell.name not in state.records and cell.name not in state.failed:
            yield cell.config, cell.name
    if group.cells is None:
        for seed in group.run.seeds:
            yield group.run.config.with_(negatives=group.n, seed=seed), ""


def _usual_epochs(group: Group, state: State) -> float:
    """Return how many epochs this run took with other seeds; no limit if that is not known."""
    seen = [
        state.records[cell.name]["result"]["epochs"]
        for cell in group.cells or []
        if cell.name in state.records
    ]
    return sum(seen) / len(seen) if seen else float("inf")


def _kind(config: TrainConfig) -> str:
    fixed: dict[str, Any] = {k: v for k, v in config.to_dict().items() if k not in _FREE}
    fixed["watch"] = ""  # any watched split takes about the same time
    return json.dumps(fixed, sort_keys=True)


def _seconds_per_epoch(cell: Cell, config: TrainConfig) -> float:
    data = load_data(cell.data, cell.split_seed, cell.protocol)
    config = config.with_(watch=cell.config.watch, max_steps=None)
    run = Training(config, data)
    began, measuring, times = time.perf_counter(), 0.0, [time.perf_counter()]
    for event in run.events():
        if isinstance(event, EpochEvent) and event.epoch == 0:
            measuring = time.perf_counter() - began
        elif isinstance(event, StepEvent):
            times.append(time.perf_counter())
            timed = times[-1] - times[min(_WARM, len(times) - 1)]
            if len(times) > _WARM + _STEPS or timed > _SECONDS:
                break
        else:
            break
    first = min(_WARM, len(times) - 2)
    each = (times[-1] - times[first]) / (len(times) - 1 - first)
    return measuring + each * -(-epoch_size(config, data) // config.batch_size)


def in_words(seconds: float) -> str:
    """Say a duration.

    Examples
    --------
    >>> in_words(42.4), in_words(600), in_words(9000)
    ('42 s', '10 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
