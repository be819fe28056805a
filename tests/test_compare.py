"""The fair comparison: equal trials, validation decides, test is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcl_core.experiments import Cell, Store, look, run_sweep, workers
from mmcl_core.experiments.compare import comparison
from mmcl_core.experiments.plan import TRIAL_SEED, search_space
from mmcl_core.experiments.runs import Outcome
from mmcl_core.experiments.tables import popularity_row, result_rows, table
from mmcl_core.losses import LOSSES
from mmcl_core.training import TrainConfig

BASE = TrainConfig(epochs=60, patience=6)


def made_up(cell: Cell, diverges: bool = False) -> Outcome:
    """A result that depends on the settings in a known way, without training."""
    config = cell.config
    good = 0.5 - abs(config.learning_rate - 4e-3) - 0.001 * (config.seed % 10)
    metrics = {"recall@20": good / 2, "ndcg@20": good}
    result = {
        "reason": "finished",
        "epochs": 1,
        "best_epoch": 1,
        "seconds": 1.0,
        "peak_memory_mb": 1.0,
        "peak_gpu_mb": None,
        "validation": {} if diverges else metrics,
        "test": {} if cell.protocol == "tuning" else metrics,
    }
    record = {
        "format": "a run of format 1",
        "name": cell.name,
        "run": cell.run,
        "trial": cell.trial,
        "data": cell.data,
        "data_mark": cell.protocol,
        "split_seed": cell.split_seed,
        "protocol": cell.protocol,
        "config": config.to_dict(),
        "made_with": {"revision": None},
        "result": result,
    }
    return Outcome(record, [{"epoch": 0}, {"epoch": 1}], None)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Replace training by `made_up`; the list fills with the cells that were asked for."""
    asked: list[Cell] = []

    def fake(cell: Cell, *_: Any, **__: Any) -> Outcome:
        asked.append(cell)
        return made_up(cell)

    monkeypatch.setattr(workers, "run_cell", fake)
    return asked


def test_every_loss_gets_the_same_number_of_different_trials(
    no_training: list[Cell], tmp_path: Path
) -> None:
    what = comparison(BASE, negatives=(1, 10), seeds=(0,), trials=5)
    run_sweep(what, Store(tmp_path))
    for run, n in what.groups():
        mine = [c for c in no_training if (c.run, c.config.negatives) == (run.name, n)]
        trials = [c.config for c in mine if c.protocol == "tuning"]
        assert len(set(trials)) == len(trials) == (5 if run.search else 0)
        assert {config.seed for config in trials} <= {TRIAL_SEED}
    assert {c.run for c in no_training} == {*LOSSES, "paper-ccl"}


def test_the_best_on_validation_is_chosen(no_training: list[Cell], tmp_path: Path) -> None:
    run_sweep(comparison(BASE, negatives=(5,), seeds=(0,), published=()), Store(tmp_path))
    counted = [c for c in no_training if c.protocol == "fair"]
    assert {c.config.learning_rate for c in counted} == {4e-3}
    assert len(counted) == len(LOSSES)


def test_a_diverged_trial_is_never_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(cell: Cell, *_: Any, **__: Any) -> Outcome:
        return made_up(cell, diverges=cell.config.learning_rate > 3e-3)

    monkeypatch.setattr(workers, "run_cell", fake)
    what = comparison(BASE, ("ccl",), negatives=(5,), seeds=(0,), published=())
    state = run_sweep(what, Store(tmp_path))
    (cell,) = state.groups[0].cells or []
    assert cell.config.learning_rate == 2e-3


def test_no_trials_take_the_defaults(no_training: list[Cell], tmp_path: Path) -> None:
    run_sweep(comparison(BASE, ("ccl",), (5,), (0,), trials=0, published=()), Store(tmp_path))
    (cell,) = no_training
    assert cell.config == BASE.with_(loss="ccl", negatives=5)


def test_the_table_has_mean_and_deviation_over_seeds(
    no_training: list[Cell], tmp_path: Path
) -> None:
    what = comparison(BASE, ("mmcl",), (1,), (0, 1, 2))
    rows = result_rows(run_sweep(what, Store(tmp_path)))
    assert rows["name"].tolist() == ["MMCL"] * 3 + ["CCL as published"] * 3
    condensed = table(rows)
    values = rows[rows["name"] == "MMCL"]["ndcg@20"]
    expected = f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}"
    assert condensed[condensed["loss"] == "MMCL"]["ndcg@20"].item() == expected
    published = condensed[condensed["loss"] == "CCL as published"]["settings"].item()
    assert "margin 0.9, negative weight 150" in published


def test_popularity_stands_beside(lightgcn_folder: Path) -> None:
    row = popularity_row(str(lightgcn_folder), 0, "fair", 3)
    assert (row["negatives"], row["name"]) == (0, "popularity")
    assert 0 <= row["ndcg@3"] <= 1


@pytest.mark.parametrize("loss", LOSSES)
def test_every_point_of_a_search_space_is_a_valid_configuration(loss: str, tmp_path: Path) -> None:
    space = search_space(loss)
    assert len(space) >= 12
    for change in space:
        TrainConfig(loss=loss, **change)
    what = comparison(BASE, (loss,), (5,), trials=12)
    trials = look(what, Store(tmp_path)).groups[0].trials
    assert trials == look(what, Store(tmp_path)).groups[0].trials
    assert len({t.config for t in trials}) == 12


def test_the_trials_of_a_run_do_not_depend_on_the_others() -> None:
    alone = comparison(BASE, ("ssm",), (1, 5))
    among = comparison(BASE, ("mmcl", "ccl", "ssm"), (5,))
    assert alone.trials(alone.runs[0], 5) == among.trials(among.runs[2], 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"losses": ("nothing",)}, "loss to be one of"),
        ({"published": ("nothing",)}, "published setting to be one of"),
        ({"trials": -1}, "number of trials"),
        ({"seeds": ()}, "at least one seed"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        comparison(BASE, **change)
