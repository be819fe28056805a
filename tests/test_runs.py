"""One run: in a folder of its own, sent back whole, cut off and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mmcl_core.data import Interactions
from mmcl_core.experiments import Cell
from mmcl_core.experiments.folder import RunFolder
from mmcl_core.experiments.runs import Outcome, run_cell, run_in_folder
from mmcl_core.metrics import evaluate
from mmcl_core.trained import Trained
from mmcl_core.training import DoneEvent, EpochEvent, TrainConfig, TrainingDiverged, train

QUICK = TrainConfig(dim=4, negatives=2, epochs=3, batch_size=4, k=3)
CELL = Cell("tiny-mmcl-n2-s0", "mmcl", "tiny", 0, "fair", QUICK)


def cell_on(folder: Path, protocol: str = "fair", **changes: Any) -> Cell:
    """A cell on the data in `folder`."""
    watch = "test" if protocol == "paper" else "validation"
    config = QUICK.with_(watch=watch, **changes)
    return Cell("data-mmcl-n2-s0", "mmcl", str(folder), 0, protocol, config)


def without_clock(outcome: Outcome) -> dict[str, Any]:
    """Everything in an outcome that two runs must share."""
    result = {k: v for k, v in outcome.record["result"].items() if "memory" not in k}
    del result["seconds"]
    rows = [{k: repr(v) for k, v in row.items() if k != "seconds"} for row in outcome.history]
    hits = outcome.hits
    found = None if hits is None else (hits.hits.tolist(), hits.users.tolist())
    return {"result": result, "rows": rows, "found": found}


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(10_000))
    return lambda: next(asked) >= steps - 1


def test_a_run_folder_holds_what_the_run_said(tiny: Interactions, tmp_path: Path) -> None:
    record = run_in_folder(CELL, tiny, tmp_path / "run")
    events = list(train(QUICK, tiny))
    done = events[-1]
    assert isinstance(done, DoneEvent)
    assert record["result"]["test"] == done.test
    assert record == json.loads((tmp_path / "run" / "run.json").read_text())
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    said = [e.metrics["ndcg@3"] for e in events if isinstance(e, EpochEvent)]
    assert history["epoch"].tolist() == [0, 1, 2, 3]
    assert history["ndcg@3"].tolist() == pytest.approx(said, abs=1e-12)
    kept = Trained.load(tmp_path / "run")
    assert (kept.users == done.trained.users).all()
    assert TrainConfig.from_dict(kept.info["config"]) == QUICK


def test_the_hits_of_users_give_the_metrics(tiny: Interactions, tmp_path: Path) -> None:
    record = run_in_folder(CELL, tiny, tmp_path / "run")
    hits = RunFolder(tmp_path / "run").read_hits()
    assert hits is not None
    assert hits.users.tolist() == [0, 1, 2, 3]
    assert float(hits.recall.mean()) == record["result"]["test"]["recall@3"]
    assert float(hits.ndcg.mean()) == record["result"]["test"]["ndcg@3"]
    kept = Trained.load(tmp_path / "run")
    assert evaluate(kept.users, kept.items, tiny, 3) == record["result"]["test"]


def test_a_folder_with_a_run_is_not_overwritten(tiny: Interactions, tmp_path: Path) -> None:
    run_in_folder(CELL, tiny, tmp_path)
    with pytest.raises(ValueError, match=r"Expected an empty folder.*Choose another folder"):
        run_in_folder(CELL, tiny, tmp_path)


def test_there_must_be_something_to_resume(tiny: Interactions, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expected a checkpoint"):
        run_in_folder(CELL, tiny, tmp_path, resume=True)


def test_resuming_leaves_one_history_without_gaps(tiny: Interactions, tmp_path: Path) -> None:
    cut = run_in_folder(CELL, tiny, tmp_path / "cut", stop=stop_after(4))
    assert cut["result"]["reason"] == "stopped"
    assert not (tmp_path / "cut" / "trained.npz").exists()
    whole = run_in_folder(CELL, tiny, tmp_path / "whole")
    resumed = run_in_folder(CELL, tiny, tmp_path / "cut", resume=True)
    assert resumed["result"]["test"] == whole["result"]["test"]
    first, second = (pd.read_csv(tmp_path / d / "history.csv") for d in ("cut", "whole"))
    pd.testing.assert_frame_equal(first.drop(columns="seconds"), second.drop(columns="seconds"))


@pytest.mark.parametrize("protocol", ["fair", "paper"])
def test_two_runs_of_one_cell_are_identical(lightgcn_folder: Path, protocol: str) -> None:
    cell = cell_on(lightgcn_folder, protocol)
    first, second = run_cell(cell), run_cell(cell)
    assert without_clock(first) == without_clock(second)
    other = run_cell(cell_on(lightgcn_folder, protocol, seed=1))
    assert without_clock(other) != without_clock(first)


def test_a_cell_goes_on_in_the_middle(lightgcn_folder: Path, tmp_path: Path) -> None:
    cell, steps = cell_on(lightgcn_folder), []
    cut = run_cell(cell, tmp_path / "cut", on_event=steps.append, stop=stop_after(20))
    assert cut.record["result"]["reason"] == "stopped"
    seen = len(steps)
    resumed = run_cell(cell, tmp_path / "cut", on_event=steps.append)
    whole: list[object] = []
    expected = run_cell(cell, on_event=whole.append)
    assert without_clock(resumed) == without_clock(expected)
    assert len(steps) == len(whole) + 1  # the first part ended with an event of its own
    assert 10 < seen < len(whole) - 10


def test_protocols_see_what_they_may(lightgcn_folder: Path) -> None:
    fair, paper, tuning = (
        run_cell(cell_on(lightgcn_folder, protocol)) for protocol in ("fair", "paper", "tuning")
    )
    assert paper.history[-1]["step"] > fair.history[-1]["step"], "fair holds validation out"
    assert fair.record["result"]["validation"]
    assert fair.record["result"]["test"]
    assert paper.record["result"]["validation"] == {}
    best = paper.record["result"]["best_epoch"]
    on_test = max(row["ndcg@3"] for row in paper.history)
    assert paper.history[best]["ndcg@3"] == on_test
    assert paper.record["result"]["test"]["ndcg@3"] == on_test
    assert "as published" in paper.record["protocol_means"]
    assert tuning.record["result"]["test"] == {}
    assert tuning.hits is None
    assert tuning.record["result"]["validation"] == fair.record["result"]["validation"]


def test_a_cell_that_diverges_is_a_result(lightgcn_folder: Path, tmp_path: Path) -> None:
    wild = cell_on(lightgcn_folder, loss="bpr", optimizer="adam", learning_rate=1e20, epochs=5)
    outcome = run_cell(wild)
    assert outcome.record["result"]["reason"] == "diverged"
    assert outcome.record["result"]["test"] == {}
    assert outcome.hits is None
    with pytest.raises(TrainingDiverged, match="learning rate"):
        run_in_folder(wild, outcome_data(lightgcn_folder), tmp_path / "run")


def outcome_data(folder: Path) -> Interactions:
    from mmcl_core.experiments.protocols import load_data

    return load_data(str(folder), 0, "fair")


def test_a_record_says_with_what_it_was_made_and_names_no_place(lightgcn_folder: Path) -> None:
    record = run_cell(cell_on(lightgcn_folder)).record
    assert record["data"] == "data"
    assert set(record["made_with"]) >= {"python", "torch", "numpy", "mmcl_core", "revision"}
    assert record["made_with"]["threads"] == 1
    assert record["result"]["peak_memory_mb"] > 50
    text = json.dumps(record)
    assert str(lightgcn_folder.parent) not in text
    import platform

    assert platform.node() not in text
