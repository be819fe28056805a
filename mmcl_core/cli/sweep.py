"""`python -m mmcl_core sweep FILE...`: run what files ask for and the store does not have."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import Any

from mmcl_core import _checks
from mmcl_core.cli.common import RESULTS, add_json
from mmcl_core.cli.progress import Progress
from mmcl_core.experiments import (
    CellFailed,
    Estimate,
    State,
    Store,
    Sweep,
    Workers,
    dask_workers,
    local_workers,
    look,
    read_sweep,
    run_sweep,
)
from mmcl_core.experiments.estimate import in_words
from mmcl_core.experiments.tables import markdown, sweep_table


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "sweep", help="run what sweep files ask for and is not yet in the store"
    )
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="see experiments/README.md"
    )
    parser.add_argument("--store", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    parser.add_argument("--workers", type=int, default=1, help="runs side by side, here")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch, for each run")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, tcp://host:port")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these runs of the files only")
    parser.add_argument("--dry-run", action="store_true", help="say what would be run, run nothing")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Run the sweeps one after the other and print their tables."""
    for name in ("workers", "threads"):
        _checks.whole(f"--{name}", getattr(options, name), 1, "Use 1 or more.")
    store = Store(options.store)
    sweeps = _chosen([read_sweep(file) for file in options.files], options.only)
    estimate = Estimate(store, options.workers)
    states = [look(sweep, store) for sweep in sweeps]  # what is wrong is said before all else
    if options.dry_run and not options.json:
        for state in states:
            _list(state)
    _announce(states, estimate, options.threads)
    if not options.dry_run:
        states = _run(sweeps, store, estimate, options)
    tables = [sweep_table(state) for state in states]
    shown = [markdown(table) for table in tables if len(table)]
    if shown and not options.json:
        print("\n\n".join(shown))
    return {"table": [row for table in tables for row in table.to_dict("records")]}


def _chosen(sweeps: list[Sweep], only: list[str] | None) -> list[Sweep]:
    names = [run.name for sweep in sweeps for run in sweep.runs]
    for name in only or []:
        _checks.choice("--only", name, names)
    kept = [
        dataclasses.replace(s, runs=tuple(r for r in s.runs if not only or r.name in only))
        for s in sweeps
    ]
    return [sweep for sweep in kept if sweep.runs]


def _announce(states: list[State], estimate: Estimate, threads: int) -> None:
    seconds = 0.0
    for state in states:
        if len(state.records) < state.total:
            estimate.try_steps(state, threads)
            seconds += estimate.seconds_left(state) or 0.0
    there, total = sum(len(s.records) for s in states), sum(s.total for s in states)
    if there < total:
        print(
            f"{there} of {total} runs are in the store; the others take about {in_words(seconds)} "
            f"on this machine, {estimate.at_once} at a time.",
            file=sys.stderr,
        )


def _run(
    sweeps: list[Sweep], store: Store, estimate: Estimate, options: argparse.Namespace
) -> list[State]:
    if options.scheduler:
        beside = dask_workers(options.scheduler, options.threads)
    else:
        beside = local_workers(options.workers, options.threads)
    with beside as workers:
        states, failures = [], []
        for sweep in sweeps:
            try:
                states.append(_run_one(sweep, store, workers, estimate))
            except CellFailed as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return states


def _run_one(sweep: Sweep, store: Store, workers: Workers, estimate: Estimate) -> State:
    progress = Progress(estimate, workers.side_by_side)
    try:
        return run_sweep(sweep, store, workers, progress)
    finally:
        progress.close()


def _list(state: State) -> None:
    for group in state.groups:
        for cell in (*group.trials, *(group.cells or [])):
            print(f"{'done   ' if cell.name in state.records else 'missing'} {cell.name}")
        if group.cells is None:
            seeds, name = len(group.run.seeds), group.run.name
            print(f"missing {seeds} of {name} at N = {group.n}, once it is tuned")
