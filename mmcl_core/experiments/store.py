"""The store: a folder of finished and unfinished runs, each done once, whoever asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from filelock import FileLock, Timeout

from mmcl_core import _checks, _files
from mmcl_core.experiments.describe import describe
from mmcl_core.experiments.folder import Record, RunFolder
from mmcl_core.experiments.plan import Cell
from mmcl_core.experiments.protocols import data_name
from mmcl_core.experiments.runs import Outcome
from mmcl_core.metrics import UserHits
from mmcl_core.training import TrainConfig

SUMMARY, _LOCKS = "summary.csv", ".locks"


class Store:
    """Runs by name, each in a folder of its own; several processes may share one store.

    Parameters
    ----------
    folder : path
        Created when something is written.

    Examples
    --------
    >>> Store("nowhere").finished()
    []
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._whole: dict[str, Record] = {}  # finished runs that were read and checked
        self._rows: dict[str, dict[str, Any]] = {}  # theirs in the summary

    def run(self, name: str) -> RunFolder:
        """Return the folder of the run called `name`."""
        return RunFolder(self.folder / name)

    def get(self, cell: Cell) -> Record | None:
        """Return the finished run of `cell`; None if it is still to be done.

        Raises
        ------
        ValueError
            If a run of that name has another configuration, data or protocol, or its files are cut
            off, changed, or of another format.
        """
        record = self._read(cell.name)
        if record is None:
            return None
        self._check_same(cell, record)
        return record if record["result"] else None

    def claim(self, cell: Cell) -> FileLock | None:
        """Keep other processes from `cell` until the lock is released or this process ends.

        Returns None if another process has it.
        """
        lock = self._lock(cell.name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    def put(self, cell: Cell, outcome: Outcome) -> Record:
        """Keep a finished run; its checkpoint goes. Return its record."""
        place = self.run(cell.name)
        record = place.finish(outcome.record, outcome.history, outcome.hits)
        place.drop_checkpoint()
        self._whole[cell.name] = record
        return record

    def all(self) -> list[Record]:
        """Return all runs by name, the unfinished ones, whose result is None, included."""
        names = sorted(path.parent.name for path in self.folder.glob("*/run.json"))
        return [record for record in (self._read(name) for name in names) if record]

    def finished(self) -> list[Record]:
        """Return all finished runs by name."""
        return [record for record in self.all() if record["result"]]

    def hits(self, record: Record) -> UserHits | None:
        """Return who found what in a finished run; None if it was not kept."""
        return self.run(record["name"]).read_hits()

    def write_summary(self) -> None:
        """Write "summary.csv", a row a finished run."""
        with self._lock(SUMMARY):
            for record in self.finished():
                if record["name"] not in self._rows:
                    self._rows[record["name"]] = summary_row(record)
            rows = pd.DataFrame([self._rows[name] for name in sorted(self._rows)])
            rows = rows.astype({"trial": "Int64"}) if len(rows) else rows
            _files.write_text(self.folder / SUMMARY, rows.to_csv(index=False))

    def _lock(self, name: str) -> FileLock:
        locks = self.folder / _LOCKS
        locks.mkdir(parents=True, exist_ok=True)
        (locks / ".gitignore").write_text("*\n")
        return FileLock(locks / f"{name}.lock", thread_local=False)

    def _read(self, name: str) -> Record | None:
        if name in self._whole:
            return self._whole[name]
        record = self.run(name).read()
        if record and record["result"]:
            self._whole[name] = record
        return record

    def _check_same(self, cell: Cell, record: Record) -> None:
        wanted: dict[str, Any] = {
            "data": data_name(cell.data),
            "split_seed": cell.split_seed,
            "protocol": cell.protocol,
            **json.loads(json.dumps(cell.config.to_dict())),
        }
        stored = {**record, **known_config(record).to_dict()}
        stored = json.loads(json.dumps(stored))
        other = [name for name, value in wanted.items() if stored[name] != value]
        if other:
            raise _checks.refuse(
                f"{self.folder / cell.name} to hold this run",
                "; ".join(f"{n} {stored[n]} where {wanted[n]} is asked for" for n in other),
                "Give the changed run another name, or delete the folder to run it again.",
            )


def known_config(record: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration of a stored run; settings newer than the run take their defaults.

    Raises
    ------
    ValueError
        If the run is of a newer version, or what stands there is no configuration.
    """
    try:
        return TrainConfig.from_dict(record["config"])
    except (ValueError, TypeError) as error:
        raise _checks.refuse(
            f"the configuration of {record['name']} to be one of this version",
            f"{record['config']} ({error})",
            "Use the version that made the run, or delete its folder and run it again.",
        ) from error


def summary_row(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row of "summary.csv"."""
    config, result = record["config"], record["result"]
    row = {key: record[key] for key in ("name", "data", "protocol", "split_seed", "run", "trial")}
    row |= {key: config[key] for key in ("model", "loss", "negatives", "seed")}
    row["settings"] = describe(known_config(record))
    row |= {
        key: result[key]
        for key in ("reason", "epochs", "best_epoch", "seconds", "peak_memory_mb", "peak_gpu_mb")
    }
    for split in ("validation", "test"):
        row |= {f"{split} {name}": value for name, value in result[split].items()}
    row["revision"] = record["made_with"]["revision"]
    return row


def check_one_data(records: Iterable[Mapping[str, Any]]) -> None:
    """Raise ValueError if runs that stand in one table were made on different data."""
    marks: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for record in records:
        key = (record["data"], record["split_seed"], record["protocol"])
        first = marks.setdefault(key, record)
        if first["data_mark"] != record["data_mark"]:
            raise _checks.refuse(
                f"the runs on {record['data']} to be made on the same data",
                f"{first['name']} on {first['data_mark']}, {record['name']} on "
                f"{record['data_mark']}",
                "Delete the runs that were made on other files.",
            )
