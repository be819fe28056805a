"""Reads the tables of `experiments/results`, and a run's own folder, without PyTorch."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

EXPERIMENTS = Path(__file__).parents[3] / "experiments"
FOLDER = EXPERIMENTS / "results"
_FILES = ("gains.csv", "reproduced.csv", "summary.csv", "evidence.txt")


@dataclass(frozen=True)
class Results:
    """The stored tables; see `mmcl_core.experiments.paper`."""

    gains: pd.DataFrame
    reproduced: pd.DataFrame
    runs: pd.DataFrame
    sentences: list[str]

    @property
    def names(self) -> list[str]:
        """Names of all runs that can be opened: the finished ones, and those shown on their way."""
        return sorted({*self.runs["name"], *self.reproduced["run"].dropna()})


def read(folder: Path = FOLDER) -> Results | None:
    """Return what is stored, None if a file is missing or cannot be read."""
    try:
        return _read(folder, tuple((folder / name).stat().st_mtime_ns for name in _FILES))
    except (OSError, ValueError):
        return None


@st.cache_data(max_entries=2, show_spinner=False)
def _read(folder: Path, stamps: tuple[int, ...]) -> Results:
    tables = [pd.read_csv(folder / name) for name in _FILES[:3]]
    sentences = (folder / _FILES[3]).read_text(encoding="utf-8").splitlines()
    return Results(*tables, [line for line in sentences if line])


def read_run(name: str, folder: Path = FOLDER) -> tuple[dict[str, Any], pd.DataFrame] | None:
    """Return run.json and the history of a run, None if they cannot be read."""
    try:
        record = json.loads((folder / name / "run.json").read_text(encoding="utf-8"))
        return record, pd.read_csv(folder / name / "history.csv")
    except (OSError, ValueError):
        return None


def command(record: dict[str, Any], experiments: Path = EXPERIMENTS) -> str:
    """Return the command that makes a run, and all that belong to it."""
    for path in sorted(experiments.glob("*.toml")):
        sweep = tomllib.loads(path.read_text(encoding="utf-8"))
        run = sweep.get("runs", {}).get(record["run"])
        if sweep.get("data") != record["data"] or run is None:
            continue
        if record["config"]["negatives"] in run.get("negatives", sweep.get("negatives", [])):
            file = f"experiments/{path.name}"
            return f"python -m mmcl_core sweep {file} --only {record['run']}"
    return "no file in experiments asks for this run any more"
