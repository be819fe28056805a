"""The store: what is finished is whole and is what was asked for, or it is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from mmcl_core.experiments import Cell, Store
from mmcl_core.experiments.runs import run_cell
from mmcl_core.experiments.store import check_one_data
from mmcl_core.training import TrainConfig

QUICK = TrainConfig(dim=4, negatives=2, epochs=2, batch_size=16, k=3)


@pytest.fixture
def cell(lightgcn_folder: Path) -> Cell:
    return Cell("data-mmcl-n2-s0", "mmcl", str(lightgcn_folder), 0, "fair", QUICK)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def filled(store: Store, cell: Cell) -> Store:
    """A store that holds `cell`, as a new process finds it."""
    store.put(cell, run_cell(cell, store.folder / cell.name))
    return Store(store.folder)


def test_a_finished_run_is_found_whole(filled: Store, cell: Cell) -> None:
    place = filled.run(cell.name)
    assert sorted(p.name for p in place.path.iterdir()) == ["history.csv", "hits.npz", "run.json"]
    record = filled.get(cell)
    assert record is not None
    assert record["result"]["reason"] == "finished"
    hits = place.read_hits()
    expected = run_cell(cell).hits
    assert hits is not None
    assert expected is not None
    assert (hits.hits == expected.hits).all()
    assert (hits.users == expected.users).all()
    assert (hits.held_out == expected.held_out).all()


def test_what_is_not_there_is_still_to_be_done(store: Store, cell: Cell) -> None:
    assert store.get(cell) is None
    run_cell(cell, store.folder / cell.name, stop=lambda: True)
    assert store.run(cell.name).unfinished
    assert store.get(cell) is None
    assert store.finished() == []


def changed_config(cell: Cell) -> Cell:
    return replace(cell, config=cell.config.with_(learning_rate=0.1, settings={"weights": (1, 1)}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: replace(c, config=c.config.with_(learning_rate=0.1)), "learning_rate 0.005 wh"),
        (lambda c: replace(c, config=c.config.with_(epochs=3)), "epochs 2 where 3"),
        (lambda c: replace(c, config=c.config.with_(loss="ccl")), "loss mmcl where ccl"),
        (lambda c: replace(c, split_seed=1), "split_seed 0 where 1"),
        (lambda c: replace(c, protocol="paper"), "protocol fair where paper"),
        (lambda c: replace(c, data="movielens"), "data data where movielens"),
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_another_run_under_the_same_name_is_refused(
    store: Store, cell: Cell, change: object, message: str, finished: bool
) -> None:
    outcome = run_cell(cell, store.folder / cell.name, stop=lambda: not finished)
    if finished:
        store.put(cell, outcome)
    with pytest.raises(ValueError, match=rf"{message}.*Give the changed run another name"):
        Store(store.folder).get(change(cell))  # type: ignore[operator]


def test_settings_newer_than_a_run_take_their_defaults(filled: Store, cell: Cell) -> None:
    path = filled.folder / cell.name / "run.json"
    record = json.loads(path.read_text())
    del record["config"]["renormalise"]
    path.write_text(json.dumps(record))
    assert filled.get(cell) is not None
    with pytest.raises(ValueError, match="renormalise False where True"):
        filled.get(replace(cell, config=cell.config.with_(renormalise=True)))


@pytest.mark.parametrize("name", ["run.json", "history.csv"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_that_was_cut_off_is_refused(
    filled: Store, cell: Cell, name: str, share: float
) -> None:
    path = filled.folder / cell.name / name
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=rf"{name}.*delete the folder"):
        filled.get(cell)
    with pytest.raises(ValueError, match=name):
        Store(filled.folder).finished()


def test_hits_may_be_left_out_but_not_cut_off(filled: Store, cell: Cell) -> None:
    path = filled.folder / cell.name / "hits.npz"
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(ValueError, match=r"hits.npz.*delete the folder"):
        filled.get(cell)
    path.unlink()
    assert filled.get(cell) is not None
    assert filled.run(cell.name).read_hits() is None


def test_a_missing_history_is_refused(filled: Store, cell: Cell) -> None:
    (filled.folder / cell.name / "history.csv").unlink()
    with pytest.raises(ValueError, match=r"history.csv of a finished run, got no such file"):
        filled.get(cell)


def test_other_line_ends_are_the_same_run(filled: Store, cell: Cell) -> None:
    for name in ("run.json", "history.csv"):
        path = filled.folder / cell.name / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert filled.get(cell) is not None
    assert len(filled.run(cell.name).read_history()) == 3


@pytest.mark.parametrize("content", ['{"format": "a run of format 2"}', '{"other": 1}', "[]", "3"])
def test_another_format_is_refused(filled: Store, cell: Cell, content: str) -> None:
    (filled.folder / cell.name / "run.json").write_text(content)
    with pytest.raises(ValueError, match=r"Expected a run of format 1 in .*delete the folder"):
        filled.get(cell)


def test_the_summary_has_a_row_for_each_finished_run(filled: Store, cell: Cell) -> None:
    trial = replace(cell, name="data-mmcl-n2-trial-0", protocol="tuning", trial=0)
    filled.put(trial, run_cell(trial))
    other = replace(cell, name="data-mmcl-n2-s7", config=cell.config.with_(seed=7))
    run_cell(other, filled.folder / other.name, stop=lambda: True)
    filled.write_summary()
    rows = pd.read_csv(filled.folder / "summary.csv")
    assert rows["name"].tolist() == ["data-mmcl-n2-s0", "data-mmcl-n2-trial-0"]
    assert rows["protocol"].tolist() == ["fair", "tuning"]
    record = filled.get(cell)
    assert record is not None
    assert rows["test ndcg@3"][0] == pytest.approx(record["result"]["test"]["ndcg@3"], abs=1e-12)
    assert rows["test ndcg@3"].isna().tolist() == [False, True]


def test_an_empty_store_has_an_empty_summary(store: Store) -> None:
    store.write_summary()
    assert (store.folder / "summary.csv").read_text().strip() == ""


def test_a_cell_is_claimed_by_one_process_and_freed_by_its_death(store: Store, cell: Cell) -> None:
    hold = (
        "import sys, time; from mmcl_core.experiments import Cell, Store; "
        "from mmcl_core.training import TrainConfig; "
        f"c = Cell({cell.name!r}, 'mmcl', 'x', 0, 'fair', TrainConfig()); "
        f"lock = Store({str(store.folder)!r}).claim(c); print(lock is not None, flush=True); "
        "time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert store.claim(cell) is None
        assert store.claim(replace(cell, name="another")) is not None
    finally:
        other.kill()
        other.communicate()
    lock = store.claim(cell)
    assert lock is not None
    lock.release()


def test_runs_on_different_data_do_not_stand_in_one_table(filled: Store, cell: Cell) -> None:
    record = filled.get(cell)
    assert record is not None
    other = {**record, "name": "other", "data_mark": "12 users, 12 items, 0-0-0"}
    check_one_data([record, {**other, "protocol": "paper"}])
    with pytest.raises(ValueError, match=r"made on the same data.*Delete the runs"):
        check_one_data([record, other])


def test_what_a_killed_writer_left_is_swept_up(store: Store, cell: Cell) -> None:
    left = store.folder / cell.name / "history.csv.123.part"
    left.parent.mkdir(parents=True)
    left.write_text("half")
    store.put(cell, run_cell(cell, left.parent))
    assert not left.exists()
