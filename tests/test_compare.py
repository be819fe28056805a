"""The fair comparison: equal trials, validation decides, test is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcl_core.experiments import Cell, Comparison, cells, compare, search_space, table, tune
from mmcl_core.experiments import compare as compare_function
from mmcl_core.experiments.compare import TRIAL_SEED, draw_trials
from mmcl_core.losses import LOSSES
from mmcl_core.training import TrainConfig

assert compare is compare_function


def made_up(cell: Cell) -> dict[str, Any]:
    """A result that depends on the settings in a known way, without training."""
    config = cell.config
    good = 0.5 - abs(config.learning_rate - 4e-3) - 0.001 * config.seed % 0.01
    metrics = {"ndcg@20": good, "recall@20": good / 2}
    return {
        "config": config.to_dict(),
        "best_epoch": 1,
        "seconds": 0.0,
        "validation": metrics,
        "test": metrics,
    }


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Replace training by `made_up`; the list fills with the cells that were asked for."""
    asked: list[Cell] = []

    def fake(cell: Cell) -> dict[str, Any]:
        asked.append(cell)
        return made_up(cell)

    monkeypatch.setattr(cells, "run_cell", fake)
    return asked


def test_every_loss_gets_the_same_number_of_different_trials(
    no_training: list[Cell], tmp_path: Path
) -> None:
    what = Comparison(negatives=(1, 10), seeds=(0,), trials=12)
    tune(what, tmp_path)
    for loss in what.losses:
        for n in what.negatives:
            mine = [c for c in no_training if (c.config.loss, c.config.negatives) == (loss, n)]
            assert len(set(mine)) == len(mine) == 12
            assert {c.config.seed for c in mine} == {TRIAL_SEED}


def test_the_best_on_validation_is_chosen(no_training: list[Cell], tmp_path: Path) -> None:
    chosen = tune(Comparison(negatives=(5,), seeds=(0,), trials=12), tmp_path)
    assert {config.learning_rate for config in chosen.values()} == {4e-3}


def test_a_diverged_trial_is_never_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(cell: Cell) -> dict[str, Any]:
        if cell.config.learning_rate > 3e-3:
            return {"validation": {}, "test": {}, "reason": "diverged"}
        return made_up(cell)

    monkeypatch.setattr(cells, "run_cell", fake)
    (config,) = tune(Comparison(losses=("ccl",), negatives=(5,), seeds=(0,)), tmp_path).values()
    assert config.learning_rate == 2e-3


def test_the_table_has_mean_and_deviation_over_seeds(
    no_training: list[Cell], tmp_path: Path
) -> None:
    rows = compare(Comparison(losses=("mmcl",), negatives=(1,), seeds=(0, 1, 2)), tmp_path)
    assert rows["name"].tolist() == ["popularity"] + ["MMCL"] * 3 + ["CCL as published"] * 3
    condensed = table(rows)
    values = rows[rows["name"] == "MMCL"]["ndcg@20"]
    expected = f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}"
    assert condensed[condensed["loss"] == "MMCL"]["ndcg@20"].item() == expected
    published = condensed[condensed["loss"] == "CCL as published"]["settings"].item()
    assert "margin 0.9, negative weight 150" in published


@pytest.mark.parametrize("loss", LOSSES)
def test_every_point_of_a_search_space_is_a_valid_configuration(loss: str) -> None:
    space = search_space(loss)
    assert len(space) >= 12
    for change in space:
        TrainConfig(loss=loss, **change)
    drawn = draw_trials(loss, 12, np.random.default_rng(0))
    assert all(change in space for change in drawn)
    assert drawn == draw_trials(loss, 12, np.random.default_rng(0))


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
        Comparison(**change)
