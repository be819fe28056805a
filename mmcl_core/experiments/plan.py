"""What is to be run: a sweep has runs, a run has cells, and a cell is trained once.

A run that is tuned has trials, cells of a short search for each N; the best of them by validation
decides the cells that count. All cells have a readable name, which is their folder in the store.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmcl_core import _checks
from mmcl_core.experiments.protocols import PROTOCOLS, TUNING, data_name, watched
from mmcl_core.losses import LOSSES
from mmcl_core.training import TrainConfig

LEARNING_RATES = (2e-3, 4e-3, 8e-3)
L2_OF_DOT = (0.0, 1e-5, 1e-4, 1e-3)  # dot products have a length to hold down; cosines do not
TRIAL_SEED = 1_000_000  # of the tuning runs: none of the seeds of the table
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")

Records = Mapping[str, Mapping[str, Any]]  # what finished cells came to, by the cell's name


@dataclass(frozen=True)
class Cell:
    """One training run of an experiment.

    Parameters
    ----------
    name : str
        Its folder in the store.
    run : str
        The run of the sweep that it belongs to.
    data : str
        A name or folder that `mmcl_core.data.load` takes.
    split_seed : int
    protocol : {"fair", "paper", "tuning"}
    config : TrainConfig
    trial : int, optional
        Its number among the trials of a search.
    """

    name: str
    run: str
    data: str
    split_seed: int
    protocol: str
    config: TrainConfig
    trial: int | None = None


@dataclass(frozen=True)
class Search:
    """Settings to try on validation before a run counts.

    Parameters
    ----------
    space : tuple of mappings
        Every setting that may be drawn: changes to a `TrainConfig`.
    trials : int
        How many different ones are drawn for each N; 0 tries all.
    changes : mapping
        What else is different in a trial, for example fewer epochs.
    """

    space: tuple[Mapping[str, Any], ...]
    trials: int
    changes: Mapping[str, Any]

    def draw(self, seed: tuple[int, ...]) -> list[Mapping[str, Any]]:
        """Draw the settings to try, the same for the same seed."""
        picked = np.random.default_rng(seed).permutation(len(self.space))
        return [self.space[i] for i in picked[: self.trials or None]]


@dataclass(frozen=True)
class Run:
    """One way to train, at every N and with every seed.

    Parameters
    ----------
    name : str
        Small letters, digits, dots and hyphens.
    title : str
        What tables call it.
    config : TrainConfig
        Everything but N, the seed and the watched split.
    negatives, seeds : tuple of int
    search : Search, optional
        Tunes the run, for each N apart.
    """

    name: str
    title: str
    config: TrainConfig
    negatives: tuple[int, ...]
    seeds: tuple[int, ...]
    search: Search | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise _checks.refuse(
                "a run's name of small letters, digits, dots and hyphens",
                repr(self.name),
                "It names a folder: choose for example ccl-tuned.",
            )
        if not self.seeds or not self.negatives:
            raise _checks.refuse("at least one seed and one N", "none", "Name them.")


@dataclass(frozen=True)
class Sweep:
    """Runs on one data set under one protocol.

    Parameters
    ----------
    data : str
        A name or folder that `mmcl_core.data.load` takes.
    protocol : {"fair", "paper"}
    split_seed : int
    runs : tuple of Run

    Examples
    --------
    >>> run = Run("ccl", "CCL", TrainConfig(loss="ccl"), negatives=(10,), seeds=(0, 1))
    >>> sweep = Sweep("movielens", "fair", 0, (run,))
    >>> [cell.name for cell in sweep.cells(run, 10, {})]
    ['movielens-ccl-n10-s0', 'movielens-ccl-n10-s1']
    """

    data: str
    protocol: str
    split_seed: int
    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        _checks.choice("protocol", self.protocol, PROTOCOLS)

    def groups(self) -> Iterator[tuple[Run, int]]:
        """Yield every run with each of its N."""
        for run in self.runs:
            for n in run.negatives:
                yield run, n

    def trials(self, run: Run, n: int) -> list[Cell]:
        """Return the tuning cells of `run` at N = `n`; none if it is not tuned."""
        if run.search is None:
            return []
        base = run.config.with_(negatives=n, seed=TRIAL_SEED, **run.search.changes)
        return [
            self._cell(run, TUNING, changed(base, change), f"trial-{i}", i)
            for i, change in enumerate(self._drawn(run, n))
        ]

    def cells(self, run: Run, n: int, records: Records) -> list[Cell] | None:
        """Return the cells that count of `run` at N = `n`, or None while it is not tuned.

        Raises
        ------
        ValueError
            If every trial diverged.
        """
        config = run.config
        trials = self.trials(run, n)
        if trials:
            if any(trial.name not in records for trial in trials):
                return None
            config = changed(config, self._drawn(run, n)[best_trial(trials, records)])
        return [
            self._cell(run, self.protocol, config.with_(negatives=n, seed=seed), f"s{seed}")
            for seed in run.seeds
        ]

    def _drawn(self, run: Run, n: int) -> list[Mapping[str, Any]]:
        seed = (self.split_seed, n, zlib.crc32(run.name.encode()))
        return run.search.draw(seed) if run.search else []

    def _cell(
        self, run: Run, protocol: str, config: TrainConfig, end: str, trial: int | None = None
    ) -> Cell:
        name = f"{data_name(self.data)}-{run.name}-n{config.negatives}-{end}"
        config = config.with_(watch=watched(protocol), keep="best")
        return Cell(name, run.name, self.data, self.split_seed, protocol, config, trial)


def changed(config: TrainConfig, change: Mapping[str, Any]) -> TrainConfig:
    """Return `config` with changes, where those of the loss's settings leave the others alone.

    Examples
    --------
    >>> config = TrainConfig(loss="ccl", settings={"margin": 0.5})
    >>> dict(changed(config, {"settings": {"negative_weight": 7.0}}).settings)
    {'margin': 0.5, 'negative_weight': 7.0, 'positive_weight': 1.0}
    """
    return config.with_(**{**change, "settings": {**config.settings, **change.get("settings", {})}})


def best_trial(trials: list[Cell], records: Records) -> int:
    """Return the index of the trial with the best watched metric on validation.

    Raises
    ------
    ValueError
        If every trial diverged.
    """

    def value(i: int) -> float:
        found, config = records[trials[i].name]["result"]["validation"], trials[i].config
        return float(found.get(f"{config.monitor}@{config.k}", -1.0))

    best = max(range(len(trials)), key=value)
    if value(best) < 0:
        raise _checks.refuse(
            f"a trial of {trials[0].run} that ends with finite vectors",
            f"none among {len(trials)} at N = {trials[0].config.negatives}",
            "Search lower learning rates.",
        )
    return best


def search_space(loss: str) -> tuple[Mapping[str, Any], ...]:
    """List every setting that a search draws for `loss` if it names none of its own.

    Examples
    --------
    >>> len(search_space("ccl")), search_space("ssm")[0]
    (45, {'learning_rate': 0.002, 'settings': {'temperature': 0.05}})
    """
    spec = LOSSES[loss]
    grid: dict[str, tuple[Any, ...]] = {"learning_rate": LEARNING_RATES}
    grid.update({p.name: p.search for p in spec.parameters if p.search})
    if spec.score == "dot":
        grid["l2"] = L2_OF_DOT
    return grid_of(grid, loss)


def grid_of(values: Mapping[str, Sequence[Any]], loss: str) -> tuple[Mapping[str, Any], ...]:
    """Combine values of training fields and of `loss`'s settings into changes of a config."""
    settings = set(LOSSES[loss].defaults)
    space = []
    for combination in itertools.product(*values.values()):
        named = dict(zip(values, combination, strict=True))
        change = {name: value for name, value in named.items() if name not in settings}
        change["settings"] = {name: value for name, value in named.items() if name in settings}
        space.append(change)
    return tuple(space)
