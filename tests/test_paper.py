"""What the stored runs say: the right pairs, the right seeds, the right words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmcl_core.experiments.folder import FORMAT
from mmcl_core.experiments.paper import (
    PUBLISHED_CCL,
    evidence,
    gains,
    reproduced,
    write_paper,
)
from mmcl_core.experiments.plan import Cell
from mmcl_core.experiments.runs import Outcome
from mmcl_core.experiments.store import Store
from mmcl_core.metrics import UserHits
from mmcl_core.training import TrainConfig

USERS = 60


def keep(
    store: Store, run: str, chance: float, *, data: str = "gowalla", n: int = 10, seed: int = 0
) -> UserHits:
    """Put a made-up finished run into the store: each of its first 20 is a hit with a chance."""
    name = f"{data}-{run}-n{n}-s{seed}"
    config = TrainConfig(negatives=n, seed=seed)
    rng = np.random.default_rng([n, seed])
    hits = UserHits(np.arange(USERS), np.full(USERS, 20), rng.random((USERS, 20)) < chance)
    test = {"recall@20": float(hits.recall.mean()), "ndcg@20": float(hits.ndcg.mean())}
    record: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "run": run,
        "trial": None,
        "data": data,
        "split_seed": 0,
        "protocol": "paper",
        "made_with": {"revision": None},
        "config": config.to_dict(),
        "result": {
            "reason": "finished",
            "epochs": 5,
            "best_epoch": 2,
            "seconds": 1.0,
            "peak_memory_mb": 100.0,
            "peak_gpu_mb": None,
            "validation": {},
            "test": test,
        },
    }
    history = [{"epoch": e, "recall@20": 0.1 * e, "ndcg@20": 0.05 * e} for e in range(6)]
    cell = Cell(name, run, data, 0, "paper", config)
    store.put(cell, Outcome(record, history, hits))
    return hits


def row_of(table: pd.DataFrame, **where: Any) -> pd.Series:
    for name, value in where.items():
        table = table[table[name] == value]
    (row,) = table.to_dict("records")
    return row


def test_gains_pair_the_seeds_that_both_sides_have(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ours = [keep(store, "mmcl-published", 0.6, seed=s) for s in (0, 1, 2)]
    theirs = [keep(store, "ccl-published", 0.4, seed=s) for s in (0, 2, 5)]
    table = gains(store)
    assert set(table["control"]) == {PUBLISHED_CCL}
    for metric in ("recall", "ndcg"):
        row = row_of(table, metric=f"{metric}@20")
        each = [
            getattr(a, metric).mean() - getattr(b, metric).mean()
            for a, b in ((ours[0], theirs[0]), (ours[2], theirs[1]))
        ]
        assert row["seeds"] == 2
        assert [float(d) for d in row["of_seeds"].split()] == pytest.approx(each, abs=1e-6)
        assert row["difference"] == pytest.approx(np.mean(each))
        assert row["mean_ours"] - row["mean_theirs"] == pytest.approx(row["difference"])
        assert row["gain"] == pytest.approx(row["difference"] / row["mean_theirs"])
        assert row["difference_low"] < row["difference"] < row["difference_high"]
        assert row["verdict"] == "higher"


def test_every_n_and_every_data_set_stands_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for data, ours in (("gowalla", "mmcl-published"), ("movielens", "mmcl-tuned")):
        for n in (1, 10):
            keep(store, ours, 0.5, data=data, n=n)
            keep(store, "ccl-tuned", 0.4, data=data, n=n)
    keep(store, "ccl-published", 0.4, n=100)  # no partner at this N
    table = gains(store)
    assert len(table) == 2 * 2 * 2
    assert set(zip(table["data"], table["negatives"], strict=True)) == {
        (data, n) for data in ("gowalla", "movielens") for n in (1, 10)
    }


def test_trials_and_runs_without_an_end_do_not_count(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "mmcl-published", 0.6)
    keep(store, "ccl-published", 0.4)
    before = gains(store)
    cell = Cell("gowalla-mmcl-published-n10-trial-0", "mmcl-published", "gowalla", 0, "tuning",
                TrainConfig(), 0)  # fmt: skip
    record = {**store.all()[0], "name": cell.name, "trial": 0}
    store.put(cell, Outcome(record, [], None))
    store.run("gowalla-ccl-published-n10-s1").start(
        {**record, "trial": None, "result": None, "files": {}}
    )
    pd.testing.assert_frame_equal(before, gains(store))


def test_published_results_beside_ours(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "ccl-published", 0.5, n=800)
    table = reproduced(store)
    end = row_of(table, data="gowalla", title="MF, CCL, N = 800", epoch=0)
    test = store.finished()[0]["result"]["test"]
    assert end["our_recall"] == test["recall@20"]
    assert end["recall_off"] == pytest.approx(test["recall@20"] / 0.1837 - 1)
    assert end["ndcg_off"] == pytest.approx(test["ndcg@20"] / 0.1493 - 1)
    fifth = row_of(table, data="gowalla", title="MF, CCL, N = 800", epoch=5)
    assert fifth["our_recall"] == pytest.approx(0.5)
    assert fifth["recall_off"] == pytest.approx(0.5 / 0.1442 - 1)
    later = row_of(table, data="gowalla", title="MF, CCL, N = 800", epoch=10)
    assert pd.isna(later["our_recall"])
    assert pd.isna(row_of(table, title="LightGCN, BPR", data="gowalla")["our_recall"])


def test_an_unfinished_run_shows_its_way_but_no_end(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "ccl-published", 0.5, n=800)
    (record,) = store.all()
    place = Store(tmp_path).run(record["name"])
    place.start({**record, "result": None, "files": {}})
    table = reproduced(Store(tmp_path))
    title = "MF, CCL, N = 800"
    assert pd.isna(row_of(table, data="gowalla", title=title, epoch=0)["our_recall"])
    assert row_of(table, data="gowalla", title=title, epoch=1)["our_recall"] == pytest.approx(0.1)


def test_the_sentences_follow_the_verdicts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "mmcl-published", 0.6)
    keep(store, "ccl-published", 0.4)
    keep(store, "ccl-tuned", 0.6)  # the very same hits as MMCL
    first, second = evidence(gains(store))
    assert first == (
        "With 10 negatives MMCL is better than CCL as published on 1 of 1 data sets and better "
        "than CCL, tuned on 0 of 1 data sets."
    )
    assert second.startswith("Gowalla: against CCL as published +")
    assert second.endswith("against CCL, tuned +0.0% (+0.0% to +0.0%, 1 seed), no measurable "
                           "difference.")  # fmt: skip
    assert evidence(gains(store), negatives=7) == [
        "No pair of runs with 7 negatives is in the store yet."
    ]
    assert evidence(gains(Store(tmp_path / "empty"))) == [
        "No pair of runs with 10 negatives is in the store yet."
    ]


def test_both_tables_are_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "mmcl-published", 0.6)
    keep(store, "ccl-tuned", 0.4)
    made = write_paper(store)
    for name, table in zip(("gains.csv", "reproduced.csv"), made, strict=True):
        read = pd.read_csv(tmp_path / name)
        assert list(read.columns) == list(table.columns)
        assert len(read) == len(table)
