"""Runs kept in folders, and cells that are done once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from mmcl_core.data import Interactions
from mmcl_core.experiments import Cell, cells, run_cells, run_in_folder
from mmcl_core.trained import Trained
from mmcl_core.training import DoneEvent, EpochEvent, TrainConfig, train

QUICK = TrainConfig(dim=4, negatives=2, epochs=3, batch_size=4, k=3)


def test_a_run_folder_holds_what_the_run_said(tiny: Interactions, tmp_path: Path) -> None:
    result = run_in_folder(QUICK, tiny, tmp_path / "run")
    events = list(train(QUICK, tiny))
    done = events[-1]
    assert isinstance(done, DoneEvent)
    assert result["test"] == done.test
    assert result == json.loads((tmp_path / "run" / "result.json").read_text())
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    said = [e.metrics["ndcg@3"] for e in events if isinstance(e, EpochEvent)]
    assert history["epoch"].tolist() == [0, 1, 2, 3]
    assert history["ndcg@3"].tolist() == pytest.approx(said, abs=1e-12)
    kept = Trained.load(tmp_path / "run")
    assert (kept.users == done.trained.users).all()
    assert TrainConfig.from_dict(kept.info["config"]) == QUICK


def test_a_folder_with_a_run_is_not_overwritten(tiny: Interactions, tmp_path: Path) -> None:
    run_in_folder(QUICK, tiny, tmp_path)
    with pytest.raises(ValueError, match=r"Expected an empty folder.*Choose another folder"):
        run_in_folder(QUICK, tiny, tmp_path)


def test_resuming_leaves_one_history_without_gaps(tiny: Interactions, tmp_path: Path) -> None:
    seen: list[object] = []
    run_in_folder(QUICK, tiny, tmp_path / "cut", on_event=seen.append, stop=lambda: len(seen) >= 5)
    whole = run_in_folder(QUICK, tiny, tmp_path / "whole")
    resumed = run_in_folder(QUICK, tiny, tmp_path / "cut", resume=True)
    assert resumed["test"] == whole["test"]
    first, second = (pd.read_csv(tmp_path / d / "history.csv") for d in ("cut", "whole"))
    pd.testing.assert_frame_equal(first.drop(columns="seconds"), second.drop(columns="seconds"))


@pytest.fixture
def counted(tiny: Interactions, monkeypatch: pytest.MonkeyPatch) -> list[Cell]:
    """Cells on the tiny data; the list fills with every cell that is really run."""
    ran: list[Cell] = []
    real = cells.run_cell

    def counting(cell: Cell) -> dict[str, object]:
        ran.append(cell)
        return real(cell)

    monkeypatch.setattr(cells, "load_data", lambda name, seed: tiny)
    monkeypatch.setattr(cells, "run_cell", counting)
    return ran


def test_a_finished_cell_is_not_run_again(counted: list[Cell], tmp_path: Path) -> None:
    todo = [Cell("tiny", 0, QUICK.with_(seed=seed)) for seed in (0, 1, 2)]
    first = run_cells(todo[:2], tmp_path)
    second = run_cells(todo, tmp_path)
    assert [cell.config.seed for cell in counted] == [0, 1, 2]
    assert {c: second[c] for c in first} == first
    assert list(second) == todo


def test_an_executor_gives_the_same_results(counted: list[Cell], tmp_path: Path) -> None:
    todo = [Cell("tiny", 0, QUICK.with_(seed=seed)) for seed in range(4)]
    one = run_cells(todo, tmp_path / "one")
    with ThreadPoolExecutor(2) as pool:
        two = run_cells(todo, tmp_path / "two", pool)
    assert [r["test"] for r in one.values()] == [r["test"] for r in two.values()]


def test_a_cell_that_diverges_is_a_result(counted: list[Cell], tmp_path: Path) -> None:
    wild = QUICK.with_(loss="bpr", optimizer="adam", learning_rate=1e20, epochs=5)
    (result,) = run_cells([Cell("tiny", 0, wild)], tmp_path).values()
    assert result["reason"] == "diverged"
    assert "learning rate" in result["message"]
    assert result["test"] == {}


def test_every_setting_changes_the_key_of_a_cell() -> None:
    keys = {
        Cell(data, split, config).key
        for data in ("movielens", "gowalla")
        for split in (0, 1)
        for config in (QUICK, QUICK.with_(learning_rate=0.1), QUICK.with_(loss="ccl"))
    }
    assert len(keys) == 12
