"""The command line, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmcl_core.cli import main
from mmcl_core.experiments import Store, read_sweep, run_sweep
from mmcl_core.trained import Trained

FAST = ["--epochs", "2", "--dim", "8", "--negatives", "2"]


def test_train_writes_a_folder_and_ends_with_json(
    lightgcn_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["train", "--data", str(lightgcn_folder), "--loss", "mmcl", "--margins", ".2", ".8"]
    words += ["--weights", ".3", ".7", "--negative-weight", "20", "--seed", "3", *FAST]
    assert main([*words, "--folder", str(out), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert set(result["test"]) >= {"recall@20", "ndcg@20"}
    assert result["config"]["settings"]["margins"] == [0.2, 0.8]
    assert result["config"]["seed"] == 3
    assert Trained.load(out).users.shape == (12, 8)


def test_train_without_json_prints_the_metrics(
    lightgcn_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(lightgcn_folder), "--loss", "bpr", *FAST]
    assert main([*words, "--folder", str(tmp_path / "run")]) == 0
    printed = capsys.readouterr().out
    assert "recall@20" in printed
    assert str(tmp_path / "run") in printed


def test_resume_goes_on_where_it_stopped(lightgcn_folder: Path, tmp_path: Path) -> None:
    words = ["train", "--data", str(lightgcn_folder), "--dim", "4", "--patience", "0"]
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    assert main([*words, "--epochs", "2", "--folder", str(cut)]) == 0
    assert main([*words, "--epochs", "5", "--folder", str(cut), "--resume"]) == 0
    assert main([*words, "--epochs", "5", "--folder", str(whole)]) == 0
    results = [json.loads((f / "run.json").read_text())["result"] for f in (cut, whole)]
    assert results[0]["test"] == results[1]["test"]
    assert results[0]["epochs"] == 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--margins", "3", "--weights", "1"], "Expected each margin"),
        (["--margins", ".5", "--weights", "-1"], "Expected each band weight"),
        (["--margins", ".5", ".6", "--weights", "1"], "one band weight for each of the 2 margins"),
        (["--negatives", "0"], "number of negatives N"),
        (["--data", "nowhere"], "nowhere"),
        (["--loss", "ccl", "--temperature", "1"], "parameters of CCL"),
    ],
)
def test_bad_input_ends_with_a_message_and_no_traceback(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *words, "--folder", str(tmp_path / "run")]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "run").exists()


def test_compare_prints_a_table_and_does_nothing_twice(
    lightgcn_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", "--data", str(lightgcn_folder), "--losses", "ccl", "mmcl", "--epochs", "1"]
    words += ["--dim", "4", "--negatives", "2", "--seeds", "0", "1", "--trials", "2"]
    words += ["--folder", str(tmp_path / "cmp")]
    assert main(words) == 0
    first = capsys.readouterr().out
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "cmp").glob("*/run.json")}
    assert len(files) == 4 + 6
    assert main(words) == 0
    assert capsys.readouterr().out == first
    assert {p: p.stat().st_mtime_ns for p in files} == files
    assert "| CCL as published |" in first
    assert "popularity" in first


SWEEP = """
data = {data!r}
negatives = [2]
training = {{ dim = 4, epochs = 1, k = 3 }}
runs.ccl = {{ loss = "ccl", title = "CCL, tuned", search = {{ margin = [0.5, 0.7] }} }}
runs.mmcl = {{ loss = "mmcl" }}
"""


@pytest.fixture
def sweep(lightgcn_folder: Path, tmp_path: Path) -> list[str]:
    """The words that run a sweep of 2 trials and 2 cells."""
    path = tmp_path / "my.toml"
    path.write_text(SWEEP.format(data=str(lightgcn_folder)))
    return ["sweep", str(path), "--store", str(tmp_path / "store")]


def test_a_dry_run_says_what_is_missing_and_how_long_it_takes(
    sweep: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*sweep, "--dry-run"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "missing data-ccl-n2-trial-0",
        "missing data-ccl-n2-trial-1",
        "missing 1 of ccl at N = 2, once it is tuned",
        "missing data-mmcl-n2-s0",
    ]
    assert "0 of 4 runs are in the store; the others take about " in said.err
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_sweep_runs_prints_a_table_and_does_nothing_twice(
    sweep: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*sweep, "--only", "mmcl"]) == 0
    said = capsys.readouterr()
    assert "begins  data-mmcl-n2-s0" in said.err
    assert "ccl" not in said.out + said.err
    assert main([*sweep, "--workers", "2"]) == 0
    said = capsys.readouterr()
    assert "data-mmcl" not in said.err
    assert "| 2 | CCL, tuned | margin" in said.out
    assert "| 2 | mmcl | margins" in said.out
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "store").glob("*/run.json")}
    assert len(files) == 4
    assert main([*sweep, "--json"]) == 0
    result = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert [row["loss"] for row in result["table"]] == ["CCL, tuned", "mmcl"]
    assert {p: p.stat().st_mtime_ns for p in files} == files


def test_several_files_are_one_sweep_after_the_other(
    sweep: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text((tmp_path / "my.toml").read_text().replace("runs.mmcl", "runs.other"))
    assert main([*sweep[:2], str(other), *sweep[2:], "--dry-run"]) == 0
    said = capsys.readouterr()
    assert "0 of 8 runs" in said.err
    assert "missing data-other-n2-s0" in said.out
    assert main([*sweep[:2], str(other), *sweep[2:], "--dry-run", "--only", "other"]) == 0
    assert capsys.readouterr().out.split() == ["missing", "data-other-n2-s0"]


def test_paper_prints_what_is_in_the_store(
    sweep: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, store = Path(sweep[1]), Path(sweep[3])
    words = ["paper", str(file), "--store", str(store)]
    assert main(words) == 0
    assert "0 of 4 runs are finished." in capsys.readouterr().out
    run_sweep(read_sweep(file), Store(store))
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "## my.toml: data, protocol fair\n\n4 of 4 runs are finished." in said
    assert "| 2 | CCL, tuned | margin" in said
    assert (store / "summary.csv").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "bpr"], "Expected --only to be one of ccl, mmcl, got 'bpr'"),
        (["--workers", "0"], "Expected --workers to be a whole number of at least 1"),
        (["--scheduler", "nowhere"], "Expected a Dask scheduler at nowhere"),
    ],
)
def test_a_sweep_with_bad_options_ends_with_a_message(
    sweep: list[str], words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*sweep, *words]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_without_dask_a_message_says_what_to_install(
    sweep: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*sweep, "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert 'pip install -e ".[cluster]"' in capsys.readouterr().err


def test_the_module_runs_and_explains_itself() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "mmcl_core", "train", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in ("--margins", "--negative-weight", "--temperature", "--resume", "--json"):
        assert option in shown
