"""The command line, as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmcl_core.cli import main
from mmcl_core.trained import Trained

FAST = ["--epochs", "2", "--dim", "8", "--negatives", "2"]


@pytest.fixture
def lightgcn_folder(tmp_path: Path) -> Path:
    """A data set of 12 users and 12 items in the LightGCN format."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = range(12)
    train = [f"{u} " + " ".join(str((u + i) % 12) for i in range(8)) for u in rows]
    test = [f"{u} {(u + 8) % 12} {(u + 9) % 12}" for u in rows]
    (folder / "train.txt").write_text("\n".join(train) + "\n")
    (folder / "test.txt").write_text("\n".join(test) + "\n")
    return folder


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
    results = [json.loads((f / "result.json").read_text()) for f in (cut, whole)]
    assert results[0]["test"] == results[1]["test"]


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
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "cmp").glob("*-s*.json")}
    assert len(files) == 4 + 6
    assert main(words) == 0
    assert capsys.readouterr().out == first
    assert {p: p.stat().st_mtime_ns for p in files} == files
    assert "| CCL as published |" in first
    assert "popularity" in first


def test_the_module_runs_and_explains_itself() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "mmcl_core", "train", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for option in ("--margins", "--negative-weight", "--temperature", "--resume", "--json"):
        assert option in shown
