"""A tiny data set as files in the LightGCN format."""

from __future__ import annotations

from pathlib import Path

TRAIN = "0 0 1\n1 2 0\n2 3\n"
TEST = "0 2\n1 1\n2\n"


def folder_with(folder: Path, train: str = TRAIN, test: str = TEST) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.txt").write_text(train)
    (folder / "test.txt").write_text(test)
    return folder
