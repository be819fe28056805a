"""Sweeps: what is run, what fails, and how long it takes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from sweeps import TRAINING, swept

from mmcl_core.experiments import (
    Cell,
    CellFailed,
    Estimate,
    State,
    Store,
    Workers,
    look,
    run_sweep,
    workers,
)
from mmcl_core.experiments.estimate import in_words
from mmcl_core.experiments.runs import Outcome
from mmcl_core.experiments.tables import markdown, result_rows, table
from mmcl_core.experiments.workers import Here


class Counting(Here):
    """Counts the cells that are really handed out."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        self.begun.append(args[0].name)
        return super().submit(fn, *args, **named)


# ---- what is run


def test_a_sweep_runs_what_is_missing_and_nothing_twice(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    sweep, here = swept(lightgcn_folder), Counting()
    state = run_sweep(sweep, Store(tmp_path / "store"), Workers(here))
    assert len(here.begun) == len(set(here.begun)) == state.total == 2 + 3 + 2
    assert set(here.begun) == set(state.records)
    first = result_rows(state)
    assert first["name"].tolist() == ["mmcl"] * 2 + ["ccl"] * 2
    again = Counting()
    second = run_sweep(sweep, Store(tmp_path / "store"), Workers(again))
    assert again.begun == []
    assert result_rows(second).equals(first)
    more = Counting()
    run_sweep(swept(lightgcn_folder, seeds=[0, 1, 2]), Store(tmp_path / "store"), Workers(more))
    assert more.begun == ["data-mmcl-n2-s2", "data-ccl-n2-s2"]


def with_validation(monkeypatch: pytest.MonkeyPatch, *of_trials: dict[str, float]) -> None:
    """Make every trial end with these metrics on validation."""
    real = workers.run_cell

    def changed(cell: Cell, *rest: Any, **named: Any) -> Outcome:
        outcome = real(cell, *rest, **named)
        if cell.trial is not None:
            outcome.record["result"]["validation"] = of_trials[cell.trial]
        return outcome

    monkeypatch.setattr(workers, "run_cell", changed)


def test_the_best_on_validation_is_run_with_every_seed(
    lightgcn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_validation(monkeypatch, {"ndcg@3": 0.1}, {"ndcg@3": 0.3}, {"ndcg@3": 0.2})
    state = run_sweep(swept(lightgcn_folder), Store(tmp_path))
    best, cells = state.groups[1].trials[1], state.groups[1].cells
    assert cells is not None
    for cell in cells:
        assert cell.config.settings == best.config.settings
        assert cell.config.learning_rate == best.config.learning_rate
        assert cell.config.epochs == 2
    for trial in state.groups[1].trials:
        assert state.records[trial.name]["result"]["test"] == {}


def test_processes_side_by_side_share_the_work(lightgcn_folder: Path, tmp_path: Path) -> None:
    """Two sweeps on one store at the same time, as two processes would: each has its own locks."""
    sweep, both = swept(lightgcn_folder), [Counting(), Counting()]
    ends: list[State] = []
    threads = [
        threading.Thread(
            target=lambda here=here: ends.append(run_sweep(sweep, Store(tmp_path), Workers(here)))
        )
        for here in both
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    begun = Counter(both[0].begun + both[1].begun)
    assert set(begun.values()) == {1}
    assert len(begun) == 7
    assert result_rows(ends[0]).equals(result_rows(ends[1]))


def test_any_executor_gives_the_same_table(lightgcn_folder: Path, tmp_path: Path) -> None:
    sweep = swept(lightgcn_folder)
    one = run_sweep(sweep, Store(tmp_path / "one"))
    with ThreadPoolExecutor(2) as pool:
        far = Workers(pool, at_once=4, share_disk=False)
        two = run_sweep(sweep, Store(tmp_path / "two"), far)
    assert shown(one) == shown(two)


def shown(state: State) -> str:
    return markdown(table(result_rows(state), ("ndcg@3", "recall@3")))


def test_a_changed_run_is_refused_before_anything_is_run(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    run_sweep(swept(lightgcn_folder), Store(tmp_path))
    here = Counting()
    changed = swept(lightgcn_folder, training={**TRAINING, "dim": 5}, seeds=[2, 0])
    with pytest.raises(ValueError, match="dim 4 where 5 is asked for"):
        run_sweep(changed, Store(tmp_path), Workers(here))
    assert here.begun == []


def test_a_damaged_run_of_another_sweep_is_refused_too(
    lightgcn_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text('{"format": "a run')
    with pytest.raises(ValueError, match=r"other.run.json"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path), Workers(here := Counting()))
    assert here.begun == []


# ---- what fails


class Failing(Counting):
    """Raises for some cells, a given number of times."""

    def __init__(self, fails: dict[str, int], error: Exception) -> None:
        super().__init__()
        self.fails, self.error = dict(fails), error

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = super().submit(fn, *args, **named)
        if self.fails.get(args[0].name, 0):
            self.fails[args[0].name] -= 1
            future = Future()
            future.set_exception(self.error)
        return future


def test_a_cell_that_fails_does_not_stop_the_others(lightgcn_folder: Path, tmp_path: Path) -> None:
    bad = Failing({"data-mmcl-n2-s0": 1}, ValueError("Expected luck, got none."))
    sweep = swept(lightgcn_folder)
    with pytest.raises(CellFailed, match=r"1 of 7 cells.*data-mmcl-n2-s0: ValueError: Expected l"):
        run_sweep(sweep, Store(tmp_path), Workers(bad))
    assert len(look(sweep, Store(tmp_path)).records) == 6
    here = Counting()
    run_sweep(sweep, Store(tmp_path), Workers(here))
    assert here.begun == ["data-mmcl-n2-s0"]


def test_a_scheduler_that_went_away_is_told(lightgcn_folder: Path, tmp_path: Path) -> None:
    gone = Failing({"data-mmcl-n2-s1": 1}, CancelledError())
    with pytest.raises(CellFailed, match=r"data-mmcl-n2-s1: its scheduler went away. Start one"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path), Workers(gone))


def test_a_lost_worker_loses_no_cell(lightgcn_folder: Path, tmp_path: Path) -> None:
    lost = Failing({"data-mmcl-n2-s1": 2, "data-ccl-n2-trial-1": 1}, BrokenProcessPool("gone"))
    state = run_sweep(swept(lightgcn_folder), Store(tmp_path / "a"), Workers(lost))
    assert shown(state) == shown(run_sweep(swept(lightgcn_folder), Store(tmp_path / "b")))
    assert Counter(lost.begun)["data-mmcl-n2-s1"] == 3


def test_trials_that_all_diverge_are_told(
    lightgcn_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_validation(monkeypatch, {}, {}, {})
    with pytest.raises(CellFailed, match=r"ccl at N = 2: .*finite vectors.*lower learning rates"):
        run_sweep(swept(lightgcn_folder), Store(tmp_path))
    state = look(swept(lightgcn_folder), Store(tmp_path))
    assert len(state.records) == 5


def test_an_interrupted_sweep_frees_its_cells(lightgcn_folder: Path, tmp_path: Path) -> None:
    class Interrupted(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
            raise KeyboardInterrupt

    halted: list[bool] = []
    workers_ = Workers(Interrupted(), halt=lambda: halted.append(True))
    sweep = swept(lightgcn_folder)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep, Store(tmp_path), workers_)
    assert halted == [True]
    assert len(run_sweep(sweep, Store(tmp_path)).records) == 7


# ---- how long it takes


def test_the_estimate_counts_what_is_missing(lightgcn_folder: Path, tmp_path: Path) -> None:
    sweep, store = swept(lightgcn_folder, seeds=[0, 1, 2, 3]), Store(tmp_path)
    state = look(sweep, store)
    estimate = Estimate(store)
    assert estimate.seconds_left(state) is None
    estimate.try_steps(state)
    first = estimate.seconds_left(state)
    assert first is not None
    assert first > 0
    run_sweep(swept(lightgcn_folder), store)
    state = look(sweep, store)
    for record in state.records.values():
        record["result"]["seconds"] = 5.0 * record["result"]["epochs"]
    # four runs of two epochs are missing, at five seconds an epoch
    assert Estimate(store).seconds_left(state) == pytest.approx(40.0)
    assert Estimate(store, at_once=2).seconds_left(state) == pytest.approx(20.0)
    assert Estimate(store, at_once=100).seconds_left(state) == pytest.approx(10.0)


def test_a_running_cell_counts_with_what_it_has_left(lightgcn_folder: Path, tmp_path: Path) -> None:
    one = {"mmcl": {"preset": "films-mmcl", "epochs": 10}}
    sweep, store = swept(lightgcn_folder, runs=one, seeds=[0]), Store(tmp_path)
    state = look(sweep, store)
    state.running = state.known()
    rows = [{"epoch": e, "step": e, "seconds": 3.0 * e, "loss": 1.0} for e in range(5)]
    (store.folder / state.running[0].name).mkdir(parents=True)
    store.run(state.running[0].name).write_history(rows)
    assert Estimate(store).seconds_left(state) == pytest.approx(6 * 3.0)


def test_seconds_in_words() -> None:
    assert [in_words(s) for s in (0.2, 89, 90, 5300, 5400, 36000)] == [
        "0 s",
        "89 s",
        "2 min",
        "88 min",
        "1 h 30 min",
        "10 h 00 min",
    ]
