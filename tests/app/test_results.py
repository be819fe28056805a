"""Results: stored tables become a sentence, two figures, and a way back to each run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.results import panels, reading
from mmcl_app.results.reading import FOLDER, command, read, read_run

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page("views/results.py").run()


def written(app: AppTest) -> str:
    return "\n".join(
        e.value for kind in ("markdown", "info", "warning", "caption") for e in app.get(kind)
    )


def test_the_page_says_what_is_stored() -> None:
    app = open_page()
    assert not app.exception
    results = read()
    assert results is not None
    said = written(app)
    for sentence in results.sentences:
        assert sentence in said
    assert "Gain of MMCL over CCL as published" in said
    assert "Gain of MMCL over CCL, tuned" in said
    tables = [frame.value for frame in app.dataframe]
    assert len(tables[0]) == (results.gains["metric"] == "ndcg@20").sum()
    assert len(tables[1]) == len(results.reproduced)


def test_the_metric_changes_the_numbers() -> None:
    ndcg = open_page().dataframe[0].value
    recall = open_page(metric="recall").dataframe[0].value
    assert not ndcg["MMCL"].equals(recall["MMCL"])


def test_a_run_shows_where_it_comes_from() -> None:
    results = read()
    assert results is not None
    name = results.runs["name"].iloc[0]
    app = open_page(run=name)
    assert not app.exception
    record, history = read_run(name) or pytest.fail("the run cannot be read")
    assert record["protocol_means"] in written(app)
    assert f"seed {record['config']['seed']}" in written(app)
    assert app.code[0].value == command(record)
    assert "recall@20" in history


def test_every_run_that_a_table_names_can_be_opened() -> None:
    results = read()
    assert results is not None
    unfinished = set(results.reproduced["run"].dropna()) - set(results.runs["name"])
    assert unfinished < set(results.names)
    for name in unfinished or results.names[:1]:
        app = open_page(run=name)
        assert not app.exception
        assert app.code[0].value.startswith("python -m mmcl_core sweep")


def test_a_run_whose_files_are_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    results = read()
    assert results is not None
    monkeypatch.setattr(panels, "read_run", lambda name: None)
    app = open_page(run=results.names[0])
    assert not app.exception
    assert "make paper-run" in written(app)


def test_nonsense_in_the_address_is_answered() -> None:
    app = open_page(metric="map", run="../../etc")
    assert not app.exception
    assert "could not be used" in written(app)


def test_every_stored_run_is_asked_for_by_a_file() -> None:
    results = read()
    assert results is not None
    for name in results.runs["name"]:
        record, _ = read_run(name) or pytest.fail(f"{name} cannot be read")
        assert command(record).startswith("python -m mmcl_core sweep experiments/"), name


def test_missing_or_damaged_tables_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(tmp_path) is None
    for name in ("gains.csv", "reproduced.csv", "summary.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "evidence.txt").write_text("")
    assert read(tmp_path) is None
    assert read_run("x", tmp_path) is None
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    monkeypatch.setattr(reading.read, "__defaults__", (tmp_path,))
    app = open_page()
    assert not app.exception
    assert "make paper" in written(app)


def test_the_stored_tables_fit_the_stored_runs() -> None:
    results = read()
    assert results is not None
    for row in results.gains.to_dict("records"):
        runs = [
            json.loads(
                (FOLDER / f"{row['data']}-{run}-n{row['negatives']}-s0/run.json").read_text()
            )
            for run in (row["ours"], row["theirs"])
        ]
        assert all(run["result"]["test"][row["metric"]] > 0 for run in runs)
        assert row["gain"] == pytest.approx(row["mean_ours"] / row["mean_theirs"] - 1, abs=1e-4)
